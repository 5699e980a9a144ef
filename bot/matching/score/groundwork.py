"""Embedded phrasings → the blended way of ranking them, measured or taken from the cache.

Where an FAQ was built before and little of it changed, what is dear is taken over: the counted
n-grams, the words and, until they are measured anew, the measurements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.index.index import PhrasingVectors, VectorIndex
from bot.matching.score.blended import BlendedScorer
from bot.matching.score.blended_ranker import UNREADABLE, BlendedRanker
from bot.matching.score.carried_over import Part, carried_over
from bot.matching.score.fit import fit_blended
from bot.matching.score.fit_cache import FitCache, Measured
from bot.matching.score.tfidf import LexicalIndex
from bot.matching.score.tfidf_score import LexicalScorer, lexical_scale
from bot.matching.text.normalise import same_wording
from bot.matching.text.typos import TypoRepair


@dataclass(frozen=True, slots=True, eq=False)
class Groundwork:
    """What a ranker was built of, in the order of its phrasings; the next one may be built of it.

    Attributes:
        embedded: all phrasings.
        texts: the cleaned wordings.
        keys: `same_wording` of each.
        is_readable: whether the encoder can read each.
        part: those that it can.
        lexical: over those; `all_lexical` over all, which is often the same.
        measured: what was measured on them, or carried over.
    """

    embedded: PhrasingVectors
    texts: Sequence[str]
    keys: Sequence[str]
    is_readable: Sequence[bool]
    part: Part
    lexical: LexicalIndex
    all_lexical: LexicalIndex
    typos: TypoRepair
    measured: Measured


def build_blended(
    embedded: PhrasingVectors,
    texts: Sequence[str],
    encoder: Encoder,
    make_index: Callable[[Vectors], VectorIndex],
    cache: FitCache,
    *,
    use_head: bool,
    before: Groundwork | None = None,
    carry_over: bool = False,
) -> tuple[BlendedRanker, Groundwork]:
    """Build the ranker.

    Phrasings that the model cannot read stay out of its vectors, where they would be near to
    anything, and are found by their letters.

    Args:
        texts: the cleaned wordings, in the order of `embedded`; entry ids are sorted.
        cache: of what is measured; it is filled where it is empty.
        before: of an FAQ much like this one, with the same model. Without `carry_over` it makes no
            difference to the result.
        carry_over: take the measurements of `before` over as well as they fit, and leave the
            cache alone.
    """
    keys, is_readable = _facts(texts, encoder, before)
    rows = np.flatnonzero(is_readable).tolist()
    if len(rows) == len(texts):
        readable, read_texts = embedded, texts
    else:
        readable = PhrasingVectors(
            vectors=np.ascontiguousarray(embedded.vectors[rows]),
            entry_ids=[embedded.entry_ids[row] for row in rows],
            phrasings=[embedded.phrasings[row] for row in rows],
        )
        read_texts = [texts[row] for row in rows]
    lexical = LexicalIndex(read_texts, None if before is None else before.lexical)
    all_lexical = (
        lexical
        if len(rows) == len(texts)
        else LexicalIndex(texts, lexical if before is None else before.all_lexical)
    )
    entry_ids = sorted(set(readable.entry_ids))
    numbers = {entry_id: number for number, entry_id in enumerate(entry_ids)}
    owners = np.array([numbers[entry_id] for entry_id in readable.entry_ids], dtype=np.int64)
    part = Part(readable.vectors, owners, entry_ids, read_texts)
    index = make_index(readable.vectors) if len(rows) else None

    def measure() -> Measured:
        fit = (
            None
            if index is None
            else fit_blended(
                readable.vectors,
                owners,
                index,
                lexical,
                lambda row: lexical.query(read_texts[row]),
                use_head=use_head,
            )
        )
        by_letters = [row for row, can_read in enumerate(is_readable) if not can_read]
        cleaned = list(zip(embedded.entry_ids, texts, strict=True))
        return Measured(fit, lexical_scale(all_lexical, cleaned, by_letters))

    if carry_over and before is not None:
        measured = carried_over(before.measured, before.part, part)
    else:
        found = cache.load()
        measured = measure() if found is None else found
        if found is None:
            cache.save(measured)
    scorer = (
        None
        if index is None or measured.fit is None
        else BlendedScorer(readable.vectors, owners, index, lexical, measured.fit)
    )
    typos = _typos(texts, encoder, before)
    ranker = BlendedRanker(
        readable=readable,
        entry_ids=entry_ids,
        scorer=scorer,
        lexical=lexical,
        spelled=LexicalScorer(all_lexical, embedded.entry_ids, measured.spelled),
        wordings=list(zip(embedded.entry_ids, embedded.phrasings, strict=True)),
        texts=texts,
        read_texts=read_texts,
        keys=keys,
        typos=typos,
        unknown_share=encoder.unknown_share,
    )
    return ranker, Groundwork(
        embedded, texts, keys, is_readable, part, lexical, all_lexical, typos, measured
    )


def _facts(
    texts: Sequence[str], encoder: Encoder, before: Groundwork | None
) -> tuple[list[str], list[bool]]:
    """Of each text the key of its wording, and whether the encoder can read it."""
    known: dict[str, tuple[str, bool]] = {}
    if before is not None:
        pairs = zip(before.keys, before.is_readable, strict=True)
        known.update(zip(before.texts, pairs, strict=True))
    for text in texts:
        if text not in known:
            known[text] = same_wording(text), encoder.unknown_share(text) <= UNREADABLE
    found = [known[text] for text in texts]
    return [key for key, _ in found], [can_read for _, can_read in found]


def _typos(texts: Sequence[str], encoder: Encoder, before: Groundwork | None) -> TypoRepair:
    if before is None:
        return TypoRepair(texts, encoder.vocabulary)
    then, now = Counter(before.texts), Counter(texts)
    return before.typos.changed((then - now).elements(), (now - then).elements())
