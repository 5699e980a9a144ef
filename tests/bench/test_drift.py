"""`bench.drift` lets years pass in which nothing changes, and weeks in which something does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.drift
from bench.embedding import RememberingEncoder
from tests.bench.test_moved import FAQ, WORDS
from tests.fakes import FakeEmbedder, fake_encoder


def test_years_and_weeks_are_looked_at_as_the_bot_looks_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, ask in (("shop", "about my {}"), ("zoo", "feed the {} zebra")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "faq.yaml").write_text(FAQ, "utf-8")
        labels = [{"text": ask.format(it), "expected": it, "split": "test"} for it in WORDS]
        lines = "\n".join(map(json.dumps, labels))
        (tmp_path / name / "queries.jsonl").write_text(lines, "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake model", None)
    monkeypatch.setattr("bench.drift.load_remembering", lambda *_: model)
    assert bench.drift.main([str(tmp_path), "--years", "1", "--a-day", "20", "--json"]) == 0
    rows = [row for row in json.loads(capsys.readouterr().out)["rows"] if row["name"] == "shop"]
    told = {(row["changes"], row["share"]): row["told"] for row in rows}
    assert told["nothing", 0.0] == 0
    assert told["other messages", 0.4] == told["fewer entries", 0.4] == 1
