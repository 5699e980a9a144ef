"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from telegram import Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.chat_migrations import Moves
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.tickets import Tickets, address_of, lang_of, name_on
from bot.channels.telegram.serving import Serving
from bot.channels.telegram.updates.incoming import Address, Arrival
from bot.domain import Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import HandoffOn, TelegramSettings
from bot.service.limits import Pace
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_MAX_DIGESTS = 200  # whose words are at hand, in case somebody asks to be forgotten


_Draw = Callable[[str, str | None, TeamTexts], str]  # (name, words, texts) → HTML


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What the next digest will hold."""

    ticket: Ticket
    item: str


class Handoff:
    """Passes on between people and the team.

    Args:
        serving: what is served right now.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        sender: Sender,
        moves: Moves,
        memory: AsyncStore,
        serving: Callable[[], Serving],
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._moves = moves
        self._serving = serving
        self._tickets = Tickets(memory)
        self._pace = Pace(POSTS_PER_MINUTE)
        self._digest_pace = Pace(_DIGESTS_PER_MINUTE)
        self._waiting: deque[_Waiting] = deque()
        self._waiting_since = 0.0
        self._digests: dict[int, list[_Waiting]] = {}
        self._is_reached = True

    @property
    def chat_id(self) -> int | None:
        """The handoff chat as it is called now; None where there is none."""
        named = self._settings.handoff_chat
        return None if named is None else self._moves.present(named)

    async def load(self) -> None:
        """Take up what was open before the bot was started, and post what it did not come to."""
        try:
            await self._tickets.load()
        except StoreError as error:
            logger.warning("who was talking to the team is not known: %s", error)
        for ticket in self._tickets.all():
            if not ticket.posted:
                await self._show(ticket, ticket.question or None, posts.digest_item)

    def is_open(self, conversation: str) -> bool:
        """Whether a conversation's messages go to the team."""
        ticket = self._tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open

    async def pass_on(self, arrival: Arrival, unanswered: Unanswered, texts: Texts) -> str | None:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Returns:
            What to tell the person; None where there is nothing to tell.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return None
        if self.chat_id in {None, arrival.address.chat_id}:
            return None
        is_posted = await self._post(arrival, unanswered, is_open=False)
        return texts.passed_on if is_posted else texts.person_away

    async def call(self, arrival: Arrival, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.chat_id is None:
            return texts.person_away
        is_posted = await self._post(arrival, unanswered, is_open=True)
        return texts.person_comes if is_posted else texts.person_away

    async def from_person(self, arrival: Arrival, message: Message) -> None:
        """Pass on what a person writes while a conversation with the team is open."""
        ticket = self._tickets.of_conversation(arrival.conversation)
        if ticket is None:
            return
        address = _renewed(ticket, arrival)
        ticket = self._tickets.update(ticket, address=address, last_at=time.time())
        if arrival.text is not None and not _has_file(message):
            ticket = self._tickets.owe(ticket, arrival.text)
            is_sent = await self._show(ticket, arrival.text, posts.message_post)
        else:
            is_sent = await self._copy(ticket, message)
        if not is_sent:
            self._tickets.update(ticket, is_open=False, posted=True)
            await self._sender.text(arrival.address, self._texts(ticket).person_away)

    async def from_team(self, arrival: Arrival, message: Message, *, closes: bool) -> None:
        """Deliver a reply to a post, or end its conversation with /close."""
        here, text = arrival.address, arrival.text
        replied = message.reply_to_message
        if replied is None:
            return
        try:
            found = await self._tickets.on(message.chat.id, replied.message_id)
        except StoreError as error:
            await self._sender.text(here, self._team.memory_away.replace("{reason}", str(error)))
            return
        if not found:
            await self._sender.text(here, self._team.unknown_post)
            return
        ticket: Ticket | None = found[0][1]
        if found[0][0]:  # a digest
            words = arrival.command.rest if closes and arrival.command is not None else text
            chosen = posts.numbered(words or "")
            ticket = None if chosen is None else dict(found).get(chosen[0])
            text = None if chosen is None else chosen[1]
        if ticket is None or not (text or closes or _has_file(message)):
            await self._sender.text(here, self._team.which)
        elif closes:
            await self._close(ticket, here)
        else:
            await self._deliver(ticket, message, text, here)

    async def close_by_person(self, arrival: Arrival, texts: Texts) -> None:
        """End a person's conversation with the team."""
        ticket = self._tickets.of_conversation(arrival.conversation)
        if ticket is None or not ticket.is_open:
            await self._sender.text(arrival.address, texts.nothing_to_close)
            return
        ticket = self._tickets.update(ticket, is_open=False)
        await self._sender.text(arrival.address, texts.person_gone)
        await self._say(ticket, self._team.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        await self._send_digest()
        for ticket in self._tickets.all():
            if ticket.is_open and time.time() - ticket.last_at > self._timeout_s:
                ticket = self._tickets.update(ticket, is_open=False)
                texts = self._texts(ticket)
                told = texts.person_gone if ticket.answered else texts.nobody_yet
                await self._sender.quietly(address_of(ticket), told)
                await self._say(ticket, self._team.ended_by_time)

    async def forget(self, person: str, gone: tuple[Post, ...]) -> None:
        """Delete a person's posts as far as Telegram lets a bot, and tell the team."""
        tickets = self._tickets.forget(person)
        self._waiting = deque(item for item in self._waiting if item.ticket.id not in tickets)
        for post in gone:
            if post.number == 0:
                await self._sender.delete(post.chat_id, post.message_id)
            elif (items := self._digests.get(post.message_id)) is not None:
                place = post.number - 1
                items[place] = replace(items[place], item="…")
                html = posts.digest_lines([item.item for item in items], self._team)
                await self._sender.rewrite(post.chat_id, post.message_id, html)
        if gone and self.chat_id is not None:
            await self._sender.quietly(Address(self.chat_id), self._team.forgot)

    @property
    def _team(self) -> TeamTexts:
        return self._serving().phrasebook.of(None).team

    @property
    def _timeout_s(self) -> float:
        return self._settings.handoff_timeout * 60

    def _texts(self, ticket: Ticket) -> Texts:
        return self._serving().phrasebook.of(lang_of(ticket))

    async def _post(self, arrival: Arrival, unanswered: Unanswered, *, is_open: bool) -> bool:
        """Post a question, beneath what the same conversation was posted for lately."""
        ticket = self._tickets.of_conversation(arrival.conversation)
        if ticket is None or time.time() - ticket.last_at > self._timeout_s:
            ticket = self._tickets.new(arrival)
        elif ticket.posted and ticket.question and ticket.question == unanswered.question:
            unanswered = Unanswered(None)  # it stands there; new is that a person is wanted
        is_open = is_open or ticket.is_open
        ticket = replace(ticket, address=_renewed(ticket, arrival), is_open=is_open)
        ticket = self._tickets.owe(ticket, unanswered.question or "")
        faq = self._serving().faq

        def post(name: str, question: str | None, team: TeamTexts) -> str:
            return posts.question_post(name, question, unanswered.nearest, faq, team)

        is_sent = await self._show(ticket, unanswered.question, post)
        if not is_sent:
            self._tickets.update(ticket, is_open=False, posted=True)
        return is_sent

    async def _show(self, ticket: Ticket, words: str | None, post: _Draw) -> bool:
        """Show the team something about a ticket, now or in the next digest."""
        name = name_on(ticket)
        if not self._waiting and self._pace.take():
            return await self._send(post(name, words, self._team), [ticket]) is not None
        if not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting.append(_Waiting(ticket, posts.digest_item(name, words, self._team)))
        return True

    async def _say(self, ticket: Ticket, sentence: str) -> None:
        """Tell the team what has become of a ticket."""
        self._pace.take()  # it counts, though it does not wait
        name = posts.isolated(name_on(ticket))
        await self._send(posts.filled(sentence, {"name": name}), [ticket])

    async def _send(self, html: str, tickets: list[Ticket]) -> int | None:
        """Post something; returns the message's id, or None where the chat cannot be reached."""
        if self.chat_id is None:
            return None
        above = None
        if len(tickets) == 1:
            above = await self._tickets.last_post(tickets[0], self.chat_id)
        address = Address(self.chat_id, reply_to=above)
        try:
            sent = await self._sender.message(address, html, ParseMode.HTML, None)
        except TelegramError as error:
            self._report(error)
            return None
        self._posted(sent.message_id, tickets)
        return sent.message_id

    async def _copy(self, ticket: Ticket, message: Message) -> bool:
        if self.chat_id is None:
            return False
        address = Address(
            self.chat_id, reply_to=await self._tickets.last_post(ticket, self.chat_id)
        )
        try:
            self._posted(await self._sender.copy(address, message), [ticket])
        except TelegramError as error:
            self._report(error)
            return False
        return True

    def _posted(self, message_id: int, tickets: list[Ticket]) -> None:
        if not self._is_reached:
            logger.info("the handoff chat is reached again")
        self._is_reached = True
        self._tickets.add_posts(self.chat_id or 0, message_id, tickets)

    def _report(self, error: TelegramError) -> None:
        if self._is_reached:
            logger.error(
                "the handoff chat %s cannot be reached (%s). Add the bot to it, and check "
                "telegram.handoff_chat in config.yaml.",
                self.chat_id,
                error,
            )
        self._is_reached = False

    async def _deliver(
        self, ticket: Ticket, message: Message, text: str | None, here: Address
    ) -> None:
        texts = self._texts(ticket)
        address = address_of(ticket)
        try:
            if text is not None and not _has_file(message):
                await self._sender.text(address, f"{texts.person_says}\n{text}")
            else:
                await self._sender.text(address, texts.person_says)
                await self._sender.copy(address, message)
        except (Forbidden, BadRequest) as error:
            logger.info("a reply of the team was refused: %s", error)
            self._tickets.update(ticket, is_open=False)
            await self._not_sent(ticket, here)
            return
        except TelegramError as error:
            logger.warning("a reply of the team could not be sent: %s", error)
            await self._sender.text(here, self._serving().phrasebook.of(None).trouble)
            return
        is_first = not (ticket.answered and ticket.is_open)
        self._tickets.update(ticket, is_open=True, answered=True, last_at=time.time())
        if is_first:
            await self._say(ticket, self._team.first_sent)

    async def _close(self, ticket: Ticket, here: Address) -> None:
        if not ticket.is_open:
            await self._sender.text(here, self._serving().phrasebook.of(None).nothing_to_close)
            return
        self._tickets.update(ticket, is_open=False)
        try:
            await self._sender.text(address_of(ticket), self._texts(ticket).person_gone)
        except TelegramError:
            await self._not_sent(ticket, here)
        else:
            await self._sender.text(here, self._team.ended_by_team)

    async def _not_sent(self, ticket: Ticket, here: Address) -> None:
        name = posts.isolated(name_on(ticket))
        html = posts.filled(self._team.not_sent, {"name": name})
        await self._sender.message(here, html, ParseMode.HTML, None)

    async def _send_digest(self) -> None:
        if not self._waiting or time.monotonic() - self._waiting_since < _GATHER_S:
            return
        if not self._digest_pace.take():
            return
        waiting = list(self._waiting)
        html, held = posts.digest_post([item.item for item in waiting], self._team)
        for _ in range(held):
            self._waiting.popleft()
        self._waiting_since = time.monotonic()
        told = waiting[:held]
        message_id = await self._send(html, [item.ticket for item in told])
        if message_id is not None:
            self._digests[message_id] = told
            if len(self._digests) > _MAX_DIGESTS:
                del self._digests[next(iter(self._digests))]
            return
        for ticket in {item.ticket.id: item.ticket for item in told}.values():
            self._tickets.update(ticket, is_open=False, posted=True)
            await self._sender.quietly(address_of(ticket), self._texts(ticket).person_away)


def _renewed(ticket: Ticket, arrival: Arrival) -> Mapping[str, str | int | None]:
    """A ticket's address, with replies to what was said last."""
    return {**ticket.address, "reply_to": arrival.address.reply_to}


def _has_file(message: Message) -> bool:
    return message.effective_attachment is not None
