"""Thresholds are proven on all labels, from the strictest down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.domain import Thresholds
from bot.labels.outcomes import OUTCOMES, WRONGLY_ANSWERED, Numbers, Outcome
from bot.tuning.evaluate.metrics import upper
from bot.tuning.thresholds.regions import Fate, Regions
from bot.tuning.thresholds.search import COSTS, GRID, STEP, Counted, Promise, Recommendation, choose


def messages(scores: list[float], right: list[bool | None]) -> Regions:
    """Messages of one score each: above the answer line they are answered, rightly, wrongly, or
    (None) out of scope; from the follow-up line on they are asked about.
    """
    boxes = []
    fates: list[Fate] = [(outcome, (), outcome) for outcome in OUTCOMES]
    for row, (value, it) in enumerate(zip(scores, right, strict=True)):
        outcomes = {
            True: (Outcome.RIGHT, Outcome.HELD, Outcome.FALLBACK),
            False: (Outcome.WRONG, Outcome.MISSED, Outcome.FALLBACK),
            None: (Outcome.OOS_ANSWERED, Outcome.OOS_ASKED, Outcome.OOS_REFUSED),
        }[it]
        sides = (
            (-np.inf, value, -np.inf, np.inf, -np.inf),
            (value, np.inf, -np.inf, value, -np.inf),  # nobody leads clearly
            (value, np.inf, value, np.inf, -np.inf),
        )
        boxes += [(row, outcome.code, *side) for outcome, side in zip(outcomes, sides, strict=True)]
    owners, codes, *edges = (np.array(column) for column in zip(*boxes, strict=True))
    return Regions(len(scores), tuple(fates), owners, codes, *edges)


def with_tentative(regions: Regions) -> Regions:
    """The same messages, each with an entry that leads clearly."""
    shown_as = {
        Outcome.HELD: Outcome.RIGHT_TENTATIVE,
        Outcome.MISSED: Outcome.WRONG_TENTATIVE,
        Outcome.OOS_ASKED: Outcome.OOS_TENTATIVE,
    }
    fates = tuple((one, got, shown_as.get(one, one)) for one, got, _ in regions.fates)
    is_asked = np.array([one in shown_as for one, *_ in fates])[regions.numbers]
    return replace(regions, fates=fates, shown_to=np.where(is_asked, regions.follow_to, -np.inf))


def counted(
    scores: list[float],
    right: list[bool | None],
    oos_share: float | None = None,
    weights: Numbers | None = None,
) -> Counted:
    each = np.ones(len(scores)) if weights is None else weights
    return Counted.of(messages(scores, right), each, oos_share)


def chosen(
    scores: list[float], right: list[bool | None], promise: Promise, objection: str = ""
) -> Recommendation:
    return choose(counted(scores, right, promise.oos_share), promise, objection)


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
    assert found.chosen.thresholds.answer == BETWEEN[mistakes]
    assert (found.proven, found.why, found.labels_missing) == (True, "", None)
    assert found.chosen.expected["wrong_answers"] == pytest.approx(mistakes / 210)
    bound = float(upper(mistakes, 210, 0.05))
    assert found.chosen.wrong_answers_upper == pytest.approx(bound)


@pytest.mark.parametrize(
    "promises",
    [
        pytest.param([Promise(max_wrong=w) for w in (0.02, 0.05, 0.2)], id="a stricter limit"),
        pytest.param([Promise(confidence=c) for c in (0.99, 0.6)], id="more confidence"),
    ],
)
def test_a_stricter_promise_gives_a_stricter_line(promises: list[Promise]) -> None:
    lines = [chosen(SCORES, RIGHT, promise).chosen.thresholds.answer for promise in promises]
    assert lines == sorted(set(lines), reverse=True)


@pytest.mark.parametrize(
    ("scores", "right", "max_wrong", "missing", "why"),
    [
        pytest.param(
            *([0.9] * 20 + [0.2] * 20, [True] * 20 + [None] * 20, 0.05),
            *(59 - 40, "there are too few labels"),
            id="without a mistake, too few",
        ),
        pytest.param(
            *([0.9, 0.2], [None, True], 0.05, 93 - 2, "there are too few labels"),
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
    weights = np.array([3.0, 1.0, 4.0])
    found = counted([0.9, 0.9, 0.5], [True, False, True], weights=weights)
    at = int(np.searchsorted(GRID, 0.7))
    assert found.counts[at, at].tolist() == [3, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0]
    assert found.share("wrong_answers")[at, at] == pytest.approx(1 / 8)
    assert found.trials == pytest.approx(64 / 26)
    bound = float(upper(1 / 8 * 64 / 26, 64 / 26, 0.05))
    assert found.upper(WRONGLY_ANSWERED, 0.05)[at, at] == pytest.approx(bound)


def test_an_utterance_that_stands_there_often_proves_less_than_as_many_different_ones() -> None:
    weights = np.array([1.0] * 58 + [40.0])
    found = counted([0.9] * 59, [True] * 59, weights=weights)
    assert found.trials == pytest.approx(98**2 / (58 + 40**2))
    assert not choose(found, Promise()).proven
    assert choose(counted([0.9] * 59, [True] * 59), Promise()).proven


def test_labels_that_cannot_prove_anything_give_the_same_thresholds_unproven() -> None:
    proven = chosen(SCORES, RIGHT, Promise())
    unproven = chosen(SCORES, RIGHT, Promise(), "there are no labels")
    assert unproven == replace(proven, why="there are no labels")
    assert (proven.proven, unproven.proven) == (True, False)


def test_a_wrong_answer_at_any_follow_up_threshold_counts_in_the_proof() -> None:
    """So that the follow-up threshold may be chosen by the same labels."""
    regions = messages([*CLEAR, *FAR], RIGHT[:200])
    # At follow-up thresholds below 0.2 each of these is answered wrongly, whatever the answer line.
    wrong = len(OUTCOMES[:1])
    none = Outcome.FALLBACK.code
    extra = [(row, wrong, -np.inf, np.inf, -np.inf, 0.2, -np.inf) for row in range(200, 220)]
    extra += [(row, none, -np.inf, np.inf, 0.2, np.inf, -np.inf) for row in range(200, 220)]
    owners, numbers, *sides = (np.array(column) for column in zip(*extra, strict=True))
    both = Regions(
        220,
        regions.fates,
        np.concatenate([regions.owners, owners]),
        np.concatenate([regions.numbers, numbers]),
        *(
            np.concatenate([mine, theirs])
            for mine, theirs in zip(
                (
                    *(regions.answer_from, regions.answer_to, regions.follow_from),
                    *(regions.follow_to, regions.shown_to),
                ),
                sides,
                strict=True,
            )
        ),
    )
    found = choose(Counted.of(both, np.ones(220), None), Promise())
    assert not found.proven
    assert all(point.wrong_answers_upper > 20 / 220 for point in found.curve)


def test_the_mix_that_is_said_counts_and_not_that_of_the_labels() -> None:
    oos = [round(0.7 + n / 1000, 3) for n in range(50)] + FAR[:50]
    scores, right = CLEAR * 3 + oos, [True] * 300 + [None] * 100
    rare, frequent = (chosen(scores, right, Promise(oos_share=share)) for share in (0.1, 0.9))
    assert rare.chosen.thresholds.answer < frequent.chosen.thresholds.answer


def test_a_limit_on_follow_ups_raises_the_lower_line() -> None:
    wrong: list[bool | None] = [True] * 100 + [None] * 100 + [True] * 200
    scores = [*CLEAR, *(0.75 for _ in range(100)), *(0.6 + n / 1000 for n in range(100))]
    scores += [round(0.4 + n / 1000, 3) for n in range(100)]
    free, limited = (chosen(scores, wrong, Promise(max_follow_up=m)) for m in (None, 0.5))
    assert free.chosen.thresholds.answer == 0.75
    assert free.chosen.thresholds.follow_up < limited.chosen.thresholds.follow_up <= 0.75
    assert limited.proven
    assert limited.follow_up_upper is not None
    assert 0.4 < limited.follow_up_upper <= 0.5
    asked = sum(limited.chosen.thresholds.follow_up <= it <= 0.75 for it in scores) / len(scores)
    assert asked <= 0.5


def test_a_limit_on_follow_ups_that_cannot_be_kept_is_not_proven() -> None:
    found = chosen([0.0] * 100 + [1.0] * 100, [True] * 200, Promise(max_follow_up=0.1))
    assert (found.proven, found.why) == (False, "the limit on follow-ups could not be proven")


def test_costs_move_the_line_within_the_promise() -> None:
    dear = Promise(cheapest=True, costs={**COSTS, Outcome.WRONG: 1000.0})
    cheap = Promise(cheapest=True, costs={**COSTS, Outcome.WRONG: 0.0, Outcome.MISSED: 50.0})
    assert chosen(SCORES, RIGHT, dear).chosen.thresholds.answer >= 0.79
    # The message on the next line down would be asked about, which is dear here.
    assert chosen(SCORES, RIGHT, cheap).chosen.thresholds.answer == BETWEEN[5] + STEP


def test_follow_ups_in_vain_raise_the_lower_line() -> None:
    scores = CLEAR + [0.497] * 40 + [0.4] * 40
    half: list[bool | None] = [True, None] * 20
    few: list[bool | None] = [True] * 5 + [None] * 35
    never: list[bool | None] = [None] * 40
    useful, useless = (chosen(scores, [True] * 100 + it + never, Promise()) for it in (half, few))
    assert 0.4 < useful.chosen.thresholds.follow_up <= 0.497
    assert useless.chosen.thresholds.follow_up > 0.497


LOW = [round(0.5 + n / 1000, 3) for n in range(100)]  # right ones, worth a question


def tentatively(promise: Promise) -> Recommendation:
    """What is chosen of messages each of which has an entry that leads clearly."""
    regions = with_tentative(messages([*SCORES, *LOW], [*RIGHT, *[True] * 100]))
    return choose(Counted.of(regions, np.ones(310), promise.oos_share), promise)


def test_the_walk_of_tentative_answers_ends_where_its_own_bound_exceeds_its_own_promise() -> None:
    found = tentatively(Promise(max_wrong=0.03, max_wrong_shown=0.045))
    firm, shown = (max(k for k in range(11) if upper(k, 310, 0.05) <= it) for it in (0.03, 0.045))
    assert (firm, shown) == (4, 7)
    lines = found.chosen.thresholds
    # A score on the tentative line is shown, one on the answer line is not answered.
    assert (lines.answer, lines.tentative) == (BETWEEN[firm], BETWEEN[shown] + STEP)
    assert found.chosen.expected["wrong_shown"] == pytest.approx(shown / 310)
    assert found.chosen.wrong_shown_upper == pytest.approx(float(upper(shown, 310, 0.05)))
    assert found.proven


def test_tentative_answers_change_nothing_of_the_firm_ones() -> None:
    with_them, without = tentatively(Promise()), tentatively(Promise(tentative=False))
    assert without.chosen.thresholds.tentative is None
    assert without.chosen.wrong_shown_upper == without.chosen.wrong_answers_upper
    assert with_them.chosen.thresholds.tentative is not None
    for name in ("coverage", "wrong_answers", "right", "fallbacks"):
        assert with_them.chosen.expected[name] == without.chosen.expected[name]
    firm = [(it.thresholds.answer, it.wrong_answers_upper) for it in with_them.curve]
    assert firm == [(it.thresholds.answer, it.wrong_answers_upper) for it in without.curve]


def test_by_default_twice_as_many_may_be_shown_a_wrong_answer_as_may_be_given_one() -> None:
    assert tentatively(Promise(0.03)) == tentatively(Promise(0.03, max_wrong_shown=0.06))
    assert Promise(0.7).most_wrong_shown == 1


def test_a_tentative_threshold_lies_between_the_other_two() -> None:
    for promise in (Promise(), Promise(0.02), Promise(0.3), Promise(cheapest=True)):
        for at in (it.thresholds for it in tentatively(promise).curve):
            assert at.tentative is None or at.follow_up <= at.tentative <= at.answer
    # All may be shown: then whatever is asked about is.
    everything = tentatively(Promise(max_wrong_shown=1.0)).chosen.thresholds
    assert everything.tentative == everything.follow_up


def test_a_cost_moves_the_tentative_threshold_within_its_promise() -> None:
    dear, cheap = (
        Promise(0.05, 0.08, cheapest=True, costs={**COSTS, Outcome.WRONG_TENTATIVE: cost})
        for cost in (1000.0, 0.0)
    )
    high, low = (tentatively(it).chosen.thresholds for it in (dear, cheap))
    assert high.tentative is not None
    assert low.tentative is not None
    assert low.tentative < high.tentative


def test_where_nothing_is_proven_the_tentative_threshold_is_an_estimate() -> None:
    """Of eight labels one may be answered wrongly, and two may be shown a wrong answer."""
    scores = [0.9, 0.7, 0.6, 0.5, 0.3, 0.3, 0.3, 0.3]
    right: list[bool | None] = [True, False, False, False, True, True, True, True]
    regions = with_tentative(messages(scores, right))
    found = choose(Counted.of(regions, np.ones(8), None), Promise(0.125))
    assert (found.proven, found.chosen.thresholds) == (False, Thresholds(0.6, 0.3, 0.505))


@pytest.mark.slow
def test_proven_promises_are_kept_as_often_as_they_say() -> None:
    """Of 300 draws from a world whose risk is known, at most 5 in 100 may prove too much."""
    hat = np.random.default_rng(3)

    def risk(answer: float) -> float:  # of all messages, wrongly answered above a line
        return 0.25 * (1 - answer)

    broken = broken_shown = 0
    proven = 0
    for _ in range(300):
        scores = hat.uniform(0, 1, 400)
        right: list[bool | None] = [bool(it) for it in hat.uniform(0, 1, 400) > 0.25]
        regions = with_tentative(messages(scores.tolist(), right))
        found = choose(Counted.of(regions, np.ones(400), 0.0), Promise(0.05, oos_share=0.0))
        lines = found.chosen.thresholds
        proven += found.proven
        broken += found.proven and risk(lines.answer) > 0.05
        broken_shown += found.proven and risk(lines.tentative or lines.answer) > 0.1
    assert proven > 250
    for times in (broken, broken_shown):
        assert times <= 0.05 * proven + 2 * np.sqrt(0.05 * 0.95 * proven)


def test_every_threshold_that_is_tried_reads_the_same_from_a_file() -> None:
    assert [float(f"{value:.15g}") for value in GRID] == GRID.tolist()
