"""A start encodes only what changed, whatever has become of the cache."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.matching.encoder.vector_cache import VectorCache
from tests.fakes import FakeEmbedder

TEXTS = ["return an item", "track my order"]


def encoded(folder: Path, texts: list[str] = TEXTS, fingerprint: str = "m") -> list[str]:
    """Which texts had to be encoded; the vectors are right in any case."""
    embedder = FakeEmbedder()
    vectors = VectorCache(folder, "name", fingerprint).vectors(texts, embedder)
    np.testing.assert_array_equal(vectors, FakeEmbedder().encode(texts))
    return embedder.encoded


def test_the_second_start_encodes_nothing(tmp_path: Path) -> None:
    assert sorted(encoded(tmp_path)) == TEXTS
    assert encoded(tmp_path) == []


def test_only_a_changed_text_is_encoded_again(tmp_path: Path) -> None:
    encoded(tmp_path)
    assert encoded(tmp_path, [*TEXTS, "pay by card"]) == ["pay by card"]


def test_the_order_of_texts_makes_no_difference(tmp_path: Path) -> None:
    encoded(tmp_path)
    assert encoded(tmp_path, TEXTS[::-1]) == []


def test_the_same_text_twice_is_encoded_once(tmp_path: Path) -> None:
    assert encoded(tmp_path, ["x", "x"]) == ["x"]


def test_texts_that_are_gone_leave_the_file(tmp_path: Path) -> None:
    encoded(tmp_path, [f"text {number}" for number in range(100)])
    size = (tmp_path / "vectors-name.npz").stat().st_size
    assert encoded(tmp_path, ["text 1"]) == []
    assert (tmp_path / "vectors-name.npz").stat().st_size < size / 10


def test_vectors_of_another_model_are_never_mixed_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoded(tmp_path, fingerprint="one model")
    with caplog.at_level(logging.INFO):
        assert sorted(encoded(tmp_path, fingerprint="another")) == TEXTS
    path = tmp_path / "vectors-name.npz"
    assert caplog.messages == [f"{path} belongs to another FAQ, model or version; rebuilding"]


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = data.rindex(b"vectors.npy") - 40  # inside the vectors: the last name is the directory's
    data[place] ^= 0xFF
    path.write_bytes(data)


def swap_in_zeros(path: Path) -> None:
    np.savez(path, fingerprint=np.array("1:m"), keys=np.array([np.void(b"k" * 32)]),
             vectors=np.zeros((1, 64), np.float32))  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        cut_in_half,
        flip_a_byte,
        swap_in_zeros,
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"PK no zip"), id="no archive"),
        pytest.param(lambda path: np.savez(path, other=np.zeros(1)), id="other arrays"),
    ],
)
def test_a_damaged_file_is_rebuilt_with_one_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    encoded(tmp_path)
    damage(tmp_path / "vectors-name.npz")
    assert sorted(encoded(tmp_path)) == TEXTS
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith("; rebuilding")
    assert encoded(tmp_path) == []


def test_a_folder_that_cannot_be_written_costs_one_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert sorted(encoded(blocked / "cache")) == TEXTS
    assert len(caplog.messages) == 1
    assert "cannot be written" in caplog.messages[0]


def test_no_temporary_file_stays_behind(tmp_path: Path) -> None:
    encoded(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["vectors-name.npz"]


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
