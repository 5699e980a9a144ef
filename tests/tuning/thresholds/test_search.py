"""Thresholds are chosen on one half of the labels and proven on the other."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from bot.domain import Place
from bot.tuning.evaluate.metrics import measures
from bot.tuning.labels.labelled import Labelled
from bot.tuning.labels.outcomes import Outcome
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.risk import Sample, lower, trials_needed, upper
from bot.tuning.thresholds.search import COSTS, GRID, Half, Promise, Recommendation, choose, halves


@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (0, 59), (3, 100), (39, 40), (5, 5), (0, 0)])
def test_bounds_are_clopper_and_pearsons(hits: int, trials: int) -> None:
    """One-sided with 95 %: two-sided with 90 %."""
    exact = binomtest(hits, trials).proportion_ci(0.9) if trials else (0.0, 1.0)
    assert (float(lower(hits, trials, 0.05)), float(upper(hits, trials, 0.05))) == (
        pytest.approx(tuple(exact))
    )


@pytest.mark.parametrize(
    ("share", "limit", "needed"),
    [
        pytest.param(0.0, 0.05, 59, id="without a mistake"),
        pytest.param(0.0, 0.02, 149, id="a stricter limit"),
        pytest.param(0.06, 0.05, None, id="more mistakes than the limit"),
        pytest.param(0.0, 0.0, None, id="nothing proves that nothing is wrong"),
    ],
)
def test_the_labels_a_proof_needs(share: float, limit: float, needed: int | None) -> None:
    assert trials_needed(lambda n: share * n, limit, 0.05) == needed


def labels_of(inside: int, outside: int) -> list[Labelled]:
    expected = ["a"] * inside + [None] * outside
    return [Labelled(f"text {n}", it, Place("set", n + 1)) for n, it in enumerate(expected)]


def test_halves_are_halves_of_either_kind_whatever_the_order() -> None:
    labels = labels_of(41, 20)
    first = {label.text for label, it in zip(labels, halves(labels), strict=True) if it}
    shuffled = random.Random(0).sample(labels, len(labels))
    again = {label.text for label, it in zip(shuffled, halves(shuffled), strict=True) if it}
    assert first == again
    in_scope = sum(label.expected is not None for label in labels if label.text in first)
    assert (in_scope, len(first) - in_scope) == (20, 10)


def test_a_text_that_stands_there_often_is_not_all_on_one_side() -> None:
    """As in a log: what many people write must count where it is checked, too."""
    often = [Labelled("where is it", "a", Place("set", n)) for n in range(1, 101)]
    chosen = halves([*often, *labels_of(100, 50)])
    assert 30 < int(chosen[:100].sum()) < 70
    assert chosen.sum() == 125


def messages(scores: list[float], right: list[bool | None]) -> tuple[Regions, np.ndarray]:
    """Messages of one score each: above the answer line they are answered, rightly, wrongly, or
    (None) out of scope; from the follow-up line on they are asked about.
    """
    boxes = []
    for row, (value, it) in enumerate(zip(scores, right, strict=True)):
        outcomes = {
            True: (Outcome.RIGHT, Outcome.HELD, Outcome.FALLBACK),
            False: (Outcome.WRONG, Outcome.MISSED, Outcome.FALLBACK),
            None: (Outcome.OOS_ANSWERED, Outcome.OOS_ASKED, Outcome.OOS_REFUSED),
        }[it]
        sides = (
            (-np.inf, value, -np.inf, np.inf),
            (value, np.inf, -np.inf, value),
            (value, np.inf, value, np.inf),
        )
        boxes += [(row, outcome.code, *side) for outcome, side in zip(outcomes, sides, strict=True)]
    owners, codes, *edges = (np.array(column) for column in zip(*boxes, strict=True))
    return Regions(len(scores), owners, codes, *edges), np.array([it is not None for it in right])


def chosen(
    scores: list[float], right: list[bool | None], promise: Promise, objection: str = ""
) -> Recommendation:
    """Both halves are these messages."""
    regions, in_scope = messages(scores, right)
    part = Half.of(regions, in_scope, np.ones(len(scores), np.bool_))
    return choose(part, part, promise, objection)


# 100 right ones from 0.8 to 0.9, 100 out of scope from 0.3 to 0.4, and between them, one by one,
# messages that would be answered wrongly.
CLEAR = [round(0.8 + n / 1000, 3) for n in range(100)]
FAR = [round(0.3 + n / 1000, 3) for n in range(100)]
BETWEEN = [0.79, 0.78, 0.77, 0.76, 0.75, 0.74, 0.73, 0.72, 0.71, 0.70]
SCORES = [*CLEAR, *FAR, *BETWEEN]
RIGHT: list[bool | None] = [True] * 100 + [None] * 100 + [False] * 10


def test_the_walk_ends_where_the_bound_exceeds_the_promise() -> None:
    found = chosen(SCORES, RIGHT, Promise(max_wrong=0.05))
    mistakes = max(k for k in range(11) if upper(k, 210, 0.05) <= 0.05)
    assert mistakes == 5
    # So many may be answered: the line is put on the next one, which is then asked about.
    assert found.thresholds.answer == BETWEEN[mistakes]
    assert (found.proven, found.why, found.labels_missing) == (True, "", None)
    assert found.checked == 210
    assert found.wrong == pytest.approx(mistakes / 210)
    assert found.wrong_upper == pytest.approx(float(upper(mistakes, 210, 0.05)))


@pytest.mark.parametrize(
    "promises",
    [
        pytest.param([Promise(max_wrong=w) for w in (0.02, 0.05, 0.2)], id="a stricter limit"),
        pytest.param([Promise(confidence=c) for c in (0.99, 0.6)], id="more confidence"),
    ],
)
def test_a_stricter_promise_gives_a_stricter_line(promises: list[Promise]) -> None:
    lines = [chosen(SCORES, RIGHT, promise).thresholds.answer for promise in promises]
    assert lines == sorted(set(lines), reverse=True)


@pytest.mark.parametrize(
    ("scores", "right", "max_wrong", "missing", "why"),
    [
        pytest.param(
            *([0.9] * 20 + [0.2] * 20, [True] * 20 + [None] * 20, 0.05),
            *(2 * (59 - 40), "there are too few labels"),  # half of them would check
            id="without a mistake, too few",
        ),
        pytest.param(
            *([0.9, 0.2], [None, True], 0.05, 2 * (93 - 2), "there are too few labels"),
            id="one mistake of two labels may be chance",
        ),
        pytest.param(
            *([0.9] * 50 + [0.2] * 50, [None] * 50 + [True] * 50, 0.05, None),
            "even at its strictest, the bot answers too much wrongly on these labels",
            id="the surest answers are wrong",
        ),
        pytest.param(
            *(CLEAR + FAR, RIGHT[:200], 0.0, None),
            "no number of labels can prove that nothing is ever wrong",
            id="never wrong",
        ),
        pytest.param(
            *([-0.5] * 9, [True] * 9, 0.05, None, "nothing is answered at any threshold"),
            id="nothing is answered",
        ),
    ],
)
def test_without_a_proof_it_is_said_why_and_how_many_labels_are_missing(
    scores: list[float], right: list[bool | None], max_wrong: float, missing: int | None, why: str
) -> None:
    found = chosen(scores, right, Promise(max_wrong=max_wrong))
    assert (found.proven, found.labels_missing, found.why) == (False, missing, why)


def test_a_label_counts_for_as_many_messages_as_it_stands_for() -> None:
    regions, in_scope = messages([0.9, 0.9, 0.5], [True, False, True])
    everyone = np.ones(3, np.bool_)
    weights = np.array([3.0, 1.0, 4.0])
    part = Half.of(regions, in_scope, everyone, weights)
    at = int(np.searchsorted(GRID, 0.7))
    assert part.counts[at, at].tolist() == [3, 1, 0, 0, 4, 0, 0, 0]
    assert part.wrong_share(None)[at] == pytest.approx(1 / 8)
    assert part.both == Sample(3, 8.0, 64 / 26)
    bound = float(upper(1 / 8 * 64 / 26, 64 / 26, 0.05))
    assert part.wrong_upper(None, 0.05)[at] == pytest.approx(bound)


def test_labels_of_equal_weight_are_bounded_as_if_they_had_none() -> None:
    regions, in_scope = messages(SCORES, RIGHT)
    everyone = np.ones(len(SCORES), np.bool_)
    plain, heavy = (
        Half.of(regions, in_scope, everyone, np.full(len(SCORES), weight)) for weight in (1.0, 7.0)
    )
    for share in (None, 0.0, 0.3, 1.0):
        expected = plain.wrong_upper(share, 0.05)
        assert heavy.wrong_upper(share, 0.05) == pytest.approx(expected)


def test_labels_that_cannot_prove_anything_give_the_same_thresholds_unproven() -> None:
    proven = chosen(SCORES, RIGHT, Promise())
    unproven = chosen(SCORES, RIGHT, Promise(), "there are no labels")
    assert unproven == replace(proven, why="there are no labels")
    assert (proven.proven, unproven.proven) == (True, False)


def test_the_line_goes_no_further_down_than_the_choosing_half_allows() -> None:
    regions, in_scope = messages(SCORES, RIGHT)
    lenient = Half.of(regions, in_scope, np.ones(len(SCORES), np.bool_))
    only_mistakes, inside = messages(BETWEEN, [False] * 10)
    strict = Half.of(only_mistakes, inside, np.ones(10, np.bool_))
    # Of 10 messages none may be wrong, so the first mistake ends it.
    assert choose(strict, lenient, Promise()).thresholds.answer == 0.79


def test_the_mix_that_is_said_counts_and_not_that_of_the_labels() -> None:
    oos = [round(0.7 + n / 1000, 3) for n in range(50)] + FAR[:50]
    scores, right = CLEAR * 3 + oos, [True] * 300 + [None] * 100
    rare, frequent = (chosen(scores, right, Promise(oos_share=share)) for share in (0.1, 0.9))
    assert rare.thresholds.answer < frequent.thresholds.answer


def test_a_limit_on_follow_ups_raises_the_lower_line() -> None:
    wrong: list[bool | None] = [True] * 100 + [None] * 100 + [True] * 200
    scores = [*CLEAR, *(0.75 for _ in range(100)), *(0.6 + n / 1000 for n in range(100))]
    scores += [round(0.4 + n / 1000, 3) for n in range(100)]
    free, limited = (chosen(scores, wrong, Promise(max_follow_up=m)) for m in (None, 0.5))
    assert free.thresholds.answer == 0.75
    assert free.thresholds.follow_up < limited.thresholds.follow_up <= 0.75
    assert limited.proven
    assert limited.follow_up_upper is not None
    assert 0.4 < limited.follow_up_upper <= 0.5
    asked = sum(limited.thresholds.follow_up <= it <= 0.75 for it in scores) / len(scores)
    assert asked <= 0.5


def test_a_limit_on_follow_ups_that_cannot_be_kept_is_not_proven() -> None:
    found = chosen([0.0] * 100 + [1.0] * 100, [True] * 200, Promise(max_follow_up=0.1))
    assert (found.proven, found.why) == (False, "the limit on follow-ups could not be proven")


def test_costs_move_the_line_within_the_promise() -> None:
    dear = Promise(cheapest=True, costs={**COSTS, Outcome.WRONG: 1000.0})
    cheap = Promise(cheapest=True, costs={**COSTS, Outcome.WRONG: 0.0, Outcome.MISSED: 50.0})
    assert chosen(SCORES, RIGHT, dear).thresholds.answer >= 0.79
    assert chosen(SCORES, RIGHT, cheap).thresholds.answer == BETWEEN[5]


def test_follow_ups_in_vain_raise_the_lower_line() -> None:
    scores = CLEAR + [0.497] * 40 + [0.4] * 40
    half: list[bool | None] = [True, None] * 20
    few: list[bool | None] = [True] * 5 + [None] * 35
    never: list[bool | None] = [None] * 40
    useful, useless = (chosen(scores, [True] * 100 + it + never, Promise()) for it in (half, few))
    assert 0.4 < useful.thresholds.follow_up <= 0.497
    assert useless.thresholds.follow_up > 0.497


@pytest.mark.slow
def test_proven_promises_are_kept_as_often_as_they_say() -> None:
    """Of 300 draws from a world whose risk is known, at most 5 in 100 may prove too much."""
    hat = np.random.default_rng(3)

    def risk(answer: float) -> float:  # of all messages, wrongly answered above a line
        return 0.25 * (1 - answer)

    broken = 0
    proven = 0
    for _ in range(300):
        scores = hat.uniform(0, 1, 400)
        right: list[bool | None] = [bool(it) for it in hat.uniform(0, 1, 400) > 0.25]
        regions, in_scope = messages(scores.tolist(), right)
        choosing = np.arange(400) % 2 == 0
        found = choose(
            Half.of(regions, in_scope, choosing),
            Half.of(regions, in_scope, ~choosing),
            Promise(max_wrong=0.05, oos_share=0.0),
        )
        proven += found.proven
        broken += found.proven and risk(found.thresholds.answer) > 0.05
    assert proven > 250
    assert broken <= 0.05 * proven + 2 * np.sqrt(0.05 * 0.95 * proven)


def test_measures_are_shares_of_what_they_say() -> None:
    counts = np.zeros(8, np.int64)
    for outcome, number in {
        Outcome.RIGHT: 6, Outcome.WRONG: 1, Outcome.HELD: 2, Outcome.FALLBACK: 1,
        Outcome.OOS_ANSWERED: 1, Outcome.OOS_REFUSED: 4,
    }.items():  # fmt: skip
        counts[outcome.code] = number
    found = {name: float(value) for name, value in measures(counts).items()}
    assert found == pytest.approx(
        {
            "right": 0.6, "wrong": 0.1, "held": 0.2, "missed": 0.0, "fallback": 0.1,
            "oos_answered": 0.2, "oos_asked": 0.0, "oos_refused": 0.8,
            "coverage": 8 / 15, "wrong_answers": 2 / 15, "follow_ups": 2 / 15,
            "fallbacks": 5 / 15, "precision": 6 / 8,
        }
    )  # fmt: skip
    mixed = measures(counts, 0.3)
    assert float(mixed["wrong_answers"]) == pytest.approx(0.7 * 0.1 + 0.3 * 0.2)
    assert float(mixed["precision"]) == pytest.approx(0.7 * 0.6 / (0.7 * 0.7 + 0.3 * 0.2))


def test_what_is_never_asked_counts_for_nothing() -> None:
    counts = np.array([9, 1, 0, 0, 0, 0, 0, 0])
    found = measures(counts, 0.0)
    assert float(found["wrong_answers"]) == pytest.approx(0.1)
    assert np.isnan(found["oos_answered"])


def test_every_threshold_that_is_tried_reads_the_same_from_a_file() -> None:
    assert [float(f"{value:.15g}") for value in GRID] == GRID.tolist()
