"""A decision as machines read it: what `ask --json` prints, and what the API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Decision

if TYPE_CHECKING:
    from bot.matching.decide.confidence import Calibration


def decision_row(
    text: str, decision: Decision, calibration: Calibration | None = None
) -> dict[str, object]:
    """A decision by names.

    "raw" is a score before it was put on the FAQ's own scale (null with `score: cosine`), "parts"
    lists the answers and follow-ups of a message that was answered in parts, "tentative" is there,
    and true, where the first candidate's answer is shown as what was probably meant, and
    "small_talk" where a message asks nothing: of which kind it is; "unavailable", and true, where
    the encoder or the index does not serve. With a calibration, "confidence" is how probably the
    best entry is the one asked for, 0 to 1; null where nothing could be compared.

    Args:
        calibration: of the bot's scores, where it has one.
    """
    best = decision.best
    row: dict[str, object] = {
        "text": text,
        "action": decision.action.value,
        "entry": decision.entry_id,
        "score": decision.score,
        "raw": None if best is None else best.raw,
        "candidates": [
            {"entry": hit.entry_id, "score": hit.score, "raw": hit.raw, "phrasing": hit.phrasing}
            for hit in decision.candidates
        ],
        "reason": decision.reason,
    }
    if decision.tentative:
        row["tentative"] = True
    if decision.small_talk is not None:
        row["small_talk"] = decision.small_talk
    if decision.unavailable:
        row["unavailable"] = True
    if calibration is not None:
        row["confidence"] = None if best is None else round(calibration.of(best.score), 4)
    if decision.parts:
        row["parts"] = [
            {"action": part.action.value, "entry": part.entry_id, "score": part.score}
            for part in decision.parts
        ]
    return row
