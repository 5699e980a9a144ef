"""Hints that something has happened in folders, as the operating system tells of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

# The operating system tells of most changes at once, and of none that another machine makes in a
# network folder, or that happens behind a link. Those are found by looking.
LOOK_EVERY_S = 2.0
_STEP_S = 0.02  # in which nothing more is told of a change
_MOST_GATHERED_S = 0.4


@dataclass(slots=True, eq=False)
class _Listener:
    folders: frozenset[str]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    def hears_of(self, path: str) -> bool:
        """Whether what stands at a path is in a folder, or is one."""
        return not self.folders.isdisjoint((path, str(Path(path).parent)))


class FolderWatch:
    """Watches the folders of all who listen, which takes one thread. Use it from one event loop.

    A thread for each would ask for Python's lock fifty times a second, and be one of the forty that
    may wait in this manner.
    """

    def __init__(self) -> None:
        self._listeners: dict[_Listener, None] = {}  # as they came
        self._has_changed = asyncio.Event()  # what is to be watched
        self._watching: asyncio.Task[None] | None = None

    async def hints(self, folders: Iterable[str]) -> AsyncGenerator[None, None]:
        """Comes when something in the folders may have changed, and every few seconds.

        Raises:
            OSError, RuntimeError, ExceptionGroup: they cannot be watched.
        """
        own = _Listener(frozenset(map(os.path.abspath, folders)))
        self._listeners[own] = None
        self._watch_anew()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await own.woken.wait()
                own.woken.clear()
                if own.error is not None:
                    raise own.error
                yield
        finally:
            self._listeners.pop(own, None)
            self._watch_anew()

    def _watch_anew(self) -> None:
        self._has_changed.set()
        if self._listeners and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Watch for as long as anybody listens."""
        from watchfiles import awatch

        while self._listeners:
            self._has_changed = asyncio.Event()
            try:
                changes = awatch(
                    *sorted({folder for each in self._listeners for folder in each.folders}),
                    watch_filter=None,
                    recursive=False,
                    step=round(1000 * _STEP_S),
                    debounce=round(1000 * _MOST_GATHERED_S),
                    stop_event=self._has_changed,
                )
                async with aclosing(changes):
                    async for some in changes:
                        self._tell({path for _, path in some})
            except (OSError, RuntimeError, ExceptionGroup) as error:
                self._refuse(error)

    def _tell(self, paths: Iterable[str]) -> None:
        for path in paths:
            # A system that tells of links by what they lead to tells nobody's folder.
            heard = [each for each in self._listeners if each.hears_of(path)]
            for each in heard or self._listeners:
                each.woken.set()

    def _refuse(self, error: Exception) -> None:
        """Tell whoever the error is due to: whose folder is gone, or else who came last."""
        due = [each for each in self._listeners if not all(map(os.path.isdir, each.folders))]
        for each in due or [*self._listeners][-1:]:
            each.error = error
            each.woken.set()
            del self._listeners[each]
