"""Logging: one line per event, on standard error, without secrets."""

from __future__ import annotations

import logging
import sys
import traceback

from bot.errors import escaped

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class OneLineFormatter(logging.Formatter):
    """Writes a record as one line and puts "<token>" wherever the token would stand.

    A traceback is shortened to the error's type and text, unless `tracebacks` is set.
    """

    def __init__(self, token: str | None = None, *, tracebacks: bool = False) -> None:
        super().__init__(_FORMAT)
        self._token = token
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        text = " ".join(self.formatMessage(record).splitlines())
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and self._tracebacks:
            text = f"{text}\n{''.join(traceback.format_exception(error)).rstrip()}"
        elif error is not None:
            text = f"{text} ({type(error).__name__}: {' '.join(str(error).split())})"
        return escaped(text.replace(self._token, "<token>") if self._token else text)


def set_up(level: int, token: str | None = None) -> None:
    """Send this bot's records from `level` on, and every library's warnings, to standard error.

    Libraries stay at WARNING whatever the level: httpx writes the token into its INFO lines and
    python-telegram-bot people's messages into its DEBUG lines.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLineFormatter(token, tracebacks=level <= logging.DEBUG))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level)
    logging.captureWarnings(True)
