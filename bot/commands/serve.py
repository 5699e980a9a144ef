"""`run`: serve Telegram, HTTP, the studio, or a chat in the terminal."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from bot import logs
from bot.channels.telegram.api.token import TOKEN, read_token
from bot.commands.options import FINE, log_remarks
from bot.errors import ChannelError
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
    project = Project(options.config, options.faq)
    settings, faq = project.load()
    log_remarks(settings, faq)
    token = read_token(os.environ)
    wanted = {"telegram": token, "http": settings.http, "studio": settings.studio}
    names = [name for name, there in wanted.items() if there]
    from bot.app import chat, serve

    if names:
        logs.set_up(logging.DEBUG if options.verbose else logging.INFO, token)
        accepted = getattr(options, "accept_lost_questions", 0)  # absent where no command was named
        serve(names, settings, faq, project, os.environ, accepted)
        return FINE
    _require_somebody()
    print(f"{TOKEN} is not set, so this is a chat in the terminal.", file=sys.stderr, flush=True)
    chat(settings, faq, project)
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
