"""Embedded phrasings → the blended way of ranking them, measured or taken from the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.matching.blended import BlendedScorer, Fit
from bot.matching.blended_fit import fit_blended
from bot.matching.blended_ranker import UNREADABLE, BlendedRanker
from bot.matching.embedder import Encoder, Vectors
from bot.matching.fit_cache import FitCache, Measured
from bot.matching.index import PhrasingVectors, VectorIndex
from bot.matching.lexical import LexicalIndex
from bot.matching.lexical_score import LexicalScorer, lexical_scale
from bot.matching.typos import TypoRepair


def build_blended(
    embedded: PhrasingVectors,
    texts: Sequence[str],
    encoder: Encoder,
    make_index: Callable[[Vectors], VectorIndex],
    cache: FitCache,
    *,
    use_head: bool,
) -> tuple[BlendedRanker, Measured]:
    """Build the ranker.

    Phrasings that the model cannot read stay out of its vectors, where they would be near to
    anything, and are found by their letters.

    Args:
        texts: the cleaned wordings, in the order of `embedded`.
        cache: of what is measured; it is filled where it is empty.
    """
    is_readable = np.array([encoder.unknown_share(text) <= UNREADABLE for text in texts])
    rows = np.flatnonzero(is_readable).tolist()
    readable = PhrasingVectors(
        vectors=np.ascontiguousarray(embedded.vectors[rows]),
        entry_ids=[embedded.entry_ids[row] for row in rows],
        phrasings=[embedded.phrasings[row] for row in rows],
    )
    read_texts = [texts[row] for row in rows]
    lexical = LexicalIndex(read_texts)
    all_lexical = lexical if len(rows) == len(texts) else LexicalIndex(texts)
    entry_ids = sorted(set(readable.entry_ids))
    numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
    owners = np.array([numbers[entry_id] for entry_id in readable.entry_ids], dtype=np.int64)
    index = make_index(readable.vectors) if len(rows) else None

    def measure() -> Measured:
        fit: Fit | None = None
        if index is not None:
            fit = fit_blended(
                readable.vectors,
                owners,
                index,
                lexical,
                lambda row: lexical.query(read_texts[row]),
                use_head=use_head,
            )
        by_letters = np.flatnonzero(~is_readable).tolist()
        cleaned = list(zip(embedded.entry_ids, texts, strict=True))
        return Measured(fit, lexical_scale(all_lexical, cleaned, by_letters))

    measured = cache.load()
    if measured is None:
        measured = measure()
        cache.save(measured)
    scorer = (
        None
        if index is None or measured.fit is None
        else BlendedScorer(readable.vectors, owners, index, lexical, measured.fit)
    )
    ranker = BlendedRanker(
        readable=readable,
        entry_ids=entry_ids,
        scorer=scorer,
        lexical=lexical,
        spelled=LexicalScorer(all_lexical, embedded.entry_ids, measured.spelled),
        wordings=list(zip(embedded.entry_ids, embedded.phrasings, strict=True)),
        texts=texts,
        typos=TypoRepair(texts, encoder.vocabulary),
        unknown_share=encoder.unknown_share,
    )
    return ranker, measured
