"""What visitors are sent while they ask for nothing: words of the team. They come and fetch it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.domain import Attachment, Choice, FileKind, Link, Reply, Span
from bot.lru import Lru

_MAX_BOXES = 10_000  # visitors; those who were sent nothing for longest are forgotten
_MAX_MAILS = 50  # of one visitor


@dataclass(frozen=True, slots=True)
class MailedFile:
    """A file of the team, which the team's channel has and gives to who asks for it by its name.

    Attributes:
        name: nobody can guess it.
        kept_as: what the channel knows it by.
        title: what people call it, such as "price list.pdf"; "" of pictures.
        size: in bytes.
    """

    name: str
    kept_as: str
    kind: FileKind
    title: str
    size: int


@dataclass(frozen=True, slots=True)
class Mail:
    """Something that has become of a message to a visitor.

    Attributes:
        number: of this mail, from 1 on in each box.
        message: the number of the first mail about the same message.
        at: seconds since 1970.
        reply: what the message says now; None: it is taken back.
        asks_if_helped: whether the team's help did, about the reply's decision.
        is_teams: the team says it; else the bot does, about the team.
        file: what goes with it; None: nothing.
    """

    number: int
    message: int
    at: float
    reply: Reply | None
    asks_if_helped: bool = False
    is_teams: bool = False
    file: MailedFile | None = None


@dataclass(slots=True)
class _Box:
    mails: list[Mail] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)


class Mailbox:
    """A box for each visitor, by conversation. Use it from the event loop."""

    def __init__(self) -> None:
        self._boxes: Lru[str, _Box] = Lru(_MAX_BOXES)

    def __contains__(self, conversation: object) -> bool:
        """Whether a visitor's box is at hand."""
        return conversation in self._boxes

    def put(
        self,
        conversation: str,
        reply: Reply | None,
        message: int | None = None,
        *,
        asks_if_helped: bool = False,
        is_teams: bool = False,
        file: MailedFile | None = None,
    ) -> int:
        """Put in a message, or what has become of it; returns the message's number.

        Args:
            message: the one that it is about; None: it is new.
            asks_if_helped, is_teams, file: see `Mail`.
        """
        box = self._boxes[conversation] = self._boxes.get(conversation) or _Box()
        number = box.mails[-1].number + 1 if box.mails else 1
        about = number if message is None else message
        mail = Mail(number, about, time.time(), reply, asks_if_helped, is_teams, file)
        box.mails.append(mail)
        del box.mails[:-_MAX_MAILS]
        box.came.set()
        box.came = asyncio.Event()
        return about

    def after(self, conversation: str, number: int) -> Sequence[Mail]:
        """What has come after the mail of a number; after 0 all that there is."""
        box = self._boxes.get(conversation)
        return () if box is None else [mail for mail in box.mails if mail.number > number]

    async def wait(self, conversation: str, number: int, timeout_s: float) -> Sequence[Mail]:
        """The same, once there is any; nothing, where there is none for so long."""
        box = self._boxes[conversation] = self._boxes.get(conversation) or _Box()
        came = box.came
        if not self.after(conversation, number):
            try:
                async with asyncio.timeout(timeout_s):
                    await came.wait()
            except TimeoutError:
                return ()
        return self.after(conversation, number)

    def file(self, conversation: str, name: str) -> MailedFile | None:
        """A file of a message that has not been taken back; None where there is none so named."""
        latest = {mail.message: mail.file for mail in self.after(conversation, 0)}
        return next((file for file in latest.values() if file and file.name == name), None)

    def forget(self, conversation: str) -> None:
        """Empty a box."""
        self._boxes.pop(conversation, None)

    def written(self, conversation: str) -> str:
        """What is in a box, to be kept over a restart."""
        return json.dumps([asdict(mail) for mail in self.after(conversation, 0)], default=str)

    def restore(self, conversation: str, written: str) -> None:
        """Have in a box what was in it before the start."""
        self._boxes[conversation] = _Box([_mail(row) for row in json.loads(written)])


def shown_of(reply: Reply) -> Reply:
    """A reply with what is shown of it alone."""
    return Reply(
        reply.text,
        related=reply.related,
        links=reply.links,
        spans=reply.spans,
        attachments=reply.attachments,
        decision_id=reply.decision_id,
        answered=reply.answered,
    )


def _mail(row: Mapping[str, Any]) -> Mail:
    said = row["reply"]
    reply = None
    if said is not None:
        files = (
            (FileKind(file["kind"]), file["source"], file["caption"])
            for file in said["attachments"]
        )
        reply = Reply(
            said["text"],
            related=tuple(Choice(**choice) for choice in said["related"]),
            links=tuple(Link(**link) for link in said["links"]),
            spans=tuple(Span(**span) for span in said["spans"]),
            attachments=tuple(Attachment(*file) for file in files),
            decision_id=said["decision_id"],
            answered=tuple(said["answered"]),
        )
    file = row.get("file")
    if file is not None:
        file = MailedFile(**file | {"kind": FileKind(file["kind"])})
    return Mail(
        row["number"],
        row["message"],
        row["at"],
        reply,
        row["asks_if_helped"],
        row.get("is_teams", False),
        file,
    )
