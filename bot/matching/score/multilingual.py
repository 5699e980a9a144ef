"""The ranker over the second encoder, for messages in languages that the first cannot read.

Entries are compared with those of their own language only: an FAQ in two languages says most things
twice, and the two versions of an entry would stand in each other's way. Each language has its own
hubness, centroids and scales, measured like those of the blended score, whose formula is used as it
is, but for the classifier. Where the message is in another language than the entries, the letters
say nothing: tfidf is left out, the rest weighs as much as all did, and the scale is another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain import Hit, base_language
from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.vector_cache import KeptVectors
from bot.matching.index import IN_MEMORY, Indexes, PhrasingVectors, Rows, VectorIndex, make_index
from bot.matching.score import blended, fit, ranker
from bot.matching.score.blended import BlendedEntries, Fit
from bot.matching.score.fit import fit_second
from bot.matching.score.measured import Measured, carried_over, fit_arrays, fit_of, scale_of
from bot.matching.score.ranker import MAX_HITS, Match, Read, Scale, Terms
from bot.matching.score.tfidf import TfidfIndex
from bot.matching.score.wordings import OddWords, Wordings

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class LanguageFit:
    """What is measured on the entries of one language.

    Attributes:
        fit: its scale is that of messages in the same language.
        foreign: the scale of messages in another one.
        is_carried_over: it was measured on entries much like these.
    """

    fit: Fit
    foreign: Scale
    is_carried_over: bool = False


def _of_rows(wordings: Wordings, kept: KeptVectors, rows: Rows) -> PhrasingVectors:
    """Some of the wordings and their vectors."""
    return wordings.embedded(kept.vectors).of(rows.tolist())


class FitCache:
    """One file, with what was measured on each language of an FAQ.

    Args:
        content: fingerprint of the FAQ and settings that the measurements depend on.
    """

    def __init__(self, path: Path, content: str) -> None:
        self._path = path
        self._fingerprint = f"{_FORMAT}:{content}:{_rules()}"

    def load(self, languages: Sequence[str]) -> Mapping[str, LanguageFit] | None:
        """What was saved; None where there is nothing, or it is damaged or of something else."""
        return load_arrays(self._path, self._fingerprint, partial(_read, languages))

    def save(self, measured: Mapping[str, LanguageFit]) -> None:
        """Save, whole or not at all."""
        arrays: dict[str, NDArray[Any]] = {}
        for language, its in measured.items():
            arrays |= fit_arrays(its.fit, f"{language} ")
            arrays[f"{language} foreign"] = np.array(astuple(its.foreign))
        save_arrays(self._path, self._fingerprint, arrays)


def _rules() -> str:
    """What the measurements follow beside the FAQ; where that changed, they are made anew."""
    weights = (blended.BEST_PHRASING, blended.CENTROID, blended.TFIDF, blended.MARGIN)
    scales = (fit.FIXED_SECOND, fit.FIXED_FOREIGN, ranker.SHRINKAGE)
    percentiles = (ranker.FOLLOW_UP_PERCENTILE, ranker.ANSWER_PERCENTILE, ranker.ABOVE_MEDIAN)
    foreign = (fit.FOREIGN_PERCENTILE, fit.SECOND_ABOVE_MEDIAN)
    return repr((*weights, blended.NEAREST, fit.NEIGHBOURS, *scales, *percentiles, *foreign))


def _read(languages: Sequence[str], arrays: Arrays) -> Mapping[str, LanguageFit]:
    return {
        language: LanguageFit(
            fit_of(arrays, f"{language} "), scale_of(arrays[f"{language} foreign"])
        )
        for language in languages
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Language:
    """The entries of one language, before they are measured.

    Attributes:
        wordings: theirs; see `Wordings`.
        again: gives them and their vectors.
    """

    wordings: Sequence[tuple[str, str, str]]
    again: Callable[[], PhrasingVectors]
    index: VectorIndex
    tfidf: TfidfIndex

    def measure(self, *, is_index_elsewhere: bool) -> LanguageFit:
        """Measure it anew; through an index of this process, where its own is elsewhere."""
        faq = self.again()
        index = make_index(faq.vectors) if is_index_elsewhere else self.index
        return LanguageFit(*fit_second(faq.vectors, faq.numbered[1], index, self.tfidf))

    def rows(self) -> list[tuple[str, str]]:
        """See `PhrasingVectors.rows`."""
        return [(entry_id, text) for entry_id, _, text in self.wordings]

    def carry_over(
        self, then: _Language, measured: LanguageFit, *, serves_any: bool
    ) -> LanguageFit | None:
        """Measurements of what it was before; None where too much of it has changed.

        Args:
            serves_any: see `Measured`.
        """
        old = Measured(measured.fit, measured.foreign, then.rows(), serves_any=serves_any)
        if not old.serves(self.rows()):
            return None
        found = carried_over(old, self.again())
        if found.fit is None:
            return None
        return LanguageFit(found.fit, measured.foreign, is_carried_over=True)


class MultilingualRanker:
    """A `Ranker` of messages whose language is known.

    Args:
        wordings: all phrasings.
        kept: their vectors, by the second encoder.
        languages: of each entry, without region or script.
        main: the language of most.
        fits: keeps what is measured for the next start.
        odd: finds the one word that differs, by the vectors of the second encoder.
        before: of an FAQ much like this one, whose measurements may serve for now.
        measures: only those of languages in which nothing changed may.
        indexes: where the phrasings are searched.
    Attributes:
        measured: by language.
        is_carried_over: some of it was measured on the FAQ before.
        serves_any: see `Measured`.
    """

    def __init__(
        self,
        wordings: Wordings,
        kept: KeptVectors,
        languages: Mapping[str, str],
        main: str,
        fits: FitCache,
        odd: OddWords,
        before: MultilingualRanker | None = None,
        *,
        measures: bool = False,
        indexes: Indexes = IN_MEMORY,
    ) -> None:
        self.serves_any = False
        self._indexes = indexes
        self._spoken = languages
        self._main = main
        self._wordings = wordings
        self.odd = odd
        spoken = np.array([languages[entry_id] for entry_id in wordings.entry_ids])
        names = sorted(set(spoken.tolist()))
        self._languages: dict[str, _Language] = {}
        new: dict[str, PhrasingVectors] = {}
        for name in names:
            rows = np.flatnonzero(spoken == name)
            theirs = [wordings.rows[row] for row in rows.tolist()]
            then = None if before is None else before._languages.get(name)
            if then is None or then.wordings != theirs:
                again = partial(_of_rows, wordings, kept, rows)
                new[name] = again()
                index = indexes.make(f"{kept.fingerprint} {name}", new[name], again)
                then = _Language(theirs, again, index, TfidfIndex(wordings.grams.of(rows)))
            self._languages[name] = then
        self.measured = fits.load(names) or self._measure(before, fits, measures=measures)
        self.is_carried_over = any(one.is_carried_over for one in self.measured.values())
        self._entries = {
            name: BlendedEntries(
                new[name] if name in new else its.again(),
                *(its.index, its.tfidf, self.measured[name].fit),
            )
            for name, its in self._languages.items()
        }
        self._foreign = {
            name: frozenset(one for one, language in languages.items() if language != name)
            for name in names
        }

    def _measure(
        self, before: MultilingualRanker | None, fits: FitCache, *, measures: bool
    ) -> Mapping[str, LanguageFit]:
        """Measure each language, unless what is known of it serves."""
        found = {}
        for name, its in self._languages.items():
            known = None if before is None else before.measured.get(name)
            if before is not None and known is not None:
                then = before._languages[name]
                if its is not then:
                    known = its.carry_over(then, known, serves_any=before.serves_any)
                known = None if measures and known and known.is_carried_over else known
            elsewhere = self._indexes.are_elsewhere
            found[name] = known or its.measure(is_index_elsewhere=elsewhere)
        if not any(one.is_carried_over for one in found.values()):
            fits.save(found)
        return found

    def has(self, language: str) -> bool:
        """Whether there are entries in a language."""
        return base_language(language) in self._foreign

    def foreign_among(self, entries: Iterable[str], language: str) -> frozenset[str]:
        """Which of some entries are in another language."""
        spoken = base_language(language)
        return frozenset(one for one in entries if self._spoken[one] != spoken)

    def foreign_to(self, language: str) -> frozenset[str]:
        """The ids of entries that give way to others for a message in a language.

        Those in its language come first; where there are none, those in the language of most.
        """
        return self._foreign.get(base_language(language), self._foreign[self._main])

    def prepare(self, text: str) -> Read:
        """Leave out what says nothing of the question; see `Ranker.prepare`."""
        plain, typed, left_out = self._wordings.plain(text)
        return Read(plain, remarks=left_out, typed=typed)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        """Rank the entries; see `Ranker.rank`.

        Args:
            read: its language is known.
        """
        assert read.vector is not None and read.language is not None  # noqa: S101, PT018
        spoken = base_language(read.language)
        found: list[tuple[Hit, str]] = []
        cosine, terms = 0.0, dict[str, Terms]()
        for name, entries in self._entries.items():
            text, scale = None, self.measured[name].foreign
            if name == spoken:
                text, scale = read.text, entries.scale
            its = entries.hits(read.vector, text, scale, without)
            found += ((hit, name) for hit in its.hits)
            cosine, terms = max(cosine, its.cosine), {**terms, **its.terms}
        found.sort(key=lambda one: (-one[0].score, one[0].entry_id))
        hits = tuple(hit for hit, _ in found[:MAX_HITS])
        match = Match(hits, text=read.text, typed=read.typed, by_meaning=True, cosine=cosine)
        match = replace(match, terms=terms)
        if found:
            best, name = found[0]
            close = self._entries[name].close(best.entry_id, read.vector)
            odd = None  # between languages every word differs
            if name == spoken:
                odd = self.odd.find(read.text, best.entry_id, close)
            match = replace(match, close=close, odd=odd)
        return self._wordings.preferred(match, without)
