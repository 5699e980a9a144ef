"""What an edit of an FAQ changes, told before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.authoring.regression.diff import Diff, baseline
from bot.domain import Action, Decision, Expect, Faq, FaqEntry, FaqTest, Place
from bot.domain.flip import Kind, Turn
from bot.matching.build import Matcher
from bot.store.store import Label, LabelKind, Record
from tests.factories import bot_over, entry

PLACE = Place("faq/a.yaml", 7)
REFUND = entry("refund", "how do I get my refund", "refund please", "money back")
PARCEL = entry("parcel", "where is my parcel", "parcel tracking", "is my parcel lost")
ENTRIES = (REFUND, PARCEL)


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    return bot_over(tmp_path, *ENTRIES)


def with_test(it: FaqEntry, text: str, expect: Expect | None = None) -> FaqEntry:
    return replace(it, tests=(FaqTest(text, expect, PLACE),))


def more(it: FaqEntry, *phrasings: str) -> FaqEntry:
    return replace(it, phrasings=(*it.phrasings, *phrasings))


def diff(
    bot: Matcher,
    before: Sequence[FaqEntry],
    after: Sequence[FaqEntry],
    log: Sequence[Record] = (),
    *,
    holds_out: bool = False,
) -> Diff:
    with baseline(bot, Faq(tuple(before)), log, holds_out=holds_out) as known:
        return known.against(Faq(tuple(after)))


def turns(found: Diff) -> list[tuple[Kind, str, Turn, bool]]:
    return [(flip.kind, flip.text, flip.turn, flip.broke) for flip in found.flips]


def logged(text: str | None, *labels: Label) -> Record:
    """Something that was answered with parcel then."""
    then = Decision(Action.ANSWER, "parcel", 0.9, (), "why")
    return Record("0" * 16, 0.0, text, "en", then, labels=labels)


def label(kind: LabelKind, entry_id: str | None) -> Label:
    return Label("0" * 16, kind, "", 0.0, entry_id)


def test_the_same_faq_changes_nothing(bot: Matcher) -> None:
    log = [logged("money back"), logged("quartz")]
    entries = (with_test(REFUND, "money back"), PARCEL)
    found = diff(bot, entries, entries, log, holds_out=True)
    assert found.flips == ()
    assert found.asked == {Kind.TEST: 1, Kind.HELD_OUT: 6, Kind.LOGGED: 2}
    assert found.failing == 0


def test_a_test_that_is_no_longer_passed_broke_and_one_that_now_is_got_better(bot: Matcher) -> None:
    stolen = replace(REFUND, phrasings=("refund please",))
    before = (with_test(REFUND, "money back"), with_test(PARCEL, "violet oak"))
    after = (
        with_test(stolen, "money back"),
        with_test(more(PARCEL, "violet oak"), "violet oak"),
    )
    found = diff(bot, before, after)
    assert turns(found) == [
        (Kind.TEST, "money back", Turn.WORSE, True),
        (Kind.TEST, "violet oak", Turn.BETTER, False),
    ]
    (broke,) = found.broken
    assert (broke.before.entry_id, broke.before.score, broke.expected) == ("refund", 1.0, "refund")
    assert broke.after.score < 1.0
    assert broke.place == PLACE
    assert found.failing == 1


def test_tests_that_an_edit_takes_away_do_not_count_and_new_ones_do(bot: Matcher) -> None:
    before = (with_test(REFUND, "money back"), PARCEL)
    after = (PARCEL, with_test(entry("quartz", "violet oak"), "violet oak"))
    found = diff(bot, before, after)
    assert turns(found) == [(Kind.TEST, "violet oak", Turn.BETTER, False)]


def test_a_test_that_must_be_asked_about_breaks_when_it_is_answered(bot: Matcher) -> None:
    text, expect = "violet oak", Expect.FALLBACK
    before, after = with_test(REFUND, text, expect), with_test(more(REFUND, text), text, expect)
    assert turns(diff(bot, (before, PARCEL), (after, PARCEL))) == [
        (Kind.TEST, text, Turn.WORSE, True)
    ]


def test_a_wording_is_held_out_on_both_sides(bot: Matcher) -> None:
    """Word for word it would be found by itself, whatever else the edit does to it."""
    rival = more(PARCEL, "please refund", "a refund please", "refund please now", "refund refund")
    found = diff(bot, ENTRIES, (REFUND, rival), holds_out=True)
    assert found.asked[Kind.HELD_OUT] == 6
    flips = {flip.text: flip for flip in found.flips}
    assert flips["refund please"].turn is Turn.WORSE
    assert not flips["refund please"].broke
    assert "parcel" in [hit.entry_id for hit in flips["refund please"].after.candidates[:1]]


def test_wordings_that_only_one_version_has_are_not_held_out(bot: Matcher) -> None:
    after = (more(REFUND, "violet oak"), replace(PARCEL, phrasings=()), entry("new", "a", "b"))
    found = diff(bot, ENTRIES, after, holds_out=True)
    assert found.asked[Kind.HELD_OUT] == 3, "an entry keeps one wording at least"


@pytest.mark.parametrize(
    ("labels", "turn"),
    [
        pytest.param((), Turn.UNKNOWN, id="nobody said"),
        pytest.param((label(LabelKind.DOWN, "parcel"),), Turn.BETTER, id="a wrong answer is gone"),
        pytest.param((label(LabelKind.UP, "parcel"),), Turn.WORSE, id="a right answer is lost"),
    ],
)
def test_a_message_of_the_log_got_better_or_worse_by_what_people_said(
    bot: Matcher, labels: tuple[Label, ...], turn: Turn
) -> None:
    log = [logged("parcel tracking", *labels), logged(None)]
    moved = (more(REFUND, "parcel tracking"), replace(PARCEL, phrasings=("is my parcel lost",)))
    found = diff(bot, ENTRIES, moved, log)
    assert [(flip.kind, flip.turn) for flip in found.flips] == [(Kind.LOGGED, turn)]
    assert found.asked[Kind.LOGGED] == 1, "the words of the other one are not kept"


def test_one_edit_after_another_is_held_against_the_same_faq(bot: Matcher) -> None:
    faq = Faq((with_test(REFUND, "violet oak"), PARCEL))
    with baseline(bot, faq, holds_out=False) as before:
        for entries, count in (
            (faq.entries, 0),
            ((more(faq.entries[0], "violet oak"), PARCEL), 1),
        ):
            assert len(before.against(Faq(tuple(entries))).flips) == count


def test_an_edit_that_shows_an_answer_to_what_is_ignored_misleads(bot: Matcher) -> None:
    ignored, after = logged("violet oak"), Faq((more(REFUND, "violet oak"), PARCEL))
    for ids, found in ((set(), (Turn.UNKNOWN, False)), ({ignored.id}, (Turn.WORSE, True))):
        with baseline(bot, Faq(ENTRIES), holds_out=False) as before:
            before.listen([ignored], ids)
            (flip,) = before.against(after, {"refund"}).flips
        assert (flip.turn, flip.misleads) == found


def test_of_what_an_edit_may_reach_all_tests_are_asked_and_some_of_the_rest(bot: Matcher) -> None:
    far = entry("hours", *(f"{word} elm fir" for word in "abcdefghijklmno"))
    faq = Faq((with_test(REFUND, "money back"), with_test(PARCEL, "quartz"), far))
    with baseline(bot, faq, [logged("refund please now"), logged("a elm")]) as before:
        tests, held_out, messages = before.against(faq, {"refund"}).asked.values()
        assert (tests, held_out, messages) == (2, 3, 2), "all three are candidates of any message"
        assert [*before.against(faq, {"quartz"}).asked.values()] == [2, 0, 0]
        assert before.against(faq, {"hours"}).asked[Kind.HELD_OUT] == 8, "every second one of 15"


def test_nothing_of_the_bot_that_serves_is_touched(bot: Matcher, tmp_path: Path) -> None:
    def kept() -> dict[str, bytes]:
        return {it.name: it.read_bytes() for it in (tmp_path / "cache").iterdir()}

    before = kept()
    diff(bot, ENTRIES, (more(REFUND, "violet oak"), PARCEL), holds_out=True)
    assert kept() == before
