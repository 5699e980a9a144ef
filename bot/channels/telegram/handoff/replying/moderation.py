"""Who is blocked: by the team in reply to a post or with a button, by admins anywhere."""

from __future__ import annotations

import math
import time
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from telegram import Update

from bot.channels.telegram.api.sender import Address, Markup
from bot.channels.telegram.callback_data import ButtonKind
from bot.channels.telegram.handoff.records.blocks import read_span_s
from bot.channels.telegram.handoff.records.notes import home_of
from bot.channels.telegram.handoff.replying.switchboard import NUMBER, Switchboard
from bot.channels.telegram.updates import address_of, command_of, message_of, person_of, press_of
from bot.formatting import minute
from bot.service.worded import with_words
from bot.store.store import Ticket
from bot.texts import Texts


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

    def __init__(self, board: Switchboard, admins: AbstractSet[int]) -> None:
        self._board = board
        self._admins = admins

    async def command(self, update: Update, _: object) -> None:
        """/block 1d and /unblock, in reply to a post; admins may reply to a person or name one."""
        command, target = command_of(update), await self._target(update)
        span_s = None if target is None else read_span_s(target.rest)
        if target is not None and command is not None and command.name == "unblock":
            await self._unblock(update, target)
        elif target is not None and span_s is not None:
            await self._block(update, target, span_s)
        else:
            await self._board.say(update, self._board.texts.block_usage)

    async def press(self, update: Update, _: object) -> None:
        """The button that blocks: it asks for how long, and then does so."""
        board, query, pressed = self._board, press_of(update), await self._board.pressed(update)
        if pressed is None:
            return
        message, button, _number, ticket = pressed
        seconds = button.field("number")
        await board.sender.toast(query)
        row = None if seconds else board.keyboards.spans(ticket.id, board.texts)
        rest = board.keyboards.without(message.reply_markup, ButtonKind.BLOCK, last=row)
        await board.sender.set_keyboard(query, rest)
        if seconds.isdecimal():
            span_s = int(seconds) or math.inf
            await self._block(update, _Target(ticket.person, ticket, ""), span_s)

    async def lift(self, update: Update, _: object) -> None:
        """The button that unblocks."""
        board, query, pressed = self._board, press_of(update), await self._board.pressed(update)
        if pressed is not None:
            message, _button, _number, ticket = pressed
            await board.sender.toast(query)
            rest = board.keyboards.without(message.reply_markup, ButtonKind.UNBLOCK)
            await board.sender.set_keyboard(query, rest)
            await self._unblock(update, _Target(ticket.person, ticket, ""))

    async def _target(self, update: Update) -> _Target | None:
        """Whom a command means; None where that cannot be told."""
        ticket, rest = await self._board.named(update)
        if ticket is not None:
            return _Target(ticket.person, ticket, rest)
        if person_of(update) not in {str(admin) for admin in self._admins}:
            return None
        replied, chat_id = message_of(update).reply_to_message, address_of(update).chat_id
        author = None if replied is None else replied.from_user
        if author is not None and not author.is_bot and chat_id != self._board.reach.chat_id:
            return _Target(str(author.id), None, rest)
        number = NUMBER.fullmatch(rest)
        return None if number is None else _Target(number[1], None, number[2])

    async def _block(self, update: Update, target: _Target, span_s: float) -> None:
        """Block somebody, and tell the team and, unless they were blocked before, the person."""
        board, ticket = self._board, target.ticket
        if not target.person or target.person in {str(admin) for admin in self._admins}:
            await board.say(update, board.texts.block_refused)
            return
        was_blocked = await self._board.blocks.holds(target.person)
        until = time.time() + span_s
        self._board.blocks.block(target.person, until)
        if ticket is not None:
            board.tickets.close(ticket)
        shown = "" if math.isinf(until) else f"{minute(until)} UTC"
        home, texts = self._person(target)
        if not was_blocked:
            told = texts.blocked.replace("{until}", shown) if shown else texts.blocked_ever
            await board.sender.quietly(home, told)
        sentence = board.texts.has_blocked if shown else board.texts.has_blocked_ever
        markup = None if ticket is None else board.keyboards.unblock(ticket.id, board.texts)
        await self._report(update, target, sentence, shown, markup)

    async def _unblock(self, update: Update, target: _Target) -> None:
        board = self._board
        if not await self._board.blocks.holds(target.person):
            await board.say(update, board.texts.not_blocked)
            return
        self._board.blocks.unblock(target.person)
        home, texts = self._person(target)
        await board.sender.quietly(home, texts.unblocked)
        await self._report(update, target, board.texts.has_unblocked)

    async def _report(
        self, update: Update, target: _Target, sentence: str, until: str = "", markup: Markup = None
    ) -> None:
        """Tell what was done where it was asked for: in the team's chat beneath the posts."""
        board = self._board
        words = {"helper": board.helper(update), "person": target.person, "until": until}
        if target.ticket is not None:
            helper = person_of(update)
            await board.team.say(target.ticket, sentence, words, markup, helper=helper)
            return
        html = with_words(sentence, {"name": target.person, **words})
        await board.sender.message(address_of(update), html)

    def _person(self, target: _Target) -> tuple[Address, Texts]:
        """Where a person is told, and the bot's sentences in their language, as far as known."""
        if target.ticket is None:
            return Address(int(target.person)), self._board.live.texts(None)
        return home_of(target.ticket), self._board.to_person.texts(target.ticket)
