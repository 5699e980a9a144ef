"""What the team is shown: at once while Telegram's rate limit allows it, else in a digest."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from itertools import islice, takewhile

from telegram.error import RetryAfter

from bot.channels.telegram.api.client import retry_after_s
from bot.channels.telegram.api.sender import Markup, Sender
from bot.channels.telegram.handoff.posting import posts
from bot.channels.telegram.handoff.posting.team_chat import Posting, Refusal, TeamChat
from bot.channels.telegram.handoff.records.notes import files_of, home_of, lang_of, shown_name
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.channels.telegram.keyboard import Keyboards
from bot.domain import FaqEntry
from bot.service.limits import Pace
from bot.service.live import Live
from bot.store.store import Ticket

logger = logging.getLogger(__name__)

_DIGESTS_PER_MINUTE = 2
_GATHER_S = 5.0  # a digest waits so long for more of the same minute
_FILE = "📎"  # what stands for the words of somebody who has sent a file without any


class Backlog:
    """Shows the team what people write; what has to wait does so over a restart too."""

    def __init__(
        self, team: TeamChat, sender: Sender, tickets: Tickets, live: Live, keyboards: Keyboards
    ) -> None:
        self._team = team
        self._sender = sender
        self._tickets = tickets
        self._live = live
        self._keyboards = keyboards
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
        missed: str = "",
        wants_person: bool = False,
        share: float = 1.0,
    ) -> Refusal | None:
        """Show the team something about a ticket, now or in the next digest.

        Args:
            words: what a digest says of it; "": somebody wants a person, or a file says it all.
            parts: the posts, as HTML.
            files: the person's messages that are copied beneath them.
            nearest: the entries on the buttons under the last post; None: there are no buttons.
            missed: the decision that did not answer it; "" where it is not that.
            wants_person: somebody asks for a person with it.
            share: of the room for what waits, that it may take.
        Returns:
            Why that cannot be done.
        """
        has_room, markup = self._tickets.has_room(words, files, share=share), None
        if nearest is not None:
            markup = self._keyboards.under_post(ticket.id, nearest, self._live.team_texts, missed)
        count = len(parts) + len(files)
        count += await self._team.opens_topic(ticket)
        is_first = next(self._tickets.waiting(), None) is None
        if is_first and self._team.pace.take(count):
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
        self._tickets.owe(ticket, words, files, near=near, wants=int(wants_person), missed=missed)
        return None

    async def send_digest(self) -> None:
        """Post what has waited long enough; tell those who could not be shown."""
        now, first = time.monotonic(), next(self._tickets.waiting(), None)
        if first is None:
            self._digest_at = now + _GATHER_S
            return
        if now < self._digest_at or not (self._digest_pace.take() or self._team.pace.take()):
            return
        self._digest_at = now + _GATHER_S
        try:
            if files_of(first) or not posts.fits_into_digest(
                self._item(first), self._live.team_texts
            ):
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

    def _item(self, ticket: Ticket) -> str:
        """What a digest says of a ticket, as HTML."""
        return posts.digest_item(
            shown_name(ticket),
            ticket.question,
            self._live.team_texts,
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
            sent = await self._team.send(Posting(post, [self._tickets.present(ticket)], under))
            if sent is Refusal.AWAY:
                return Refusal.AWAY
            if sent is Refusal.KIND and not parts:
                refusal = Refusal.KIND
        return refusal

    async def _post_alone(self, ticket: Ticket) -> Refusal | None:
        """Post what is too much for a digest: long words, or words with files."""
        files = files_of(ticket)
        words = ticket.question or (_FILE if files else "")
        sentence = (
            self._live.team_texts.wants_person_about
            if _wants_person(ticket)
            else self._live.team_texts.says
        )
        parts = posts.pieces(shown_name(ticket), words, sentence, self._live.team_texts)
        self._team.pace.take(len(parts) + len(files) - 1)  # they count, though they do not wait
        return await self._post(ticket, parts, files, self._buttons([ticket]))

    async def _post_together(self) -> tuple[list[Ticket], Refusal | None]:
        """Post a digest; returns whose questions it holds, and why that could not be done."""
        short = takewhile(lambda each: not files_of(each), self._tickets.waiting())
        html, items = posts.digest_post(map(self._item, short), self._live.team_texts)
        told = list(islice(self._tickets.waiting(), len(items)))
        sent = await self._team.send(Posting(html, told, self._buttons(told)))
        if isinstance(sent, Refusal):
            return told, sent
        return told, None

    def _buttons(self, tickets: Sequence[Ticket]) -> Markup:
        """The buttons under what has waited: of each item the entry that came nearest to it."""
        near = [self._live.faq.by_id.get(str(ticket.address.get("near"))) for ticket in tickets]
        missed = [str(ticket.address.get("missed") or "") for ticket in tickets]
        if len(tickets) == 1:
            texts = self._live.team_texts
            return self._keyboards.under_post(tickets[0].id, near, texts, missed[0])
        items = zip(range(1, len(tickets) + 1), tickets, near, missed, strict=True)
        return self._keyboards.under_digest(
            (number, ticket.id, entry, decision_id)
            for number, ticket, entry, decision_id in items
            if entry is not None
        )


def _wants_person(ticket: Ticket) -> bool:
    """Whether somebody wants a person, of what waits to be shown."""
    return bool(ticket.address.get("wants"))
