"""`replay` on the command line, and what `tune --log` shares with it."""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Faq, Thresholds
    from bot.files.config import Settings
    from bot.store.store import Record

FINE = 0
_DAY_S = 86_400.0


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `replay`."""
    parser.add_argument(
        "--thresholds",
        type=_thresholds,
        metavar="A,B",
        help="try these: the answer and the follow-up threshold, such as 0.80,0.55. Without them, "
        "what the bot did is compared with what the configuration would do now",
    )
    add_days(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")


def add_days(parser: argparse.ArgumentParser) -> None:
    """Describe --days."""
    parser.add_argument(
        "--days",
        type=_days,
        metavar="N",
        help="only messages of the last N days (default: all that the log holds)",
    )


def read_pasts(settings: Settings, days: float | None) -> tuple[str, Sequence[Record]]:
    """The database's path, and what was remembered in the last so many days (None: ever).

    Raises:
        StoreError: it cannot be read.
    """
    from bot.store.sql.decisions import SqlStore

    since = -math.inf if days is None else time.time() - days * _DAY_S
    store = SqlStore.read_only(settings.store.url)
    return str(store.path), store.history(since)


def run_replay(options: argparse.Namespace, settings: Settings, faq: Faq) -> int:
    """Show what would have become of the messages of the log."""
    # A log that cannot be read is said before the model is loaded, not after it.
    where, pasts = read_pasts(settings, options.days)
    from bot.matching.build import build_matcher
    from bot.tuning.evaluate.replay import replay
    from bot.tuning.labels.from_log import read_log
    from bot.tuning.show.replay import as_json, as_text

    bot = build_matcher(settings, faq)
    found = replay(bot, read_log(bot, pasts, where), options.thresholds)
    print(as_json(found) if options.json else as_text(found), flush=True)  # noqa: T201
    return FINE


def _thresholds(text: str) -> Thresholds:
    from bot.domain import Thresholds

    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) != 2 or not all(-1 <= number <= 1 for number in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r}: two numbers from -1 to 1 are needed, the answer and the follow-up "
            "threshold; write 0.80,0.55"
        )
    answer, follow_up = numbers
    if follow_up > answer:
        raise argparse.ArgumentTypeError(
            f"{text!r}: the follow-up threshold, which comes second, must not exceed the answer "
            "threshold; write 0.80,0.55"
        )
    return Thresholds(answer, follow_up)


def _days(text: str) -> float:
    days = _number(text)
    if not 0 < days < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write 30")
    return days


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
