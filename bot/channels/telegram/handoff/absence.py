"""When somebody of the team is there again, as people are told."""

from __future__ import annotations

from bot.office_hours import OfficeHours
from bot.texts import Texts

_WEEK_DAYS = 6  # beyond, the name of a day alone may be the next one or the one after it


def back_at(hours: OfficeHours | None, at: float, texts: Texts) -> str | None:
    """When somebody is there again, in a sentence; None where somebody is, or it is not known.

    Args:
        at: seconds since 1970.
    """
    opening = None if hours is None else hours.opens(at)
    if hours is None or opening is None:
        return None
    days = (opening.date() - hours.day(at)).days
    name = (
        texts.monday,
        texts.tuesday,
        texts.wednesday,
        texts.thursday,
        texts.friday,
        texts.saturday,
        texts.sunday,
    )[opening.weekday()]
    if days == 0:
        told = texts.team_back_today
    else:
        told = texts.team_back if days <= _WEEK_DAYS else texts.team_back_later
    marks = {"day": name, "date": opening.date().isoformat(), "time": f"{opening:%H:%M}"}
    for mark, value in marks.items():
        told = told.replace(f"{{{mark}}}", value)
    return told
