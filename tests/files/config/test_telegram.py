"""The telegram: section of config.yaml: who helps, how the bot behaves in chats, the webhook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.files.config.telegram import (
    Groups,
    HandoffOn,
    Limit,
    Limits,
    Presses,
    TelegramSettings,
    Webhook,
    wrong_with,
)
from tests.files.config.test_problems import NAMES
from tests.files.reading import read

ROOT = Path(__file__).parent.parent.parent.parent
URL = "url: https://bot.example.com/telegram"
SECRET = "Planted_secret-of-this-test"


def webhook(*lines: str) -> tuple[Webhook | None, list[str]]:
    """What a webhook of these lines is read as; the first stands in line 3."""
    section = "".join(f"    {line}\n" for line in lines)
    found, problems = read(f"telegram:\n  webhook:\n{section}")
    return found.telegram.webhook, problems


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "section",
    [
        "",
        "  # admins:\n",
        "  admins:\n  limits:\n  webhook:\n",
        "  limits:\n    person:\n    chat: {}\n",
        "  admins: []\n",
    ],
)
def test_a_key_left_out_has_its_default(section: str) -> None:
    found, problems = read(f"telegram:\n{section}")
    assert (found.telegram, problems) == (TelegramSettings(), [])


def test_every_key_is_read() -> None:
    found, problems = read("""\
telegram:
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
  max_age: 1.5
  watchdog_s: 86400
