"""policy.lock: what the thresholds were tuned on, so that the bot can say when that has changed.

It stands beside config.yaml and is written by `tune --write`. Nobody needs to edit it; deleting it
makes the bot forget that it was tuned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.domain import Faq, Thresholds
from bot.files.atomic import write_whole
from bot.files.config import Settings, decisive
from bot.tuning.labels.labelled import Label

_FORMAT = 1
_DAMAGED = "not in the form this bot writes"
_MODE = 0o644  # it holds nothing secret, and whoever tunes is often not who runs the bot


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a score becomes a confidence: 1 / (1 + exp(-(slope · score + intercept))).

    Attributes:
        slope: larger than 0.
        labels: how many it was fitted to.
    """

    slope: float
    intercept: float
    labels: int

    def confidence(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """How probably an entry of such a score is the one asked for, 0 to 1; any shape."""
        margins = self.slope * np.asarray(scores, np.float64) + self.intercept
        return np.asarray(1 / (1 + np.exp(-margins)))

    def of(self, score: float) -> float:
        """The confidence of one score."""
        return float(self.confidence(np.array(score)))


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


@dataclass(frozen=True, slots=True)
class PolicyLock:
    """What `tune --write` found.

    Attributes:
        max_wrong: the promise: of all messages, the share that may be answered wrongly.
        max_follow_up: of all messages, the share that may be asked back; None: no limit.
        labels: how many there were; 0 where the thresholds come from the FAQ alone.
        labels_hash: of all of them, whatever their order.
    """

    thresholds: Thresholds
    max_wrong: float
    max_follow_up: float | None
    confidence: float
    proven: bool
    labels: int
    labels_hash: str
    fingerprints: Fingerprints
    calibration: Calibration | None

    def drift(self, now: Thresholds, fingerprints: Fingerprints) -> str | None:
        """One line on what differs from what was tuned on; None where nothing does."""
        changed = []
        if now != self.thresholds:
            was = f"{self.thresholds.answer:g}/{self.thresholds.follow_up:g}"
            changed.append(f"the thresholds ({was} then, {now.answer:g}/{now.follow_up:g} now)")
        for part, name in (("model", "the model"), ("faq", "the FAQ"), ("settings", "settings")):
            if getattr(fingerprints, part) != getattr(self.fingerprints, part):
                changed.append(name)
        if not changed:
            return None
        what = ", ".join(changed[:-1]) + (" and " if len(changed) > 1 else "") + changed[-1]
        how = "LABELLED --write" if self.labels else "--write --unproven"
        return (
            f"Changed since the thresholds were tuned: {what}. What they promised then may no "
            f"longer hold. To tune again: python -m bot tune {how}"
        )

    def calibration_for(self, fingerprints: Fingerprints) -> Calibration | None:
        """The calibration, where scores still mean what they meant; else None."""
        return self.calibration if fingerprints == self.fingerprints else None


def fingerprints_of(settings: Settings, faq: Faq, model_fingerprint: str) -> Fingerprints:
    """What scores depend on, whatever the order and place of entries.

    A line that an entry leaves to the shared ones is no part of the FAQ.
    """
    shared = settings.thresholds
    entries = sorted(
        (e.id, sorted(e.wordings), repr(_own(e.thresholds, shared)), e.lang) for e in faq.entries
    )
    settled = {name: value for name, value in decisive(settings).items() if name != "thresholds"}
    return Fingerprints(
        model=_digest(model_fingerprint),
        faq=_digest(repr(entries)),
        settings=_digest(repr(tuple(settled.values()))),
    )


def _own(lines: Thresholds | None, shared: Thresholds) -> tuple[float | None, float | None]:
    """An entry's answer and follow-up line, each None where it is the shared one."""
    own = shared if lines is None else lines
    return (
        None if own.answer == shared.answer else own.answer,
        None if own.follow_up == shared.follow_up else own.follow_up,
    )


def labels_hash(labels: Sequence[Label]) -> str:
    """Of labels, whatever their order and files."""
    return _digest(
        repr(sorted((label.text, label.expected or "", label.language or "") for label in labels))
    )


def save_lock(path: Path, lock: PolicyLock) -> None:
    """Write it, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps({"format": _FORMAT, **asdict(lock)}, indent=1, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode(), mode=_MODE)


def load_lock(path: Path) -> PolicyLock | None:
    """Read it; None where there is none.

    Raises:
        ValueError: it is damaged, or of another version of this program.
    """
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
        raise ValueError(_DAMAGED) from error
    try:
        if record.pop("format") != _FORMAT:
            raise ValueError("of another version")
        calibration = record.pop("calibration")
        return PolicyLock(
            thresholds=Thresholds(**record.pop("thresholds")),
            fingerprints=Fingerprints(**record.pop("fingerprints")),
            calibration=None if calibration is None else Calibration(**calibration),
            **record,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(_DAMAGED) from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
