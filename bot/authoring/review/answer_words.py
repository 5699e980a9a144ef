"""Words that people may well ask with, and that stand in one answer and in no wording.

Such a word is a name (PayPal) that an answer has twice, or in bold or as a link, or any word that
it comes back to time and again. What is quoted does not count: mostly it is a button's name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.authoring.review.finding import Finding, of_entry
from bot.authoring.review.words import stems_of, told_by
from bot.domain import FaqEntry
from bot.files.findings import Code
from bot.gently import gently
from bot.markup.answer import parse
from bot.matching.words.lexicon import stem

_MOST_ENTRIES = 2  # whose answers have the word; in more it is the name of the house, or common
_OFTEN_A_NAME, _OFTEN = (
    2,
    4,
)  # that an answer has a name, or any word, which then is what it is about
_MOST_SHOWN = 3
_REMEMBERED = 4_096  # answers, for the next look at the FAQ: few of them change in between
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|‘[^’\n]*’|`[^`\n]*`")
_ADDRESS = re.compile(r"\S*(?:[/@\\]|\w\.\w)\S*")
_WORD = re.compile(r"[^\W\d_]{3,}(?!\w)")
_SENTENCE_BEGIN = re.compile(r"(?:^|[.!?:;…\n(–—-]\s*|\n\s*(?:[-*•]|\d+[.)])\s*)$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of an answer.

    Attributes:
        is_name: it is written as a name is.
        is_marked: it is bold, or leads somewhere.
    """

    text: str
    is_name: bool
    is_marked: bool


def only_in_answers(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    """Entries with such words, the most telling first."""
    asked = {its for entry in gently(entries) for one in _wordings(entry) for its in stems_of(one)}
    answers = {entry.id: _words(entry.answer) for entry in gently(entries)}
    held_by: dict[str, set[str]] = defaultdict(set)
    for entry_id, words in answers.items():
        for word in words:
            held_by[stem(word.text.casefold())].add(entry_id)
    for entry in entries:
        found = _telling(answers[entry.id], entry.id.casefold())
        rare = [
            word
            for word in found
            if (its := stem(word.casefold())) not in asked and len(held_by[its]) <= _MOST_ENTRIES
        ][:_MOST_SHOWN]
        if rare:
            told = ", ".join(f"“{word}”" for word in rare)
            yield of_entry(
                entry,
                entry.answer.strip(),
                Code.ONLY_IN_ANSWER,
                f"{told}: no wording has {'this word' if len(rare) == 1 else 'these words'} of "
                f"the answer. If people ask {entry.id} with {'it' if len(rare) == 1 else 'them'}, "
                "add such a wording.",
                severity=len(rare) / _MOST_SHOWN,
            )


def _wordings(entry: FaqEntry) -> Iterable[str]:
    return (*entry.wordings, *(each.question for each in entry.translations), *entry.tags)


@lru_cache(_REMEMBERED)
def _words(answer: str) -> Sequence[_Word]:
    """The words of an answer but for those that are quoted or in code."""
    spans = parse(answer)
    text = "".join(_blanked(span.text) if span.code else span.text for span in spans)
    marked = [span.bold or span.url is not None for span in spans for _ in span.text]
    for pattern in (_QUOTED, _ADDRESS):
        text = pattern.sub(lambda found: _blanked(found[0]), text)
    return [
        _Word(found[0], _is_name(found[0], text[: found.start()]), marked[found.start()])
        for found in _WORD.finditer(text)
    ]


def _blanked(text: str) -> str:
    return " " * len(text)


def _is_name(word: str, before: str) -> bool:
    if len(word) < 2 or not any(letter.isalpha() for letter in word):
        return False
    if any(letter.isupper() for letter in word[1:]):
        return True  # PayPal, VAT
    return word[0].isupper() and len(word) > 2 and not _SENTENCE_BEGIN.search(before)


def _telling(words: Sequence[_Word], entry_id: str) -> list[str]:
    """Those worth a wording, each once, the most frequent first."""
    counts = Counter(stem(word.text.casefold()) for word in words)
    first: dict[str, str] = {}
    for word in words:
        its = stem(word.text.casefold())
        enough = 1 if word.is_marked else _OFTEN_A_NAME
        is_worth = counts[its] >= (enough if word.is_name else _OFTEN)
        if is_worth and told_by(word.text).telling and word.text.casefold() not in entry_id:
            first.setdefault(its, word.text)
    return sorted(first.values(), key=lambda word: -counts[stem(word.casefold())])
