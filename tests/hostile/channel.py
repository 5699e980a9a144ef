"""A running channel that is given whatever may come, and what became of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain import KeepText
from bot.files.config.settings import Settings
from bot.files.config.telegram import Limit, Limits, TelegramSettings
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from tests.channels.telegram import served
from tests.factories import bot_over, entry
from tests.hostile.cases import Json

_PLENTY = Limit(10_000, 10_000)


@dataclass
class Outcome:
    """What became of one update.

    Attributes:
        calls: the methods that the bot called, in order, but for those that say nothing.
        errors: what was logged as an error.
    """

    calls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Served(served.Served, logging.Handler):
    """A running channel over a true database."""

    def __init__(self, folder: Path) -> None:
        logging.Handler.__init__(self, logging.ERROR)
        url, pseudonyms = f"sqlite:///{folder / 'bot.db'}", Pseudonyms(bytes(32))
        settings = Settings(
            cache=folder / "cache",
            telegram=TelegramSettings(limits=Limits(_PLENTY, _PLENTY), max_age=float("inf")),
        )
        entries = (entry("parcel", "Where is my parcel?"), entry("refund", "Can I get a refund?"))
        super().__init__(
            bot_over(folder, *entries, settings=settings),
            SqlStore(url, pseudonyms, KeepText.ALL, retention_days=10),
        )
        self._errors: list[str] = []
        self._number = 1_000_000
        self._base = 2_000_000

    def __enter__(self) -> Served:
        super().__enter__()
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self)
        super().__exit__(*error)

    def emit(self, record: logging.LogRecord) -> None:
        """Note an error."""
        self._errors.append(f"{record.getMessage()} {record.exc_info}")

    def serve(self, update: Json) -> Outcome:
        """Have one update read as it comes from Telegram, and handled."""
        self.calls, self._errors = [], []
        if type(update.get("update_id")) is int:  # else an update of that number was here before
            self._number += 1
            update = {**update, "update_id": self._number}
        self.take(update)
        return self._outcome()

    def poll_all(self, *fetched: list[Any]) -> Outcome:
        """Have updates fetched as lists, one after the other, until all are confirmed."""
        self.calls, self._errors, self.offsets = [], [], []
        self._base += 1_000  # a number that was there before would be passed over
        self.fetched = [[self._numbered(update) for update in each] for each in fetched]
        self.poll(self.fetched[-1][-1]["update_id"])
        return self._outcome()

    @property
    def confirmed(self) -> list[int]:
        """The offsets of the polls, as the updates were numbered."""
        return [offset - self._base for offset in self.offsets if offset is not None]

    def _outcome(self) -> Outcome:
        calls = [method for method, _ in self.calls if method != "sendChatAction"]
        return Outcome(calls, self._errors)

    def _numbered(self, update: Any) -> Any:
        if isinstance(update, dict) and type(update.get("update_id")) is int:
            return {**update, "update_id": update["update_id"] + self._base}
        return update
