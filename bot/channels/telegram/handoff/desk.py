"""What the team does with the buttons under its posts: takes a conversation, sends an answer."""

from __future__ import annotations

import time
from dataclasses import replace

from telegram import InlineKeyboardMarkup, Message, Update

from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.team_chat import TeamChat
from bot.channels.telegram.handoff.tickets import (
    Tickets,
    asked_at,
    decision_of,
    lang_of,
    name_on,
    taker_of,
)
from bot.channels.telegram.keyboard import Button, ButtonKind, Keyboards, short
from bot.channels.telegram.updates import name_of, person_of, press_of
from bot.domain import Incoming, Press, Reply
from bot.service.live import Live
from bot.store.store import Ticket
from bot.texts import TeamTexts


class Desk:
    """Does what the buttons in the handoff chat stand for, for whoever can write there.

    A press from anywhere else is refused, and so is one that names a question the message does
    not speak of: a button's data may be known to others.
    """

    def __init__(
        self, sender: Sender, live: Live, keyboards: Keyboards, tickets: Tickets, team: TeamChat
    ) -> None:
        self._sender = sender
        self._live = live
        self._keyboards = keyboards
        self._tickets = tickets
        self._team = team

    async def take(self, update: Update, _: object) -> None:
        """Take a conversation, and let the others know."""
        pressed = await self._pressed(update)
        if pressed is None:
            return
        message, _button, ticket = pressed
        query, taker = press_of(update), taker_of(ticket)
        if taker is not None:
            told = posts.plain(self._texts.taken_already, {"helper": taker, "name": name_on(ticket)})
            await self._sender.toast(query, told)
            return
        await self._sender.toast(query)
        await self.taken(ticket, update)
        rest = self._keyboards.without(message.reply_markup, ButtonKind.TAKE)
        await self._sender.set_keyboard(query, rest)

    async def taken(self, ticket: Ticket, update: Update) -> None:
        """Keep who has taken a conversation, and tell the others where that is somebody new."""
        helper, before = self.name_of(update), taker_of(ticket)
        if person_of(update) == ticket.address.get("taken"):
            return
        self._tickets.note(ticket, taken=person_of(update) or "", taken_by=helper)
        sentence = self._texts.taken if before is None else self._texts.taken_over
        await self._team.say(ticket, sentence, {"helper": helper, "other": before or ""})

    async def send(self, update: Update, _: object) -> None:
        """Send a person the answer of an entry, as the team's; a second press sends nothing."""
        pressed = await self._pressed(update)
        if pressed is None:
            return
        message, button, ticket = pressed
        query, faq = press_of(update), self._live.faq
        hashed = button.field("entry")
        entry = faq.by_id.get(self._keyboards.entry_of(hashed, faq))
        sent = str(ticket.address.get("sent") or "").split()
        if entry is None or hashed in sent:
            gone = self._texts.entry_gone if entry is None else self._texts.sent_already
            await self._sender.toast(query, gone)
            return
        await self._sender.toast(query)
        here = self._team.address_of(message)
        if not await self._team.reaches(ticket, here, self._send(ticket, entry.id)):
            return
        now, helper = time.time(), self.name_of(update)
        self._tickets.change(ticket, answered=True, last_at=now)
        self._tickets.note(ticket, told=int(now), sent=" ".join([*sent, hashed]))
        words = {"helper": helper, "question": entry.question}
        note = posts.filled(
            self._texts.answer_sent, {key: posts.isolated(each) for key, each in words.items()}
        )
        html = f"{message.text_html}\n\n<i>{note}</i>"
        rest = _without(message.reply_markup, query.data)
        if not await self._sender.rewrite(message.chat.id, message.message_id, html, rest):
            await self._team.say(ticket, self._texts.answer_sent, words)

    def name_of(self, update: Update) -> str:
        """What somebody of the team is called there."""
        return name_of(update) or self._texts.somebody

    @property
    def _texts(self) -> TeamTexts:
        return self._live.texts(None).team

    async def _pressed(self, update: Update) -> tuple[Message, Button, Ticket] | None:
        """What was pressed, and of whom it speaks; None, and said so, where it does not count."""
        query = press_of(update)
        message, button = query.message, self._keyboards.read(query.data or "")
        if button is not None and isinstance(message, Message) and message.is_accessible:
            is_here = message.chat.id == self._team.chat_id
            found = await self._tickets.on(message.chat.id, message.message_id) if is_here else []
            for _, ticket in found:
                if ticket.id == button.field("ticket"):
                    return message, button, ticket
        await self._sender.toast(query, self._live.texts(None).old_button)
        return None

    async def _send(self, ticket: Ticket, entry_id: str) -> None:
        """Show a person an entry as the bot would, below the line that says whose answer it is."""
        lang, texts = lang_of(ticket), self._live.texts(lang_of(ticket))
        incoming = Incoming(ticket.conversation, Press(entry_id), lang, ticket.person)
        reply: Reply = await self._live.reply(incoming)
        if not ticket.is_open:  # else the conversation as a whole is asked about when it ends
            reply = replace(reply, decision_id=decision_of(ticket))
        is_first = ticket.is_open and not ticket.answered
        says = texts.person_says_first if is_first else texts.person_says
        markup = self._keyboards.under(reply, texts, ticket.person)
        home = asked_at(ticket)
        await self._sender.reply(home, reply.below(says), markup)
        await self._sender.attachments(home, reply, texts.file_away)


def _without(markup: InlineKeyboardMarkup | None, data: object) -> InlineKeyboardMarkup | None:
    """A keyboard less the row of one button."""
    rows = [] if markup is None else markup.inline_keyboard
    kept = [row for row in rows if row[0].callback_data != data]
    return InlineKeyboardMarkup(kept) if kept else None
