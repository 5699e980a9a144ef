"""Visitors of other channels, for the team: as if each had a private chat, of a number beyond all
that Telegram gives. What is sent to such a chat is put into the visitor's mailbox.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from telegram import Message, MessageEntity, Update
from telegram.constants import FileSizeLimit
from telegram.error import TelegramError

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.elsewhere import NotTakenError
from bot.channels.telegram.api.sender import Markup
from bot.channels.telegram.callback_data import ButtonKind
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.handoff.records.notes import home_of
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.channels.telegram.keyboard import Keyboards
from bot.domain import FileKind, Reply, Span, Unanswered, is_web_address
from bot.errors import ChannelError, StoreError
from bot.formatting import one_line, plain_text
from bot.service.visitors.mailbox import Mailbox, MailedFile, shown_of
from bot.service.visitors.numbers import number_of, person_in, stored_as, visitor_by
from bot.service.visitors.team import Visitor
from bot.store.async_store import AsyncStore
from bot.texts import Texts

logger = logging.getLogger(__name__)

_MAX_NAME_CHARS = 64
_ID_DIGITS = 16  # of a ticket
_FETCHED_AT_ONCE = 4  # files, each of which is in memory meanwhile
_MARKS = {"bold": "bold", "italic": "italic", "strikethrough": "strike", "code": "code"}
_MARKS |= {"pre": "code", "blockquote": "quote", "expandable_blockquote": "quote"}


class VisitorMail:
    """An `Elsewhere` of the sender: what is sent to a visitor is put into their mailbox.

    It is kept with the visitor's ticket, sealed, so that a restart loses none of it.
    """

    def __init__(self, mailbox: Mailbox, keyboards: Keyboards) -> None:
        self._mailbox = mailbox
        self._keyboards = keyboards
        self.tickets: Tickets | None = None  # which need the sender that this is for

    def takes(self, chat_id: int) -> bool:
        return visitor_by(chat_id) is not None

    def reply(self, chat_id: int, reply: Reply, markup: Markup) -> None:
        decision_id = self._asks_about(markup)
        shown = shown_of(reply)
        if decision_id:
            shown = Reply(reply.text, decision_id=decision_id)
        is_teams = bool(reply.answered)  # the bot itself answers nobody by mail
        self._put(chat_id, shown, asks_if_helped=decision_id != "", is_teams=is_teams)

    def words(
        self,
        chat_id: int,
        text: str,
        entities: Sequence[MessageEntity],
        message_id: int | None = None,
    ) -> int:
        spans = spans_of(text, entities)
        reply = Reply(plain_text(spans), spans=spans)
        return self._put(chat_id, reply, message_id, is_teams=True)

    def file(
        self,
        chat_id: int,
        above: str,
        message: Message,
        text: str,
        entities: Sequence[MessageEntity],
    ) -> int:
        """See `Elsewhere.file`. A sticker is told by its emoji."""
        if message.sticker is not None and message.sticker.emoji:
            text, held = message.sticker.emoji, None
        else:
            held = _file_in(message)
        told = MessageEntity.concatenate((f"{above}\n" if above else "", ()), (text, (*entities,)))
        spans = spans_of(*told)
        reply = Reply(plain_text(spans).strip(), spans=spans)
        return self._put(chat_id, reply, is_teams=True, file=held)

    def delete(self, chat_id: int, message_id: int) -> None:
        self._put(chat_id, None, message_id)

    def _put(
        self,
        chat_id: int,
        reply: Reply | None,
        message: int | None = None,
        *,
        asks_if_helped: bool = False,
        is_teams: bool = False,
        file: MailedFile | None = None,
    ) -> int:
        conversation = visitor_by(chat_id) or ""
        tickets = self.tickets
        ticket = None if tickets is None else tickets.of_conversation(stored_as(conversation))
        if file is not None and ticket is not None:  # by which it is found again
            file = replace(file, name=f"{ticket.id}{file.name}")
        put = partial(self._mailbox.put, asks_if_helped=asks_if_helped, is_teams=is_teams)
        number = put(conversation, reply, message, file=file)
        if tickets is not None and ticket is not None:
            tickets.note(ticket, mail=self._mailbox.written(conversation))
        return number

    def _asks_about(self, markup: Markup) -> str:
        """The decision about which a message asks whether the team helped; "": it does not."""
        asking = self._keyboards.find(markup, ButtonKind.HELPED)
        return "" if asking is None else asking.field("decision")


class VisitorsTeam:
    """A `Team`: the handoff chat."""

    def __init__(
        self, handoff: Handoff, client: Client, store: AsyncStore, mailbox: Mailbox
    ) -> None:
        self._handoff = handoff
        self._client = client
        self._store = store
        self._mailbox = mailbox
        self._fetching = asyncio.Semaphore(_FETCHED_AT_ONCE)

    def is_open(self, conversation: str) -> bool:
        return self._handoff.is_open(stored_as(conversation))

    def is_waiting(self, conversation: str) -> bool:
        return self._handoff.is_waiting(stored_as(conversation))

    async def is_blocked(self, conversation: str) -> bool:
        return await self._handoff.blocks.holds(person_in(conversation))

    async def pass_on(
        self, visitor: Visitor, unanswered: Unanswered, told: str, texts: Texts
    ) -> str | None:
        try:
            return await self._handoff.pass_on(self._update(visitor), unanswered, told, texts)
        except TelegramError as error:
            logger.warning("a visitor's question could not be posted: %s", error)
            return None

    async def call(self, visitor: Visitor, unanswered: Unanswered, texts: Texts) -> str:
        ticket = self._handoff.tickets.of_conversation(stored_as(visitor.conversation))
        if visitor.name and ticket is not None:  # it is told only now
            self._handoff.tickets.note(ticket, name=_name_of(visitor))
        try:
            return await self._handoff.call(self._update(visitor), unanswered, texts)
        except TelegramError as error:
            logger.warning("the team could not be told of a visitor: %s", error)
            return texts.person_away

    async def hear(
        self, visitor: Visitor, text: str, answered: Sequence[str], texts: Texts
    ) -> None:
        try:
            await self._handoff.from_person(self._update(visitor, text), answered)
        except TelegramError as error:
            logger.warning("a visitor's words could not be posted: %s", error)
            self._mailbox.put(visitor.conversation, Reply(texts.person_away))

    async def close(self, visitor: Visitor, texts: Texts) -> None:
        await self._handoff.close_by_person(self._update(visitor), texts)

    async def fetch_mail(self, conversation: str) -> None:
        if conversation in self._mailbox:
            return
        ticket = self._handoff.tickets.of_conversation(stored_as(conversation))
        tickets = [ticket] if ticket is not None else []
        if not tickets:
            try:
                tickets = [*(await self._store.kept_of(person_in(conversation))).tickets]
            except StoreError as error:
                logger.warning("a visitor's mail cannot be read: %s", error)
        written = [str(each.address["mail"]) for each in tickets if each.address.get("mail")]
        if written and conversation not in self._mailbox:
            self._mailbox.restore(conversation, written[-1])

    async def file(self, name: str) -> MailedFile | None:
        ticket = await self._handoff.tickets.by_id(name[:_ID_DIGITS])
        conversation = None if ticket is None else visitor_by(home_of(ticket).chat_id)
        if conversation is None:
            return None
        await self.fetch_mail(conversation)
        return self._mailbox.file(conversation, name)

    async def content(self, file: MailedFile) -> bytes:
        try:
            async with self._fetching:
                found = await self._client.get_file(file.kept_as)
                return bytes(await found.download_as_bytearray())
        except TelegramError as error:
            logger.warning("a file of the team cannot be fetched for a visitor: %s", error)
            raise ChannelError("the file cannot be fetched now") from None

    async def forget(self, conversation: str) -> None:
        try:
            await self._handoff.forget(person_in(conversation))
        except TelegramError as error:
            raise StoreError(f"the team's posts cannot be deleted now ({error})") from None
        self._mailbox.forget(conversation)

    def _update(self, visitor: Visitor, text: str = "") -> Update:
        """What a visitor writes, as Telegram would tell of it."""
        number, now = number_of(visitor.conversation), time.time()
        named = {"id": number, "first_name": _name_of(visitor)}
        message = {
            "message_id": int(now * 1_000),
            "date": int(now),
            "chat": {**named, "type": "private"},
            "from": {**named, "is_bot": False, "language_code": visitor.lang},
            "text": text,
        }
        return Update.de_json({"update_id": secrets.randbits(62), "message": message}, self._client)


def _name_of(visitor: Visitor) -> str:
    """What the team is shown of a visitor; of one without a name, what tells them from others."""
    return f"🌐 {one_line(visitor.name[:_MAX_NAME_CHARS]) or visitor.conversation[:4]}"


def _file_in(message: Message) -> MailedFile:
    """The file in a message.

    Raises:
        NotTakenError: there is none, or it is larger than what Telegram lets a bot fetch.
    """
    kind, title = (FileKind.PHOTO if message.photo else FileKind.DOCUMENT), ""
    held = message.photo[-1] if message.photo else message.effective_attachment  # the largest
    file_id, size = getattr(held, "file_id", None), getattr(held, "file_size", None) or 0
    if file_id is None or size > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise NotTakenError
    if kind is FileKind.DOCUMENT:
        mime = "video/mp4" if message.video_note else getattr(held, "mime_type", None) or ""
        named = f"{type(held).__name__.lower()}{mimetypes.guess_extension(mime) or ''}"
        title = one_line(getattr(held, "file_name", None) or named)
    return MailedFile(secrets.token_hex(16), file_id, kind, title, size)


def spans_of(text: str, entities: Sequence[MessageEntity]) -> tuple[Span, ...]:
    """Text as Telegram tells how it is formatted, whose places count UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    ends = {0, len(units) // 2}
    for entity in entities:
        ends |= {entity.offset, entity.offset + entity.length}
    places = sorted(end for end in ends if 0 <= end <= len(units) // 2)
    spans = []
    for start, end in pairwise(places):
        part = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        around = [e for e in entities if e.offset <= start and end <= e.offset + e.length]
        marks = {_MARKS[each.type]: True for each in around if each.type in _MARKS}
        links = (each.url or (part if each.type == "url" else "") for each in around)
        url = next((link for link in links if is_web_address(link)), None)
        spans.append(Span(part, url=url, **marks))
    return tuple(spans)
