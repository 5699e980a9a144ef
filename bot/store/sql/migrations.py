"""How the tables of an earlier version become the present ones; loaded only where that is due.

The steps stay as they are: each makes of the version before it what its own version was, whatever
has become of the tables since. Where processes of two versions serve one database at once, what the
older one writes must fit too: a step adds tables, and columns that may be null. What is not used
any more goes in a later version, by a step that raises `schema.OLDEST_SERVED` to the first version
that does without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from alembic.operations import Operations

logger = logging.getLogger(__name__)

_HASH = String(32)


def upgrade(connection: Connection, version: int) -> None:
    """Take all steps from a version on."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    operations = Operations(MigrationContext.configure(connection))
    for step in STEPS[version - 1 :]:
        step(operations)


def _add_received(op: Operations) -> None:
    """Version 2 knows updates that have arrived and are not answered yet."""
    _make_received(op, "update_id")


def _add_thresholds(op: Operations) -> None:
    """Version 3 knows what a decision was held against, which guard spoke, and no moved groups."""
    op.drop_table("moved_chats", if_exists=True)
    op.add_column("decisions", Column("answer_threshold", Float))
    op.add_column("decisions", Column("follow_up_threshold", Float))
    op.add_column("decisions", Column("guard", Text))


def _add_tentative(op: Operations) -> None:
    """Version 4 knows which answers were shown tentatively, and its scores have another scale."""
    op.add_column("decisions", Column("tentative_threshold", Float))
    op.add_column("decisions", Column("tentative", Boolean))
    logger.warning(
        "since this version 0.60 lies lower on the scale of scores, so the same "
        "thresholds.follow_up asks about more. If yours was set by hand, tune it anew: "
        "python -m bot tune LABELLED --write"
    )


def _add_asked(op: Operations) -> None:
    """Version 5 knows which of a person's messages a post tells of."""
    op.add_column("posts", Column("asked", BigInteger))


def _add_account(op: Operations) -> None:
    """Version 6 knows which account an update came to: each has numbers of its own."""
    op.rename_table("received", "received_before")
    for name in ("at", "person", "state"):
        op.drop_index(f"ix_received_{name}")
    _make_received(op, "account", "update_id")
    names = "number, update_id, at, person, sealed, state, tries, reason"
    op.execute(f"INSERT INTO received ({names}) SELECT {names} FROM received_before")  # noqa: S608
    op.drop_table("received_before")


def _add_dealt_with(op: Operations) -> None:
    """Version 7 knows which unanswered questions admins have dealt with."""
    op.add_column("decisions", Column("dealt_with", Boolean))


def _add_blocks(op: Operations) -> None:
    """Version 8 knows whom the team has blocked."""
    op.create_table("blocks", Column("person", _HASH, primary_key=True), Column("until", Float))


def _add_helper(op: Operations) -> None:
    """Version 9 knows by whom of the team a ticket is looked after, and whom a post names."""
    for table in ("tickets", "posts"):
        op.add_column(table, Column("helper", _HASH, index=True))


def _add_replies(op: Operations) -> None:
    """Version 10 knows what the team replied to what the bot could not answer."""
    op.add_column("labels", Column("text", Text))


def _add_ignored(op: Operations) -> None:
    """Version 11 knows what admins want to hear no more of."""
    op.add_column("decisions", Column("ignored", Boolean))


def _add_notes(op: Operations) -> None:
    """Version 12 knows what the bot notes for itself, and how many words the FAQ lacked."""
    op.create_table("notes", Column("name", Text, primary_key=True), Column("text", Text))
    op.add_column("decisions", Column("unknown", Float))


def _add_post_decision(op: Operations) -> None:
    """Version 13 knows which decision a post tells of."""
    op.add_column("posts", Column("decision_id", String(16)))


def _add_shared(op: Operations) -> None:
    """Version 14 knows what replicas share: the FAQ, and how much is asked."""
    op.create_table(
        "faq_versions",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("digest", String(64), nullable=False, index=True),
        Column("at", Float, nullable=False),
        Column("files", LargeBinary),
        Column("caches", LargeBinary),
    )
    op.create_table(
        "buckets",
        Column("name", _HASH, primary_key=True),
        Column("tokens", Float, nullable=False),
        Column("at", Float, nullable=False, index=True),
        Column("refused", Integer, nullable=False),
    )


def _add_replicas(op: Operations) -> None:
    """Version 15 knows which of several processes answers what."""
    op.create_table("replicas", Column("name", _HASH, primary_key=True), Column("seen_at", Float))
    op.create_table(
        "lanes",
        Column("account", BigInteger, primary_key=True, autoincrement=False),
        Column("lane", _HASH, primary_key=True),
        Column("holder", _HASH, nullable=False),
        Column("at", Float, nullable=False),
    )
    op.add_column("received", Column("lane", _HASH))
    op.add_column("received", Column("holder", _HASH))
    columns = ["account", "state", "lane", "number"]
    op.create_index("received_by_lane", "received", columns)
    op.create_index("ix_tickets_conversation", "tickets", ["conversation"])


def _add_took(op: Operations) -> None:
    """Version 16 knows how long replies took."""
    op.add_column("decisions", Column("took_ms", Integer))


def _make_received(op: Operations, *unique: str) -> None:
    accounts = [Column("account", BigInteger)] if "account" in unique else []
    op.create_table(
        "received",
        Column("number", Integer, primary_key=True),
        *accounts,
        Column("update_id", BigInteger, nullable=False),
        Column("at", Float, nullable=False, index=True),
        Column("person", _HASH, index=True),
        Column("sealed", Text),
        Column("state", String(8), nullable=False, index=True),
        Column("tries", Integer, nullable=False),
        Column("reason", Text),
        UniqueConstraint(*unique),
    )


# The first makes version 2 of version 1, and so on.
STEPS: tuple[Callable[[Operations], None], ...] = (
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
    _add_post_decision,
    _add_shared,
    _add_replicas,
    _add_took,
)
