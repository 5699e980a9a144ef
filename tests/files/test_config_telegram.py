"""The telegram: section of config.yaml: who helps, and how the bot behaves in chats."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.config import read_settings
from bot.files.config_telegram import (
    Groups,
    HandoffOn,
    Limit,
    Limits,
    Presses,
    TelegramSettings,
)

PERSON = (
    "the number of a person's account is needed, such as 123456789, without quotes. A name can "
    "change hands; a number cannot."
)
GROUP = (
    "the number of a group is needed, such as -1001234567890, without quotes. A name can change "
    "hands; a number cannot."
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an FAQ folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faq").mkdir()
    return tmp_path


def read(section: str) -> tuple[TelegramSettings, list[str]]:
    """The settings and the problems of a section whose first line is line 2."""
    Path("config.yaml").write_text(f"telegram:\n{section}", encoding="utf-8")
    found, problems = read_settings()
    return found.telegram, [str(problem) for problem in problems]


def problems_of(section: str) -> list[str]:
    return read(section)[1]


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "section",
    [
        pytest.param("", id="nothing"),
        pytest.param("  # admins:\n", id="comments"),
        pytest.param("  admins:\n  limits:\n", id="keys with nothing under them"),
        pytest.param("  limits:\n    person:\n    chat: {}\n", id="limits without numbers"),
        pytest.param("  admins: []\n", id="no admins"),
    ],
)
def test_a_key_left_out_has_its_default(section: str) -> None:
    assert read(section) == (
        TelegramSettings(
            admins=frozenset(),
            handoff_chat=None,
            handoff_on=HandoffOn.UNANSWERED,
            handoff_timeout=60.0,
            groups=Groups.WHEN_ADDRESSED,
            presses=Presses.ASKER,
            feedback=True,
            limits=Limits(
                person=Limit(burst=60, per_minute=30.0), chat=Limit(burst=120, per_minute=60.0)
            ),
        ),
        [],
    )


def test_every_key_is_read() -> None:
    section = """\
  admins:
    - 123456789
    - 4503599627370496
    - 123456789
  handoff_chat: -1001234567890
  handoff_on: asked
  handoff_timeout: 1.5
  groups: silent_unless_sure
  presses: anyone
  feedback: no
  limits:
    person: {burst: 1, per_minute: 0.1}
    chat: {burst: 10000, per_minute: 10000}
