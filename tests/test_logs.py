"""A log record is one line on standard error, without the token and without people's messages."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator

import pytest

from bot import logs
from bot.logs import OneLineFormatter, set_up

TOKEN = "123456:AAE-x_Yz0"
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has each test hide secrets of its own."""
    monkeypatch.setattr(logs, "_secrets", set())


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    """Puts the process's logging back as it was."""
    root, own = logging.getLogger(), logging.getLogger("bot")
    levels = root.level, own.level
    handlers, root.handlers = root.handlers, []
    yield
    logging.captureWarnings(False)
    root.handlers = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def line(
    message: str,
    *arguments: object,
    error: BaseException | None = None,
    token: str | None = TOKEN,
    tracebacks: bool = False,
) -> str:
    """What a record becomes, without its time."""
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("bot.app", logging.INFO, "app.py", 1, message, arguments, exc_info)
    if token:
        logs.hide(token)
    written = OneLineFormatter(tracebacks=tracebacks).format(record)
    assert STAMP.match(written)
    return STAMP.sub("", written)


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error with a traceback, as a handler meets it."""
    try:
        raise error from cause
    except Exception as caught:  # noqa: BLE001
        return caught


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ready", "ready"),
        ("a\nb\nc", "a b c"),
        ("a\r\nb\rc", "a b c"),
        ("a\u2028b\x85c\x0bd", "a b c d"),
        ("a\n", "a"),
    ],
)
def test_a_record_is_one_line(message: str, expected: str) -> None:
    assert line(message) == f"INFO bot.app: {expected}"


def test_a_record_moves_no_cursor_and_turns_no_words() -> None:
    told = line("a\x1b[31mb %s", "\u202ec", error=ValueError("\x07\x9b"))
    assert told == r"INFO bot.app: a\u001b[31mb \u202ec (ValueError: \u0007\u009b)"


@pytest.mark.parametrize("message", [f"POST /bot{TOKEN}/getMe", "POST /bot%s/getMe"])
def test_the_token_is_never_written(message: str) -> None:
    arguments = (TOKEN,) if "%s" in message else ()
    told = line(message, *arguments, error=ValueError(f"{TOKEN} {TOKEN!r}"))
    assert told == "INFO bot.app: POST /bot<token>/getMe (ValueError: <token> '<token>')"


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_nothing_is_replaced(token: str | None) -> None:
    assert line(f"say {TOKEN}", token=token) == f"INFO bot.app: say {TOKEN}"


def test_an_error_is_its_type_and_text() -> None:
    error = raised(ValueError("first\n  second"))
    assert line("failed", error=error) == "INFO bot.app: failed (ValueError: first second)"


def test_a_traceback_is_written_where_it_is_asked_for_and_without_the_token() -> None:
    error = raised(ValueError(f"url of {TOKEN}"), cause=KeyError(TOKEN))
    first, *rest = line("failed", error=error, tracebacks=True).split("\n")
    assert first == "INFO bot.app: failed"
    assert rest[0] == "KeyError: '<token>'"
    assert "Traceback (most recent call last):" in rest
    assert rest[-1] == "ValueError: url of <token>"


def test_a_record_of_no_error_where_one_was_expected_is_written(
    untouched_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(logging.INFO)
    logging.getLogger("bot").info("odd", exc_info=True)
    assert STAMP.sub("", capsys.readouterr().err) == "INFO bot: odd\n"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (logging.WARNING, ["WARNING bot.x: w"]),
        (logging.INFO, ["INFO bot.x: i", "WARNING bot.x: w"]),
        (logging.DEBUG, ["DEBUG bot.x: d", "INFO bot.x: i", "WARNING bot.x: w"]),
    ],
)
def test_libraries_only_warn_whatever_the_level(
    untouched_logging: None, capsys: pytest.CaptureFixture[str], level: int, expected: list[str]
) -> None:
    """Below it they write the token (httpx) and people's messages (python-telegram-bot)."""
    set_up(level)
    for name in ("bot.x", "httpx"):
        logger = logging.getLogger(name)
        logger.debug("d")
        logger.info("i")
        logger.warning("w")
    out, err = capsys.readouterr()
    told = [STAMP.sub("", written) for written in err.splitlines()]
    assert told == [*expected, "WARNING httpx: w"]
    assert out == ""


def test_set_up_a_second_time_replaces_the_first(
    untouched_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line does: first without a token, then with the one it has read."""
    set_up(logging.DEBUG)
    logs.hide(TOKEN)
    set_up(logging.WARNING)
    logging.getLogger("bot").info("no")
    logging.getLogger("bot").warning(TOKEN)
    assert STAMP.sub("", capsys.readouterr().err) == "WARNING bot: <token>\n"


@pytest.mark.parametrize(
    ("level", "lines"), [(logging.INFO, 1), (logging.DEBUG, 5)], ids=["INFO", "DEBUG"]
)
def test_only_debug_shows_tracebacks(
    untouched_logging: None, capsys: pytest.CaptureFixture[str], level: int, lines: int
) -> None:
    set_up(level)
    logging.getLogger("bot").error("failed", exc_info=raised(ValueError("x")))
    err = capsys.readouterr().err
    assert len(err.splitlines()) == lines
    assert ("Traceback" in err) == (lines > 1)


def test_a_libraries_warning_is_one_line_too(
    untouched_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        set_up(logging.INFO)
        warnings.warn_explicit("old\nnews", UserWarning, "lib.py", 7)
    (written,) = capsys.readouterr().err.splitlines()
    assert STAMP.sub("", written).rstrip() == "WARNING py.warnings: lib.py:7: UserWarning: old news"
