"""`key`: make a key for whoever may call the API."""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
from pathlib import Path

from bot.commands.options import FINE
from bot.errors import BotError
from bot.files.atomic import write_whole
from bot.files.config.http import NAME, read_keys_file
from bot.files.config.settings import read_settings

HELP = "make a key for the API"
DESCRIPTION = (
    "Make a key, print it once, and write its hash into http.keys_file of config.yaml. Whoever has "
    "the key may call the API, until its line is deleted there."
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="whose it is, such as website")


def run(options: argparse.Namespace) -> int:
    """Print a new key."""
    settings, _ = read_settings(options.config, options.faq)  # the file may not be there yet
    path = None if settings.http is None else settings.http.keys_file
    if path is None:
        raise BotError(
            f"{options.config}: http.keys_file is missing. Write under http: keys_file: keys.yaml"
        )
    if not NAME.fullmatch(options.name):
        raise BotError(f"{options.name!r} is no name for a key: letters, digits, - _ . are needed.")
    if path.exists() and options.name in read_keys_file(path)[0].values():
        raise BotError(f"{path} has a key by the name of {options.name}. Take another name.")
    key = f"faq_{secrets.token_urlsafe(32)}"
    _append(path, f"{options.name}: {hashlib.sha256(key.encode()).hexdigest()}\n")
    print(key)
    told = (
        f"This is shown once. Its hash stands in {path}; to revoke the key, delete its line there."
    )
    print(told, file=sys.stderr)
    return FINE


def _append(path: Path, line: str) -> None:
    """Write a line at the end of a file, which is made where it is missing."""
    try:
        mode, before = None, b"# Keys of the API, as name: SHA-256\n"
        if path.exists():
            mode, before = path.stat().st_mode, path.read_bytes()
        between = b"" if before.endswith(b"\n") or not before else b"\n"
        write_whole(path, before + between + line.encode(), mode)
    except OSError as error:
        raise BotError(f"{path} cannot be written ({error.strerror}).") from None
