"""A store and an inbox that hold nobody up: each works on a thread of its own.

What must be kept whatever happens is queued, and tried again with backoff until it is written; the
future that comes back may be awaited or not. What is asked is awaited, and raises StoreError where
there is no answer within 5 s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.store.inbox import Inbox, InboxItem
from bot.store.store import Forgotten, Label, Post, Record, Stats, Store, Ticket
from bot.store.store_thread import Queued, StoreThread


class AsyncStore(StoreThread[Store]):
    """A `Store` on a thread of its own; see there what each method means."""

    def record(self, record: Record) -> Queued[None]:
        """Queue `Store.record`."""
        return self._keep(lambda store: store.record(record))

    def label(self, label: Label, *, anyone: bool = False) -> Queued[bool]:
        """Queue `Store.label`."""
        return self._keep(lambda store: store.label(label, anyone=anyone))

    def shown(self, decision_id: str, chat: str, message_id: int) -> Queued[None]:
        """Queue `Store.shown`."""
        return self._keep(lambda store: store.shown(decision_id, chat, message_id))

    def save_ticket(self, ticket: Ticket) -> Queued[None]:
        """Queue `Store.save_ticket`."""
        return self._keep(lambda store: store.save_ticket(ticket))

    def add_post(self, post: Post) -> Queued[None]:
        """Queue `Store.add_post`."""
        return self._keep(lambda store: store.add_post(post))

    def move_chat(self, old: int, new: int) -> Queued[None]:
        """Queue `Store.move_chat`."""
        return self._keep(lambda store: store.move_chat(old, new))

    async def decision_shown(self, chat: str, message_id: int) -> Record | None:
        """Ask `Store.decision_shown`."""
        return await self._ask(lambda store: store.decision_shown(chat, message_id))

    async def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """Ask `Store.open_follow_up`."""
        return await self._ask(lambda store: store.open_follow_up(conversation, since))

    async def stats(self, since: float) -> Stats:
        """Ask `Store.stats`."""
        return await self._ask(lambda store: store.stats(since))

    async def unanswered(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        """Ask `Store.unanswered`."""
        return await self._ask(lambda store: store.unanswered(offset, limit))

    async def forget(self, person: str) -> Forgotten:
        """Have `Store.forget` done now, or not at all."""
        return await self._ask(lambda store: store.forget(person))

    async def tickets(self) -> Sequence[Ticket]:
        """Ask `Store.tickets`."""
        return await self._ask(lambda store: store.tickets())

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """Ask `Store.ticket`."""
        return await self._ask(lambda store: store.ticket(ticket_id))

    async def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        """Ask `Store.posts`."""
        return await self._ask(lambda store: store.posts(chat_id, message_id))

    async def posts_of(self, ticket_id: str) -> Sequence[Post]:
        """Ask `Store.posts_of`."""
        return await self._ask(lambda store: store.posts_of(ticket_id))

    async def moved_chats(self) -> Mapping[int, int]:
        """Ask `Store.moved_chats`."""
        return await self._ask(lambda store: store.moved_chats())


class AsyncInbox(StoreThread[Inbox]):
    """An `Inbox` on a thread of its own; see there what each method means."""

    counts_saved = False

    async def record(self, items: Sequence[InboxItem]) -> Sequence[int]:
        """Have `Inbox.record` done now, or not at all."""
        return await self._ask(lambda inbox: inbox.record(items))

    async def open(self) -> Sequence[InboxItem]:
        """Ask `Inbox.open`, for as long as it takes."""
        return await self._keep(lambda inbox: inbox.open())

    def begin(self, update_id: int) -> Queued[None]:
        """Queue `Inbox.begin`."""
        return self._keep(lambda inbox: inbox.begin(update_id))

    def done(self, update_id: int) -> Queued[None]:
        """Queue `Inbox.done`."""
        return self._keep(lambda inbox: inbox.done(update_id))

    def set_aside(self, update_id: int, reason: str) -> Queued[None]:
        """Queue `Inbox.set_aside`."""
        return self._keep(lambda inbox: inbox.set_aside(update_id, reason))
