"""Stand-ins for the plug points: deterministic, offline, and small enough to compute by hand."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain import Action, KeepText
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.index.index import Mask
from bot.store.inbox import InboxItem
from bot.store.store import (
    Counts,
    EntryCounts,
    Forgotten,
    Label,
    LabelKind,
    Post,
    Record,
    Stats,
    Ticket,
)
from bot.store.store_thread import StoreThread

DIM = 64


class FakeEmbedder:
    """An `Embedder`: given vectors for given texts, else a bag of hashed words.

    Two texts of other words share nothing; the more words they share, the closer they are.

    Attributes:
        encoded: every text that was encoded, in order, to prove what was not.
    """

    def __init__(self, vectors: Mapping[str, Sequence[float]] | None = None) -> None:
        self._vectors = dict(vectors or {})
        self._dim = len(next(iter(self._vectors.values()))) if self._vectors else DIM
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        self.encoded += texts
        rows = np.zeros((len(texts), self._dim), dtype=np.float32)
        for number, text in enumerate(texts):
            rows[number] = self._vectors[text] if text in self._vectors else self._bag(text)
            rows[number] /= np.linalg.norm(rows[number])
        return rows

    def _bag(self, text: str) -> NDArray[np.float64]:
        bag = np.zeros(self._dim)
        for word in text.casefold().split() or [text]:
            digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
            bag[digest[0] % self._dim] += 1.0
            bag[digest[1] % self._dim] += 0.5
        return bag


class FakeIndex:
    """A `VectorIndex` that compares with every row."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def search(
        self, queries: Vectors, k: int, kept: Mask | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Find the nearest rows; see `VectorIndex.search`."""
        cosines = queries @ self._vectors.T
        if kept is not None:
            cosines[:, ~kept] = -np.inf
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k].astype(np.int64)
        found = np.take_along_axis(cosines, rows, axis=1)
        rows[np.isneginf(found)] = -1
        return found, rows


def fake_encoder(embedder: FakeEmbedder, unreadable: str = "一-龟") -> Encoder:
    """A model that reads everything but the characters given, and knows no words."""
    return Encoder(embedder, embedder, FakeVocabulary(unreadable))


class FakeVocabulary:
    """A `Vocabulary` without words that reads everything but the characters given."""

    def __init__(self, unreadable: str) -> None:
        self._unreadable = re.compile(f"[{unreadable}]")

    def unknown_share(self, text: str) -> float:
        """See `Vocabulary.unknown_share`."""
        return len(self._unreadable.findall(text)) / max(1, len(text))

    def __contains__(self, word: object, /) -> bool:
        return False


@dataclass
class _Row:
    """One decision of a `FakeStore`."""

    asked: Record
    text: str | None
    labels: list[Label] = field(default_factory=list)

    @property
    def resolution(self) -> LabelKind | None:
        kinds = [label.kind for label in self.labels if label.kind.family == "choice"]
        return kinds[0] if kinds else None

    @property
    def recorded(self) -> Record:
        decision = self.asked.decision
        reason = decision.reason if self.text is not None else _unquoted(decision.reason)
        return replace(
            self.asked,
            text=self.text,
            decision=replace(decision, reason=reason),
            person="",
            conversation="",
            labels=tuple(replace(label, person="") for label in self.labels),
        )


def _unquoted(reason: str) -> str:
    return re.sub(r'"[^"]*"', '"…"', reason)


class FakeStore:
    """A `Store` in memory, which knows everybody by name.

    Attributes:
        is_closed: whether `close` was called.
    """

    def __init__(self, keep_text: KeepText = KeepText.UNANSWERED, retention_days: int = 90) -> None:
        self._keep_text = keep_text
        self._retention_s = retention_days * 86_400
        self._rows: dict[str, _Row] = {}  # in the order they came
        self._shown: dict[tuple[str, int], str] = {}
        self._tickets: dict[str, Ticket] = {}
        self._posts: list[Post] = []
        self._moved: dict[int, int] = {}
        self.is_closed = False

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        is_missed = record.decision.action is not Action.ANSWER and not record.small_talk
        is_kept = {KeepText.ALL: True, KeepText.NONE: False, KeepText.UNANSWERED: is_missed}
        text = re.sub("[\x00\ud800-\udfff]", "\ufffd", record.text or "")
        self._rows.setdefault(record.id, _Row(record, text if is_kept[self._keep_text] else None))

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        """See `Store.label`."""
        row = self._rows.get(label.decision_id)
        if row is None or (row.asked.person != label.person and not anyone):
            return False
        if any(known.kind.family == label.kind.family for known in row.labels):
            return False
        row.labels.append(label)
        is_follow_up = row.asked.decision.action is Action.FOLLOW_UP
        if label.kind is LabelKind.CHOICE and is_follow_up and self._keep_text is not KeepText.ALL:
            row.text = None
        return True

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        """See `Store.shown`."""
        if decision_id in self._rows:
            self._shown[chat, message_id] = decision_id

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        """See `Store.decision_shown`."""
        row = self._rows.get(self._shown.get((chat, message_id), ""))
        return None if row is None else row.recorded

    def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """See `Store.open_follow_up`."""
        own = [row for row in self._newest_first() if row.asked.conversation == conversation]
        if not own or own[0].asked.at < since or own[0].resolution is not None:
            return None
        return own[0].recorded if own[0].asked.decision.action is Action.FOLLOW_UP else None

    def stats(self, since: float) -> Stats:
        """See `Store.stats`."""
        rows = [r for r in self._rows.values() if r.asked.at >= since and not r.asked.small_talk]
        days = {datetime.fromtimestamp(r.asked.at, UTC).strftime("%Y-%m-%d"): r for r in rows}
        return Stats(
            total=_counts(rows),
            by_day=tuple(
                (day, _counts([r for r in rows if r.asked.at // 86_400 == of.asked.at // 86_400]))
                for day, of in sorted(days.items(), reverse=True)
            ),
            by_entry=_entry_counts(rows),
        )

    def unanswered(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        """See `Store.unanswered`."""
        missed = [
            row.recorded
            for row in self._newest_first()
            if (row.asked.decision.action is Action.FALLBACK and not row.asked.small_talk)
            or row.resolution is LabelKind.NONE
        ]
        return missed[offset : offset + limit], len(missed)

    def history(self, since: float) -> Sequence[Record]:
        """See `Store.history`."""
        rows = [row for row in self._rows.values() if not row.asked.small_talk]
        oldest_first = sorted(rows, key=lambda row: row.asked.at)
        return [row.recorded for row in oldest_first if row.asked.at >= since]

    def forget(self, person: str) -> Forgotten:
        """See `Store.forget`."""
        gone = [key for key, row in self._rows.items() if row.asked.person == person]
        self._drop(
            gone, [ticket.id for ticket in self._tickets.values() if ticket.person != person]
        )
        for row in self._rows.values():
            row.labels = [label for label in row.labels if label.person != person]
        posts = tuple(post for post in self._posts if post.ticket_id not in self._tickets)
        self._posts = [post for post in self._posts if post.ticket_id in self._tickets]
        return Forgotten(len(gone), posts)

    def sweep(self, now: float) -> int:
        """See `Store.sweep`."""
        oldest = now - self._retention_s
        gone = [key for key, row in self._rows.items() if row.asked.at < oldest]
        self._drop(gone, [t.id for t in self._tickets.values() if t.last_at >= oldest])
        self._posts = [post for post in self._posts if post.ticket_id in self._tickets]
        for row in self._rows.values():
            is_unresolved = row.resolution is None and row.asked.at < now - 86_400
            is_follow_up = row.asked.decision.action is Action.FOLLOW_UP
            if is_follow_up and is_unresolved and self._keep_text is not KeepText.ALL:
                row.text = None
        return len(gone)

    def save_ticket(self, ticket: Ticket) -> None:
        """See `Store.save_ticket`."""
        self._tickets[ticket.id] = replace(ticket, question="") if ticket.posted else ticket

    def tickets(self) -> Sequence[Ticket]:
        """See `Store.tickets`."""
        waiting = [t for t in self._tickets.values() if t.is_open or not t.posted]
        return sorted(waiting, key=lambda ticket: (ticket.last_at, ticket.id))

    def ticket(self, ticket_id: str) -> Ticket | None:
        """See `Store.ticket`."""
        return self._tickets.get(ticket_id)

    def add_post(self, post: Post) -> None:
        """See `Store.add_post`."""
        if post.ticket_id not in self._tickets:
            return
        replaced = [
            other
            for other in self.posts(post.chat_id, post.message_id)
            if 0 in {post.number, other.number} or post.number == other.number
        ]
        self._posts = [other for other in self._posts if other not in replaced] + [post]

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        """See `Store.posts`."""
        found = [p for p in self._posts if (p.chat_id, p.message_id) == (chat_id, message_id)]
        return sorted(found, key=lambda post: post.number)

    def posts_of(self, ticket_id: str) -> Sequence[Post]:
        """See `Store.posts_of`."""
        return [post for post in self._posts if post.ticket_id == ticket_id]

    def move_chat(self, old: int, new: int) -> None:
        """See `Store.move_chat`."""
        kept = {key: new if value == old else value for key, value in self._moved.items()}
        self._moved = {key: value for key, value in kept.items() if key != new} | {old: new}

    def moved_chats(self) -> Mapping[int, int]:
        """See `Store.moved_chats`."""
        return dict(self._moved)

    def close(self) -> None:
        """See `Store.close`."""
        self.is_closed = True

    def _newest_first(self) -> list[_Row]:
        last_first = list(self._rows.values())[::-1]
        return sorted(last_first, key=lambda row: -row.asked.at)

    def _drop(self, decisions: Sequence[str], kept_tickets: Sequence[str]) -> None:
        for key in decisions:
            del self._rows[key]
        self._shown = {at: key for at, key in self._shown.items() if key in self._rows}
        self._tickets = {key: self._tickets[key] for key in kept_tickets}


class FakeInbox:
    """An `Inbox` in memory.

    Attributes:
        marks: what was noted, in order: ("begin", 7), ("done", 7), ("set aside", 7, "why").
        is_closed: whether `close` was called.
    """

    def __init__(self, *left: InboxItem, retention_days: int = 90) -> None:
        self._retention_s = retention_days * 86_400
        self._open = {each.update_id: each for each in left}  # in the order they came
        self._at = {each.update_id: each.at for each in left}  # of all that are known
        self._aside: dict[int, str] = {}
        self.marks: list[tuple[object, ...]] = []
        self.is_closed = False

    def record(self, items: Sequence[InboxItem]) -> list[int]:
        """See `Inbox.record`."""
        by_id = {each.update_id: each for each in items}
        new = {key: each for key, each in by_id.items() if key not in self._at}
        self._open |= new
        self._at |= {key: each.at for key, each in new.items()}
        return list(new)

    def begin(self, update_id: int) -> None:
        """See `Inbox.begin`."""
        self.marks.append(("begin", update_id))
        if update_id in self._open:
            begun = self._open[update_id]
            self._open[update_id] = replace(begun, tries=begun.tries + 1)

    def done(self, update_id: int) -> None:
        """See `Inbox.done`."""
        self.marks.append(("done", update_id))
        self._open.pop(update_id, None)

    def set_aside(self, update_id: int, reason: str) -> None:
        """See `Inbox.set_aside`."""
        self.marks.append(("set aside", update_id, reason))
        if self._open.pop(update_id, None) is not None:
            self._aside[update_id] = reason

    def open(self) -> Sequence[InboxItem]:
        """See `Inbox.open`."""
        return [replace(item, person=None) for item in self._open.values()]

    def sweep(self, now: float) -> int:
        """See `Inbox.sweep`."""
        unanswered = {*self._open, *self._aside}
        gone = {
            key
            for key, at in self._at.items()
            if at < now - (self._retention_s if key in unanswered else 8 * 86_400)
        }
        for kept in (self._at, self._open, self._aside):
            for key in gone & kept.keys():
                del kept[key]
        return len(gone - unanswered)

    def close(self) -> None:
        """See `Inbox.close`."""
        self.is_closed = True


def _counts(rows: Sequence[_Row]) -> Counts:
    actions = Counter(row.asked.decision.action for row in rows)
    kinds = Counter(label.kind for row in rows for label in row.labels)
    follow_ups = [row for row in rows if row.asked.decision.action is Action.FOLLOW_UP]
    return Counts(
        asked=len(rows),
        answered=actions[Action.ANSWER],
        asked_back=actions[Action.FOLLOW_UP],
        unanswered=actions[Action.FALLBACK],
        resolved=sum(row.resolution is LabelKind.CHOICE for row in follow_ups),
        up=kinds[LabelKind.UP],
        down=kinds[LabelKind.DOWN],
    )


def _entry_counts(rows: Sequence[_Row]) -> tuple[EntryCounts, ...]:
    decisions = [row.asked.decision for row in rows]
    answered = Counter(part.entry_id for decision in decisions for part in decision.answers)
    said = Counter(
        (label.kind, label.entry_id or row.asked.decision.entry_id)
        for row in rows
        for label in row.labels
        if label.kind is not LabelKind.NONE
    )
    found = [
        EntryCounts(
            entry_id,
            answered[entry_id],
            *(said[kind, entry_id] for kind in (LabelKind.CHOICE, LabelKind.UP, LabelKind.DOWN)),
        )
        for entry_id in {*answered, *(entry_id for _, entry_id in said)}
        if entry_id is not None
    ]
    return tuple(sorted(found, key=lambda e: (-e.answered - e.chosen, e.entry_id)))


def settled(thread: StoreThread[Any]) -> None:
    """Wait until all is done that was asked of a store."""
    thread.flush().result(60)
