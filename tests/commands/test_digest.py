"""`digest` on the command line, over a memory that a bot has written."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.files.config.texts import shipped
from bot.files.faq.load import load_project
from tests.commands.conftest import Run, assembled
from tests.logged import Logbook

TEXTS = shipped()["en"].team


@pytest.fixture
def asked(project: Path) -> Path:
    """The memory in which two people have asked the same in vain today."""
    (project / "data").mkdir()
    path, bot = project / "data/faq-bot.db", assembled(*load_project())
    with closing(Logbook(path, KeepText.UNANSWERED, at=time.time() - 60)) as book:
        for person in ("ada", "ben"):
            book.ask(bot, "cat dog", person=person)
    return path


def test_it_says_at_once_what_the_weekly_digest_would_and_says_it_again(
    asked: Path, run: Run
) -> None:
    code, out, _ = run("digest")
    assert code == 0
    assert out.startswith(TEXTS.weekly)
    assert f"{TEXTS.weekly_groups}\n2 asked “cat dog”: {TEXTS.advice_entry}" in out
    again = run("digest")
    assert again == (0, out, "")
    assert not (asked.parent / "faq-bot.key").exists()


def test_without_a_memory_it_says_so_in_a_line(project: Path, run: Run) -> None:
    code, out, told = run("digest")
    assert (code, out, told.count("\n")) == (2, "", 1)
    assert "faq-bot.db" in told
    assert not (project / "data/faq-bot.db").exists()
