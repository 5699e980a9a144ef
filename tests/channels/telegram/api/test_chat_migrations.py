"""Groups that became supergroups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from bot.channels.telegram.api.chat_migrations import Moves
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from tests.fakes import FakeStore, settled

OLD, NEW, NEWER = -1, -1001, -1002


class CountingStore(FakeStore):
    """A store that counts moves, and can be made to fail.

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
def memory(store: CountingStore) -> Iterator[AsyncStore]:
    memory = AsyncStore(lambda: store)
    yield memory
    memory.close()


def loaded(store: FakeStore) -> Moves:
    """Moves as they are known after a start."""
    memory = AsyncStore(lambda: store)
    moves = Moves(memory, {})
    asyncio.run(moves.load())
    memory.close()
    return moves


def test_a_chat_that_never_moved_is_where_it_is(memory: AsyncStore) -> None:
    assert Moves(memory, {}).present(OLD) == OLD


def test_a_group_is_found_where_it_is_now_over_several_moves(memory: AsyncStore) -> None:
    moves = Moves(memory, {})
    moves.follow(OLD, NEW)
    moves.follow(NEW, NEWER)
    assert [moves.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_moves_that_are_told_in_the_other_order_come_to_the_same(memory: AsyncStore) -> None:
    moves = Moves(memory, {})
    moves.follow(NEW, NEWER)
    moves.follow(OLD, NEW)
    assert [moves.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_a_move_is_told_and_kept_once(
    store: CountingStore, memory: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegram tells it in two messages, and by refusing what is sent to the old group."""
    moves = Moves(memory, {})
    for _ in range(3):
        moves.follow(OLD, NEW)
    settled(memory)
    assert store.moves == [(OLD, NEW)]
    assert caplog.messages == [f"the group {OLD} is now the supergroup {NEW}"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({OLD: "telegram.handoff_chat"}, ["put -1001 into config.yaml as telegram.handoff_chat"]),
        ({NEW: "telegram.handoff_chat"}, []),
        ({-7: "telegram.handoff_chat"}, []),
        ({}, []),
    ],
)
def test_where_the_configuration_names_the_group_what_to_write_there_is_said(
    memory: AsyncStore, caplog: pytest.LogCaptureFixture, named: dict[int, str], told: list[str]
) -> None:
    if NEW in named:
        named = {**named, -8: "telegram.other"}
        Moves(memory, named).follow(OLD, -9)
    else:
        Moves(memory, named).follow(OLD, NEW)
    assert caplog.messages[1:] == told


def test_what_to_write_is_said_again_when_it_moves_again(
    memory: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    moves = Moves(memory, {OLD: "telegram.handoff_chat"})
    moves.follow(OLD, NEW)
    moves.follow(NEW, NEWER)
    assert caplog.messages[3:] == ["put -1002 into config.yaml as telegram.handoff_chat"]


@pytest.mark.parametrize(
    "circle", [{OLD: NEW, NEW: OLD}, {OLD: OLD}, {OLD: NEW, NEW: NEWER, NEWER: OLD}]
)
def test_moves_in_a_circle_do_not_hang(circle: dict[int, int]) -> None:
    moves = loaded(CountingStore(circle))
    assert [moves.present(chat) for chat in circle] == list(circle)


def test_no_circle_is_made(store: CountingStore, memory: AsyncStore) -> None:
    moves = Moves(memory, {})
    moves.follow(OLD, NEW)
    moves.follow(NEW, OLD)
    moves.follow(OLD, OLD)
    settled(memory)
    assert (moves.present(OLD), store.moves) == (NEW, [(OLD, NEW)])


def test_moves_are_known_after_a_restart(store: CountingStore, memory: AsyncStore) -> None:
    moves = Moves(memory, {})
    moves.follow(OLD, NEW)
    moves.follow(NEW, NEWER)
    settled(memory)
    again = loaded(store)
    assert [again.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_a_memory_that_cannot_be_read_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    moves = loaded(CountingStore(fails=True))
    assert moves.present(OLD) == OLD
    assert "which groups have moved is not known: the disk is full" in caplog.messages
