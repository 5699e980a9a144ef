"""telegram.office_hours of config.yaml."""

from __future__ import annotations

from datetime import date

import pytest

from bot.office_hours import OfficeHours
from tests.files.reading import read

WORK = ((540, 1_050),)


def hours(*lines: str) -> tuple[OfficeHours | None, list[str]]:
    """What office hours of these lines are read as; the first stands in line 3."""
    section = "".join(f"    {line}\n" for line in lines)
    found, problems = read(f"telegram:\n  office_hours:\n{section}")
    return found.telegram.office_hours, problems


def told(*lines: str) -> str:
    """The one problem, without its beginning; hours begin in line 5."""
    found, problems = hours("time_zone: Europe/Berlin", "hours:", *(f"  {line}" for line in lines))
    assert found is None
    (problem,) = problems
    return problem.replace("telegram.office_hours.hours", "…").removeprefix("config.yaml:")


def test_every_key_is_read() -> None:
    found, problems = hours(
        "time_zone: Europe/Berlin",
        "hours:",
        '  mon-fri: "09:00-17:30"',
        "  sat: 10:00–13:00",
        "closed: [2026-12-25, '2027-01-01']",
    )
    assert problems == []
    assert found is not None
    assert found.zone.key == "Europe/Berlin"
    assert found.week == (*[WORK] * 5, ((600, 780),), ())
    assert found.closed == {date(2026, 12, 25), date(2027, 1, 1)}


def test_without_the_key_it_is_not_known_when_somebody_is_there() -> None:
    assert read("telegram: {feedback: yes}\n")[0].telegram.office_hours is None
    assert hours("# time_zone: Europe/Berlin") == (None, [])


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Monday: 9-17:30", [0]),
        ("MON - Wed: 9.00 - 17.30", [0, 1, 2]),
        ('"mon, thurs": 09:00-17:30', [0, 3]),
        ("sat-mon: 09:00-17:30", [5, 6, 0]),
        ("fri: [09:00-12:00, 12:00-17:30]", [4]),
        ('fri: "09:00-12:00, 12:00-17:30"', [4]),
    ],
)
def test_days_and_times_are_read_as_people_write_them(line: str, days: list[int]) -> None:
    found, problems = hours("time_zone: UTC", "hours:", f"  {line}", "  sun-sun: closed")
    assert problems == []
    assert found is not None
    assert [number for number, day in enumerate(found.week) if day] == sorted(days)
    for day in filter(None, found.week):
        assert (day[0][0], day[-1][1]) == WORK[0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("monn: 9-17", "5: ….monn is no day; mon, tue, wed, thu, fri, sat, sun, or a span such as "
         "mon-fri is needed. Did you mean 'mon'?"),
        ("mon-tomorrow: 9-17", "5: ….mon-tomorrow is no day; mon, tue, wed, thu, fri, sat, sun, "
         "or a span such as mon-fri is needed."),
        ("mon: 9am-5pm", '5: ….mon is "9am-5pm"; times such as "09:00-17:30" or "09:00-12:30, '
         '13:30-18:00" are needed, or closed.'),
        ("mon: 10:00", '5: ….mon is "10:00"; times such as "09:00-17:30" or "09:00-12:30, '
         '13:30-18:00" are needed, or closed.'),
        ("mon:", '5: ….mon is empty; times such as "09:00-17:30" or "09:00-12:30, 13:30-18:00" are '
         "needed, or closed."),
        ("mon: 09:00-24:30", '5: ….mon is "09:00-24:30"; a day has times from 00:00 to 24:00.'),
        ("mon: 09:60-12:00", '5: ….mon is "09:60-12:00"; a day has times from 00:00 to 24:00.'),
        ("mon: 24:00-06:00", '5: ….mon is "24:00-06:00"; 24:00 ends a day, and the next begins at '
         "00:00."),
        ("mon: 22:00-00:00", '5: ….mon is "22:00-00:00"; a day ends at 24:00: "22:00-24:00".'),
        ("mon: 22:00-06:00", '5: ….mon is "22:00-06:00", which ends before it begins. What goes on '
         'over midnight stands under two days: "22:00-24:00", and "00:00-06:00" under the next.'),
        ("mon: 09:00-09:00", '5: ….mon is "09:00-09:00", which ends when it begins; all day is '
         "00:00-24:00."),
        ("mon: 9-12, 11-15", "5: ….mon has times that overlap. Give each time once."),
        ("mon: closed", "4: … names no time when somebody is there; one is needed, such as "
         'mon-fri: "09:00-17:30".'),
    ],
)  # fmt: skip
def test_a_day_or_time_that_is_none_is_told_with_its_line(line: str, problem: str) -> None:
    assert told(line) == problem


def test_times_under_two_keys_must_not_overlap() -> None:
    assert told("mon-fri: 09:00-17:30", "sat: 10-12", "fri: 17:00-18:00") == (
        "7: ….fri overlaps with mon-fri (line 5) on fri. Give each time once."
    )
    found, problems = hours("time_zone: UTC", "hours: {mon-fri: 9-12, fri: 12-17}")
    assert problems == []
    assert found is not None
    assert found.week[4] == ((540, 720), (720, 1_020))


def test_a_day_ends_at_24_00() -> None:
    found, problems = hours("time_zone: UTC", "hours: {mon-sun: 00:00-24:00}")
    assert problems == []
    assert found is not None
    assert found.week == (((0, 1_440),),) * 7


@pytest.mark.parametrize(
    ("zone", "problem"),
    [
        ("Berlin", "\"Berlin\"; a time zone such as Europe/Berlin is needed. Did you mean "
         "'Europe/Berlin'?"),
        ("New York", "\"New York\"; a time zone such as Europe/Berlin is needed. Did you mean "
         "'America/New_York'?"),
        ("Europe/Berln", "\"Europe/Berln\"; a time zone such as Europe/Berlin is needed. Did you "
         "mean 'Europe/Berlin'?"),
        ("../etc/passwd", '"../etc/passwd"; a time zone such as Europe/Berlin is needed.'),
    ],
)  # fmt: skip
def test_an_unknown_time_zone_is_told_with_the_nearest(zone: str, problem: str) -> None:
    found, problems = hours(f"time_zone: {zone}", "hours: {mon: 9-17}")
    assert (found, problems) == (
        None,
        [f"config.yaml:3: telegram.office_hours.time_zone is {problem}"],
    )


def test_what_is_missing_or_unknown_is_told() -> None:
    found, problems = hours("zone: UTC")
    assert found is None
    assert sorted(problem.partition("office_hours.")[2] for problem in problems) == [
        'hours is missing: when somebody is there, such as mon-fri: "09:00-17:30".',
        "time_zone is missing: where your team works, such as Europe/Berlin.",
        "zone is not a key this bot knows. Did you mean 'time_zone'? Known here: time_zone, hours, "
        "closed.",
    ]


def test_a_day_off_is_a_date() -> None:
    found, problems = hours(
        "time_zone: UTC", "hours: {mon: 9-17}", "closed:", "  - 2026-02-30", "  - Christmas"
    )
    needed = "a date such as 2026-12-25 is needed."
    assert problems == [
        f"config.yaml:6: an item of telegram.office_hours.closed is 2026-02-30; {needed}",
        f'config.yaml:7: an item of telegram.office_hours.closed is "Christmas"; {needed}',
    ]
    assert found is not None
    assert found.closed == frozenset()
