"""The report of `tune`: what is in the file, how large it is, and that nobody's text is markup."""

from __future__ import annotations

import os
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import cli
from bot.domain import Place, Thresholds
from bot.labels.labelled import Labelled
from bot.labels.outcomes import OUTCOMES, Codes
from bot.labels.scored import Scored, score
from bot.matching.decide.thresholds import Policy
from bot.tuning.evaluate.evaluation import ERRORS, rows_of
from bot.tuning.evaluate.metrics import count, intervals, measures
from bot.tuning.report.data import table_of
from bot.tuning.report.page import LIMIT
from bot.tuning.show.tables import percent
from bot.tuning.thresholds.regions import Regions, tabulate
from tests.commands.conftest import _logging_as_it_was, files, project
from tests.factories import LINES
from tests.reports import facts_of, large_page, made_up, page_of
from tests.tuning.thresholds.test_regions import IDS, decider, labels_of

__all__ = ["_logging_as_it_was", "project"]

HOSTILE = (
    'lone \ud800 "quoted" \\ back',
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)> & \u2028 %SCRIPT% %DATA% <!--',
)


@pytest.fixture(scope="module")
def scored() -> Scored:
    """Among them messages of several questions, answered in parts, and hostile ones."""
    labels = labels_of()
    labels += [Labelled(text, None, Place("<b>set</b>", 1)) for text in HOSTILE]
    return score(decider(Policy(LINES, own={"a": Thresholds(0.9, 0.8)})), IDS, labels)


@pytest.fixture(scope="module")
def regions(scored: Scored) -> Regions:
    return tabulate(scored)


@pytest.fixture(scope="module")
def page(scored: Scored, regions: Regions) -> str:
    return page_of(scored, regions)


@pytest.mark.parametrize("weights", [None, (7.5, 1.25)], ids=["plain", "weighted labels"])
@pytest.mark.parametrize("oos_share", [None, 0.2])
def test_the_table_holds_the_figures_and_intervals_of_every_pair_of_thresholds(
    scored: Scored,
    regions: Regions,
    weights: tuple[float, float] | None,
    oos_share: float | None,
) -> None:
    scored = replace(scored, weights=np.resize(weights or (1.0,), len(scored.labels)))
    stops = np.unique([*np.linspace(0, 1, 51), 0.7312, 0.4321])
    tentatives = (0.55, None)
    table = table_of(scored, regions, stops, tentatives, oos_share)
    columns = {name: np.cumsum(column) for name, column in table.items()}
    hat = random.Random(2)
    for _ in range(50):
        a = hat.randrange(len(stops))
        f = hat.randrange(a + 1)
        place = hat.randrange(2)
        codes = regions.at(Thresholds(float(stops[a]), float(stops[f]), tentatives[place]))
        counts, squares = (count(codes, scored.weights**power) for power in (1, 2))
        sides = intervals(counts, squares, oos_share)
        row = a * (a + 1) // 2 + f

        def column(name: str, place: int = place) -> Codes:
            return columns[f"{name}@{place}"] if f"{name}@{place}" in columns else columns[name]

        for name, share in measures(counts, oos_share).items():
            told = [column(f"{name}{suffix}")[row] for suffix in ("", "Low", "High")]
            assert told == [
                -1 if np.isnan(it) else round(10 * float(percent(float(it)) or 0))
                for it in (share, *sides[name])
            ]
        labels = [column(f"{outcome.value}Labels")[row] for outcome in OUTCOMES]
        assert labels == np.bincount(codes, minlength=len(OUTCOMES)).tolist()


def at_lines(one: dict[str, Any], lines: Thresholds) -> list[tuple[str, list[str]]]:
    """What becomes of a listed message, and the entries it gets, as far as that is listed."""
    shown_from = 3 if lines.tentative is None else lines.tentative  # 3: nowhere
    return [
        (shown if shown_from <= to else outcome, got)
        for outcome, got, a0, a1, f0, f1, to, shown in one["where"]
        if a0 <= lines.answer < a1 and f0 < lines.follow_up <= f1
    ]


