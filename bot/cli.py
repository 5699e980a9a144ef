"""The command line: python -m bot …"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TextIO, cast

from bot import __version__, logs
from bot.channels.telegram.api.token import TOKEN
from bot.commands import (
    ask,
    check,
    diff,
    digest,
    evaluate,
    export_faq,
    import_faq,
    init,
    key,
    replay,
    serve,
    store,
    studio,
    tune,
    unanswered,
)
from bot.commands.options import FINE, UNUSABLE
from bot.errors import BotError, escaped
from bot.files.config.settings import DEFAULT_PATH

# Each has HELP, DESCRIPTION, `add` and `run`; see `bot.commands`.
COMMANDS: Mapping[str, ModuleType] = {
    "run": serve,
    "ask": ask,
    "check": check,
    "init": init,
    "diff": diff,
    "unanswered": unanswered,
    "digest": digest,
    "studio": studio,
    "import": import_faq,
    "export": export_faq,
    "evaluate": evaluate,
    "tune": tune,
    "replay": replay,
    "store": store,
    "key": key,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0: fine; 1: `check` found problems, or `diff` a broken test; 2: wrong usage or unusable
        files.
    """
    _mend_streams()
    options = _parse(arguments)
    logs.set_up(logging.DEBUG if options.verbose else logging.WARNING)
    try:
        code: int = COMMANDS[options.command].run(options)
        return code
    except BotError as error:
        print(escaped(str(error)), file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        is_read_enough = isinstance(error, BrokenPipeError)  # by head, or a pager that was closed
        if not is_read_enough:
            reason = error.strerror or type(error).__name__
            print(f"Something could not be read or written ({reason}).", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE if is_read_enough else UNUSABLE
    except KeyboardInterrupt:
        return FINE


class _Screen:
    """Standard output, on which people's words and those of FAQ files move no cursor."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text; see `escaped`."""
        return self._stream.write(escaped(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    # Both before and after the command; SUPPRESS keeps the one from undoing the other.
    common = _OneLineParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", metavar="FILE", help=f"configuration (default {DEFAULT_PATH})")
    common.add_argument("--faq", metavar="PATH", help="an FAQ folder or file instead of its own")
    common.add_argument(
        "--bots", metavar="FOLDER", help="run only: serve a bot for each folder in this one"
    )
    common.add_argument("--verbose", action="store_true", help="log every decision with its scores")
    parser = _OneLineParser(
        prog="python -m bot",
        description="Answer frequently asked questions from a folder of YAML files.",
        epilog=f"With {TOKEN} set, `run` serves Telegram; with `http` in {DEFAULT_PATH}, an API; "
        "without both, a chat in this terminal. "
        "Exit codes: 0 fine, 1 problems found, 2 wrong usage or unusable files.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar=f"{{{','.join(COMMANDS)}}}")
    parsers = {
        name: commands.add_parser(
            name, parents=[common], help=command.HELP, description=command.DESCRIPTION
        )
        for name, command in COMMANDS.items()
    }
    for name, command in COMMANDS.items():
        command.add(parsers[name])
    preset = argparse.Namespace(config=DEFAULT_PATH, faq=None, bots=None, verbose=False)
    options, unknown = parser.parse_known_args(arguments, preset)
    if unknown:  # what a command does not know is said by the command, whose --help lists the rest
        told = f"unrecognized arguments: {' '.join(unknown)}"
        parsers.get(options.command, parser).error(told)
    options.command = options.command or "run"
    if options.bots is not None and options.command != "run":
        wanted = f"--config {Path(options.bots, 'NAME', DEFAULT_PATH)}"
        parsers[options.command].error(f"--bots is for run; for one of them: {wanted}")
    return options


def _mend_streams() -> None:
    """Whatever is read or shown stops nothing.

    That is a byte that is no UTF-8, a character the terminal lacks, and a stream that is not there,
    as a process can be started without any of the three.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            errors = "replace" if mode == "r" else "backslashreplace"
            stream.reconfigure(encoding="utf-8", errors=errors)
    if not isinstance(sys.stdout, _Screen):
        sys.stdout = cast(TextIO, _Screen(sys.stdout))
