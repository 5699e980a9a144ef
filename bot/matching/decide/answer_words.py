"""What stands in an answer alone finds its entry to ask about, never to answer by.

A product, a form's name or a place may be named in answers and in no phrasing. Entries are looked
up by such words in an inverted index over answers. A word counts if it stands in the answers of at
most two entries (of one language) and in no phrasing of another entry, and if at least half of what
a message says stands in the entry. On the FAQs with real answers that this was chosen on, that asks
about 0 to 1 in a hundred messages more that the FAQ has no answer to; without that half it is 10
to 20.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from bot.domain import FaqEntry, base_language
from bot.matching.words.languages import en

_MOST_ENTRIES = 2
_COVERED = 0.5  # of a message's words; fewer say that it is about something else
# Scripts that do not set words apart have none to look up.
WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]{2,}(?:['’][A-Za-z]+)?|\d+[A-Za-z]+")
_ENDINGS = ("'s", "ing", "ies", "es", "ed", "s")
_FEWEST = 3  # letters that are left of a word without its ending
_COMMON = frozenset(en.WORDS.common.split())
_REMEMBERED = 16_384  # words of answers


@dataclass(frozen=True, slots=True)
class Mention:
    """An entry in whose answer stands what a message says.

    Attributes:
        question: the entry's.
        words: of the message, those by which the entry was found.
    """

    entry_id: str
    question: str
    words: tuple[str, ...]


class AnswerWords:
    """The words by which answers are found, and the entries they lead to.

    Attributes:
        stems: of all words of wordings and answers that are not too common.
    """

    def __init__(self, entries: Iterable[FaqEntry] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        in_wordings = {entry.id: _stems(entry.wordings) for entry in self._entries.values()}
        in_answers = {entry.id: _stems(texts_of(entry)) for entry in self._entries.values()}
        self._said = {one: in_wordings[one] | in_answers[one] for one in self._entries}
        self.stems = frozenset[str]().union(*self._said.values())
        self._found_by = _rare_words(self._entries, in_wordings, in_answers)

    def mentions(self, text: str, without: Set[str] = frozenset()) -> tuple[Mention, ...]:
        """The entries that a message names by such words, those named by most words first.

        Args:
            without: ids of entries that are taken not to exist.
        """
        words = {its: word for word in WORD.findall(text) if (its := stem(word)) is not None}
        by_entry: dict[str, list[str]] = {}
        for its in words:
            for entry_id in self._found_by.get(its, ()):
                by_entry.setdefault(entry_id, []).append(its)
        found = [
            (-len(stems), -self._covered(words, entry_id), entry_id)
            for entry_id, stems in by_entry.items()
            if entry_id not in without and self._covered(words, entry_id) >= _COVERED
        ]
        return tuple(
            Mention(
                entry_id,
                self._entries[entry_id].question,
                tuple(words[its] for its in by_entry[entry_id]),
            )
            for *_, entry_id in sorted(found)
        )

    def _covered(self, words: Mapping[str, str], entry_id: str) -> float:
        return sum(its in self._said[entry_id] for its in words) / len(words)


def _rare_words(
    entries: Mapping[str, FaqEntry],
    in_wordings: Mapping[str, Set[str]],
    in_answers: Mapping[str, Set[str]],
) -> dict[str, set[str]]:
    asked_by = _by_stem(in_wordings)
    rare: dict[str, set[str]] = {}
    for spoken in {base_language(entry.lang or "") for entry in entries.values()}:
        its_own = [one for one in entries if base_language(entries[one].lang or "") == spoken]
        for its, ids in _by_stem({one: in_answers[one] for one in its_own}).items():
            if len(ids) <= _MOST_ENTRIES and asked_by.get(its, ids) <= ids:
                rare.setdefault(its, set()).update(ids)
    return rare


def _by_stem(stems: Mapping[str, Set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry_id, its_stems in stems.items():
        for its in its_stems:
            found.setdefault(its, set()).add(entry_id)
    return found


def texts_of(entry: FaqEntry) -> Iterator[str]:
    """All that an entry's answer says."""
    yield entry.answer
    yield from (link.text for link in entry.links)
    yield from (attachment.caption for attachment in entry.attachments)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    words = {word for text in texts for word in WORD.findall(text)}
    return frozenset(its for word in words if (its := stem(word)) is not None)


@lru_cache(_REMEMBERED)
def stem(word: str) -> str | None:
    """A word's stem; None for one that is too common to tell."""
    plain = word.casefold().replace("’", "'")
    if plain in _COMMON:
        return None
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _FEWEST:
            return plain.removesuffix(ending)
    return plain
