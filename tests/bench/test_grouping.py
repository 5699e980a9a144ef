"""`bench.grouping` hides entries, and counts which of their messages are put together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.grouping
from bench.embedding import RememberingEncoder
from bench.grouping import pairs_of
from tests.bench.test_moved import FAQ, WORDS
from tests.fakes import FakeEmbedder, fake_encoder


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([0, 0, 0, 1], (1, 1, 1), id="all that belongs together, and nothing else"),
        pytest.param([0, 0, 1, 2], (1, 1 / 3, 1 / 2), id="too little: all of it is right"),
        pytest.param([0, 0, 0, 0], (1 / 2, 1, 2 / 3), id="too much: nothing is missing"),
        pytest.param([0, 1, 2, 3], (0, 0, 0), id="nothing"),
    ],
)
def test_pairs_are_counted(found: list[int], expected: tuple[float, ...]) -> None:
    assert pairs_of(["a", "a", "a", "b"], found) == pytest.approx(expected)


def test_messages_of_hidden_entries_are_put_together_in_three_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labels: list[dict[str, str | None]] = [
        {"text": text, "expected": it, "split": "dev"}
        for it in WORDS
        for text in (f"about my {it}", f"about the {it}", f"my {it} here")
    ]
    labels += [{"text": f"zebra {n}", "expected": None, "split": "dev"} for n in "abc"]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "faq.yaml").write_text(FAQ, "utf-8")
    (tmp_path / "shop" / "queries.jsonl").write_text("\n".join(map(json.dumps, labels)), "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake model", None)
    monkeypatch.setattr("bench.grouping.load_remembering", lambda *_: model)
    assert bench.grouping.main([str(tmp_path), "--hidden", "2", "--seeds", "1", "--json"]) == 0
    ways = json.loads(capsys.readouterr().out)["shop"]
    assert set(ways) == {"own", "agglomerative", "HDBSCAN"}
    assert all(0 <= share <= 1 for shares, _ in ways.values() for share in shares)
    assert ways["own"][0][2] > 0.5
