"""Logging: one line per event, on standard error, without secrets."""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar

from bot.errors import escaped

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
BOT: ContextVar[str] = ContextVar("bot", default="")  # which of several bots something befalls
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Have the log write "<token>" wherever a secret would stand."""
    _secrets.add(secret)


class OneLineFormatter(logging.Formatter):
    """Writes a record as one line, with the name of its bot where there are several.

    A traceback is shortened to the error's type and text, unless `tracebacks` is set.
    """

    def __init__(self, *, tracebacks: bool = False) -> None:
        super().__init__(_FORMAT)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        record.message = f"{BOT.get()}: {record.getMessage()}" if BOT.get() else record.getMessage()
        record.asctime = self.formatTime(record)
        text = " ".join(self.formatMessage(record).splitlines())
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and self._tracebacks:
            text = f"{text}\n{''.join(traceback.format_exception(error)).rstrip()}"
        elif error is not None:
            text = f"{text} ({type(error).__name__}: {' '.join(str(error).split())})"
        for secret in _secrets:
            text = text.replace(secret, "<token>")
        return escaped(text)


def set_up(level: int) -> None:
    """Send this bot's records from `level` on, and every library's warnings, to standard error.

    Libraries stay at WARNING whatever the level: httpx writes the token into its INFO lines and
    python-telegram-bot people's messages into its DEBUG lines.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLineFormatter(tracebacks=level <= logging.DEBUG))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level)
    logging.captureWarnings(True)
