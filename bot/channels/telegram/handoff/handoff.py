"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time

from telegram import Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.team_chat import TeamChat
from bot.channels.telegram.handoff.tickets import Tickets, home_of, lang_of, name_on
from bot.channels.telegram.updates.incoming import (
    address_of,
    command_of,
    conversation_of,
    message_of,
    text_of,
)
from bot.domain import Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import HandoffOn, TelegramSettings
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket
from bot.texts import Texts

logger = logging.getLogger(__name__)


class Handoff:
    """Passes on between people and the team."""

    def __init__(
        self, settings: TelegramSettings, sender: Sender, store: AsyncStore, live: Live
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._live = live
        self._tickets = Tickets(store)
        self._team = TeamChat(settings.handoff_chat or 0, sender, self._tickets, live)

    @property
    def chat_id(self) -> int | None:
        """The handoff chat as it is called now; None where there is none."""
        return None if self._settings.handoff_chat is None else self._team.chat_id

    async def load(self) -> None:
        """Take up what was open before the bot was started, and post what it did not come to."""
        if self.chat_id is None:
            return
        try:
            await self._tickets.load()
        except StoreError as error:
            logger.warning("who was talking to the team is not known: %s", error)
        for ticket in self._tickets.all():
            if not ticket.posted:
                words = ticket.question or None
                item = posts.digest_item(name_on(ticket), words, self._team.texts)
                await self._team.show(ticket, words, item)

    def is_open(self, conversation: str) -> bool:
        """Whether a conversation's messages go to the team."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open

    async def pass_on(self, update: Update, unanswered: Unanswered, texts: Texts) -> str | None:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Returns:
            What to tell the person; None where there is nothing to tell.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return None
        if self.chat_id in {None, address_of(update).chat_id}:
            return None
        is_posted = await self._post(update, unanswered, is_open=False)
        return texts.passed_on if is_posted else texts.person_away

    async def call(self, update: Update, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.chat_id is None:
            return texts.person_away
        is_posted = await self._post(update, unanswered, is_open=True)
        return texts.person_comes if is_posted else texts.person_away

    async def from_person(self, update: Update, _: object) -> None:
        """Pass on what a person writes while a conversation with the team is open."""
        message = message_of(update)
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None:
            return
        ticket = self._tickets.heard(ticket, update)
        text = None if _has_file(message) else text_of(update)
        if text is None:
            is_sent = await self._team.copy(self._tickets.save(ticket), message)
        else:
            ticket = self._tickets.owe(ticket, text)
            html = posts.message_post(name_on(ticket), text, self._team.texts)
            is_sent = await self._team.show(ticket, text, html)
        if not is_sent:
            await self._not_shown(ticket, address_of(update))

    async def from_team(self, update: Update, _: object) -> None:
        """Deliver what the team replies to a post."""
        await self._replied(update, closes=False)

    async def close_by_team(self, update: Update, _: object) -> None:
        """/close, in reply to a post: end the conversation that it speaks of."""
        await self._replied(update, closes=True)

    async def _replied(self, update: Update, *, closes: bool) -> None:
        message, here = message_of(update), address_of(update)
        replied, command, text = message.reply_to_message, command_of(update), text_of(update)
        if replied is None:
            return
        try:
            found = await self._tickets.on(message.chat.id, replied.message_id)
        except StoreError as error:
            sentence = self._team.texts.memory_away.replace("{reason}", str(error))
            await self._sender.text(here, sentence)
            return
        if not found:
            await self._sender.text(here, self._team.texts.unknown_post)
            return
        ticket: Ticket | None = found[0][1]
        if found[0][0]:  # a digest
            words = command.rest if closes and command is not None else text
            chosen = posts.numbered(words or "")
            ticket = None if chosen is None else dict(found).get(chosen[0])
            text = None if chosen is None else chosen[1]
        if ticket is None or not (text or closes or _has_file(message)):
            await self._sender.text(here, self._team.texts.which)
        elif closes:
            await self._close(ticket, here)
        else:
            await self._deliver(ticket, message, text, here)

    async def close_by_person(self, update: Update, texts: Texts) -> None:
        """End a person's conversation with the team."""
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None or not ticket.is_open:
            await self._sender.text(address_of(update), texts.nothing_to_close)
            return
        ticket = self._tickets.change(ticket, is_open=False)
        await self._sender.text(address_of(update), texts.person_gone)
        await self._team.say(ticket, self._team.texts.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        for ticket in await self._team.send_digest():
            await self._not_shown(ticket, None)
        for ticket in self._tickets.all():
            if ticket.is_open and time.time() - ticket.last_at > self._timeout_s:
                ticket = self._tickets.change(ticket, is_open=False)
                texts = self._texts(ticket)
                told = texts.person_gone if ticket.answered else texts.nobody_yet
                await self._sender.quietly(home_of(ticket), told)
                await self._team.say(ticket, self._team.texts.ended_by_time)

    async def forget(self, person: str, gone: tuple[Post, ...]) -> None:
        """Delete a person's posts as far as Telegram lets a bot, and tell the team."""
        ticket_ids = self._tickets.forget(person)
        if self.chat_id is not None:
            await self._team.forget(ticket_ids, gone)

    @property
    def _timeout_s(self) -> float:
        return self._settings.handoff_timeout * 60

    def _texts(self, ticket: Ticket) -> Texts:
        return self._live.texts(lang_of(ticket))

    async def _post(self, update: Update, unanswered: Unanswered, *, is_open: bool) -> bool:
        """Post a question, beneath what the same conversation was posted for lately."""
        ticket, question = self._tickets.asked(
            update, unanswered.question, is_open=is_open, fresh_s=self._timeout_s
        )
        nearest = unanswered.nearest if question == unanswered.question else ()
        texts = self._team.texts
        html = posts.question_post(name_on(ticket), question, nearest, self._live.faq, texts)
        is_sent = await self._team.show(ticket, question, html)
        if not is_sent:
            self._tickets.change(ticket, is_open=False, posted=True)
        return is_sent

    async def _not_shown(self, ticket: Ticket, here: Address | None) -> None:
        """Tell a person that nobody was shown what they wrote.

        Args:
            here: where they wrote just now; None where that is some time ago.
        """
        self._tickets.change(ticket, is_open=False, posted=True)
        told = self._texts(ticket).person_away
        if here is None:
            await self._sender.quietly(home_of(ticket), told)
        else:
            await self._sender.text(here, told)

    async def _deliver(
        self, ticket: Ticket, message: Message, text: str | None, here: Address
    ) -> None:
        texts, home = self._texts(ticket), home_of(ticket)
        try:
            if text is not None and not _has_file(message):
                await self._sender.text(home, f"{texts.person_says}\n{text}")
            else:
                await self._sender.text(home, texts.person_says)
                await self._sender.copy(home, message)
        except (Forbidden, BadRequest) as error:
            logger.info("a reply of the team was refused: %s", error)
            self._tickets.change(ticket, is_open=False)
            await self._not_delivered(ticket, here)
            return
        except TelegramError as error:
            logger.warning("a reply of the team could not be sent: %s", error)
            await self._sender.text(here, self._live.texts(None).trouble)
            return
        is_first = not (ticket.answered and ticket.is_open)
        self._tickets.change(ticket, is_open=True, answered=True, last_at=time.time())
        if is_first:
            await self._team.say(ticket, self._team.texts.first_sent)

    async def _close(self, ticket: Ticket, here: Address) -> None:
        if not ticket.is_open:
            await self._sender.text(here, self._live.texts(None).nothing_to_close)
            return
        self._tickets.change(ticket, is_open=False)
        try:
            await self._sender.text(home_of(ticket), self._texts(ticket).person_gone)
        except TelegramError:
            await self._not_delivered(ticket, here)
        else:
            await self._sender.text(here, self._team.texts.ended_by_team)

    async def _not_delivered(self, ticket: Ticket, here: Address) -> None:
        name = posts.isolated(name_on(ticket))
        html = posts.filled(self._team.texts.not_sent, {"name": name})
        await self._sender.message(here, html, ParseMode.HTML, None)


def _has_file(message: Message) -> bool:
    return message.effective_attachment is not None
