"""What of a log can be decided on again, and what people's presses say."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.errors import BotError
from bot.files.config import Settings
from bot.matching.build import Matcher
from bot.store.store import LabelKind
from bot.tuning.evaluate.replay import fate, replay
from bot.tuning.labels.from_log import Log, Teller, read_log, recognised
from bot.tuning.labels.log_labels import LogLabels, labels_of
from tests.factories import bot_over, entry
from tests.logged import Logbook, with_entry, with_lines

WORDS = ("refund", "parcel", "invoice", "voucher", "repair", "account")
ENTRIES = [
    entry(word, f"all about my {word} please", f"the {word} question again", f"{word} now")
    for word in WORDS
]
SURE, VAGUE, STRANGE = "all about my refund", "refund cat dog", "zebra quartz"
BOTH = "All about my refund please. All about my parcel please."
MakeBook = Callable[[KeepText], Logbook]


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    return bot_over(tmp_path, *ENTRIES)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBook]:
    made: list[Logbook] = []

    def one(keep_text: KeepText) -> Logbook:
        made.append(Logbook(tmp_path / f"{len(made)}.db", keep_text))
        return made[-1]

    yield one
    for book in made:
        book.close()


@pytest.fixture
def book(make: MakeBook) -> Logbook:
    """A log that keeps no words."""
    return make(KeepText.NONE)


def log_of(bot: Matcher, book: Logbook) -> Log:
    return read_log(bot, book.pasts(), "bot.db")


def test_the_messages_of_these_tests_are_what_their_names_say(bot: Matcher) -> None:
    actions = [bot.decide(text).action for text in (SURE, VAGUE, STRANGE)]
    assert actions == [Action.ANSWER, Action.FOLLOW_UP, Action.FALLBACK]
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
    assert [log.from_words for log in logs] == [0, len(logs[1].told)]
    truth = {told.past.id: told for told in logs[1].told}
    teller, certain, doubtful, flips = Teller(bot), 0, 0, 0
    for answer, follow_up in itertools.product((0.3, 0.5, 0.7, 0.9), (0.1, 0.3, 0.6, 0.8)):
        if follow_up > answer:
            continue
        policy = replace(bot.decider.policy, thresholds=Thresholds(answer, follow_up))
        for told in logs[0].told:
            found = teller.decide(told, policy)
            if not teller.is_certain(told, found, policy):
                doubtful += 1
                assert found.action is Action.ANSWER
                continue
            certain += 1
            flips += fate(found) != fate(told.past.decision)
            assert fate(found) == fate(teller.decide(truth[told.past.id], policy))
    assert min(certain, flips, doubtful) > 50


def test_a_doubt_is_remembered_without_the_words(bot: Matcher, book: Logbook) -> None:
    """Asked back although the score was high: it stays so, however low the answer line is."""
    asks = book.ask(bot, "not all about my refund please")
    assert asks.action is Action.FOLLOW_UP
    assert asks.score > bot.settings.thresholds.answer
    log = log_of(bot, book)
    lower = replay(bot, log, Thresholds(0.1, 0.1))
    higher = replay(bot, log, Thresholds(1.0, 1.0))
    assert lower.flips == ()
    assert [flip.after.action for flip in higher.flips] == [Action.FALLBACK]


def test_an_answer_word_for_word_stays_one_though_another_entry_fits_as_well(
    bot: Matcher, book: Logbook
) -> None:
    hits = (Hit("refund", 1.0, "x", raw=0.5), Hit("parcel", 0.9, "y", raw=0.49))
    book.record("x", Decision(Action.ANSWER, "refund", 1.0, hits, "exact", bot.fingerprint))
    log = log_of(bot, book)
    assert (len(log.told), log.unclear) == (1, 0)
    assert replay(bot, log, Thresholds(0.9, 0.6)).flips == ()


def test_a_new_answer_without_words_is_only_perhaps_one(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, VAGUE)
    (flip,) = replay(bot, log_of(bot, book), Thresholds(0.2, 0.1)).flips
    assert (flip.after.action, flip.is_certain) == (Action.ANSWER, False)


def test_a_new_answer_is_certain_where_the_words_are_kept(bot: Matcher, make: MakeBook) -> None:
    book = make(KeepText.ALL)
    book.ask(bot, VAGUE)
    (flip,) = replay(bot, log_of(bot, book), Thresholds(0.2, 0.1)).flips
    assert (flip.after.action, flip.is_certain) == (Action.ANSWER, True)


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
    told = Decision(Action.FALLBACK, None, 0.5, hits, "below", bot.fingerprint)
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


def test_other_thresholds_than_the_present_ones_are_recognised(bot: Matcher, book: Logbook) -> None:
    """The same FAQ, model and settings: the scores are comparable, whatever the lines were."""
    for answer, follow_up in ((0.75, 0.60), (0.625, 0.31), (0.5, 0.5), (0.9, -0.25)):
        for text in (SURE, VAGUE, STRANGE, "not all about my refund please"):
            book.ask(with_lines(bot, answer, follow_up), text)
    log = log_of(bot, book)
    assert (len(log.told), log.strange) == (16, 0)
    assert {(x.answer, x.follow_up) for x in recognised(bot, book.pasts()).values()} == {
        (0.75, 0.60),
        (0.625, 0.31),
        (0.5, 0.5),
        (0.9, -0.25),
    }


def test_they_are_recognised_with_entries_that_leave_one_line_to_them(
    tmp_path: Path, book: Logbook
) -> None:
    """Whose other line was another one then, without anybody having edited the FAQ."""
    for answer, follow_up in ((0.75, 0.60), (0.625, 0.31)):
        lines = Thresholds(answer, follow_up)
        own = entry("strict", "kettle", thresholds=Thresholds(0.99, follow_up))
        settings = Settings(cache=tmp_path, thresholds=lines)
        bot = bot_over(tmp_path, *ENTRIES, own, settings=settings)
        for text in (SURE, VAGUE):
            book.ask(bot, text)
    log = log_of(bot, book)
    assert (len(log.told), log.strange) == (4, 0)


def test_another_faq_is_left_out_and_counted(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, SURE)
    book.ask(with_entry(bot, entry("kettle")), SURE)
    log = log_of(bot, book)
    assert (len(log.told), log.strange, log.messages) == (1, 1, 2)


def test_words_are_read_with_any_faq(bot: Matcher, make: MakeBook) -> None:
    book = make(KeepText.ALL)
    other = with_entry(bot, entry("kettle", STRANGE))
    assert book.ask(bot, STRANGE).action is Action.FALLBACK
    log = log_of(other, book)
    assert (log.from_words, log.strange) == (1, 0)
    (flip,) = replay(other, log, None).flips
    assert (flip.before.action, flip.after.entry_id) == (Action.FALLBACK, "kettle")


def test_a_log_wholly_from_another_faq_is_one_line(bot: Matcher, book: Logbook) -> None:
    for _ in range(3):
        book.ask(with_entry(bot, entry("kettle")), SURE)
    with pytest.raises(BotError) as raised:
        log_of(bot, book)
    assert str(raised.value) == (
        "bot.db: a log from another FAQ: 3 of its 3 messages were decided with another FAQ, model "
        "or settings, and no words are kept that could be read anew. Take the configuration and "
        "the FAQ they were decided with, or have words kept (`store: keep_text: all`)."
    )


def test_an_empty_log_is_one_line(bot: Matcher) -> None:
    with pytest.raises(BotError, match=r"^bot\.db: nothing was asked in that time\.$"):
        read_log(bot, (), "bot.db")


def test_what_was_answered_in_parts_needs_its_words(bot: Matcher, make: MakeBook) -> None:
    bare, kept = make(KeepText.NONE), make(KeepText.ALL)
    for book in (bare, kept):
        book.ask(bot, BOTH)
        book.ask(bot, SURE)
    logs = [log_of(bot, book) for book in (bare, kept)]
    assert [(len(log.told), log.in_parts) for log in logs] == [(1, 1), (2, 0)]
    changes = [len(replay(bot, log, Thresholds(1.0, 1.0)).flips) for log in logs]
    assert changes == [1, 2]


def test_only_parts_without_words_is_one_line(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, BOTH)
    with pytest.raises(BotError, match="none of its 1 messages can be decided on again"):
        log_of(bot, book)


def test_a_record_that_does_not_explain_itself_is_left_out(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, SURE)
    odd = Decision(Action.FALLBACK, None, 0.99, (Hit("refund", 0.99, "x"),), "odd", bot.fingerprint)
    book.record("x", odd)
    log = log_of(bot, book)
    assert (len(log.told), log.unclear) == (1, 1)


def test_chinese_words_are_read_as_by_somebody_who_speaks_chinese(
    tmp_path: Path, make: MakeBook
) -> None:
    """As the conversation does, whatever the language of the person's Telegram."""
    entries = [entry("en", "refund please", lang="en"), entry("zh", "退款 refund", lang="zh")]
    bot = bot_over(tmp_path, *ENTRIES, *entries)
    book = make(KeepText.ALL)
    text = "退款 refund please"
    book.record(text, bot.decide(text, "zh"), lang="en")
    assert fate(bot.decide(text, "zh")) != fate(bot.decide(text, "en"))
    assert replay(bot, log_of(bot, book), None).flips == ()


