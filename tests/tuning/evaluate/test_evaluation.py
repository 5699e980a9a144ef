"""What `evaluate` counts, and how sure it is."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from bot.domain import Place, Thresholds
from bot.files.config import Score, Settings
from bot.matching.build import Matcher
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.bootstrap import Estimate, Seen, calibration_error, estimates
from bot.tuning.evaluate.evaluation import Confusion, Evaluation, evaluate
from bot.tuning.evaluate.intervals import intervals, wilson
from bot.tuning.evaluate.metrics import MEASURES
from bot.tuning.evaluate.outcomes import IN_SCOPE, Outcome
from bot.tuning.evaluate.ranks import auroc
from bot.tuning.labels.labelled import Label
from bot.tuning.labels.scored import score
from bot.tuning.show.evaluation import as_csv, as_json, as_text
from bot.tuning.thresholds.calibration import fit_calibration
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tune import tune
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder

# Cosines with the entries a, b and c can be read off.
VECTORS = {
    "wording a": [1, 0, 0, 0],
    "wording b": [0, 1, 0, 0],
    "wording c": [0, 0, 1, 0],
    "surely a": [0.9, 0, 0, 0.19**0.5],
    "surely b, though c is meant": [0, 0.9, 0, 0.19**0.5],
    "perhaps a or b": [0.65, 0.64, 0, (1 - 0.65**2 - 0.64**2) ** 0.5],
    "perhaps a": [0.7, 0, 0, 0.51**0.5],
    "hardly anything": [0.2, 0, 0, 0.96**0.5],
    "surely c": [0, 0, 0.9, 0.19**0.5],
}
LABELS = [
    ("surely a", "a", Outcome.RIGHT),
    ("surely b, though c is meant", "c", Outcome.WRONG),
    ("perhaps a or b", "b", Outcome.HELD),
    ("perhaps a", "b", Outcome.MISSED),
    ("hardly anything", "a", Outcome.FALLBACK),
    ("surely c", None, Outcome.OOS_ANSWERED),
]


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    entries = [entry(name, f"wording {name}") for name in "abc"]
    settings = Settings(score=Score.COSINE, cache=tmp_path)
    return bot_over(tmp_path, *entries, embedder=FakeEmbedder(VECTORS), settings=settings)


@pytest.fixture
def found(bot: Matcher) -> Evaluation:
    labels = [Label(text, it, Place("set", n)) for n, (text, it, _) in enumerate(LABELS, start=1)]
    return evaluate(score(bot.decider, sorted(bot.faq.by_id), labels))


def test_every_message_has_its_outcome(found: Evaluation) -> None:
    assert [row.outcome for row in found.rows] == [outcome for *_, outcome in LABELS]
    values = {name: one.value for name, one in found.figures.items()}
    assert [values[outcome.value] for outcome in IN_SCOPE] == [0.2] * 5
    assert (values["oos_answered"], values["oos_refused"]) == (1.0, 0.0)
    assert values["coverage"] == pytest.approx(3 / 6)
    assert values["precision"] == pytest.approx(1 / 3)


def test_errors_come_worst_first_with_what_matched(found: Evaluation) -> None:
    errors = found.errors()
    assert [(row.outcome.value, row.expected, row.got) for row in errors] == [
        ("wrong", "c", ("b",)),
        ("oos_answered", None, ("c",)),
        ("missed", "b", ("a",)),
        ("fallback", "a", ()),
    ]
    assert errors[0].best is not None
    assert (errors[0].best.phrasing, errors[0].best.score) == ("wording b", 0.9)


def test_an_entry_counts_what_asked_for_it_and_what_it_was_given_to(found: Evaluation) -> None:
    rows = {row.entry_id: (row.asked, row.top1, row.answered, row.rightly) for row in found.entries}
    assert rows == {"a": (2, 2, 1, 1), "b": (2, 0, 1, 0), "c": (1, 0, 1, 0)}


def test_confusions_are_what_was_nearest_instead(found: Evaluation) -> None:
    assert found.confusions == (
        Confusion(None, "c", 1, 1),
        Confusion("c", "b", 1, 1),
        Confusion("b", "a", 2, 0),
    )


def test_json_has_every_figure_with_its_interval(found: Evaluation) -> None:
    record = json.loads(as_json(found))
    assert record["messages"] == 6
    assert record["thresholds"] == {"answer": 0.75, "follow_up": 0.6}
    assert set(record["measures"]["right"]) == {"value", "low", "high"}
    assert record["measures"]["right"]["value"] == 0.2
    assert record["errors"][0]["place"] == "set:2"
    assert record["calibration_error_of"] == "score"


def test_the_table_has_a_row_per_message(found: Evaluation) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [(row["text"], row["outcome"], row["is_error"]) for row in rows] == [
        (text, outcome.value, str(int(outcome not in (Outcome.RIGHT, Outcome.HELD))))
        for text, _, outcome in LABELS
    ]
    assert rows[1]["phrasing"] == "wording b"


def test_a_person_sees_figures_entries_and_errors(found: Evaluation) -> None:
    shown = as_text(found)
    assert shown.splitlines()[0] == (
        "6 messages: 5 that the FAQ answers, 1 that it does not (out of scope). Thresholds: "
        "answer 0.75, follow-up 0.6."
    )
    for part in ("20.0 %", "Taken for another:", "By entry", "surely b, though c is meant"):
        assert part in shown


def seen(number: int = 400) -> Seen:
    hat = np.random.default_rng(0)
    in_scope = hat.uniform(size=number) < 0.6
    means = np.where(in_scope, 0.7, 0.5)
    scores = np.array([round(min(1.0, max(0.0, hat.normal(m, 0.15))), 2) for m in means])
    inside = hat.integers(0, 5, size=number)
    codes = np.where(in_scope, inside, hat.integers(5, 8, size=number))
    return Seen(codes, in_scope, scores, scores, hat.uniform(size=number) < scores)


def test_the_area_under_the_curve_is_that_of_ranks() -> None:
    it = seen()
    expected = auroc(it.scores[it.in_scope].tolist(), it.scores[~it.in_scope].tolist())
    assert estimates(it, None)["auroc"].value == pytest.approx(expected)


def test_the_calibration_error_is_the_weighted_gap_of_ten_bins() -> None:
    it = seen()
    gaps = 0.0
    places = [min(9, int(likely * 10)) for likely in it.likely.tolist()]
    for place in range(10):
        of = np.array(places) == place
        if of.any():
            gaps += of.sum() * abs(it.is_right[of].mean() - it.likely[of].mean())
    assert estimates(it, None)["calibration_error"].value == pytest.approx(gaps / len(it.codes))


def test_intervals_hold_the_figure_and_shrink_with_more_messages() -> None:
    few, many = (estimates(seen(number), None)["right"] for number in (200, 3200))
    for one in (few, many):
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert (many.high - many.low) == pytest.approx((few.high - few.low) / 4, rel=0.3)


def test_an_interval_is_as_wide_as_chance_makes_it() -> None:
    it = seen(3000)
    one = estimates(it, None)["right"]
    inside = int(it.in_scope.sum())
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    sigma = (one.value * (1 - one.value) / inside) ** 0.5
    assert one.high - one.low == pytest.approx(2 * 1.96 * sigma, rel=0.1)


def test_what_never_happened_may_still_happen() -> None:
    """Nothing that is drawn from 20 right answers is wrong, which proves little."""
    in_scope = np.arange(30) < 20
    codes = np.where(in_scope, Outcome.RIGHT.code, Outcome.OOS_REFUSED.code)
    it = Seen(codes, in_scope, np.linspace(0, 1, 30), np.linspace(0, 1, 30), in_scope)
    found = estimates(it, None)
    assert found["wrong"] == Estimate(0.0, *wilson(0.0, 20))
    assert found["oos_refused"] == Estimate(1.0, *wilson(1.0, 10))
    low, high = found["wrong_answers"].low, found["wrong_answers"].high
    assert (low, high) == intervals(np.bincount(codes, minlength=8))["wrong_answers"]
    assert high == pytest.approx(np.hypot(2 / 3 * wilson(0, 20)[1], 1 / 3 * wilson(0, 10)[1]))


def test_an_interval_worked_out_at_once_is_wilsons() -> None:
    for hits, trials in ((0, 7), (3, 40), (199, 200), (5, 5)):
        expected = binomtest(hits, trials).proportion_ci(method="wilson")
        assert wilson(hits / trials, trials) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("oos_share", [None, 0.1])
def test_intervals_worked_out_at_once_are_near_those_of_the_bootstrap(
    oos_share: float | None,
) -> None:
    it = seen(4_000)
    drawn = estimates(it, oos_share)
    found = intervals(np.bincount(it.codes, minlength=8), oos_share)
    assert set(found) == {*MEASURES}
    for name, sides in found.items():
        assert sides == pytest.approx((drawn[name].low, drawn[name].high), abs=0.004), name


def test_messages_that_weigh_differently_say_less() -> None:
    counts = np.array([80.0, 10, 10, 0, 0, 20, 0, 80])
    plain, rough = (intervals(counts, None, counts * times) for times in (1, 4))
    quarter = intervals(counts / 4)
    for name, sides in rough.items():
        assert sides == pytest.approx(quarter[name])
        assert sides[1] - sides[0] > plain[name][1] - plain[name][0]


def test_a_share_of_nothing_has_no_interval() -> None:
    counts = np.array([8.0, 1, 1, 0, 0, 0, 0, 0])
    assert "oos_answered" not in intervals(counts)
    assert intervals(counts)["coverage"] == pytest.approx(wilson(0.9, 10))
    assert "precision" not in intervals(np.array([0.0, 0, 1, 0, 0, 0, 0, 1]))


def test_two_runs_give_the_same_intervals() -> None:
    assert estimates(seen(), None) == estimates(seen(), None)


def test_platt_scaling_finds_the_curve_that_made_the_labels() -> None:
    hat = np.random.default_rng(1)
    scores = hat.uniform(0, 1, 20_000)
    likely = 1 / (1 + np.exp(-(8 * scores - 5)))
    fitted = fit_calibration(scores, hat.uniform(size=20_000) < likely)
    assert fitted is not None
    assert [fitted.slope, fitted.intercept] == pytest.approx([8, -5], rel=0.05)
    assert fitted.labels == 20_000
    assert fitted.of(0.6) == pytest.approx(1 / (1 + np.exp(-(8 * 0.6 - 5))), abs=0.01)


def test_a_label_that_counts_twice_is_as_two_labels() -> None:
    hat = np.random.default_rng(2)
    scores = hat.uniform(0, 1, 300)
    is_right = hat.uniform(size=300) < scores
    times = hat.integers(1, 4, size=300)
    often = fit_calibration(np.repeat(scores, times), np.repeat(is_right, times))
    weighted = fit_calibration(scores, is_right, times.astype(float))
    assert often is not None
    assert weighted is not None
    found, expected = ([it.slope, it.intercept] for it in (weighted, often))
    assert found == pytest.approx(expected, abs=1e-4)
    error = calibration_error(scores, is_right, times.astype(float))
    assert error == pytest.approx(
        calibration_error(np.repeat(scores, times), np.repeat(is_right, times))
    )


def test_confidence_is_of_the_mix_that_is_said(bot: Matcher) -> None:
    """Where nine of ten messages are out of scope, the nearest entry is seldom the right one."""
    asked = {"surely a": "a", "surely c": "c", "perhaps a": "a", "hardly anything": None}
    labels = [Label(text, it, Place("set", 1)) for text, it in asked.items()]
    labels += [Label(text, None, Place("set", 1)) for text in ("surely a", "perhaps a")]
    scored = score(bot.decider, sorted(bot.faq.by_id), labels)
    few, many = (tune(scored, Promise(oos_share=share)).calibration for share in (0.05, 0.9))
    assert few is not None
    assert many is not None
    assert few.of(0.9) > many.of(0.9) + 0.1
    known = evaluate(scored, few, 0.05).figures["calibration_error"].value
    assert known != evaluate(scored, few, 0.9).figures["calibration_error"].value


@pytest.mark.parametrize(
    "is_right",
    [
        pytest.param([True, True, True], id="all are right"),
        pytest.param([False, False, False], id="none is right"),
        pytest.param([True, False, False], id="the surest is wrong"),
    ],
)
def test_labels_that_do_not_tell_give_no_calibration(is_right: list[bool]) -> None:
    assert fit_calibration(np.array([0.1, 0.5, 0.9]), np.array(is_right)) is None


def test_scores_that_part_right_from_wrong_still_give_a_curve() -> None:
    fitted = fit_calibration(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert fitted is not None
    assert fitted.of(0.9) > 0.5 > fitted.of(0.1)


def test_a_calibrated_bot_is_measured_by_its_confidence(bot: Matcher) -> None:
    labels = [Label(text, it, Place("set", 1)) for text, it, _ in LABELS]
    scored = score(bot.decider, sorted(bot.faq.by_id), labels)
    found = evaluate(scored, Calibration(8, -5, 10))
    assert found.calibrated
    assert found.rows[0].confidence == pytest.approx(Calibration(8, -5, 10).of(0.9))


def test_other_thresholds_are_decided_by_what_was_read(bot: Matcher) -> None:
    labels = [Label(text, it, Place("set", 1)) for text, it, _ in LABELS]
    scored = score(bot.decider, sorted(bot.faq.by_id), labels)
    decision = scored.decide(3, Thresholds(0.65, 0.6))
    assert (decision.action.value, decision.entry_id) == ("answer", "a")
    assert scored.decide(3).action.value == "follow_up"
