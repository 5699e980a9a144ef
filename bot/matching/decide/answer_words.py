"""What stands in an answer alone finds its entry to ask about, never to answer by.

A product, a form's name or a place may be named in answers and in no phrasing. Entries are looked
up by such words in an inverted index over answers. A word counts if it says what something is about
("use" and "no" do not), if it stands in the answers of at most two entries (of one language) and in
no phrasing of another entry, and if at least half of what a message says stands in the entry. On
the FAQs with real answers that this was chosen on, that asks about 0 to 1 in a hundred messages
more that the FAQ has no answer to; without that half it is 10 to 20.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from bot.domain import FaqEntry, base_language
from bot.matching.words.languages import en
from bot.matching.words.lexicon import told_by

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


@dataclass(frozen=True, slots=True)
class _Stems:
    """What stands in an entry."""

    entry: FaqEntry
    asked: frozenset[str]
    answered: frozenset[str]

    def __contains__(self, its: str) -> bool:
        return its in self.asked or its in self.answered


class AnswerWords:
    """The words by which answers are found, and the entries they lead to.

    Args:
        like: those of entries that are mostly the same.
    """

    def __init__(self, entries: Iterable[FaqEntry] = (), like: AnswerWords | None = None) -> None:
        known: Mapping[str, _Stems] = {} if like is None else like._entries
        self._entries: Mapping[str, _Stems] = {
            entry.id: _read(entry, known.get(entry.id)) for entry in entries
        }
        self._found_by = _rare_words(self._entries.values())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of all words of wordings and answers that are not too common."""
        said = ((one.asked, one.answered) for one in self._entries.values())
        return frozenset().union(*chain.from_iterable(said))

    def mentions(self, text: str, without: Set[str] = frozenset()) -> tuple[Mention, ...]:
        """The entries that a message names by such words, those named by most words first.

        Of two that are named by as many, the one that is asked for by them comes first.

        Args:
            without: ids of entries that are taken not to exist.
        """
        words = {its: word for word in WORD.findall(text) if (its := stem(word)) is not None}
        by_entry: dict[str, list[str]] = {}
        for its, word in words.items():
            if its in self._found_by and told_by(word).telling:
                for entry_id in self._found_by[its]:
                    by_entry.setdefault(entry_id, []).append(its)
        found = [
            (-len(stems), -self._asked(stems, entry_id), -self._covered(words, entry_id), entry_id)
            for entry_id, stems in by_entry.items()
            if entry_id not in without and self._covered(words, entry_id) >= _COVERED
        ]
        return tuple(
            Mention(
                entry_id,
                self._entries[entry_id].entry.question,
                tuple(words[its] for its in by_entry[entry_id]),
            )
            for *_, entry_id in sorted(found)
        )

    def _asked(self, stems: Iterable[str], entry_id: str) -> int:
        return sum(its in self._entries[entry_id].asked for its in stems)

    def _covered(self, words: Mapping[str, str], entry_id: str) -> float:
        return sum(its in self._entries[entry_id] for its in words) / len(words)


def _read(entry: FaqEntry, known: _Stems | None) -> _Stems:
    if known is not None and known.entry == entry:
        return known
    return _Stems(entry, _stems(entry.wordings), _stems(entry.answer_texts))


def _rare_words(entries: Collection[_Stems]) -> dict[str, set[str]]:
    by_language: dict[str, list[_Stems]] = {}
    for one in entries:
        by_language.setdefault(base_language(one.entry.lang or ""), []).append(one)
    answered_by = [_in_few_answers(its_own) for its_own in by_language.values()]
    few = frozenset().union(*answered_by)
    asked_by = _by_stem(entries, lambda one: one.asked & few)
    rare: dict[str, set[str]] = {}
    for its, ids in (word for words in answered_by for word in words.items()):
        if asked_by.get(its, ids) <= ids:
            rare.setdefault(its, set()).update(ids)
    return rare


def _in_few_answers(entries: Collection[_Stems]) -> dict[str, set[str]]:
    counts = Counter(chain.from_iterable(one.answered for one in entries))
    few = frozenset(its for its, count in counts.items() if count <= _MOST_ENTRIES)
    return _by_stem(entries, lambda one: one.answered & few)


def _by_stem(entries: Iterable[_Stems], stems: Callable[[_Stems], Set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in entries:
        for its in stems(one):
            found.setdefault(its, set()).add(one.entry.id)
    return found


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