# --- labels --------------------------------------------------------------------------------------


def labelled(bot: Matcher, book: Logbook, **options: bool) -> LogLabels:
    return labels_of(log_of(bot, book), bot.faq.by_id, "bot.db", **options)


def test_presses_become_labels(bot: Matcher, book: Logbook) -> None:
    for text, kind, entry_id in (
        (VAGUE, LabelKind.CHOICE, "refund"),
        (VAGUE, LabelKind.NONE, None),
        (SURE, LabelKind.UP, "refund"),
        (SURE, LabelKind.DOWN, "refund"),
    ):
        book.ask(bot, text)
        book.press(kind, entry_id)
    book.ask(bot, SURE)
    book.ask(bot, STRANGE)
    found = labelled(bot, book)
    assert [label.expected for label in found.labels] == ["refund", None, "refund", None]
    assert (found.choices, found.none, found.up, found.down) == (1, 1, 1, 1)
    assert (found.answered_labelled, found.answered) == (2, 3)
    assert (found.asked_labelled, found.asked, found.fallbacks) == (2, 2, 1)
    assert (found.without_words, found.left_out, found.gone) == (4, 0, 0)


def test_labels_without_words_are_told_apart(bot: Matcher, book: Logbook) -> None:
    """Which half they fall into hangs on their texts."""
    for kind in (LabelKind.UP, LabelKind.UP, LabelKind.DOWN):
        book.ask(bot, SURE)
        book.press(kind, "refund")
    assert len({label.text for label in labelled(bot, book).labels}) == 3


