"""The scale of an FAQ as a small text file, for whoever wants to see it without loading a model."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.domain import Faq
from bot.files.atomic import write_whole
from bot.files.config import Score, Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScaleRecord:
    """What a start measured.

    Attributes:
        content: fingerprint of the FAQ and settings it was measured with.
        follow_up: the raw score that becomes 0.60.
        answer: the raw score that becomes 0.75.
        impostors: phrasings it was measured on.
        head: whether the classifier helps, so that it is used.
    """

    content: str
    follow_up: float
    answer: float
    impostors: int
    head: bool

    def __str__(self) -> str:
        how = "with the classifier" if self.head else "without the classifier"
        return (
            f"Scale of this FAQ: a raw score of {self.follow_up:.3f} becomes 0.60 and "
            f"{self.answer:.3f} becomes 0.75, measured on {self.impostors} phrasings, {how}."
        )


def content_of(settings: Settings, faq: Faq) -> str:
    """A fingerprint of what the scale depends on, as far as it stands in files people write."""
    entries = sorted((entry.id, entry.wordings) for entry in faq.entries)
    parts = (settings.model, settings.score, settings.head, settings.synonyms, entries)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def save_record(settings: Settings, record: ScaleRecord) -> None:
    """Save it unless it stands there already; a folder that cannot be written costs nothing."""
    if load_record(settings, record.content) == record:
        return
    try:
        write_whole(_path(settings), json.dumps(asdict(record), indent=1).encode())
    except OSError as error:
        logger.debug("the scale is not kept: %s", error)


def load_record(settings: Settings, content: str) -> ScaleRecord | None:
    """The record; None where there is none, or it is of something else or damaged."""
    try:
        record = ScaleRecord(**json.loads(_path(settings).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.content == content else None


def describe_scale(settings: Settings, faq: Faq) -> str:
    """One line on the scale, for `check`."""
    if settings.score is Score.COSINE:
        return "Scale: none, scores are plain cosines."
    record = load_record(settings, content_of(settings, faq))
    return "Scale: measured at the next start." if record is None else str(record)


def _path(settings: Settings) -> Path:
    name = hashlib.sha256(f"{settings.faq.resolve()}\0{settings.model}".encode()).hexdigest()[:16]
    return settings.cache / f"scale-{name}.json"
