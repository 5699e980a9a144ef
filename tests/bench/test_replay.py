"""The benchmark of replays measures what it says it measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.replay
from bench.embedding import RememberingEncoder
from bench.replay import measure
from tests.factories import bot_over
from tests.fakes import FakeEmbedder, fake_encoder
from tests.tuning.labels.test_from_log import BOTH, ENTRIES, STRANGE, SURE, VAGUE


def test_what_is_lost_without_words_is_counted(tmp_path: Path) -> None:
    """A denial is what forbids a new answer, and only the words tell of it."""
    bot = bot_over(tmp_path, *ENTRIES)
    row = measure("shop", "all", bot, [SURE, VAGUE, STRANGE, BOTH])
    assert (row.messages, row.told, row.right, row.off) == (4, 3, 1.0, 0.0)
    assert (row.flips_right, row.perhaps_right) == (1.0, 1.0)
    denied = measure("shop", "all", bot, ["not about my refund cat"])
    plain = measure("shop", "all", bot, [VAGUE])
    assert denied.perhaps > 0
    assert denied.perhaps_right == 0.0
    assert denied.off == 1.0
    assert plain.off == 0.0


def test_it_says_so_in_json_and_skips_sets_without_such_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, split in (("shop", "test"), ("other", "dev")):
        folder = tmp_path / name
        folder.mkdir()
        entries = [f"- {{id: {e.id}, question: {e.question}, answer: x}}\n" for e in ENTRIES]
        (folder / "faq.yaml").write_text("".join(entries), "utf-8")
        row = {"text": "my refund", "expected": "refund", "split": split}
        (folder / "queries.jsonl").write_text(json.dumps(row), "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake", None)
    monkeypatch.setattr(bench.replay, "load_remembering", lambda *_: model)
    assert bench.replay.main([str(tmp_path), "--json"]) == 0
    said = capsys.readouterr()
    assert [(row["name"], row["messages"]) for row in json.loads(said.out)["rows"]] == [("shop", 1)]
    assert said.err == "other: no message of the split 'test'\n"
    assert bench.replay.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:4] == ["shop", "all", "1", "1"]
