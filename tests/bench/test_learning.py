"""`bench.learning` has an FAQ get better by what people ask of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.learning
from bench.embedding import RememberingEncoder
from tests.fakes import FakeEmbedder, fake_encoder

FAQ = """
- {id: refund, question: how do I get a refund, phrasings: [money back, return quartz], answer: x}
- {id: parcel, question: where is my parcel, phrasings: [parcel tracking, late violet], answer: y}
"""
MESSAGES = [
    ("return my quartz please", "refund"),
    ("quartz return", "refund"),
    ("the violet is late", "parcel"),
    ("late violet again", "parcel"),
    ("feed the zebra", None),
    ("zebra feeding time", None),
]


def test_whoever_presses_what_is_right_has_more_shown_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"text": text, "expected": it, "split": split}
        for split in ("dev", "test")
        for text, it in MESSAGES
    ]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "faq.yaml").write_text(FAQ, "utf-8")
    (tmp_path / "shop" / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake model", None)
    monkeypatch.setattr("bench.learning.load_remembering", lambda *_: model)
    assert bench.learning.main([str(tmp_path), "--most", "6", "--every", "3"]) == 0
    told = capsys.readouterr().out
    right = told[told.index("pressing what is right") : told.index("pressing as often as not")]
    lines = [line.split() for line in right.splitlines() if line[:1].isdigit()]
    assert [line[0] for line in lines] == ["0", "3", "6"]
    assert int(lines[-1][2]) > 0, "something was added"
    assert float(lines[-1][3]) > float(lines[0][3])
