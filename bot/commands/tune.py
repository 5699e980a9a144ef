"""`evaluate` and `tune` on the command line: their options, and what they do."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.replay import add_days, read_pasts
from bot.errors import BotError, FileProblems, nearest

if TYPE_CHECKING:
    from bot.domain import Faq, Thresholds
    from bot.files.config import Settings
    from bot.files.config_edit import ThresholdLines
    from bot.matching.build import Matcher
    from bot.store.store import Record
    from bot.tuning.labels.labelled import Label
    from bot.tuning.labels.log_labels import LogLabels
    from bot.tuning.thresholds.search import Promise
    from bot.tuning.thresholds.tune import Tuning

FINE, REFUSED = 0, 1
# Those of `Outcome`, which need not be loaded to show a help text.
OUTCOMES = (
    *("right", "wrong", "held", "missed", "fallback"),
    *("oos_answered", "oos_asked", "oos_refused"),
)


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `evaluate`."""
    _add_labels(parser, nargs="+")
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
    parser.add_argument("--csv", metavar="FILE", help="write every message to a table as well")


def add_tune(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `tune`."""
    _add_labels(parser, nargs="*")
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
        type=_share,
        default=0.05,
        metavar="SHARE",
        help="of all messages, at most this share may be answered wrongly: 0.02 or 2%% (default: "
        "5%%)",
    )
    add(
        "--max-follow-up",
        type=_share,
        metavar="SHARE",
        help="of all messages, at most this share may be asked back (default: as many as help)",
    )
    add(
        "--confidence",
        type=_confidence,
        default=0.95,
        metavar="SHARE",
        help="how surely that must hold for messages like the labels (default: 95%%)",
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
        metavar="FILE",
        help="write a page to look at in a browser, offline: both thresholds can be dragged there",
    )
    add(
        "--png",
        metavar="PATH",
        help="write pictures: into one file if PATH ends in .png, else into this folder",
    )
    add("--write", action="store_true", help="write the thresholds to config.yaml")
    add("--unproven", action="store_true", help="with --write: even if they are not proven")
    add("--json", action="store_true", help="one JSON object, for machines")


def _add_labels(parser: argparse.ArgumentParser, nargs: str) -> None:
    parser.add_argument(
        "labelled",
        nargs=nargs,
        metavar="LABELLED",
        help='a labelled set: JSON Lines or YAML of {text: "…", expected: entry-id}; expected: '
        'null is out of scope; language: "zh-hans" may say the language of the person\'s Telegram',
    )
    parser.add_argument(
        "--oos-share",
        type=_share,
        metavar="SHARE",
        help="of your messages, how many are out of scope: 0.3 or 30%% (default: as in the labels)",
    )
    parser.add_argument(
        "--split", metavar="NAME", help='only labels with "split": "NAME" (default: all)'
    )
    parser.add_argument(
        "--keep-duplicates",
        action="store_true",
        help="the same text may be labelled several times, as in a log",
    )


def run_evaluate(options: argparse.Namespace, settings: Settings, faq: Faq) -> int:
    """Show how the bot does on labelled sets."""
    from bot.tuning.report.targets import check_file

    if options.csv is not None:
        check_file("--csv", options.csv, "table.csv", [options.config, *options.labelled])
    labels = _labels(options, faq)
    from bot.files.atomic import write_whole
    from bot.matching.build import build_matcher
    from bot.tuning.evaluate.evaluation import evaluate
    from bot.tuning.labels.scored import score
    from bot.tuning.show.evaluation import as_csv, as_json, as_text

    bot = build_matcher(settings, faq)
    scored = score(bot.decider, sorted(faq.by_id), labels)
    found = evaluate(scored, bot.calibration, options.oos_share)
    if options.csv is not None:
        write_whole(Path(options.csv), as_csv(found).encode("utf-8-sig", "replace"))
    print(as_json(found) if options.json else as_text(found), flush=True)  # noqa: T201
    return FINE


def run_tune(options: argparse.Namespace, settings: Settings, faq: Faq) -> int:
    """Recommend thresholds, and write them where that is asked for.

    Returns:
        1 where they should be written and are not, as nothing proves them.
    """
    from bot.files.config_edit import ThresholdLines
    from bot.tuning.report.targets import check_targets

    # What cannot be read or written is said before a long computation, not after it.
    lines = ThresholdLines.find(options.config) if options.write else None
    if lines is not None and settings.lock.is_dir():
        raise BotError(
            f"{settings.lock}: this is a folder, and --write makes a file of this name. Remove it."
        )
    _refuse_mixture(options)
    check_targets(options.report, options.png, [options.config, *options.labelled])
    labels = _labels(options, faq) if options.labelled else ()
    where, pasts = read_pasts(settings, options.days) if options.log else ("", ())
    from bot.matching.build import build_matcher
    from bot.tuning.labels.from_faq import OOS_SHARE, score_faq
    from bot.tuning.labels.scored import of_readings, score
    from bot.tuning.report.fates import find_fates
    from bot.tuning.report.writing import write_reports
    from bot.tuning.show.tuning import as_json, as_text
    from bot.tuning.thresholds.tune import tune

    bot = build_matcher(settings, faq)
    pressed = _pressed(options, bot, pasts, where) if options.log else None
    if pressed is not None:
        labels = pressed.labels
        readings = [told.reading for told in pressed.told]
        ids = sorted(faq.by_id)
        scored = of_readings(bot.decider, ids, labels, readings, pressed.weights)
    elif labels:
        scored = score(bot.decider, sorted(faq.by_id), labels)
    else:
        scored = score_faq(bot)
        options.oos_share = OOS_SHARE if options.oos_share is None else options.oos_share
    is_shown = options.report is not None or options.png is not None
    fates = find_fates(scored) if is_shown else None
    found = tune(
        scored,
        _promise(options),
        from_labels=bool(labels),
        log=pressed,
        regions=None if fates is None else fates.outcomes(),
    )
    if fates is not None:
        write_reports(options.report, options.png, scored, fates, found, bot.calibration)
    print(as_json(found) if options.json else as_text(found), flush=True)  # noqa: T201
    return FINE if lines is None else _write(options, lines, bot, labels, found)


def _labels(options: argparse.Namespace, faq: Faq) -> tuple[Label, ...]:
    from bot.tuning.labels.labelled import load_labelled

    return load_labelled(
        options.labelled,
        faq.by_id,
        split=options.split,
        keep_duplicates=options.keep_duplicates,
        may_be_one_sided=options.oos_share == 0,
    )


def _refuse_mixture(options: argparse.Namespace) -> None:
    if options.log and options.labelled:
        raise BotError(
            "--log takes the place of labelled sets, as its labels prove nothing: give the one or "
            "the other."
        )
    if options.days is not None and not options.log:
        raise BotError("--days says how much of the log is used: give it together with --log.")
    if options.unproven and not options.write:
        raise BotError("--unproven says what --write may write: give both.")
    for name in ("split", "keep_duplicates"):
        if getattr(options, name) and not options.labelled:
            raise BotError(
                f"--{name.replace('_', '-')} says which labels of a labelled set are used: name "
                "the set's file."
            )


def _pressed(
    options: argparse.Namespace, bot: Matcher, pasts: Sequence[Record], where: str
) -> LogLabels:
    from bot.tuning.labels.from_log import read_log
    from bot.tuning.labels.log_labels import labels_of

    one_sided = options.oos_share == 0
    return labels_of(read_log(bot, pasts, where), bot.faq.by_id, where, may_be_one_sided=one_sided)


def _promise(options: argparse.Namespace) -> Promise:
    from bot.tuning.evaluate.outcomes import Outcome
    from bot.tuning.thresholds.search import COSTS, Promise

    return Promise(
        max_wrong=options.max_wrong,
        max_follow_up=options.max_follow_up,
        confidence=options.confidence,
        oos_share=options.oos_share,
        costs={**COSTS, **{Outcome(name): cost for name, cost in options.cost}},
        cheapest=bool(options.cost),
    )


def _write(
    options: argparse.Namespace,
    lines: ThresholdLines,
    bot: Matcher,
    labels: Sequence[Label],
    found: Tuning,
) -> int:
    """Write the thresholds, and beside them what they were tuned on."""
    from bot.matching import fingerprint
    from bot.matching.policy_lock import PolicyLock, save_lock
    from bot.tuning.labels.labelled import labels_hash

    choice = found.choice
    if not choice.proven and not options.unproven:
        _say(
            "Nothing was written: the thresholds are not proven. To write them all the same, add "
            "--unproven."
        )
        return REFUSED
    settings, faq = _as_read_next(bot, choice.thresholds)
    lines.write(choice.thresholds)
    lock = PolicyLock(
        thresholds=choice.thresholds,
        max_wrong=found.promise.max_wrong,
        max_follow_up=found.promise.max_follow_up,
        confidence=found.promise.confidence,
        proven=choice.proven,
        labels=len(labels),
        labels_hash=labels_hash(labels),
        fingerprints=fingerprint.of_scores(settings, faq, bot.model_fingerprint),
        calibration=found.calibration if labels else None,
    )
    save_lock(bot.settings.lock, lock)
    _say(f"Written: the two thresholds to {options.config}, and {bot.settings.lock}.")
    return FINE


def _as_read_next(bot: Matcher, lines: Thresholds) -> tuple[Settings, Faq]:
    """Settings and FAQ as the bot will read them by these thresholds.

    Raises:
        BotError: it could not, as an entry's own line would cross one that it shares.
    """
    from bot.files.faq import load_faq

    settings = replace(bot.settings, thresholds=lines)
    try:
        read = load_faq(settings.faq, lines)
    except FileProblems as error:
        raise BotError(
            f"Nothing was written, as the bot could not read its FAQ by {lines.answer:g} and "
            f"{lines.follow_up:g}: {error.problems[0]}"
        ) from None
    then, now = (
        [replace(entry, thresholds=None) for entry in faq.entries] for faq in (bot.faq, read)
    )
    return settings, read if then == now else bot.faq  # else it was edited meanwhile


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _number(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number; write 2% or 0.02")
    return number / 100 if text.endswith("%") else number


def _share(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to 1; write 2% or 0.02")
    return number


def _confidence(text: str) -> float:
    number = _number(text)
    if not 0.5 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 50% to below 100%; write 95%")
    return number


def _cost(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    if name not in OUTCOMES:
        hint = nearest(name, OUTCOMES)
        raise argparse.ArgumentTypeError(
            f"{name!r} is no outcome.{hint} There are: {', '.join(OUTCOMES)}"
        )
    try:
        cost = float(number)
    except ValueError:
        cost = math.nan
    if not math.isfinite(cost):
        raise argparse.ArgumentTypeError(f"{text!r}: a number is needed, such as {name}=50")
    return name, cost
