"""`ask`: what the bot would do with a text, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from bot.commands.options import FINE, load_files
from bot.domain import Decision, Faq
from bot.matching.decide.as_json import decision_row

if TYPE_CHECKING:
    from bot.files.config.settings import Settings
    from bot.matching.decide.confidence import Calibration
    from bot.matching.index import Indexes

HELP = "decide on one text, or on each line of standard input"
DESCRIPTION = (
    "Show what the bot would do with a text, and why; without a text, with each line of standard "
    "input."
)
_MAX_BYTES = 4096  # at once: some hundred utterances, decided on together


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", help="one utterance")
    parser.add_argument("--json", action="store_true", help="JSON Lines, for machines")


def run(options: argparse.Namespace) -> int:
    """Print one decision per utterance."""
    settings, faq = load_files(options)
    from bot.app import indexes_of

    with closing(indexes_of(settings, may_wait=False)) as indexes:
        _show(settings, faq, options, indexes)
    return FINE


def _show(settings: Settings, faq: Faq, options: argparse.Namespace, indexes: Indexes) -> None:
    from bot.matching.build import build_matcher, complete_for

    matcher = build_matcher(settings, faq, indexes=indexes)
    if options.text is None:
        batches = ready_lines(open(sys.stdin.fileno(), "rb", closefd=False).read1)  # noqa: SIM115
    else:
        batches = iter([[options.text]])
    for texts in batches:
        matcher = complete_for(matcher, [(text, None) for text in texts])
        for text, decision in zip(texts, matcher.decide_all(texts), strict=True):
            print(
                as_json(text, decision, matcher.calibration)
                if options.json
                else as_text(text, decision, faq, matcher.calibration)
            )
        sys.stdout.flush()


def ready_lines(read: Callable[[int], bytes]) -> Iterator[list[str]]:
    """Lines of UTF-8 as they arrive, in batches of what is there already.

    So a program that writes one line and waits gets its answer at once, and a file is read in
    batches. A last line without an end counts.

    Args:
        read: gives at most so many bytes; none at the end.
    """
    rest = b""
    while chunk := read(_MAX_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        yield [line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines]
    if rest:
        yield [rest.decode("utf-8", "replace")]


def as_json(text: str, decision: Decision, calibration: Calibration | None = None) -> str:
    """One line of JSON; see `decision_row`."""
    return json.dumps(decision_row(text, decision, calibration), ensure_ascii=False)


def as_text(text: str, decision: Decision, faq: Faq, calibration: Calibration | None = None) -> str:
    """A few lines for a person: what would happen, why, and what came close."""
    from bot.formatting import plain_text
    from bot.markup.answer import parse

    lines = [f"{decision.action.value.replace('_', '-')}: {decision.reason}"]
    if calibration is not None and decision.best is not None:
        confidence = f"{100 * calibration.of(decision.best.score):.0f} %"
        lines.append(f"  confidence {confidence} that {decision.best.entry_id} is asked for")
    lines += [f"  {hit.score:.4f}  {hit.entry_id}  “{hit.phrasing}”" for hit in decision.candidates]
    shown = [answer.entry_id for answer in decision.answers]
    if decision.tentative:
        shown = [decision.entry_id]
    for entry_id in shown:
        entry = faq.by_id[str(entry_id)].translated(decision.language)
        told = plain_text(parse(entry.answer))
        lines += [f"  | {line}" for line in told.split("\n")]
    return "\n".join([f"“{' '.join(text.split())}”", *lines, ""])
