"""python -m bench.pgvector: phrasings in PostgreSQL beside phrasings in memory.

First, every utterance of the shop's labelled set and of the sets of --data is decided on twice,
with `index: faiss` and with `index: pgvector`, both searched exactly. Then FAQs of some sizes are
made up (`bench.growing`), and what each costs is measured in a process of its own; nothing is
encoded there. The server is one of our own, on this machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench import command
from bench.decisions import KINDS, TOLERANCE, Questions, Row, compare, questions_of
from bench.growing import Growing
from bench.scale import resident, timed
from bench.sets import check_names
from bot.app import INDEXES
from bot.domain import Decision, Faq
from bot.errors import BotError
from bot.files.config.settings import IndexKind, Settings
from bot.files.config.store import StoreSettings
from bot.files.faq.load import load_faq
from bot.matching import index as indexes
from bot.matching.build import Matcher, assemble, build_matcher, complete_for
from bot.matching.decide.as_json import decision_row
from bot.matching.index import FlatIndex, PhrasingVectors, VectorIndex
from bot.service import heap
from bot.store.sql.pgvector import indexes as vectors
from bot.store.sql.postgres import PASSWORD
from bot.tuning.show.tables import Cell, table
from tests.postgres import own_postgres

ROOT = Path(__file__).parent.parent
_BUFFERS_MB = 512  # of the server
_NEAREST = 128  # as many as a message is compared with
_RECALLS = (10, 50)
_LEAST_RECALL, _MOST_CHANGED = 0.99, 0.005
_MODEL = "made up"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an FAQ of some size costs; times in ms, but for builds, which are in s.

    Attributes:
        memory: MB that it takes.
        first, next: how long it takes to put together: at all, and with what is kept on disk.
        search, decision, late: the medians, and how long 95 % of decisions take at most.
        recall: the share of the truly nearest that a search finds, of so many.
        changed: the share of messages that an exact search decides on in another way.
    """

    memory: float
    first: float
    next: float
    search: float
    decision: float
    late: float
    recall: tuple[float, ...]
    changed: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 1: decisions differ where both search exactly, or more than may; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.pgvector", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", help="holds the sets; without it the shop's alone")
    add("--sets", type=command.names, metavar="A,B", help="only these (default: all)")
    add("--every", type=command.positive, default=1, metavar="N", help="one utterance in N")
    add("--sizes", type=_sizes, default=(1_000, 10_000, 100_000), metavar="N,N", help="of FAQs")
    add("--messages", type=command.positive, default=1_000, metavar="N", help="default: 1000")
    add(
        "--graph-from",
        type=command.positive,
        default=vectors.LARGEST_EXACT + 1,
        metavar="N",
        help="phrasings that are searched by the graph; default: as the bot does",
    )
    add("--only", nargs=3, help=argparse.SUPPRESS)  # a kind, a size and a database, in this process
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(command.positive, command.names(text)))


def _run(options: argparse.Namespace) -> int:
    if options.only is not None:
        kind, size, url = options.only
        vectors.LARGEST_EXACT = options.graph_from - 1
        print(json.dumps(asdict(_cost(IndexKind(kind), int(size), url, options.messages))))
        return 0
    print(command.machine_line(command.machine()), flush=True)
    with own_postgres(_BUFFERS_MB) as server:
        os.environ[PASSWORD] = server.password
        known = {it.name: it for it in questions_of(ROOT, options.data)}
        asked = tuple(known) if options.sets is None else options.sets
        check_names(asked, tuple(known), options.data or ROOT)
        rows = []
        for name in asked:
            questions = known[name].every(options.every)
            print(f"{name}: {len(questions.utterances)} utterances", file=sys.stderr, flush=True)
            rows.append(_compared(questions, server.database()))
        heads = "set", "phrasings", "utterances", *(f"other\n{kind}" for kind in KINDS), "score\nby"
        print(table(heads, rows), flush=True)
        costs = {
            (size, kind): _in_a_process(kind, size, server.database(), options)
            for size in options.sizes
            for kind in IndexKind
        }
    print(_costs(costs))
    is_alike = not any(row[3:-1] != (0,) * len(KINDS) for row in rows)
    is_good = all(
        it.recall[-1] >= _LEAST_RECALL and it.changed <= _MOST_CHANGED for it in costs.values()
    )
    print(
        f"Searched exactly, decisions are {'alike' if is_alike else 'NOT alike'}, scores to "
        f"{TOLERANCE:g}; made-up FAQs {'keep' if is_good else 'do NOT keep'} to a recall of "
        f"{_LEAST_RECALL} and {_MOST_CHANGED:.1%} of decisions."
    )
    return 0 if is_alike and is_good else 1


# --- decisions -----------------------------------------------------------------------------------


def _compared(questions: Questions, url: str) -> tuple[Cell, ...]:
    """How decisions with the index in memory and in PostgreSQL differ, by kind."""
    faq = load_faq(questions.faq, Settings().thresholds)
    with _exactly():
        pair = [_decided(kind, faq, questions, url) for kind in IndexKind]
    found = [difference.kind for _, difference in compare(*pair)]
    moved = max(abs(a["score"] - b["score"]) for a, b in zip(*pair, strict=True))
    wordings = sum(len(entry.wordings) for entry in faq.entries)
    counts = (found.count(kind) for kind in KINDS)
    return questions.name, wordings, len(questions.utterances), *counts, f"{moved:.1e}"


