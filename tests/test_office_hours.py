"""When somebody of the team is there, by the clock on the wall, over changes of that clock too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.office_hours import OfficeHours

BERLIN = ZoneInfo("Europe/Berlin")
DAY = ((9 * 60, 17 * 60 + 30),)
SHOP = OfficeHours(
    BERLIN, (DAY, DAY, DAY, DAY, DAY, ((600, 780),), ()), frozenset({date(2026, 12, 25)})
)


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    """Seconds since 1970 of a time on a wall."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def utc(text: str) -> float:
    """Seconds since 1970 of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def opens(hours: OfficeHours, moment: float) -> str | None:
    found = hours.opens(moment)
    return None if found is None else f"{found:%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("moment", "is_open", "opening"),
    [
        ("2026-11-27 08:59:59", False, "Fri 2026-11-27 09:00"),
        ("2026-11-27 09:00", True, None),
        ("2026-11-27 17:29:59", True, None),
        ("2026-11-27 17:30", False, "Sat 2026-11-28 10:00"),
        ("2026-11-28 13:00", False, "Mon 2026-11-30 09:00"),
        ("2026-11-29 23:59", False, "Mon 2026-11-30 09:00"),
        pytest.param("2026-12-25 12:00", False, "Sat 2026-12-26 10:00", id="a day off"),
        pytest.param("2026-12-24 18:00", False, "Sat 2026-12-26 10:00", id="before a day off"),
    ],
)
def test_somebody_is_there_from_the_first_minute_to_the_last(
    moment: str, is_open: bool, opening: str | None
) -> None:
    assert SHOP.is_open(at(moment)) is is_open
    assert opens(SHOP, at(moment)) == opening


def test_hours_are_those_of_the_wall_in_summer_and_winter() -> None:
    """09:00 in Berlin is 07:00 UTC before 25 October 2026, and 08:00 after it."""
    assert SHOP.is_open(utc("2026-10-23 07:00"))
    assert not SHOP.is_open(utc("2026-10-26 07:59"))
    assert SHOP.is_open(utc("2026-10-26 08:00"))
    opening = SHOP.opens(utc("2026-10-24 20:00"))
    assert opening is not None
    assert opening.timestamp() == utc("2026-10-26 08:00")
    assert opens(SHOP, utc("2026-03-28 20:00")) == "Mon 2026-03-30 09:00"
    assert SHOP.is_open(utc("2026-03-30 07:00"))


def test_an_opening_that_the_clock_skips_is_when_it_has_skipped_it() -> None:
    """On 29 March 2026 Berlin goes from 02:00 to 03:00 at once."""
    night = OfficeHours(BERLIN, (((150, 300),),) * 7)
    before = utc("2026-03-29 00:59:00")
    assert not night.is_open(before)
    assert opens(night, before) == "Sun 2026-03-29 03:00"
    assert night.is_open(utc("2026-03-29 01:00"))


def test_hours_that_the_clock_shows_twice_are_kept_twice() -> None:
    """On 25 October 2026 Berlin goes from 03:00 back to 02:00."""
    night = OfficeHours(BERLIN, (((120, 180),),) * 7)
    for fold in (0, 1):
        assert night.is_open(at("2026-10-25 02:30", fold=fold))
    assert not night.is_open(at("2026-10-25 03:00"))


def test_a_night_that_stands_under_two_days_is_one() -> None:
    night = OfficeHours(BERLIN, (((0, 360), (1_320, 1_440)),) * 7)
    assert night.is_open(at("2026-11-30 23:59:59"))
    assert night.is_open(at("2026-12-01 00:00"))
    assert opens(night, at("2026-12-01 06:00")) == "Tue 2026-12-01 22:00"


def test_the_day_is_the_teams_and_not_the_persons() -> None:
    auckland = OfficeHours(ZoneInfo("Pacific/Auckland"), SHOP.week)
    assert auckland.day(utc("2026-11-29 12:00")) == date(2026, 11, 30)
    assert auckland.is_open(utc("2026-11-29 20:30"))


def test_a_team_that_is_away_for_more_than_a_year_has_no_time() -> None:
    days = (date.fromordinal(date(2026, 11, 28).toordinal() + number) for number in range(500))
    away = OfficeHours(BERLIN, SHOP.week, frozenset(days))
    assert opens(away, at("2026-11-28 12:00")) is None
