"""`replay`: what other thresholds would have done to real messages."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bot.commands.options import FINE, add_days, load_files, number
from bot.domain import Thresholds

HELP = "what other thresholds would have done to real messages"
DESCRIPTION = (
    "Decide again on the messages in the bot's memory, and list those that would have met another "
    "fate. The bot may be running meanwhile; nothing is changed."
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--thresholds",
        type=_thresholds,
        metavar="A,B[,T]",
        help="try these: the answer and the follow-up threshold, such as 0.80,0.55, and the "
        "tentative one or off (default: as configured, if need be moved between the two). Without "
        "them, what the bot did is compared with what the configuration would do now",
    )
    add_days(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")


def run(options: argparse.Namespace) -> int:
    """Show what would have become of the messages of the log."""
    settings, faq = load_files(options)
    from bot.store.sql.store import read_records

    # A log that cannot be read is said before the model is loaded, not after it.
    where, records = read_records(settings.store.url, options.days)
    from bot.labels.from_log import read_log
    from bot.matching.build import build_matcher, complete_for
    from bot.tuning.evaluate.replay import replay
    from bot.tuning.show.replay import as_json, as_text

    said = options.thresholds
    proposed = None if said is None else _proposed(said, settings.thresholds.tentative)
    asked = [(record.text, record.lang) for record in records if record.text is not None]
    matcher = complete_for(build_matcher(settings, faq), asked)
    found = replay(matcher, read_log(matcher, records, where), proposed)
    print(as_json(found) if options.json else as_text(found), flush=True)
    return FINE


def _thresholds(text: str) -> tuple[Thresholds, bool]:
    """What is proposed, and whether that says where tentative answers begin."""
    parts = [part.strip() for part in text.split(",")]
    numbers = [number(part) for part in parts[:2]]
    if not 2 <= len(parts) <= 3 or not 1 >= numbers[0] >= numbers[1] >= -1:
        raise argparse.ArgumentTypeError(
            f"{text!r}: two numbers from -1 to 1 are needed, the answer and the follow-up "
            "threshold, and the second must not exceed the first; write 0.80,0.55"
        )
    tentative = None if parts[2:] in ([], ["off"]) else number(parts[2])
    if tentative is not None and not numbers[0] >= tentative >= numbers[1]:
        raise argparse.ArgumentTypeError(
            f"{text!r}: the third, from which answers are tentative, must lie between the other "
            "two, or be off; write 0.80,0.55,0.70"
        )
    return Thresholds(numbers[0], numbers[1], tentative), len(parts) == 3


def _proposed(said: tuple[Thresholds, bool], configured: float | None) -> Thresholds:
    """Where nothing is said of it the tentative threshold stays, or gives way to the other two."""
    lines, is_whole = said
    if is_whole or configured is None:
        return lines
    return replace(lines, tentative=min(max(configured, lines.follow_up), lines.answer))
