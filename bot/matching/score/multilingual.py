"""The ranker over the second encoder, for messages in languages that the first cannot read.

Entries are compared with those of their own language only: an FAQ in two languages says most things
twice, and the two versions of an entry would stand in each other's way. Each language has its own
hubness, centroids and scales, measured like those of the blended score, whose formula is used as it
is, but for the classifier. Where the message is in another language than the entries, the letters
say nothing: tfidf is left out, the rest weighs as much as all did, and the scale is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from bot.domain import Hit, base_language
from bot.matching.arrays import Arrays, load_arrays, save_arrays
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors, Rows, VectorIndex, make_index
from bot.matching.score import blended, fit, ranker
from bot.matching.score.blended import CLOSE, BlendedScorer, EntryScore, Fit
from bot.matching.score.fit import fit_second
from bot.matching.score.measured import Measured, carried_over, scale_of
from bot.matching.score.odd_word import OddWords
from bot.matching.score.ranker import MAX_HITS, SCORE_DIGITS, Match, Read, Scale
from bot.matching.score.tfidf import Grams, TfidfIndex, TfidfQuery
from bot.matching.score.wordings import Wordings

_FORMAT = 1
_MAX_CLOSE = 10


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
        arrays = {}
        for language, its in measured.items():
            arrays[f"{language} hubness"] = its.fit.hubness
            arrays[f"{language} centroids"] = its.fit.centroids
            arrays[f"{language} scale"] = np.array(astuple(its.fit.scale))
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
            Fit(
                arrays[f"{language} hubness"],
                arrays[f"{language} centroids"],
                None,
                scale_of(arrays[f"{language} scale"]),
            ),
            scale_of(arrays[f"{language} foreign"]),
        )
        for language in languages
    }


class _Language:
    """The entries of one language.

    Args:
        wordings: theirs; see `Wordings`.
    """

    def __init__(
        self, wordings: Sequence[tuple[str, str, str]], faq: PhrasingVectors, grams: Grams
    ) -> None:
        self.wordings = wordings
        self.faq = faq
        self.entry_ids, self.owners = faq.numbered()
        self.index: VectorIndex = make_index(faq.vectors)
        self.tfidf = TfidfIndex(grams)
        self.rows_of: dict[str, list[int]] = {}
        for row, entry_id in enumerate(faq.entry_ids):
            self.rows_of.setdefault(entry_id, []).append(row)
        self._numbers = {entry_id: number for number, entry_id in enumerate(self.entry_ids)}

    def measure(self) -> LanguageFit:
        """Measure it anew."""
        return LanguageFit(*fit_second(self.faq.vectors, self.owners, self.index, self.tfidf))

    def carry_over(
        self, then: _Language, measured: LanguageFit, *, serves_any: bool
    ) -> LanguageFit | None:
        """Measurements of what it was before; None where too much of it has changed.

        Args:
            serves_any: see `Measured`.
        """
        before = then.faq.rows()
        old = Measured(measured.fit, measured.foreign, before, serves_any=serves_any)
        if not old.serves(self.faq.rows()):
            return None
        found = carried_over(old, self.faq)
        if found.fit is None:
            return None
        return LanguageFit(found.fit, measured.foreign, is_carried_over=True)

    def numbered(self, entries: frozenset[str]) -> Rows:
        """The numbers of those entries that are among these."""
        numbers = [self._numbers[one] for one in entries if one in self._numbers]
        return np.array(numbers, np.int64)

    def close(self, entry_id: str, vector: Vectors) -> tuple[str, ...]:
        """The phrasings of an entry that come about as close as its nearest, nearest first."""
        rows = np.array(self.rows_of[entry_id])
        cosines = self.faq.vectors[rows] @ vector
        order = np.argsort(-cosines, kind="stable")[:_MAX_CLOSE]
        near = [row for row in order.tolist() if cosines[row] > cosines[order[0]] - CLOSE]
        return tuple(self.faq.texts[rows[row]] for row in near)


class MultilingualRanker:
    """A `Ranker` of messages whose language is known.

    Args:
        wordings: all phrasings.
        vectors: of them, by the second encoder.
        languages: of each entry, without region or script.
        main: the language of most.
        fits: keeps what is measured for the next start.
        odd: finds the one word that differs, by the vectors of the second encoder.
        before: of an FAQ much like this one, whose measurements may serve for now.
        measures: only those of languages in which nothing changed may.
    Attributes:
        measured: by language.
        is_carried_over: some of it was measured on the FAQ before.
        serves_any: see `Measured`.
    """

    def __init__(
        self,
        wordings: Wordings,
        vectors: Vectors,
        languages: Mapping[str, str],
        main: str,
        fits: FitCache,
        odd: OddWords,
        before: MultilingualRanker | None = None,
        *,
        measures: bool = False,
    ) -> None:
        self.serves_any = False
        self._spoken = languages
        self._main = main
        self._wordings = wordings
        self.odd = odd
        faq = wordings.embedded(vectors)
        spoken = np.array([languages[entry_id] for entry_id in faq.entry_ids])
        names = sorted(set(spoken.tolist()))
        self._languages: dict[str, _Language] = {}
        for name in names:
            rows = np.flatnonzero(spoken == name)
            theirs = [wordings.rows[row] for row in rows.tolist()]
            then = None if before is None else before._languages.get(name)
            if then is None or then.wordings != theirs:
                then = _Language(theirs, faq.of(rows.tolist()), wordings.grams.of(rows))
            self._languages[name] = then
        self.measured = fits.load(names) or self._measure(before, fits, measures=measures)
        self.is_carried_over = any(one.is_carried_over for one in self.measured.values())
        self._scorers = {
            name: BlendedScorer(its.owners, its.index, its.tfidf, self.measured[name].fit)
            for name, its in self._languages.items()
        }
        self._foreign = {
            name: frozenset(one for one, language in languages.items() if language != name)
            for name in names
        }
        self._left_out: dict[tuple[str, frozenset[str]], Rows | None] = {}

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
            found[name] = known or its.measure()
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
        found: list[tuple[Hit, str]] = []
        cosine = 0.0
        for name in self._languages:
            its_hits, its_cosine = self._hits(name, read, without)
            found += ((hit, name) for hit in its_hits)
            cosine = max(cosine, its_cosine)
        found.sort(key=lambda one: (-one[0].score, one[0].entry_id))
        hits = tuple(hit for hit, _ in found[:MAX_HITS])
        match = Match(hits, text=read.text, typed=read.typed, by_meaning=True, cosine=cosine)
        if found:
            best, name = found[0]
            close = self._languages[name].close(best.entry_id, read.vector)
            odd = None  # between languages every word differs
            if name == base_language(read.language):
                odd = self.odd.find(read.text, best.entry_id, close)
            match = replace(match, close=close, odd=odd)
        return self._wordings.preferred(match, without)

    def _hits(self, name: str, read: Read, without: frozenset[str]) -> tuple[list[Hit], float]:
        """The best entries of one language, and the cosine of the nearest phrasing."""
        its, scorer, measured = self._languages[name], self._scorers[name], self.measured[name]
        gone = self._numbered(name, without)
        if gone is not None and len(gone) == len(its.entry_ids):
            return [], 0.0
        query: TfidfQuery | None = None
        scale = measured.foreign
        if name == base_language(str(read.language)):
            query, scale = its.tfidf.query(read.text), measured.fit.scale
        assert read.vector is not None  # noqa: S101
        scores = scorer.score(read.vector, query, gone)
        cosine = max((score.cosine for score in scores), default=0.0)
        return [self._hit(its, score, scale) for score in scores], cosine

    def _numbered(self, name: str, without: frozenset[str]) -> Rows | None:
        """What the scorer of a language is to leave out; None for nothing."""
        if (name, without) not in self._left_out:
            numbers = self._languages[name].numbered(without)
            self._left_out[name, without] = numbers if len(numbers) else None
        return self._left_out[name, without]

    def _hit(self, its: _Language, score: EntryScore, scale: Scale) -> Hit:
        return Hit(
            entry_id=its.entry_ids[score.entry],
            score=round(scale.mapped(score.raw), SCORE_DIGITS),
            phrasing=its.faq.phrasings[score.row],
            raw=round(score.raw, SCORE_DIGITS),
        )
