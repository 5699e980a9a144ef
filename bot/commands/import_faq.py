"""`import`: an FAQ of another program becomes an FAQ file."""

from __future__ import annotations

import argparse
import codecs
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.options import FINE, PROBLEMS
from bot.domain import Faq
from bot.files.config.settings import exists, read_settings
from bot.files.faq.load import load_faq

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.errors import Problem

HELP = "take over an FAQ from a spreadsheet, a web page or another bot"
DESCRIPTION = (
    "Make an FAQ file of a table (CSV, XLSX), a page (Markdown, HTML) or another bot's export, and "
    "say what of it could not be kept. What is written passes `check` beside the FAQ that is there."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Describe what is read, and where it is written to."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="what is read")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.yaml",
        type=Path,
        help="the FAQ file to write, such as faq/new.yaml; without it, it is shown",
    )
    add_format(
        parser,
        "FILE's format: csv, xlsx, markdown, html, faqpage, qnamaker, rasa, dialogflow, botpress, "
        "semantic-router (default: told from FILE)",
    )
    parser.add_argument(
        "--encoding",
        type=_encoding,
        metavar="NAME",
        help="what its text is saved as, such as gb18030 or cp1252 (default: told from its bytes)",
    )


def add_format(parser: argparse.ArgumentParser, told: str) -> None:
    """Describe --format and --force."""
    parser.add_argument("--format", metavar="NAME", help=told)
    parser.add_argument("--force", action="store_true", help="replace a file that is there already")


def run(options: argparse.Namespace) -> int:
    """Write the FAQ file, or show it; what is left out is told first.

    Returns:
        1 where there is nothing to write.
    """
    from bot.authoring.transfer.formats import FORMATS
    from bot.authoring.transfer.transfer import import_faq, may_be_written, write_file

    form = known_format(options.format, FORMATS)
    if options.output is not None:
        may_be_written(options.output, replaces=options.force, ending=".yaml")
    taken = import_faq(options.files, _existing(options), form=form, encoding=options.encoding)
    tell_left(taken.left)
    if not taken.entries:
        print("Nothing was imported.", file=sys.stderr)
        return PROBLEMS
    if options.output is None:
        print(taken.text, end="")
        return FINE
    write_file(options.output, taken.text.encode(), replaces=options.force)
    entries, wordings = len(taken.entries), sum(len(entry.wordings) for entry in taken.entries)
    print(
        f"{options.output}: {entries} {'entry' if entries == 1 else 'entries'}, "
        f"{wordings} {'wording' if wordings == 1 else 'wordings'}. "
        "Look through it, then run: python -m bot check"
    )
    return FINE


def known_format(name: str | None, known: Iterable[str]) -> str | None:
    """The format that --format names; None: to be told.

    Raises:
        BotError: there is no such format.
    """
    from bot.errors import BotError, nearest

    if name is None or name in known:
        return name
    raise BotError(f"--format {name}: no such format.{nearest(name, known)} {', '.join(known)}.")


def tell_left(left: Iterable[Problem]) -> None:
    """Say what could not be kept, a line each."""
    for problem in left:
        print(problem, file=sys.stderr)


def _existing(options: argparse.Namespace) -> Faq:
    """The FAQ that the file is to stand beside, without the file that it replaces; maybe empty.

    Raises:
        FileProblems: the FAQ holds mistakes.
    """
    settings, _ = read_settings(options.config, options.faq)
    path = settings.faq
    if not exists(path) or (path.is_dir() and not any(path.rglob("*.yaml"))):
        return Faq(())
    faq = load_faq(path, settings.thresholds)
    if options.output is None or not options.force:
        return faq
    replaced = options.output.resolve()
    stay = (e for e in faq.entries if e.place is None or Path(e.place.path).resolve() != replaced)
    return Faq(tuple(stay))


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{name!r} is no encoding; write utf-8") from error
