"""The one list of what decides, and every fingerprint that is made of it.

Whatever is kept (a decision, a cache, policy.lock) carries one of these. A setting that changes
decisions must stand in `_settings`, and in `measurements` if it changes what is measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Faq, Thresholds
from bot.files.config import Settings


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What a score depends on, each part by itself.

    Attributes:
        model: of the weights.
        faq: of ids, wordings, languages and entries' own thresholds.
        settings: of what else decides, without the two shared thresholds.
    """

    model: str
    faq: str
    settings: str


def of_decisions(settings: Settings, faq: Faq, model_fingerprint: str) -> str:
    """Of all that a decision depends on, whatever the order and place of entries.

    How the model is run is no part of it: every encoder gives the same decisions.
    """
    entries = sorted(
        (entry.id, entry.wordings, repr(entry.thresholds), entry.lang) for entry in faq.entries
    )
    decisive = (
        *(settings.score.value, settings.head, settings.thresholds),
        *(settings.follow_up_choices, settings.synonyms, entries),
    )
    return _digest(model_fingerprint, repr(decisive))[:12]


def of_provisional(fingerprint: str, before: str) -> str:
    """Of what decides as `fingerprint` says, but with the measurements of what decided before."""
    return _digest(fingerprint, before)[:12]


def of_scores(settings: Settings, faq: Faq, model_fingerprint: str) -> Fingerprints:
    """What scores depend on, part by part; it stays the same while only thresholds change.

    A line that an entry leaves to the shared ones is no part of the FAQ.
    """
    shared = settings.thresholds
    entries = sorted(
        (e.id, sorted(e.wordings), repr(_own(e.thresholds, shared)), e.lang) for e in faq.entries
    )
    decisive = (
        *(settings.score.value, settings.head),
        *(settings.follow_up_choices, settings.synonyms),
    )
    return Fingerprints(
        model=of_text(model_fingerprint),
        faq=of_text(repr(entries)),
        settings=of_text(repr(decisive)),
    )


def of_measurements(
    rows: Sequence[tuple[str, str]], texts: Sequence[str], model_fingerprint: str, *, use_head: bool
) -> str:
    """Of what the blended score measures on an FAQ.

    Args:
        rows: entry id and wording of each phrasing; `texts` has the cleaned wordings.
    """
    content = _digest(model_fingerprint, repr(list(zip(rows, texts, strict=True))))
    return f"{content}:{use_head}"


def cache_name(faq: Path, model_fingerprint: str) -> str:
    """What tells apart the cache files of several FAQs and models in one folder."""
    return _digest(str(faq.resolve()), model_fingerprint)[:16]


def of_text(text: str) -> str:
    """Of any text, 16 characters."""
    return _digest(text)[:16]


def _own(lines: Thresholds | None, shared: Thresholds) -> tuple[float | None, float | None]:
    """An entry's answer and follow-up line, each None where it is the shared one."""
    own = shared if lines is None else lines
    return (
        None if own.answer == shared.answer else own.answer,
        None if own.follow_up == shared.follow_up else own.follow_up,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
