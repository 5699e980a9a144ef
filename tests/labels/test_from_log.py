"""What of a log can be decided on again, and what people's presses say."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.labels.from_log import LeftOut
from bot.labels.outcomes import Done, done, fate
from bot.matching.build import Matcher
from bot.tuning.evaluate.replay import replay
from tests.factories import bot_over, entry
from tests.labels.messages import (
    BOTH,
    ENTRIES,
    PERHAPS,
    STRANGE,
    SURE,
    VAGUE,
    WORDS,
    MakeBook,
    log_of,
)
from tests.logged import Logbook, with_entry


def test_the_messages_of_these_tests_are_what_their_names_say(bot: Matcher) -> None:
    texts = (SURE, PERHAPS, VAGUE, STRANGE)
    assert [done(bot.decide(text)) for text in texts] == list(Done)
    assert {part.entry_id for part in bot.decide(BOTH).parts} == {"refund", "parcel"}


# --- without words -------------------------------------------------------------------------------


def test_without_words_what_is_certain_is_what_the_bot_does(bot: Matcher, make: MakeBook) -> None:
    """All pairs of words, with and without a denial or a number, at many thresholds."""
    bare, kept = make(KeepText.NONE), make(KeepText.ALL)
    middles = ("", "not", "4", "cat", "all about my", "question again")
    for one, other, middle in itertools.product(WORDS[:3], (*WORDS, "dog"), middles):
        text = f"{one} {middle} {other}"
        for book in (bare, kept):
            book.ask(bot, text)
    logs = [log_of(bot, book) for book in (bare, kept)]
    assert [log.from_words for log in logs] == [0, len(logs[1].messages)]
    truth = {logged.record.id: logged for logged in logs[1].messages}
    certain, doubtful, flips = 0, 0, 0
    lines = itertools.product((0.3, 0.5, 0.7, 0.9), (0.1, 0.3, 0.6, 0.8), (None, 0.2, 0.5, 0.65))
    for answer, follow_up, tentative in lines:
        if not answer >= (follow_up if tentative is None else tentative) >= follow_up:
            continue
        policy = replace(bot.decider.policy, thresholds=Thresholds(answer, follow_up, tentative))
        for logged in logs[0].messages:
            found = logged.decide(policy)
            if not logs[0].is_certain(logged, found, policy):
                doubtful += 1
                assert found.action is not Action.FOLLOW_UP or found.tentative
                continue
            certain += 1
            flips += fate(found) != fate(logged.record.decision)
            assert fate(found) == fate(truth[logged.record.id].decide(policy))
    assert min(certain, flips, doubtful) > 50


def test_a_doubt_is_remembered_without_the_words(bot: Matcher, book: Logbook) -> None:
    """Asked back although the score was high: it stays so, however low the answer line is."""
    asks = book.ask(bot, "not all about my refund please")
    assert (asks.action, asks.guard) == (Action.FOLLOW_UP, "polarity")
    assert asks.score > bot.settings.thresholds.answer
    log = log_of(bot, book)
    lower = replay(bot, log, Thresholds(0.1, 0.1))
    higher = replay(bot, log, Thresholds(1.0, 1.0))
    assert lower.flips == ()
    assert [flip.after.action for flip in higher.flips] == [Action.FALLBACK]


def test_an_answer_word_for_word_stays_one_though_another_entry_fits_as_well(
    bot: Matcher, book: Logbook
) -> None:
    lines = bot.settings.thresholds
    hits = (Hit("refund", 1.0, "x", raw=0.5), Hit("parcel", 0.9, "y", raw=0.49))
    book.record(
        "x",
        Decision(Action.ANSWER, "refund", 1.0, hits, "exact", bot.fingerprint, thresholds=lines),
    )
    log = log_of(bot, book)
    assert (len(log.messages), log.left_out) == (1, {})
    assert replay(bot, log, Thresholds(0.9, 0.6)).flips == ()


def test_a_doubt_that_kept_an_answer_from_being_shown_is_remembered_as_well(
    bot: Matcher, book: Logbook
) -> None:
    """It has no name there; what was shown tentatively was doubted by nobody."""
    lines = bot.settings.thresholds
    hits = (Hit("refund", 0.72, "x", raw=0.5),)
    told = Decision(
        Action.FOLLOW_UP, "refund", 0.72, hits, "", bot.fingerprint, thresholds=lines
    )  # fmt: skip
    book.record("x", told)
    book.ask(bot, PERHAPS)
    log = log_of(bot, book)
    assert replay(bot, log, None).flips == ()
    assert replay(bot, log, replace(lines, tentative=0.6)).flips == ()
    off = replay(bot, log, replace(lines, tentative=None))
    assert list(off.kinds) == [(Done.TENTATIVE, Done.FOLLOW_UP)]
    assert [flip.is_certain for flip in off.flips] == [True]


@pytest.mark.parametrize("keep_text", [KeepText.NONE, KeepText.ALL])
def test_a_new_tentative_answer_is_certain_only_where_the_words_are_kept(
    bot: Matcher, make: MakeBook, keep_text: KeepText
) -> None:
    book = make(keep_text)
    book.ask(bot, VAGUE)
    (flip,) = replay(bot, log_of(bot, book), Thresholds(0.75, 0.6, 0.6)).flips
    assert (flip.after.tentative, flip.is_certain) == (True, keep_text is KeepText.ALL)


@pytest.mark.parametrize("keep_text", [KeepText.NONE, KeepText.ALL])
def test_a_new_answer_is_certain_only_where_the_words_are_kept(
    bot: Matcher, make: MakeBook, keep_text: KeepText
) -> None:
    book = make(keep_text)
    book.ask(bot, VAGUE)
    (flip,) = replay(bot, log_of(bot, book), Thresholds(0.2, 0.1)).flips
    assert (flip.after.action, flip.is_certain) == (Action.ANSWER, keep_text is KeepText.ALL)


def test_what_was_set_aside_for_its_language_makes_a_flip_uncertain(
    tmp_path: Path, book: Logbook
) -> None:
    bot = bot_over(
        tmp_path,
        *ENTRIES,
        entry("zh", "all about my ticket please", "refund", lang="zh"),
        entry("en", "all about my ticket please", lang="en"),
    )
    asked = book.ask(bot, "my ticket dog")
    assert "set aside" in asked.reason
    (flip,) = replay(bot, log_of(bot, book), Thresholds(1.0, 0.99)).flips
    assert (flip.after.action, flip.is_certain) == (Action.FALLBACK, False)


@pytest.mark.parametrize(("lang", "is_certain"), [("zh", True), ("en-GB", False), (None, True)])
def test_a_nearest_entry_in_another_language_makes_a_flip_uncertain(
    tmp_path: Path, book: Logbook, lang: str | None, is_certain: bool
) -> None:
    """It stood there because no entry of the person's own reached the lines of then."""
    spoken = (entry("zh", "one", lang="zh"), entry("en", "two", lang="en"))
    bot = bot_over(tmp_path, *ENTRIES, *spoken)
    hits = (Hit("zh", 0.5, "one"),)
    lines = bot.settings.thresholds
    told = Decision(Action.FALLBACK, None, 0.5, hits, "below", bot.fingerprint, thresholds=lines)
    book.record("x", told, lang)
    (flip,) = replay(bot, log_of(bot, book), Thresholds(0.75, 0.4)).flips
    assert (flip.after.action, flip.is_certain) == (Action.FOLLOW_UP, is_certain)


