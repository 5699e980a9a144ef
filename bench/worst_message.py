"""python -m bench.worst_message: what the dearest message costs the thread that matches.

A message costs the processor time of its reply, which includes everything that a person can set to
work: cleaning, masks, languages, typing errors, parts and both encoders. First every code point of
Unicode (or each so many, or as many as there is time for, in any order), repeated to a whole
message, alone and with spaces, is replied to with encoders that cost nothing. Then the dearest of
those, and messages made up to be dear, are replied to as the bot would. The unit is the median cost
of the messages of a labelled set in the same run.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path

import numpy as np

from bench import command
from bench.sets import records
from bot.conversation.conversation import Conversation
from bot.conversation.state import START
from bot.domain import Incoming
from bot.files.faq.load import load_project
from bot.matching.build import Matcher, assemble, build_matcher, complete
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.text import MAX_UTTERANCE_CHARS
from bot.tuning.show.tables import table

LIMIT = 20.0  # ordinary messages
_FIRST = 20
_SHOWN = 12
_SENTENCE = "how do i get a refund for my order when it arrived broken "
MADE_UP: Mapping[str, str] = {
    "a long word": "a",
    "English words": _SENTENCE,
    "English sentences": f"{_SENTENCE.strip()}. ",
    "four sentences": (_SENTENCE * 17).strip() + ". ",
    "two questions": _SENTENCE * 30 + "and ",
    "typing errors": "retrun refnud ordr pakage dleivery ",
    "words nobody knows": "xqzv wvqk zzkq ",
    "tags": "<b>",
    "short words": "a b ",
    "digits": "1",
    "numbers": "1 2",
    "dates": "1.2.2024 ",
    "amounts": "5 € ",
    "addresses": "a@b.c ",
    "links": "http://a.b/ ",
    "identifiers": "AB-12345 ",
    "names": "my name is Ann ",
    "greetings": "hello dear friends ",
    "apostrophes": "it's ",
    "full stops": "a.",
    "denials": "not never no ",
    "opposites": "lock unlock on off ",
    "Chinese": "退款怎么办理呢我的订单",
    "Chinese greetings": "你好",
    "German": "Wie bekomme ich mein Geld zurück wenn das Paket kaputt ankommt ",
    "Thai": "ฉันจะขอเงินคืนได้อย่างไร",
    "Arabic": "كيف يمكنني استرداد أموالي ",
    "Japanese": "返金してもらうにはどうすればいいですか",
    "Korean": "환불은 어떻게 받나요 ",
    "accents out of order": "a\u0301\u0327\u0323\u0308" * 4 + "\u0301\u0327" * 400,
    "squares of four letters": "\u33c2",
    "ligatures of eighteen letters": "\ufdfa",
    "those ligatures with spaces": "\ufdfa ",
    "choices": "1. the first one or 2 ",
}


class _Weightless:
    """An `Embedder` that gives every text the same vector at once."""

    def __init__(self, vector: Vectors) -> None:
        self._vector = vector

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.tile(self._vector, (len(texts), 1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Search and print.

    Returns:
        0: no message costs more than 20 ordinary ones; 1: one does; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.worst_message", description=__doc__)
    add = parser.add_argument
    add("ordinary", type=Path, metavar="SET", help="a labelled set, JSON Lines")
    add("--config", default="config.yaml", help="default: config.yaml")
    add("--every", type=command.natural, default=1, metavar="N", help="of code points (default: 1)")
    add("--minutes", type=float, metavar="N", help="of search at most (default: to its end)")
    add("--keep", type=command.natural, default=100, metavar="N", help="the dearest N (100)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    settings, faq = load_project(options.config, None)
    matcher = complete(build_matcher(settings, faq))
    texts = [str(row["text"]) for _, row in records(options.ordinary)]
    _costs(matcher, texts[:_FIRST])  # loads what the first messages load
    unit = float(np.median(list(_costs(matcher, texts[_FIRST:]).values())))
    wanted = list(_repeated(options.every))
    random.Random(1).shuffle(wanted)
    found = _costs(_weightless(matcher), _within(wanted, options.minutes), filled)
    dear = heapq.nlargest(options.keep, found, key=found.__getitem__)
    made_up = {text: name for name, text in MADE_UP.items()}
    measured = _costs(matcher, [*dear, *made_up], filled)
    worst = heapq.nlargest(_SHOWN, measured, key=measured.__getitem__)
    print(command.machine_line(command.machine()))
    print(f"an ordinary message: {1000 * unit:.1f} ms, the median of {len(texts) - _FIRST}")
    print(f"{len(found):,} of {len(wanted):,} messages of one code point were tried; the worst of")
    print("them and of those made up:")
    rows = [
        (
            made_up.get(text) or _named(text),
            f"{1000 * measured[text]:.0f}",
            f"{measured[text] / unit:.1f}",
        )
        for text in worst
    ]
    print(table(("message", "ms", "ordinary\nmessages"), rows))
    return 0 if measured[worst[0]] <= LIMIT * unit else 1


def _costs(
    matcher: Matcher, texts: Iterable[str], made: Callable[[str], str] = str
) -> dict[str, float]:
    """The processor seconds of the reply to what is made of each text, each in a conversation of
    its own."""
    conversation = Conversation(matcher.faq, matcher, matcher.settings.phrasebook)
    costs = {}
    for text in texts:
        incoming = Incoming("1", made(text))
        started = time.process_time()
        conversation.reply(incoming, START)
        costs[text] = time.process_time() - started
    return costs


def _weightless(matcher: Matcher) -> Matcher:
    """The same bot with encoders that give each message the same vector at once."""

    def weightless(encoder: Encoder) -> Encoder:
        return replace(encoder, utterances=_Weightless(encoder.utterances.encode([_SENTENCE])[0]))

    return assemble(
        *(matcher.settings, matcher.faq, weightless(matcher.encoder), matcher.model_fingerprint),
        second=None if matcher.second is None else weightless(matcher.second.encoder),
    )


def _repeated(every: int) -> Iterator[str]:
    """Each code point that stands for a character, repeated, and with spaces between."""
    for code in range(0, sys.maxunicode + 1, every):
        if unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"}:
            yield chr(code)
            yield f"{chr(code)} "


def _within(texts: Iterable[str], minutes: float | None) -> Iterator[str]:
    """As many as there is time for."""
    end = math.inf if minutes is None else time.monotonic() + 60 * minutes
    return takewhile(lambda _: time.monotonic() < end, texts)


def filled(text: str) -> str:
    """A text repeated to the length of a whole message."""
    return (text * MAX_UTTERANCE_CHARS)[:MAX_UTTERANCE_CHARS]


def _named(text: str) -> str:
    spaces = " with spaces" if text[1:] else ""
    return f"U+{ord(text[0]):04X} {unicodedata.name(text[0], '')}{spaces}"


if __name__ == "__main__":
    sys.exit(main())
