"""What a ticket's person is sent: the team's words and answers, and that a conversation is over."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from telegram import Message, MessageEntity

from bot.channels.telegram.api.sender import Markup, Sender
from bot.channels.telegram.handoff.records.notes import asked_at, decision_of, lang_of
from bot.channels.telegram.handoff.replying.answers import Words
from bot.channels.telegram.keyboard import Keyboards
from bot.domain import Incoming, Press
from bot.formatting import MAX_UNITS, utf16_units
from bot.office_hours import OfficeHours
from bot.service.live import Live
from bot.store.store import Ticket
from bot.texts import Texts, fill

_WEEK_DAYS = 6  # beyond, the name of a day alone may be the next one or the one after it


@dataclass(frozen=True, slots=True)
class Sent:
    """Words of the team, as a person was sent them.

    Attributes:
        head: what stands before them in the same message.
    """

    chat_id: int
    message_id: int
    head: str


class ToPerson:
    """Sends to people what is the team's; a TelegramError is told by whoever calls."""

    def __init__(
        self, sender: Sender, live: Live, keyboards: Keyboards, hours: OfficeHours | None
    ) -> None:
        self._sender = sender
        self._live = live
        self._keyboards = keyboards
        self._hours = hours

    def texts(self, ticket: Ticket) -> Texts:
        """The bot's sentences in the person's language."""
        return self._live.texts(lang_of(ticket))

    def waits(self, sentence: str, texts: Texts) -> str:
        """A sentence to who waits for the team, and when somebody is there again."""
        back = back_at(self._hours, time.time(), texts)
        return sentence if back is None else f"{sentence}\n\n{back}"

    async def words(
        self, ticket: Ticket, words: Words, *, is_first: bool = False, is_edit: bool = False
    ) -> Sent:
        """Send the team's words as they are formatted, in two messages if need be.

        Args:
            is_first: of a conversation; then it is said that what they write now goes to the team.
            is_edit: the words take the place of others, which is said.
        """
        home, says = asked_at(ticket), self._says(ticket, is_first=is_first, is_edit=is_edit)
        head = f"{says}\n"
        if utf16_units(head + words.text) > MAX_UNITS:
            await self._sender.text(home, says)
            head = ""
        told = MessageEntity.concatenate((head, ()), (words.text, words.entities))
        return Sent(home.chat_id, await self._sender.formatted(home, *told), head)

    async def correct(self, ticket: Ticket, sent: Sent | None, words: Words) -> Sent:
        """Change what a person was sent, or send it anew where that cannot be done.

        It is marked, as several of Telegram's apps show of no bot's message that it was edited.
        """
        mark = f"\n\n{self.texts(ticket).edited_mark}"
        if sent is not None and utf16_units(sent.head + words.text + mark) <= MAX_UNITS:
            told = MessageEntity.concatenate(
                (sent.head, ()), (words.text, words.entities), (mark, ())
            )
            if await self._sender.reformat(sent.chat_id, sent.message_id, *told):
                return sent
        return await self.words(ticket, words, is_edit=True)

    async def file(
        self,
        ticket: Ticket,
        message: Message,
        words: Words,
        *,
        is_first: bool = False,
        goes_on: bool = False,
        is_edit: bool = False,
    ) -> Sent:
        """Send a file of the team, with its words beneath; see `words`.

        Args:
            goes_on: it belongs to an album that has begun.
        """
        home = asked_at(ticket)
        above = "" if goes_on else self._says(ticket, is_first=is_first, is_edit=is_edit)
        sent = await self._sender.file(home, above, message, words.text, words.entities)
        return Sent(home.chat_id, sent, "")

    async def entry(self, ticket: Ticket, entry_id: str) -> None:
        """Show an entry as the bot would, below the line that says whose answer it is."""
        lang, texts, home = lang_of(ticket), self.texts(ticket), asked_at(ticket)
        incoming = Incoming(ticket.conversation, Press(entry_id), lang, ticket.person)
        reply = await self._live.reply(incoming)
        if not ticket.is_open:  # else the conversation as a whole is asked about when it ends
            reply = replace(reply, decision_id=decision_of(ticket))
        is_first = ticket.is_open and not ticket.answered
        markup = self._keyboards.under(reply, texts, self._asker(ticket))
        above = self._says(ticket, is_first=is_first)
        await self._sender.reply(home, reply.below(above), markup)
        await self._sender.attachments(home, reply, texts.file_away)

    def goodbye(self, ticket: Ticket, *, is_late: bool = False) -> tuple[str, Markup]:
        """What is said when a conversation ends, and the question whether it helped.

        Args:
            is_late: it ends because nobody has written for so long.
        """
        texts = self.texts(ticket)
        if not ticket.answered:
            told = self.waits(texts.nobody_yet, texts) if is_late else texts.person_gone
            return told, None
        helped = self._keyboards.helped(decision_of(ticket), self._asker(ticket))
        question = "" if helped is None else f"\n\n{texts.did_it_help}"
        return f"{texts.person_gone}{question}", helped

    def _asker(self, ticket: Ticket) -> str:
        return self._keyboards.asker(ticket.person, asked_at(ticket).chat_id)

    def _says(self, ticket: Ticket, *, is_first: bool, is_edit: bool = False) -> str:
        """The line above what the team says."""
        texts = self.texts(ticket)
        if is_edit:
            return texts.person_corrects
        first = texts.person_says_first
        if asked_at(ticket).chat_id < 0:  # a group, where only what is said to the bot goes on
            first = texts.person_says_first_in_group
        return first if is_first else texts.person_says


def back_at(hours: OfficeHours | None, at: float, texts: Texts) -> str | None:
    """When somebody is there again, in a sentence; None where somebody is, or it is not known.

    Args:
        at: seconds since 1970.
    """
    opening = None if hours is None else hours.opens(at)
    if hours is None or opening is None:
        return None
    days = (opening.date() - hours.day(at)).days
    names = [texts.monday, texts.tuesday, texts.wednesday, texts.thursday, texts.friday]
    names += [texts.saturday, texts.sunday]
    told = texts.team_back if days <= _WEEK_DAYS else texts.team_back_later
    told = texts.team_back_today if days == 0 else told
    return fill(told, day=names[opening.weekday()], date=opening.date(), time=f"{opening:%H:%M}")
