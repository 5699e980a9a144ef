"""python -m bench.grouping: are messages that ask the same put together?

Some entries of each FAQ are hidden. Their messages, mixed with some that the FAQ has no answer for,
are put together in three ways: the bot's own, and two of scikit-learn with options that did best on
other sets. Counted are pairs of messages: of those put together the share that belongs together
(precision), and of those that belong together the share that is put together (recall).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import partial

import numpy as np

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.sets import FAQ, QUERIES, FaqSet, find_asked, load_faq_set, sets_parser
from bot.authoring.learning.grouping import centred, grouped
from bot.files.config.settings import Settings
from bot.matching.encoder.encoder import Vectors
from bot.matching.mask import masked
from bot.matching.text import normalise
from bot.tuning.show.tables import percent, table

_SEEDS, _HIDDEN, _WORDINGS = 3, 30, 5
_OUTSIDE = 5  # messages of hidden entries for each that has no answer, at least
_DISTANCE, _FEWEST, _SAMPLES = 0.5, 3, 3  # of the library's two ways
Pairs = tuple[float, float, float]  # precision, recall, and their harmonic mean


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    parser = sets_parser("python -m bench.grouping", __doc__ or "")
    parser.add_argument("--hidden", type=command.positive, default=_HIDDEN, help="hidden entries")
    parser.add_argument("--seeds", type=command.positive, default=_SEEDS, help="drawings of them")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    model = load_remembering(options.model, options.cache)
    found: dict[str, dict[str, tuple[Pairs, float]]] = {}
    for name, folder in find_asked(options.folder, options.sets, FAQ, QUERIES).items():
        faq_set = load_faq_set(folder, Settings().thresholds)
        if faq_set.is_english:
            found[name] = _measured(faq_set, model, options.hidden, options.seeds)
            model.save()
    if options.json:
        print(json.dumps(found))
        return
    rows = [
        (f"{name}: {way}", *(percent(value) for value in pairs), f"{seconds:.1f}")
        for name, ways in found.items()
        for way, (pairs, seconds) in ways.items()
    ]
    print(table(("set", "precision, %", "recall, %", "F1, %", "s"), rows, left=1))


def _measured(
    faq_set: FaqSet, model: RememberingEncoder, hidden: int, seeds: int
) -> dict[str, tuple[Pairs, float]]:
    """By way the means over the seeds, and the time that one took."""
    taken: dict[str, list[Pairs]] = {}
    seconds: Counter[str] = Counter()
    for seed in range(seeds):
        texts, wanted, wordings = _task(faq_set, hidden, seed)
        vectors = model.encoder.utterances.encode([_read(text) for text in texts])
        faq = model.encoder.phrasings.encode(wordings)
        for way, put in _WAYS.items():
            started = time.process_time()
            put_together = put(vectors, faq)
            seconds[way] += round(1000 * (time.process_time() - started))
            taken.setdefault(way, []).append(pairs_of(wanted, put_together))
    return {way: (_mean(each), seconds[way] / 1000 / seeds) for way, each in taken.items()}


def _task(faq_set: FaqSet, hidden: int, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Messages, what each asks for, and the wordings of the entries that are not hidden."""
    random = np.random.default_rng(seed)
    queries = faq_set.of_split("dev")
    ids = sorted({query.expected for query in queries if query.expected is not None})
    out = {*random.choice(ids, min(hidden, len(ids) // 2), replace=False).tolist()}
    inside = [(query.text, str(query.expected)) for query in queries if query.expected in out]
    outside = [query.text for query in queries if query.expected is None]
    most = max(len(inside) // _OUTSIDE, 10)
    chosen = random.permutation(len(outside))[:most].tolist()
    rows = [*inside, *((outside[place], f"none {place}") for place in chosen)]
    rows = [rows[place] for place in random.permutation(len(rows)).tolist()]
    entries = [entry for entry in faq_set.faq.entries if entry.id not in out]
    wordings = [_read(each) for entry in entries for each in entry.wordings[:_WORDINGS]]
    return [text for text, _ in rows], [asked for _, asked in rows], wordings


def _read(text: str) -> str:
    plain = normalise(text)
    return masked(plain) or plain


def _own(vectors: Vectors, faq: Vectors) -> list[int]:
    found = np.zeros(len(vectors), np.int64)
    for number, rows in enumerate(grouped(centred(vectors, faq))):
        found[rows] = number
    return [int(number) for number in found]


def _agglomerative(vectors: Vectors, _: Vectors) -> list[int]:
    from sklearn.cluster import AgglomerativeClustering

    way = AgglomerativeClustering(
        n_clusters=None, distance_threshold=_DISTANCE, metric="cosine", linkage="average"
    )
    return [int(number) for number in way.fit_predict(vectors)]


def _hdbscan(vectors: Vectors, _: Vectors) -> list[int]:
    from sklearn.cluster import HDBSCAN

    way = HDBSCAN(min_cluster_size=_FEWEST, min_samples=_SAMPLES, copy=True)
    found = way.fit_predict(vectors).tolist()  # -1: in no group
    return [number if number >= 0 else -1 - row for row, number in enumerate(found)]


_WAYS: dict[str, Callable[[Vectors, Vectors], list[int]]] = {
    "own": _own,
    "agglomerative": _agglomerative,
    "HDBSCAN": _hdbscan,
}


def pairs_of(wanted: Sequence[Hashable], found: Sequence[Hashable]) -> Pairs:
    """How well pairs are put together."""

    def pairs(labels: Sequence[Hashable]) -> int:
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    both = pairs([*zip(wanted, found, strict=True)])
    precision, recall = both / max(1, pairs(found)), both / max(1, pairs(wanted))
    return precision, recall, 2 * both / max(1, pairs(found) + pairs(wanted))


def _mean(each: Sequence[Pairs]) -> Pairs:
    precision, recall, both = np.mean(each, axis=0).tolist()
    return precision, recall, both


if __name__ == "__main__":
    sys.exit(main())
