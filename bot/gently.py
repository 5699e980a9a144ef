"""Long work beside the messages, which go first.

Python runs one thread at a time, so that a message takes twice as long while something else is
computed. Whatever takes long is gone through by `gently`, which gives way before each item.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

A = TypeVar("A")

_this_thread = threading.local()


def _nobody() -> None:
    """Nobody waits."""


@contextmanager
def beside(give_way: Callable[[], None]) -> Iterator[None]:
    """Work beside the messages on this thread.

    Args:
        give_way: waits while a message is read, but not for long.
    """
    before = getattr(_this_thread, "give_way", _nobody)
    _this_thread.give_way = give_way
    try:
        yield
    finally:
        _this_thread.give_way = before


def give_way() -> None:
    """Let messages go first, in the midst of what is no matter of items."""
    waits: Callable[[], None] = getattr(_this_thread, "give_way", _nobody)
    waits()


def gently(items: Iterable[A]) -> Iterator[A]:
    """The same items."""
    for item in items:
        give_way()
        yield item
