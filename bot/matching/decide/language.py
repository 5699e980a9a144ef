"""Whose language an entry is in.

A person is shown entries of their own language, and those that name none, before any other. Where
the FAQ has no entry in their language, or the language is unknown, nobody is preferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain import FaqEntry, base_language


class ForeignEntries:
    """The entries in other languages than a person's."""

    def __init__(self, entries: Iterable[FaqEntry] = ()) -> None:
        spoken = {
            entry.id: base_language(entry.lang) for entry in entries if entry.lang is not None
        }
        self._by_language: Mapping[str, frozenset[str]] = {
            own: frozenset(entry_id for entry_id, language in spoken.items() if language != own)
            for own in set(spoken.values())
        }

    def to(self, lang: str | None) -> frozenset[str]:
        """The ids of the entries that are foreign to a person.

        Args:
            lang: the code of the person's language, such as "zh-hans"; None if unknown.
        """
        if lang is None:
            return frozenset()
        return self._by_language.get(base_language(lang), frozenset())
