"""`diff`: what an edit of the FAQ changes."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.options import FINE, PROBLEMS, add_days
from bot.errors import FileProblems
from bot.files.config.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.store import Record

HELP = "what an edit of the FAQ changes"
DESCRIPTION = (
    "Ask two versions of the FAQ every test, every wording that both have, held out, and (with "
    "--log) every message whose words are kept, and show whose decision changes. The configuration "
    "is the present one. Exit code 1 if a test broke."
)
_VERSION = "a folder, a file, or a revision of git such as HEAD~1 or origin/main"
_FORMATS = ("text", "json", "markdown")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help=_VERSION)
    parser.add_argument("new", metavar="NEW", nargs="?", help=f"{_VERSION} (default: the FAQ)")
    parser.add_argument("--log", action="store_true", help="ask the messages of the log, too")
    add_days(parser)
    parser.add_argument(
        "--format", choices=_FORMATS, default="text", help="markdown: a comment on a pull request"
    )


def run(options: argparse.Namespace) -> int:
    """Compare and show.

    Returns:
        1 where a test broke.
    """
    settings, problems = read_settings(options.config, options.faq)
    if problems:
        raise FileProblems(problems)
    log: Sequence[Record] = ()
    if options.log:
        from bot.store.sql.store import read_records

        log = read_records(settings.store.url, options.days)[1]
    from bot.authoring.regression import show
    from bot.authoring.regression.diff import baseline, utterances
    from bot.authoring.regression.versions import version
    from bot.matching.build import build_matcher, complete_for

    faq = settings.faq
    with version(options.old, settings) as old, version(options.new or str(faq), settings) as new:
        # What is computed of any other version has one place in the cache.
        own = settings if options.new is None else replace(settings, faq=faq / "other version")
        bot = build_matcher(own, new.faq)
        asked = [*utterances(old.faq, ()), *utterances(new.faq, log)]
        with baseline(complete_for(bot, asked), old.faq, log) as before:
            found = before.against(new.faq)
        text = getattr(show, f"as_{options.format}")(found, (old.name, new.name))
        print(old.named(new.named(text)), flush=True)
    return PROBLEMS if found.broken else FINE
