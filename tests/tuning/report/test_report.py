"""The report of `tune`: what is in the file, how large it is, and that nobody's text is markup."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from bot import cli
from bot.domain import Place, Thresholds
from bot.matching.decide.thresholds import Policy
from bot.tuning.evaluate.evaluation import ERRORS, evaluate
from bot.tuning.evaluate.metrics import count
from bot.tuning.evaluate.outcomes import OUTCOMES, Outcome
from bot.tuning.labels.labelled import Label
from bot.tuning.labels.scored import Scored, score
from bot.tuning.report.charts import Charts, chart
from bot.tuning.report.fates import REFUSED, Fates, find_fates, stops_for, to_boxes
from bot.tuning.report.packing import pack
from bot.tuning.report.page import LIMIT, as_html
from bot.tuning.report.pictures import as_png, as_pngs
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tune import tune
from tests.commands.test_cli import _logging_as_it_was
from tests.commands.test_tune import files, project
from tests.factories import LINES
from tests.reports import facts_of, large_page, made_up
from tests.tuning.thresholds.test_regions import IDS, decider, labels_of

__all__ = ["_logging_as_it_was", "project"]

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)> & \u2028 %SCRIPT% %DATA% <!--',
)


def charts_of(scored: Scored, fates: Fates, promise: Promise | None = None) -> Charts:
    promise = promise or Promise()
    return chart(scored, fates.outcomes(), tune(scored, promise, regions=fates.outcomes()), None)


@pytest.fixture(scope="module")
def few() -> tuple[Scored, Fates]:
    """Among them messages of several questions, answered in parts, and hostile ones."""
    labels = labels_of()
    labels += [Label(text, None, Place("<b>set</b>", 1)) for text in HOSTILE]
    scored = score(decider(Policy(LINES, own={"a": Thresholds(0.9, 0.8)})), IDS, labels)
    return scored, find_fates(scored)


@pytest.fixture(scope="module")
def page(few: tuple[Scored, Fates]) -> str:
    scored, fates = few
    return as_html(scored, fates, charts_of(scored, fates))


def test_between_stops_nothing_is_lost(few: tuple[Scored, Fates]) -> None:
    scored, fates = few
    stops = stops_for([Thresholds(0.7312, 0.4321)])
    assert {0.7312, 0.4321} <= set(stops.tolist())
    boxes, regions = to_boxes(fates, stops), scored.regions()
    outcomes = np.array([kind.outcome.code for kind in fates.kinds])
    hat = random.Random(2)
    refused = [outcome.code for outcome in REFUSED]
    for _ in range(200):
        a = hat.randrange(len(stops))
        f = hat.randrange(a + 1)
        inside = (boxes.answer_from <= a) & (a < boxes.answer_to)
        inside &= (boxes.follow_from <= f) & (f < boxes.follow_to)
        found = np.bincount(outcomes[fates.regions.codes[boxes.places[inside]]], minlength=8)
        expected = count(regions.at(Thresholds(float(stops[a]), float(stops[f]))))
        expected[refused] = 0
        assert found.tolist() == expected.tolist()


def test_fates_tell_who_was_answered_and_who_was_offered(few: tuple[Scored, Fates]) -> None:
    scored, _ = few
    rows = list(range(0, len(scored.labels), 3))
    fates = find_fates(scored, rows)
    at = fates.regions.at(scored.policy.thresholds)
    evaluated = evaluate(scored).rows
    expected = [(evaluated[row].outcome, evaluated[row].got) for row in rows]
    assert [(fates.kinds[c].outcome, fates.kinds[c].entries) for c in at.tolist()] == expected


def test_the_curve_of_the_report_is_that_of_tune(few: tuple[Scored, Fates]) -> None:
    charts = charts_of(*few)
    trade = charts.trade
    assert trade.coverage.tolist() == sorted(trade.coverage.tolist())
    for place, point in enumerate(trade.points):
        values = [trade.coverage[place], trade.precision[place], trade.risk[place]]
        names = ("coverage", "precision", "wrong_answers")
        assert values == [point.figures[name] for name in names]


def test_bands_are_as_wide_as_chance_makes_them() -> None:
    scored, fates = made_up(4_000)
    trade = charts_of(scored, fates).trade
    place = int(np.argmin(np.abs(trade.coverage - 0.4)))
    share = trade.precision[place]
    sigma = (share * (1 - share) / (4_000 * trade.coverage[place])) ** 0.5
    low, high = trade.precision_band[:, place]
    assert low < share < high
    assert high - low == pytest.approx(2 * 1.96 * sigma, rel=0.25)


def test_with_a_mix_of_its_own_the_curve_still_is_that_of_tune(few: tuple[Scored, Fates]) -> None:
    trade = charts_of(*few, Promise(oos_share=0.1)).trade
    figures = [point.figures["wrong_answers"] for point in trade.points]
    assert trade.risk.tolist() == figures


def test_made_up_fates_are_those_the_bot_decides() -> None:
    scored, fates = made_up(300)
    real = find_fates(scored)
    for lines in (Thresholds(0.75, 0.6), Thresholds(0.5, 0.5), Thresholds(0.9, 0.3)):
        assert fates.outcomes().at(lines).tolist() == real.outcomes().at(lines).tolist()


@pytest.mark.slow
def test_50_000_messages_fit_into_300_kb_with_as_many_errors_as_there_is_room_for() -> None:
    _, page = large_page()
    assert 0.9 * LIMIT < len(page.encode()) <= LIMIT
    facts = facts_of(page)
    assert 0 < len(facts["listed"]) < facts["worth"]
    assert facts["inScope"] + facts["outOfScope"] == 50_000


def test_errors_that_are_listed_come_worst_first(few: tuple[Scored, Fates]) -> None:
    scored, fates = few
    charts = charts_of(scored, fates)
    at = fates.outcomes().at(charts.tuning.choice.thresholds)
    by_text = {label.text: OUTCOMES[code] for label, code in zip(scored.labels, at, strict=True)}
    wrong = [by_text[told[0]] for told in facts_of(as_html(scored, fates, charts))["listed"]]
    wrong = wrong[: sum(outcome in ERRORS for outcome in wrong)]
    assert wrong == sorted(wrong, key=ERRORS.index)
    assert Outcome.WRONG in wrong


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs), tag


def test_no_text_of_anybody_becomes_markup(page: str, few: tuple[Scored, Fates]) -> None:
    elements = _Elements()
    elements.feed(page)
    assert elements.found.count("script") == 2
    assert not {"img", "svg", "link", "iframe", "b"} & set(elements.found)
    listed = {told[0] for told in facts_of(page)["listed"]}
    assert set(HOSTILE) <= listed
    assert not any(text in page for text in HOSTILE)


def test_even_half_a_character_arrives() -> None:
    text = 'lone \ud800 "quoted" \\ back'
    assert facts_of(f'<script id="data">{pack({"it": text}, [])}</script>') == {"it": text}


def test_the_page_asks_for_nothing_outside_of_itself(page: str) -> None:
    assert set(re.findall(r"\w+://[^\"'` )]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_two_runs_draw_the_same(few: tuple[Scored, Fates], page: str) -> None:
    scored, fates = few
    assert as_html(scored, fates, charts_of(scored, fates)) == page


@pytest.mark.parametrize(
    ("target", "written"),
    [
        pytest.param(["--report", "out/r.html"], {"out/r.html"}, id="a page"),
        pytest.param(["--png", "all.png"], {"all.png"}, id="all pictures in one"),
        pytest.param(
            ["--png", "out", "--report", "r.html"],
            {
                *("r.html", "out/scores.png", "out/precision-coverage.png"),
                *("out/risk-coverage.png", "out/reliability.png"),
            },
            id="pictures by themselves, and the page",
        ),
    ],
)
def test_tune_writes_what_it_is_told_to(
    project: Path, target: list[str], written: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(files(project))
    assert cli.main(["tune", "set.jsonl", *target]) == 0
    assert set(files(project)) - before == written
    with_report = capsys.readouterr().out
    cli.main(["tune", "set.jsonl"])
    assert capsys.readouterr().out == with_report


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param(
            ["--report", "."],
            ".: this is a folder; --report needs the name of a file, such as report.html.\n",
            id="a page into a folder",
        ),
        pytest.param(
            ["--png", "set.jsonl"],
            "set.jsonl: this is a file; --png needs a folder, or a name that ends in .png.\n",
            id="pictures into a file",
        ),
        pytest.param(
            ["--report", "./set.jsonl"],
            "./set.jsonl: --report would write over what is read here. Name another file, such as "
            "report.html.\n",
            id="a page over the labels",
        ),
        pytest.param(
            ["--csv", "set.jsonl"],
            "set.jsonl: --csv would write over what is read here. Name another file, such as "
            "table.csv.\n",
            id="a table over the labels",
        ),
        pytest.param(
            ["--csv", "config.yaml"],
            "config.yaml: --csv would write over what is read here. Name another file, such as "
            "table.csv.\n",
            id="a table over the configuration",
        ),
        pytest.param(
            ["--report", "faq.yaml/out.html"],
            "faq.yaml/out.html: nothing can be written to faq.yaml. Name another place.\n",
            id="a page into a file",
        ),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_computed(
    project: Path, target: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(project)
    command = "evaluate" if target[0] == "--csv" else "tune"
    assert cli.main([command, "set.jsonl", *target]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", said)
    assert files(project) == before


def test_pictures_are_png_files(few: tuple[Scored, Fates]) -> None:
    charts = charts_of(*few)
    pictures = {"all.png": as_png(charts), **as_pngs(charts)}
    assert set(pictures) == {
        *("all.png", "scores.png", "precision-coverage.png", "risk-coverage.png"),
        "reliability.png",
    }
    for data in pictures.values():
        assert data.startswith(b"\x89PNG\r\n")
    assert as_png(charts) == pictures["all.png"]
