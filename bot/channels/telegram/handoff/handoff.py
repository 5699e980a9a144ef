"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from telegram import Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.tickets import Tickets, home_of, lang_of, last_post, name_on
from bot.channels.telegram.updates import (
    address_of,
    command_of,
    conversation_of,
    message_of,
    text_of,
)
from bot.domain import Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import HandoffOn, TelegramSettings
from bot.lru import Lru
from bot.service.limits import Pace
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_MAX_DIGESTS = 200  # whose items are at hand, in case somebody asks to be forgotten


class Handoff:
    """Passes on between people and the team.

    What is new is posted at once while Telegram's rate limit allows it; what is above it waits for
    a digest, over a restart too.
    """

    def __init__(
        self, settings: TelegramSettings, sender: Sender, store: AsyncStore, live: Live
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._live = live
        self._tickets = Tickets(store)
        self._pace = Pace(_POSTS_PER_MINUTE)
        self._digest_pace = Pace(_DIGESTS_PER_MINUTE)
        self._digest_at = 0.0  # of monotonic time
        self._digests: Lru[int, list[str]] = Lru(_MAX_DIGESTS)  # the items of a message, as HTML
        self._is_reached = True

    @property
    def chat_id(self) -> int | None:
        """The handoff chat as it is called now; None where there is none."""
        named = self._settings.handoff_chat
        return None if named is None else self._sender.delivery.present(named)

    async def load(self) -> None:
        """Take up what was open, or waited for a digest, before the bot was started."""
        if self.chat_id is None:
            return
        try:
            await self._tickets.load()
        except StoreError as error:
            logger.warning("who was talking to the team is not known: %s", error)
        await self._sender.typing(Address(self.chat_id))  # tells whether the chat has moved

    def is_open(self, conversation: str) -> bool:
        """Whether a conversation's messages go to the team."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open

    async def pass_on(self, update: Update, unanswered: Unanswered) -> bool:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Returns:
            Whether the team gets it. Who asked for no team need not know that it is out of reach.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return False
        if self.chat_id in {None, address_of(update).chat_id}:
            return False
        return await self._ask(update, unanswered, is_open=False)

    async def call(self, update: Update, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.chat_id is None:
            return texts.person_away
        is_posted = await self._ask(update, unanswered, is_open=True)
        return texts.person_comes if is_posted else texts.person_away

    async def from_person(self, update: Update, _: object) -> None:
        """Pass on what a person writes while a conversation with the team is open."""
        message = message_of(update)
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None:
            return
        ticket = self._tickets.heard(ticket, update, is_open=ticket.is_open)
        text = None if _has_file(message) else text_of(update)
        if text is None:
            is_shown = await self._send(message, [ticket]) is not None
        else:
            html = posts.message_post(name_on(ticket), text, self._team_texts)
            is_shown = await self._show(ticket, text, html)
        if not is_shown:
            self._tickets.change(ticket, is_open=False)
            await self._sender.text(address_of(update), self._texts(ticket).person_away)

    async def from_team(self, update: Update, _: object) -> None:
        """Deliver what the team replies to a post."""
        await self._replied(update, closes=False)

    async def close_by_team(self, update: Update, _: object) -> None:
        """/close, in reply to a post: end the conversation that it speaks of."""
        await self._replied(update, closes=True)

    async def close_by_person(self, update: Update, texts: Texts) -> None:
        """End a person's conversation with the team."""
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None or not ticket.is_open:
            await self._sender.text(address_of(update), texts.nothing_to_close)
            return
        self._tickets.change(ticket, is_open=False)
        await self._sender.text(address_of(update), texts.person_gone)
        await self._say(ticket, self._team_texts.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        await self._send_digest()
        for ticket in self._tickets.silent_since(time.time() - self._timeout_s):
            self._tickets.change(ticket, is_open=False)
            texts = self._texts(ticket)
            told = texts.person_gone if ticket.answered else texts.nobody_yet
            await self._sender.quietly(home_of(ticket), told)
            await self._say(ticket, self._team_texts.ended_by_time)

    async def forget(self, person: str, gone: Sequence[Post]) -> None:
        """Delete a person's posts as far as Telegram lets a bot, and tell the team.

        Args:
            gone: what stands in the handoff chat of the person's tickets.
        """
        self._tickets.forget(person)
        for post in gone:
            if post.number == 0:
                await self._sender.delete(post.chat_id, post.message_id)
            elif (items := self._digests.get(post.message_id)) is not None:
                items[post.number - 1] = "…"
                html = posts.digest_lines(items, self._team_texts)
                await self._sender.rewrite(post.chat_id, post.message_id, html)
        if gone and self.chat_id is not None:
            await self._sender.quietly(Address(self.chat_id), self._team_texts.forgot)

    @property
    def _team_texts(self) -> TeamTexts:
        """The team's sentences."""
        return self._live.texts(None).team

    @property
    def _timeout_s(self) -> float:
        return self._settings.handoff_timeout * 60

    def _texts(self, ticket: Ticket) -> Texts:
        return self._live.texts(lang_of(ticket))

    async def _ask(self, update: Update, unanswered: Unanswered, *, is_open: bool) -> bool:
        """Show the team a question; False where the handoff chat cannot be reached."""
        ticket, question = self._tickets.asked(
            update, unanswered.question, is_open=is_open, fresh_s=self._timeout_s
        )
        nearest = unanswered.nearest if question == unanswered.question else ()
        html = posts.question_post(
            name_on(ticket), question, nearest, self._live.faq, self._team_texts
        )
        is_shown = await self._show(ticket, question or "", html)
        if not is_shown:
            self._tickets.change(ticket, is_open=False)
        return is_shown

    async def _show(self, ticket: Ticket, words: str, html: str) -> bool:
        """Show the team something about a ticket, now or in the next digest.

        Args:
            words: what a digest says of it; "": somebody wants a person.
            html: the post.
        Returns:
            False where the handoff chat cannot be reached.
        """
        if self._tickets.waiting() or not self._pace.take():
            self._tickets.owe(ticket, words)
            return True
        if await self._send(html, [ticket]) is None:
            return False
        self._tickets.change(ticket, question=words)
        return True

    async def _say(self, ticket: Ticket, sentence: str) -> None:
        """Tell the team what has become of a ticket."""
        self._pace.take()  # it counts, though it does not wait
        await self._send(
            posts.filled(sentence, {"name": posts.isolated(name_on(ticket))}), [ticket]
        )

    async def _send_digest(self) -> None:
        """Post what has waited long enough; tell those who could not be shown."""
        waiting, now = self._tickets.waiting(), time.monotonic()
        if not waiting:
            self._digest_at = now + _GATHER_S
        if now < self._digest_at or not self._digest_pace.take():
            return
        self._digest_at = now + _GATHER_S
        items = [
            posts.digest_item(name_on(each), each.question, self._team_texts) for each in waiting
        ]
        html, held = posts.digest_post(items, self._team_texts)
        told = waiting[:held]
        message_id = await self._send(html, told)
        if message_id is not None:
            self._digests[message_id] = items[:held]
        for ticket in told:
            self._tickets.shown(ticket)
            if message_id is None:
                self._tickets.change(ticket, is_open=False)
                await self._sender.quietly(home_of(ticket), self._texts(ticket).person_away)

    async def _send(self, post: str | Message, tickets: Sequence[Ticket]) -> int | None:
        """Post something; returns the message's id, or None where the chat cannot be reached.

        Args:
            post: HTML, or a message that is copied as it is.
        """
        chat_id = self.chat_id or 0
        # What is about one ticket alone goes beneath the last post about it.
        above = last_post(tickets[0], chat_id) if len(tickets) == 1 else None
        address, was_reached = Address(chat_id, reply_to=above), self._is_reached
        try:
            if isinstance(post, Message):
                message_id = await self._sender.copy(address, post)
            else:
                message_id = (await self._sender.message(address, post)).message_id
        except TelegramError as error:
            self._is_reached = False
            if was_reached:
                logger.error(
                    "the handoff chat %s cannot be reached (%s). Add the bot to it, and check "
                    "telegram.handoff_chat in config.yaml.",
                    chat_id,
                    error,
                )
            return None
        self._is_reached = True
        if not was_reached:
            logger.info("the handoff chat is reached again")
        self._tickets.add_posts(self.chat_id or 0, message_id, tickets)
        return message_id

    async def _replied(self, update: Update, *, closes: bool) -> None:
        """Find out which ticket a reply of the team speaks of, and deliver it or end that."""
        message, here = message_of(update), address_of(update)
        replied, command, text = message.reply_to_message, command_of(update), text_of(update)
        if replied is None:
            return
        found = await self._tickets.on(message.chat.id, replied.message_id)
        if not found:
            await self._sender.text(here, self._team_texts.unknown_post)
            return
        ticket: Ticket | None = found[0][1]
        if found[0][0]:  # a digest
            words = command.rest if closes and command is not None else text
            chosen = posts.numbered(words or "")
            ticket = None if chosen is None else dict(found).get(chosen[0])
            text = None if chosen is None else chosen[1]
        if ticket is None or not (text or closes or _has_file(message)):
            await self._sender.text(here, self._team_texts.which)
        elif closes:
            await self._close(ticket, here)
        else:
            await self._deliver(ticket, message, text, here)

    async def _deliver(
        self, ticket: Ticket, message: Message, text: str | None, here: Address
    ) -> None:
        says, home = self._texts(ticket).person_says, home_of(ticket)
        try:
            if text is not None and not _has_file(message):
                await self._sender.text(home, f"{says}\n{text}")
            else:
                await self._sender.text(home, says)
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
        self._tickets.change(ticket, is_open=True, answered=True, last_at=time.time())
        if not (ticket.answered and ticket.is_open):
            await self._say(ticket, self._team_texts.first_sent)

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
            await self._sender.text(here, self._team_texts.ended_by_team)

    async def _not_delivered(self, ticket: Ticket, here: Address) -> None:
        name = posts.isolated(name_on(ticket))
        await self._sender.message(here, posts.filled(self._team_texts.not_sent, {"name": name}))


def _has_file(message: Message) -> bool:
    return message.effective_attachment is not None
