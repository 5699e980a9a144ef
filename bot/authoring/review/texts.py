"""What the texts of an entry show by themselves: too few, too long, too general, or over."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from bot.authoring.review.finding import Finding, Level, of_entry
from bot.authoring.review.words import stems_of, told_by
from bot.domain import Faq, FaqEntry
from bot.files.config.settings import Settings
from bot.files.findings import Code
from bot.formatting import MAX_LABEL_CHARS, MAX_UNITS, html_parts
from bot.gently import gently
from bot.markup.answer import parse
from bot.matching.words.lexicon import stem
from bot.texts import wall_clock

ENOUGH = 3  # wordings
# The kinds of wordings, by their number of words at most.
_KINDS = (
    (3, "a few keywords"),
    (8, "a short question"),
    (None, "a sentence in a customer's own words"),
)
_PER_WORD = 2  # signs of a script that does not set words apart
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_SHORT = 4  # words: a longer wording has more than its words to tell it by
_SHARE, _FEWEST = 0.25, 5  # of the other entries, and at least so many, that have the same words
# What a question begins with, and what it is about no more clearly with than without.
_OPENINGS = frozenset(
    stem(word)
    for word in (
        *("help", "need", "want", "question", "problem", "issue"),
        *("info", "information", "please", "hello", "hi"),
    )
)


def few_wordings(entries: Iterable[FaqEntry]) -> Iterator[Finding]:
    """Entries that hardly any message will find."""
    for entry in entries:
        count = len(entry.wordings)
        if count >= ENOUGH:
            continue
        missing = _listed(missing_kinds(entry.wordings))
        told = "no wording but its question" if count == 1 else "only two wordings"
        yield of_entry(
            entry,
            "",
            Code.FEW_WORDINGS,
            f"{entry.id} has {told}, so few messages will find it. Add other ways to ask it "
            f"under phrasings, such as {missing}.",
            Level.WARNING if count == 1 else Level.HINT,
            1 / count,
        )


def missing_kinds(wordings: Sequence[str]) -> list[str]:
    """The kinds of wordings that none of these is."""
    sizes = [_size(wording) for wording in wordings]
    found, least = [], 0
    for most, kind in _KINDS:
        if not any(least < size and (most is None or size <= most) for size in sizes):
            found.append(kind)
        least = most or least
    return found or [kind for _, kind in _KINDS[:1]]


def _size(wording: str) -> int:
    signs = len(_DENSE.findall(wording))
    words = len(told_by(_DENSE.sub(" ", wording)).words)
    return max(1, words + -(-signs // _PER_WORD))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def untested(entries: Iterable[FaqEntry], tested: Container[str]) -> Iterator[Finding]:
    """Entries that no test is about, where others have some.

    Args:
        tested: the ids of those that have.
    """
    for entry in entries:
        if entry.id not in tested:
            told = f"{entry.id} has no test, so nobody notices when an edit loses its answer."
            advice = "Add one under tests: what somebody could write to get it."
            yield of_entry(entry, "", Code.UNTESTED, f"{told} {advice}")


def too_long(entries: Iterable[FaqEntry]) -> Iterator[Finding]:
    """What Telegram cuts off or takes apart."""
    for entry in entries:
        questions = (entry.question, *(each.question for each in entry.translations))
        for label in (*questions, *(link.text for link in entry.links)):
            if len(label) > MAX_LABEL_CHARS:
                advice = (
                    "Write a shorter question, and put this one under phrasings"
                    if label in questions
                    else "Write a shorter text for the link"
                )
                told = (
                    f"a button shows {MAX_LABEL_CHARS} characters, and this text has {len(label)}"
                )
                yield of_entry(entry, label, Code.LONG_BUTTON, f"{told}. {advice}.")
        for answer in (entry.answer, *(each.answer for each in entry.translations)):
            parts = len(html_parts(parse(answer))) if len(answer) > MAX_UNITS // 2 else 1
            if parts > 1:
                told = (
                    f"the answer takes {parts} messages, as Telegram allows {MAX_UNITS:,} "
                    "characters in one. Shorten it, or link to a page with the rest."
                )
                yield of_entry(entry, answer.strip(), Code.LONG_ANSWER, told)


def too_general(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    """The wordings that could stand in any other entry, or of which every word does in many."""
    held_by: dict[str, set[str]] = defaultdict(set)
    for entry in gently(entries):
        for its in frozenset[str]().union(*map(stems_of, entry.wordings)):
            held_by[its].add(entry.id)
    least = max(_FEWEST, _SHARE * (len(entries) - 1))
    for entry in gently(entries if len(entries) > 1 else ()):
        for wording in entry.wordings:
            if not wording.isascii() or len(wording.split()) > _SHORT:
                continue
            told = told_by(wording)
            if not told.words:
                continue
            others = [len(held_by[its] - {entry.id}) for its in told.content - _OPENINGS]
            if not told.telling and not told.sides:  # "check in" has a word, made of two
                yield _finding(entry, wording, "could stand in any other entry", 1.0)
            elif told.telling and others and min(others) >= least:
                why = f"has no word that does not stand in {min(others)} other entries"
                yield _finding(entry, wording, why, min(others) / len(entries))


def _finding(entry: FaqEntry, wording: str, why: str, severity: float) -> Finding:
    told = (
        f"“{wording}” {why}, so it draws in what people ask about those. Say in it what only "
        f"{entry.id} is about."
    )
    return of_entry(entry, wording, Code.TOO_GENERAL, told, severity=severity)


def over(settings: Settings, faq: Faq, at: float) -> Iterator[Finding]:
    """What has expired at a time (seconds since 1970)."""
    moment = wall_clock(at, settings.zone)
    for entry in faq.every or faq.entries:
        if entry.valid_until is not None and entry.valid_until <= moment:
            told = f"{entry.id} has expired, by its valid_until, and nobody is shown it any more."
            yield of_entry(entry, "", Code.EXPIRED, f"{told} Delete it, or move the date.")
    notice = settings.notice
    if notice is None or notice.place is None or notice.until is None or notice.until > moment:
        return
    place = notice.place
    told = "notice has expired, and nobody is shown it any more. Delete it, or move its until."
    yield Finding(place.path, place.line, Level.HINT, Code.EXPIRED, told)
