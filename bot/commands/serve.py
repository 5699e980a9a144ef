"""`run`: serve Telegram, HTTP, the studio, or a chat in the terminal."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from bot import logs
from bot.channels.telegram.api.token import TOKEN, read_token
from bot.commands.options import FINE, log_remarks
from bot.errors import ChannelError, FileProblems
from bot.files.config.settings import DEFAULT_PATH, Settings, read_settings
from bot.files.project import Project

HELP = "serve Telegram, HTTP or the terminal (default)"
DESCRIPTION = (
    "Serve Telegram where TELEGRAM_BOT_TOKEN is set, HTTP where config.yaml has http, and the "
    "studio where it has studio; where none of them is, a chat in this terminal."
)
_NOBODY = (
    f"{TOKEN} is not set, and there is no terminal to chat in. Set it to the token that @BotFather "
    "gave you (deploy/README.md says where)."
)


def add(parser: argparse.ArgumentParser) -> None:
    """What the start of a service is told beside the common options."""
    parser.add_argument(
        "--accept-lost-questions",
        type=int,
        default=0,
        metavar="N",
        help="start although up to N questions that wait cannot be read, as their key is lost",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from bot.service import heap

    heap.share_pools()
    if options.bots is not None:
        return _run_bots(options)
    project = Project(options.config, options.faq)
    settings, faq = project.load()
    log_remarks(settings, faq)
    from bot.app import channels_of, chat, serve

    names = channels_of(settings, read_token(os.environ, settings.token_file))
    if names:
        logs.set_up(logging.DEBUG if options.verbose else logging.INFO)
        accepted = getattr(options, "accept_lost_questions", 0)  # absent where no command was named
        serve(names, settings, faq, project, os.environ, accepted)
        return FINE
    _require_somebody()
    print(f"{TOKEN} is not set, so this is a chat in the terminal.", file=sys.stderr, flush=True)
    chat(settings, faq, project)
    return FINE


def _run_bots(options: argparse.Namespace) -> int:
    """Serve all bots of a folder; config.yaml says how the process is watched."""
    from bot.app_bots import serve_bots

    if options.faq is not None:
        raise ChannelError("--faq names one FAQ, and each bot in --bots has its own.")
    settings = Settings()
    if options.config != DEFAULT_PATH or Path(DEFAULT_PATH).exists():
        settings, problems = read_settings(options.config, ".")  # its FAQ is none of theirs
        if problems:
            raise FileProblems(problems)
    logs.set_up(logging.DEBUG if options.verbose else logging.INFO)
    serve_bots(Path(options.bots), settings, os.environ)
    return FINE


def _require_somebody() -> None:
    """See that there is somebody to chat with: a terminal, or a pipe that something comes from.

    A service whose token got lost must not look as if it had served to its end.

    Raises:
        ChannelError: there is nobody.
    """
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is not None and not sys.stdin.isatty() and not buffer.peek(1):
        raise ChannelError(_NOBODY)
