"""A start encodes only what changed, whatever has become of the cache."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.matching.encoder.vector_cache import kept_vectors
from tests.fakes import FakeEmbedder

TEXTS = ["return an item", "track my order"]


def encoded(folder: Path, texts: list[str] = TEXTS, fingerprint: str = "m") -> list[str]:
    """Which texts had to be encoded; the vectors are right in any case."""
    embedder = FakeEmbedder()
    kept = kept_vectors(texts, embedder, folder / "vectors.npz", fingerprint)
    kept.save()
    np.testing.assert_array_equal(kept.vectors, FakeEmbedder().encode(texts))
    return embedder.encoded


def test_the_second_start_encodes_nothing(tmp_path: Path) -> None:
    assert sorted(encoded(tmp_path)) == TEXTS
    assert encoded(tmp_path) == []


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        pytest.param([*TEXTS, "pay by card"], ["pay by card"], id="a text more"),
        pytest.param(TEXTS[::-1], [], id="another order"),
        pytest.param([*TEXTS, "x", "x"], ["x"], id="the same text twice"),
    ],
)
def test_only_what_is_new_is_encoded(tmp_path: Path, texts: list[str], missing: list[str]) -> None:
    encoded(tmp_path)
    assert encoded(tmp_path, texts) == missing


def test_texts_that_are_gone_leave_the_file(tmp_path: Path) -> None:
    encoded(tmp_path, [f"text {number}" for number in range(100)])
    size = (tmp_path / "vectors.npz").stat().st_size
    assert encoded(tmp_path, ["text 1"]) == []
    assert (tmp_path / "vectors.npz").stat().st_size < size / 10


def test_vectors_of_another_model_are_never_mixed_in(tmp_path: Path) -> None:
    encoded(tmp_path, fingerprint="one model")
    assert sorted(encoded(tmp_path, fingerprint="another")) == TEXTS


def swap_in_zeros(path: Path) -> None:
    np.savez(path, fingerprint=np.array("1:m"), keys=np.array([np.void(b"k" * 32)]),
             vectors=np.zeros((1, 64), np.float32))  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        swap_in_zeros,
        pytest.param(lambda path: path.write_bytes(b"PK no zip"), id="no archive"),
    ],
)
def test_a_damaged_file_is_rebuilt_with_one_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    encoded(tmp_path)
    damage(tmp_path / "vectors.npz")
    assert sorted(encoded(tmp_path)) == TEXTS
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith("; rebuilding")
    assert encoded(tmp_path) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stderr", "after_s", "shown"),
    [
        pytest.param(Terminal(), 0.0, True, id="long, on a terminal"),
        pytest.param(Terminal(), 60.0, False, id="short, on a terminal"),
        pytest.param(io.StringIO(), 0.0, False, id="long, into a file"),
    ],
)
def test_a_long_encoding_shows_its_progress_on_a_terminal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stderr: io.StringIO,
    after_s: float,
    shown: bool,
) -> None:
    monkeypatch.setattr("bot.matching.encoder.vector_cache._PROGRESS_AFTER_S", after_s)
    monkeypatch.setattr(sys, "stderr", stderr)
    encoded(tmp_path)
    assert ("Encoding the FAQ" in stderr.getvalue()) is shown
