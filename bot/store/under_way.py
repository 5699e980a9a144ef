"""What is under way about whom, so that nobody is forgotten while something of them is written.

To forget somebody waits for all that is being written about them, in whatever chat, and for what is
being told of people whom nobody names; what they have sent before and nobody has begun with is
dropped. What they send meanwhile waits for the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import takewhile

from bot.errors import StoreError
from bot.store.shared import InboxItem

_KNOWN_S = 5.0  # that is waited for what an earlier process left


@dataclass(slots=True, eq=False)
class _Arrival:
    is_forgotten: bool = False
    writing: asyncio.Event | None = None  # set when what is written of it stands; None: nothing is


@dataclass(slots=True, eq=False)
class _Person:
    arrivals: dict[int, _Arrival] = field(default_factory=dict)  # by number, as they came
    writing: set[asyncio.Event] = field(default_factory=set)  # each is set at its end
    forgetting: asyncio.Lock = field(default_factory=asyncio.Lock)


class UnderWay:
    """Knows it by person, as the channel names them. Use it from one event loop.

    Attributes:
        is_complete: set, unless what an earlier process left is still to be added.
    """

    def __init__(self) -> None:
        self.is_complete = asyncio.Event()
        self.is_complete.set()
        self._of: dict[str, _Person] = {}
        self._telling: set[asyncio.Event] = set()  # each is set at its end
        self._erasing: set[asyncio.Event] = set()

    def add(self, item: InboxItem) -> None:
        """Note that an update has come, which is to be handled in its turn."""
        if item.person is not None:
            self._person(item.person).arrivals[item.update_id] = _Arrival()

    def remove(self, item: InboxItem) -> None:
        """Note that nobody has anything to do with an update any more."""
        if item.person is not None:
            self._person(item.person).arrivals.pop(item.update_id, None)
            self._tidy(item.person)

    @asynccontextmanager
    async def handling(self, item: InboxItem) -> AsyncIterator[bool]:
        """Handle an update, unless (False) its person was forgotten since it came."""
        person = self._of.get(item.person or "", _Person())
        arrival = person.arrivals.get(item.update_id, _Arrival())
        async with person.forgetting:
            pass
        if arrival.is_forgotten:
            yield False
            return
        with self.writing([item.person or ""]) as arrival.writing:
            yield True

    @contextmanager
    def writing(self, names: Iterable[str]) -> Iterator[asyncio.Event]:
        """Write something about people, which is also sent to where it is remembered."""
        event, people = asyncio.Event(), {name: self._person(name) for name in names}
        for person in people.values():
            person.writing.add(event)
        try:
            yield event
        finally:
            event.set()
            for name, person in people.items():
                person.writing.discard(event)
                self._tidy(name)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Read what anybody wrote, and show it: nobody is forgotten between the two."""
        while self._erasing:
            await next(iter(self._erasing)).wait()
        with _listed(self._telling):
            yield

    @asynccontextmanager
    async def forgetting(self, name: str, wish: int | None = None) -> AsyncIterator[None]:
        """Forget a person while nothing is written about them.

        Args:
            wish: the number of the update that asks for it; what has come later goes on afterwards.
        Raises:
            StoreError: what an earlier process left is not known yet.
        """
        try:
            async with asyncio.timeout(_KNOWN_S):
                await self.is_complete.wait()
        except TimeoutError:
            raise StoreError("what was not answered before the start is not known yet") from None
        person = self._person(name)
        own = person.arrivals.get(wish, _Arrival()) if wish is not None else _Arrival()
        if own.writing is not None:  # two wishes would wait for each other
            own.writing.set()
        async with person.forgetting:
            for event in [*person.writing]:  # one of them may be waiting to tell something
                await event.wait()
            with _listed(self._erasing):
                for event in [*self._telling]:
                    await event.wait()
                yield
            for number in takewhile(lambda number: number != wish, person.arrivals):
                person.arrivals[number].is_forgotten = True
        self._tidy(name)

    def _person(self, name: str) -> _Person:
        return self._of.setdefault(name, _Person())

    def _tidy(self, name: str) -> None:
        person = self._of.get(name)
        if person and not (person.arrivals or person.writing or person.forgetting.locked()):
            del self._of[name]


@contextmanager
def _listed(events: set[asyncio.Event]) -> Iterator[None]:
    """Have an event stand there meanwhile, and set it at the end."""
    event = asyncio.Event()
    events.add(event)
    try:
        yield
    finally:
        event.set()
        events.discard(event)
