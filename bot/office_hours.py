"""When somebody of the team is there: weekly hours in a time zone, and days off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MINUTES = 24 * 60  # of a day
_LOOKS_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time that comes every week, by the clock on the wall.

    Attributes:
        day: Monday is 0.
        minute: since midnight.
    """

    day: int
    minute: int

    def last(self, at: float, zone: tzinfo) -> date:
        """The day on which it came last, up to a time (seconds since 1970)."""
        now = datetime.fromtimestamp(at, zone)
        day = now.date() - timedelta((now.weekday() - self.day) % 7)
        wall = datetime.combine(day, time(self.minute // 60, self.minute % 60), zone)
        return day if wall.timestamp() <= at else day - timedelta(7)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Hours by the clock on the wall, whatever daylight saving time makes of it.

    Attributes:
        week: of each day, Monday first, (from, to) in minutes since midnight, in order and apart
            from each other: 0 <= from < to <= 1,440.
        closed: days on which nobody is there.
    """

    zone: ZoneInfo
    week: tuple[tuple[tuple[int, int], ...], ...]
    closed: frozenset[date] = frozenset()

    def is_open(self, at: float) -> bool:
        """Whether somebody is there at a time (seconds since 1970)."""
        local = datetime.fromtimestamp(at, self.zone)
        minute = local.hour * 60 + local.minute
        return any(begin <= minute < end for begin, end in self._spans(local.date()))

    def opens(self, at: float) -> datetime | None:
        """When somebody is there again, in the team's time zone.

        Args:
            at: seconds since 1970.
        Returns:
            None where somebody is there now, or nobody is for more than a year.
        """
        if self.is_open(at):
            return None
        today = self.day(at)
        for day in (today + timedelta(number) for number in range(_LOOKS_AHEAD_DAYS)):
            for begin, _ in self._spans(day):
                wall = datetime.combine(day, time(begin // 60, begin % 60), self.zone)
                opening = wall.timestamp()
                while self.is_open(opening - 60):  # where clocks skip it, they are past it sooner
                    opening -= 60
                if opening > at:
                    return datetime.fromtimestamp(opening, self.zone)
        return None

    def day(self, at: float) -> date:
        """The day that a time falls on, where the team is."""
        return datetime.fromtimestamp(at, self.zone).date()

    def _spans(self, day: date) -> tuple[tuple[int, int], ...]:
        return () if day in self.closed else self.week[day.weekday()]