def _decided(kind: IndexKind, faq: Faq, questions: Questions, url: str) -> list[Row]:
    settings = _settings(kind, ROOT / Settings().cache, url, questions.faq)
    with closing(INDEXES[kind](settings, False)) as made:
        matcher = build_matcher(settings, faq, indexes=made)
        texts = questions.utterances
        matcher = complete_for(matcher, [(text, None) for text in texts])
        decisions = matcher.decide_all(texts)
        return [decision_row(*pair, None) for pair in zip(texts, decisions, strict=True)]


def _settings(kind: IndexKind, folder: Path, url: str, faq: Path | None = None) -> Settings:
    store = StoreSettings(url=url, key_file=folder / "key")
    return Settings(faq=faq or folder, cache=folder, index=kind, store=store)


@contextmanager
def _exactly() -> Iterator[None]:
    """Whatever the size, every phrasing is compared."""
    usual = indexes.LARGEST_FLAT, vectors.LARGEST_EXACT
    indexes.LARGEST_FLAT = vectors.LARGEST_EXACT = sys.maxsize
    try:
        yield
    finally:
        indexes.LARGEST_FLAT, vectors.LARGEST_EXACT = usual


# --- costs ---------------------------------------------------------------------------------------


def _in_a_process(kind: IndexKind, size: int, url: str, options: argparse.Namespace) -> Cost:
    print(f"{kind.value}: {size:,} phrasings", file=sys.stderr, flush=True)
    numbers = ["--messages", str(options.messages), "--graph-from", str(options.graph_from)]
    arguments = [*numbers, "--only", kind.value, str(size), url]
    done = subprocess.run(
        [sys.executable, "-m", "bench.pgvector", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode != 0:
        raise BotError(f"{kind.value}, {size}: {done.stderr.strip().splitlines()[-1]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _cost(kind: IndexKind, size: int, url: str, messages: int) -> Cost:
    growing = Growing(size, messages=messages)
    texts = [text for text, _ in growing.messages]
    queries = growing.encode(texts)
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(kind, Path(folder), url)
        with closing(INDEXES[kind](settings, False)) as made:
            parts = settings, growing.faq, growing.encoder, _MODEL
            build = partial(assemble, *parts, indexes=made)
            heap.give_back()
            before = resident()
            first = timed(build)[1]
            gc.collect()
            bot, again = timed(build)
            gc.collect()
            heap.give_back()
            memory = resident() - before
            bot.decide_all(texts[:20])
            decisions, times = zip(
                *(timed(partial(bot.decide, text)) for text in texts), strict=True
            )
            faq = _readable(bot)
            index = made.make(_MODEL, faq, lambda: faq)
            searches = [timed(partial(index.search, query, _NEAREST))[1] for query in queries]
            recall = _recall(index, FlatIndex(faq.vectors), queries)
            with _exactly():
                best = assemble(*parts).decide_all(texts)
    return Cost(
        memory=memory / 1e6,
        first=first,
        next=again,
        search=1000 * float(np.median(searches)),
        decision=1000 * float(np.median(times)),
        late=1000 * float(np.percentile(times, 95)),
        recall=recall,
        changed=_changed(decisions, best),
    )


def _readable(bot: Matcher) -> PhrasingVectors:
    """The phrasings that are indexed."""
    return bot.wordings.embedded(bot.vectors.vectors).of(np.flatnonzero(bot.is_read).tolist())


def _recall(index: VectorIndex, exact: VectorIndex, queries: np.ndarray) -> tuple[float, ...]:
    shares = []
    for query in queries:
        found, true = (one.search(query, _NEAREST).rows.tolist() for one in (index, exact))
        shares.append([len({*found[:k]} & {*true[:k]}) / k for k in _RECALLS])
    return tuple(np.mean(shares, axis=0).tolist())


def _changed(some: Sequence[Decision], others: Sequence[Decision]) -> float:
    pairs = zip(some, others, strict=True)
    return float(np.mean([(a.action, a.entry_id) != (b.action, b.entry_id) for a, b in pairs]))


def _costs(costs: dict[tuple[int, IndexKind], Cost]) -> str:
    heads = (
        "phrasings", "index", "memory\nMB", "first\nbuild s", "next\nbuild s", "search\nms",
        "decision\nmedian ms", "decision\n95 % ms", *(f"recall\nof {k}" for k in _RECALLS),
        "changed\n%",
    )  # fmt: skip
    rows = [
        (
            *(f"{size:,}", kind.value, f"{it.memory:.0f}", f"{it.first:.1f}", f"{it.next:.1f}"),
            *(f"{it.search:.2f}", f"{it.decision:.2f}", f"{it.late:.2f}"),
            *(f"{share:.4f}" for share in it.recall),
            f"{100 * it.changed:.2f}",
        )
        for (size, kind), it in costs.items()
    ]
    return table(heads, rows, left=0)


if __name__ == "__main__":
    sys.exit(main())
