"""The benchmark of promises measures what it says it measures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import bench.promise
from bench.embedding import RememberingEncoder
from bench.promise import _best_coverage, _splits
from bench.router import RouterScores, fitted_router
from bot.tuning.thresholds.search import GRID
from tests.fakes import FakeEmbedder, fake_encoder
from tests.tuning.thresholds.test_search import BETWEEN, RIGHT, SCORES, messages

WORDS = ["refund", "parcel", "invoice", "voucher", "repair", "account", "colour", "kettle"]


def test_the_best_pair_is_found_by_looking_at_the_rest() -> None:
    regions, _ = messages(SCORES, RIGHT)
    mistakes = int(0.04 * len(SCORES))
    assert mistakes < len(BETWEEN)
    assert _best_coverage(regions, 0.04) == pytest.approx((100 + mistakes) / len(SCORES))
    assert GRID[0] == 0


def test_a_split_is_of_the_size_asked_for_and_never_more_than_half() -> None:
    sizes = [[int(part.sum()) for part in _splits(101, size, 2)] for size in ("half", "30", "99")]
    assert sizes == [[50, 50], [30, 30], [50, 50]]
    first, second = _splits(101, "half", 2)
    assert (first != second).any()


def test_two_runs_measure_the_same_and_say_it_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    entries = [
        f"- id: {word}\n  question: all about my {word} please\n  answer: x\n"
        f"  phrasings: [tell me of {word} now, the {word} question]\n"
        for word in WORDS
    ]
    (folder / "faq.yaml").write_text("".join(entries), "utf-8")
    rows: list[dict[str, str | None]] = [
        {"text": f"{word} {word} now {n}", "expected": word, "split": "dev"}
        for word in WORDS
        for n in range(20)
    ]
    rows += [{"text": f"zebra {n} quartz", "expected": None, "split": "dev"} for n in range(160)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake", None)
    monkeypatch.setattr(bench.promise, "load_remembering", lambda *_: model)
    said = []
    for _ in range(2):
        arguments = [str(tmp_path), "--draws", "3", "--faq-alone", "--json", "--max-wrong", "0.1"]
        assert bench.promise.main(arguments) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    (row,) = said[0]["rows"]
    assert (row["name"], row["size"], len(row["draws"])) == ("shop", "half", 3)
    assert [one["name"] for one in said[0]["alone"]] == ["shop"]
    assert said[0]["calibrated"][0]["score"] > 0


def test_a_router_that_is_not_installed_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "semantic_router", None)
    found = RouterScores(np.array([0.5, 0.9]), np.array([False, True]))
    with pytest.raises(
        bench.router.RouterMissingError, match="Install it in an environment of its"
    ):
        fitted_router(found, np.array([True, False]), 0.05)
