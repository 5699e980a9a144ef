"""The token comes from the environment or a file it names, and stands in no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.telegram.api.token import read_token
from bot.errors import ChannelError

TOKEN = "123456:AAE-x_Yz0"
SHAPE = (
    "does not look like a token (needed: digits, a colon, letters and digits). Copy it again from "
    "@BotFather."
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.token"


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(ChannelError) as caught:
        read_token(environment)
    return str(caught.value)


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"TELEGRAM_BOT_TOKEN": " \n"}, id="blanks"),
        pytest.param({"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_BOT_TOKEN_FILE": ""}, id="both empty"),
    ],
)
def test_without_a_token_there_is_none(environment: dict[str, str]) -> None:
    assert read_token(environment) is None


@pytest.mark.parametrize("around", ["{}", " {} ", "{}\n", "{}\r\n"])
def test_white_space_around_a_token_is_no_part_of_it(file: Path, around: str) -> None:
    assert read_token({"TELEGRAM_BOT_TOKEN": around.format(TOKEN)}) == TOKEN
    for mark in (b"", b"\xef\xbb\xbf"):  # some editors of Windows write one
        file.write_bytes(mark + around.format(TOKEN).encode())
        environment = {"TELEGRAM_BOT_TOKEN": " ", "TELEGRAM_BOT_TOKEN_FILE": f" {file} "}
        assert read_token(environment) == TOKEN


def test_the_token_goes_before_the_file() -> None:
    environment = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BOT_TOKEN_FILE": "/nowhere"}
    assert read_token(environment) == TOKEN


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("hunter2", id="a password"),
        pytest.param("123456:", id="nothing after the colon"),
        pytest.param(":AAEx", id="nothing before the colon"),
        pytest.param("123456:AAEx\n654321:BBEx", id="two tokens"),
        pytest.param("bot123456:AAEx", id="as it stands in an address"),
        pytest.param("١٢٣:AAEx", id="digits of another script"),
    ],
)
def test_a_value_that_is_no_token_is_told_without_showing_it(value: str, file: Path) -> None:
    told = refusal({"TELEGRAM_BOT_TOKEN": value})
    assert told == f"TELEGRAM_BOT_TOKEN {SHAPE}"
    file.write_text(value, encoding="utf-8")
    told = refusal({"TELEGRAM_BOT_TOKEN_FILE": str(file)})
    assert told == f"TELEGRAM_BOT_TOKEN_FILE ({file}) {SHAPE}"


def test_a_token_in_place_of_the_files_path_is_told_without_showing_it() -> None:
    assert refusal({"TELEGRAM_BOT_TOKEN_FILE": TOKEN}) == (
        "TELEGRAM_BOT_TOKEN_FILE holds a token; the path of a file that holds it is needed. Give "
        "the path, or put the token in TELEGRAM_BOT_TOKEN."
    )


def test_a_file_that_cannot_be_read_is_told_with_its_path(file: Path) -> None:
    environment = {"TELEGRAM_BOT_TOKEN_FILE": str(file)}
    assert refusal(environment) == (
        f"TELEGRAM_BOT_TOKEN_FILE ({file}) cannot be read (No such file or directory). Check the "
        "path and its permissions."
    )
    file.write_bytes(b"123456:\xff")
    assert refusal(environment) == (
        f"TELEGRAM_BOT_TOKEN_FILE ({file}) is no text. Name the file that holds the token and "
        "nothing else."
    )
    file.write_text(" \n\n", "utf-8")
    assert refusal(environment) == (
        f"TELEGRAM_BOT_TOKEN_FILE ({file}) is empty. Put the token that @BotFather gave you in it."
    )


def test_a_refusal_carries_no_cause_that_could_show_the_token(file: Path) -> None:
    """A decoding error holds the bytes it could not decode."""
    file.write_bytes(TOKEN.encode() + b"\xff")
    with pytest.raises(ChannelError) as caught:
        read_token({"TELEGRAM_BOT_TOKEN_FILE": str(file)})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
