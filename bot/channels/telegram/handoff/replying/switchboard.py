"""What all who serve the team work with, and what a press of one of its buttons means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message, Update

from bot.channels.telegram.api.sender import Markup, Sender
from bot.channels.telegram.callback_data import Button
from bot.channels.telegram.handoff.posting.reach import Reach
from bot.channels.telegram.handoff.posting.team_chat import TeamChat
from bot.channels.telegram.handoff.records.blocks import Blocks
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.channels.telegram.handoff.replying.to_person import ToPerson
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import address_of, command_of, message_of, name_of, press_of
from bot.service.live import Live
from bot.store.store import Ticket
from bot.texts import TeamTexts

NUMBER = re.compile(r"#?([0-9]{1,15})\b[\s:.)]*(.*)", re.DOTALL)  # of an item, or an account


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The parts of the handoff, for whoever does what the team asks for."""

    sender: Sender
    live: Live
    keyboards: Keyboards
    tickets: Tickets
    reach: Reach
    blocks: Blocks
    team: TeamChat
    to_person: ToPerson

    @property
    def texts(self) -> TeamTexts:
        """The team's sentences."""
        return self.live.team_texts

    async def say(self, update: Update, text: str, markup: Markup = None) -> None:
        """Say something where it was asked for."""
        await self.sender.text(address_of(update), text, markup)

    def helper(self, update: Update) -> str:
        """What somebody of the team is called there."""
        return name_of(update) or self.texts.somebody

    async def named(self, update: Update) -> tuple[Ticket | None, str]:
        """Whom a command in the handoff chat is about, and what else it says.

        It replies to a post or stands in the person's topic; of several questions in one post it
        names the number first, as in "/block 2 1d".
        """
        message, command = message_of(update), command_of(update)
        rest = "" if command is None else command.rest
        is_here = message.chat.id == self.reach.chat_id
        found = dict(await self.tickets.meant_by(message)) if is_here else {}
        number = None if 0 in found else NUMBER.fullmatch(rest)
        ticket = found.get(0 if number is None else int(number[1]))
        return ticket, rest if ticket is None or number is None else number[2]

    async def pressed(self, update: Update) -> tuple[Message, Button, int, Ticket] | None:
        """What was pressed, the number of the item, and of whom it speaks.

        None, and said so, where it does not count: a button's data may be known to others, so a
        press from anywhere else is refused, and one that names whom the message does not speak of.
        """
        query = press_of(update)
        message, button = query.message, self.keyboards.read(query.data or "")
        if button is not None and isinstance(message, Message) and message.is_accessible:
            is_here = message.chat.id == self.reach.chat_id
            found = await self.tickets.on(message.chat.id, message.message_id) if is_here else []
            for number, ticket in found:
                if ticket.id == button.field("ticket"):
                    return message, button, number, ticket
        await self.sender.toast(query, self.live.texts(None).old_button)
        return None
