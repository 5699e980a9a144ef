"""Where a report or a table can be written to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError


def check_file(option: str, name: str, example: str, inputs: Sequence[str]) -> None:
    """Find out whether a file can be written.

    Args:
        example: how it might be called.
        inputs: files that must not be written over.
    Raises:
        BotError: it is a folder, a device or one of the inputs, or nothing can be written there.
    """
    path = Path(name)
    if path.is_dir():
        raise BotError(
            f"{name}: this is a folder; {option} needs the name of a file, such as "
            f"{path / example}."
        )
    if path.exists() and not path.is_file():  # it would be replaced, whatever else needs it
        raise BotError(
            f"{name}: this is no ordinary file, and {option} would take its place. Name another "
            f"file, such as {example}."
        )
    if path.exists() and any(Path(it).exists() and path.samefile(it) for it in inputs):
        raise BotError(
            f"{name}: {option} would write over what is read here. Name another file, such as "
            f"{path.parent / example}."
        )
    folder = path.parent  # if it is not there yet, it is made in the next one above that is
    there = next((it for it in (folder, *folder.absolute().parents) if it.exists()), folder)
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BotError(f"{name}: nothing can be written to {there}. Name another place.")
