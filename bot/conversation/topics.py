"""The FAQ by topic, for people who would rather look than ask."""

from __future__ import annotations

from bot.domain import Faq, FaqEntry, base_language


class Topics:
    """Entries by tag.

    A person is shown the entries of their language; under a tag that has none of those, the ones
    that name no language.
    """

    def __init__(self, faq: Faq) -> None:
        self._by_tag: dict[str, list[FaqEntry]] = {}
        for entry in faq.entries:
            for tag in dict.fromkeys(entry.tags):
                self._by_tag.setdefault(tag, []).append(entry)
        self._languages = {
            base_language(entry.lang) for entry in faq.entries if entry.lang is not None
        }

    def names(self, lang: str | None) -> tuple[str, ...]:
        """The tags that hold something for a person, in the order of the FAQ.

        Args:
            lang: the code of the person's language; None if unknown.
        """
        own = tuple(tag for tag in self._by_tag if self._of_language(tag, lang))
        return own or tuple(tag for tag in self._by_tag if self.entries(tag, lang))

    def entries(self, name: str, lang: str | None) -> tuple[FaqEntry, ...]:
        """What a tag holds for a person; nothing for a tag that is gone."""
        return self._of_language(name, lang) or tuple(
            entry for entry in self._by_tag.get(name, ()) if entry.lang is None
        )

    def _of_language(self, name: str, lang: str | None) -> tuple[FaqEntry, ...]:
        wanted = base_language(lang or "")
        if wanted not in self._languages:
            return ()
        entries = self._by_tag.get(name, ())
        return tuple(entry for entry in entries if base_language(entry.lang or "") == wanted)
