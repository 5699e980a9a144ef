"""python -m bench.small_talk: what is taken for small talk, and what is not.

Each wording of the language files is held out in turn and taken for a message; then come the
messages of tests/data/small-talk*.jsonl, which were written by people who had not seen the
wordings, and whatever labelled sets are named, in which questions should not be small talk.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from bench import command
from bench.sets import records
from bot.files.faq.load import load_project
from bot.matching.build import build_matcher, complete
from bot.matching.decide.small_talk import Meanings, SmallTalk, rows_of
from bot.matching.decide.small_talk_words import Wordings
from bot.matching.matcher import Matcher
from bot.matching.score.ranker import Read
from bot.matching.text import normalise
from bot.matching.words.spelling import SpelledWords
from bot.texts import Talk, talk_of_all
from bot.tuning.show.tables import percent, table

_DATA = Path(__file__).parent.parent / "tests" / "data"
MESSAGES = (_DATA / "small-talk.jsonl", _DATA / "small-talk-others.jsonl")

_ROUNDS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable files.
    """
    parser = command.OneLineParser(prog="python -m bench.small_talk", description=__doc__)
    parser.add_argument("sets", type=Path, nargs="*", metavar="SET", help="sets, JSON Lines")
    parser.add_argument("--config", default="config.yaml", help="default: config.yaml")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    matcher = complete(build_matcher(*load_project(options.config)))
    told: list[tuple[str, int, str | None, str | None]] = []
    for language, texts in matcher.settings.phrasebook.languages.items():
        found = held_out(matcher, texts.talk)
        told.append((f"wordings of {language}, held out", len(found), _share(found), None))
    for path in MESSAGES:
        rows = [(str(row["text"]), row["small_talk"]) for _, row in records(path)]
        for name, is_wanted in (("small talk", True), ("questions", False)):
            its = [(text, kind) for text, kind in rows if (kind is not None) is is_wanted]
            kinds = kinds_of(matcher, [text for text, _ in its])
            fitting = [
                found if found == kind else None
                for found, (_, kind) in zip(kinds, its, strict=True)
            ]
            if kinds:
                fits = _share(fitting) if is_wanted else None
                told.append((f"{path.name}: {name}", len(kinds), _share(kinds), fits))
    for path in options.sets:
        labels = [row for _, row in records(path)]
        for name, is_inside in (("in scope", True), ("out of scope", False)):
            texts_of = [
                str(row["text"]) for row in labels if (row["expected"] is not None) is is_inside
            ]
            kinds = kinds_of(matcher, texts_of)
            if kinds:
                told.append((f"{path}: {name}", len(kinds), _share(kinds), None))
    print(table(("messages", "how many", "small talk, %", "of that kind, %"), told, left=1))
    print(_cost(matcher))


def _cost(matcher: Matcher) -> str:
    """What looking for small talk adds to a decision on texts whose vectors are at hand."""
    settings = replace(matcher.settings, small_talk=False)
    without = complete(build_matcher(settings, matcher.faq))
    texts = [str(row["text"]) for path in MESSAGES for _, row in records(path)]
    taken: tuple[list[float], list[float]] = [], []
    for _ in range(_ROUNDS):
        for each, times in zip((matcher, without), taken, strict=True):
            begun = time.perf_counter()
            for text in texts:
                each.decide(text)
            times.append(time.perf_counter() - begun)
    ratio = min(taken[0]) / min(taken[1])
    return f"a decision takes {ratio:.2f} times as long as with small_talk: off"


def kinds_of(matcher: Matcher, texts: Sequence[str]) -> list[str | None]:
    """What small talk each text is to a bot; None where it is a question."""
    return [decision.small_talk for decision in matcher.decide_all(texts)]


def held_out(matcher: Matcher, talk: Talk, every: int = 1) -> list[str | None]:
    """What each wording is where it is no wording.

    Args:
        talk: whose wordings are held out.
        every: only one in so many.
    """
    settings, routes, second = matcher.settings, matcher.routes, matcher.second
    assert routes is not None and second is not None  # noqa: PT018
    whole = talk_of_all(texts.talk for texts in settings.phrasebook.languages.values())
    spelled, vocabulary = SpelledWords(settings.cache), matcher.encoder.vocabulary
    encoders = (matcher.encoder, second.encoder)
    rows = (rows_of(whole, vocabulary), rows_of(whole))
    vectors = [
        encoder.phrasings.encode([wording for _, wording in its])
        for encoder, its in zip(encoders, rows, strict=True)
    ]
    found = []
    for wording in [one for its in talk.wordings.values() for one in its][::every]:
        rest = {kind: tuple(w for w in its if w != wording) for kind, its in whole.wordings.items()}
        text = normalise(wording)
        language = routes.language(text)
        number = int(routes.is_for_second(language))
        kept = [row for row, (_, other) in enumerate(rows[number]) if other != text]
        meanings = Meanings(
            [rows[number][row] for row in kept], vectors[number][kept], is_second=bool(number)
        )
        words = Wordings(Talk(rest, whole.filler), vocabulary, spelled)
        (vector,) = encoders[number].utterances.encode([text])
        read = Read(text, vector=vector, language=language if number else None)
        said = SmallTalk(words, meanings, meanings).said(text, read, ())
        found.append(None if said is None else said.kind)
    return found


def _share(kinds: Sequence[str | None]) -> str | None:
    return percent(float(np.mean([kind is not None for kind in kinds])))


if __name__ == "__main__":
    sys.exit(main())
