"""The command line: python -m bot …"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from bot import __version__, logs
from bot.channels.telegram.api.token import TOKEN, read_token
from bot.commands.replay import add_replay, run_replay
from bot.commands.tune import add_evaluate, add_tune, run_evaluate, run_tune
from bot.errors import BotError, FileProblems
from bot.files.config import DEFAULT_PATH
from bot.files.faq import KnownFiles
from bot.files.load import load_project

FINE, PROBLEMS, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0: fine; 1: `check` found problems; 2: wrong usage or unusable files.
    """
    _open_missing_streams()
    _make_streams_safe()
    options = _parse(arguments)
    logs.set_up(_level(options))
    command = _COMMANDS[options.command]
    try:
        return command(options)
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return UNUSABLE
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader (head, a closed pager) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FINE
        reason = error.strerror or type(error).__name__
        print(f"Something could not be read or written ({reason}).", file=sys.stderr)  # noqa: T201
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE
    except KeyboardInterrupt:
        return FINE


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"{self.prog}: {message}. See: python -m bot --help\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    # Both before and after the command; SUPPRESS keeps the one from undoing the other.
    common = _OneLineParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", metavar="FILE", help=f"configuration (default {DEFAULT_PATH})")
    common.add_argument("--faq", metavar="PATH", help="an FAQ folder or file instead of its own")
    common.add_argument("--verbose", action="store_true", help="log every decision with its scores")
    parser = _OneLineParser(
        prog="python -m bot",
        description="Answer frequently asked questions from a folder of YAML files.",
        epilog=f"With {TOKEN} set, `run` serves Telegram; without it, a chat in this terminal. "
        "Exit codes: 0 fine, 1 problems found, 2 wrong usage or unusable files.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="{run,ask,check,evaluate,tune,replay}")
    commands.add_parser("run", parents=[common], help="serve Telegram or the terminal (default)")
    ask = commands.add_parser(
        "ask",
        parents=[common],
        help="decide on one text, or on each line of standard input",
        description="Show what the bot would do with a text, and why; without a text, with each "
        "line of standard input.",
    )
    ask.add_argument("text", nargs="?", help="one utterance")
    ask.add_argument("--json", action="store_true", help="JSON Lines, for machines")
    commands.add_parser(
        "check", parents=[common], help="report every problem in configuration and FAQ files"
    )
    add_evaluate(
        commands.add_parser(
            "evaluate",
            parents=[common],
            help="how the present settings do on messages whose entries are known",
            description="Ask the bot every message of a labelled set and show what became of them.",
        )
    )
    add_tune(
        commands.add_parser(
            "tune",
            parents=[common],
            help="thresholds that answer most within what you can bear",
            description="Find the two thresholds that answer most while no more is answered "
            "wrongly than you can bear, and say whether the labels prove it. Without LABELLED, "
            "guess from the FAQ alone.",
        )
    )
    add_replay(
        commands.add_parser(
            "replay",
            parents=[common],
            help="what other thresholds would have done to real messages",
            description="Decide again on the messages in the bot's memory, and list those that "
            "would have met another fate. The bot may be running meanwhile; nothing is changed.",
        )
    )
    options = parser.parse_args(arguments)
    options.command = options.command or "run"
    options.config = getattr(options, "config", DEFAULT_PATH)
    options.faq = getattr(options, "faq", None)
    options.verbose = getattr(options, "verbose", False)
    return options


def _level(options: argparse.Namespace) -> int:
    if options.verbose:
        return logging.DEBUG
    return logging.INFO if options.command == "run" else logging.WARNING


def _run(options: argparse.Namespace) -> int:
    known = KnownFiles()
    settings, faq = load_project(options.config, options.faq, known)
    token = read_token(os.environ)
    _log_remarks(faq.remarks)
    if token is not None:
        logs.set_up(_level(options), token)
    else:
        if not options.verbose:
            logs.set_up(logging.WARNING)
        print(  # noqa: T201
            f"{TOKEN} is not set, so this is a chat in the terminal.", file=sys.stderr, flush=True
        )
    from bot.app import serve

    load = partial(load_project, options.config, options.faq, known)
    serve("console" if token is None else "telegram", settings, faq, load, os.environ)
    return FINE


def _ask(options: argparse.Namespace) -> int:
    settings, faq = load_project(options.config, options.faq)
    _log_remarks(faq.remarks)
    from bot.commands.ask import as_json, as_text, ready_lines
    from bot.matching.build import build_matcher

    bot = build_matcher(settings, faq)
    show = partial(
        as_json if options.json else partial(as_text, faq=faq), calibration=bot.calibration
    )
    if options.text is None:
        stream = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115
        batches = ready_lines(stream)
    else:
        batches = iter([[options.text]])
    for texts in batches:
        for text, decision in zip(texts, bot.decide_all(texts), strict=True):
            print(show(text, decision))  # noqa: T201
        sys.stdout.flush()
    return FINE


def _check(options: argparse.Namespace) -> int:
    try:
        settings, faq = load_project(options.config, options.faq)
    except FileProblems as error:
        print(error)  # noqa: T201
        return PROBLEMS
    for remark in faq.remarks:
        print(f"{remark} (no error)")  # noqa: T201
    entries, wordings = len(faq.entries), sum(len(entry.wordings) for entry in faq.entries)
    print(  # noqa: T201
        f"No problems: {entries} {'entry' if entries == 1 else 'entries'}, "
        f"{wordings} {'wording' if wordings == 1 else 'wordings'}."
    )
    from bot.matching.score.scale_record import describe_scale

    print(describe_scale(settings, faq), flush=True)  # noqa: T201
    return FINE


def _evaluate(options: argparse.Namespace) -> int:
    settings, faq = load_project(options.config, options.faq)
    return run_evaluate(options, settings, faq)


def _tune(options: argparse.Namespace) -> int:
    settings, faq = load_project(options.config, options.faq)
    return run_tune(options, settings, faq)


def _replay(options: argparse.Namespace) -> int:
    settings, faq = load_project(options.config, options.faq)
    return run_replay(options, settings, faq)


_COMMANDS = {
    "run": _run,
    "ask": _ask,
    "check": _check,
    "evaluate": _evaluate,
    "tune": _tune,
    "replay": _replay,
}


def _log_remarks(remarks: Sequence[object]) -> None:
    for remark in remarks:
        logging.getLogger(__name__).warning("%s", remark)


def _open_missing_streams() -> None:
    """A process can be started without any of the three; then there is nothing to read or show."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _make_streams_safe() -> None:
    """A byte that is no UTF-8 in the input, or a character the terminal lacks, stops nothing."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors)
