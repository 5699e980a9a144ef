"""What people get for what they send: commands and questions, and how every reply goes out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from telegram import CallbackQuery, Message, Update

from bot.channels.telegram.api.sender import Markup, Sender
from bot.channels.telegram.handlers.admission import Admission
from bot.channels.telegram.handlers.command_menu import admin_lines, command_lines, team_lines
from bot.channels.telegram.handlers.outcomes import Outcomes
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import (
    address_of,
    command_of,
    conversation_of,
    is_edit,
    is_group,
    is_reply_to_bot,
    lang_of,
    message_of,
    person_of,
    read_incoming,
    text_of,
)
from bot.conversation.language import language_of
from bot.conversation.replies import HELP
from bot.domain import SILENCE, Press, Reply, Unanswered
from bot.errors import StoreError
from bot.files.config.settings import Settings
from bot.files.config.telegram import Groups
from bot.lru import Lru
from bot.matching.decide.small_talk_words import PERSON
from bot.service.kept import privacy_told
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind
from bot.texts import Texts

logger = logging.getLogger(__name__)

_TYPING_AFTER_S = 0.5  # an answer that is there at once needs no announcement
_MAX_ALBUMS = 1_000  # whose other pictures get no reply of their own
_MAX_REPLIES = 2_000  # that may have to be sent again
_MAX_SHOWN = 5_000  # answers that can be pointed to


class People:
    """Handles each kind of message but those of admins; buttons and admins answer through it.

    Attributes:
        settings: as at the start.
        live: what is served right now.
        admission: says who is listened to.
    """

    def __init__(
        self,
        settings: Settings,
        live: Live,
        store: AsyncStore,
        sender: Sender,
        keyboards: Keyboards,
        handoff: Handoff,
    ) -> None:
        self.settings = settings
        self.live = live
        self.store = store
        self.sender = sender
        self.keyboards = keyboards
        self.handoff = handoff
        self.admission = Admission(settings.telegram, live, store, sender, keyboards)
        self._albums: Lru[str, None] = Lru(_MAX_ALBUMS)
        self._replies: Lru[int, tuple[Reply, Texts]] = Lru(_MAX_REPLIES)
        self._shown: Lru[str, int] = Lru(_MAX_SHOWN)  # messages of the bot, by their decision
        self._outcomes = Outcomes(live)

    # --- messages ---

    async def ignore(self, update: Update, _: object) -> None:
        """Do nothing about it."""

    async def rest_of_album(self, update: Update, _: object) -> None:
        """Pictures of a group that name nobody, but come with one that was for the bot."""
        await self.handoff.keep_file(update)

    async def migrated(self, update: Update, _: object) -> None:
        """Follow a group that has become a supergroup; each of the two is told."""
        message, delivery = message_of(update), self.sender.delivery
        if message.migrate_to_chat_id is not None:
            delivery.follow(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            delivery.follow(message.migrate_from_chat_id, message.chat.id)

    async def start(self, update: Update, _: object) -> None:
        """/start, or a link https://t.me/BOT?start=ENTRY-ID, which is answered at once."""
        entry_id, texts = rest_of(update), self.texts(update)
        standing = self.handoff.standing(conversation_of(update), texts)
        if entry_id in self.live.faq.by_id:
            await self.show(update, entry_id)
        else:
            await self.say(update, standing or self.live.welcome(lang_of(update)))

    async def help(self, update: Update, _: object) -> None:
        """/help, a command that nobody knows, and the bot's name alone."""
        await self.say(update, self._with_commands(self.live.help(lang_of(update)), update))

    async def help_team(self, update: Update, _: object) -> None:
        """/help in the team's chat, and a command that nobody knows there."""
        texts = self.live.team_texts
        told = [texts.help, texts.help_notes, texts.help_numbers, texts.help_arrived]
        commands = "\n".join([texts.help_commands, *team_lines(texts)])
        await self.say(update, "\n\n".join([*told, commands]))

    async def topics(self, update: Update, _: object) -> None:
        """/topics: the list of topics, to be looked through."""
        texts = self.texts(update)
        page = self.keyboards.topics(self.live.faq, lang_of(update), texts)
        await self.say(update, *(page or (self.live.help(lang_of(update)), None)))

    async def ask(self, update: Update, _: object) -> None:
        """/ask QUESTION, which is how a question is asked in a group."""
        question = rest_of(update)
        if question:
            await self._answer(update, question)
        else:
            example = self.live.faq.example(lang_of(update))
            usage = self.texts(update).ask_usage.replace("{example}", example)
            await self.say(update, usage)

    async def person(self, update: Update, _: object) -> None:
        """/person: call somebody of the team, about what stands behind it or was asked last."""
        await self.say(update, await self._called(update, self.texts(update), rest_of(update)))

    async def close(self, update: Update, _: object) -> None:
        """/close: end a person's conversation with the team."""
        await self.handoff.close_by_person(update, self.texts(update))

    async def privacy(self, update: Update, _: object) -> None:
        """/privacy: what is remembered, as it is configured."""
        told = privacy_told(self.settings, self.texts(update), self.keyboards.has_team)
        await self.say(update, told)

    async def forget(self, update: Update, _: object) -> None:
        """/forget: erase what is known of a person, and say whether it is done."""
        person, texts = person_of(update), self.texts(update)
        if person is not None:  # else an anonymous admin, of whom nothing is kept
            try:
                await self.handoff.forget(person, update.update_id)
            except StoreError as error:
                logger.warning("a person could not be forgotten: %s", error)
                await self.say(update, texts.not_forgotten)
                return
        stays = [texts.block_stays] if await self.handoff.blocks.holds(person) else []
        await self.say(update, "\n\n".join([texts.forgotten, *stays]))

    async def without_words(self, update: Update, _: object) -> None:
        """Say once that only words are read: of an album every picture comes by itself."""
        is_answered = self._is_answered_album(message_of(update))
        is_answered = await self.handoff.keep_file(update) or is_answered
        if not self.reads_along(update) and not is_answered:
            texts = self.texts(update)
            await self._send(update, Reply(texts.not_text, unanswered=Unanswered(None)), texts)

    async def question(self, update: Update, _: object) -> None:
        """Answer a question."""
        self._is_answered_album(message_of(update))
        await self.handoff.keep_file(update)
        only_if_sure = self.reads_along(update)
        typing = None if only_if_sure else asyncio.create_task(self._show_typing(update))
        try:
            await self._answer(update, text_of(update) or "", only_if_sure=only_if_sure)
        finally:
            if typing is not None:
                typing.cancel()

    async def edited(self, update: Update, _: object) -> None:
        """Answer a question whose words were changed, unless what was said back still holds.

        What the bot said last turns into the new answer; elsewhere it would not be seen.
        """
        text, address = text_of(update) or "", address_of(update)
        before = await self._outcomes.before(update)
        if before.words == hash(text):  # Telegram tells of other changes, too
            return
        only_if_sure = self.reads_along(update)
        reply, texts = await self._reply(
            update, text, only_if_sure=only_if_sure, stands=before.entries
        )
        keyboard = self.keyboards.under(reply, texts, self.asker(update))
        if reply == SILENCE:
            self._replies.pop(update.update_id, None)
        elif await self.sender.turn_into(before.message_id, address, reply, keyboard):
            self._remember(update, reply, [before.message_id or 0])
            await self.sender.attachments(address, reply, texts.file_away)
        else:
            await self._send(update, reply, texts)

    async def with_team(self, update: Update, _: object) -> None:
        """What somebody writes while they talk to the team.

        While they wait for it, what the bot is sure of is answered, and both sides see that.
        """
        answered: Sequence[str] = ()
        text = message_of(update).text
        if text is not None and self.handoff.is_waiting(conversation_of(update)):
            waiting = self.texts(update).while_waiting
            text = text_of(update) or ""
            answered = await self._answer(update, text, only_if_sure=True, above=waiting)
        await self.handoff.from_person(update, answered)

    def is_in_team_chat(self, update: Update) -> bool:
        """Whether it is said where the team is."""
        return message_of(update).chat.id == self.handoff.reach.chat_id

    def is_with_team(self, update: Update) -> bool:
        """Whether the person's conversation with the team is open."""
        return self.handoff.is_open(conversation_of(update))

    def reads_along(self, update: Update) -> bool:
        """Whether the bot reads all that is said there, and answers only what it is sure of."""
        groups = self.settings.telegram.groups
        return is_group(message_of(update).chat) and groups is Groups.SILENT_UNLESS_SURE

    # --- replies ---

    def texts(self, update: Update) -> Texts:
        """The bot's sentences in a person's language."""
        return self.live.texts(lang_of(update))

    def asker(self, update: Update) -> str:
        """The mark of whom the buttons under a reply are for."""
        return self.keyboards.asker(person_of(update), address_of(update).chat_id)

    async def say(self, update: Update, text: str, markup: Markup = None) -> None:
        """Say a sentence of the bot."""
        await self.sender.text(address_of(update), text, markup)

    async def turn_page(
        self, update: Update, query: CallbackQuery, text: str, markup: Markup
    ) -> None:
        """Show a page in the place of the one whose button was pressed."""
        place = _pressed_at(query)
        if not await self.sender.turn_into(place, address_of(update), Reply(text), markup):
            await self.say(update, text, markup)

    async def show(self, update: Update, entry_id: str) -> None:
        """Show an entry that somebody has looked up."""
        await self._send(update, *await self._reply(update, Press(entry_id)))

    async def turn_into(self, update: Update, query: CallbackQuery, press: Press) -> None:
        """Turn the message of a pressed button into a reply; or send it, where that is refused."""
        reply, texts = await self._reply(update, press)
        keyboard = self.keyboards.under(reply, texts, self.asker(update))
        place = _pressed_at(query)
        is_turned = await self.sender.turn_into(place, address_of(update), reply, keyboard)
        if place is None or not is_turned:
            await self._send(update, reply, texts)
            return
        self._remember(update, reply, [place])
        await self.sender.attachments(address_of(update), reply, texts.file_away)

    async def _answer(
        self, update: Update, text: str, *, only_if_sure: bool = False, above: str | None = None
    ) -> Sequence[str]:
        """Answer a message, whatever the answer is; returns the entries that were answered.

        Args:
            above: a line that stands above the answer.
        """
        reply, texts = await self._reply(update, text, only_if_sure=only_if_sure)
        if reply == SILENCE:
            self._replies.pop(update.update_id, None)
        else:
            await self._send(update, reply if above is None else reply.below(above), texts)
        return reply.answered

    async def _reply(
        self,
        update: Update,
        content: str | Press,
        *,
        only_if_sure: bool = False,
        stands: Sequence[str] | None = None,
    ) -> tuple[Reply, Texts]:
        """What the bot says to a message or a press, and the sentences of its language.

        A question that stays unanswered goes to the team first, and the reply says so. Who asks for
        a person in words is given one, as by /person.

        Args:
            stands: the entries that were shown before the message was changed; None of a new one.
        """
        known = self._replies.get(update.update_id)
        if known is not None:  # it could not be sent; asked again, the conversation has gone on
            return known
        incoming = read_incoming(update, content, only_if_sure=only_if_sure)
        reply = await self.live.reply(incoming, self._quoted(update), stands)
        texts = self.live.texts(language_of(incoming))
        kind = None if reply.decision is None else reply.decision.small_talk
        said = reply.passed_on or reply.text
        if reply.unanswered is not None:
            told = await self.handoff.pass_on(update, reply.unanswered, said, texts)
            reply = reply if told is None else replace(reply, text=told)
        elif kind == PERSON and self.keyboards.has_team:
            reply = replace(reply, text=await self._called(update, texts))
        elif kind == HELP:
            reply = replace(reply, text=self._with_commands(reply.text, update))
        self._replies[update.update_id] = reply, texts
        return reply, texts

    async def _called(self, update: Update, texts: Texts, words: str = "") -> str:
        """What is told to somebody who asks for a person, once the team knows.

        Args:
            words: what it is about; "": what the bot owes an answer to.
        """
        owed = None if words else self.live.asked_last(conversation_of(update))
        return await self.handoff.call(update, owed or Unanswered(words or None), texts)

    def _with_commands(self, text: str, update: Update) -> str:
        texts = self.texts(update)
        lines = command_lines(texts, has_team=self.keyboards.has_team)
        is_admin = person_of(update) in {str(each) for each in self.settings.telegram.admins}
        if is_admin and not is_group(message_of(update).chat):
            lines += ["", texts.team.help_admins, *admin_lines(texts.team)]
        return "\n".join([text, "", texts.help_commands, *lines])

    def _quoted(self, update: Update) -> tuple[str, int] | None:
        """The chat and the message of the bot's that somebody replies to; None: to none."""
        if update.callback_query is not None or not is_reply_to_bot(update):
            return None
        replied = message_of(update).reply_to_message
        return None if replied is None else (self._chat_of(update), replied.message_id)

    def _chat_of(self, update: Update) -> str:
        """What the chat is called in the store."""
        return str(self.sender.delivery.present(address_of(update).chat_id))

    async def _send(self, update: Update, reply: Reply, texts: Texts) -> None:
        """Send a reply as a new message, and what goes with it."""
        keyboard = self.keyboards.under(reply, texts, self.asker(update))
        address = address_of(update)
        if is_edit(update):
            address = replace(address, reply_to=message_of(update).message_id)
        if reply.points_to in self._shown:
            address = replace(address, reply_to=self._shown[reply.points_to])
        sent = await self.sender.reply(address, reply, keyboard)
        self._remember(update, reply, [message.message_id for message in sent])
        await self.sender.attachments(address_of(update), reply, texts.file_away)

    def _remember(self, update: Update, reply: Reply, message_ids: Sequence[int]) -> None:
        """Keep what was chosen, and which messages show a decision, for whoever asks why."""
        self._replies.pop(update.update_id, None)
        self._outcomes.note(update, reply, message_ids)
        person = person_of(update)
        if not reply.decision_id or person is None:
            return
        if reply.choice is not None:
            entry_id = reply.choice.entry_id
            kind = LabelKind.NONE if entry_id is None else LabelKind.CHOICE
            label = Label(reply.decision_id, kind, person, time.time(), entry_id)
            self.store.label(label, anyone=True)  # whose press counts has been seen to
        for message_id in message_ids:
            self.store.shown(reply.decision_id, self._chat_of(update), message_id)
            self._shown[reply.decision_id] = message_id

    async def _show_typing(self, update: Update) -> None:
        await asyncio.sleep(_TYPING_AFTER_S)
        await self.sender.typing(address_of(update))

    def _is_answered_album(self, message: Message) -> bool:
        album = message.media_group_id
        if album is None:
            return False
        is_answered = album in self._albums
        self._albums[album] = None
        return is_answered


def rest_of(update: Update) -> str:
    """What stands behind the command."""
    command = command_of(update)
    return "" if command is None else command.rest


def _pressed_at(query: CallbackQuery) -> int | None:
    """The message whose button was pressed; None where it cannot be changed any more."""
    message = query.message
    return message.message_id if message is not None and message.is_accessible else None
