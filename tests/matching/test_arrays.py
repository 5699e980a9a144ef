"""Arrays on disk: whole or not at all, and only if they are what they claim to be.

The caches of vectors, fits and indexes all stand on this.
"""

from __future__ import annotations

import errno
import logging
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.matching.arrays import Arrays, load_arrays, save_arrays

ARRAYS: Arrays = {"numbers": np.arange(100.0), "name": np.array("x")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that holds them."""
    save_arrays(tmp_path / "a.npz", "f", ARRAYS)
    return tmp_path / "a.npz"


def whole(arrays: Arrays) -> Arrays:
    return {name: arrays[name] for name in ARRAYS}


def is_whole(path: Path) -> bool:
    found = load_arrays(path, "f", whole)
    return found is not None and all((found[name] == ARRAYS[name]).all() for name in ARRAYS)


def test_what_was_saved_is_loaded_and_no_temporary_file_stays(path: Path) -> None:
    assert is_whole(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_cache_file_is_none_and_logs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_arrays(tmp_path / "none" / "a.npz", "f", whole) is None
    assert caplog.messages == []


def test_arrays_of_another_fingerprint_are_not_taken(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bot.matching"):
        assert load_arrays(path, "another", whole) is None
    assert caplog.messages == [f"{path} belongs to another FAQ, model or version; rebuilding"]
    assert is_whole(path)


class _Planted:
    """Whoever unpickles it runs what it says."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return exec, ("import pathlib; pathlib.Path('planted').write_text('ran')",)


def test_a_file_with_pickled_code_is_damaged_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planted: Arrays = {**ARRAYS, "numbers": np.array([_Planted()], dtype=object)}
    save_arrays(tmp_path / "a.npz", "f", planted)
    assert load_arrays(tmp_path / "a.npz", "f", whole) is None
    assert not Path("planted").exists()


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"numbers.npy") + 300] ^= 0xFF  # behind the name, inside the numbers
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        flip_a_byte,
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:400]), id="cut"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"PK no zip"), id="no archive"),
        pytest.param(lambda path: np.savez(path, other=np.zeros(1)), id="no fingerprint"),
        pytest.param(lambda path: save_arrays(path, "f", {}), id="an array is missing"),
    ],
)
def test_damaged_arrays_are_not_taken_and_one_log_line_says_so(
    path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    damage(path)
    assert load_arrays(path, "f", whole) is None
    (line,) = caplog.messages
    assert line.startswith(f"{path} is damaged (")
    assert line.endswith("; rebuilding")


@pytest.mark.parametrize(
    ("call", "number", "reason"),
    [
        pytest.param("tempfile.mkstemp", errno.EACCES, "Permission denied", id="read-only folder"),
        pytest.param(
            "pathlib.Path.replace", errno.ENOSPC, "No space left on device", id="full disk"
        ),
    ],
)
def test_what_cannot_be_written_costs_one_log_line_and_leaves_what_was_there(
    path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    reason: str,
) -> None:
    """Not a real read-only folder: to root, which runs many a container, there is none."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, reason)

    with monkeypatch.context() as patch:
        patch.setattr(call, refuse)
        save_arrays(path, "f", {"numbers": np.zeros(1)})
    assert caplog.messages == [
        f"{path} cannot be written ({reason}); the next start will be slower"
    ]
    assert list(path.parent.iterdir()) == [path]
    assert is_whole(path)


def test_cache_folder_that_is_made_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    """Whoever could write there could change what the bot answers by."""
    save_arrays(tmp_path / ".cache" / "a.npz", "f", ARRAYS)
    assert stat.S_IMODE((tmp_path / ".cache").stat().st_mode) == 0o700
