"""Dates, times and time zones as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.errors import nearest
from bot.files.section import Section, describe, describe_text
from bot.files.yamlfile import Scalar

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MAX_ZONE_CHARS = 64
_DAY = re.compile(r"2[01]\d\d-\d\d-\d\d")
_MOMENT = re.compile(r"(2[01]\d\d-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?)")
_NEEDED = "a date such as 2026-12-24 is needed, or a date and a time such as 2026-12-24 18:00."


Span = tuple[datetime | None, datetime | None]  # from and until when; None: always


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
