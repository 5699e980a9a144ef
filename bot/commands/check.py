"""`check`: every problem in the files that people write."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bot.commands.options import FINE, PROBLEMS
from bot.errors import FileProblems
from bot.files.faq import load_project

HELP = "report every problem in configuration and FAQ files"
DESCRIPTION = (
    "Report every problem as path:line: text, and what is odd but stops nothing as path:line: "
    "warning: text, such as what of an answer cannot be shown as it is written. No model is loaded."
)


def add(parser: argparse.ArgumentParser) -> None:
    """There are no options but the common ones."""


def run(options: argparse.Namespace) -> int:
    """Print the problems, or what was looked at; no model is loaded.

    Returns:
        1 where there are problems.
    """
    try:
        settings, faq = load_project(options.config, options.faq, reviews=True)
    except FileProblems as error:
        print(error)
        return PROBLEMS
    for remark in sorted({*settings.remarks, *faq.remarks}):
        print(replace(remark, text=f"warning: {remark.text}"))
    entries, wordings = len(faq.entries), sum(len(entry.wordings) for entry in faq.entries)
    print(
        f"No problems: {entries} {'entry' if entries == 1 else 'entries'}, "
        f"{wordings} {'wording' if wordings == 1 else 'wordings'}."
    )
    from bot.matching.build import describe_scale

    print(describe_scale(settings, faq), flush=True)
    return FINE
