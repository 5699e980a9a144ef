"""Whose turn it is: the messages', and in between that of a new FAQ, or of an edit that is tried.

Encoders are used in turn. All else such work does on a thread of its own; but Python runs one
thread at a time, so that a message would take twice as long meanwhile. So the work gives way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from bot.matching.encoder.encoder import Embedder, Vectors

A = TypeVar("A")
T = TypeVar("T")


class Turns(Protocol):
    """The thread that serves, which lends itself between two messages.

    The encoder is used there alone: its tokenizer bears no two threads at once.
    """

    def in_turn(self, function: Callable[[], T], /) -> T:
        """Have a function run there, and wait for what it gives."""

    def give_way(self) -> None:
        """Wait while a message is read, but not for long."""


class _AtOnce:
    """`Turns` of a thread that does nothing else."""

    def in_turn(self, function: Callable[[], T], /) -> T:
        return function()

    def give_way(self) -> None:
        pass


AT_ONCE: Turns = _AtOnce()
_this_thread = threading.local()


@contextmanager
def beside(turns: Turns) -> Iterator[None]:
    """Work beside the messages on this thread: they go first wherever `gently` is."""
    before = getattr(_this_thread, "turns", AT_ONCE)
    _this_thread.turns = turns
    try:
        yield
    finally:
        _this_thread.turns = before


def gently(items: Iterable[A]) -> Iterator[A]:
    """The same items; whoever works through them beside the messages gives way before each."""
    turns: Turns = getattr(_this_thread, "turns", AT_ONCE)
    for item in items:
        turns.give_way()
        yield item


class InTurn:
    """An `Embedder` that takes turns with the messages."""

    def __init__(self, embedder: Embedder, turns: Turns) -> None:
        self._embedder = embedder
        self._turns = turns

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        return self._turns.in_turn(partial(self._embedder.encode, texts))
