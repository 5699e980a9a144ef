"""Which conversations the team is part of, and which messages of its chat speak of whom."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from telegram import Message, Update

from bot.channels.telegram import updates
from bot.channels.telegram.handoff.records import notes
from bot.lru import Lru
from bot.matching.mask import masked
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind, Post, Ticket

_MAX_AT_HAND = 5_000  # tickets, and posts; older ones are read from the store
_MAX_BACKLOG = 160_000  # characters that wait to be shown: forty full messages
_LEAST = 100  # that one ticket counts for, however little it says
_OF_A_FILE = 4_000  # which takes a message of its own


class Tickets:
    """Questions and people that were handed to the team: the latest at hand, all in the store.

    A ticket that is not `posted` waits to be shown to the team, with its `question`.

    Args:
        is_shared: other processes may change them, too; then what is at hand counts only after it
            was read again.
    """

    def __init__(self, store: AsyncStore, *, is_shared: bool = False) -> None:
        self._store = store
        self._is_shared = is_shared
        self._tickets: dict[str, Ticket] = {}  # what was changed last stands last
        self._of: dict[str, set[str]] = {}  # by conversation
        self._waiting: dict[str, int] = {}  # what each counts for; first come, first shown
        self._backlog = 0  # what they count for together
        self._posts: Lru[tuple[int, int], tuple[Post, ...]] = Lru(_MAX_AT_HAND)
        self._forgetting: list[str] = []  # people, once for each wish that is being carried out
        self._forgotten: Lru[str, None] = Lru(_MAX_AT_HAND)  # tickets that somebody may still hold

    async def load(self) -> None:
        """Take up what is open, or not yet posted.

        Raises:
            StoreError: the store cannot be read now.
        """
        before = dict(self._tickets)
        found = await self._store.tickets()
        self._adopt(found, [each for each in before.values() if _waits(each)], before)

    async def read_again(self, conversation: str) -> None:
        """Learn what other processes have made of a conversation's tickets.

        Raises:
            StoreError: the store cannot be read now.
        """
        before = dict(self._tickets)
        own = [before[ticket_id] for ticket_id in self._of.get(conversation, ())]
        self._adopt(await self._store.tickets(conversation), own, before)

    def drop(self, person: str) -> None:
        """Have nothing at hand of a person, who was forgotten elsewhere."""
        for ticket in [*self._tickets.values()]:
            if person in {ticket.person, ticket.helper}:
                self._drop(ticket)

    def waiting(self) -> Iterator[Ticket]:
        """The tickets that the team is yet to be shown, the oldest first."""
        return (self._tickets[ticket_id] for ticket_id in self._waiting)

    def has_room(self, words: str, files: Sequence[int] = (), *, share: float = 1.0) -> bool:
        """Whether more may wait.

        Args:
            share: of the room that there is for all.
        """
        return self._backlog + _weight(words, files) <= share * _MAX_BACKLOG

    def count_open(self) -> int:
        """How many conversations the team is part of."""
        return sum(each.is_open for each in self._tickets.values())

    def silent_since(self, at: float) -> list[Ticket]:
        """The open tickets in which nobody has written since a time (seconds since 1970)."""
        return [each for each in self._tickets.values() if each.is_open and each.last_at < at]

    def of_conversation(self, conversation: str) -> Ticket | None:
        """The ticket of a conversation that is open, or else the latest."""
        own = [self._tickets[ticket_id] for ticket_id in self._of.get(conversation, ())]
        return max(own, key=lambda each: (each.is_open, each.last_at), default=None)

    def heard(self, ticket: Ticket, update: Update, *, is_open: bool) -> Ticket:
        """Keep that a ticket's person just wrote or pressed; replies go beneath that."""
        reply_to = updates.address_of(update).reply_to
        address = {**ticket.address, "reply_to": reply_to}
        if update.message is not None:
            address["asked"] = update.message.message_id
        return self._save(replace(ticket, address=address, last_at=time.time(), is_open=is_open))

    def asked(
        self, update: Update, question: str | None, *, is_open: bool, fresh_s: float
    ) -> tuple[Ticket, str | None]:
        """Keep that somebody asks something, in the conversation's ticket where that is fresh.

        Args:
            question: None where the words are not known.
            is_open: whether a person is wanted, too.
        Returns:
            The ticket, and the question; None where the team was shown it already.
        """
        ticket = self.of_conversation(updates.conversation_of(update))
        if ticket is None or time.time() - ticket.last_at > fresh_s:
            ticket = notes.new_ticket(update)
        elif ticket.question == question:
            question = None
        if is_open and not ticket.is_open:
            ticket = replace(ticket, answered=False)
        return self.heard(ticket, update, is_open=is_open or ticket.is_open), question

    def present(self, ticket: Ticket) -> Ticket:
        """A ticket as it is now, where it is at hand."""
        return self._tickets.get(ticket.id, ticket)

    def talk_of(self, ticket: Ticket) -> Ticket:
        """The ticket in which its person talks to the team now; where they do not, itself."""
        current = self.of_conversation(ticket.conversation)
        return self.present(ticket) if current is None or not current.is_open else current

    def change(self, ticket: Ticket, **changes: Any) -> None:
        """Keep what has become of a ticket, unless its person was forgotten.

        Args:
            changes: fields of a Ticket.
        """
        present = self._tickets.get(ticket.id)
        if present is not None:
            self._save(replace(present, **changes))

    def close(self, ticket: Ticket) -> None:
        """Keep that a conversation with the team is over, and nobody's any more."""
        self.change(ticket, is_open=False, helper="", helper_name="")
        self.note(ticket, shared=None)

    def note(self, ticket: Ticket, **noted: str | int | None) -> None:
        """Keep something else about a ticket, beside where its person is reached."""
        present = self._tickets.get(ticket.id, ticket)
        self.change(ticket, address={**present.address, **noted})

    def replied(
        self, ticket: Ticket, helper: str, words: str = "", entry_id: str | None = None
    ) -> None:
        """Keep how the team answered what the bot could not, with nobody's name or number in it.

        Args:
            ticket: as the post tells of it that was replied to; see `on`.
            helper: whoever of the team did.
            words: "" where an entry's answer says it, or a file.
        """
        decision_id, text = notes.decision_of(ticket), masked(words)
        if decision_id and (text or entry_id is not None):
            now, kind = time.time(), LabelKind.REPLIED
            label = Label(decision_id, kind, helper, now, entry_id, text or None)
            self._store.label(label, anyone=True)

    def owe(
        self, ticket: Ticket, words: str, files: Sequence[int] = (), **noted: str | int | None
    ) -> None:
        """Keep what the team is yet to be shown.

        Args:
            words: "" where a person is wanted, or a file says it all.
            files: the person's messages that are to be copied.
            noted: what else is to be known of it then, unless it is known of what waits already.
        """
        present = self.present(ticket)
        is_all = present.posted or present.question == words
        owed = words if is_all else f"{present.question}\n{words}".strip()
        kept = _joined([*notes.files_of(present), *files])
        known = {} if present.posted else present.address
        noted = {name: known.get(name) or value for name, value in noted.items()}
        address = {**present.address, **noted, "files": kept}
        self.change(ticket, question=owed, posted=False, address=address)

    def shown(self, ticket: Ticket) -> None:
        """Keep that the team was shown what waited; what has come meanwhile still does."""
        present = self.present(ticket)
        left = present.question.removeprefix(ticket.question).strip()
        files = [each for each in notes.files_of(present) if each not in notes.files_of(ticket)]
        self.change(
            ticket,
            question=left or present.question,
            posted=not (left or files),
            address={**present.address, "files": _joined(files)},
        )

    def add_posts(
        self, chat_id: int, message_id: int, tickets: Sequence[Ticket], helper: str = ""
    ) -> None:
        """Keep which tickets a message speaks of: one, or several by number.

        Args:
            helper: see `Post`.
        """
        first = 0 if len(tickets) == 1 else 1
        posts = tuple(
            Post(
                *(chat_id, message_id, ticket.id, number, notes.number(ticket, "asked"), helper),
                decision_id=notes.decision_of(ticket),
            )
            for number, ticket in enumerate(tickets, start=first)
            if ticket.id in self._tickets
        )
        self._posts[chat_id, message_id] = posts
        for post in posts:
            self._store.add_post(post)
            self.note(self._tickets[post.ticket_id], post_chat=chat_id, post=message_id)

    async def on(self, chat_id: int, message_id: int) -> list[tuple[int, Ticket]]:
        """(number, ticket) of all that a message speaks of, as they were asked there.

        Raises:
            StoreError: the store has to be asked and cannot answer now.
        """
        posts = None if self._is_shared else self._posts.get((chat_id, message_id))
        if posts is None:
            posts = tuple(await self._store.posts(chat_id, message_id))
            if posts:  # else it may be a post that is about to be kept
                self._posts[chat_id, message_id] = posts
        known = [(post, await self.by_id(post.ticket_id)) for post in posts]
        return [
            (post.number, _asked_in(post, ticket)) for post, ticket in known if ticket is not None
        ]

    async def meant_by(self, message: Message) -> list[tuple[int, Ticket]]:
        """(number, ticket) of all that a message of the team is about.

        They are those of the post that it replies to, or that of the person in whose topic it is.
        """
        chat_id, replied = message.chat.id, message.reply_to_message
        topic = message.message_thread_id if message.is_topic_message else None
        found = []
        if replied is not None and replied.message_id != topic:
            found = await self.on(chat_id, replied.message_id)
        if not found and topic is not None:
            found = [(0, self.present(ticket)) for _, ticket in await self.on(chat_id, topic)]
        return found

    @contextmanager
    def forgetting(self, person: str) -> Iterator[None]:
        """Drop a person's tickets from what is at hand; those they looked after are nobody's.

        Where forgetting them comes to nothing, all is as before.
        """
        own = [each for each in self._tickets.values() if each.person == person]
        self._forgetting.append(person)
        for ticket in own:
            self._drop(ticket)
        for ticket in [each for each in self._tickets.values() if each.helper == person]:
            self._save(ticket)
        try:
            yield
        except BaseException:
            self._forgetting.remove(person)
            for ticket in own:
                self._keep(ticket)
            raise
        self._forgetting.remove(person)
        for ticket in own:
            self._forgotten[ticket.id] = None

    @contextmanager
    def posting(self, tickets: Sequence[Ticket]) -> Iterator[bool]:
        """Post something about tickets and keep that, unless (False) one is of a forgotten person.

        To forget somebody waits for its end.
        """
        with self._store.under_way.writing({ticket.person for ticket in tickets}):
            yield not any(map(self._is_forgotten, tickets))

    def _is_forgotten(self, ticket: Ticket) -> bool:
        return ticket.id in self._forgotten or ticket.person in self._forgetting

    async def by_id(self, ticket_id: str) -> Ticket | None:
        """A ticket as it is now; None where there is none by this id (any more).

        Raises:
            StoreError: the store has to be asked and cannot answer now.
        """
        if self._is_shared or ticket_id not in self._tickets:
            before = dict(self._tickets)
            found = await self._store.ticket(ticket_id)
            self._adopt([found] if found else [], [], before)
            if found is not None and self._is_shared:
                await self.read_again(found.conversation)
        return self._tickets.get(ticket_id)

    def _adopt(
        self, found: Sequence[Ticket], gone: Sequence[Ticket], before: Mapping[str, Ticket]
    ) -> None:
        """Have at hand what was read, but where something was changed here meanwhile.

        Args:
            gone: those that would be among them, if they still were.
            before: what was at hand before it was read.
        """
        read = {ticket.id for ticket in found}
        for ticket in gone:
            if ticket.id not in read and self._tickets.get(ticket.id) is ticket:
                self._drop(ticket)
        for ticket in found:
            known = before.get(ticket.id)
            if self._tickets.get(ticket.id) is not known:
                continue
            if known is not None and ticket.posted:  # the store forgets what was asked
                ticket = replace(ticket, question=known.question)
            self._keep(ticket)

    def _save(self, ticket: Ticket) -> Ticket:
        before = self._tickets.get(ticket.id) if self._is_shared else None
        ticket = self._keep(ticket)
        self._store.save_ticket(ticket, before)
        return ticket

    def _keep(self, ticket: Ticket) -> Ticket:
        """Have a ticket at hand; where there are too many, the longest unchanged one goes.

        One that waits stays, or nobody would ever show it. Of whom is being forgotten none is kept.
        """
        if ticket.helper in self._forgetting:
            ticket = replace(ticket, helper="", helper_name="")
        if self._is_forgotten(ticket):
            return ticket
        self._tickets.pop(ticket.id, None)
        self._tickets[ticket.id] = ticket
        self._of.setdefault(ticket.conversation, set()).add(ticket.id)
        before = self._waiting.get(ticket.id, 0)
        if not ticket.posted:
            self._waiting[ticket.id] = _weight(ticket.question, notes.files_of(ticket))
        elif before:
            del self._waiting[ticket.id]
        self._backlog += self._waiting.get(ticket.id, 0) - before
        if len(self._tickets) > _MAX_AT_HAND:
            shown = (each for each in self._tickets.values() if each.posted)
            self._drop(next(shown, ticket))
        return ticket

    def _drop(self, ticket: Ticket) -> None:
        del self._tickets[ticket.id]
        self._backlog -= self._waiting.pop(ticket.id, 0)
        own = self._of[ticket.conversation]
        own.discard(ticket.id)
        if not own:
            del self._of[ticket.conversation]


def _waits(ticket: Ticket) -> bool:
    """Whether it is among those that are taken up at the start."""
    return ticket.is_open or not ticket.posted


def _asked_in(post: Post, ticket: Ticket) -> Ticket:
    """A ticket as a post tells of it: by what its person had asked then."""
    decision_id = post.decision_id or notes.decision_of(ticket)
    return replace(ticket, address={**ticket.address, "asked": post.asked, "decision": decision_id})


def _weight(words: str, files: Sequence[int]) -> int:
    """What something counts for while it waits, in characters."""
    return max(_LEAST, len(words)) + _OF_A_FILE * len(files)


def _joined(files: Sequence[int]) -> str | None:
    """The numbers of messages as an address keeps them."""
    return " ".join(map(str, files)) or None
