"""What the tests of a log share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.matching.build import Matcher
from tests.factories import bot_over
from tests.labels.messages import ENTRIES, MakeBook
from tests.logged import Logbook


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    return bot_over(tmp_path, *ENTRIES)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBook]:
    made: list[Logbook] = []

    def one(keep_text: KeepText) -> Logbook:
        made.append(Logbook(tmp_path / f"{len(made)}.db", keep_text))
        return made[-1]

    yield one
    for book in made:
        book.close()


@pytest.fixture
def book(make: MakeBook) -> Logbook:
    """A log that keeps no words."""
    return make(KeepText.NONE)
