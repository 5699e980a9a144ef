"""Messages that ask two things at once."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench.sets import Query
from bot.domain import Decision
from bot.labels.outcomes import answered_entries

_QUESTION = re.compile(
    r"(?:what|where|when|which|who|whom|whose|why|how|is|are|am|was|were|do|does|did|can|could|"
    r"will|would|should|shall|may|might|has|have|had)\b",
    re.IGNORECASE,
)
_ENDS = " .?!。？！…"
SENTENCES, AND = "sentences", "and"


@dataclass(frozen=True, slots=True)
class TwoQuestions:
    """A message and the two entries it asks for.

    Attributes:
        form: `SENTENCES`: two of them; `AND`: one, with "and" between.
    """

    text: str
    expected: frozenset[str]
    form: str


@dataclass(frozen=True, slots=True)
class TwoQuestionsQuality:
    """How such messages fared; counts.

    Attributes:
        some_right: at least one of the two entries was answered.
        both_right: both were.
        some_wrong: an entry was answered that is neither.
    """

    messages: int
    some_right: int
    both_right: int
    some_wrong: int


def two_questions(
    queries: Sequence[Query], number: int, seed: int, *, is_english: bool
) -> list[TwoQuestions]:
    """Join pairs of in-scope messages of different entries, half in each form.

    Returns:
        `number` messages; none where there are not two entries. The same seed gives the same.
    """
    asked = [(query.text, query.expected) for query in queries if query.expected is not None]
    if len({expected for _, expected in asked}) < 2:
        return []
    chance = random.Random(seed)
    found: list[TwoQuestions] = []
    while len(found) < number:
        (first, one), (second, other) = chance.choice(asked), chance.choice(asked)
        if one != other:
            form = SENTENCES if len(found) < (number + 1) // 2 else AND
            text = _joined(first.strip(), second.strip(), form, is_english=is_english)
            found.append(TwoQuestions(text, frozenset((one, other)), form))
    return found


def measure_two_questions(
    messages: Sequence[TwoQuestions], decisions: Sequence[Decision]
) -> TwoQuestionsQuality:
    """Count how the messages fared."""
    told = [answered_entries(decision) for decision in decisions]
    rows = [(answered, message.expected) for answered, message in zip(told, messages, strict=True)]
    return TwoQuestionsQuality(
        messages=len(rows),
        some_right=sum(bool(answered & expected) for answered, expected in rows),
        both_right=sum(answered >= expected for answered, expected in rows),
        some_wrong=sum(bool(answered - expected) for answered, expected in rows),
    )


def _joined(first: str, second: str, form: str, *, is_english: bool) -> str:
    if form == AND:
        between = " and " if is_english else "，还有"
        return first.rstrip(_ENDS) + between + second
    if not is_english:
        return f"{first.rstrip(_ENDS)}？{second.rstrip(_ENDS)}？"
    return f"{_sentence(first)} {_sentence(second)}"


def _sentence(text: str) -> str:
    if text.endswith((".", "?", "!")):
        return text
    return text + ("?" if _QUESTION.match(text) else ".")
