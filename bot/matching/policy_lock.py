"""policy.lock: what the thresholds were tuned on, so that the bot can say when that has changed.

It stands beside config.yaml and is written by `tune --write`. Nobody needs to edit it; deleting it
makes the bot forget that it was tuned.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.domain import Thresholds
from bot.files.atomic import write_whole
from bot.matching.decide.confidence import Calibration
from bot.matching.fingerprint import Fingerprints
from bot.matching.traffic import Traffic

_FORMAT = 1
_DAMAGED = "not in the form this bot writes"
_MODE = 0o644  # it holds nothing secret, and whoever tunes is often not who runs the bot


@dataclass(frozen=True, slots=True)
class PolicyLock:
    """What `tune --write` found.

    Attributes:
        max_wrong: the promise: of all messages, the share that may be answered wrongly.
        max_follow_up: of all messages, the share that may be asked back; None: no limit.
        labels: how many there were; 0 where the thresholds come from the FAQ alone.
        labels_hash: of all of them, whatever their order.
        max_wrong_shown: of all messages, the share that may be shown a wrong answer, firm or
            tentative; None where nothing is answered tentatively, and in locks of versions that
            did not do so.
        traffic: the messages it was tuned on, counted; None where that was the FAQ alone, and in
            locks of versions that did not count them.
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
    max_wrong_shown: float | None = None
    traffic: Traffic | None = None

    def stale(self, now: Thresholds, fingerprints: Fingerprints) -> str | None:
        """One line on what differs from what was tuned on; None where nothing does."""
        changed = []
        if now != self.thresholds:
            changed.append(f"the thresholds ({_told(self.thresholds)} then, {_told(now)} now)")
        for part, name in (
            *(("model", "the model"), ("faq", "the FAQ"), ("settings", "settings")),
            ("scale", "what scores mean in this version of the bot"),
        ):
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


def _told(lines: Thresholds) -> str:
    values = (lines.answer, lines.tentative, lines.follow_up)
    return "/".join(f"{value:g}" for value in values if value is not None)


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
        calibration, traffic = record.pop("calibration"), record.pop("traffic", None)
        return PolicyLock(
            thresholds=Thresholds(**record.pop("thresholds")),
            fingerprints=Fingerprints(**record.pop("fingerprints")),
            calibration=None if calibration is None else Calibration(**calibration),
            traffic=None if traffic is None else Traffic.read(traffic),
            **record,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(_DAMAGED) from error
