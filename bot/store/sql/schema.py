"""The tables, their version, and how an older version becomes the present one."""

from __future__ import annotations

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
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    update,
)

from bot.errors import StoreError
from bot.store.sql.engine import put

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
    Column("dealt_with", Boolean),  # by admins, before version 13: it is listed no more; null: not
    Column("ignored", Boolean),  # by admins, with whatever asks the same; null: not
    Column("unknown", Float),  # the share of words that the FAQ lacked; null where it is not known
    Column("took_ms", Integer),  # the reply; null before version 16, and where it is not known
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
    Column("conversation", _HASH, nullable=False, index=True),
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
    Column("decision_id", String(16)),  # null before version 13, and where it is not known
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
    Column("lane", _HASH),  # what it is answered in order with; null where one process serves
    Column("holder", _HASH),  # the replica that has it under way
    UniqueConstraint("account", "update_id"),
    Index("received_by_lane", "account", "state", "lane", "number"),
)

# Processes on one database, and when each was last seen, by the database's clock.
replicas = Table(
    "replicas", metadata, Column("name", _HASH, primary_key=True), Column("seen_at", Float)
)

# Which replica has answered a chat last, and knows what was said there.
lanes = Table(
    "lanes",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", _HASH, primary_key=True),
    Column("holder", _HASH, nullable=False),
    Column("at", Float, nullable=False),
)

blocks = Table(
    "blocks",
    metadata,
    Column("person", _HASH, primary_key=True),
    Column("until", Float),  # null: for good
)

notes = Table("notes", metadata, Column("name", Text, primary_key=True), Column("text", Text))

# What replicas share: the FAQ that all serve, and how much is asked.
faq_versions = Table(
    "faq_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("files", LargeBinary),  # null of all but the newest
    Column("caches", LargeBinary),  # likewise
)

buckets = Table(
    "buckets",
    metadata,
    Column("name", _HASH, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("refused", Integer, nullable=False),  # messages, one after the other, up to the last
)


# The version of the tables above, and the first whose bots can still write into them, so that
# processes of both can serve one database while they are upgraded one by one; see `migrations`.
NEWEST, OLDEST_SERVED = 16, 12
_OLDEST_SERVED = "schema: oldest version served"  # among the notes


def migrate(connection: Connection) -> bool:
    """Make the tables, or bring those of an older version up; wholly or not at all.

    Returns:
        Whether there were any of an older version, with which others may be at work.
    Raises:
        StoreError: the database is of a newer version that this bot does not fit, or another
            program's; it stays as it is.
    """
    version = _version(connection)
    if version is None:
        metadata.create_all(connection, checkfirst=False)
        connection.execute(schema_version.insert().values(version=NEWEST))
    elif version < NEWEST:
        from bot.store.sql.migrations import upgrade

        upgrade(connection, version)
        connection.execute(update(schema_version).values(version=NEWEST))
    else:
        return False
    put(connection, notes, {"name": _OLDEST_SERVED, "text": str(OLDEST_SERVED)})
    return version is not None


def require_served(connection: Connection) -> None:
    """See that this bot fits the tables, which another one may have changed meanwhile.

    Raises:
        StoreError: it does not.
    """
    _version(connection)


def require_newest(connection: Connection) -> None:
    """See that the tables are those above, for whoever only reads.

    Raises:
        StoreError: they are of another version, another program's, or not there.
    """
    version = _version(connection)
    if version is None:
        raise StoreError("the database is empty: nothing was asked yet")
    if version < NEWEST:
        raise StoreError(
            f"the database is of version {version}, and version {NEWEST} is needed: start the bot "
            "once, which brings it up to date"
        )


def _version(connection: Connection) -> int | None:
    """None where there are no tables yet."""
    found = inspect(connection)
    version: int | None = None
    if found.has_table(schema_version.name):
        version = connection.execute(select(schema_version.c.version)).scalar()
    if version is None and found.get_table_names():
        raise StoreError("the database holds tables of another program: name one of the bot's own")
    if version is not None and version > NEWEST and _oldest_served(connection) > NEWEST:
        raise StoreError(
            f"the database is of version {version}, and this bot knows versions up to {NEWEST}: "
            "start a newer bot, or name another database"
        )
    return version


def _oldest_served(connection: Connection) -> float:
    """The first version whose bots fit a newer database; infinite where it does not say."""
    said = select(notes.c.text).where(notes.c.name == _OLDEST_SERVED)
    return float(connection.execute(said).scalar() or "inf")
