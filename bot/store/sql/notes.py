"""What the bot notes for itself, by name."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.sql.engine import SqlEngine, clean, putting
from bot.store.sql.schema import notes


class NoteTable:
    """The part of a `Store` that keeps notes; see there."""

    _engine: SqlEngine

    def note(self, name: str) -> str | None:
        found = self._engine.run(select(notes.c.text).where(notes.c.name == name))
        return found[0].text if found else None

    def take_note(self, name: str, text: str) -> None:
        row = {"name": name, "text": clean(text)}
        self._engine.run(putting(self._engine.dialect, notes), row, outlasts_power_cuts=True)
