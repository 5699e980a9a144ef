"""`studio`: pages to see what the bot does, and to make it better, in a browser."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.commands.options import FINE, log_remarks
from bot.errors import BotError, ChannelError
from bot.files.config.settings import read_settings
from bot.files.config.studio import StudioSettings
from bot.files.project import Project

if TYPE_CHECKING:
    from bot.files.config.settings import Settings

HELP = "see what the bot does, and make it better, in a browser"
DESCRIPTION = (
    "Open pages on this machine: try the bot and see why it says what it says, and answer what "
    "people asked in vain. It prints a link that works once. The bot may be running meanwhile; "
    "with `studio` in config.yaml it serves the pages itself."
)
_SHORTEST = 8


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help="the port, instead of its own")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--link", action="store_true", help="print a new link to the pages that are served already"
    )
    what.add_argument(
        "--password", action="store_true", help="choose the password of studio.password_file"
    )


def run(options: argparse.Namespace) -> int:
    """Serve the pages until told to stop."""
    from bot.studio.channel import StudioChannel, link, require_packages

    require_packages()
    if options.password or options.link:
        settings, _ = read_settings(options.config, options.faq)
        studio = _studio(settings, options.port)
        if options.password:
            _choose_password(studio, options.config)
        else:
            from bot.studio.access import Access

            print(link(studio, Access(studio, settings).link()))
        return FINE
    project = Project(options.config, options.faq)
    settings, faq = project.load()
    log_remarks(settings, faq)
    from bot.app import serve_beside

    studio = _studio(settings, options.port)
    channel = StudioChannel(replace(settings, studio=studio), _told)
    try:
        serve_beside(channel, settings, faq, project, os.environ)
    except ChannelError as error:
        again = "If the studio is served there already: python -m bot studio --link"
        raise ChannelError(f"{error} {again}") from None
    return FINE


def _studio(settings: Settings, port: int | None) -> StudioSettings:
    studio = settings.studio or StudioSettings()
    return studio if port is None else replace(studio, port=port)


def _told(link: str) -> None:
    print(f"Open this in a browser; it works once, for ten minutes:\n{link}", flush=True)


def _choose_password(studio: StudioSettings, config: str) -> None:
    """Ask for the password twice, and write its hash.

    Raises:
        BotError: no file is named for it, it is too short, or the two differ.
    """
    from bot.studio.access import write_password

    if studio.password_file is None:
        raise BotError(
            f"{config}: studio.password_file is missing. Write under studio: password_file: "
            "studio.password"
        )
    is_asked = sys.stdin.isatty()
    first = getpass.getpass("The new password: ") if is_asked else sys.stdin.readline().rstrip("\n")
    if len(first) < _SHORTEST:
        raise BotError(f"a password needs {_SHORTEST} characters or more.")
    if is_asked and getpass.getpass("Once more: ") != first:
        raise BotError("the two are not the same. Nothing was changed.")
    write_password(studio.password_file, first)
    print(f"Its hash stands in {studio.password_file}. Who was signed in has to sign in again.")
