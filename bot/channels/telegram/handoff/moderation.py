"""Who is blocked: by the team in reply to a post or with a button, by admins anywhere."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, Update

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.blocks import Blocks, read_span_s, shown_time
from bot.channels.telegram.handoff.desk import Desk
from bot.channels.telegram.handoff.team_chat import TeamChat
from bot.channels.telegram.handoff.tickets import Tickets, home_of, lang_of
from bot.channels.telegram.keyboard import ButtonKind, Keyboards
from bot.channels.telegram.updates import (
    address_of,
    command_of,
    message_of,
    person_of,
    press_of,
)
from bot.service.live import Live
from bot.store.store import Ticket
from bot.texts import TeamTexts, Texts

_NUMBER = re.compile(r"#?([0-9]{1,15})\b[\s:.)]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Target:
    """Whom a command means.

    Attributes:
        ticket: by which the person is known to the team; None where they are known by number.
        rest: what else the command says.
    """

    person: str
    ticket: Ticket | None
    rest: str


class Moderation:
    """Blocks people, and undoes that.

    Args:
        admins: the ids of people who may block in any chat, and cannot be blocked.
    """

    def __init__(
        self,
        sender: Sender,
        live: Live,
        keyboards: Keyboards,
        tickets: Tickets,
        team: TeamChat,
        desk: Desk,
        blocks: Blocks,
        admins: AbstractSet[int],
    ) -> None:
        self._sender = sender
        self._live = live
        self._keyboards = keyboards
        self._tickets = tickets
        self._team = team
        self._desk = desk
        self._blocks = blocks
        self._admins = admins

    async def command(self, update: Update, _: object) -> None:
        """/block 1d and /unblock, in reply to a post; admins may reply to a person or name one."""
        command, here = command_of(update), address_of(update)
        target = await self._target(update)
        if command is None or target is None:
            await self._sender.text(here, self._texts.block_usage)
        elif command.name == "unblock":
            await self._unblock(update, target)
        else:
            span_s = read_span_s(target.rest)
            if span_s is None:
                await self._sender.text(here, self._texts.block_usage)
            else:
                await self._block(update, target, span_s)

    async def press(self, update: Update, _: object) -> None:
        """The button that blocks: it asks for how long, and then does so."""
        pressed = await self._desk.pressed(update)
        if pressed is None:
            return
        message, button, ticket = pressed
        query, number = press_of(update), button.field("number")
        await self._sender.toast(query)
        rest = self._keyboards.without(message.reply_markup, ButtonKind.BLOCK)
        if not number:
            row = self._keyboards.spans(ticket.id, self._texts)
            rest = InlineKeyboardMarkup([*(rest.inline_keyboard if rest else ()), row])
        await self._sender.set_keyboard(query, rest)
        if number.isdecimal():
            span_s = int(number) or math.inf
            await self._block(update, _Target(ticket.person, ticket, ""), span_s)

    async def lift(self, update: Update, _: object) -> None:
        """The button that unblocks."""
        pressed = await self._desk.pressed(update)
        if pressed is not None:
            message, _button, ticket = pressed
            query = press_of(update)
            await self._sender.toast(query)
            rest = self._keyboards.without(message.reply_markup, ButtonKind.UNBLOCK)
            await self._sender.set_keyboard(query, rest)
            await self._unblock(update, _Target(ticket.person, ticket, ""))

    @property
    def _texts(self) -> TeamTexts:
        return self._live.texts(None).team

    async def _target(self, update: Update) -> _Target | None:
        """Whom a command means; None where that cannot be told."""
        message, command = message_of(update), command_of(update)
        replied, rest = message.reply_to_message, "" if command is None else command.rest
        is_here = message.chat.id == self._team.chat_id
        if is_here and replied is not None:
            found = dict(await self._tickets.on(message.chat.id, replied.message_id))
            named = None if 0 in found else _NUMBER.fullmatch(rest)
            ticket = found.get(0 if named is None else int(named[1]))
            if ticket is not None:
                return _Target(ticket.person, ticket, rest if named is None else named[2])
        if person_of(update) not in {str(admin) for admin in self._admins}:
            return None
        author = None if replied is None or is_here else replied.from_user
        if author is not None and not author.is_bot:
            return _Target(str(author.id), None, rest)
        named = _NUMBER.fullmatch(rest)
        return None if named is None else _Target(named[1], None, named[2])

    async def _block(self, update: Update, target: _Target, span_s: float) -> None:
        """Block somebody, and tell the team and, unless they were blocked before, the person."""
        if not target.person or target.person in {str(admin) for admin in self._admins}:
            await self._sender.text(address_of(update), self._texts.block_refused)
            return
        was_blocked = await self._blocks.holds(target.person)
        until = time.time() + span_s
        self._blocks.block(target.person, until)
        if target.ticket is not None:
            self._tickets.close(target.ticket)
        time_told = "" if math.isinf(until) else shown_time(until)
        if not was_blocked:
            texts = self._texts_of(target)
            told = texts.blocked_ever
            if time_told:
                told = texts.blocked.replace("{until}", time_told)
            await self._sender.quietly(self._home(target), told)
        await self._report_block(update, target, time_told)

    async def _report_block(self, update: Update, target: _Target, until: str) -> None:
        texts, markup = self._texts, None
        sentence = texts.has_blocked if until else texts.has_blocked_ever
        if target.ticket is not None:
            markup = self._keyboards.unblock(target.ticket.id, texts)
        await self._report(update, target, sentence, until, markup)

    async def _unblock(self, update: Update, target: _Target) -> None:
        if not await self._blocks.holds(target.person):
            await self._sender.text(address_of(update), self._texts.not_blocked)
            return
        self._blocks.unblock(target.person)
        texts = self._texts_of(target)
        await self._sender.quietly(self._home(target), texts.unblocked)
        await self._report(update, target, self._texts.has_unblocked)

    async def _report(
        self,
        update: Update,
        target: _Target,
        sentence: str,
        until: str = "",
        markup: InlineKeyboardMarkup | None = None,
    ) -> None:
        """Tell what was done where it was asked for: in the team's chat beneath the posts."""
        words = {"helper": self._desk.helper(update), "person": target.person, "until": until}
        if target.ticket is not None:
            helper = person_of(update)
            await self._team.say(target.ticket, sentence, words, markup, helper=helper)
            return
        html = posts.with_words(sentence, {"name": target.person, **words})
        await self._sender.message(address_of(update), html)

    def _texts_of(self, target: _Target) -> Texts:
        """The bot's sentences in a person's language, where that is known."""
        return self._live.texts(None if target.ticket is None else lang_of(target.ticket))

    @staticmethod
    def _home(target: _Target) -> Address:
        """Where a person is told: where they wrote to the team, or in their own chat."""
        return Address(int(target.person)) if target.ticket is None else home_of(target.ticket)
