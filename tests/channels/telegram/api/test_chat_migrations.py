"""Groups that became supergroups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from bot.channels.telegram.api.chat_migrations import ChatMigrations
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from tests.fakes import FakeStore, settled

OLD, NEW, NEWER = -1, -1001, -1002
KEY = "telegram.handoff_chat"


class CountingStore(FakeStore):
    """A store that counts migrations, and can be made to fail.

    Attributes:
        moves: as they were told.
    """

    def __init__(self, found: Mapping[int, int] | None = None, *, fails: bool = False) -> None:
        super().__init__()
        self._found = found
        self._fails = fails
        self.moves: list[tuple[int, int]] = []

    def move_chat(self, old: int, new: int) -> None:
        """See `Store.move_chat`."""
        self.moves.append((old, new))
        super().move_chat(old, new)

    def moved_chats(self) -> Mapping[int, int]:
        """See `Store.moved_chats`."""
        if self._fails:
            raise StoreError("the disk is full")
        return super().moved_chats() if self._found is None else self._found


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def thread(store: CountingStore) -> Iterator[AsyncStore]:
    thread = AsyncStore(lambda: store)
    yield thread
    thread.close()


@pytest.fixture
def migrations(thread: AsyncStore) -> ChatMigrations:
    return ChatMigrations(thread, {})


def loaded(store: FakeStore) -> ChatMigrations:
    """The migrations as they are known after a start."""
    thread = AsyncStore(lambda: store)
    migrations = ChatMigrations(thread, {})
    asyncio.run(migrations.load())
    thread.close()
    return migrations


@pytest.mark.parametrize("steps", [[(OLD, NEW), (NEW, NEWER)], [(NEW, NEWER), (OLD, NEW)]])
def test_a_group_is_found_where_it_is_now_over_migrations_in_any_order(
    migrations: ChatMigrations, steps: list[tuple[int, int]]
) -> None:
    assert migrations.present(OLD) == OLD
    for old, new in steps:
        migrations.follow(old, new)
    assert [migrations.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_migrations_are_known_after_a_restart(
    store: CountingStore, thread: AsyncStore, migrations: ChatMigrations
) -> None:
    migrations.follow(OLD, NEW)
    migrations.follow(NEW, NEWER)
    settled(thread)
    again = loaded(store)
    assert [again.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_a_migration_is_told_and_kept_once(
    store: CountingStore,
    thread: AsyncStore,
    migrations: ChatMigrations,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Telegram tells it in two messages, and by refusing what is sent to the old group."""
    for _ in range(3):
        migrations.follow(OLD, NEW)
    settled(thread)
    assert store.moves == [(OLD, NEW)]
    assert caplog.messages == [f"the group {OLD} is now the supergroup {NEW}"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({OLD: KEY}, [NEW, NEWER]),
        ({NEW: KEY}, [NEWER]),
        ({-7: KEY}, []),
        ({}, []),
    ],
)
def test_where_the_configuration_names_the_group_what_to_write_there_is_said_each_time(
    thread: AsyncStore, caplog: pytest.LogCaptureFixture, named: dict[int, str], told: list[int]
) -> None:
    migrations = ChatMigrations(thread, named)
    migrations.follow(OLD, NEW)
    migrations.follow(NEW, NEWER)
    said = [line for line in caplog.messages if line.startswith("put")]
    assert said == [f"put {chat} into config.yaml as {KEY}" for chat in told]


@pytest.mark.parametrize(
    "circle", [{OLD: NEW, NEW: OLD}, {OLD: OLD}, {OLD: NEW, NEW: NEWER, NEWER: OLD}]
)
def test_migrations_in_a_circle_do_not_hang(circle: dict[int, int]) -> None:
    migrations = loaded(CountingStore(circle))
    assert [migrations.present(chat) for chat in circle] == list(circle)


def test_no_circle_is_made(
    store: CountingStore, thread: AsyncStore, migrations: ChatMigrations
) -> None:
    for old, new in ((OLD, NEW), (NEW, OLD), (OLD, OLD)):
        migrations.follow(old, new)
    settled(thread)
    assert (migrations.present(OLD), store.moves) == (NEW, [(OLD, NEW)])


def test_a_store_that_cannot_be_read_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    migrations = loaded(CountingStore(fails=True))
    assert migrations.present(OLD) == OLD
    assert "which groups have moved is not known: the disk is full" in caplog.messages
