"""Dates, times, time zones and office hours as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.errors import nearest
from bot.files.section import Section, describe, describe_text
from bot.files.yamlfile import Fields, Items, Kind, Node, Scalar
from bot.office_hours import MINUTES, OfficeHours, Weekly

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MAX_ZONE_CHARS = 64
_DAY = re.compile(r"2[01]\d\d-\d\d-\d\d")
_MOMENT = re.compile(r"(2[01]\d\d-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?)")
_NEEDED = "a date such as 2026-12-24 is needed, or a date and a time such as 2026-12-24 18:00."


Span = tuple[datetime | None, datetime | None]  # from and until when; None: always
_OFFICE_KEYS = ("time_zone", "hours", "closed")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOBODY = "closed"
_WEEKLY = re.compile(r"([a-z]+)\s+(\d{1,2})[:.](\d{2})", re.IGNORECASE)
_HOURS_EXAMPLE = 'such as mon-fri: "09:00-17:30"'
_TIMES = 'times such as "09:00-17:30" or "09:00-12:30, 13:30-18:00" are needed, or closed.'
_CLOSED = "a list of dates such as 2026-12-25, each in a line of its own after a dash, is needed"

_Hours = tuple[int, int]


def meet(one: Span, other: Span) -> bool:
    """Whether there is a moment in both."""
    return _begins_before(one, other) and _begins_before(other, one)


def _begins_before(one: Span, other: Span) -> bool:
    begin, end = one[0], other[1]
    return begin is None or end is None or begin < end


def read_validity(section: Section) -> Span:
    """From when and until when an entry is valid; see `FaqEntry`. Problems are noted there."""
    begin, end = read_moment(section, "valid_from"), read_end(section, "valid_until")
    if begin is not None and end is not None and begin >= end:
        line = section.line_of("valid_from")
        told = f"is not after valid_from (line {line}), so the entry would never be valid."
        section.refuse("valid_until", f"{told} Correct one of the two.")
    return begin, end


def read_end(section: Section, key: str) -> datetime | None:
    """The moment from which on something is over: of a date, the end of that day."""
    written = read_moment(section, key)
    node = section.node(key)
    is_day = isinstance(node, Scalar) and _DAY.fullmatch(node.text.strip()) is not None
    return written + timedelta(days=1) if written is not None and is_day else written


def read_moment(section: Section, key: str) -> datetime | None:
    """A time by the clock on the wall, without a zone: of a date, the beginning of that day."""
    node = section.node(key)
    if node is None:
        return None
    text = node.text.strip() if isinstance(node, Scalar) else ""
    moment = _MOMENT.fullmatch(text)
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time())
        if moment is not None:
            return datetime.combine(date.fromisoformat(moment[1]), time.fromisoformat(moment[2]))
    except ValueError:  # the 31st of November, 25:00
        pass
    section.refuse(key, f"is {describe(node)}; {_NEEDED}")
    return None


def read_zone(section: Section, key: str) -> ZoneInfo | None:
    """A time zone; None where there is none, or a problem was noted."""
    written = section.text(key, max_chars=_MAX_ZONE_CHARS)
    if written is None:
        return None
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(written)
    except (KeyError, ValueError, OSError):  # ValueError: no path within; OSError: a folder
        known = [name for name in available_timezones() if not name.startswith("Etc/")]
        cities = {name.rpartition("/")[2].casefold(): name for name in sorted(known)}
        city = cities.get(written.casefold().replace(" ", "_"))
        meant = f" Did you mean {city!r}?" if city else nearest(written, known)
        told = f"is {describe_text(written)}; a time zone such as Europe/Berlin is needed.{meant}"
        section.refuse(key, told)
        return None


def read_office_hours(section: Section, key: str) -> OfficeHours | None:
    """Office hours; None where there are none, or a problem was noted."""
    part = section.part(key, known=_OFFICE_KEYS)
    if not part.keys:
        return None
    part.require("time_zone", "where your team works, such as Europe/Berlin")
    part.require("hours", f"when somebody is there, {_HOURS_EXAMPLE}")
    zone, week, closed = read_zone(part, "time_zone"), _week(part), frozenset(_dates(part))
    return None if zone is None or week is None else OfficeHours(zone, week, closed)


def read_weekly(section: Section, key: str) -> Weekly | None:
    """A time that comes every week, or off; None for that, or where a problem was noted."""
    node = section.node(key)
    if node is None or (
        isinstance(node, Scalar) and node.kind is Kind.BOOL and not section.flag(key)
    ):
        return None
    found = _WEEKLY.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
    day = None if found is None else _day(found[1].lower())
    hour, minute = (24, 0) if found is None else (int(found[2]), int(found[3]))
    if day is None or hour > 23 or minute > 59:
        needed = "a day and a time such as monday 09:00 are needed, or off."
        section.refuse(key, f"is {describe(node)}; {needed}")
        return None
    return Weekly(day, 60 * hour + minute)


def _week(part: Section) -> tuple[tuple[_Hours, ...], ...] | None:
    """The hours of each day, Monday first; None where they are missing or a problem was noted."""
    hours = part.part("hours", needed=f"days and times are needed, {_HOURS_EXAMPLE}")
    week: list[list[tuple[_Hours, str]]] = [[] for _ in _DAYS]
    is_sound = "hours" in part
    for key in hours.keys:
        days, spans = _days(hours, key), _spans(hours, key)
        is_sound = is_sound and days is not None and spans is not None
        for day in days or ():
            week[day] += [(span, key) for span in spans or ()]
    node = part.node("hours")
    is_table = isinstance(node, Fields) or (node is not None and describe(node) == "empty")
    if is_sound and is_table and not any(week):
        part.refuse(
            "hours", f"names no time when somebody is there; one is needed, {_HOURS_EXAMPLE}."
        )
    if _note_overlaps(hours, week) or not is_sound or not any(week):
        return None
    return tuple(tuple(span for span, _ in of_day) for of_day in week)


def _note_overlaps(hours: Section, week: list[list[tuple[_Hours, str]]]) -> bool:
    """Sort the hours of each day, and note which keys overlap; whether there are any."""
    clashes = {}
    for name, of_day in zip(_DAYS, week, strict=True):
        of_day.sort()
        for ((_, end), one), ((begin, _), other) in pairwise(of_day):
            if begin < end:
                clashes[frozenset((one, other))] = name
    for keys, name in clashes.items():
        *before, last = sorted(keys, key=lambda key: (hours.line_of(key), key))
        told = "has times that overlap"
        if before:
            told = f"overlaps with {before[0]} (line {hours.line_of(before[0])}) on {name}"
        hours.refuse(last, f"{told}. Give each time once.")
    return bool(clashes)


def _days(hours: Section, key: str) -> list[int] | None:
    """The days that a key names, Monday is 0: mon, mon-fri, "sat, sun"."""
    found: list[int] = []
    for piece in re.split(r"[,\s]+(?![-–—])", re.sub(r"\s*[-–—]\s*", "-", key.strip().lower())):
        ends = [_day(name) for name in piece.split("-")]
        if len(ends) > 2 or None in ends:
            wrong = next((name for name in piece.split("-") if _day(name) is None), piece)
            told = f"is no day; {', '.join(_DAYS)}, or a span such as mon-fri is needed."
            hours.refuse(key, f"{told}{nearest(wrong, (*_DAYS, *_NAMES))}")
            return None
        first, last = ends[0] or 0, ends[-1] or 0
        count = (last - first) % 7 + 1  # sat-mon goes on over Sunday
        found += [(first + number) % 7 for number in range(count)]
    return list(dict.fromkeys(found))


def _day(name: str) -> int | None:
    short = name[:3]
    is_day = short in _DAYS and (name == short or _NAMES[_DAYS.index(short)].startswith(name))
    return _DAYS.index(short) if is_day else None


def _spans(hours: Section, key: str) -> list[_Hours] | None:
    """The hours of one key, in order."""
    node = hours.node(key)
    nodes: Sequence[Node] = node.values if isinstance(node, Items) else [node] if node else []
    written = [each.text for each in nodes if isinstance(each, Scalar)]
    if [each.strip().lower() for each in written] == [_NOBODY]:
        return []
    pieces = [piece.strip() for text in written for piece in text.split(",")]
    if len(written) < len(nodes) or not pieces or not all(pieces):
        hours.refuse(key, f"is {describe(node) if node else 'empty'}; {_TIMES}")
        return None
    spans = [_span(piece) for piece in pieces]
    wrong = next((each for each in spans if isinstance(each, str)), None)
    if wrong is not None:
        hours.refuse(key, wrong)
        return None
    return [each for each in spans if not isinstance(each, str)]


def _span(piece: str) -> _Hours | str:
    """A span in minutes since midnight, or what is wrong with it."""
    shown, found = describe_text(piece), _HOURS.fullmatch(piece)
    if found is None:
        return f"is {shown}; {_TIMES}"
    minutes = int(found[2] or 0), int(found[4] or 0)
    begin, end = 60 * int(found[1]) + minutes[0], 60 * int(found[3]) + minutes[1]
    if max(minutes) > 59 or max(begin, end) > MINUTES:
        return f"is {shown}; a day has times from 00:00 to 24:00."
    if begin == MINUTES:
        return f"is {shown}; 24:00 ends a day, and the next begins at 00:00."
    if begin < end:
        return begin, end
    if begin == end:
        return f"is {shown}, which ends when it begins; all day is 00:00-24:00."
    if end == 0:
        return f'is {shown}; a day ends at 24:00: "{_clock(begin)}-24:00".'
    return (
        f"is {shown}, which ends before it begins. What goes on over midnight stands under two "
        f'days: "{_clock(begin)}-24:00", and "00:00-{_clock(end)}" under the next.'
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _dates(part: Section) -> Iterator[date]:
    for node in part.items("closed", _CLOSED, may_be_empty=True):
        text = node.text.strip() if isinstance(node, Scalar) else ""
        try:
            found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None:
            part.refuse_item("closed", node, "a date such as 2026-12-25 is needed.")
        else:
            yield found
