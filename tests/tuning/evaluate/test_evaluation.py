"""What `evaluate` counts, and how sure it is."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Place, Thresholds
from bot.files.config.settings import Score, Settings
from bot.labels.labelled import Labelled
from bot.labels.outcomes import IN_SCOPE, Outcome
from bot.labels.scored import Scored, policy_at, score
from bot.matching.build import Matcher
from bot.matching.decide.confidence import Calibration
from bot.tuning.evaluate.evaluation import Confusion, Evaluation, evaluate
from bot.tuning.show.evaluation import as_csv, as_json, as_text
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
def scored(bot: Matcher) -> Scored:
    labels = [
        Labelled(text, it, Place("set", n)) for n, (text, it, _) in enumerate(LABELS, start=1)
    ]
    return score(bot.decider, sorted(bot.faq.by_id), labels)


@pytest.fixture
def found(scored: Scored) -> Evaluation:
    return evaluate(scored)


def test_every_message_has_its_outcome(found: Evaluation) -> None:
    assert [row.outcome for row in found.rows] == [outcome for *_, outcome in LABELS]
    values = {name: one.value for name, one in found.figures.items()}
    assert [values[outcome.value] for outcome in IN_SCOPE] == [*(0.2, 0.2, 0.0, 0.0, 0.2, 0.2, 0.2)]
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
    assert (record["messages"], record["calibration_error_of"]) == (6, "score")
    assert record["thresholds"] == {"answer": 0.75, "follow_up": 0.6, "tentative": None}
    assert set(record["measures"]["right"]) == {"value", "low", "high"}
    assert record["measures"]["right"]["value"] == 0.2
    assert record["errors"][0]["place"] == "set:2"


def test_the_table_has_a_row_per_message(found: Evaluation) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [(row["text"], row["outcome"], row["is_error"]) for row in rows] == [
        (text, outcome.value, str(int(outcome not in (Outcome.RIGHT, Outcome.HELD))))
        for text, _, outcome in LABELS
    ]
    assert rows[1]["phrasing"] == "wording b"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_of_the_table_is_a_formula(found: Evaluation, text: str) -> None:
    """A spreadsheet would carry out what a stranger wrote."""
    first = replace(found.rows[0], text=text, reason=text)
    cells = next(csv.DictReader(io.StringIO(as_csv(replace(found, rows=(first,))), newline="")))
    assert (cells["text"], cells["reason"]) == (f"'{text}", f"'{text}")


def test_a_person_sees_figures_entries_and_errors(found: Evaluation) -> None:
    shown = as_text(found)
    assert shown.splitlines()[0] == (
        "6 messages: 5 that the FAQ answers, 1 that it does not (out of scope). Thresholds: "
        "answer 0.75, tentative off, follow-up 0.6."
    )
    for part in ("20.0 %", "Taken for another:", "By entry", "surely b, though c is meant"):
        assert part in shown


def test_a_calibrated_bot_is_measured_by_its_confidence(scored: Scored) -> None:
    found = evaluate(scored, Calibration(8, -5, 10))
    assert found.calibrated
    assert found.rows[0].confidence == pytest.approx(Calibration(8, -5, 10).of(0.9))


def test_a_label_that_counts_three_times_is_three_messages_but_proves_less(
    bot: Matcher, found: Evaluation
) -> None:
    times = [3, 1, 2, 1, 1, 2]
    labels = [
        Labelled(text, it, Place("set", n), count=count)
        for n, ((text, it, _), count) in enumerate(zip(LABELS, times, strict=True), start=1)
    ]
    repeated = [replace(label, count=1) for label in labels for _ in range(label.count)]
    ids = sorted(bot.faq.by_id)
    merged, plain = (evaluate(score(bot.decider, ids, its)) for its in (labels, repeated))
    for name, one in merged.figures.items():
        other = plain.figures[name]
        assert one.value == pytest.approx(other.value), name
        if one.low is not None and one.high is not None and other.low is not None:
            assert one.low <= other.low, name
    assert (merged.entries, merged.confusions) == (plain.entries, plain.confusions)
    assert (merged.in_scope, merged.out_of_scope) == (8, 2)


def test_a_tentative_answer_is_an_outcome_of_its_own(scored: Scored) -> None:
    """By the careful rule, from a score of 0.69 up; nothing of the firm answers changes."""
    careful = replace(scored, policy=replace(scored.policy, careful=True))
    lines = Thresholds(0.95, 0.6, 0.65)
    found, asked = (evaluate(replace(careful, policy=policy_at(careful.policy, it))) for it in (
        lines, replace(lines, tentative=None)
    ))  # fmt: skip
    outcomes = [row.outcome for row in found.rows]
    assert outcomes == [
        *(Outcome.RIGHT_TENTATIVE, Outcome.WRONG_TENTATIVE, Outcome.WRONG_TENTATIVE),
        *(Outcome.WRONG_TENTATIVE, Outcome.FALLBACK, Outcome.OOS_TENTATIVE),
    ]
    assert [row.outcome for row in asked.rows] == [
        *(Outcome.HELD, Outcome.MISSED, Outcome.HELD, Outcome.MISSED, Outcome.FALLBACK),
        Outcome.OOS_ASKED,
    ]
    values = {name: one.value for name, one in found.figures.items()}
    assert values["tentative"] == pytest.approx(5 / 6)
    assert values["follow_ups"] == 0
    assert values["wrong_shown"] == pytest.approx(4 / 6)
    assert [found.figures[name] for name in ("coverage", "wrong_answers", "right")] == [
        asked.figures[name] for name in ("coverage", "wrong_answers", "right")
    ]
    assert {row.outcome.value for row in found.errors()} == {
        *("wrong_tentative", "oos_tentative", "fallback")
    }
    assert "right, tentatively" in as_text(found)
