"""How far long work is: shown in a terminal, or told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Is told how many of how many are done.
Listener = Callable[[int, int], object]
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Have a listener told, in place of the terminal."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def progress(total: int, doing: str | None, unit: str = "it") -> Iterator[Callable[..., object]]:
    """Yields what is called with how many more are done (one, where nothing is said).

    Args:
        doing: what the terminal says; None: nobody is told.
    """
    listener = _LISTENER.get()
    if doing is None or listener is not None:
        done = 0

        def tell(more: int = 1) -> None:
            nonlocal done
            done += more
            if doing is not None and listener is not None:
                listener(done, total)

        yield tell
        return
    from tqdm import tqdm

    # None: shown where there is a terminal.
    with tqdm(total=total, unit=unit, desc=doing, disable=None, leave=False) as bar:
        yield bar.update
