"""`init`: a small FAQ to begin with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bot.commands.import_faq import tell_left
from bot.commands.options import FINE, PROBLEMS
from bot.domain import Faq
from bot.errors import BotError, escaped

HELP = "make a small FAQ, a configuration and tests in an empty folder"
DESCRIPTION = (
    "Ask three questions, and make a small FAQ with comments, a configuration and tests of it. "
    "With --name nothing is asked. Nothing that is there is overwritten."
)
_NAME = "My FAQ"
_ASK_NAME = f"What is the bot for? The name of your shop, say [{_NAME}]: "
_ASK_LANGUAGE = "Which language does it speak, en, zh or zh-hant? [en]: "
_ASK_FILE = "A file with questions and answers to take over (Enter for a small example): "


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the folder, and what is not asked for."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), help="an empty folder (default: this one)"
    )
    parser.add_argument("--name", help="what the bot is for; with it nothing is asked")
    parser.add_argument("--language", metavar="CODE", help="en, zh or zh-hant")
    parser.add_argument("--import", dest="source", metavar="FILE", help="a file to take over")


def run(options: argparse.Namespace) -> int:
    """Ask what is not said, then write everything at once.

    Returns:
        1 where the answers ended before the questions.
    """
    from bot.authoring.start.start import check_is_free, first_files, write_files

    check_is_free(options.folder)
    try:
        name, language, imported = _answers(options)
    except (EOFError, KeyboardInterrupt):
        print("\nNothing was made.")
        return PROBLEMS
    files = first_files(name, language, imported)
    write_files(options.folder, files)
    print(f"Made: {', '.join(str(options.folder / path) for path in reversed(files))}.")
    config = options.folder / "config.yaml"
    at = "" if config == Path("config.yaml") else f" --config {config}"
    print(f"Open them in an editor, then run: python -m bot check --tests{at}")
    if imported:
        print(
            "What was taken over may have few wordings and no tests yet: check names what each "
            "entry lacks, and check --strict fails until it is there or silenced with a reason."
        )
    return FINE


def _answers(options: argparse.Namespace) -> tuple[str, str, str]:
    """The name, the language, and the text of an FAQ file to begin with.

    Raises:
        BotError: what an option says cannot be; what is typed is asked again.
        EOFError: there is nothing more to read.
    """
    if options.name is not None:
        said = (options.name, options.language or "", options.source or "")
        return _named(said[0]), _language(said[1]), _imported(said[2])
    name = _ask(_ASK_NAME, _named)
    language = _ask(_ASK_LANGUAGE, _language) if options.language is None else options.language
    source = _ask(_ASK_FILE, _imported) if options.source is None else _imported(options.source)
    return name, _language(language), source


def _ask(question: str, read: Callable[[str], str]) -> str:
    while True:
        sys.stdout.write(question)
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        try:
            return read(line)
        except BotError as error:
            print(escaped(str(error)))


def _named(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200] or _NAME


def _language(text: str) -> str:
    from bot.authoring.start.start import LANGUAGES

    code = text.strip().lower() or LANGUAGES[0]
    if code not in LANGUAGES:
        told = "the bot has sentences of its own in other languages only; your FAQ may be in any"
        raise BotError(f"{code}: {told}. Type {', '.join(LANGUAGES)}.")
    return code


def _imported(text: str) -> str:
    name = text.strip().strip("\"'")
    if not name:
        return ""
    from bot.authoring.transfer.transfer import import_faq

    taken = import_faq([Path(name)], Faq(()))
    tell_left(taken.left)
    if not taken.entries:
        raise BotError(f"{name}: nothing could be taken over. Name another file.")
    return taken.text
