"""The people behind the bot, for channels whose visitors they are not in: `bot.app` joins them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain import Unanswered
from bot.service.visitors.mailbox import Mailbox, MailedFile
from bot.texts import Texts


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who writes; see `bot.service.visitors.numbers`.

    Attributes:
        lang: the code of their language; None if unknown.
        name: what they call themselves; "" where they do not say.
    """

    conversation: str
    lang: str | None = None
    name: str = ""


class Team(Protocol):
    """What a channel may ask of the team, for a visitor. What the team says comes by mail."""

    def is_open(self, conversation: str) -> bool:
        """Whether a visitor's messages go to the team."""

    def is_waiting(self, conversation: str) -> bool:
        """Whether a visitor waits for the team's first word."""

    async def is_blocked(self, conversation: str) -> bool:
        """Whether the team has blocked a visitor."""

    async def pass_on(
        self, visitor: Visitor, unanswered: Unanswered, told: str, texts: Texts
    ) -> str | None:
        """Show the team a question; returns what to tell the visitor, None where it is not shown.

        Args:
            told: what to tell them, but for when somebody is there.
        """

    async def call(self, visitor: Visitor, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the visitor."""

    async def hear(
        self, visitor: Visitor, text: str, answered: Sequence[str], texts: Texts
    ) -> None:
        """Pass on what a visitor writes in such a conversation.

        Args:
            answered: the entries that the bot has answered it with meanwhile.
        """

    async def close(self, visitor: Visitor, texts: Texts) -> None:
        """End it."""

    async def fetch_mail(self, conversation: str) -> None:
        """Have a visitor's mail at hand, if there is any from before the start."""

    async def file(self, name: str) -> MailedFile | None:
        """A file that the team has sent to a visitor; None where there is none so named (any more).

        Raises:
            StoreError: that cannot be found out now.
        """
        ...

    async def content(self, file: MailedFile) -> bytes:
        """What is in it.

        Raises:
            ChannelError: it cannot be had now.
        """
        ...

    async def forget(self, conversation: str) -> None:
        """Erase a visitor everywhere.

        Raises:
            StoreError: that cannot be done now.
        """


@dataclass(slots=True)
class Line:
    """Joins the team's channel with those of visitors.

    Attributes:
        team: None where there is none, or not yet.
    """

    mailbox: Mailbox = field(default_factory=Mailbox)
    team: Team | None = None
