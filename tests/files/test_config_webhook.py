"""How updates come, and who watches over the bot: what config.yaml says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.files.config import Settings, read_settings
from bot.files.config_telegram import TelegramSettings, Webhook, wrong_with

ROOT = Path(__file__).parent.parent.parent
URL = "url: https://bot.example.com/telegram"
SECRET = "Planted_secret-of-this-test"
NO_SECRET = (
    "is no secret that Telegram takes: 16 to 256 letters, digits, - and _ are needed. Make one up "
    "with: openssl rand -hex 32"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an FAQ folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faq").mkdir()
    return tmp_path


def read(content: str) -> tuple[Settings, list[str]]:
    Path("config.yaml").write_text(content, encoding="utf-8")
    found, problems = read_settings()
    return found, [str(problem) for problem in problems]


def webhook(*lines: str) -> tuple[Webhook | None, list[str]]:
    """What a webhook of these lines is read as; the first stands in line 3."""
    section = "".join(f"    {line}\n" for line in lines)
    found, problems = read(f"telegram:\n  webhook:\n{section}")
    return found.telegram.webhook, problems


# --- the webhook ---------------------------------------------------------------------------------


def test_a_webhook_has_an_address_a_port_and_defaults() -> None:
    assert webhook(URL, "port: 8443") == (
        Webhook("https://bot.example.com/telegram", 8443, None, "127.0.0.1"),
        [],
    )


def test_every_key_of_a_webhook_is_read() -> None:
    found = webhook(URL, "port: 1", "host: 0.0.0.0", f"secret: {SECRET}")
    assert found == (Webhook("https://bot.example.com/telegram", 1, SECRET, "0.0.0.0"), [])


@pytest.mark.parametrize("content", ["", "telegram:\n", "telegram:\n  webhook:\n"])
def test_without_a_webhook_updates_are_polled(content: str) -> None:
    assert read(content)[0].telegram.webhook is None
    assert read(content)[1] == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param(
            ["port: 8443"],
            "3: telegram.webhook.url is missing: the https address that Telegram sends updates to.",
            id="no address",
        ),
        pytest.param(
            [URL],
            "3: telegram.webhook.port is missing: the port that the bot listens on, such as 8443.",
            id="no port",
        ),
        pytest.param(
            [URL, "port: 0"],
            "4: telegram.webhook.port is 0; a number from 1 to 65535 is needed.",
            id="port zero",
        ),
        pytest.param(
            [URL, "port: 65536"],
            "4: telegram.webhook.port is 65536; a number from 1 to 65535 is needed.",
            id="no such port",
        ),
        pytest.param(
            [URL, "port: 80.5"],
            "4: telegram.webhook.port is 80.5; a whole number from 1 to 65535 is needed.",
            id="half a port",
        ),
        pytest.param(
            [URL, "port: https"],
            '4: telegram.webhook.port is "https"; a number is needed.',
            id="a port's name",
        ),
        pytest.param(
            [URL, "port: 1", "hots: x"],
            "5: telegram.webhook.hots is not a key this bot knows. Did you mean 'host'? Known "
            "here: url, host, port, secret.",
            id="misspelt",
        ),
        pytest.param(
            [URL, "port: 1", "host: ''"],
            "5: telegram.webhook.host is empty; text is needed.",
            id="an empty host",
        ),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told(lines: list[str], told: str) -> None:
    assert webhook(*lines)[1] == [f"config.yaml:{told}"]


def test_all_that_is_wrong_with_a_webhook_is_told_at_once() -> None:
    found, problems = webhook("url: x", "port: x", "host: []", "secret: x")
    assert (found, len(problems)) == (None, 4)


def test_a_webhook_that_is_no_mapping_is_told() -> None:
    assert read("telegram:\n  webhook: https://bot.example.com\n")[1] == [
        'config.yaml:2: telegram.webhook is "https://bot.example.com"; keys under it are needed: '
        "url, host, port, secret."
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://bot.example.com/",
        "bot.example.com",
        "https://",
        "https:// x",
        "ftp://x",
        "https:///x",
    ],
)
def test_telegram_sends_to_https_addresses_only(address: str) -> None:
    assert webhook(f'url: "{address}"', "port: 8443") == (
        None,
        [
            "config.yaml:3: telegram.webhook.url is no https address; one such as "
            "https://bot.example.com/ is needed."
        ],
    )


@pytest.mark.parametrize("secret", ["a" * 16, "a" * 256, "A-z_0" * 5, "1234567890123456", "1" * 99])
def test_a_secret_is_what_telegram_takes(secret: str) -> None:
    """Digits alone are a number to YAML, but not to whoever made them up."""
    found, problems = webhook(URL, "port: 1", f"secret: {secret}")
    assert (None if found is None else found.secret, problems) == (secret, [])
    assert wrong_with(secret) is None


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("planted-15-char", id="too short"),
        pytest.param("planted" * 40, id="too long"),
        pytest.param('"planted secret of words"', id="with blanks"),
        pytest.param("planted-geheimnüsse", id="other letters"),
        pytest.param("planted.secret.with.dots", id="dots"),
        pytest.param('"planted-secret-and\\na-second-line"', id="two lines"),
        pytest.param("[planted-secret-in-a-list]", id="a list"),
        pytest.param("{planted-secret-in-a: mapping}", id="a mapping"),
        pytest.param("12345678901234.5", id="a number with a point"),
        pytest.param("", id="nothing"),
        pytest.param("''", id="empty"),
    ],
)
def test_a_secret_that_will_not_do_is_told_and_not_shown(secret: str) -> None:
    problems = webhook(URL, "port: 1", f"secret: {secret}")[1]
    assert problems == [f"config.yaml:5: telegram.webhook.secret {NO_SECRET}"]


def test_a_secret_stands_in_no_representation_of_the_settings() -> None:
    found, _ = read(f"telegram:\n  webhook:\n    {URL}\n    port: 1\n    secret: {SECRET}\n")
    assert found.telegram.webhook is not None
    assert found.telegram.webhook.secret == SECRET
    assert SECRET not in repr(found)


# --- how long ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "default", "low", "high"),
    [("max_age", 60.0, 1, 10_080), ("watchdog_s", 120.0, 5, 86_400)],
)
def test_times_are_within_their_bounds(key: str, default: float, low: int, high: int) -> None:
    assert getattr(TelegramSettings(), key) == default
    for good in (low, high, low + 0.5):
        found, problems = read(f"telegram:\n  {key}: {good}\n")
        assert (getattr(found.telegram, key), problems) == (good, [])
    for bad in (0, low - 0.1, high + 1):
        found, problems = read(f"telegram:\n  {key}: {bad}\n")
        assert (getattr(found.telegram, key), problems) == (
            default,
            [f"config.yaml:2: telegram.{key} is {bad}; a number from {low} to {high} is needed."],
        )


# --- monitoring ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "port"),
    [
        ("", None),
        ("monitoring:\n", None),
        ("monitoring: {}\n", None),
        ("monitoring:\n  port: 9464\n", 9464),
        ("monitoring:\n  port: 65535\n", 65_535),
    ],
)
def test_the_port_for_whoever_watches_over_the_bot(content: str, port: int | None) -> None:
    found, problems = read(content)
    assert (found.monitoring_port, problems) == (port, [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            "monitoring:\n  port: 0\n",
            "2: monitoring.port is 0; a number from 1 to 65535 is needed.",
            id="zero",
        ),
        pytest.param(
            "monitoring:\n  port: on\n", "2: monitoring.port is on; a number is needed.", id="on"
        ),
        pytest.param(
            "monitoring: 9464\n",
            "1: monitoring is 9464; keys under it are needed: port.",
            id="bare",
        ),
        pytest.param(
            "monitoring:\n  host: 0.0.0.0\n",
            "2: monitoring.host is not a key this bot knows. Known here: port.",
            id="no such key",
        ),
    ],
)
def test_what_is_wrong_with_the_monitoring_is_told(content: str, told: str) -> None:
    assert read(content)[1] == [f"config.yaml:{told}"]


# --- the shipped configuration -------------------------------------------------------------------


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


def test_the_times_of_the_shipped_configuration_are_the_defaults() -> None:
    shipped = (ROOT / "config.yaml").read_text("utf-8")
    default = TelegramSettings()
    assert f"\n  max_age: {default.max_age:g}\n" in shipped
    assert f"\n  watchdog_s: {default.watchdog_s:g}\n" in shipped
