"""The key of a database: one on a server has one, whoever uses it, and keeps its fingerprint."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from bot.errors import StoreError
from bot.store.sql.engine import engine_of, file_of, insert_into, place_of
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.schema import notes

_NOTE = "fingerprint of the key"


class OtherKeyError(StoreError):
    """The key is not the one that the database was first used with."""


def pseudonyms_of(url: str, key_file: Path) -> Pseudonyms:
    """Read the key of a database; it is made where there is neither a key nor a database.

    Raises:
        OtherKeyError: the database on the server has another one.
        StoreError: the file holds no key, or the server cannot be asked.
    """
    if file_of(url) is not None:
        return Pseudonyms.load(key_file)
    engine, known = engine_of(url), select(notes.c.text).where(notes.c.name == _NOTE)
    try:
        with engine.write() as connection:
            fingerprint = connection.execute(known).scalar()
            if fingerprint is not None and not key_file.exists():
                raise OtherKeyError(
                    f"{key_file} is missing, and {place_of(url)} was written with a key. Copy the "
                    "key of the bot's other machines there, or the one of your backup."
                )
            own = Pseudonyms.load(key_file)
            if fingerprint is None:
                row = {"name": _NOTE, "text": own.fingerprint}
                new = insert_into(engine.dialect, notes).on_conflict_do_nothing()
                connection.execute(new, row)
                fingerprint = connection.execute(known).scalar()
            if fingerprint != own.fingerprint:
                raise OtherKeyError(
                    f"{key_file} is not the key that {place_of(url)} was written with, so nobody "
                    "would be recognised. Copy the key of the bot's other machines there."
                )
            return own
    finally:
        engine.close()
