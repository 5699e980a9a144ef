"""python -m bench.contender: one way of handling a message, in a process of its own.

It reads texts as lines of JSON and answers each with a line: what it took in milliseconds, and for
this bot what it decided. A list of texts is only read ahead.
`bench.latency` starts several and asks them in turns.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.router import router_over
from bot.files.config.settings import Settings
from bot.files.faq.load import load_project
from bot.matching.build import build_matcher
from bot.matching.encoder.torch import load_original
from bot.matching.encoder.weights import find_model

BOT, ENCODE, ROUTER = "bot", "encode", "router"


def main() -> None:
    """Load, say "ready", and measure what is asked."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=[BOT, ENCODE, ROUTER])
    parser.add_argument("--config", default=None)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.way == BOT:
        handle = _bot(options.config)
    elif options.way == ENCODE:
        handle = encode_alone(options.threads)
    else:
        handle = _router(options.config, options.threads)
    _say("ready")
    for line in sys.stdin:
        text = json.loads(line)
        started = time.perf_counter()
        answer = handle(text)
        took = time.perf_counter() - started
        _say((1000 * took, answer))


def _bot(config: str) -> Callable[[Any], object]:
    """This bot's whole decision, as its configuration says."""
    bot = build_matcher(*load_project(config, None))

    def decide(text: str | list[str]) -> object:
        if isinstance(text, list):
            bot.read_ahead(text)
            return None
        decision = bot.decide(text)
        return decision.action.value, decision.entry_id, decision.score

    return decide


def encode_alone(threads: int) -> Callable[[str], object]:
    """`SentenceTransformer.encode` and nothing else: no search, no decision."""
    model = load_original(Path(find_model(Settings().model).path), threads)
    encode: Any = model.encode
    return lambda text: encode(text, normalize_embeddings=True, show_progress_bar=False).size


def _router(config: str, threads: int) -> Callable[[str], object]:
    """semantic-router's decision, over `SentenceTransformer.encode`."""
    model = load_original(Path(find_model(Settings().model).path), threads)
    encode: Any = model.encode

    def rows(texts: list[str]) -> list[list[float]]:
        found = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return found.tolist()  # type: ignore[no-any-return]

    router = router_over(load_project(config, None)[1], rows)
    return lambda text: router(text).name


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
