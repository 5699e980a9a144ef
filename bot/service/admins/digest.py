"""The weekly digest to admins: when it is due, who has had it, and what is in it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace

from bot.domain import Faq
from bot.matching.fingerprint import of_scores
from bot.service.admins.drift import DAY_S, DAYS, FEWEST, MIN_PEOPLE, MOST, DriftWatch, Finding
from bot.service.admins.learning import Advice, Group, Learning, LearningError
from bot.service.admins.two_samples import gained
from bot.service.live import Live
from bot.service.queue.shared_queue import telling
from bot.service.replicas import Replicas
from bot.store.async_store import AsyncStore
from bot.store.counts import Stats

logger = logging.getLogger(__name__)

WEEK_S = 7 * DAY_S
GROUPS = 5
_KEPT_DAYS = 8  # on which it was due
_KEPT_CHANGES = 100
_SAME_CHANGE_S = DAY_S  # changes of the FAQ that lie no further apart are one
_FEWEST_RESOLVED = 20  # messages on either side of a change; fewer tell nothing
_NOTE, _CHANGES = "digest", "changes"


@dataclass(frozen=True, slots=True)
class Gain:
    """What has become of messages since the FAQ was changed last.

    Attributes:
        at: when that was; seconds since 1970.
        then, now: how many messages were resolved, and of how many: in the four weeks before, and
            since.
    """

    at: float
    then: tuple[int, int]
    now: tuple[int, int]

    @property
    def interval(self) -> tuple[float, float]:
        """Between what the gain lies with 95 %, shares from -1 to 1."""
        return gained(*self.then, *self.now)


@dataclass(frozen=True, slots=True)
class Digest:
    """What admins are told once a week.

    Attributes:
        lately, both: of the last week; of that and the one before.
        gain: None where nothing was changed lately, or too little asked before or since.
        groups: those that would help most people, the first so many.
        unasked: ids of entries that nobody asked for in four weeks, in the order of the FAQ.
        drift: what was not told in a digest yet.
    """

    lately: Stats
    both: Stats
    gain: Gain | None
    groups: Sequence[Group]
    unasked: Sequence[str]
    drift: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is remembered of digests.

    Attributes:
        days: on which one was due and is dealt with, oldest first.
        day: on which one is due, and is being sent; "" where none is.
        told: the admins who have had that one, or may have.
        drift: by key, the findings that stand in one.
    """

    days: tuple[str, ...] = ()
    day: str = ""
    told: tuple[int, ...] = ()
    drift: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> _Sent:
        if text is None:
            return cls()
        kept = json.loads(text)
        return cls(tuple(kept["days"]), kept["day"], tuple(kept["told"]), tuple(kept["drift"]))


def _with(days: Sequence[str], day: str) -> tuple[str, ...]:
    return tuple(sorted({*days, day} - {""})[-_KEPT_DAYS:])


