"""The processes that serve one bot beside each other, as this one sees them.

Where the memory lies in a file there is one process: it leads everything, and nobody tells it
anything.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from bot.errors import StoreError
from bot.store.session import ENDS_S, Round, Session

logger = logging.getLogger(__name__)

_LEADS_S = ENDS_S - 3.0  # after a round: before the database lets another one lead
_WAIT_S = 1.0  # of a round in which nothing is told
_TURN_S = 2 * _WAIT_S  # that a turn is waited for
_MOST_TURNS = 5  # that are waited for
_PAUSE_S = 0.5  # before a lost connection is opened again


class Replicas:
    """Knows what this process leads, and hears what the others tell. Use it from one event loop.

    Args:
        open_session: given this process's name, opens what ties it to the others; None: it is
            alone.
    Attributes:
        name: of this process, unlike all others.
    """

    def __init__(self, open_session: Callable[[str], Session] | None = None) -> None:
        self.name = secrets.token_hex(16)
        self._open_session = open_session
        self._led: dict[int, asyncio.Event] = {}  # by what is wanted
        self._told: dict[str, list[Callable[[str], object]]] = {}
        self._expiry: asyncio.TimerHandle | None = None
        self._runs = False
        self._users: Counter[int] = Counter()  # of what is done alone

    @property
    def is_shared(self) -> bool:
        """Whether other processes may serve the same bot."""
        return self._open_session is not None

    def on(self, kind: str, told: Callable[[str], object]) -> None:
        """Have something called with the words whenever a replica tells something of a kind.

        It is called with "" where something may have been told and not heard.
        """
        self._told.setdefault(kind, []).append(told)

    def leads(self, what: int) -> bool:
        """Whether it is this process's turn to do something."""
        return not self.is_shared or (what in self._led and self._led[what].is_set())

    async def lead(self, what: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something while no other process does it, whenever this one's turn comes.

        It is cancelled when that is over, before another begins.

        Args:
            what: a number of it, below 2**56.
        """
        if not self.is_shared:
            await work()
            return
        leads = self._led.setdefault(what, asyncio.Event())
        while True:
            await leads.wait()
            task = asyncio.create_task(work())
            try:
                while leads.is_set() and not task.done():
                    await asyncio.wait({task}, timeout=0.1)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            if leads.is_set():
                return

    async def take(self, what: int) -> bool:
        """Wait a little for this process's turn to do something, which ends with `give`.

        Before it runs, it is its turn.

        Args:
            what: see `lead`.
        """
        if self._runs:
            leads = self._led.setdefault(what, asyncio.Event())
            with suppress(TimeoutError):
                async with asyncio.timeout(_TURN_S):
                    await leads.wait()
            if not leads.is_set():
                self.give(what)
                return False
        return True

    @asynccontextmanager
    async def alone(self, what: int) -> AsyncIterator[None]:
        """Do something while no other process does; several here may at once.

        Args:
            what: see `lead`.
        Raises:
            StoreError: another process does it for long.
        """
        self._users[what] += 1
        try:
            if self.is_shared:
                await self._wait_for_turn(what)
            yield
        finally:
            self._users[what] -= 1
            if not self._users[what]:
                self.give(what)

    async def _wait_for_turn(self, what: int) -> None:
        for _ in range(_MOST_TURNS):
            if await self.take(what):
                return
        raise StoreError("another replica has something under way for long")

    def give(self, what: int) -> None:
        """Let another process have the turn that this one has taken, if it has."""
        self._led.pop(what, None)

    async def run(self) -> None:
        """Be one of several until cancelled; then the others take over at once."""
        if self._open_session is None:
            return
        self._runs = True
        loop, session = asyncio.get_running_loop(), None
        thread = ThreadPoolExecutor(1, thread_name_prefix="replica")
        is_away = False
        try:
            while True:
                began = time.monotonic()
                try:
                    if session is None:
                        session = await loop.run_in_executor(thread, self._open_session, self.name)
                        logger.info("joined the replicas as %s", self.name)
                        self._tell_all()
                    # The loop asks for each round: a process that stands still is not seen.
                    found = await loop.run_in_executor(
                        thread, session.round, list(self._led), _WAIT_S
                    )
                except Exception as error:  # noqa: BLE001  (else nobody here would poll ever again)
                    if not is_away:
                        logger.warning("the other replicas are out of reach: %s", error)
                    is_away = True
                    self._lead_nothing()
                    if session is not None:
                        await loop.run_in_executor(thread, session.close)
                        session = None
                    await asyncio.sleep(_PAUSE_S)
                else:
                    is_away = False
                    self._note(found, began)
        finally:
            self._lead_nothing()
            if session is not None:
                thread.submit(session.close)
            thread.shutdown(wait=session is not None)

    def _note(self, found: Round, began: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        left_s = began + _LEADS_S - time.monotonic()
        if left_s <= 0:
            self._lead_nothing()
        else:
            self._expiry = asyncio.get_running_loop().call_later(left_s, self._lead_nothing)
            for what, leads in self._led.items():
                if what in found.leads:
                    leads.set()
                else:
                    leads.clear()
        for kind, words in found.told:
            self._hear(kind, words)

    def _lead_nothing(self) -> None:
        for leads in self._led.values():
            leads.clear()

    def _tell_all(self) -> None:
        for kind in self._told:
            self._hear(kind, "")

    def _hear(self, kind: str, words: str) -> None:
        for told in self._told.get(kind, ()):
            try:
                told(words)
            except Exception:  # the others are to be told all the same
                logger.exception("what a replica has told could not be followed")
