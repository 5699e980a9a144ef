"""What the bot notes for itself, by name."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.sql.engine import SqlEngine, clean, put
from bot.store.sql.schema import notes


class NoteTable:
    """The part of a `Store` that keeps notes; see there."""

    _engine: SqlEngine

    def note(self, name: str) -> str | None:
        with self._engine.read() as connection:
            return connection.execute(select(notes.c.text).where(notes.c.name == name)).scalar()

    def take_note(self, name: str, text: str) -> None:
        with self._engine.write(outlasts_power_cuts=True) as connection:
            put(connection, notes, {"name": name, "text": clean(text)})
