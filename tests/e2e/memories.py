"""What the served bot remembers, as it lies in its files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask as ask

ADMIN = 7001
_MANY = "{burst: 10000, per_minute: 10000}"
EASY = f"limits: {{person: {_MANY}, chat: {_MANY}}}"  # of the section telegram:


class Memories:
    """The database beside a configuration that `make_config` wrote.

    Attributes:
        path: of the database.
    """

    def __init__(self, config: Path) -> None:
        self.path = config.parent / "bot.db"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds; nothing where there is no such table yet."""
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
                return database.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []

    def change(self, statement: str, *values: object) -> None:
        """Change something behind the bot's back."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("PRAGMA foreign_keys=ON")
            database.execute("PRAGMA secure_delete=ON")
            database.execute(statement, values)

    def bytes(self) -> bytes:
        """All that stands in the database, its log and its index."""
        found = self.path.parent.glob(f"{self.path.name}*")
        return b"".join(file.read_bytes() for file in found)


@dataclass(frozen=True)
class Watched:
    """A running bot, of which ADMIN is an admin, and what it remembers."""

    api: BotApi
    memories: Memories

    def settle(self) -> None:
        """Wait until all that was said is written."""
        ask(self.api, "/stats", chat_id=ADMIN)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds, once all that was said is written."""
        self.settle()
        return self.memories.rows(query, *values)
