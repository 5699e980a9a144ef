"""A small FAQ in files, the bot over it, and what it may be taught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.authoring.learning.audit import NAME, Audit
from bot.authoring.learning.learning import FaqLearning
from bot.files.config.settings import AuthoringSettings, Settings
from bot.files.faq.load import load_faq
from bot.matching.build import AT_ONCE, Matcher, Turns
from bot.store.store import Missed, Record
from tests.factories import LINES, bot_over

FILE = """\
- id: refund   # the first
  question: how do I get my refund
  phrasings:
    - refund please
    - money back
  tests:
    - money back now
  answer: Within 30 days.

- id: parcel
  question: where is my parcel
  phrasings: [parcel tracking, is my parcel lost]
  answer: On its way.
"""


class Shop:
    """What a person who looks after an FAQ has before them.

    Attributes:
        log: messages whose words are kept.
        missed: those that could not be answered.
        served: how often what was written was served.
        trouble: why it is not served.
    """

    def __init__(self, folder: Path, *, commit: bool = False, turns: Turns = AT_ONCE) -> None:
        self.file = folder / "faq" / "a.yaml"
        if not self.file.exists():
            self.file.parent.mkdir()
            self.file.write_text(FILE, "utf-8")
        self.folder, self.data = folder, folder / "data"
        self.settings = Settings(
            faq=self.file.parent, cache=folder / "cache", authoring=AuthoringSettings(commit=commit)
        )
        self.bot = self._bot()
        self.log: list[Record] = []
        self.missed: list[Missed] = []
        self.served = 0
        self.trouble: str | None = None
        self.audit = Audit(self.data)
        self.learning = FaqLearning(
            *(lambda: self.bot, lambda: self.log, self.audit, turns),
            serve=self.serve,
            missed=lambda: self.missed,
        )

    @property
    def written(self) -> str:
        """The file, as it is now."""
        return self.file.read_text("utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The audit log, as it is on disk."""
        path = self.data / NAME
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def _bot(self) -> Matcher:
        entries = load_faq(self.file.parent, LINES).entries
        return bot_over(self.folder, *entries, settings=self.settings)

    async def serve(self) -> str | None:
        self.served += 1
        self.bot = self._bot()
        return self.trouble
