"""The benchmarks count what they say they count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.outcomes import intervals, means, measure
from bench.replay import measure as measure_replay
from bench.sets import Query, load_shop
from bench.two_questions import AND, SENTENCES, two_questions
from bench.typing_errors import with_typing_errors, words
from bot.domain import Action, Decision, Hit
from bot.files.config.settings import Settings
from tests.factories import bot_over, entry


def decided(action: Action, entry_id: str | None, score: float) -> Decision:
    hits = () if entry_id is None else (Hit(entry_id, score, ""),)
    return Decision(action, None if action is Action.FALLBACK else entry_id, score, hits, "")


ROWS = [
    ("a", decided(Action.ANSWER, "a", 0.9)),
    ("a", decided(Action.ANSWER, "b", 0.8)),
    ("a", decided(Action.FALLBACK, "a", 0.1)),
    (None, decided(Action.ANSWER, "a", 0.85)),
    (None, decided(Action.FALLBACK, None, 0.0)),
]
TENTATIVE = [
    (want, replace(decided(Action.FOLLOW_UP, told, 0.7), tentative=True))
    for want, told in (("a", "a"), ("a", "b"), (None, "a"))
]


def test_shares_are_of_in_scope_or_out_of_scope_messages() -> None:
    found = measure([expected for expected, _ in ROWS], [decision for _, decision in ROWS])
    assert (found.in_scope, found.right, found.wrong, found.fallback) == (3, *[1 / 3] * 3)
    assert (found.out_of_scope, found.oos_answered, found.top1) == (2, 0.5, 2 / 3)
    assert found.auroc == (2 + 1 + 1) / 6  # pairs in order


def test_what_is_shown_counts_tentative_answers_and_what_is_answered_does_not() -> None:
    rows = [*ROWS, *TENTATIVE]
    found = measure([expected for expected, _ in rows], [decision for _, decision in rows])
    assert (found.right, found.wrong, found.held, found.missed) == (0.2, 0.2, 0, 0)
    assert (found.right_shown, found.wrong_shown) == (0.4, 0.4)
    assert (found.oos_answered, found.oos_shown, found.oos_asked) == (1 / 3, 2 / 3, 0)
    spread = intervals([found], seed=1)
    assert spread["right_shown"][1] > spread["right"][1]


def test_the_set_of_the_shipped_faq_is_asked_whole_and_is_in_no_mean() -> None:
    shop = load_shop(Settings().thresholds)
    assert shop.of_split("dev") == shop.of_split("test") == shop.queries
    assert (len(shop.queries), shop.is_in_means) == (242, False)


def test_in_a_mean_every_set_weighs_the_same_and_intervals_are_seeded() -> None:
    two = [measure([want for want, _ in rows], [it for _, it in rows]) for rows in (ROWS, ROWS[:1])]
    assert means(two)["right"] == pytest.approx((1 / 3 + 1) / 2)
    assert means(two)["oos_answered"] == 0.5  # the second has no out-of-scope message
    assert intervals(two, seed=1) == intervals(two, seed=1)


@pytest.mark.parametrize("mistyped", [0.0, 0.1, 1.0])
def test_a_share_of_the_words_of_four_letters_is_mistyped(mistyped: float) -> None:
    texts = ["Where is my parcel now", "it did not come", "refund the whole order please"] * 20
    typed = with_typing_errors(texts, mistyped, seed=0)
    pairs = zip(" ".join(texts).split(), " ".join(typed).split(), strict=True)
    changed = [(was, now) for was, now in pairs if was != now]
    assert len(changed) == round(mistyped * words(texts))
    assert all(len(was) >= 4 and len(was) - len(now) in (0, 1) for was, now in changed)


def test_two_questions_are_of_different_entries_and_half_in_each_form() -> None:
    queries = [Query("a refund?", "refund", "dev"), Query("my parcel is late", "track", "dev")]
    found = two_questions(queries, 20, seed=0, is_english=True)
    assert [message.form for message in found] == [SENTENCES] * 10 + [AND] * 10
    assert {message.text for message in found} == {
        "a refund? my parcel is late.",
        "my parcel is late. a refund?",
        "a refund and my parcel is late",
        "my parcel is late and a refund?",
    }
    assert two_questions(queries[:1], 20, seed=0, is_english=True) == []


def test_a_replay_of_scores_alone_is_held_against_one_of_the_words(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, entry("refund", "all about my refund"), entry("parcel", "my parcel"))
    found = measure_replay("shop", "all", bot, ["refund cat dog", "zebra quartz"])
    assert (found.messages, found.right, found.off) == (2, 1.0, 0.0)