def test_errors_are_listed_with_the_thresholds_at_which_they_are_errors(
    scored: Scored, page: str
) -> None:
    listed = facts_of(page)["listed"]
    hat = random.Random(3)
    for _ in range(30):
        follow_up, tentative, answer = sorted(round(hat.uniform(0.05, 1.0), 2) for _ in range(3))
        lines = Thresholds(answer, follow_up, hat.choice([tentative, None]))
        told = [
            (one["text"], outcome, tuple(got))
            for one in listed
            for outcome, got in at_lines(one, lines)
            if outcome in ERRORS
        ]
        expected = [
            (row.text, row.outcome.value, row.got)
            for row in rows_of(scored, lines)
            if row.outcome in ERRORS
        ]
        assert sorted(told) == sorted(expected)


def test_errors_at_the_recommended_thresholds_come_first_and_the_worst_of_them_at_the_front(
    page: str,
) -> None:
    facts = facts_of(page)
    tuned = facts["presets"][0]
    answer, follow_up = (facts["stops"][tuned[name]] for name in ("answer", "followUp"))
    lines = Thresholds(answer, follow_up, facts["tentatives"][tuned["tentative"]])
    errors = facts["errors"]
    kinds = [
        next(
            (errors.index(outcome) for outcome, _ in at_lines(one, lines) if outcome in errors),
            len(ERRORS),
        )
        for one in facts["listed"]
    ]
    assert kinds == sorted(kinds)
    assert {0, len(ERRORS)} <= set(kinds)


def test_the_curve_goes_up_in_coverage(page: str) -> None:
    facts = facts_of(page)
    coverage = np.cumsum(facts["table"]["coverage"])
    along = [
        coverage[it["answer"] * (it["answer"] + 1) // 2 + it["followUp"]] for it in facts["curve"]
    ]
    assert along == sorted(along)


def test_made_up_regions_are_those_the_bot_decides() -> None:
    scored, regions = made_up(300)
    real = tabulate(scored)
    for lines in (
        *(Thresholds(0.75, 0.6, 0.69), Thresholds(0.5, 0.5)),
        *(Thresholds(0.9, 0.3), Thresholds(0.9, 0.3, 0.5)),
    ):
        assert regions.at(lines).tolist() == real.at(lines).tolist()


@pytest.mark.slow
def test_50_000_messages_fit_into_300_kb_with_as_many_errors_as_there_is_room_for() -> None:
    scored, page = large_page()
    assert 0.9 * LIMIT < len(page.encode()) <= LIMIT
    assert 0 < len(facts_of(page)["listed"]) < len(scored.labels)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs), tag


def test_no_text_of_anybody_becomes_markup(page: str) -> None:
    elements = _Elements()
    elements.feed(page)
    assert elements.found.count("script") == 2
    assert not {"img", "svg", "link", "iframe", "b"} & set(elements.found)
    assert set(HOSTILE) <= {one["text"] for one in facts_of(page)["listed"]}
    assert not any(text in page for text in HOSTILE)


def test_the_page_asks_for_nothing_outside_of_itself(page: str) -> None:
    assert set(re.findall(r"\w+://[^\"'` )]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_two_runs_write_the_same_page(scored: Scored, regions: Regions, page: str) -> None:
    assert page_of(scored, regions) == page


def test_tune_writes_the_report_and_prints_what_it_prints_without_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(files(project))
    said = []
    for report in (["--report", "out/r.html"], []):
        assert cli.main(["tune", "set.jsonl", *report]) == 0
        said.append(capsys.readouterr().out)
    assert set(files(project)) - before == {"out/r.html"}
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("--report .", "--report makes a file; its name must end in .html."),
        ("--report folder.html", "--report makes a file; its name must end in .html."),
        ("--report faq.yaml", "--report makes a file; its name must end in .html."),
        ("--report ./set.jsonl", "--report makes a file; its name must end in .html."),
        ("--csv policy.lock", "--csv makes a file; its name must end in .csv."),
        ("--csv config.yaml", "--csv makes a file; its name must end in .csv."),
        ("--csv pipe.csv", "--csv makes a file; its name must end in .csv."),
        (
            "--report faq.yaml/r.html",
            "nothing can be written to <HERE>/faq.yaml. Name another place.",
        ),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_computed(
    project: Path, target: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "policy.lock").touch()
    os.mkfifo(project / "pipe.csv")
    (project / "folder.html").mkdir()
    before = files(project)
    option, file = target.split()
    command = "evaluate" if option == "--csv" else "tune"
    assert cli.main([command, "set.jsonl", option, file]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"{file}: {said.replace('<HERE>', str(project))}\n")
    assert files(project) == before
