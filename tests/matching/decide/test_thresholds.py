"""The three bands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Action, Hit, Thresholds
from bot.matching.decide.thresholds import NEAR, Policy, Reading, Rules, decide
from bot.matching.score.ranker import Match
from tests.factories import LINES

POLICY = Policy(LINES, fingerprint="f")


def hit(entry_id: str, score: float) -> Hit:
    return Hit(entry_id, score, f"phrasing of {entry_id}")


@pytest.mark.parametrize(
    ("score", "action", "entry_id", "reason"),
    [
        pytest.param(
            0.7501, Action.ANSWER, "refund", "0.7501 is above the answer line 0.75",
            id="above the answer line: answers",
        ),
        pytest.param(
            0.75, Action.FOLLOW_UP, "refund",
            "0.7500 is from the follow-up line 0.6 to the answer line 0.75",
            id="on the answer line: asks",
        ),
        pytest.param(
            0.6, Action.FOLLOW_UP, "refund",
            "0.6000 is from the follow-up line 0.6 to the answer line 0.75",
            id="on the follow-up line: asks",
        ),
        pytest.param(
            0.5999, Action.FALLBACK, None, "0.5999 is below the follow-up line 0.6",
            id="under the follow-up line: falls back",
        ),
    ],
)  # fmt: skip
def test_a_score_decides_by_the_two_lines(
    score: float, action: Action, entry_id: str | None, reason: str
) -> None:
    decision = decide([hit("refund", score)], POLICY)
    assert (decision.action, decision.entry_id, decision.score, decision.reason) == (
        action,
        entry_id,
        score,
        reason,
    )


def test_without_hits_the_bot_falls_back_with_score_zero() -> None:
    decision = decide([], POLICY, ["there is no letter or digit to read"])
    assert decision.action is Action.FALLBACK
    assert (decision.entry_id, decision.score, decision.candidates) == (None, 0.0, ())
    assert decision.reason == "there is no letter or digit to read; nothing to compare"


def test_zero_is_a_threshold_like_any_other() -> None:
    policy = Policy(Thresholds(answer=0.0, follow_up=0.0))
    assert decide([hit("a", 0.01)], policy).action is Action.ANSWER
    assert decide([hit("a", 0.0)], policy).action is Action.FOLLOW_UP
    assert decide([hit("a", -0.01)], policy).action is Action.FALLBACK


def test_a_follow_up_offers_at_most_the_configured_number() -> None:
    hits = [hit(name, 0.7) for name in "abcd"]
    for choices in (1, 2, 3):
        decision = decide(hits, Policy(LINES, choices=choices))
        assert [c.entry_id for c in decision.candidates] == list("abcd"[:choices])


def test_a_follow_up_offers_entries_near_the_best_though_they_miss_the_line() -> None:
    hits = [hit("best", 0.65), hit("near", 0.65 - NEAR), hit("far", 0.65 - NEAR - 0.0001)]
    assert [c.entry_id for c in decide(hits, POLICY).candidates] == ["best", "near"]


def test_a_fallback_still_names_the_nearest_misses() -> None:
    decision = decide([hit("a", 0.5), hit("b", 0.4)], POLICY)
    assert decision.candidates == (hit("a", 0.5), hit("b", 0.4))


STRICT = Policy(LINES, own={"risky": Thresholds(answer=0.9, follow_up=0.8)})


def test_an_entry_with_its_own_lines_is_decided_by_them() -> None:
    assert decide([hit("risky", 0.91)], STRICT).action is Action.ANSWER
    assert decide([hit("risky", 0.90)], STRICT).reason == (
        "0.9000 is from the follow-up line 0.8 of risky to the answer line 0.9 of risky"
    )
    assert decide([hit("risky", 0.79)], STRICT).action is Action.FALLBACK


def test_a_lesser_entry_never_answers_past_a_stricter_best_one() -> None:
    decision = decide([hit("risky", 0.85), hit("plain", 0.84)], STRICT)
    assert decision.action is Action.FOLLOW_UP
    assert [c.entry_id for c in decision.candidates] == ["risky", "plain"]


def test_an_entry_below_its_own_follow_up_line_is_not_offered() -> None:
    decision = decide([hit("risky", 0.79), hit("plain", 0.78)], STRICT)
    assert [c.entry_id for c in decision.candidates] == ["plain"]
    assert decision.reason == "0.7800 would answer, but risky is nearer"


def band(score: float, raw: float = 0.5, second: float = 0.3) -> Match:
    """A best entry of that score, and another whose raw score is that much lower."""
    hits = (Hit("a", score, "of a", raw), Hit("b", 0.5, "of b", second))
    return Match(hits, text="where is it", close=("where is it now",))


TENTATIVE = Policy(Thresholds(0.75, 0.60, 0.69), own={"risky": Thresholds(0.75, 0.60)})


@pytest.mark.parametrize(
    ("match", "policy", "tentative"),
    [
        pytest.param(band(0.69), TENTATIVE, True, id="on the line"),
        pytest.param(band(0.75), TENTATIVE, True, id="on the answer line"),
        pytest.param(band(0.6899), TENTATIVE, False, id="below the line"),
        pytest.param(band(0.72, second=0.47), TENTATIVE, False, id="two entries fit as well"),
        pytest.param(
            replace(band(0.72), text="where is it not"), TENTATIVE, False, id="another guard doubts"
        ),
        pytest.param(
            Match((Hit("risky", 0.72, "?", 0.5),)), TENTATIVE, False, id="lines of its own"
        ),
        pytest.param(band(0.72), replace(TENTATIVE, careful=False), False, id="plain cosines"),
        pytest.param(band(0.72), replace(TENTATIVE, thresholds=LINES), False, id="switched off"),
    ],
)
def test_a_follow_up_shows_an_answer_from_its_line_on_where_one_entry_leads_and_no_guard_doubts(
    match: Match, policy: Policy, tentative: bool
) -> None:
    decision = Rules(policy).decide_match(match, frozenset())
    assert (decision.action, decision.tentative) == (Action.FOLLOW_UP, tentative)


def test_an_answer_is_never_tentative() -> None:
    decision = Rules(TENTATIVE).decide_match(band(0.76), frozenset())
    assert (decision.action, decision.tentative) == (Action.ANSWER, False)


def test_a_follow_up_that_a_guard_keeps_from_showing_its_answer_names_the_guard() -> None:
    doubted = replace(band(0.72), text="where is it not")
    decision = Rules(TENTATIVE).decide_match(doubted, frozenset())
    assert decision.guard == "polarity"
    assert decision.reason.endswith(
        "; but the message says the contrary of “where is it now”, so no answer is shown"
    )


def test_a_part_does_not_answer_the_entry_that_a_guard_doubted_in_the_whole() -> None:
    doubted = replace(band(0.72), text="where is it not")
    in_parts = Reading(doubted, sentences=(band(0.9),))
    assert Rules(TENTATIVE).decide(in_parts).action is Action.FOLLOW_UP
    assert Rules(TENTATIVE).decide(replace(in_parts, whole=band(0.72))).action is Action.ANSWER
