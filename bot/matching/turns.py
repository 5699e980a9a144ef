"""Whose turn it is to use an encoder: the messages', and in between a new FAQ's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from bot.matching.encoder.encoder import Embedder, Vectors

T = TypeVar("T")


class Turns(Protocol):
    """The thread that serves, which lends itself between two messages.

    The encoder is used there alone: its tokenizer bears no two threads at once.
    """

    def in_turn(self, function: Callable[[], T], /) -> T:
        """Have a function run there, and wait for what it gives."""

    def give_way(self) -> None:
        """Wait while a message is read, but not for long; see `bot.gently`."""


class _AtOnce:
    """`Turns` of a thread that does nothing else."""

    def in_turn(self, function: Callable[[], T], /) -> T:
        return function()

    def give_way(self) -> None:
        pass


AT_ONCE: Turns = _AtOnce()


class InTurn:
    """An `Embedder` that takes turns with the messages."""

    def __init__(self, embedder: Embedder, turns: Turns) -> None:
        self._embedder = embedder
        self._turns = turns

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        return self._turns.in_turn(partial(self._embedder.encode, texts))