"""
    assert read(section) == (
        TelegramSettings(
            admins=frozenset({123456789, 4503599627370496}),
            handoff_chat=-1001234567890,
            handoff_on=HandoffOn.ASKED,
            handoff_timeout=1.5,
            groups=Groups.SILENT_UNLESS_SURE,
            presses=Presses.ANYONE,
            feedback=False,
            limits=Limits(
                person=Limit(burst=1, per_minute=0.1), chat=Limit(burst=10_000, per_minute=10_000)
            ),
        ),
        [],
    )


def test_a_limit_left_out_in_part_has_its_own_default() -> None:
    found, problems = read("  limits:\n    person: {burst: 5}\n    chat: {per_minute: 6}\n")
    assert problems == []
    assert found.limits == Limits(
        person=Limit(burst=5, per_minute=30.0), chat=Limit(burst=120, per_minute=6.0)
    )


@pytest.mark.parametrize("number", [1, -1, 987654321, -4503599627370496])
def test_people_may_help_in_any_chat(number: int) -> None:
    assert read(f"  handoff_chat: {number}\n")[0].handoff_chat == number


# --- problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param('"@anna"', f'is "@anna"; {PERSON}', id="a user's name"),
        pytest.param("anna", f'is "anna"; {PERSON}', id="a name"),
        pytest.param("'123456789'", f'is "123456789"; {PERSON}', id="a number in quotes"),
        pytest.param("1.5", f"is 1.5; {PERSON}", id="no whole number"),
        pytest.param("1e3", f'is "1e3"; {PERSON}', id="a power of ten"),
        pytest.param("0123", f"is 0123; {PERSON}", id="base 8"),
        pytest.param("0x1f", f"is 0x1f; {PERSON}", id="base 16"),
        pytest.param("12:30", f"is 12:30; {PERSON}", id="base 60"),
        pytest.param("yes", f"is yes; {PERSON}", id="yes"),
        pytest.param("", f"is empty; {PERSON}", id="a dash with nothing after it"),
        pytest.param("[1]", f"is a list; {PERSON}", id="a list"),
        pytest.param("4503599627370497", f"is 4503599627370497; {PERSON}", id="too large"),
        pytest.param("9" * 5000, f"is {'9' * 39}…; {PERSON}", id="far too large"),
        pytest.param("0", f"is 0; {PERSON} Those of groups are negative.", id="zero"),
        pytest.param("-7", f"is -7; {PERSON} Those of groups are negative.", id="a group"),
    ],
)
def test_an_admin_is_the_positive_number_of_an_account(written: str, told: str) -> None:
    found, problems = read(f"  admins:\n    - 5\n    - {written}\n")
    assert (found.admins, problems) == (
        frozenset({5}),
        [f"config.yaml:4: an item of telegram.admins {told}"],
    )


def test_a_name_without_quotes_is_told_by_yaml() -> None:
    """YAML reads no text that begins with @."""
    assert problems_of("  admins:\n    - @anna\n") == [
        "config.yaml:3: a text cannot begin with this character. Put the text in quotes."
    ]


@pytest.mark.parametrize("written", ["123", '"@anna"'])
def test_admins_are_a_list(written: str) -> None:
    assert problems_of(f"  admins: {written}\n") == [
        f"config.yaml:2: telegram.admins is {written}; a list of numbers, each in a line of its "
        "own after a dash is needed."
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param('"@my_team"', 'is "@my_team"', id="a name"),
        pytest.param("https://t.me/my_team", 'is "https://t.me/my_team"', id="a link"),
        pytest.param("'-100123'", 'is "-100123"', id="a number in quotes"),
        pytest.param("-100.5", "is -100.5", id="no whole number"),
        pytest.param("0", "is 0", id="zero"),
        pytest.param("-0", "is -0", id="minus zero"),
        pytest.param("-4503599627370497", "is -4503599627370497", id="too large"),
        pytest.param("", "is empty", id="nothing"),
        pytest.param("[-1]", "is a list", id="a list"),
    ],
)
def test_the_handoff_chat_is_a_number_but_zero(written: str, told: str) -> None:
    found, problems = read(f"  handoff_chat: {written}\n")
    assert (found.handoff_chat, problems) == (
        None,
        [f"config.yaml:2: telegram.handoff_chat {told}; {GROUP}"],
    )


@pytest.mark.parametrize(
    ("key", "written", "told"),
    [
        pytest.param(
            "handoff_on",
            "unaswered",
            "is \"unaswered\"; unanswered or asked is needed. Did you mean 'unanswered'?",
            id="handoff_on misspelt",
        ),
        pytest.param(
            "handoff_on", "never", 'is "never"; unanswered or asked is needed.', id="handoff_on"
        ),
        pytest.param(
            "groups",
            "when addressed",
            'is "when addressed"; when_addressed or silent_unless_sure is needed. Did you mean '
            "'when_addressed'?",
            id="groups with a blank",
        ),
        pytest.param(
            "groups",
            "no",
            'is no, which YAML reads as yes/no; text is needed. Put it in quotes: "no".',
            id="groups off",
        ),
        pytest.param(
            "presses",
            "Asker",
            "is \"Asker\"; asker or anyone is needed. Did you mean 'asker'?",
            id="presses in capitals",
        ),
        pytest.param(
            "feedback",
            "thumbs",
            'is "thumbs"; true or false is needed, without quotes.',
            id="feedback",
        ),
        pytest.param(
            "handoff_timeout",
            "0",
            "is 0; a number from 0.05 to 10080 is needed.",
            id="no time",
        ),
        pytest.param(
            "handoff_timeout",
            "10081",
            "is 10081; a number from 0.05 to 10080 is needed.",
            id="more than a week",
        ),
        pytest.param("handoff_timeout", "1h", 'is "1h"; a number is needed.', id="an hour"),
        pytest.param("limits", "10", "is 10; keys under it are needed: person, chat.", id="limits"),
    ],
)
def test_a_value_that_does_not_fit_is_told_and_its_default_stands(
    key: str, written: str, told: str
) -> None:
    assert read(f"  {key}: {written}\n") == (
        TelegramSettings(),
        [f"config.yaml:2: telegram.{key} {told}"],
    )


@pytest.mark.parametrize("who", ["person", "chat"])
@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("burst: 0", "burst is 0; a number from 1 to 10000 is needed.", id="none"),
        pytest.param(
            "burst: 10001", "burst is 10001; a number from 1 to 10000 is needed.", id="many"
        ),
        pytest.param(
            "burst: 2.5", "burst is 2.5; a whole number from 1 to 10000 is needed.", id="half"
        ),
        pytest.param(
            "per_minute: 0", "per_minute is 0; a number from 0.1 to 10000 is needed.", id="never"
        ),
        pytest.param(
            "per_minute: 10001",
            "per_minute is 10001; a number from 0.1 to 10000 is needed.",
            id="many a minute",
        ),
        pytest.param(
            "bursts: 5",
            "bursts is not a key this bot knows. Did you mean 'burst'? Known here: burst, "
            "per_minute.",
            id="misspelt",
        ),
    ],
)
def test_a_limit_is_within_its_bounds(who: str, written: str, told: str) -> None:
    assert read(f"  limits:\n    {who}:\n      {written}\n") == (
        TelegramSettings(),
        [f"config.yaml:4: telegram.limits.{who}.{told}"],
    )


def test_an_unknown_key_is_told_with_the_known_ones() -> None:
    assert problems_of("  admin: [1]\n") == [
        "config.yaml:2: telegram.admin is not a key this bot knows. Did you mean 'admins'? Known "
        "here: admins, handoff_chat, handoff_on, handoff_timeout, groups, presses, feedback, "
        "limits, max_age, watchdog_s, webhook."
    ]


def test_a_value_that_does_not_fit_leaves_the_others_alone() -> None:
    found, problems = read("  groups: all\n  presses: anyone\n  handoff_chat: x\n")
    assert (found, len(problems)) == (TelegramSettings(presses=Presses.ANYONE), 2)
