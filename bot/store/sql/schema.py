"""The tables, their version, and how an older version becomes the present one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import CreateColumn

from bot.errors import StoreError

logger = logging.getLogger(__name__)

DAY_S = 86_400.0

metadata = MetaData()

schema_version = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)

# Shows whether the database can be written: to delete nothing succeeds on a full disk.
WRITES_NOTHING_NEW = update(schema_version).values(version=schema_version.c.version)

_HASH = String(32)
# Counts up by itself; SQLite does so with an INTEGER alone, which is as large there.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

OPEN, DONE, SET_ASIDE = "open", "done", "aside"  # states of what was received

decisions = Table(
    "decisions",
    metadata,
    Column("number", _NUMBER, primary_key=True),  # grows: what was decided later has a higher one
    Column("id", String(16), nullable=False, unique=True),
    Column("at", Float, nullable=False, index=True),
    Column("day", Integer, nullable=False),  # since 1970, UTC
    Column("person", _HASH, nullable=False, index=True),
    Column("conversation", _HASH, nullable=False),
    Column("text", Text),  # null where the words are not kept
    Column("lang", Text),
    Column("small_talk", Boolean, nullable=False),
    Column("action", String(16), nullable=False),
    Column("entry_id", Text),
    Column("score", Float, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("parts", JSON(none_as_null=True)),  # null where the message was answered as a whole
    Column("reason", Text, nullable=False),  # quotes nothing of the words
    Column("full_reason", Text),  # where it quotes words that are kept
    Column("fingerprint", Text, nullable=False),
    # What the scores were held against; null where it is not known, as before version 3.
    Column("answer_threshold", Float),
    Column("follow_up_threshold", Float),
    Column("guard", Text),  # null where none spoke
    Column("tentative_threshold", Float),  # null where it was off, and before version 4
    Column("tentative", Boolean),  # null before version 4
    Column("dealt_with", Boolean),  # by admins, who were told that it was not answered; null: not
    Column("ignored", Boolean),  # by admins, with whatever asks the same; null: not
    Column("unknown", Float),  # the share of words that the FAQ lacked; null where it is not known
    Index("decisions_by_conversation", "conversation", "number"),
)

labels = Table(
    "labels",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("decision", _NUMBER, ForeignKey("decisions.number", ondelete="CASCADE"), nullable=False),
    Column("family", String(8), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("person", _HASH, nullable=False, index=True),
    Column("entry_id", Text),
    Column("at", Float, nullable=False),
    Column("text", Text),  # of the team; null before version 10
    UniqueConstraint("decision", "family"),
)

shown = Table(
    "shown",
    metadata,
    Column("chat", _HASH, primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "decision",
        _NUMBER,
        ForeignKey("decisions.number", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", _HASH, nullable=False, index=True),
    Column("conversation", _HASH, nullable=False),
    Column("sealed", Text, nullable=False),  # person, conversation and address
    Column("question", Text),  # sealed; null once it is posted
    Column("is_open", Boolean, nullable=False),
    Column("last_at", Float, nullable=False, index=True),
    Column("posted", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("helper", _HASH, index=True),  # null for nobody
)

posts = Table(
    "posts",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("of_message", Integer, nullable=False),  # `Post.number`
    Column(
        "ticket_id",
        String(16),
        ForeignKey("tickets.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("asked", BigInteger),  # null before version 5, and where it is not known
    Column("helper", _HASH, index=True),  # null where it names none
    UniqueConstraint("chat_id", "message_id", "of_message"),
)

received = Table(
    "received",
    metadata,
    Column("number", _NUMBER, primary_key=True),  # the order they came in
    Column("account", BigInteger),  # null before version 6, until an account takes them over
    Column("update_id", BigInteger, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("person", _HASH, index=True),  # null once it is dealt with
    Column("sealed", Text),  # likewise
    Column("state", String(8), nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("reason", Text),  # why it was set aside
    UniqueConstraint("account", "update_id"),
)

blocks = Table(
    "blocks",
    metadata,
    Column("person", _HASH, primary_key=True),
    Column("until", Float),  # null: for good
)

notes = Table("notes", metadata, Column("name", Text, primary_key=True), Column("text", Text))


def _add_received(connection: Connection) -> None:
    """Version 2 knows updates that have arrived and are not answered yet."""
    received.create(connection)


def _add_thresholds(connection: Connection) -> None:
    """Version 3 knows what a decision was held against, which guard spoke, and no moved groups."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS moved_chats")
    _add_columns(connection, decisions, "answer_threshold", "follow_up_threshold", "guard")


