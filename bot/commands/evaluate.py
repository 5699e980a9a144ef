"""`evaluate`: how the present settings do on labelled sets."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.commands.options import FINE, add_labels, check_target, load_files, read_labels

HELP = "how the present settings do on messages whose entries are known"
DESCRIPTION = "Ask the bot every message of a labelled set and show what became of them."


def add(parser: argparse.ArgumentParser) -> None:
    add_labels(parser, nargs="+")
    parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
    parser.add_argument("--csv", metavar="FILE.csv", help="write every message to a table as well")


def run(options: argparse.Namespace) -> int:
    """Ask and show."""
    settings, faq = load_files(options)
    if options.csv is not None:
        check_target("--csv", options.csv, ".csv")
    labels = read_labels(options, faq)
    from bot.files.atomic import write_whole
    from bot.labels.scored import score
    from bot.matching.build import build_matcher, complete_for
    from bot.tuning.evaluate.evaluation import evaluate
    from bot.tuning.show.evaluation import as_csv, as_json, as_text

    asked = [(label.text, label.language) for label in labels]
    matcher = complete_for(build_matcher(settings, faq), asked)
    scored = score(matcher.decider, sorted(faq.by_id), labels)
    found = evaluate(scored, matcher.calibration, options.oos_share)
    if options.csv is not None:
        write_whole(Path(options.csv), as_csv(found).encode("utf-8-sig", "replace"))
    print(as_json(found) if options.json else as_text(found), flush=True)
    return FINE
