"""A bot that remembers what it decides, for tests about its memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.domain import Decision, FaqEntry, KeepText
from bot.matching.build import Matcher, assemble
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore, read_history
from bot.store.store import Label, LabelKind, Record
from tests.fakes import FakeEmbedder, fake_encoder

NOON = 1_700_000_000.0


def with_entry(bot: Matcher, entry: FaqEntry) -> Matcher:
    """The same bot with an entry more."""
    faq = replace(bot.faq, entries=(*bot.faq.entries, entry))
    return assemble(bot.settings, faq, fake_encoder(FakeEmbedder()), bot.model_fingerprint)


class Logbook:
    """The memory of a bot: a real database in a file.

    Args:
        at: when the first message is asked; each one after it comes a second later.
    """

    def __init__(
        self, path: Path, keep_text: KeepText = KeepText.NONE, *, at: float = NOON
    ) -> None:
        self.url = f"sqlite:///{path}"
        self._database = SqlStore(self.url, Pseudonyms(bytes(32)), keep_text, retention_days=3650)
        self._at = at
        self._asked = 0

    def ask(
        self, bot: Matcher, text: str, lang: str | None = "en", person: str = "ada"
    ) -> Decision:
        """Have the bot decide and remember that."""
        decision = bot.decide(text, lang)
        self.record(text, decision, lang, person=person)
        return decision

    def record(
        self,
        text: str,
        decision: Decision,
        lang: str | None = "en",
        *,
        small_talk: bool = False,
        person: str = "ada",
    ) -> None:
        """Remember a decision."""
        self._asked += 1
        at = self._at + self._asked
        self._database.record(
            Record(self.last, at, text, lang, decision, person, "chat", small_talk)
        )

    def press(self, kind: LabelKind, entry_id: str | None = None, text: str | None = None) -> None:
        """Have somebody say something about the last decision."""
        label = Label(self.last, kind, "ada", self._at, entry_id, text)
        assert self._database.label(label, anyone=True)

    def forget(self, person: str = "ada") -> None:
        """Erase all of it, as the person asked for."""
        self._database.forget(person)

    @property
    def last(self) -> str:
        """The id of the last message."""
        return f"{self._asked:016x}"

    def pasts(self) -> tuple[Record, ...]:
        """All of it."""
        return read_history(self.url, since=0)

    def close(self) -> None:
        """Let go of the database, as a bot that stops."""
        self._database.close()
