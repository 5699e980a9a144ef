"""What the handlers of messages and of presses share: the parts, and how a reply goes out."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telegram import CallbackQuery, User

from bot.channels.telegram.api.chat_migrations import Moves
from bot.channels.telegram.api.sender import Edited, Markup, Sender
from bot.channels.telegram.handlers.admins import Admins
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard.callback_data import Buttons
from bot.channels.telegram.keyboard.keyboards import Keyboards
from bot.channels.telegram.keyboard.topic_menu import Browser
from bot.channels.telegram.serving import Serving
from bot.channels.telegram.updates.incoming import Address, Arrival
from bot.conversation.conversation import Conversation, language_of
from bot.domain import SILENCE, Incoming, Press, Reply
from bot.files.config import Settings
from bot.service.health import Pulse
from bot.service.limits import Limiter
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind
from bot.texts import Texts

_MAX_REPLIES = 2_000  # that may have to be sent again


@dataclass
class Desk:
    """The parts, and what is served right now.

    Attributes:
        serving: replaced as a whole when the FAQ is read anew.
        on_worker: runs a function with its arguments on the one thread that matches; `utterance`
            is what the function is going to read, if anything.
        beside: has something done meanwhile; what comes of it is nobody's concern.
        me: the bot's own account.
    """

    settings: Settings
    serving: Serving
    conversation: Conversation
    on_worker: Callable[..., Awaitable[Any]]
    beside: Callable[[Coroutine[Any, Any, None]], object]
    me: User
    pulse: Pulse
    memory: AsyncStore
    sender: Sender
    moves: Moves
    buttons: Buttons
    browser: Browser
    keyboards: Keyboards
    limiter: Limiter
    handoff: Handoff
    admins: Admins
    _replies: OrderedDict[int, tuple[Reply, Texts]] = field(default_factory=OrderedDict)

    def texts(self, lang: str | None) -> Texts:
        """The bot's sentences in a person's language."""
        return self.serving.phrasebook.of(lang)

    async def say(self, arrival: Arrival, text: str, markup: Markup = None) -> None:
        """Say a sentence of the bot."""
        await self.sender.text(arrival.address, text, markup)

    async def answer(self, arrival: Arrival, text: str, *, only_if_sure: bool = False) -> None:
        """Answer a message, whatever the answer is."""
        reply, texts = await self.reply(arrival, text, only_if_sure=only_if_sure)
        if reply == SILENCE:
            self._replies.pop(arrival.update_id, None)
        else:
            await self.send(arrival, reply, texts)

    async def show(self, arrival: Arrival, entry_id: str) -> None:
        """Show an entry that somebody has looked up."""
        await self.send(arrival, *await self.reply(arrival, Press(entry_id)))

    async def reply(
        self, arrival: Arrival, content: str | Press, *, only_if_sure: bool = False
    ) -> tuple[Reply, Texts]:
        """What the bot says to a message or a press, and the sentences of its language.

        A question that stays unanswered goes to the team first, and the reply says so.
        """
        known = self._replies.get(arrival.update_id)
        if known is not None:  # it could not be sent; asked again, the conversation has gone on
            return known
        incoming = Incoming(
            conversation=arrival.conversation,
            content=content,
            lang=arrival.lang,
            person=arrival.person,
            only_if_sure=only_if_sure,
            decision_id=_decision_id(self.me.id, arrival.update_id),
        )
        started = time.perf_counter()
        utterance = content if isinstance(content, str) else None
        reply: Reply = await self.on_worker(self.conversation.reply, incoming, utterance=utterance)
        if reply.decision is not None:
            self.pulse.decided(reply.decision.action.value, time.perf_counter() - started)
        texts = self.texts(language_of(incoming))
        if reply.unanswered is not None:
            told = await self.handoff.pass_on(arrival, reply.unanswered, texts)
            if told is not None:
                reply = replace(reply, text=f"{reply.text}\n\n{told}")
        self._replies[arrival.update_id] = reply, texts
        if len(self._replies) > _MAX_REPLIES:
            self._replies.popitem(last=False)
        return reply, texts

    async def send(self, arrival: Arrival, reply: Reply, texts: Texts) -> None:
        """Send a reply as a new message, and what goes with it."""
        sent = await self.sender.reply(
            arrival.address, reply, self._keyboard(arrival, reply, texts)
        )
        self._remember(arrival, reply, [message.message_id for message in sent])
        await self._attach(arrival.address, reply, texts)

    async def turn_into(
        self, query: CallbackQuery, arrival: Arrival, reply: Reply, texts: Texts
    ) -> None:
        """Turn the message of a pressed button into a reply; or send it, where that is refused."""
        keyboard = self._keyboard(arrival, reply, texts)
        edited = await self.sender.turn_into(query, arrival.address, reply, keyboard)
        if edited is Edited.REFUSED:
            await self.send(arrival, reply, texts)
            return
        if query.message is not None:
            self._remember(arrival, reply, [query.message.message_id])
        if edited is Edited.DONE:
            await self._attach(arrival.address, reply, texts)

    def _keyboard(self, arrival: Arrival, reply: Reply, texts: Texts) -> Callable[[bool], Markup]:
        return lambda links: self.keyboards.under(reply, texts, arrival.person, links=links)

    def _remember(self, arrival: Arrival, reply: Reply, message_ids: Sequence[int]) -> None:
        """Keep what was chosen, and which messages show a decision, for whoever asks why."""
        self._replies.pop(arrival.update_id, None)
        if not reply.decision_id or arrival.person is None:
            return
        if reply.choice is not None:
            kind = LabelKind.NONE if reply.choice.entry_id is None else LabelKind.CHOICE
            label = Label(
                reply.decision_id, kind, arrival.person, time.time(), reply.choice.entry_id
            )
            # Whose press counts in a group has been seen to.
            self.memory.label(label, anyone=True)
        chat = str(self.moves.present(arrival.address.chat_id))
        for message_id in message_ids:
            self.memory.shown(reply.decision_id, chat, message_id)

    async def _attach(self, address: Address, reply: Reply, texts: Texts) -> None:
        for file in reply.attachments:
            if not await self.sender.attachment(address, file):
                where = f"\n{file.source}" if file.is_web else ""
                # The answer is out; a failure here must not bring it a second time.
                await self.sender.quietly(address, f"{texts.file_away}{where}")


def _decision_id(bot_id: int, update_id: int) -> str:
    """The same for the same update, so that one that is handled again is remembered once."""
    return hashlib.sha256(f"{bot_id}:{update_id}".encode()).hexdigest()[:16]
