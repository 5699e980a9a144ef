"""A store in memory, which stands in for a database."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain import Action, KeepText
from bot.files.config.telegram import Limit
from bot.service.limits import TokenBucket
from bot.store.async_store import AsyncStore
from bot.store.counts import Behind, Counts, EntryCounts, Figure, Glimpse, Stats
from bot.store.shared import FaqVersion, InboxItem, Taken
from bot.store.store import Kept, Label, LabelKind, Missed, Post, Record, Store, Ticket


class FakeStore(Store):
    """A `Store` in memory, which knows everybody by name, and sweeps nothing.

    Attributes:
        marks: on what arrived, in order: ("begin", 7), ("done", 7), ("set aside", 7, "why").
        leased: the replica that has an item under way, by its id; none ends.
        told: what replicas were told, as kind and words.
        is_closed: whether `close` was called.
        has_old_scores: as in `Stats`.
    """

    def __init__(self, keep_text: KeepText = KeepText.UNANSWERED) -> None:
        self._keep_text = keep_text
        self._records: dict[str, Record] = {}  # in the order they came
        self._shown: dict[tuple[str, int], str] = {}
        self._tickets: dict[str, Ticket] = {}
        self._posts: list[Post] = []
        self._blocks: dict[str, float] = {}
        self._account = 0
        # By account and number, in the order they came.
        self._backlog: dict[tuple[int, int], InboxItem] = {}
        self._arrived: set[tuple[int, int]] = set()
        self._notes: dict[str, str] = {}
        self._versions: list[FaqVersion] = []
        self._buckets: dict[str, TokenBucket] = {}
        self._ignored: set[str] = set()
        self.marks: list[tuple[object, ...]] = []
        self.leased: dict[int, str] = {}
        self.told: list[tuple[str, str]] = []
        self.is_closed = False
        self.has_old_scores = False

    def record(self, record: Record) -> None:
        is_missed = record.decision.action is not Action.ANSWER and not record.small_talk
        is_kept = {KeepText.ALL: True, KeepText.NONE: False, KeepText.UNANSWERED: is_missed}
        text = re.sub("[\x00\ud800-\udfff]", "\ufffd", record.text or "")
        kept = replace(record, text=text if is_kept[self._keep_text] else None)
        self._records.setdefault(record.id, kept)

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        record = self._records.get(label.decision_id)
        if record is None or (record.person != label.person and not anyone):
            return False
        if record.text is None:
            label = replace(label, text=None)
        before = [known for known in record.labels if known.kind.family == label.kind.family]
        if any(len(known.text or "") >= len(label.text or "") for known in before):
            return False
        others = (known for known in record.labels if known not in before)
        self._records[record.id] = replace(record, labels=(*others, label))
        return True

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        if decision_id in self._records:
            self._shown[chat, message_id] = decision_id

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        record = self._records.get(self._shown.get((chat, message_id), ""))
        return None if record is None else _nameless(record)

    def last_decision(self, conversation: str, *, is_shown: bool = False) -> Record | None:
        seen = set(self._shown.values()) if is_shown else set(self._records)
        own = (
            one
            for one in self._newest_first()
            if one.conversation == conversation and one.id in seen
        )
        return next(map(_nameless, own), None)

    def stats(self, since: float) -> Stats:
        meant = [one for one in self._newest_first() if one.at >= since and not one.small_talk]
        days: dict[str, list[Record]] = {}
        for one in meant:
            day = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d")
            days.setdefault(day, []).append(one)
        by_day = tuple((day, _counts(records)) for day, records in days.items())
        team = [label.kind for one in self._records.values() for label in one.labels]
        helped, unhelped = team.count(LabelKind.HELPED), team.count(LabelKind.UNHELPED)
        counted = (_counts(meant), by_day, _entry_counts(meant), helped, unhelped)
        took = sorted(one.took_s for one in meant if one.took_s is not None)
        typical_s, slow_s = (
            took[math.ceil(share * len(took)) - 1] if took else None for share in (0.5, 0.95)
        )
        return Stats(*counted, self.has_old_scores, typical_s, slow_s)

    def behind(self, number: Behind, limit: int) -> Sequence[Record]:
        found = [one for one in self._newest_first() if _is_behind(one, number)]
        return tuple(map(_nameless, found[:limit]))

    def glimpses(self, since: float, until: float, limit: int) -> Sequence[Glimpse]:
        found = [one for one in self._newest_first() if since <= one.at < until]
        return [_glimpse(one) for one in found if not one.small_talk][:limit][::-1]

    def note(self, name: str) -> str | None:
        return self._notes.get(name)

    def take_note(self, name: str, text: str) -> None:
        self._notes[name] = text

    def faq_since(self, number: int) -> FaqVersion | None:
        newest = self._versions[-1] if self._versions else None
        return newest if newest is not None and newest.number > number else None

    def knows_faq(self, digest: str) -> bool:
        return any(version.digest == digest for version in self._versions)

    def publish_faq(self, version: FaqVersion) -> bool:
        if any(known.number == version.number for known in self._versions):
            return False
        self._versions.append(version)
        return True

    def take_tokens(self, bucket: str, limit: Limit, tokens: int, *, shuts: bool) -> Taken:
        return self._buckets.setdefault(bucket, TokenBucket(limit)).take(tokens, shuts=shuts)

    def missed(self, limit: int) -> Sequence[Missed]:
        refused = {LabelKind.NONE, LabelKind.CHOICE, LabelKind.DOWN, LabelKind.REPLIED}
        missed = [
            Missed(_nameless(one), f"code of {one.person}", one.id in self._ignored)
            for one in self._newest_first()
            if not one.small_talk
            and (
                one.decision.action is Action.FALLBACK
                or any(label.kind in refused for label in one.labels)
            )
        ]
        return missed[:limit]

    def ignore(self, decision_ids: Sequence[str], *, is_ignored: bool = True) -> None:
        change = self._ignored.update if is_ignored else self._ignored.difference_update
        change(decision_ids)

    def kept_of(self, person: str) -> Kept:
        own = [one for one in self._newest_first() if one.person == person][::-1]
        others = [one for one in self._records.values() if one.person != person]
        said = [label for one in others for label in one.labels if label.person == person]
        return Kept(
            tuple(map(_nameless, own)),
            tuple(sorted(((each.kind, each.at) for each in said), key=lambda each: each[1])),
            tuple(ticket for ticket in self._tickets.values() if ticket.person == person),
            helped=sum(ticket.helper == person for ticket in self._tickets.values())
            + sum(post.helper == person for post in self._posts),
        )

    def posts_of(self, person: str) -> tuple[Sequence[Post], Sequence[Post]]:
        own = [post for post in self._posts if self._tickets[post.ticket_id].person == person]
        named = [post for post in self._posts if post.helper == person and post not in own]
        one, other = (tuple(replace(post, helper="") for post in each) for each in (own, named))
        return one, other

    def forget(self, person: str, wish: int | None = None) -> None:
        kept = {key: one for key, one in self._records.items() if one.person != person}
        self._records = kept
        for key, one in kept.items():
            others = tuple(label for label in one.labels if label.person != person)
            self._records[key] = replace(one, labels=others)
        self._shown = {at: key for at, key in self._shown.items() if key in kept}
        self._tickets = {key: one for key, one in self._tickets.items() if one.person != person}
        for ticket in self._tickets.values():
            if ticket.helper == person:
                self._tickets[ticket.id] = replace(ticket, helper="", helper_name="")
        self._posts = [
            replace(post, helper="") if post.helper == person else post
            for post in self._posts
            if post.ticket_id in self._tickets
        ]

    def sweep(self, now: float) -> None:
        """See `Store.sweep`."""

    def save_ticket(self, ticket: Ticket, before: Ticket | None = None) -> None:
        if before is not None:
            present = self._tickets.get(ticket.id)
            if present is None:
                return
            ticket = ticket.changed_since(before, present)
        self._tickets[ticket.id] = replace(ticket, question="") if ticket.posted else ticket

    def tickets(self, conversation: str | None = None) -> Sequence[Ticket]:
        waiting = [t for t in self._tickets.values() if t.is_open or not t.posted]
        if conversation is not None:
            waiting = [t for t in self._tickets.values() if t.conversation == conversation]
        return sorted(waiting, key=lambda ticket: (ticket.last_at, ticket.id))

    def ticket(self, ticket_id: str) -> Ticket | None:
        return self._tickets.get(ticket_id)

    def add_post(self, post: Post) -> None:
        if post.ticket_id not in self._tickets:
            return
        replaced = [
            other
            for other in self.posts(post.chat_id, post.message_id)
            if 0 in {post.number, other.number} or post.number == other.number
        ]
        stays = [other for other in self._posts if replace(other, helper="") not in replaced]
        self._posts = [*stays, post]

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        found = [p for p in self._posts if (p.chat_id, p.message_id) == (chat_id, message_id)]
        nameless = [replace(post, helper="") for post in found]
        return sorted(nameless, key=lambda post: post.number)

    def claim(self, account: int) -> int:
        self._account = account
        return sum(one != account for one, _ in self._backlog)

    def block(self, person: str, until: float) -> None:
        self._blocks[person] = until

    def unblock(self, person: str) -> None:
        self._blocks.pop(person, None)

    def blocked_until(self, person: str) -> float:
        return self._blocks.get(person, 0.0)

    def blocked(self, now: float) -> int:
        return sum(until > now for until in self._blocks.values())

    def receive(self, items: Sequence[InboxItem]) -> list[int]:
        by_key = {(self._account, item.update_id): item for item in items}
        new = {key: item for key, item in by_key.items() if key not in self._arrived}
        self._arrived |= new.keys()
        self._backlog |= new
        return [update_id for _, update_id in new]

    def begin(self, update_id: int) -> None:
        self.marks.append(("begin", update_id))
        key = self._account, update_id
        if key in self._backlog:
            begun = self._backlog[key]
            self._backlog[key] = replace(begun, tries=begun.tries + 1)

    def done(self, update_id: int) -> None:
        self.marks.append(("done", update_id))
        self.leased.pop(update_id, None)
        self._backlog.pop((self._account, update_id), None)

    def set_aside(self, update_id: int, reason: str) -> None:
        self.marks.append(("set aside", update_id, reason))
        self.leased.pop(update_id, None)
        self._backlog.pop((self._account, update_id), None)

    def backlog(self) -> Sequence[InboxItem]:
        own = [item for (account, _), item in self._backlog.items() if account == self._account]
        return [replace(item, person=None) for item in own]

    def lease(
        self, replica: str, most: int, own: Collection[int] | None = None
    ) -> Sequence[InboxItem]:
        heads: dict[int | None, InboxItem] = {}
        for item in self.backlog():
            heads.setdefault(item.lane, item)
        free = [head for head in heads.values() if head.update_id not in self.leased]
        for item in free[:most]:
            self.leased[item.update_id] = replica
            self.begin(item.update_id)
        return free[:most]

    def hold_back(self, replica: str, person: str, wish: int | None) -> Sequence[int]:
        return [number for number, holder in self.leased.items() if holder != replica]

    def still_open(self, numbers: Sequence[int]) -> bool:
        return not self.leased.keys().isdisjoint(numbers)

    def let_go(self) -> None:
        """See `Store.let_go`: nothing is held back."""

    def summon(self, replica: str, update_ids: Collection[int]) -> None:
        """See `Store.summon`: nobody is beside."""

    def tell(self, kind: str, words: str) -> None:
        self.told.append((kind, words))

    def lose_arrivals(self) -> None:
        """Know nothing more of what has arrived, as after a power cut."""
        self._backlog, self._arrived = {}, set()

    def newest(self) -> float | None:
        found = [record.at for record in self._records.values()]
        return max([*found, *(item.at for item in self._backlog.values())], default=None)

    def lost(self) -> int:
        """See `Store.lost`: nothing is sealed."""
        return 0

    def give_up_lost(self) -> None:
        """See `Store.give_up_lost`."""

    def close(self) -> None:
        self.is_closed = True

    def _newest_first(self) -> list[Record]:
        last_first = list(self._records.values())[::-1]
        return sorted(last_first, key=lambda record: -record.at)


def _nameless(record: Record) -> Record:
    """A record as it is read back."""
    labels = tuple(replace(label, person="") for label in record.labels)
    return replace(record, person="", conversation="", labels=labels)


def _glimpse(record: Record) -> Glimpse:
    decision, was_chosen = record.decision, _resolution(record) is LabelKind.CHOICE
    return Glimpse(
        *(record.at, record.person, decision.best.entry_id if decision.best else ""),
        *(decision.score, record.unknown, record.text),
        is_resolved=decision.action is Action.ANSWER
        or (decision.action is Action.FOLLOW_UP and was_chosen),
    )


def _resolution(record: Record) -> LabelKind | None:
    kinds = [label.kind for label in record.labels if label.kind.family == "choice"]
    return kinds[0] if kinds else None


def _is_behind(record: Record, number: Behind) -> bool:
    if number.decision_id is not None:
        return record.id == number.decision_id
    figure = number.figure
    if figure in {Figure.HELPED, Figure.UNHELPED}:
        team = [label for label in record.labels if label.kind.value == figure.value]
        return any(number.since <= label.at < number.until for label in team)
    is_meant = number.since <= record.at < number.until and not record.small_talk
    if not is_meant or (record.took_s or 0.0) < (number.least_s or 0.0):
        return False
    own = (record,)
    if number.entry_id is None or figure is Figure.ASKED:
        chosen = any(label.kind is LabelKind.CHOICE for label in record.labels)
        return chosen if figure is Figure.CHOSEN else bool(getattr(_counts(own), figure.value))
    of_entry = {each.entry_id: each for each in _entry_counts(own)}.get(number.entry_id)
    return of_entry is not None and bool(getattr(of_entry, figure.value))


def _counts(records: Sequence[Record]) -> Counts:
    actions = Counter(record.decision.action for record in records)
    kinds = Counter(label.kind for record in records for label in record.labels)
    resolved = [_resolution(one) for one in records if one.decision.action is Action.FOLLOW_UP]
    return Counts(
        asked=len(records),
        answered=actions[Action.ANSWER],
        asked_back=actions[Action.FOLLOW_UP],
        unanswered=actions[Action.FALLBACK],
        resolved=resolved.count(LabelKind.CHOICE),
        up=kinds[LabelKind.UP],
        down=kinds[LabelKind.DOWN],
        tentative=sum(record.decision.tentative for record in records),
    )


def _entry_counts(records: Sequence[Record]) -> tuple[EntryCounts, ...]:
    answered = Counter(part.entry_id for record in records for part in record.decision.answers)
    said = Counter(
        (label.kind, label.entry_id or record.decision.entry_id)
        for record in records
        for label in record.labels
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


def settled(store: AsyncStore) -> None:
    """Wait until all is done that was asked of a store."""
    store.shown("", "", 0).result(60)
