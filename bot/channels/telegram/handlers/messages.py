"""What happens with each message."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import filters

from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.updates.incoming import Arrival, read_message
from bot.domain import KeepText, Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import Groups
from bot.service.limits import Verdict
from bot.texts import Texts

logger = logging.getLogger(__name__)

_TYPING_AFTER_S = 0.5  # an answer that is there at once needs no announcement
_MAX_ALBUMS = 1_000  # whose other pictures get no reply of their own
_MAX_TOLD = 10_000  # conversations that were told that the bot was away
_Command = Callable[[Arrival, str, Texts], Awaitable[None]]


class MessageHandlers:
    """Routes messages: to the team, to an admin's or anybody's command, to the FAQ."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._albums: OrderedDict[str, None] = OrderedDict()
        self._told_late: OrderedDict[str, None] = OrderedDict()
        self._commands: dict[str, _Command] = {
            "start": self._start,
            "help": self._help,
            "topics": self._topics,
            "ask": self._ask,
            "privacy": self._privacy,
            "forget": self._forget,
        }
        if desk.keyboards.has_team:
            self._commands |= {"person": self._person, "close": self._close}

    async def on_message(self, message: Message, update: Update) -> None:
        """Handle one message."""
        if self._is_move(message):
            return
        arrival = read_message(message, self._desk.me, update.update_id)
        if arrival is None or filters.StatusUpdate.ALL.check_update(update):
            return
        if await self._is_for_admins(arrival, message) or await self._is_for_team(arrival, message):
            return
        settings = self._desk.settings.telegram
        only_if_sure = arrival.is_group and settings.groups is Groups.SILENT_UNLESS_SURE
        command = None if arrival.command is None else self._commands.get(arrival.command.name)
        is_unknown = arrival.command is not None and command is None
        if is_unknown and arrival.is_group and not arrival.command.is_named:  # type: ignore[union-attr]
            return  # it may be meant for another bot of the group
        if not arrival.is_addressed and not only_if_sure:
            return
        if self._is_late(message):
            await self._apologise(arrival)
            return
        self._told_late.pop(arrival.conversation, None)
        if not await self._is_within_limits(arrival):
            return
        texts = self._desk.texts(arrival.lang)
        if is_unknown or (arrival.text == "" and not only_if_sure):  # the bot's name alone
            await self._desk.say(arrival, texts.help)
        elif command is not None and arrival.command is not None:
            await command(arrival, arrival.command.rest, texts)
        elif arrival.is_addressed and self._desk.handoff.is_open(arrival.conversation):
            await self._desk.handoff.from_person(arrival, message)
        elif arrival.text is None:
            await self._without_words(arrival, message, texts, only_if_sure=only_if_sure)
        else:
            if message.media_group_id is not None:
                self._is_known_album(message.media_group_id)
            typing = asyncio.get_running_loop().call_later(
                _TYPING_AFTER_S, lambda: self._desk.beside(self._show_typing(arrival))
            )
            if only_if_sure:
                typing.cancel()
            try:
                await self._desk.answer(arrival, arrival.text, only_if_sure=only_if_sure)
            finally:
                typing.cancel()

    def _is_move(self, message: Message) -> bool:
        """Follow a group that has become a supergroup; each of the two is told."""
        if message.migrate_to_chat_id is not None:
            self._desk.moves.follow(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            self._desk.moves.follow(message.migrate_from_chat_id, message.chat.id)
        else:
            return False
        return True

    async def _is_for_admins(self, arrival: Arrival, message: Message) -> bool:
        if arrival.command is None or not self._desk.admins.includes(arrival):
            return False
        command = self._desk.admins.command(arrival.command)
        if command is None:
            return False
        await command(arrival, message)
        return True

    async def _is_for_team(self, arrival: Arrival, message: Message) -> bool:
        """In the handoff chat, replies to posts go to people, and the team's talk is its own."""
        if arrival.address.chat_id != self._desk.handoff.chat_id:
            return False
        name = None if arrival.command is None else arrival.command.name
        if arrival.is_reply and (name is None or name == "close"):
            await self._desk.handoff.from_team(arrival, message, closes=name == "close")
            return True
        return name is None

    def _is_late(self, message: Message) -> bool:
        """Whether a message has waited so long, while the bot was away, that no answer helps."""
        if message.date is None:  # against what the Bot API promises
            return False
        age_s = time.time() - message.date.timestamp()
        return age_s > self._desk.settings.telegram.max_age * 60

    async def _apologise(self, arrival: Arrival) -> None:
        """Say once in a chat, each time that the bot was away, that it was."""
        if not arrival.is_addressed or arrival.conversation in self._told_late:
            return
        await self._desk.say(arrival, self._desk.texts(arrival.lang).late)
        self._told_late[arrival.conversation] = None
        if len(self._told_late) > _MAX_TOLD:
            self._told_late.popitem(last=False)

    async def _is_within_limits(self, arrival: Arrival) -> bool:
        person = arrival.person or arrival.conversation
        verdict, seconds = self._desk.limiter.take(person, arrival.address.chat_id)
        if verdict is Verdict.NOTICE and arrival.is_addressed:
            notice = self._desk.texts(arrival.lang).slow_down
            await self._desk.say(arrival, notice.replace("{seconds}", str(seconds)))
        return verdict is Verdict.TAKE

    async def _without_words(
        self, arrival: Arrival, message: Message, texts: Texts, *, only_if_sure: bool
    ) -> None:
        """Say once that only words are read: of an album every picture comes by itself."""
        album = message.media_group_id
        if not only_if_sure and (album is None or not self._is_known_album(album)):
            await self._desk.say(arrival, texts.not_text)

    def _is_known_album(self, album: str) -> bool:
        is_known = album in self._albums
        self._albums[album] = None
        if len(self._albums) > _MAX_ALBUMS:
            self._albums.popitem(last=False)
        return is_known

    async def _start(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        """/start, or a link https://t.me/BOT?start=ENTRY-ID, which is answered at once."""
        if rest not in self._desk.serving.faq.by_id:
            await self._desk.say(arrival, texts.welcome)
            return
        await self._desk.show(arrival, rest)

    async def _help(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        await self._desk.say(arrival, texts.help)

    async def _topics(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        page = self._desk.browser.topics(self._desk.serving.topics, arrival.lang, texts)
        await self._desk.say(arrival, *(page or (texts.help, None)))

    async def _ask(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        if not rest:
            await self._desk.say(arrival, texts.ask_usage)
            return
        await self._desk.answer(arrival, rest)

    async def _person(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        owed = self._desk.conversation.unanswered(arrival.conversation) or Unanswered(None)
        unanswered = Unanswered(rest) if rest else owed
        await self._desk.say(arrival, await self._desk.handoff.call(arrival, unanswered, texts))

    async def _close(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        await self._desk.handoff.close_by_person(arrival, texts)

    async def _privacy(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        kept = self._desk.settings.store
        words = {
            KeepText.ALL: texts.privacy_all,
            KeepText.UNANSWERED: texts.privacy_unanswered,
            KeepText.NONE: texts.privacy_none,
        }[kept.keep_text]
        days = texts.privacy_kept.replace("{days}", str(kept.retention_days))
        team = [texts.privacy_team] if self._desk.keyboards.has_team else []
        await self._desk.say(arrival, "\n\n".join([texts.privacy, words, days, *team]))

    async def _forget(self, arrival: Arrival, rest: str, texts: Texts) -> None:
        """Erase what is known of a person, here and in the memory, and say whether it is done."""
        person = arrival.person
        if person is None:  # an anonymous admin, of whom nothing is kept
            await self._desk.say(arrival, texts.forgotten)
            return
        await self._desk.on_worker(self._desk.conversation.forget, person)
        try:
            gone = await self._desk.memory.forget(person)
        except StoreError as error:
            logger.warning("a person could not be forgotten: %s", error)
            await self._desk.say(arrival, texts.not_forgotten)
            return
        await self._desk.handoff.forget(person, gone.posts)
        await self._desk.say(arrival, texts.forgotten)

    async def _show_typing(self, arrival: Arrival) -> None:
        try:
            await self._desk.sender.typing(arrival.address)
        except TelegramError as error:  # a courtesy; the answer comes all the same
            logger.debug("typing could not be shown: %s", error)
