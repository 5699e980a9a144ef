"""Several replicas on one inbox: each chat in order, by whoever is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bot.store.shared import InboxItem
from bot.store.sql.leases import LEASE_S, STAYS_S, leave, register
from bot.store.sql.schema import lanes, replicas
from bot.store.sql.store import SqlStore
from bot.store.store import Ticket

ADA, BEN = "a" * 32, "b" * 32


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request: pytest.FixtureRequest) -> SqlStore:
    """A store of which two replicas are seen."""
    opened = "open_store" if request.param == "sqlite" else "open_shared"
    open_it: Callable[[], SqlStore] = request.getfixturevalue(opened)
    store = open_it()
    with store._engine.write() as connection:
        for name in (ADA, BEN):
            register(connection, name)
    return store


def came(number: int, chat: int, person: str = "7") -> InboxItem:
    return InboxItem(number, 0.0, f"words {number}", person, lane=chat)


def numbers(items: Sequence[InboxItem]) -> list[int]:
    return [item.update_id for item in items]


def pass_by(store: SqlStore, seconds: float, *, seen: str = "") -> None:
    """Let time pass for all that stands there, but for a replica that is still seen."""
    with store._engine.write() as connection:
        connection.execute(lanes.update().values(at=lanes.c.at - seconds))
        others = replicas.update().where(replicas.c.name != seen)
        connection.execute(others.values(seen_at=replicas.c.seen_at - seconds))


def end(store: SqlStore, name: str) -> None:
    with store._engine.write() as connection:
        leave(connection, name)


def test_the_oldest_of_each_chat_is_leased_and_the_next_once_that_is_done(shared: SqlStore) -> None:
    shared.receive([came(1, 7), came(2, 7), came(3, 8), came(4, 9)])
    assert numbers(shared.lease(ADA, 2)) == [1, 3]
    assert numbers(shared.lease(BEN, 9)) == [4]
    assert numbers(shared.lease(ADA, 9, [1, 3])) == []
    shared.done(1)
    assert [(each.payload, each.tries) for each in shared.lease(ADA, 9, [3])] == [("words 2", 0)]


def test_a_chat_stays_with_whom_it_was_answered_by_while_that_one_is_there(
    shared: SqlStore,
) -> None:
    shared.receive([came(1, 7), came(2, 7)])
    shared.lease(ADA, 1)
    shared.done(1)
    assert numbers(shared.lease(BEN, 9)) == []
    with shared._engine.write() as connection:
        connection.execute(lanes.update().values(at=lanes.c.at - STAYS_S))
    assert numbers(shared.lease(BEN, 9)) == [2]


def test_what_a_replica_that_has_ended_had_under_way_is_taken_over(shared: SqlStore) -> None:
    shared.receive([came(1, 7), came(2, 7), came(3, 8)])
    assert numbers(shared.lease(ADA, 9)) == [1, 3]
    end(shared, ADA)
    assert [(each.update_id, each.tries) for each in shared.lease(BEN, 9)] == [(1, 1), (3, 1)]


def test_a_lease_ends_when_its_replica_was_not_seen_for_long(
    open_store: Callable[[], SqlStore],
) -> None:
    """On PostgreSQL all leases hold for a while after the server's start, so that one is asked."""
    store = open_store()
    with store._engine.write() as connection:
        register(connection, ADA)
        register(connection, BEN)
    store.receive([came(1, 7)])
    store.lease(ADA, 1)
    assert numbers(store.lease(BEN, 1)) == []
    pass_by(store, LEASE_S, seen=BEN)
    assert numbers(store.lease(BEN, 1)) == [1]


def test_who_is_not_seen_gets_nothing(shared: SqlStore) -> None:
    shared.receive([came(1, 7)])
    end(shared, ADA)
    assert numbers(shared.lease(ADA, 9)) == []


def test_of_what_was_under_way_when_replicas_ended_one_at_a_time_is_taken(shared: SqlStore) -> None:
    shared.receive([came(number, number) for number in (1, 2, 3)])
    for _ in range(2):
        shared.lease(ADA, 2, [])
        end(shared, ADA)
        with shared._engine.write() as connection:
            register(connection, ADA)
    assert numbers(shared.lease(ADA, 9, [])) == [3, 1]
    assert numbers(shared.lease(ADA, 9, [3, 1])) == []
    shared.done(1)
    assert numbers(shared.lease(ADA, 9, [3])) == [2]


def test_what_was_leased_to_a_replica_that_was_not_told_is_leased_again(shared: SqlStore) -> None:
    shared.receive([came(1, 7)])
    shared.lease(ADA, 1)  # and the connection breaks
    assert numbers(shared.lease(ADA, 1, [1])) == []
    assert numbers(shared.lease(ADA, 1)) == []  # it does not ask for such
    assert numbers(shared.lease(ADA, 1, [])) == [1]


def test_whoever_is_to_be_forgotten_is_not_begun_with_by_anybody(shared: SqlStore) -> None:
    shared.receive([came(1, 7, "x"), came(2, 8, "y"), came(3, 9, "x"), came(4, 9, "x")])
    shared.lease(BEN, 2)  # of x and of y
    others = shared.hold_back(ADA, "x", 4)
    assert len(others) == 2
    assert shared.still_open(others)
    assert numbers(shared.lease(BEN, 9, [1, 2])) == []
    shared.done(1)
    shared.done(2)
    assert not shared.still_open(others)
    shared.forget("x", 4)
    shared.let_go()
    assert numbers(shared.lease(BEN, 9)) == [4]


def test_a_ticket_that_two_have_changed_has_what_both_have_changed(shared: SqlStore) -> None:
    known = Ticket("1" * 16, "7", "7", {"chat_id": 7}, "why", is_open=True, last_at=1.0)
    taken = Ticket(
        "1" * 16, "7", "7", {"chat_id": 7, "post": 5}, "why", True, 1.0, helper="8", helper_name="T"
    )
    heard = Ticket("1" * 16, "7", "7", {"chat_id": 7, "reply_to": 3}, "why", True, last_at=2.0)
    shared.save_ticket(known)
    shared.save_ticket(taken, known)
    shared.save_ticket(heard, known)
    both = {"chat_id": 7, "post": 5, "reply_to": 3}
    found = shared.ticket(known.id)
    assert found is not None
    assert (found.helper, found.last_at, dict(found.address)) == ("8", 2.0, both)
    shared.forget("7")
    shared.save_ticket(heard, known)
    assert shared.ticket(known.id) is None
