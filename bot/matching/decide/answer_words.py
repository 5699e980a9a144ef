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

from bot.domain import FaqEntry, base_language

_MOST_ENTRIES = 2
_COVERED = 0.5  # of a message's words; fewer say that it is about something else
# Scripts that do not set words apart have none to look up.
_WORD = re.compile(
    r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]{2,}(?:['’][a-z]+)?|\d+[a-z]+", re.IGNORECASE
)
_ENDINGS = ("'s", "ing", "ies", "es", "ed", "s")
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    the an and or of to in on at for with from by is are was were be been being am do does did has
    have had can could will would should may might must not no yes if then than that this these
    those there here it its you he she we they me my your our their him his her us them what which
    who whom when where why how all any some as so but out up off about into over after before just
    also please need want get got like one two way make go going know
        """,
    )
)


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
    """The words by which answers are found, and the entries they lead to."""

    def __init__(self, entries: Iterable[FaqEntry] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._said = {entry.id: _stems(_texts(entry)) for entry in self._entries.values()}
        self._found_by = _rare_words(self._entries)

    def mentions(self, text: str, without: Set[str] = frozenset()) -> tuple[Mention, ...]:
        """The entries that a message names by such words, those named by most words first.

        Args:
            without: ids of entries that are taken not to exist.
        """
        words = dict(_words(text))
        by_entry: dict[str, list[str]] = {}
        for stem in words:
            for entry_id in self._found_by.get(stem, ()):
                by_entry.setdefault(entry_id, []).append(stem)
        found = [
            (-len(stems), -self._covered(words, entry_id), entry_id)
            for entry_id, stems in by_entry.items()
            if entry_id not in without and self._covered(words, entry_id) >= _COVERED
        ]
        return tuple(
            Mention(
                entry_id,
                self._entries[entry_id].question,
                tuple(words[stem] for stem in by_entry[entry_id]),
            )
            for *_, entry_id in sorted(found)
        )

    def _covered(self, words: Mapping[str, str], entry_id: str) -> float:
        return sum(stem in self._said[entry_id] for stem in words) / len(words)


def _rare_words(entries: Mapping[str, FaqEntry]) -> dict[str, set[str]]:
    in_answers: dict[tuple[str, str], set[str]] = {}
    in_wordings: dict[str, set[str]] = {}
    for entry in entries.values():
        for stem in _stems(entry.wordings):
            in_wordings.setdefault(stem, set()).add(entry.id)
        for stem in _stems(_answer_texts(entry)):
            in_answers.setdefault((base_language(entry.lang or ""), stem), set()).add(entry.id)
    rare: dict[str, set[str]] = {}
    for (_, stem), ids in in_answers.items():
        if len(ids) <= _MOST_ENTRIES and in_wordings.get(stem, set()) <= ids:
            rare.setdefault(stem, set()).update(ids)
    return rare


def _texts(entry: FaqEntry) -> Iterator[str]:
    yield from entry.wordings
    yield from _answer_texts(entry)


def _answer_texts(entry: FaqEntry) -> Iterator[str]:
    yield entry.answer
    yield from (link.text for link in entry.links)
    yield from (attachment.caption for attachment in entry.attachments)


def _stems(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(stem for text in texts for stem, _ in _words(text))


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Each content word's stem, and the word."""
    for word in _WORD.findall(text):
        plain = word.casefold().replace("’", "'")
        if plain not in _FUNCTION_WORDS:
            yield _stem(plain), word


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
