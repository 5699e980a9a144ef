"""`run`: serve Telegram, or a chat in the terminal."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from functools import partial

from bot import logs
from bot.channels.telegram.api.token import TOKEN, read_token
from bot.commands.options import FINE, load_files
from bot.files.faq import load_project

HELP = "serve Telegram or the terminal (default)"
DESCRIPTION = "Serve Telegram where TELEGRAM_BOT_TOKEN is set, else a chat in this terminal."


def add(parser: argparse.ArgumentParser) -> None:
    """There are no options but the common ones."""


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    settings, faq = load_files(options)
    token = read_token(os.environ)
    if token is None:
        channel = "console"
        print(
            f"{TOKEN} is not set, so this is a chat in the terminal.", file=sys.stderr, flush=True
        )
    else:
        channel = "telegram"
        logs.set_up(logging.DEBUG if options.verbose else logging.INFO, token)
    from bot.app import CHANNELS

    load = partial(load_project, options.config, options.faq)
    CHANNELS[channel](settings, faq, load, os.environ)
    return FINE
