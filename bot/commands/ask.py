"""`ask`: what the bot would do with a text, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from bot.commands.options import FINE, load_files
from bot.domain import Decision, Faq

if TYPE_CHECKING:
    from bot.matching.decide.confidence import Calibration

HELP = "decide on one text, or on each line of standard input"
DESCRIPTION = (
    "Show what the bot would do with a text, and why; without a text, with each line of standard "
    "input."
)
_MAX_BATCH = 64
_MAX_ANSWER_LINES = 6


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("text", nargs="?", help="one utterance")
    parser.add_argument("--json", action="store_true", help="JSON Lines, for machines")


def run(options: argparse.Namespace) -> int:
    """Print one decision per utterance."""
    settings, faq = load_files(options)
    from bot.matching.build import build_matcher

    matcher = build_matcher(settings, faq)
    if options.text is None:
        batches = ready_lines(open(sys.stdin.fileno(), "rb", closefd=False))  # noqa: SIM115
    else:
        batches = iter([[options.text]])
    for texts in batches:
        for text, decision in zip(texts, matcher.decide_all(texts), strict=True):
            print(
                as_json(text, decision, matcher.calibration)
                if options.json
                else as_text(text, decision, faq, matcher.calibration)
            )
        sys.stdout.flush()
    return FINE


class _Readable(Protocol):
    def read1(self, size: int, /) -> bytes: ...


def ready_lines(stream: _Readable) -> Iterator[list[str]]:
    """Lines of UTF-8 as they arrive, in batches of what is there already.

    So a program that writes one line and waits gets its answer at once, and a file is read in
    large batches. A last line without an end counts.
    """
    rest = b""
    while chunk := stream.read1(1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        for start in range(0, len(lines), _MAX_BATCH):
            yield [_decode(line) for line in lines[start : start + _MAX_BATCH]]
    if rest:
        yield [_decode(rest)]


def _decode(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")


def as_json(text: str, decision: Decision, calibration: Calibration | None = None) -> str:
    """One line of JSON.

    "raw" is a score before it was put on the FAQ's own scale (null with `score: cosine`), "parts"
    lists the answers and follow-ups of a message that was answered in parts. With a calibration,
    "confidence" is how probably the best entry is the one asked for, 0 to 1; null where nothing
    could be compared.

    Args:
        calibration: of the bot's scores, where it has one.
    """
    best = decision.best
    row = {
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
    if calibration is not None:
        row["confidence"] = None if best is None else round(calibration.of(best.score), 4)
    if decision.parts:
        row["parts"] = [
            {"action": part.action.value, "entry": part.entry_id, "score": part.score}
            for part in decision.parts
        ]
    return json.dumps(row, ensure_ascii=False)


def as_text(text: str, decision: Decision, faq: Faq, calibration: Calibration | None = None) -> str:
    """A few lines for a person: what would happen, why, and what came close."""
    lines = [f"{decision.action.value.replace('_', '-')}: {decision.reason}"]
    if calibration is not None and decision.best is not None:
        confidence = f"{100 * calibration.of(decision.best.score):.0f} %"
        lines.append(f"  confidence {confidence} that {decision.best.entry_id} is asked for")
    lines += [f"  {hit.score:.4f}  {hit.entry_id}  “{hit.phrasing}”" for hit in decision.candidates]
    for answer in decision.answers:
        lines += _beginning(faq, answer)
    return "\n".join([f"“{' '.join(text.split())}”", *lines, ""])


def _beginning(faq: Faq, decision: Decision) -> list[str]:
    """The first lines of the entry's answer."""
    from bot.formatting import plain

    answer = plain(faq.by_id[str(decision.entry_id)].answer).split("\n")
    shown = answer if len(answer) <= _MAX_ANSWER_LINES else [*answer[:_MAX_ANSWER_LINES], "…"]
    return [f"  | {line}" for line in shown]