""")
    assert (found.telegram, problems) == (
        TelegramSettings(
            admins=frozenset({123456789, 4503599627370496}),
            handoff_chat=-1001234567890,
            handoff_on=HandoffOn.ASKED,
            handoff_timeout=1.5,
            groups=Groups.SILENT_UNLESS_SURE,
            presses=Presses.ANYONE,
            feedback=False,
            limits=Limits(person=Limit(1, 0.1), chat=Limit(10_000, 10_000)),
            max_age=1.5,
            watchdog_s=86_400,
        ),
        [],
    )


def test_a_limit_left_out_in_part_has_its_own_default() -> None:
    found, problems = read("telegram:\n  limits: {person: {burst: 5}, chat: {per_minute: 6}}\n")
    assert problems == []
    assert found.telegram.limits == Limits(person=Limit(5, 30.0), chat=Limit(120, 6.0))


@pytest.mark.parametrize("number", [1, -1, 987654321, -4503599627370496])
def test_people_may_help_in_any_chat(number: int) -> None:
    assert read(f"telegram:\n  handoff_chat: {number}\n")[0].telegram.handoff_chat == number


def test_a_minus_sign_that_may_be_missing_is_remarked() -> None:
    found, problems = read("telegram:\n  handoff_chat: 1001234567890\n")
    assert problems == []
    assert [str(remark) for remark in found.remarks] == [
        "config.yaml:2: telegram.handoff_chat is 1001234567890, the number of a person's chat; "
        "those of groups are negative. Is its minus sign missing (-1001234567890)?"
    ]
    assert read("telegram:\n  handoff_chat: -1001234567890\n")[0].remarks == ()


# --- problems, beside those of test_config_problems ----------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        *(('"@anna"', '"@anna"'), ("anna", '"anna"'), ("'123456789'", '"123456789"')),
        *(("1.5", "1.5"), ("1e3", '"1e3"'), ("0123", "0123"), ("0x1f", "0x1f"), ("12:30", "12:30")),
        *(("yes", "yes"), ("", "empty"), ("[1]", "a list")),
        *(("12345678901234567", "12345678901234567"), ("9" * 5000, f"{'9' * 59}…")),
        *(("0", "0"), ("-7", "-7")),
    ],
    ids=lambda text: text[:9],
)
def test_an_admin_is_the_positive_number_of_an_account(written: str, shown: str) -> None:
    found, problems = read(f"telegram:\n  admins:\n    - 5\n    - {written}\n")
    assert problems == [f"config.yaml:4: an item of telegram.admins is {shown}; {NAMES['PERSON']}"]
    assert found.telegram.admins == frozenset({5})


# --- the webhook ---------------------------------------------------------------------------------


def test_a_webhook_has_an_address_a_port_and_defaults() -> None:
    default = Webhook("https://bot.example.com/telegram", 8443, None, "127.0.0.1")
    assert webhook(URL, "port: 8443") == (default, [])
    assert webhook(URL, "port: 1", "host: 0.0.0.0", f"secret: {SECRET}") == (
        replace(default, port=1, secret=SECRET, host="0.0.0.0"),
        [],
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["port: 1"], "3: {}url is missing: the https address that Telegram sends updates to."),
        ([URL], "3: {}port is missing: the port that the bot listens on, such as 8443."),
        ([URL, "port: 0"], "4: {}port is 0; a number from 1 to 65535 is needed."),
        ([URL, "port: 65536"], "4: {}port is 65536; a number from 1 to 65535 is needed."),
        ([URL, "port: 80.5"], "4: {}port is 80.5; a whole number from 1 to 65535 is needed."),
        ([URL, "port: https"], '4: {}port is "https"; a number is needed.'),
        ([URL, "port: 1", "host: ''"], "5: {}host is empty; text is needed."),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told(lines: list[str], told: str) -> None:
    assert webhook(*lines)[1] == [f"config.yaml:{told.format('telegram.webhook.')}"]


def test_all_that_is_wrong_with_a_webhook_is_told_at_once() -> None:
    assert len(webhook("url: x", "port: x", "host: []", "secret: x")[1]) == 4


@pytest.mark.parametrize(
    "address",
    ["http://bot.example.com/", "bot.example.com", "https://", "https:// x", "ftp://x"],
)
def test_telegram_sends_to_https_addresses_only(address: str) -> None:
    told = "is no https address; one such as https://bot.example.com/ is needed."
    _, problems = webhook(f'url: "{address}"', "port: 8443")
    assert problems == [f"config.yaml:3: telegram.webhook.url {told}"]


@pytest.mark.parametrize("secret", ["a" * 16, "a" * 256, "A-z_0" * 5, "1234567890123456"])
def test_a_secret_is_what_telegram_takes(secret: str) -> None:
    """Digits alone are a number to YAML, but not to whoever made them up."""
    found, problems = webhook(URL, "port: 1", f"secret: {secret}")
    assert found is not None
    assert (found.secret, problems, wrong_with(secret)) == (secret, [], None)
    assert secret not in repr(found)


@pytest.mark.parametrize(
    "secret",
    [
        "planted-15-char",
        "planted" * 40,
        '"planted secret of words"',
        "planted-geheimnüsse",
        "planted.secret.with.dots",
        '"planted-secret-and\\na-second-line"',
        "[planted-secret-in-a-list]",
        "12345678901234.5",
        "",
    ],
)
def test_a_secret_that_will_not_do_is_told_and_not_shown(secret: str) -> None:
    assert webhook(URL, "port: 1", f"secret: {secret}")[1] == [
        "config.yaml:5: telegram.webhook.secret is no secret that Telegram takes: 16 to 256 "
        "letters, digits, - and _ are needed. Make one up with: openssl rand -hex 32"
    ]


def test_the_webhook_of_the_shipped_configuration_works_when_uncommented() -> None:
    shipped = (ROOT / "config.yaml").read_text("utf-8")
    example = re.search(r"(?m)^  # webhook:\n(  #   .*\n)+", shipped)
    assert example is not None
    lines = re.sub(r"(?m)^  # ", "  ", example[0]).replace("secret: …", f"secret: {SECRET}")
    found, problems = read(f"telegram:\n{lines}")
    assert (found.telegram.webhook, problems) == (
        Webhook("https://bot.example.com/telegram", 8443, SECRET, "127.0.0.1"),
        [],
    )
