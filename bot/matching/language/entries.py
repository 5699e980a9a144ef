"""Which language the entries of an FAQ are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from bot.domain import FaqEntry, base_language
from bot.matching.language.detect import ENGLISH, language_of
from bot.matching.text import normalise

_LOOKED_AT = 3  # wordings of an entry
_REMEMBERED = 65_536  # entries, which are not looked at again when others have changed
_OF_THE_ANSWER = 200  # characters


def languages_of(entries: Iterable[FaqEntry]) -> Mapping[str, str]:
    """The language of each entry by its id, without region or script: "zh".

    It is the one the entry names, or else the one most of its wordings and its answer are in. Where
    nothing tells, it is that of most entries, and English where nothing tells at all.
    """
    told = {entry.id: _language(entry) for entry in entries}
    most = Counter(language for language in told.values() if language is not None).most_common(1)
    main = most[0][0] if most else ENGLISH
    return {entry_id: language or main for entry_id, language in told.items()}


def main_language(languages: Mapping[str, str]) -> str:
    """The language of most entries.

    Args:
        languages: see `languages_of`.
    """
    counts = Counter(languages.values())
    return min(counts, key=lambda language: (-counts[language], language), default=ENGLISH)


def _language(entry: FaqEntry) -> str | None:
    if entry.lang is not None:
        return base_language(entry.lang)
    return _language_of_most((*entry.wordings[:_LOOKED_AT], entry.answer[:_OF_THE_ANSWER]))


@lru_cache(_REMEMBERED)
def _language_of_most(texts: tuple[str, ...]) -> str | None:
    told = (language_of(normalise(text)) for text in texts)
    votes = Counter(base_language(language) for language in told if language is not None)
    return votes.most_common(1)[0][0] if votes else None
