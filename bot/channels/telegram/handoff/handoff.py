"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from telegram import Bot, Update

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.answers import has_file
from bot.channels.telegram.handoff.blocks import Blocks
from bot.channels.telegram.handoff.desk import Desk
from bot.channels.telegram.handoff.files import Files
from bot.channels.telegram.handoff.moderation import Moderation
from bot.channels.telegram.handoff.team_chat import Refusal, TeamChat
from bot.channels.telegram.handoff.tickets import (
    Tickets,
    home_of,
    name_on,
    shown_name,
    told_at,
)
from bot.channels.telegram.handoff.to_person import ToPerson
from bot.channels.telegram.handoff.topics import Topics
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import (
    address_of,
    conversation_of,
    is_edit,
    message_of,
    read_incoming,
    text_of,
)
from bot.domain import Action, Decision, Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import HandoffOn, TelegramSettings
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Record
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_WAIT_S = 600.0  # without a word from anybody; then who writes is told that they wait


class Handoff:
    """Passes on between people and the team.

    Attributes:
        desk: what the team does.
        moderation: whom the team and admins block.
        blocks: who is blocked.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        sender: Sender,
        store: AsyncStore,
        live: Live,
        keyboards: Keyboards,
        bot: Bot,
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._store = store
        self._live = live
        self._keyboards = keyboards
        self._tickets = Tickets(store)
        self._files = Files()
        topics = Topics(bot, store, self._tickets, is_wanted=settings.handoff_topics)
        self._team = TeamChat(settings.handoff_chat, sender, self._tickets, live, topics)
        self._to_person = ToPerson(sender, live, keyboards, settings.office_hours)
        at_hand = sender, live, keyboards, self._tickets, self._team
        self.desk = Desk(*at_hand, self._to_person)
        self.blocks = Blocks(store)
        self.moderation = Moderation(*at_hand, self.desk, self.blocks, settings.admins)

    @property
    def chat_id(self) -> int | None:
        """The handoff chat as it is called now; None where there is none."""
        return self._team.chat_id

    async def load(self) -> None:
        """Take up what was open, or waited for a digest, before the bot was started."""
        try:
            await self.blocks.load()
            if self.chat_id is not None:
                await self._tickets.load()
        except StoreError as error:
            logger.warning("who was talking to the team is not known: %s", error)
        if self.chat_id is None:
            return
        await self._sender.typing(Address(self.chat_id))  # tells whether the chat has moved

    async def check(self) -> None:
        """Find out whether the bot can post in the handoff chat, and say so where it cannot.

        Raises:
            TelegramError: that cannot be found out now.
        """
        await self._team.check()

    def is_open(self, conversation: str) -> bool:
        """Whether a conversation's messages go to the team."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open

    def count_open(self) -> int:
        """How many conversations the team is part of."""
        return self._tickets.count_open()

    def is_waiting(self, conversation: str) -> bool:
        """Whether a person waits for the team's first word."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open and not ticket.answered

    def standing(self, conversation: str, texts: Texts) -> str | None:
        """Where a person is who talks to the team, or waits for it; None who does neither."""
        if not self.is_open(conversation):
            return None
        waits = self._to_person.waits(texts.still_waiting, texts)
        return waits if self.is_waiting(conversation) else texts.with_team

    async def pass_on(
        self, update: Update, unanswered: Unanswered, told: str, texts: Texts
    ) -> str | None:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Args:
            told: what to tell the person then.
        Returns:
            The same, and when somebody is there; None where the team does not get it. Who asked for
            no team need not know that.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return None
        if self.chat_id in {None, address_of(update).chat_id}:
            return None
        refusal = await self._ask(update, unanswered, is_open=False)
        return self._to_person.waits(told, texts) if refusal is None else None

    async def call(self, update: Update, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.chat_id is None:
            return texts.person_away
        refusal = await self._ask(update, unanswered, is_open=True)
        waits = self._to_person.waits(texts.person_comes, texts)
        return waits if refusal is None else refusal.told(texts)

    async def edited(self, update: Update, _: object) -> None:
        """Show the team what somebody who talks to it has changed."""
        await self.from_person(update, ())

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
        if text is None:  # its words stand beneath the file
            self._files.show(update)
            changed = posts.edited_posts(name_on(ticket), "", self._team_texts)
            parts = changed if is_edit(update) else []
            refusal = await self._team.show(ticket, "", parts, [message.message_id])
        else:
            tell = posts.edited_posts if is_edit(update) else posts.message_posts
            parts = tell(name_on(ticket), text, self._team_texts)
            parts[-1] += posts.answered_note(answered, self._live.faq, self._team_texts)
            refusal = await self._team.show(ticket, text, parts)
        if refusal is not None:
            self._tickets.change(ticket, is_open=refusal is not Refusal.AWAY)
            await self._sender.text(address_of(update), refusal.told(self._to_person.texts(ticket)))
        elif answered:
            self._tickets.note(ticket, told=int(time.time()))
        elif time.time() - told_at(ticket) > _WAIT_S:
            self._tickets.note(ticket, told=int(time.time()))
            texts = self._to_person.texts(ticket)
            waits = self._to_person.waits(texts.still_waiting, texts)
            await self._sender.quietly(address_of(update), waits)

    def is_of_album(self, update: Update) -> bool:
        """Whether it belongs to an album of which something was said to the bot."""
        return self._files.is_known(update)

    async def keep_file(self, update: Update) -> bool:
        """Keep a file that somebody sent, in case the team is asked about it.

        Returns:
            Whether it went to the team at once, as it belongs to an album that went there.
        """
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is not None and self._files.is_shown(update):
            message_id = message_of(update).message_id
            return await self._team.show(ticket, "", (), [message_id]) is None
        self._files.note(update)
        return False

    async def close_by_person(self, update: Update, texts: Texts) -> None:
        """End a person's conversation with the team."""
        ticket = self._tickets.of_conversation(conversation_of(update))
        if ticket is None or not ticket.is_open:
            await self._sender.text(address_of(update), texts.nothing_to_close)
            return
        self._tickets.close(ticket)
        await self._sender.text(address_of(update), *self._to_person.goodbye(ticket))
        await self._team.say(ticket, self._team_texts.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        await self._team.check_again()
        await self._team.send_digest()
        for ticket in self._tickets.silent_since(time.time() - self._timeout_s):
            self._tickets.close(ticket)
            told = self._to_person.goodbye(ticket, is_late=True)
            await self._sender.quietly(home_of(ticket), *told)
            await self._team.say(ticket, self._team_texts.ended_by_time)

    async def forget(self, person: str, wish: int) -> None:
        """Erase a person everywhere; posts first, as only rows know of them.

        Where that comes to nothing, or the process ends, the wish is carried out once more.

        Args:
            wish: the update that asks for it.
        Raises:
            StoreError: the store cannot erase it now.
            TelegramError: posts cannot be deleted now.
        """
        self._files.forget(person)
        with self._tickets.forgetting(person):
            async with self._store.under_way.forgetting(person, wish):
                own, named = await self._store.posts_of(person)
                if self.chat_id is not None:
                    await self._team.topics.forget(person, self.chat_id)
                await self._team.forget(own, named)
                await self._live.forget(person, wish)
        if own and self.chat_id is not None:
            await self._sender.quietly(Address(self.chat_id), self._team_texts.forgot)

    @property
    def _team_texts(self) -> TeamTexts:
        """The team's sentences."""
        return self._live.texts(None).team

    @property
    def _timeout_s(self) -> float:
        return self._settings.handoff_timeout * 60

    async def _ask(
        self, update: Update, unanswered: Unanswered, *, is_open: bool
    ) -> Refusal | None:
        """Show the team a question; returns why that cannot be done."""
        conversation = conversation_of(update)
        if update.message is not None:
            self._files.note(update)
        was_open = self.is_open(conversation)
        ticket, question = self._tickets.asked(
            update, unanswered.question, is_open=is_open, fresh_s=self._timeout_s
        )
        decision_id = unanswered.decision_id or self._recorded(update, unanswered)
        self._tickets.note(ticket, told=int(time.time()), decision=decision_id)
        if question is None:  # it stands there already, or there is none
            if not is_open:
                return None
            unanswered = replace(unanswered, nearest=())
        parts = posts.question_posts(
            *(shown_name(ticket), unanswered, self._live.faq, self._team_texts),
            wants_person=is_open,
            is_edit=is_edit(update),
        )
        files = self._files.take(conversation, unanswered.question)
        faq = self._live.faq
        nearest = [faq.by_id[hit.entry_id] for hit in posts.near(unanswered, faq)]
        markup = self._keyboards.under_post(ticket.id, nearest, self._team_texts)
        share = 1.0 if is_open else 0.5
        refusal = await self._team.show(
            ticket, unanswered.question or "", parts, files, markup=markup, share=share
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
