"""`bench.moved` moves wordings to other entries, and counts which of them are told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import bench.moved
from bench.embedding import RememberingEncoder
from bench.moved import moved_owners
from tests.fakes import FakeEmbedder, fake_encoder

WORDS = ("refund", "parcel", "invoice", "voucher", "repair")
FAQ = "".join(
    f"- id: {word}\n  question: all about my {word}\n  answer: x\n  phrasings:\n"
    f"    - the {word} question\n    - tell me of {word}\n    - {word} {word}\n"
    for word in WORDS
)


def test_a_share_of_the_wordings_moves_and_no_entry_is_left_without_one() -> None:
    owners = [word for word in WORDS for _ in range(4)]
    after, moved = moved_owners(owners, 0.5, seed=1)
    assert len(moved) == 10
    assert {row for row, owner in enumerate(after) if owner != owners[row]} == moved
    assert set(Counter(after)) == set(WORDS)
    assert moved_owners(owners, 0.5, seed=1) == (after, moved)


def test_moved_wordings_are_counted_among_the_worst_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "faq.yaml").write_text(FAQ, "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake model", None)
    monkeypatch.setattr("bench.moved.load_remembering", lambda *_: model)
    assert bench.moved.main([str(tmp_path), "--seeds", "3", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["sets"]
    assert (found["name"], found["entries"], found["wordings"], found["moved"]) == (
        *("shop", 5, 20, 1),
    )
    assert 0.5 < found["twice"] <= 1
