"""What the team says: words and files that go to people, and what is changed about them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable

from telegram import InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.elsewhere import NotTakenError
from bot.channels.telegram.callback_data import short
from bot.channels.telegram.handoff.records.notes import home_of, name_on
from bot.channels.telegram.handoff.replying.answers import (
    Album,
    Answer,
    answers_of,
    is_note,
    words_of,
)
from bot.channels.telegram.handoff.replying.custody import Custody
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.handoff.replying.to_person import Sent
from bot.channels.telegram.updates import (
    address_of,
    has_file,
    is_beneath_bot,
    is_command,
    message_of,
    person_of,
    press_of,
)
from bot.domain import FaqEntry
from bot.lru import Lru
from bot.service.worded import with_words
from bot.store.store import Ticket

logger = logging.getLogger(__name__)

_COMMAND = re.compile(r"/(?:((?:un)?block)|take)\b")
_MAX_ALBUMS = 200
_MAX_WORDS = 2_000  # of the team, which can be changed where they stand
_MAX_SENT = 20  # buttons of one conversation, by which a second press is known


class Desk:
    """Does what is said and sent in the handoff chat, for whoever can write there."""

    def __init__(self, board: Switchboard, custody: Custody) -> None:
        self._board = board
        self._custody = custody
        self._albums: Lru[str, Album] = Lru(_MAX_ALBUMS)  # that the team is sending
        self._sent: Lru[tuple[int, str], Sent] = Lru(_MAX_WORDS)  # by the team's message and ticket
        self._seen: Lru[int, None] = Lru(_MAX_WORDS)  # messages, by their number

    async def reply(self, update: Update, _: object) -> None:
        """Deliver what replies to a post or stands in a person's topic; /close ends the talk."""
        message, texts = message_of(update), self._board.texts
        self._seen[message.message_id] = None
        album = self._album(message)
        album.is_note = album.is_note or is_note(words_of(message))
        if album.is_note:
            return
        found = await self._board.tickets.meant_by(message)
        if not found:
            if is_beneath_bot(update):
                await self._board.say(update, texts.unknown_post)
            elif is_command(update):
                await self._board.say(update, texts.close_usage)
            return
        answers = answers_of(update, found) or album.answers(message)
        if not answers:
            if not album.held:
                await self._board.say(update, texts.which)
            album.held.append(message)
            return
        for answer in answers:  # a command is for nobody's eyes
            if command := _COMMAND.match(answer.words.text):
                usage = texts.block_usage if command[1] else texts.take_usage
                await self._board.say(update, usage)
                return
        await self._carry_out(update, answers, album)

    async def edited(self, update: Update, _: object) -> None:
        """Change what a person was sent, as somebody of the team has changed a message.

        One that did not say for whom it was, or was a note, may say so now; then it is delivered.
        One that is a note now is taken back.
        """
        message, board = message_of(update), self._board
        found = await board.tickets.meant_by(message)
        is_old = message.message_id not in self._seen  # what became of it is not at hand
        if is_note(words_of(message)):
            await self._take_back(update, [ticket for _, ticket in found], is_old=is_old)
            return
        self._album(message).is_note = False
        answers = answers_of(update, found) if found else []
        is_known = any((message.message_id, each.ticket.id) in self._sent for each in answers)
        if answers and not is_known and not is_old:
            await self.reply(update, _)
            return
        for answer in answers:
            ticket = board.tickets.present(answer.ticket)
            if not answer.closes and await self._reaches(
                update, ticket, self._correct(message, answer)
            ):
                await board.sender.thumb(message)

    async def send(self, update: Update, _: object) -> None:
        """Send a person the answer of an entry, as the team's; a second press sends nothing."""
        board, query, pressed = self._board, press_of(update), await self._board.pressed(update)
        if pressed is None:
            return
        message, button, number, ticket = pressed
        faq = board.live.faq
        entry = faq.by_id.get(board.keyboards.entry_of(button.field("entry"), faq))
        if entry is None or _mark(message.message_id, entry.id) in _sent(ticket):
            gone = board.texts.entry_gone if entry is None else board.texts.sent_already
            await board.sender.toast(query, gone)
            return
        await board.sender.toast(query)
        if not await self.send_entry(update, message.message_id, ticket, entry):
            return
        words = {"helper": board.helper(update), "name": name_on(ticket)}
        words, helper = words | {"question": entry.question}, person_of(update)
        note = with_words(board.texts.answer_sent, words)
        html = f"{message.text_html}\n\n<i>{note}</i>"
        rest, place = (
            _without(message.reply_markup, query.data),
            (message.chat.id, message.message_id),
        )
        rest = board.keyboards.adding_to(rest, entry, board.texts)  # it is what was asked
        if not number and await board.sender.rewrite(*place, html, rest):
            board.tickets.add_posts(*place, [ticket], helper or "")
        else:
            await board.sender.set_keyboard(query, rest)
            await board.team.say(ticket, board.texts.answer_sent, words, helper=helper)

    async def send_entry(
        self, update: Update, message_id: int, ticket: Ticket, entry: FaqEntry
    ) -> bool:
        """Send a person the answer of an entry; False where that came to nothing, which was said.

        Args:
            message_id: of the post; what was sent by one is not sent once more, which is not said.
        """
        board, sent, mark = self._board, _sent(ticket), _mark(message_id, entry.id)
        if mark in sent or await self._is_blocked(update, ticket):
            return False
        if not await self._reaches(update, ticket, board.to_person.entry(ticket, entry.id)):
            return False
        now = time.time()
        board.tickets.change(ticket, answered=True, last_at=now)
        board.tickets.note(ticket, told=int(now), sent=" ".join([*sent, mark][-_MAX_SENT:]))
        board.tickets.replied(ticket, person_of(update) or "", entry_id=entry.id)
        return True

    def _album(self, message: Message) -> Album:
        """What is known of the album that a message is part of; of none, a new one."""
        album = Album()
        if message.media_group_id is not None:
            album = self._albums[message.media_group_id] = self._albums.get(
                message.media_group_id, album
            )
        return album

    async def _carry_out(self, update: Update, answers: list[Answer], album: Album) -> None:
        """Deliver answers, and what of their album has come before it was known for whom."""
        message, arrived = message_of(update), True
        for answer in answers:
            if answer.closes:
                await self._close(update, answer.ticket)
                continue
            for held in album.held:
                before = Answer(answer.ticket, words_of(held))
                arrived &= await self._deliver(update, before, held, album)
            arrived &= await self._deliver(update, answer, message, album)
        album.held.clear()
        if arrived and not any(each.closes for each in answers):
            await self._board.sender.thumb(message)

    async def _deliver(
        self, update: Update, answer: Answer, message: Message, album: Album
    ) -> bool:
        """Send a person what one message of the team says; False where it did not arrive.

        Args:
            update: whoever sent it takes the conversation, if nobody has.
        """
        board = self._board
        ticket = board.tickets.talk_of(answer.ticket)
        if await self._is_blocked(update, ticket):
            return False
        is_first = not (ticket.answered and ticket.is_open)
        goes_on = ticket.id in album.tickets
        sending = self._send(message, answer, is_first=is_first, goes_on=goes_on)
        if not await self._reaches(update, ticket, sending):
            return False
        if has_file(message):
            album.tickets[ticket.id] = ticket
        now = time.time()
        board.tickets.change(ticket, is_open=True, answered=True, last_at=now)
        board.tickets.note(ticket, told=int(now))
        board.tickets.replied(answer.ticket, person_of(update) or "", answer.words.text)
        above = board.texts.first_sent if is_first else ""
        await self._custody.report_reply(ticket, update, above)
        return True

    async def _send(
        self, message: Message, answer: Answer, *, is_first: bool, goes_on: bool
    ) -> None:
        ticket, words, to_person = answer.ticket, answer.words, self._board.to_person
        if has_file(message):
            sent = await to_person.file(ticket, message, words, is_first=is_first, goes_on=goes_on)
        else:
            sent = await to_person.words(ticket, words, is_first=is_first)
        self._sent[message.message_id, ticket.id] = sent

    async def _correct(self, message: Message, answer: Answer) -> None:
        """Send a person what one of the team has changed."""
        ticket, words, to_person = answer.ticket, answer.words, self._board.to_person
        key = message.message_id, ticket.id
        if has_file(message):
            self._sent[key] = await to_person.file(ticket, message, words, is_edit=True)
        else:
            self._sent[key] = await to_person.correct(ticket, self._sent.get(key), words)

    async def _take_back(self, update: Update, tickets: list[Ticket], *, is_old: bool) -> None:
        """Delete what people were sent, as it turns out to be a note."""
        keys = [(message_of(update).message_id, ticket.id) for ticket in tickets]
        known = [self._sent.pop(key) for key in keys if key in self._sent]
        gone = [await self._board.sender.delete(each.chat_id, each.message_id) for each in known]
        texts = self._board.texts
        if gone or (is_old and tickets):
            is_gone = bool(gone) and all(gone)
            await self._board.say(update, texts.taken_back if is_gone else texts.not_taken_back)

    async def _reaches(self, update: Update, ticket: Ticket, sending: Awaitable[None]) -> bool:
        """Await what is sent to a person; False, and the team is told, where it did not arrive."""
        try:
            await sending
        except NotTakenError:
            await self._tell(update, ticket, self._board.texts.not_taken)
            return False
        except (Forbidden, BadRequest) as error:
            logger.info("a reply of the team was refused: %s", error)
            self._board.tickets.close(ticket)
            await self._tell(update, ticket, self._board.texts.not_sent)
            return False
        except TelegramError as error:
            logger.warning("a reply of the team could not be sent: %s", error)
            await self._board.say(update, self._board.live.texts(None).trouble)
            return False
        return True

    async def _is_blocked(self, update: Update, ticket: Ticket) -> bool:
        """Whether a person is blocked, who could not answer; the team is told that."""
        is_blocked = await self._board.blocks.holds(ticket.person)
        if is_blocked:
            await self._tell(update, ticket, self._board.texts.person_is_blocked)
        return is_blocked

    async def _close(self, update: Update, ticket: Ticket) -> None:
        board, ticket = self._board, self._board.tickets.talk_of(ticket)
        if not ticket.is_open:
            await board.say(update, board.texts.nothing_to_close)
            return
        board.tickets.close(ticket)
        try:
            await board.sender.text(home_of(ticket), *board.to_person.goodbye(ticket))
        except TelegramError:
            await self._tell(update, ticket, self._board.texts.not_sent)
        else:
            await board.say(update, board.texts.ended_by_team)

    async def _tell(self, update: Update, ticket: Ticket, sentence: str) -> None:
        """Say something of a person where something was to be sent to them."""
        tickets = self._board.tickets
        with tickets.posting([ticket]) as may_be_posted:
            if may_be_posted:
                html = with_words(sentence, {"name": name_on(ticket)})
                sent = await self._board.sender.message(address_of(update), html)
                tickets.add_posts(sent.chat.id, sent.message_id, [ticket])


def _sent(ticket: Ticket) -> list[str]:
    """The buttons of a conversation that have sent something."""
    return str(ticket.address.get("sent") or "").split()


def _mark(message_id: int, entry_id: str) -> str:
    return f"{message_id}.{short(entry_id)}"


def _without(markup: InlineKeyboardMarkup | None, data: object) -> InlineKeyboardMarkup | None:
    """A keyboard less the row of one button."""
    rows = [] if markup is None else markup.inline_keyboard
    kept = [row for row in rows if row[0].callback_data != data]
    return InlineKeyboardMarkup(kept) if kept else None
