"""The chat of the people who help: what is posted there, at once or in a digest."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import islice, takewhile
from types import MappingProxyType

from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.api.delivery import retry_after_s
from bot.channels.telegram.api.sender import Address, Markup, Sender
from bot.channels.telegram.handoff import posts
from bot.channels.telegram.handoff.notes import (
    files_of,
    home_of,
    lang_of,
    last_post,
    name_on,
    shown_name,
)
from bot.channels.telegram.handoff.reach import Reach
from bot.channels.telegram.handoff.tickets import Tickets
from bot.channels.telegram.handoff.topics import Topics
from bot.channels.telegram.keyboard import Keyboards
from bot.domain import FaqEntry
from bot.service.limits import Pace
from bot.service.live import Live
from bot.store.store import Post, Ticket
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_POSTS_PER_MINUTE = 18  # Telegram takes 20 in a group; the others are for digests and refusals
_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_FILE = "📎"  # what stands for the words of somebody who has sent a file without any
_UNCOPIED = re.compile("message (?:to copy|can't be copied)|MESSAGE_ID_INVALID", re.IGNORECASE)


class Refusal(Enum):
    """Why the team is not shown something."""

    AWAY = "the chat cannot be reached"
    FULL = "too much waits"
    KIND = "such a message cannot be copied"

    def told(self, texts: Texts) -> str:
        """What whoever sent it is told."""
        if self is Refusal.KIND:
            return texts.not_passed_on
        return texts.person_away if self is Refusal.AWAY else texts.team_busy


class TeamChat:
    """Posts what is new at once while Telegram's rate limit allows it.

    What is above it waits for a digest, over a restart too.

    Attributes:
        topics: where each person's posts go, if they do not all stand together.
    """

    def __init__(
        self,
        sender: Sender,
        tickets: Tickets,
        live: Live,
        keyboards: Keyboards,
        reach: Reach,
        topics: Topics,
    ) -> None:
        self.topics = topics
        self._sender = sender
        self._tickets = tickets
        self._live = live
        self._keyboards = keyboards
        self._reach = reach
        self._erasing = asyncio.Lock()
        self._pace = Pace(_POSTS_PER_MINUTE)
        self._digest_pace = Pace(_DIGESTS_PER_MINUTE)
        self._digest_at = 0.0  # of monotonic time

    async def show(
        self,
        ticket: Ticket,
        words: str,
        parts: Sequence[str],
        files: Sequence[int] = (),
        *,
        nearest: Sequence[FaqEntry] | None = None,
        wants_person: bool = False,
        share: float = 1.0,
    ) -> Refusal | None:
        """Show the team something about a ticket, now or in the next digest.

        Args:
            words: what a digest says of it; "": somebody wants a person, or a file says it all.
            parts: the posts, as HTML.
            files: the person's messages that are copied beneath them.
            nearest: the entries on the buttons under the last post; None: there are no buttons.
            wants_person: somebody asks for a person with it.
            share: of the room for what waits, that it may take.
        Returns:
            Why that cannot be done.
        """
        has_room, markup = self._tickets.has_room(words, files, share=share), None
        if nearest is not None:
            markup = self._keyboards.under_post(ticket.id, nearest, self._texts)
        count = len(parts) + len(files)
        count += await self.topics.wants_one(ticket, self._reach.chat_id or 0)  # which has a post
        if not self._tickets.is_anybody_waiting and self._pace.take(count):
            try:
                refusal = await self._post(ticket, parts, files, markup)
            except RetryAfter as error:
                logger.info("a post waits, as Telegram asks for: %s", error)
            else:
                if refusal is None and words:
                    self._tickets.change(ticket, question=words)
                return refusal
        if not has_room:
            return Refusal.FULL
        near = nearest[0].id if nearest else None
        self._tickets.owe(ticket, words, files, near=near, wants=int(wants_person))
        return None

    async def say(
        self,
        ticket: Ticket,
        sentence: str,
        words: Mapping[str, str] = MappingProxyType({}),
        markup: Markup = None,
        *,
        helper: str | None = None,
    ) -> None:
        """Tell the team, without a sound, what has become of a ticket; "" says nothing.

        Args:
            words: what belongs into the sentence, beside the person's name.
            helper: whom of the team the words name.
        """
        if not sentence:
            return
        self._pace.take()  # it counts, though it does not wait
        html = posts.with_words(sentence, {"name": name_on(ticket), **words})
        try:
            await self.send(html, [ticket], markup, helper or "", is_silent=True)
        except RetryAfter as error:
            logger.warning("the team is not told what has become of a question: %s", error)

    async def send_digest(self) -> None:
        """Post what has waited long enough; tell those who could not be shown."""
        now = time.monotonic()
        if not self._tickets.is_anybody_waiting:
            self._digest_at = now + _GATHER_S
        if now < self._digest_at or not (self._digest_pace.take() or self._pace.take()):
            return
        self._digest_at = now + _GATHER_S
        first = next(self._tickets.waiting())
        try:
            if files_of(first) or not posts.fits_into_digest(self._item(first), self._texts):
                told, refusal = [first], await self._post_alone(first)
            else:
                told, refusal = await self._post_together()
        except RetryAfter as error:
            self._digest_at = now + retry_after_s(error)
            return
        for ticket in told:
            self._tickets.shown(ticket)
            if refusal is not None:
                self._tickets.change(ticket, is_open=False)
                told_why = refusal.told(self._live.texts(lang_of(ticket)))
                await self._sender.quietly(home_of(ticket), told_why)

    async def send(
        self,
        post: str | int,
        tickets: Sequence[Ticket],
        markup: Markup = None,
        helper: str = "",
        *,
        is_silent: bool = False,
    ) -> int | Refusal:
        """Post something; returns the message's id, or why that cannot be done.

        Nothing (0) is posted of somebody who was forgotten.

        Args:
            post: HTML, or the id of a message of the one ticket's person, which is copied.
            helper: see `say`.
            is_silent: it is no news from a person.
        Raises:
            RetryAfter: Telegram takes nothing there for a while.
        """
        with self._tickets.posting(tickets) as may_be_posted:
            if not may_be_posted:
                return 0
            return await self._send(post, tickets, markup, helper, is_silent=is_silent)

    async def _send(
        self,
        post: str | int,
        tickets: Sequence[Ticket],
        markup: Markup,
        helper: str,
        *,
        is_silent: bool,
    ) -> int | Refusal:
        chat_id = self._reach.chat_id or 0
        address = await self._place(tickets, is_news=not is_silent)
        try:
            if isinstance(post, int):
                home = self._sender.delivery.present(home_of(tickets[0]).chat_id)
                message_id = await self._sender.copy(address, home, post)
            else:
                sent = await self._sender.message(address, post, markup, is_silent=is_silent)
                message_id = sent.message_id
        except RetryAfter:
            raise
        except TelegramError as error:
            if address.thread_id and self.topics.is_gone(tickets[0], chat_id, error):
                return await self._send(post, tickets, markup, helper, is_silent=is_silent)
            if isinstance(post, int) and _UNCOPIED.search(str(error)):
                logger.info("a message of somebody cannot be copied to the team: %s", error)
                return Refusal.KIND
            self._reach.lost(str(error))
            return Refusal.AWAY
        self._reach.found()
        self._tickets.add_posts(self._reach.chat_id or 0, message_id, tickets, helper)
        return message_id

    async def _place(self, tickets: Sequence[Ticket], *, is_news: bool) -> Address:
        """Where a post goes: one about one alone to their topic, or beneath the last of them."""
        chat_id, ticket = self._reach.chat_id or 0, tickets[0]
        if len(tickets) > 1:
            return Address(chat_id)
        if await self.topics.wants_one(ticket, chat_id):
            await self.topics.open(ticket, chat_id)
            if self.topics.place(ticket, chat_id, leads=True) is not None:
                told = posts.with_words(self._texts.topic_opened, {"name": name_on(ticket)})
                await self._send(told, tickets, None, "", is_silent=True)
        topic = self.topics.place(ticket, chat_id, leads=is_news)
        return Address(chat_id, topic, last_post(ticket, chat_id) if topic is None else None)

    async def forget(self, own: Sequence[Post], named: Sequence[Post]) -> None:
        """Erase posts as far as Telegram lets a bot: delete them, or empty them where they are too
        old; take items out of digests, and a helper's name out of others' posts.

        Args:
            own, named: see `Store.posts_of`.
        Raises:
            TelegramError: it cannot be reached now; what is gone already does no harm.
        """
        async with self._erasing:  # or of two items of a digest the second brings the first back
            for post in own:
                place = post.chat_id, post.message_id
                html = await self._sender.html_of(*place) if post.number else None
                if html is not None:
                    await self._sender.rewrite(*place, posts.without_item(html, post.number))
                elif not post.number:
                    await self._sender.erase(*place)
            for post in named:
                place = post.chat_id, post.message_id
                less = posts.without_notes(await self._sender.html_of(*place) or "")
                if less:
                    await self._sender.rewrite(*place, less)
                else:
                    await self._sender.erase(*place)

    @property
    def _texts(self) -> TeamTexts:
        """The team's sentences."""
        return self._live.texts(None).team

    def _item(self, ticket: Ticket) -> str:
        """What a digest says of a ticket, as HTML."""
        return posts.digest_item(
            shown_name(ticket),
            ticket.question,
            self._texts,
            wants_person=_wants_person(ticket),
        )

    async def _post(
        self, ticket: Ticket, parts: Sequence[str], files: Sequence[int], markup: Markup = None
    ) -> Refusal | None:
        """Post something of one person, each message beneath the one before."""
        refusal = None
        messages: list[str | int] = [*parts, *files]
        for number, post in enumerate(messages, start=1):
            under = markup if number == len(parts) else None
            sent = await self.send(post, [self._tickets.present(ticket)], under)
            if sent is Refusal.AWAY:
                return Refusal.AWAY
            if sent is Refusal.KIND and not parts:
                refusal = Refusal.KIND
        return refusal

    async def _post_alone(self, ticket: Ticket) -> Refusal | None:
        """Post what is too much for a digest: long words, or words with files."""
        files = files_of(ticket)
        words = ticket.question or (_FILE if files else "")
        sentence = self._texts.wants_person_about if _wants_person(ticket) else self._texts.says
        parts = posts.pieces(shown_name(ticket), words, sentence, self._texts)
        self._pace.take(len(parts) + len(files) - 1)  # they count, though they do not wait
        return await self._post(ticket, parts, files, self._buttons([ticket]))

    async def _post_together(self) -> tuple[list[Ticket], Refusal | None]:
        """Post a digest; returns whose questions it holds, and why that could not be done."""
        short = takewhile(lambda each: not files_of(each), self._tickets.waiting())
        html, items = posts.digest_post(map(self._item, short), self._texts)
        told = list(islice(self._tickets.waiting(), len(items)))
        sent = await self.send(html, told, self._buttons(told))
        if isinstance(sent, Refusal):
            return told, sent
        return told, None

    def _buttons(self, tickets: Sequence[Ticket]) -> Markup:
        """The buttons under what has waited: of each item the entry that came nearest to it."""
        near = [self._live.faq.by_id.get(str(ticket.address.get("near"))) for ticket in tickets]
        if len(tickets) == 1:
            return self._keyboards.under_post(tickets[0].id, near, self._texts)
        items = zip(range(1, len(tickets) + 1), tickets, near, strict=True)
        return self._keyboards.under_digest(
            (number, ticket.id, entry) for number, ticket, entry in items if entry is not None
        )


def _wants_person(ticket: Ticket) -> bool:
    """Whether somebody wants a person, of what waits to be shown."""
    return bool(ticket.address.get("wants"))
