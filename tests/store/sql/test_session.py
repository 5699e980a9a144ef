"""What replicas on one server of PostgreSQL tell each other, and whose turn it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from bot.store.session import Session
from bot.store.shared import InboxItem
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.session import PostgresSession
from bot.store.sql.store import SqlStore

ADA, BEN, CYD = (letter * 32 for letter in "abc")
INBOX = ("inbox", "")


@pytest.fixture
def store(open_shared: Callable[[], SqlStore]) -> SqlStore:
    """On a server that is there."""
    opened = open_shared()
    opened.newest()
    return opened


@pytest.fixture
def three(store: SqlStore, shared_database: str) -> Iterator[list[Session]]:
    """The sessions of three replicas, each of which was seen."""
    sessions = [
        PostgresSession(shared_database, Pseudonyms(bytes(32)), it) for it in (ADA, BEN, CYD)
    ]
    for each in sessions:
        each.round((), 0)
    yield [*sessions]
    for each in sessions:
        each.close()


def heard(sessions: list[Session]) -> list[tuple[tuple[str, str], ...]]:
    return [each.round((), 0.2).told for each in sessions]


def test_one_leads_until_it_wants_no_more(three: list[Session]) -> None:
    ada, ben, _ = three
    assert ada.round([1, 2], 0).leads == {1, 2}
    assert ben.round([1], 0).leads == frozenset()
    assert ada.round([2], 0).leads == {2}
    assert ben.round([1, 2], 0).leads == {1}
    ada.close()
    while ben.round([1, 2], 0).leads != {1, 2}:  # the server ends a session in its own time
        time.sleep(0.01)


def test_what_comes_is_told_to_who_serves_its_chat_or_to_all(
    store: SqlStore, three: list[Session]
) -> None:
    store.receive([InboxItem(1, 0.0, "words", "7", lane=7)])
    store.summon(BEN, [1])
    assert heard(three) == [(INBOX,)] * 3  # nobody serves it yet
    assert [item.update_id for item in store.lease(ADA, 9)] == [1]
    store.summon(BEN, [1])
    assert heard(three) == [()] * 3  # it is under way
    store.receive([InboxItem(2, 0.0, "words", "7", lane=7)])
    store.summon(ADA, [2])
    assert heard(three) == [()] * 3  # whoever tells it need not be told
    store.summon(BEN, [2])
    assert heard(three) == [(INBOX,), (), ()]
