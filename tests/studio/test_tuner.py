"""Putting thresholds in place from the studio, and what another person changes meanwhile."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Thresholds
from bot.errors import BotError
from bot.files.project import Project
from bot.matching.fingerprint import Fingerprints
from bot.matching.policy_lock import PolicyLock, load_lock
from bot.studio.tuner import Found, Tuner

CONFIG = (
    "# ours\nfaq: faq.yaml\nthresholds:\n  answer: 0.75     # above\n  follow_up: 0.60  # below\n"
)
FAQ = "- id: a\n  question: How?\n  answer: So.\n"
FOUND = Thresholds(0.8, 0.5, 0.7)
LOCK = PolicyLock(FOUND, 0.05, None, 0.95, True, 9, "", Fingerprints("m", "f", "s"), None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "faq.yaml").write_text(FAQ, "utf-8")
    return tmp_path


def saved(lines: Thresholds, meanwhile: Callable[[], object] = bool) -> Tuner:
    """Put lines in place, some while after thresholds were found."""
    project = Project("config.yaml")
    tuner, look = Tuner(project, Path("cache")), project.look()
    meanwhile()
    asyncio.run(tuner.save(Found("", FOUND, LOCK, None), look, lines, "ada"))
    return tuner


def test_what_was_found_is_put_in_place_with_its_proof_and_taken_back_byte_by_byte(
    folder: Path,
) -> None:
    tuner = saved(FOUND)
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG.replace(
        "answer: 0.75     #", "answer: 0.8      #"
    ).replace("# above\n", "# above\n  tentative: 0.7\n").replace("0.60  #", "0.5   #")
    assert load_lock(folder / "policy.lock") == LOCK
    asyncio.run(tuner.undo(None, "ada"))
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG
    assert not (folder / "policy.lock").exists()
    with pytest.raises(BotError, match="no change to take back"):
        asyncio.run(tuner.undo(None, "ada"))


def test_what_was_put_in_place_is_taken_back_after_a_restart_and_once_only(folder: Path) -> None:
    saved(FOUND)
    assert {it.stat().st_mode & 0o777 for it in (folder / "cache").iterdir()} == {0o600}
    again = Tuner(Project("config.yaml"), Path("cache"))
    assert again.last is not None
    assert again.last.lines == FOUND
    asyncio.run(again.undo(None, "ada"))
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG
    assert not (folder / "policy.lock").exists()
    assert Tuner(Project("config.yaml"), Path("cache")).last is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "files": 3}'])
def test_what_was_kept_and_is_damaged_is_as_though_there_were_nothing(
    folder: Path, content: str
) -> None:
    saved(FOUND)
    (file,) = (folder / "cache").iterdir()
    file.write_text(content, "utf-8")
    with pytest.raises(BotError, match="no change to take back"):
        asyncio.run(Tuner(Project("config.yaml"), Path("cache")).undo(None, "ada"))
    assert "0.8" in (folder / "config.yaml").read_text("utf-8")


def test_where_nothing_can_be_kept_lines_are_put_in_place_all_the_same(folder: Path) -> None:
    (folder / "cache").write_text("no folder", "utf-8")
    asyncio.run(saved(FOUND).undo(None, "ada"))
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG


def test_other_lines_leave_the_proof_of_before_as_it_is(folder: Path) -> None:
    saved(FOUND)
    saved(replace(FOUND, answer=0.9))
    assert "answer: 0.9 " in (folder / "config.yaml").read_text("utf-8")
    assert load_lock(folder / "policy.lock") == LOCK


@pytest.mark.parametrize("name", ["config.yaml", "faq.yaml"])
def test_what_somebody_changed_meanwhile_is_told_and_not_overwritten(
    folder: Path, name: str
) -> None:
    file = folder / name

    def change() -> None:
        file.write_text(f"{file.read_text('utf-8')}# hers\n", "utf-8")

    with pytest.raises(BotError, match="has been changed meanwhile, so nothing was written"):
        saved(FOUND, change)
    assert "0.75" in (folder / "config.yaml").read_text("utf-8")
    tuner = saved(FOUND)
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    before = (folder / "policy.lock").read_bytes()
    with pytest.raises(BotError, match="the file has changed meanwhile; nothing was written"):
        asyncio.run(tuner.undo(None, "ada"))
    assert (folder / "policy.lock").read_bytes() == before


def test_where_one_of_both_files_cannot_be_written_the_other_is_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bot.tuning.thresholds.lock.save_lock", full)
    with pytest.raises(
        BotError, match=r"lock cannot be written \(No space left on device\); nothing"
    ):
        saved(FOUND)
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG
    (folder / "policy.lock").mkdir()
    with pytest.raises(
        BotError, match=r"policy\.lock cannot be read \(.*\), so nothing was changed"
    ):
        saved(FOUND)
    assert (folder / "config.yaml").read_text("utf-8") == CONFIG
