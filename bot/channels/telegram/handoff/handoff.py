"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from telegram import Message, MessageEntity, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Markup, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.answers import Answer, Words, answers_of, has_file
from bot.channels.telegram.handoff.team_chat import Refusal, TeamChat
from bot.channels.telegram.handoff.tickets import (
    Tickets,
    asked_at,
    decision_of,
    home_of,
    lang_of,
    name_on,
    told_at,
)
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import (
    address_of,
    conversation_of,
    message_of,
    read_incoming,
    text_of,
)
from bot.domain import Action, Decision, Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import HandoffOn, TelegramSettings
from bot.formatting import MAX_UNITS, utf16_units
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Record, Ticket
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_WAIT_S = 600.0  # without a word from anybody; then who writes is told that they wait


class Handoff:
    """Passes on between people and the team."""

    def __init__(
        self,
        settings: TelegramSettings,
        sender: Sender,
        store: AsyncStore,
        live: Live,
        keyboards: Keyboards,
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._store = store
        self._live = live
        self._keyboards = keyboards
        self._tickets = Tickets(store)
        self._team = TeamChat(settings.handoff_chat, sender, self._tickets, live)

    @property
    def chat_id(self) -> int | None:
        """The handoff chat as it is called now; None where there is none."""
        return self._team.chat_id

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

    def is_waiting(self, conversation: str) -> bool:
        """Whether a person waits for the team's first word."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open and not ticket.answered

    def standing(self, conversation: str, texts: Texts) -> str | None:
        """Where a person is who talks to the team, or waits for it; None who does neither."""
        if not self.is_open(conversation):
            return None
        return texts.still_waiting if self.is_waiting(conversation) else texts.with_team

    async def pass_on(self, update: Update, unanswered: Unanswered) -> bool:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Returns:
            Whether the team gets it. Who asked for no team need not know that it is out of reach.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return False
        if self.chat_id in {None, address_of(update).chat_id}:
            return False
        return await self._ask(update, unanswered, is_open=False) is None

    async def call(self, update: Update, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.chat_id is None:
            return texts.person_away
        refusal = await self._ask(update, unanswered, is_open=True)
        return texts.person_comes if refusal is None else refusal.told(texts)

    async def from_person(self, update: Update, answered: Sequence[str]) -> None:
        """Pass on what a person writes while a conversation with the team is open.

        Args:
            answered: the entries that the bot has answered it with meanwhile.
        """
        message = message_of(update)
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None:
            return
        ticket = self._tickets.heard(ticket, update, is_open=ticket.is_open)
        text = None if has_file(message) else text_of(update)
        if text is None:
            refusal = Refusal.AWAY if await self._team.send(message, [ticket]) is None else None
        else:
            html = posts.message_post(name_on(ticket), text, self._team_texts)
            html += posts.answered_note(answered, self._live.faq, self._team_texts)
            refusal = await self._team.show(ticket, text, html)
        if refusal is not None:
            self._tickets.change(ticket, is_open=refusal is Refusal.FULL)
            await self._sender.text(address_of(update), refusal.told(self._texts(ticket)))
        elif answered:
            self._tickets.note(ticket, told=int(time.time()))
        elif time.time() - told_at(ticket) > _WAIT_S:
            self._tickets.note(ticket, told=int(time.time()))
            await self._sender.quietly(address_of(update), self._texts(ticket).still_waiting)

    async def from_team(self, update: Update, _: object) -> None:
        """Deliver what the team replies to a post."""
        await self._replied(update)

    async def close_by_team(self, update: Update, _: object) -> None:
        """/close, in reply to a post: end the conversation that it speaks of."""
        await self._replied(update)

    async def close_by_person(self, update: Update, texts: Texts) -> None:
        """End a person's conversation with the team."""
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None or not ticket.is_open:
            await self._sender.text(address_of(update), texts.nothing_to_close)
            return
        self._tickets.change(ticket, is_open=False)
        await self._sender.text(address_of(update), *self._goodbye(ticket))
        await self._team.say(ticket, self._team_texts.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        await self._team.send_digest()
        for ticket in self._tickets.silent_since(time.time() - self._timeout_s):
            self._tickets.change(ticket, is_open=False)
            await self._sender.quietly(home_of(ticket), *self._goodbye(ticket, is_late=True))
            await self._team.say(ticket, self._team_texts.ended_by_time)

    async def forget(self, person: str, gone: Sequence[Post]) -> None:
        """Delete a person's posts as far as Telegram lets a bot, and tell the team.

        Args:
            gone: what stands in the handoff chat of the person's tickets.
        """
        self._tickets.forget(person)
        await self._team.forget(gone)
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

    async def _ask(
        self, update: Update, unanswered: Unanswered, *, is_open: bool
    ) -> Refusal | None:
        """Show the team a question; returns why that cannot be done."""
        was_open = self.is_open(conversation_of(update))
        ticket, question = self._tickets.asked(
            update, unanswered.question, is_open=is_open, fresh_s=self._timeout_s
        )
        decision_id = unanswered.decision_id or self._recorded(update, unanswered)
        self._tickets.note(ticket, told=int(time.time()), decision=decision_id)
        if question is None:  # it stands there already, or there is none
            if not is_open:
                return None
            unanswered = replace(unanswered, nearest=())
        html = posts.question_post(
            name_on(ticket), unanswered, self._live.faq, self._team_texts, wants_person=is_open
        )
        refusal = await self._team.show(
            ticket, unanswered.question or "", html, share=1.0 if is_open else 0.5
        )
        if refusal is not None:
            self._tickets.change(ticket, is_open=was_open and refusal is Refusal.FULL)
        return refusal

    def _recorded(self, update: Update, wanted: Unanswered) -> str:
        """Remember that a person was asked for, so that what is said of that has its place."""
        incoming = read_incoming(update, wanted.question or "")
        if incoming.person is None:
            return ""
        why = "a person was asked for"
        decision = Decision(Action.FALLBACK, None, 0.0, (), why, self._live.fingerprint)
        record = Record(
            incoming.decision_id,
            time.time(),
            wanted.question,
            incoming.lang,
            decision,
            incoming.person,
            incoming.conversation,
            small_talk=True,  # it asks the bot nothing
        )
        self._store.record(record)
        return record.id

    def _goodbye(self, ticket: Ticket, *, is_late: bool = False) -> tuple[str, Markup]:
        """What a person is told when a conversation ends, and how they may say if it helped."""
        texts = self._texts(ticket)
        if not ticket.answered:
            return texts.nobody_yet if is_late else texts.person_gone, None
        helped = self._keyboards.helped(decision_of(ticket), ticket.person)
        question = "" if helped is None else f"\n\n{texts.did_it_help}"
        return f"{texts.person_gone}{question}", helped

    async def _replied(self, update: Update) -> None:
        """Find out whom a reply of the team is for, and deliver it or end what they talk of."""
        message, here = message_of(update), address_of(update)
        replied = message.reply_to_message
        if replied is None:
            return
        found = await self._tickets.on(message.chat.id, replied.message_id)
        if not found:
            await self._sender.text(here, self._team_texts.unknown_post)
            return
        answers = answers_of(update, found)
        if not answers:
            await self._sender.text(here, self._team_texts.which)
        for answer in answers:
            if answer.closes:
                await self._close(answer.ticket, here)
            else:
                await self._deliver(answer, message, here)

    async def _deliver(self, answer: Answer, message: Message, here: Address) -> None:
        ticket, words = answer.ticket, answer.words
        texts, home = self._texts(ticket), asked_at(ticket)
        is_first = not (ticket.answered and ticket.is_open)
        says = texts.person_says_first if is_first else texts.person_says
        try:
            if has_file(message):
                await self._sender.text(home, says)
                is_same = words.text == (message.caption or "")
                caption = None if is_same else words.text
                await self._sender.copy(home, message, caption, words.entities)
            else:
                await self._tell(home, says, words)
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
        self._tickets.note(ticket, told=int(time.time()))
        if is_first:
            await self._team.say(ticket, self._team_texts.first_sent)

    async def _tell(self, home: Address, says: str, words: Words) -> None:
        """Tell a person the team's words as they are formatted, in two messages if need be."""
        head = f"{says}\n"
        if utf16_units(head + words.text) > MAX_UNITS:
            await self._sender.text(home, says)
            head = ""
        told = MessageEntity.concatenate((head, ()), (words.text, words.entities))
        await self._sender.formatted(home, *told)

    async def _close(self, ticket: Ticket, here: Address) -> None:
        if not ticket.is_open:
            await self._sender.text(here, self._live.texts(None).nothing_to_close)
            return
        self._tickets.change(ticket, is_open=False)
        try:
            await self._sender.text(home_of(ticket), *self._goodbye(ticket))
        except TelegramError:
            await self._not_delivered(ticket, here)
        else:
            await self._sender.text(here, self._team_texts.ended_by_team)

    async def _not_delivered(self, ticket: Ticket, here: Address) -> None:
        name = posts.isolated(name_on(ticket))
        await self._sender.message(here, posts.filled(self._team_texts.not_sent, {"name": name}))
