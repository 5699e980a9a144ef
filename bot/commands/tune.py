"""`tune`: thresholds that answer most within what can be borne."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.options import (
    FINE,
    PROBLEMS,
    add_days,
    add_labels,
    check_target,
    load_files,
    number,
    share,
)
from bot.errors import BotError, nearest

if TYPE_CHECKING:
    from bot.tuning.thresholds.search import Promise

HELP = "thresholds that answer most within what you can bear"
DESCRIPTION = (
    "Find the thresholds that answer most while no more is answered wrongly than you can bear, and "
    "say whether the labels prove it. Without LABELLED, guess from the FAQ alone."
)
# Those of `Outcome`, which need not be loaded to show a help text.
OUTCOMES = (
    *("right", "wrong", "right_tentative", "wrong_tentative", "held", "missed", "fallback"),
    *("oos_answered", "oos_tentative", "oos_asked", "oos_refused"),
)


def add(parser: argparse.ArgumentParser) -> None:
    add_labels(parser, nargs="*")
    add = parser.add_argument
    add(
        "--log",
        action="store_true",
        help="take choices, “none of these”, 👍 and 👎 in the bot's memory for labels. That proves "
        "nothing, as not everybody presses",
    )
    add_days(parser)
    add(
        "--max-wrong",
        type=share,
        default=0.05,
        metavar="SHARE",
        help="of all messages, at most this share may be answered wrongly: 0.02 or 2%% (default: "
        "5%%)",
    )
    add(
        "--max-wrong-shown",
        type=share,
        metavar="SHARE",
        help="of all messages, at most this share may be shown a wrong answer, tentative ones "
        "(“I think you mean …”) included (default: twice --max-wrong; where config.yaml has "
        "tentative: off, they stay off without this)",
    )
    add(
        "--max-follow-up",
        type=share,
        metavar="SHARE",
        help="of all messages, at most this share may be asked to choose, tentative answers "
        "included (default: as many as help)",
    )
    add(
        "--confidence",
        type=_confidence,
        default=0.95,
        metavar="SHARE",
        help="how surely that must hold for messages like the labels (default: 95%%). "
        "--max-wrong-shown holds so surely by itself, the other two limits together",
    )
    add(
        "--cost",
        type=_cost,
        action="append",
        default=[],
        metavar="OUTCOME=NUMBER",
        help="what an outcome costs, for example wrong=50; may be given several times. Of all "
        "thresholds within the limits, the cheapest are chosen then. Without it, those that answer "
        f"most. Outcomes: {', '.join(OUTCOMES)}",
    )
    add(
        "--report",
        metavar="FILE.html",
        help="write a page to look at in a browser, offline: the thresholds can be moved there",
    )
    add("--write", action="store_true", help="write the thresholds to config.yaml")
    add("--unproven", action="store_true", help="with --write: even if they are not proven")
    add("--json", action="store_true", help="one JSON object, for machines")


def run(options: argparse.Namespace) -> int:
    """Recommend thresholds, and write them where that is asked for.

    Returns:
        1 where they should be written and are not, as nothing proves them.
    """
    from bot.files.writing.config_edit import check_thresholds_can_be_written

    settings, faq = load_files(options)
    # What cannot be read or written is said before a long computation, not after it.
    if options.write:
        check_thresholds_can_be_written(options.config)
        if settings.lock.is_dir():
            raise BotError(
                f"{settings.lock}: this is a folder, and --write makes a file of this name. Remove "
                "it."
            )
    _refuse_mixture(options)
    if options.report is not None:
        check_target("--report", options.report, ".html")
    from bot.files.atomic import write_whole
    from bot.tuning.report.page import as_html
    from bot.tuning.show.tuning import as_json, as_text
    from bot.tuning.thresholds.lock import lock_of, write_tuning
    from bot.tuning.thresholds.tuned import TunedOn, tune_on

    on = TunedOn(tuple(options.labelled), options.log, options.days)
    tuned = tune_on(settings, faq, on, _promise(options))
    found = tuned.tuning
    if options.report is not None:
        page = as_html(tuned.scored, tuned.regions, found, tuned.matcher.calibration)
        write_whole(Path(options.report), page.encode())
    print(as_json(found) if options.json else as_text(found), flush=True)
    if not options.write:
        return FINE
    if not found.choice.proven and not options.unproven:
        print(
            "Nothing was written: the thresholds are not proven. To write them all the same, add "
            "--unproven.",
            file=sys.stderr,
        )
        return PROBLEMS
    write_tuning(options.config, tuned.settings.lock, lock_of(tuned))
    print(f"Written: the thresholds to {options.config}, and {settings.lock}.", file=sys.stderr)
    return FINE


def _refuse_mixture(options: argparse.Namespace) -> None:
    if options.log and options.labelled:
        raise BotError(
            "--log takes the place of labelled sets, as its labels prove nothing: give the one or "
            "the other."
        )
    if options.days is not None and not options.log:
        raise BotError("--days says how much of the log is used: give it together with --log.")
    if options.max_wrong_shown is not None and options.max_wrong_shown < options.max_wrong:
        raise BotError(
            "--max-wrong-shown is of firm and tentative answers together, so it must not be below "
            f"--max-wrong ({options.max_wrong:g})."
        )
    if options.unproven and not options.write:
        raise BotError("--unproven says what --write may write: give both.")


def _promise(options: argparse.Namespace) -> Promise:
    from bot.labels.outcomes import Outcome
    from bot.tuning.thresholds.search import COSTS, Promise

    return Promise(
        max_wrong=options.max_wrong,
        max_wrong_shown=options.max_wrong_shown,
        max_follow_up=options.max_follow_up,
        confidence=options.confidence,
        oos_share=options.oos_share,
        costs={**COSTS, **{Outcome(name): cost for name, cost in options.cost}},
        cheapest=bool(options.cost),
    )


def _confidence(text: str) -> float:
    value = number(text)
    if not 0.5 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 50% to below 100%; write 95%")
    return value


def _cost(text: str) -> tuple[str, float]:
    name, _, written = text.partition("=")
    if name not in OUTCOMES:
        hint = nearest(name, OUTCOMES)
        raise argparse.ArgumentTypeError(
            f"{name!r} is no outcome.{hint} There are: {', '.join(OUTCOMES)}"
        )
    cost = number(written)
    if math.isnan(cost):
        raise argparse.ArgumentTypeError(f"{text!r}: a number is needed, such as {name}=50")
    return name, cost
