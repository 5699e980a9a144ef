"""What several commands share: exit codes, the files they work on, options and their values."""

from __future__ import annotations

import argparse
import logging
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.files.faq.load import load_project

if TYPE_CHECKING:
    from bot.domain import Faq
    from bot.files.config.settings import Settings
    from bot.labels.labelled import Labelled

FINE, PROBLEMS, UNUSABLE = 0, 1, 2


def load_files(options: argparse.Namespace) -> tuple[Settings, Faq]:
    """The configuration and the FAQ; what is odd in them is logged.

    Raises:
        FileProblems: all mistakes in them.
    """
    settings, faq = load_project(options.config, options.faq)
    log_remarks(settings, faq)
    return settings, faq


def log_remarks(settings: Settings, faq: Faq) -> None:
    """Say in the log what is odd in the files."""
    for remark in (*settings.remarks, *faq.remarks):
        logging.getLogger(__name__).warning("%s", remark)


def check_target(option: str, name: str, ending: str) -> None:
    """Find out whether a file can be written. Nothing that is read ends as it does.

    Raises:
        BotError: its name ends otherwise, it is no file, or nothing can be written there.
    """
    path = Path(name)
    if path.suffix != ending or (path.exists() and not path.is_file()):
        raise BotError(f"{name}: {option} makes a file; its name must end in {ending}.")
    # The folder, or the next one above it that is there already.
    there = next(it for it in path.absolute().parents if it.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BotError(f"{name}: nothing can be written to {there}. Name another place.")


# --- labelled sets ---


def add_labels(parser: argparse.ArgumentParser, nargs: str) -> None:
    """Describe LABELLED and what is taken of it."""
    parser.add_argument(
        "labelled",
        nargs=nargs,
        metavar="LABELLED",
        help='a labelled set: JSON Lines or YAML of {text: "…", expected: entry-id}; expected: '
        'null is out of scope; language: "zh-hans" may say the language of the person\'s Telegram, '
        "count: 3 how often it was sent",
    )
    parser.add_argument(
        "--oos-share",
        type=share,
        metavar="SHARE",
        help="of your messages, how many are out of scope: 0.3 or 30%% (default: as in the labels)",
    )


def read_labels(options: argparse.Namespace, faq: Faq) -> tuple[Labelled, ...]:
    """The labels of LABELLED.

    Raises:
        FileProblems: all mistakes in them.
    """
    from bot.labels.labelled import load_labelled

    return load_labelled(options.labelled, faq.by_id, may_be_one_sided=options.oos_share == 0)


# --- the log ---


def add_days(parser: argparse.ArgumentParser) -> None:
    """Describe --days."""
    parser.add_argument(
        "--days",
        type=_days,
        metavar="N",
        help="only messages of the last N days (default: all that the log holds)",
    )


# --- values ---


def number(text: str) -> float:
    """A finite number, with a point, or in percent; NaN where the text is none."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def share(text: str) -> float:
    """A share, as 0.02 or 2%."""
    value = number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1; write 2% or 0.02")
    return value


def _days(text: str) -> float:
    days = number(text)
    if not days > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write 30")
    return days
