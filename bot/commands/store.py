"""`store`: a backup of what the bot remembers, and the way back."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.commands.options import FINE
from bot.files.faq import load_project

HELP = "back up what the bot remembers, or put a backup back"
DESCRIPTION = (
    "Copy the database, while the bot runs or not, or put a copy back, while it does not. The key "
    "is no part of a copy: keep it in another place, for with both anybody can read who asked."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Describe what is done, and with which file."""
    parser.add_argument("action", choices=("backup", "restore"), help="which of the two")
    parser.add_argument("file", metavar="FILE", type=Path, help="the copy of the database")


def run(options: argparse.Namespace) -> int:
    """Back up or restore."""
    from bot.store.sql.backup import back_up, restore
    from bot.store.sql.store import file_of

    settings, _ = load_project(options.config, options.faq)
    path, key = file_of(settings.store.url), settings.store.key_file
    if options.action == "backup":
        back_up(path, options.file)
        print(f"{path} is copied to {options.file}.")
        print(f"It is of no use without the key {key}: copy that too, to another place.")
        return FINE
    aside = restore(path, options.file)
    print(f"{options.file} is now {path}.")
    if aside is not None:
        print(f"What was there lies in {aside}; delete it when you are sure.")
    print(f"Its key must be in {key}, or the next start says what cannot be read.")
    return FINE
