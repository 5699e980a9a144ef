"""Who of the team looks after whom: whoever replies first, until somebody else takes over."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update

from bot.channels.telegram.callback_data import ButtonKind
from bot.channels.telegram.handoff.records.notes import name_on
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.updates import person_of, press_of
from bot.store.store import Ticket


class Custody:
    """Keeps who has taken a conversation, and tells the others."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def press(self, update: Update, _: object) -> None:
        """The button that takes a conversation; where somebody has it, it turns into another."""
        board, query, pressed = self._board, press_of(update), await self._board.pressed(update)
        if pressed is None:
            return
        message, button, _number, ticket = pressed
        ticket = board.tickets.talk_of(ticket)
        over = None
        told = board.texts.taken_by_you if self._has(update, ticket) else ""
        if ticket.helper_name and not told and button.kind is ButtonKind.TAKE:
            over = board.keyboards.take_over(ticket.id, board.texts)
            told = board.texts.taken_already.replace("{helper}", ticket.helper_name)
        await board.sender.toast(query, told.replace("{name}", name_on(ticket)))
        if not told:
            await self._take(ticket, update)
        rest = board.keyboards.without(message.reply_markup, button.kind, last=over)
        await board.sender.set_keyboard(query, rest)

    async def command(self, update: Update, _: object) -> None:
        """/take, in reply to a post or in somebody's topic, from whoever has it."""
        board, (ticket, _rest) = self._board, await self._board.named(update)
        ticket = None if ticket is None else board.tickets.talk_of(ticket)
        if ticket is None:
            await board.say(update, board.texts.take_usage)
        elif self._has(update, ticket):
            told = board.texts.taken_by_you.replace("{name}", name_on(ticket))
            await board.say(update, told)
        else:
            await self._take(ticket, update)

    async def report_reply(self, ticket: Ticket, update: Update, above: str) -> None:
        """Tell of a reply that has reached a person what is news to the others.

        The first one to reply has the conversation; that somebody else replies, too, is told once.

        Args:
            above: what is told before it; "": nothing.
        """
        board, sentence, markup = self._board, "", None
        if not board.tickets.present(ticket).helper_name:
            sentence = board.texts.taken
            self._note(ticket, update)
        ticket = board.tickets.present(ticket)
        if not self._has(update, ticket) and ticket.address.get("shared") is None:
            sentence = board.texts.shared
            markup = InlineKeyboardMarkup([board.keyboards.take_over(ticket.id, board.texts)])
            board.tickets.note(ticket, shared=1)
        told, words = f"{above} {sentence}".strip(), {"helper": ticket.helper_name}
        helper = ticket.helper if sentence else None
        await board.team.say(ticket, told, words, markup, helper=helper)

    async def _take(self, ticket: Ticket, update: Update) -> None:
        board, before = self._board, ticket.helper_name
        self._note(ticket, update)
        sentence = board.texts.taken_over if before else board.texts.taken
        words = {"helper": board.helper(update), "other": before}
        await board.team.say(ticket, sentence, words, helper=person_of(update))

    def _note(self, ticket: Ticket, update: Update) -> None:
        helper, name = person_of(update) or "", self._board.helper(update)
        self._board.tickets.change(ticket, helper=helper, helper_name=name)

    @staticmethod
    def _has(update: Update, ticket: Ticket) -> bool:
        """Whether a conversation is in the hands of whoever writes or presses."""
        return ticket.helper_name != "" and ticket.helper == (person_of(update) or "")
