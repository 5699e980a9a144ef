"""`store`: a backup of what the bot remembers, the way back, and the way to another database or to
the tables of this version."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

from bot.commands.options import FINE, PROBLEMS
from bot.errors import BotError, FileProblems, StoreError
from bot.files.config.settings import read_settings
from bot.files.config.store import StoreSettings, address
from bot.files.faq.load import load_project

HELP = "back up what the bot remembers, put a backup back, or move to another database"
DESCRIPTION = (
    "Copy the database, while the bot runs or not, or put a copy back, while it does not. The key "
    "is no part of a copy: keep it in another place, for with both anybody can read who asked. "
    "Or move all to another database, while no bot runs: store copy FROM TO; each is an address, "
    "as store.url has it, or a configuration that names one. What was interrupted goes on. Or have "
    "the tables made, or changed to those of this version, as every start does: upgrade."
)
_NAMES = {"backup": "FILE", "restore": "FILE", "copy": "FROM TO", "upgrade": ""}


def add(parser: argparse.ArgumentParser) -> None:
    """Describe what is done, and with which file."""
    parser.add_argument("action", choices=tuple(_NAMES), help="which of them")
    parser.add_argument(
        "names",
        metavar="FILE",
        nargs="*",
        help="the copy of the database; of copy, FROM and TO; of upgrade, nothing",
    )


def run(options: argparse.Namespace) -> int:
    """Back up, restore, copy or upgrade."""
    action, names = options.action, options.names
    if len(names) != len(_NAMES[action].split()):
        usage = f"python -m bot store {action} {_NAMES[action]}".rstrip()
        raise BotError(f"store {action} needs: {usage}")
    if action == "upgrade":
        return _upgrade(options)
    return _copy(options, *names) if action == "copy" else _back_up(options, Path(names[0]))


def _copy(options: argparse.Namespace, old: str, new: str) -> int:
    from bot.store.sql.copying import copy_store, require_copyable, require_one_key
    from bot.store.sql.engine import place_of
    from bot.store.sql.keys import pseudonyms_of

    source, target = (_named(name, options) for name in (old, new))
    require_one_key(source.key_file, target.key_file)
    require_copyable(source.url, target.url)
    pseudonyms = pseudonyms_of(source.url, source.key_file)
    pseudonyms_of(target.url, target.key_file)
    counts = copy_store(source.url, target.url, pseudonyms)
    for table, count in counts.items():
        print(f"{table:<16}{count:>12,}")
    print(f"{place_of(target.url)} holds all that {place_of(source.url)} does.")
    print(f"It needs the same key: {target.key_file}. Write its address as store.url, and start.")
    return FINE


def _named(name: str, options: argparse.Namespace) -> StoreSettings:
    """The store that an address or a configuration names; an address has the key of --config."""
    settings, problems = read_settings(options.config if "://" in name else name, options.faq)
    if problems:
        raise FileProblems(problems)
    if "://" not in name:
        return settings.store
    try:
        return replace(settings.store, url=address(name, Path()))
    except ValueError as problem:
        raise BotError(f"the address {problem}") from None


def _upgrade(options: argparse.Namespace) -> int:
    """Open the database as a start does, which makes or changes its tables."""
    from bot.store.sql.engine import engine_of, place_of, require_usable
    from bot.store.sql.keys import pseudonyms_of

    kept = load_project(options.config, options.faq)[0].store
    require_usable(kept.url)
    pseudonyms_of(kept.url, kept.key_file)
    engine = engine_of(kept.url)
    try:
        with engine.write():
            print(f"{place_of(kept.url)} has the tables of this version.")
    finally:
        engine.close()
    return FINE


def _back_up(options: argparse.Namespace, file: Path) -> int:
    from bot.store.sql.backup import back_up, restore
    from bot.store.sql.engine import file_of

    settings, _ = load_project(options.config, options.faq)
    path, key = file_of(settings.store.url), settings.store.key_file
    if path is None:
        return _tell_of_server(options.action, settings.store.url, file, key)
    if options.action == "backup":
        back_up(path, file)
        print(f"{path} is copied to {file}.")
        print(f"It is of no use without the key {key}: copy that too, to another place.")
        return FINE
    aside = restore(path, file)
    print(f"{file} is now {path}.")
    if aside is not None:
        print(f"What was there lies in {aside}; delete it when you are sure.")
    print(f"Its key must be in {key}, or the next start says what cannot be read.")
    return FINE


def _tell_of_server(action: str, url: str, copy: Path, key: Path) -> int:
    """Say what copies a database on a server; PostgreSQL's own programs do it best.

    Raises:
        StoreError: the key is not the database's, which a copy would be of no use without.
    """
    from bot.store.sql.keys import OtherKeyError, pseudonyms_of

    try:
        pseudonyms_of(url, key)
    except OtherKeyError:
        raise
    except StoreError as error:  # as before a restore into a database that is not there yet
        print(f"Whether {key} is its key cannot be seen now: {error}.")
    address, file = shlex.quote(url.replace("+psycopg", "", 1)), shlex.quote(str(copy))
    if action == "backup":
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