def test_a_line_of_its_own_that_may_hide_an_entry_makes_a_flip_uncertain(
    tmp_path: Path, book: Logbook
) -> None:
    own = Thresholds(0.9, -1.0)
    bot = bot_over(tmp_path, *ENTRIES, entry("easy", "kettle", thresholds=own))
    book.ask(bot, SURE)
    found = replay(bot, log_of(bot, book), Thresholds(1.0, 1.0))
    assert [(flip.before.action, flip.is_certain) for flip in found.flips] == [
        (Action.ANSWER, False)
    ]


# --- what can be used ----------------------------------------------------------------------------


def test_other_thresholds_than_the_present_ones_are_recognised(
    tmp_path: Path, book: Logbook
) -> None:
    """The same FAQ, model and settings: the scores are comparable, whatever the lines were, also
    of an entry that leaves one of its own lines to them."""
    for answer, follow_up in ((0.75, 0.60), (0.625, 0.31), (0.5, 0.5), (0.9, -0.25)):
        own = entry("strict", "kettle", thresholds=Thresholds(0.99, follow_up))
        settings = Settings(cache=tmp_path, thresholds=Thresholds(answer, follow_up))
        bot = bot_over(tmp_path, *ENTRIES, own, settings=settings)
        for text in (SURE, STRANGE, "not all about my refund please"):
            book.ask(bot, text)
    log = log_of(bot, book)
    assert (len(log.messages), log.left_out) == (12, {})


def without_thresholds(bot: Matcher, book: Logbook) -> None:
    """As earlier versions recorded a decision."""
    book.record(SURE, replace(bot.decide(SURE), thresholds=None, guard=None))


def that_does_not_explain_itself(bot: Matcher, book: Logbook) -> None:
    book.record(SURE, replace(bot.decide(SURE), action=Action.FALLBACK, entry_id=None))


def of_another_faq(bot: Matcher, book: Logbook) -> None:
    book.ask(with_entry(bot, entry("kettle")), SURE)


def in_parts(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, BOTH)


Ask = Callable[[Matcher, Logbook], None]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (of_another_faq, LeftOut.OF_ANOTHER_FAQ),
        (without_thresholds, LeftOut.OF_EARLIER_VERSION),
        (in_parts, LeftOut.IN_PARTS),
        (that_does_not_explain_itself, LeftOut.UNCLEAR),
    ],
)
def test_what_cannot_be_decided_on_again_without_its_words_is_left_out_and_counted(
    bot: Matcher, make: MakeBook, ask: Ask, reason: LeftOut
) -> None:
    for keep_text, left_out in ((KeepText.NONE, {reason: 1}), (KeepText.ALL, {})):
        book = make(keep_text)
        ask(bot, book)
        book.ask(bot, SURE)
        log = log_of(bot, book)
        assert (len(log.messages), log.left_out) == (2 - len(left_out), left_out)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (of_another_faq, "1 decided with another FAQ, model or settings"),
        (
            without_thresholds,
            "1 recorded by an earlier version of the bot, without the thresholds that decided",
        ),
        (in_parts, "1 answered in parts"),
    ],
)
def test_a_log_of_which_nothing_can_be_decided_on_again_is_one_line(
    bot: Matcher, book: Logbook, ask: Ask, said: str
) -> None:
    ask(bot, book)
    with pytest.raises(BotError) as raised:
        log_of(bot, book)
    assert str(raised.value) == (
        "bot.db: none of its 1 messages can be decided on again, as their words are not kept: "
        f"{said}. Take the configuration and the FAQ they were decided with, or from now on have "
        "words kept (`store: keep_text: all`)."
    )
