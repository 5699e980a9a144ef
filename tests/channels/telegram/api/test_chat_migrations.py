"""Groups that became supergroups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from bot.channels.telegram.api.sender import Delivery
from bot.errors import StoreError
from bot.service.health import Health
from bot.store.async_store import AsyncStore
from tests.fakes import FakeStore, settled

OLD, NEW, NEWER = -1, -1001, -1002


class AwayStore(FakeStore):
    """A store that cannot be read."""

    def moved_chats(self) -> Mapping[int, int]:
        """See `Store.moved_chats`."""
        raise StoreError("the disk is full")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def thread(store: FakeStore) -> Iterator[AsyncStore]:
    thread = AsyncStore(lambda: store)
    yield thread
    thread.close()


def migrations_of(thread: AsyncStore, team: int | None = None) -> Delivery:
    """They are the delivery's."""
    return Delivery(thread, Health(), team)


def loaded(store: FakeStore) -> Delivery:
    """The migrations as they are known after a start."""
    thread = AsyncStore(lambda: store)
    migrations = migrations_of(thread)
    asyncio.run(migrations.load())
    thread.close()
    return migrations


@pytest.mark.parametrize("steps", [[(OLD, NEW), (NEW, NEWER)], [(NEW, NEWER), (OLD, NEW)]])
def test_a_group_is_found_where_it_is_now_over_migrations_in_any_order(
    thread: AsyncStore, steps: list[tuple[int, int]]
) -> None:
    migrations = migrations_of(thread)
    assert migrations.present(OLD) == OLD
    for old, new in steps:
        migrations.follow(old, new)
    assert [migrations.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_migrations_are_known_after_a_restart(store: FakeStore, thread: AsyncStore) -> None:
    migrations = migrations_of(thread)
    migrations.follow(OLD, NEW)
    migrations.follow(NEW, NEWER)
    settled(thread)
    again = loaded(store)
    assert [again.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_a_migration_is_told_and_kept_once_and_makes_no_circle(
    store: FakeStore, thread: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegram tells it in two messages, and by refusing what is sent to the old group."""
    migrations = migrations_of(thread)
    for old, new in [(OLD, NEW)] * 3 + [(NEW, OLD), (OLD, OLD)]:
        migrations.follow(old, new)
    settled(thread)
    assert (migrations.present(OLD), store.moved_chats()) == (NEW, {OLD: NEW})
    assert caplog.messages == [f"the group {OLD} is now the supergroup {NEW}"]


@pytest.mark.parametrize(
    ("team", "told"), [(OLD, [NEW, NEWER]), (NEW, [NEWER]), (-7, []), (None, [])]
)
def test_where_the_configuration_names_the_group_what_to_write_there_is_said_each_time(
    thread: AsyncStore, caplog: pytest.LogCaptureFixture, team: int | None, told: list[int]
) -> None:
    migrations = migrations_of(thread, team)
    migrations.follow(OLD, NEW)
    migrations.follow(NEW, NEWER)
    said = [line for line in caplog.messages if line.startswith("put")]
    assert said == [f"put {chat} into config.yaml as telegram.handoff_chat" for chat in told]


def test_a_store_that_cannot_be_read_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded(AwayStore()).present(OLD) == OLD
    assert "which groups have moved is not known: the disk is full" in caplog.messages
