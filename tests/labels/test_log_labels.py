"""What people pressed, as labels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Action, Hit, KeepText, Thresholds
from bot.errors import BotError
from bot.labels.from_log import LogLabels, labels_of
from bot.matching.build import Matcher
from bot.store.store import LabelKind
from bot.tuning.evaluate.replay import replay
from tests.labels.messages import BOTH, PERHAPS, STRANGE, SURE, VAGUE, MakeBook, log_of
from tests.logged import Logbook


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
    assert found.kinds == dict.fromkeys(
        (LabelKind.CHOICE, LabelKind.NONE, LabelKind.UP, LabelKind.DOWN), 1
    )
    assert found.labelled == {Action.ANSWER: 2, Action.FOLLOW_UP: 2}
    assert found.total == {Action.ANSWER: 3, Action.FOLLOW_UP: 2, Action.FALLBACK: 1}
    assert (found.gone, found.log.left_out) == (0, {})


def test_a_choice_says_more_than_a_thumb_under_its_answer(bot: Matcher, book: Logbook) -> None:
    book.ask(bot, VAGUE)
    book.press(LabelKind.CHOICE, "parcel")
    book.press(LabelKind.DOWN, "parcel")
    found = labelled(bot, book, may_be_one_sided=True)
    assert [label.expected for label in found.labels] == ["parcel"]


def test_a_thumb_under_several_answers_and_an_entry_that_is_gone_give_no_label(
    bot: Matcher, make: MakeBook
) -> None:
    book = make(KeepText.ALL)
    for text, entry_id in ((BOTH, "refund"), (SURE, "refund"), (SURE, "gone")):
        book.ask(bot, text)
        book.press(LabelKind.UP, entry_id)
    found = labelled(bot, book, may_be_one_sided=True)
    assert [(it.text, it.expected) for it in found.labels] == [(SURE, "refund")]
    assert found.gone == 1


@pytest.mark.parametrize(
    ("kind", "entry_id", "said"),
    [
        (
            *(LabelKind.UP, "refund"),
            "no label (1) is a “none of these” or 👎, so nothing can be said about questions the "
            "FAQ has no answer to. Wait for some, or say --oos-share 0.",
        ),
        (
            *(LabelKind.DOWN, "refund"),
            "every label (1) is a “none of these” or 👎, so nothing can be said about right "
            "answers. Wait for choices and 👍, or label messages by hand.",
        ),
        (
            *(LabelKind.UP, "gone"),
            "a log from another FAQ: people chose or judged entries under 1 of its messages, and "
            "this FAQ has none of them. Take the FAQ they were asked of.",
        ),
    ],
)
def test_presses_that_are_no_labels_to_tune_by_are_one_line(
    bot: Matcher, book: Logbook, kind: LabelKind, entry_id: str, said: str
) -> None:
    book.ask(bot, SURE)
    book.press(kind, entry_id)
    with pytest.raises(BotError) as raised:
        labelled(bot, book)
    assert str(raised.value) == f"bot.db: {said}"


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
        pytest.param(PERHAPS, LabelKind.UP, "refund", (0.8, 0.6), False, id="a liked one is asked"),
        pytest.param(PERHAPS, LabelKind.NONE, None, (0.8, 0.6), True, id="not this is asked about"),
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
    assert list(found.kinds.values()) == [list(found.flips)]


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
