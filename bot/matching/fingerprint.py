"""The one list of what decides, and every fingerprint that is made of it.

Whatever is kept (a decision, a cache, policy.lock) carries one of these. Which settings change
decisions says the table of keys in `bot.files.config.settings`; one that changes what is measured
must stand in `of_measurements` too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.domain import Faq, FaqEntry, Thresholds
from bot.files.config.settings import Score, Settings, decisive
from bot.matching.score.measured import rules_of_scale

_REMEMBERED = 16_384  # answers


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a score depends on, each part by itself.

    Attributes:
        model: of the weights.
        faq: of ids, wordings, languages and entries' own thresholds.
        settings: of what else decides, without the shared thresholds.
        scale: of the rules by which scores are put on the FAQ's scale; "" in what was kept before
            these counted, and with plain cosines, which have no scale.
    """

    model: str
    faq: str
    settings: str
    scale: str = ""


def of_decisions(settings: Settings, faq: Faq, model_fingerprint: str) -> str:
    """Of all that a decision depends on, whatever the order and place of entries.

    Of an answer the words are, whatever their order: a message's word that stands there is no
    typing error, is covered, and may find the entry. How the model is run is no part of it, as that
    gives the same decisions; where weights are rounded, the model has another fingerprint.
    """
    entries = sorted(
        (entry.id, entry.wordings, repr(entry.thresholds), entry.lang, *_translated(entry))
        for entry in faq.entries
    )
    answers = ", ".join(
        f"({entry.id!r}, {_words_of(entry.answer_texts)})"
        for entry in sorted(faq.entries, key=lambda entry: entry.id)
    )
    everything = [*map(repr, (*decisive(settings).values(), entries)), f"[{answers}]"]
    return _digest(model_fingerprint, f"({', '.join(everything)})")[:12]


@lru_cache(_REMEMBERED)
def _words_of(texts: tuple[str, ...]) -> str:
    """The words of texts, each once, in the order and the form in which they are hashed."""
    return repr(sorted({word for text in texts for word in re.findall(r"\w+", text.casefold())}))


def of_provisional(fingerprint: str, before: str) -> str:
    """Of what decides as `fingerprint` says, but with the measurements of what decided before."""
    return _digest(fingerprint, before)[:12]


def of_scores(settings: Settings, faq: Faq, model_fingerprint: str) -> Fingerprints:
    """What scores depend on, part by part; it stays the same while only thresholds change.

    A line that an entry leaves to the shared ones is no part of the FAQ.
    """
    shared = settings.thresholds
    entries = sorted(
        (e.id, sorted(e.wordings), repr(_own(e.thresholds, shared)), e.lang, *_translated(e))
        for e in faq.entries
    )
    others = {name: value for name, value in decisive(settings).items() if name != "thresholds"}
    return Fingerprints(
        model=of_text(model_fingerprint),
        faq=of_text(repr(entries)),
        settings=of_text(repr(tuple(others.values()))),
        scale="" if settings.score is Score.COSINE else of_text(rules_of_scale()),
    )


def of_measurements(
    settings: Settings,
    rows: Sequence[tuple[str, str, str]],
    translated: Set[tuple[str, str]] = frozenset(),
) -> str:
    """Of what the blended score measures on an FAQ, beside the weights of the model.

    Args:
        rows: entry id, wording and cleaned wording of each phrasing.
        translated: entry id and wording of those that are translations.
    """
    return _digest(settings.model, repr((settings.head, list(rows), sorted(translated))))


def of_languages(rows: Sequence[tuple[str, str, str]], languages: Mapping[str, str]) -> str:
    """Of what the second encoder's ranker measures on an FAQ, beside its weights.

    Args:
        rows: see `of_measurements`.
        languages: of each entry.
    """
    return _digest(repr([(*row, languages[row[0]]) for row in rows]))


def cache_name(faq: Path, model: str) -> str:
    """What tells apart the cache files of several FAQs and models in one folder.

    Args:
        model: its name or its fingerprint.
    """
    return _digest(str(faq.resolve()), model)[:16]


def of_text(text: str) -> str:
    """Of any text, 16 characters."""
    return _digest(text)[:16]


def _translated(entry: FaqEntry) -> list[tuple[str, str]]:
    return sorted((each.lang, each.question) for each in entry.translations)


def _own(lines: Thresholds | None, shared: Thresholds) -> tuple[float | None, float | None]:
    """An entry's answer and follow-up line, each None where it is the shared one."""
    own = shared if lines is None else lines
    return (
        None if own.answer == shared.answer else own.answer,
        None if own.follow_up == shared.follow_up else own.follow_up,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
