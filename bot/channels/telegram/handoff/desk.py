"""What the team does: replies to posts, and presses the buttons under them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.answers import (
    Album,
    Answer,
    Words,
    answers_of,
    has_file,
    words_of,
)
from bot.channels.telegram.handoff.team_chat import TeamChat
from bot.channels.telegram.handoff.tickets import (
    Tickets,
    home_of,
    name_on,
)
from bot.channels.telegram.handoff.to_person import Sent, ToPerson
from bot.channels.telegram.keyboard import Button, ButtonKind, Keyboards
from bot.channels.telegram.updates import address_of, message_of, name_of, person_of, press_of
from bot.lru import Lru
from bot.service.live import Live
from bot.store.store import Ticket
from bot.texts import TeamTexts

logger = logging.getLogger(__name__)

_BLOCKS = re.compile(r"/(?:un)?block\b")
_MAX_ALBUMS = 200
_MAX_WORDS = 2_000  # of the team, which can be changed where they stand
_MAX_SENT = 20  # buttons of one conversation, by which a second press is known


class Desk:
    """Does what is replied and pressed in the handoff chat, for whoever can write there.

    A press from anywhere else is refused, and so is one that names a question the message does
    not speak of: a button's data may be known to others.
    """

    def __init__(
        self,
        sender: Sender,
        live: Live,
        keyboards: Keyboards,
        tickets: Tickets,
        team: TeamChat,
        to_person: ToPerson,
    ) -> None:
        self._sender = sender
        self._live = live
        self._keyboards = keyboards
        self._tickets = tickets
        self._team = team
        self._to_person = to_person
        self._albums: Lru[str, Album] = Lru(_MAX_ALBUMS)  # that the team is sending
        self._sent: Lru[tuple[int, str], Sent] = Lru(_MAX_WORDS)  # by the team's message and ticket
        self._since = time.time()

    async def reply(self, update: Update, _: object) -> None:
        """Deliver what the team replies to a post, or end the conversation it speaks of."""
        message, here = message_of(update), address_of(update)
        replied = message.reply_to_message
        if replied is None:
            return
        found = await self._tickets.on(message.chat.id, replied.message_id)
        if not found:
            await self._sender.text(here, self._texts.unknown_post)
            return
        album = self._album(message)
        answers = answers_of(update, found) or album.answers(message)
        if not answers:
            if not album.held:
                await self._sender.text(here, self._texts.which)
            album.held.append(message)
            return
        if any(_BLOCKS.match(each.words.text) for each in answers):  # which is for nobody's eyes
            await self._sender.text(here, self._texts.block_usage)
            return
        arrived = True
        for answer in answers:
            if answer.closes:
                await self._close(answer.ticket, here)
                continue
            for held in album.held:  # they came before it was known whom they are for
                before = Answer(answer.ticket, words_of(held))
                arrived &= await self._deliver(update, before, held, album)
            arrived &= await self._deliver(update, answer, message, album)
        album.held.clear()
        if arrived and not any(each.closes for each in answers):
            await self._sender.thumb(message)

    async def edited(self, update: Update, _: object) -> None:
        """Change what a person was sent, as somebody of the team has changed a reply.

        A reply that did not say for whom it was may say so now; then it is delivered.
        """
        message, here = message_of(update), address_of(update)
        replied = message.reply_to_message
        if replied is None:
            return
        found = await self._tickets.on(message.chat.id, replied.message_id)
        answers = answers_of(update, found) if found else []
        is_known = any((message.message_id, each.ticket.id) in self._sent for each in answers)
        if answers and not is_known and message.date.timestamp() > self._since:
            await self.reply(update, _)
            return
        for answer in answers:
            ticket = self._tickets.present(answer.ticket)
            if answer.closes:
                continue
            if await self._reaches(ticket, here, self._correct(message, answer)):
                await self._sender.thumb(message)

    async def _correct(self, message: Message, answer: Answer) -> None:
        """Send a person what one of the team has changed."""
        ticket, words, key = answer.ticket, answer.words, (message.message_id, answer.ticket.id)
        if has_file(message):
            await self._to_person.file(ticket, message, words, is_edit=True)
            return
        sent = self._sent.get(key)
        self._sent[key] = await self._to_person.correct(ticket, sent, words)

    async def _say_words(
        self, message: Message, ticket: Ticket, words: Words, *, is_first: bool
    ) -> None:
        sent = await self._to_person.words(ticket, words, is_first=is_first)
        self._sent[message.message_id, ticket.id] = sent

    async def close_nothing(self, update: Update, _: object) -> None:
        """/close that replies to no post."""
        await self._sender.text(address_of(update), self._texts.close_usage)

    async def take(self, update: Update, _: object) -> None:
        """Take a conversation, and let the others know."""
        pressed = await self.pressed(update)
        if pressed is None:
            return
        message, _button, ticket = pressed
        query, taker = press_of(update), ticket.helper_name
        if taker:
            told = self._texts.taken_already.replace("{helper}", taker)
            await self._sender.toast(query, told.replace("{name}", name_on(ticket)))
            return
        await self._sender.toast(query)
        await self._team.say(ticket, *self._taken(ticket, update), helper=person_of(update))
        rest = self._keyboards.without(message.reply_markup, ButtonKind.TAKE)
        await self._sender.set_keyboard(query, rest)

    async def send(self, update: Update, _: object) -> None:
        """Send a person the answer of an entry, as the team's; a second press sends nothing."""
        pressed = await self.pressed(update)
        if pressed is None:
            return
        message, button, ticket = pressed
        query, faq = press_of(update), self._live.faq
        hashed = button.field("entry")
        mark = f"{message.message_id}.{hashed}"
        entry = faq.by_id.get(self._keyboards.entry_of(hashed, faq))
        sent = str(ticket.address.get("sent") or "").split()
        if entry is None or mark in sent:
            gone = self._texts.entry_gone if entry is None else self._texts.sent_already
            await self._sender.toast(query, gone)
            return
        await self._sender.toast(query)
        here = address_of(update)
        if not await self._reaches(ticket, here, self._to_person.entry(ticket, entry.id)):
            return
        now = time.time()
        self._tickets.change(ticket, answered=True, last_at=now)
        self._tickets.note(ticket, told=int(now), sent=" ".join([*sent, mark][-_MAX_SENT:]))
        words = {"helper": self.helper(update), "question": entry.question}
        note = posts.with_words(self._texts.answer_sent, words)
        html = f"{message.text_html}\n\n<i>{note}</i>"
        rest, place = _without(message.reply_markup, query.data), (here.chat_id, message.message_id)
        if await self._sender.rewrite(*place, html, rest):
            self._tickets.add_posts(*place, [ticket], person_of(update) or "")
        else:
            helper = person_of(update)
            await self._team.say(ticket, self._texts.answer_sent, words, helper=helper)

    async def pressed(self, update: Update) -> tuple[Message, Button, Ticket] | None:
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

    def helper(self, update: Update) -> str:
        """What somebody of the team is called there."""
        return name_of(update) or self._texts.somebody

    @property
    def _texts(self) -> TeamTexts:
        return self._live.texts(None).team

    def _taken(self, ticket: Ticket, update: Update) -> tuple[str, dict[str, str]]:
        """Keep who has taken a conversation.

        Returns:
            What the others are told, with the words that belong into it; "" where that is no news.
        """
        helper, person, before = self.helper(update), person_of(update) or "", ticket.helper_name
        if before and person == ticket.helper:
            return "", {}
        self._tickets.change(ticket, helper=person, helper_name=helper)
        sentence = self._texts.taken_over if before else self._texts.taken
        return sentence, {"helper": helper, "other": before}

    def _album(self, message: Message) -> Album:
        """What is known of the album that a message is part of; of none, a new one."""
        album = Album()
        if message.media_group_id is not None:
            album = self._albums[message.media_group_id] = self._albums.get(
                message.media_group_id, album
            )
        return album

    async def _deliver(
        self, update: Update, answer: Answer, message: Message, album: Album
    ) -> bool:
        """Send a person what one message of the team says; False where it did not arrive.

        Args:
            update: whoever sent it takes the conversation.
        """
        ticket, words = self._tickets.present(answer.ticket), answer.words
        asked, is_first = answer.ticket, not (ticket.answered and ticket.is_open)
        if has_file(message):
            goes_on = ticket.id in album.tickets
            sending = self._to_person.file(
                asked, message, words, is_first=is_first, goes_on=goes_on
            )
        else:
            sending = self._say_words(message, asked, words, is_first=is_first)
        if not await self._reaches(ticket, address_of(update), sending):
            return False
        if has_file(message):
            album.tickets[ticket.id] = ticket
        self._tickets.change(ticket, is_open=True, answered=True, last_at=time.time())
        self._tickets.note(ticket, told=int(time.time()))
        sentence, words_in_it = self._taken(ticket, update)
        first_sent = self._texts.first_sent if is_first else ""
        told = f"{first_sent} {sentence}".strip()
        await self._team.say(ticket, told, words_in_it, helper=person_of(update))
        return True

    async def _reaches(self, ticket: Ticket, here: Address, sending: Awaitable[None]) -> bool:
        """Await what is sent to a person; False, and the team is told, where it did not arrive."""
        try:
            await sending
        except (Forbidden, BadRequest) as error:
            logger.info("a reply of the team was refused: %s", error)
            self._tickets.close(ticket)
            await self._not_delivered(ticket, here)
            return False
        except TelegramError as error:
            logger.warning("a reply of the team could not be sent: %s", error)
            await self._sender.text(here, self._live.texts(None).trouble)
            return False
        return True

    async def _close(self, ticket: Ticket, here: Address) -> None:
        if not ticket.is_open:
            await self._sender.text(here, self._texts.nothing_to_close)
            return
        self._tickets.close(ticket)
        try:
            await self._sender.text(home_of(ticket), *self._to_person.goodbye(ticket))
        except TelegramError:
            await self._not_delivered(ticket, here)
        else:
            await self._sender.text(here, self._texts.ended_by_team)

    async def _not_delivered(self, ticket: Ticket, here: Address) -> None:
        with self._tickets.posting([ticket]) as may_be_posted:
            if may_be_posted:
                html = posts.with_words(self._texts.not_sent, {"name": name_on(ticket)})
                sent = await self._sender.message(here, html)
                self._tickets.add_posts(here.chat_id, sent.message_id, [ticket])


def _without(markup: InlineKeyboardMarkup | None, data: object) -> InlineKeyboardMarkup | None:
    """A keyboard less the row of one button."""
    rows = [] if markup is None else markup.inline_keyboard
    kept = [row for row in rows if row[0].callback_data != data]
    return InlineKeyboardMarkup(kept) if kept else None
