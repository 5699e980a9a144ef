"""timezone and notice of config.yaml, and the entries that are valid only for a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import FileProblems
from bot.files.faq.load import load_project
from bot.texts import Notice
from tests.files.faq.faq_files import REFUND, with_key, write
from tests.files.reading import problems_of, read

HOURS = 'telegram: {office_hours: {time_zone: Asia/Tokyo, hours: {mon: "09:00-17:30"}}}\n'
At = Callable[[float], None]


def test_the_clock_on_the_wall_hangs_where_the_config_says_else_where_the_team_works() -> None:
    assert read("")[0].zone is UTC
    assert str(read(HOURS)[0].zone) == "Asia/Tokyo"
    assert str(read(f"{HOURS}timezone: Europe/Berlin\n")[0].zone) == "Europe/Berlin"
    assert problems_of("timezone: Berlin\n") == [
        'config.yaml:1: timezone is "Berlin"; a time zone such as Europe/Berlin is needed. Did you '
        "mean 'Europe/Berlin'?"
    ]


def test_a_notice_is_one_text_or_one_for_each_language() -> None:
    found, problems = read("notice: {text: Our phones are down., until: 2026-12-24}\n")
    assert problems == []
    assert found.notice == Notice({"": "Our phones are down."}, datetime(2026, 12, 25))
    found, problems = read("notice:\n  text: {en: Down., ZH: 电话故障。}\n")
    assert (found.notice, problems) == (Notice({"en": "Down.", "zh": "电话故障。"}), [])
    assert read("notice:\n  # text: nothing\n")[0].notice is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "{until: 2026-12-24}",
            'notice.text is missing: what is said above every answer, such as "Our phones are down '
            'today".',
        ),
        (
            "{text: Down., until: soon}",
            'notice.until is "soon"; a date such as 2026-12-24 is needed, or a date and a time '
            "such as 2026-12-24 18:00.",
        ),
        ("Down.", 'notice is "Down."; keys under it are needed: text, until.'),
    ],
)
def test_what_is_wrong_with_a_notice_is_told(written: str, told: str) -> None:
    assert problems_of(f"notice: {written}\n") == [f"config.yaml:1: {told}"]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    return lambda seconds: monkeypatch.setattr("bot.files.faq.load.time.time", lambda: seconds)


def test_the_entries_are_there_that_are_valid_in_the_time_zone(at: At) -> None:
    Path("config.yaml").write_text("timezone: Asia/Tokyo\n", "utf-8")
    dated = REFUND.replace("refund", "gifts").replace("Can I", "May I")
    write({"a.yaml": f"{REFUND}  related: [gifts]\n{dated}  valid_from: 2026-12-24\n"})
    midnight = datetime(2026, 12, 23, 15, tzinfo=UTC)
    for seconds, ids, related in ((-1, ["refund"], ()), (0, ["refund", "gifts"], ("gifts",))):
        at((midnight + timedelta(seconds=seconds)).timestamp())
        _, faq = load_project()
        assert [entry.id for entry in faq.entries] == ids
        assert faq.by_id["refund"].related == related, "no button leads to what is not there"
    assert faq.at(datetime(2026, 12, 24)) is faq
    assert [entry.id for entry in faq.at(datetime(2026, 12, 1)).entries] == ["refund"]


def test_an_faq_of_which_nothing_is_valid_is_told(at: At) -> None:
    Path("config.yaml").write_text("", "utf-8")
    write({"a.yaml": with_key("valid_until: 2026-12-24")})
    at(datetime(2026, 12, 25, tzinfo=UTC).timestamp())
    with pytest.raises(FileProblems) as caught:
        load_project()
    assert str(caught.value) == (
        "faq: no entry is valid now. Correct valid_from and valid_until of one."
    )
