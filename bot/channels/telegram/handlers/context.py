"""What the handlers share: the parts, who is listened to, and how a reply goes out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from telegram import CallbackQuery, Message, Update

from bot.channels.telegram.api.sender import EditOutcome, Markup, Sender
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard.keyboards import Keyboards
from bot.channels.telegram.updates.incoming import (
    address_of,
    conversation_of,
    is_addressed,
    is_group,
    lang_of,
    person_of,
    read_incoming,
)
from bot.conversation.conversation import language_of
from bot.domain import SILENCE, Press, Reply
from bot.files.config import Settings
from bot.files.config_telegram import Presses
from bot.lru import Lru
from bot.service.limits import Limiter, Verdict
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind
from bot.texts import Texts

_MAX_REPLIES = 2_000  # that may have to be sent again
_MAX_TOLD = 10_000  # conversations that were told that the bot was away


@dataclass(frozen=True)
class Context:
    """What every handler may use.

    Attributes:
        live: what is served right now.
        limiter: the rate limits of persons and chats.
    """

    settings: Settings
    live: Live
    store: AsyncStore
    sender: Sender
    keyboards: Keyboards
    limiter: Limiter
    handoff: Handoff
    _replies: Lru[int, tuple[Reply, Texts]] = field(default_factory=lambda: Lru(_MAX_REPLIES))
    _told_late: Lru[str, None] = field(default_factory=lambda: Lru(_MAX_TOLD))

    async def admits(self, update: Update) -> bool:
        """Whether an update is to be answered: in time, within the limits, by whom it is for.

        Whoever is turned away is told so, once.
        """
        if update.message is not None:
            return await self._admits_message(update, update.message)
        query = update.callback_query
        return query is not None and await self._admits_press(update, query)

    def texts(self, update: Update) -> Texts:
        """The bot's sentences in a person's language."""
        return self.live.texts(lang_of(update))

    async def say(self, update: Update, text: str, markup: Markup = None) -> None:
        """Say a sentence of the bot."""
        await self.sender.text(address_of(update), text, markup)

    async def turn_page(
        self, update: Update, query: CallbackQuery, text: str, markup: Markup
    ) -> None:
        """Show a page in the place of the one whose button was pressed."""
        if await self.sender.edit(query, text, markup) is EditOutcome.REFUSED:
            await self.say(update, text, markup)

    async def answer(self, update: Update, text: str, *, only_if_sure: bool = False) -> None:
        """Answer a message, whatever the answer is."""
        reply, texts = await self._reply(update, text, only_if_sure=only_if_sure)
        if reply == SILENCE:
            self._replies.pop(update.update_id, None)
        else:
            await self._send(update, reply, texts)

    async def show(self, update: Update, entry_id: str) -> None:
        """Show an entry that somebody has looked up."""
        await self._send(update, *await self._reply(update, Press(entry_id)))

    async def turn_into(self, update: Update, query: CallbackQuery, press: Press) -> None:
        """Turn the message of a pressed button into a reply; or send it, where that is refused."""
        reply, texts = await self._reply(update, press)
        keyboard = self.keyboards.under(reply, texts, person_of(update))
        edited = await self.sender.turn_into(query, address_of(update), reply, keyboard)
        if edited is EditOutcome.REFUSED:
            await self._send(update, reply, texts)
            return
        if query.message is not None:
            self._remember(update, reply, [query.message.message_id])
        if edited is EditOutcome.DONE:
            await self._attach(update, reply, texts)

    async def _reply(
        self, update: Update, content: str | Press, *, only_if_sure: bool = False
    ) -> tuple[Reply, Texts]:
        """What the bot says to a message or a press, and the sentences of its language.

        A question that stays unanswered goes to the team first, and the reply says so.
        """
        known = self._replies.get(update.update_id)
        if known is not None:  # it could not be sent; asked again, the conversation has gone on
            return known
        incoming = read_incoming(update, content, only_if_sure=only_if_sure)
        reply = await self.live.reply(incoming)
        texts = self.live.texts(language_of(incoming))
        if reply.unanswered is not None:
            told = await self.handoff.pass_on(update, reply.unanswered, texts)
            if told is not None:
                reply = replace(reply, text=f"{reply.text}\n\n{told}")
        self._replies[update.update_id] = reply, texts
        return reply, texts

    async def _send(self, update: Update, reply: Reply, texts: Texts) -> None:
        """Send a reply as a new message, and what goes with it."""
        keyboard = self.keyboards.under(reply, texts, person_of(update))
        sent = await self.sender.reply(address_of(update), reply, keyboard)
        self._remember(update, reply, [message.message_id for message in sent])
        await self._attach(update, reply, texts)

    def _remember(self, update: Update, reply: Reply, message_ids: Sequence[int]) -> None:
        """Keep what was chosen, and which messages show a decision, for whoever asks why."""
        self._replies.pop(update.update_id, None)
        person = person_of(update)
        if not reply.decision_id or person is None:
            return
        if reply.choice is not None:
            entry_id = reply.choice.entry_id
            kind = LabelKind.NONE if entry_id is None else LabelKind.CHOICE
            label = Label(reply.decision_id, kind, person, time.time(), entry_id)
            self.store.label(label, anyone=True)  # whose press counts has been seen to
        chat = str(self.sender.present(address_of(update).chat_id))
        for message_id in message_ids:
            self.store.shown(reply.decision_id, chat, message_id)

    async def _attach(self, update: Update, reply: Reply, texts: Texts) -> None:
        for file in reply.attachments:
            if not await self.sender.attachment(address_of(update), file):
                where = f"\n{file.source}" if file.is_web else ""
                # The answer is out; a failure here must not bring it a second time.
                await self.sender.quietly(address_of(update), f"{texts.file_away}{where}")

    async def _admits_message(self, update: Update, message: Message) -> bool:
        conversation, is_told = conversation_of(update), is_addressed(update)
        if self._is_late(message):
            if is_told and conversation not in self._told_late:  # since the bot was away
                await self.say(update, self.texts(update).late)
                self._told_late[conversation] = None
            return False
        self._told_late.pop(conversation, None)
        verdict, seconds = self._take(update)
        if verdict is Verdict.NOTICE and is_told:
            notice = self.texts(update).slow_down
            await self.say(update, notice.replace("{seconds}", str(seconds)))
        return verdict is Verdict.TAKE

    async def _admits_press(self, update: Update, query: CallbackQuery) -> bool:
        is_somewhere = query.message is not None and not query.from_user.is_bot
        if not is_somewhere or self._take(update)[0] is not Verdict.TAKE:
            await self.sender.toast(query)
            return False
        if not self._is_theirs(update, query):
            await self.sender.toast(query, self.texts(update).not_yours)
            return False
        return True

    def _take(self, update: Update) -> tuple[Verdict, int]:
        person = person_of(update) or conversation_of(update)
        return self.limiter.take(person, address_of(update).chat_id)

    def _is_late(self, message: Message) -> bool:
        """Whether a message has waited so long, while the bot was away, that no answer helps."""
        if message.date is None:  # against what the Bot API promises
            return False
        age_s = time.time() - message.date.timestamp()
        return age_s > self.settings.telegram.max_age * 60

    def _is_theirs(self, update: Update, query: CallbackQuery) -> bool:
        """Whether a press counts: in a group, the asker's alone, unless anyone's does.

        Where an anonymous admin asked, anyone's does: a press is never anonymous.
        """
        signer = self.keyboards.signer
        button = signer.read(query.data or "")
        asker = "" if button is None else button.field("asker")
        if not asker or query.message is None or not is_group(query.message.chat):
            return True
        is_asker = asker in {signer.asker(person_of(update)), signer.asker(None)}
        return is_asker or self.settings.telegram.presses is Presses.ANYONE