class Digests:
    """Sees to it that each admin has each digest once. Use it from the event loop.

    Args:
        replicas: which may forget somebody meanwhile; None: there are none.

    Every method raises StoreError where the memory cannot be asked.
    """

    def __init__(
        self, live: Live, store: AsyncStore, learning: Learning, replicas: Replicas | None = None
    ) -> None:
        self._live = live
        self._store = store
        self._replicas = replicas or Replicas()
        self._drift = DriftWatch(live, store)
        self._learning = learning
        self._sent: _Sent | None = None
        self._seen: Faq | None = None  # whose changes are noted

    async def due(self, at: float, admins: Collection[int]) -> list[int]:
        """The admins who are to have a digest now.

        The first one comes when its time comes for the first time; one whose time came while the
        bot was away is late. A clock that is set, and set right again, brings none a second time.
        """
        settings = self._live.matcher.settings
        weekly = settings.authoring.digest
        if weekly is None or not self._store.clock.knows_age:
            return []
        await self._notice_change(at)
        hours = settings.telegram.office_hours
        day = weekly.last(at, settings.zone if hours is None else hours.zone).isoformat()
        sent = await self._remembered()
        if not sent.days:
            await self._remember(replace(sent, days=(day,)))
            return []
        if day in sent.days or day < sent.days[0]:
            return []
        if day != sent.day:
            sent = replace(sent, days=_with(sent.days, sent.day), day=day, told=())
        waiting = sorted(frozenset(admins) - frozenset(sent.told))
        if not waiting:
            found = tuple(finding.key for finding in await self._drift.found())
            await self._remember(_Sent(_with(sent.days, day), drift=found))
        elif sent != self._sent:
            await self._remember(sent)
        return waiting

    async def claim(self, admin: int) -> None:
        """Note that an admin is about to have it: should the process end now, they have had it."""
        sent = await self._remembered()
        await self._remember(replace(sent, told=(*sent.told, admin)))

    async def release(self, admin: int) -> None:
        """Note that an admin could not be sent it, and is to have it yet."""
        sent = await self._remembered()
        await self._remember(replace(sent, told=tuple(it for it in sent.told if it != admin)))

    @asynccontextmanager
    async def telling(self, at: float) -> AsyncIterator[Digest]:
        """What it says at a time, while it is sent: nobody is forgotten before it is out."""
        async with telling(self._store, self._replicas):
            yield await self.made(at)

    async def made(self, at: float) -> Digest:
        """What it says at a time (seconds since 1970)."""
        lately, both = [await self._store.stats(at - weeks * WEEK_S) for weeks in (1, 2)]
        told = (await self._remembered()).drift
        drift = [finding for finding in await self._drift.found() if finding.key not in told]
        return Digest(
            *(lately, both, await self.gain(at), await self._groups()),
            *(await self.unasked(at) or [], drift),
        )

    async def _groups(self) -> list[Group]:
        try:
            found = await self._learning.groups(MIN_PEOPLE)
        except LearningError as error:
            logger.info("the digest goes without what would help: %s", error)
            return []
        return [group for group in found if group.advice is not Advice.IGNORE][:GROUPS]

    async def unasked(
        self, at: float, days: float = DAYS, asked: Stats | None = None
    ) -> Sequence[str] | None:
        """The ids of entries that nobody asked for in the days before a time, in the order of the
        FAQ: none was the nearest to any of the newest messages, or answered to any at all.

        Args:
            asked: in these days; None: it is counted.
        Returns:
            None where too little was asked to tell.
        """
        since = at - days * DAY_S
        glimpses = await self._store.glimpses(since, at, MOST)
        if len(glimpses) < FEWEST:
            return None
        asked = asked or await self._store.stats(since)
        known = {glimpse.nearest for glimpse in glimpses}
        known |= {counts.entry_id for counts in asked.by_entry}
        return [entry.id for entry in self._live.faq.entries if entry.id not in known]

    async def gain(self, at: float) -> Gain | None:
        """What has become of messages since the FAQ was changed last, as of a time."""
        changes = [each for each in (await self._changes()).at if at - DAYS * DAY_S < each < at]
        if not changes:
            return None
        first = last = changes.pop()
        while changes and first - changes[-1] <= _SAME_CHANGE_S:
            first = changes.pop()
        then = await self._store.glimpses(first - DAYS * DAY_S, first, MOST)
        now = await self._store.glimpses(last, at, MOST)
        if min(len(then), len(now)) < _FEWEST_RESOLVED:
            return None
        resolved = ((sum(each.is_resolved for each in part), len(part)) for part in (then, now))
        return Gain(last, *resolved)

    # --- what is remembered ----------------------------------------------------------------------

    async def _remembered(self) -> _Sent:
        if self._sent is None:
            self._sent = _Sent.read(await self._store.note(_NOTE))
        return self._sent

    async def _remember(self, sent: _Sent) -> None:
        self._sent = None  # unknown, should it not be written
        await self._store.take_note(_NOTE, json.dumps(asdict(sent)))
        self._sent = sent

    async def _notice_change(self, at: float) -> None:
        """Note when the FAQ changes, by whatever hand, and while the bot is away as well."""
        matcher = self._live.matcher
        if matcher.faq is self._seen:
            return
        served = (matcher.settings, matcher.faq, matcher.model_fingerprint)
        prints = await asyncio.to_thread(of_scores, *served)
        known = await self._changes()
        if prints.faq != known.faq:
            changes = [*known.at, at][-_KEPT_CHANGES:] if known.faq else []
            await self._store.take_note(_CHANGES, json.dumps({"faq": prints.faq, "at": changes}))
        self._seen = matcher.faq

    async def _changes(self) -> _Changes:
        text = await self._store.note(_CHANGES)
        return _Changes("", ()) if text is None else _Changes(**json.loads(text))


@dataclass(frozen=True, slots=True)
class _Changes:
    """When the FAQ was changed.

    Attributes:
        faq: the fingerprint of its wordings now; "" where it is not known.
        at: in seconds since 1970, oldest first.
    """

    faq: str
    at: Sequence[float]