def test_a_choice_says_more_than_a_thumb_under_its_answer(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, VAGUE)
    book.press(LabelKind.CHOICE, "parcel")
    book.press(LabelKind.DOWN, "parcel")
    found = labelled(bot, book, may_be_one_sided=True)
    assert [label.expected for label in found.labels] == ["parcel"]


def test_a_thumb_under_several_answers_may_mean_any(bot: Matcher, make: MakeBook) -> None:
    book = make(KeepText.ALL)
    book.ask(bot, BOTH)
    book.press(LabelKind.UP, "refund")
    with pytest.raises(BotError, match="so there is no label"):
        labelled(bot, book)


def test_a_chosen_entry_that_is_gone_is_counted_not_used(bot: Matcher, make: MakeBook) -> None:
    book = make(KeepText.ALL)
    for chosen in ("refund", "gone"):
        book.ask(bot, SURE)
        book.press(LabelKind.UP, chosen)
    found = labelled(bot, book, may_be_one_sided=True)
    assert ([label.expected for label in found.labels], found.gone) == (["refund"], 1)


def test_where_all_chosen_entries_are_gone_the_log_is_from_another_faq(
    bot: Matcher, make: MakeBook
) -> None:
    book = make(KeepText.ALL)
    book.ask(bot, SURE)
    book.press(LabelKind.UP, "gone")
    with pytest.raises(BotError) as raised:
        labelled(bot, book)
    assert str(raised.value) == (
        "bot.db: a log from another FAQ: people chose or judged entries under 1 of its messages, "
        "and this FAQ has none of them. Take the FAQ they were asked of."
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (LabelKind.UP, "bot.db: no label (1) is a “none of these” or 👎"),
        (LabelKind.DOWN, "bot.db: every label (1) is a “none of these” or 👎"),
    ],
)
def test_one_sided_presses_are_one_line(
    bot: Matcher, book: Logbook, kind: LabelKind, said: str
) -> None:
    book.ask(bot, SURE)
    book.press(kind, "refund")
    with pytest.raises(BotError) as raised:
        labelled(bot, book)
    assert str(raised.value).startswith(said)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "kind", "entry_id", "lines", "is_better"),
    [
        pytest.param(SURE, LabelKind.UP, "refund", (1.0, 0.1), False, id="a liked answer is lost"),
        pytest.param(SURE, LabelKind.DOWN, "refund", (1.0, 0.1), True, id="a bad one is spared"),
        pytest.param(VAGUE, LabelKind.CHOICE, "refund", (0.2, 0.1), True, id="the choice at once"),
        pytest.param(VAGUE, LabelKind.CHOICE, "parcel", (0.2, 0.1), False, id="not the choice"),
        pytest.param(VAGUE, LabelKind.NONE, None, (0.2, 0.1), False, id="none was right"),
        pytest.param(VAGUE, LabelKind.NONE, None, (1.0, 1.0), None, id="no answer either way"),
        pytest.param(VAGUE, None, None, (0.2, 0.1), None, id="nobody said anything"),
    ],
)
def test_what_people_pressed_tells_whether_a_flip_is_for_the_better(
    bot: Matcher,
    book: Logbook,
    text: str,
    kind: LabelKind | None,
    entry_id: str | None,
    lines: tuple[float, float],
    is_better: bool | None,
) -> None:
    book.ask(bot, text)
    if kind is not None:
        book.press(kind, entry_id)
    found = replay(bot, log_of(bot, book), Thresholds(*lines))
    assert [flip.is_better for flip in found.flips] == [is_better]
    assert [(it.better, it.worse) for it in found.kinds] == [
        (is_better is True, is_better is False)
    ]


def test_another_answer_than_the_disliked_one_is_not_known_to_be_wrong(
    bot: Matcher, make: MakeBook
) -> None:
    book = make(KeepText.ALL)
    book.ask(bot, STRANGE)
    wrong = replace(bot.decide(SURE), entry_id="parcel", candidates=(Hit("parcel", 0.9, "x"),))
    book.record(SURE, wrong)
    book.press(LabelKind.DOWN, "parcel")
    (flip,) = replay(bot, log_of(bot, book), None).flips
    assert (flip.after.entry_id, flip.is_better) == ("refund", True)