def _add_tentative(connection: Connection) -> None:
    """Version 4 knows which answers were shown tentatively, and its scores have another scale."""
    _add_columns(connection, decisions, "tentative_threshold", "tentative")
    logger.warning(
        "since this version 0.60 lies lower on the scale of scores, so the same "
        "thresholds.follow_up asks about more. If yours was set by hand, tune it anew: "
        "python -m bot tune LABELLED --write"
    )


def _add_asked(connection: Connection) -> None:
    """Version 5 knows which of a person's messages a post tells of."""
    _add_columns(connection, posts, "asked")


def _add_account(connection: Connection) -> None:
    """Version 6 knows which account an update came to: each has numbers of its own."""
    found = inspect(connection)
    columns = [column["name"] for column in found.get_columns(received.name)]
    if "account" in columns:
        return
    for index in found.get_indexes(received.name):
        connection.exec_driver_sql(f"DROP INDEX {index['name']}")
    connection.exec_driver_sql(f"ALTER TABLE {received.name} RENAME TO received_before")
    received.create(connection)
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"INSERT INTO {received.name} ({names}) SELECT {names} FROM received_before"  # noqa: S608
    )
    connection.exec_driver_sql("DROP TABLE received_before")


def _add_dealt_with(connection: Connection) -> None:
    """Version 7 knows which unanswered questions admins have dealt with."""
    _add_columns(connection, decisions, "dealt_with")


def _add_blocks(connection: Connection) -> None:
    """Version 8 knows whom the team has blocked."""
    blocks.create(connection)


def _add_helper(connection: Connection) -> None:
    """Version 9 knows by whom of the team a ticket is looked after, and whom a post names."""
    for table in (tickets, posts):
        _add_columns(connection, table, "helper")
        next(each for each in table.indexes if "helper" in each.columns).create(connection)


def _add_replies(connection: Connection) -> None:
    """Version 10 knows what the team replied to what the bot could not answer."""
    _add_columns(connection, labels, "text")


def _add_ignored(connection: Connection) -> None:
    """Version 11 knows what admins want to hear no more of."""
    _add_columns(connection, decisions, "ignored")


def _add_notes(connection: Connection) -> None:
    """Version 12 knows what the bot notes for itself, and how many words the FAQ lacked."""
    notes.create(connection)
    _add_columns(connection, decisions, "unknown")


def _add_columns(connection: Connection, table: Table, *names: str) -> None:
    for name in names:
        column = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")


# The first makes version 2 of version 1, and so on. The tables above are those of the last version;
# a new database gets them at once.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _add_received,
    _add_thresholds,
    _add_tentative,
    _add_asked,
    _add_account,
    _add_dealt_with,
    _add_blocks,
    _add_helper,
    _add_replies,
    _add_ignored,
    _add_notes,
)


NEWEST = 1 + len(MIGRATIONS)


def migrate(connection: Connection) -> None:
    """Make the tables, or bring those of an older version up; wholly or not at all.

    Raises:
        StoreError: the database is of a newer version, or another program's; it stays as it is.
    """
    version, newest = _version(connection), 1 + len(MIGRATIONS)
    if version is None:
        metadata.create_all(connection, checkfirst=False)
        connection.execute(schema_version.insert().values(version=newest))
    elif version < newest:
        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        connection.execute(update(schema_version).values(version=newest))


def require_newest(connection: Connection) -> None:
    """See that the tables are those above, for whoever only reads.

    Raises:
        StoreError: they are of another version, another program's, or not there.
    """
    version, newest = _version(connection), 1 + len(MIGRATIONS)
    if version is None:
        raise StoreError("the database is empty: nothing was asked yet")
    if version < newest:
        raise StoreError(
            f"the database is of version {version}, and version {newest} is needed: start the bot "
            "once, which brings it up to date"
        )


def _version(connection: Connection) -> int | None:
    """None where there are no tables yet."""
    names = inspect(connection).get_table_names()
    version: int | None = None
    if schema_version.name in names:
        version = connection.execute(select(schema_version.c.version)).scalar()
    if version is None and names:
        raise StoreError("the database holds tables of another program: name one of the bot's own")
    newest = 1 + len(MIGRATIONS)
    if version is not None and version > newest:
        raise StoreError(
            f"the database is of version {version}, and this bot knows versions up to {newest}: "
            "start a newer bot, or name another database"
        )
    return version
