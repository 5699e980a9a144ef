"""`store`: a backup of what the bot remembers, and the way back."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from bot.commands.options import FINE, PROBLEMS
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
    from bot.store.sql.engine import file_of

    settings, _ = load_project(options.config, options.faq)
    path, key = file_of(settings.store.url), settings.store.key_file
    if path is None:
        return _tell_of_server(options, settings.store.url, key)
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


def _tell_of_server(options: argparse.Namespace, url: str, key: Path) -> int:
    """Say what copies a database on a server; PostgreSQL's own programs do it best."""
    address, file = shlex.quote(url.replace("+psycopg", "", 1)), shlex.quote(str(options.file))
    if options.action == "backup":
        print("The memory lies on a server of PostgreSQL, whose own program copies it:")
        print(f"pg_dump --format=custom --no-owner --file={file} {address}")
        print(f"The copy is of no use without the key {key}: copy that too, to another place.")
    else:
        print(
            "The memory lies on a server of PostgreSQL. Stop every bot, then put the copy back by:"
        )
        print(
            "pg_restore --clean --if-exists --no-owner --single-transaction "
            f"--dbname={address} {file}"
        )
        print(f"Its key must be in {key}, or the next start says what cannot be read.")
    return PROBLEMS
