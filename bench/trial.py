"""One FAQ, one way of scoring: the product is assembled and asked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.embedding import RememberingEncoder
from bench.guarding import GuardQuality, measure_guards
from bench.outcomes import Quality, is_top1, measure, share
from bench.sets import Query
from bench.two_questions import AND, SENTENCES, TwoQuestionsQuality, measure_two_questions
from bench.two_questions import two_questions as make_two_questions
from bench.typing_errors import with_typing_errors, words
from bot.domain import Faq, Thresholds
from bot.files.config.settings import Score, Settings
from bot.labels.scored import read_all
from bot.matching.build import Matcher, assemble
from bot.matching.decide.thresholds import Rules
from bot.matching.encoder.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Extras:
    """What else is measured with the blended score.

    Attributes:
        typos: shares of mistyped words, from 0 to 1.
        pairs: messages with two questions; 0 for none.
        guards: whether to compare with and without guards.
    """

    typos: tuple[float, ...] = ()
    pairs: int = 0
    guards: bool = False

    def __bool__(self) -> bool:
        return bool(self.typos or self.pairs or self.guards)


@dataclass(frozen=True, slots=True)
class TypoQuality:
    """Top-1 of in-scope messages, typed well and badly.

    Attributes:
        share: of words with four letters or more that were mistyped.
        words: how many were.
    """

    share: float
    words: int
    clean_top1: float | None
    top1: float | None


@dataclass(frozen=True, slots=True)
class PairsQuality:
    """Messages with two questions, and ordinary ones that were taken for such.

    Attributes:
        forms: by form of the message.
        ordinary: how many ordinary messages there are.
        false_doubles: of these, how many were answered with two parts or more.
    """

    forms: dict[str, TwoQuestionsQuality]
    ordinary: int
    false_doubles: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What one assembled product did with one set's messages; None what was not measured."""

    quality: Quality
    typos: tuple[TypoQuality, ...] = ()
    pairs: PairsQuality | None = None
    guards: GuardQuality | None = None


def assembled(
    faq: Faq,
    score: Score,
    lines: Thresholds,
    model: RememberingEncoder,
    second: Encoder | None = None,
) -> Matcher:
    """The product itself over an FAQ; everything it measures on the FAQ is measured anew.

    Args:
        second: the second encoder; None leaves messages that it should read to the first.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(score=score, thresholds=lines, cache=Path(folder))
        return assemble(settings, faq, model.encoder, model.fingerprint, second=second)


def run_trial(
    bot: Matcher, queries: Sequence[Query], extras: Extras, seed: int, *, is_english: bool
) -> Trial:
    """Ask everything.

    Args:
        queries: of one split, at least one.
        extras: nothing of it with the cosine.
    """
    rules = Rules(bot.decider.policy)
    # As the conversation has it, who writes Chinese is taken for somebody who reads it.
    readings = read_all(bot.decider, [(query.text, None) for query in queries])
    decisions = [rules.decide(reading) for reading in readings]
    quality = measure([query.expected for query in queries], decisions)
    pairs = None
    if extras.pairs:
        asked = make_two_questions(queries, extras.pairs, seed, is_english=is_english)
        replies = bot.decide_all([message.text for message in asked])
        both = list(zip(asked, replies, strict=True))
        forms = {
            form: measure_two_questions(
                [message for message, _ in both if message.form == form],
                [reply for message, reply in both if message.form == form],
            )
            for form in (SENTENCES, AND)
        }
        doubles = sum(len(decision.answers) >= 2 for decision in decisions)
        pairs = PairsQuality(forms, len(queries), doubles)
    return Trial(
        quality,
        tuple(_mistyped(bot, queries, typed, quality.top1, seed) for typed in extras.typos),
        pairs,
        measure_guards(bot, queries) if extras.guards else None,
    )


def _mistyped(
    bot: Matcher, queries: Sequence[Query], mistyped: float, clean: float | None, seed: int
) -> TypoQuality:
    inside = [(query.text, query.expected) for query in queries if query.expected is not None]
    texts = [text for text, _ in inside]
    decisions = bot.decide_all(with_typing_errors(texts, mistyped, seed))
    hits = sum(
        is_top1(expected, decision)
        for (_, expected), decision in zip(inside, decisions, strict=True)
    )
    changed = round(mistyped * words(texts))
    return TypoQuality(mistyped, changed, clean, share(hits, len(inside)))
