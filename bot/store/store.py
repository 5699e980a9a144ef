"""The plug point of what the bot remembers, and the nouns that cross it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from bot.domain import Decision
from bot.errors import StoreError
from bot.store.counts import Behind, Glimpse, Stats
from bot.store.shared import InboxItem, Shared


class RowError(StoreError):
    """One row cannot be kept, whatever the database's state: trying again is of no use."""


class LabelKind(StrEnum):
    """What a person said about a decision."""

    CHOICE = "choice"  # of a follow-up: this entry was meant
    NONE = "none"  # of a follow-up: none of these
    UP = "up"  # 👍
    DOWN = "down"  # 👎
    HELPED = "helped"  # 👍 to the team, to which the decision led
    UNHELPED = "unhelped"  # 👎
    REPLIED = "replied"  # the team did: with this entry, or with these words

    @property
    def family(self) -> str:
        """A decision has at most one label of each family: the first; of replies the longest."""
        if self is LabelKind.REPLIED:
            return "reply"
        if self in {LabelKind.CHOICE, LabelKind.NONE}:
            return "choice"
        return "team" if self in {LabelKind.HELPED, LabelKind.UNHELPED} else "thumb"


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said about a decision.

    Attributes:
        decision_id: a `Record.id`.
        person: as the channel names them; empty in a `Record` that was read, where nobody needs it.
        entry_id: the entry that was chosen, or whose answer was judged or sent; None for "none of
            these", and for words.
        at: seconds since 1970, UTC.
        text: what the team replied; kept no longer than the words of what was asked.
    """

    decision_id: str
    kind: LabelKind
    person: str
    at: float
    entry_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One utterance, what was decided on it, and what people said of that.

    Attributes:
        id: 16 lower-case hexadecimal digits, made at random by whoever asks.
        at: seconds since 1970, UTC.
        text: the utterance; whether it is kept hangs on `store.keep_text`. None where it is not;
            then "…" stands in the decision's reason for what it quotes of the words.
        lang: the code of the person's language, or None.
        decision: read back, its parts come without reasons.
        person, conversation: as the channel names them. Only keyed hashes of them are kept, so a
            record that was read has neither.
        small_talk: a greeting or thanks, which counts neither as asked nor as unanswered.
        unknown: the share of the utterance's words, 0 to 1, that the FAQ did not have; None where
            that is not known, or none counts.
        took_s: from when it was read to the words of the reply, in seconds; None where that is not
            known.
        labels: in the order they came.
    """

    id: str
    at: float
    text: str | None
    lang: str | None
    decision: Decision
    person: str = ""
    conversation: str = ""
    small_talk: bool = False
    unknown: float | None = None
    took_s: float | None = None
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that was not answered, or not well.

    Attributes:
        asker: a code of the person, which tells people apart and says nothing else of them.
        is_ignored: admins want to hear no more of it, nor of what asks the same.
    """

    record: Record
    asker: str
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question, or a person, that was handed to the team.

    Attributes:
        id: 16 lower-case hexadecimal digits.
        person, conversation: as the channel names them; kept as keyed hashes, and sealed within
            `address` where they are needed again.
        address: where replies go, in the channel's own form; kept sealed.
        question: what was asked; kept sealed, and only while it is not `posted`: empty afterwards.
        is_open: the person's next messages go to the team.
        last_at: when either side last wrote; seconds since 1970, UTC.
        posted: whether the team has been shown it.
        answered: whether the team has ever replied.
        helper: the one of the team who looks after it, as the channel names them; "" for nobody.
            Kept as a keyed hash, and sealed.
        helper_name: what they call themselves; kept sealed.
    """

    id: str
    person: str
    conversation: str
    address: Mapping[str, str | int | None]
    question: str
    is_open: bool
    last_at: float
    posted: bool = False
    answered: bool = False
    helper: str = ""
    helper_name: str = ""

    def changed_since(self, before: Ticket, present: Ticket) -> Ticket:
        """Another state of this ticket, with what this one has changed since one before."""
        changes = {
            name: value
            for name in self.__slots__
            if (value := getattr(self, name)) != getattr(before, name)
        }
        noted = {
            name: value for name, value in self.address.items() if value != before.address.get(name)
        }
        return replace(present, **{**changes, "address": {**present.address, **noted}})


@dataclass(frozen=True, slots=True)
class Post:
    """A message in the handoff chat that speaks of a ticket.

    Attributes:
        number: which of the tickets of one message, from 1 on; 0 where it speaks of one alone.
        asked: the person's own message that it tells of; None where that is not known.
        decision_id: of what was decided on that; "" likewise.
        helper: one of the team whom it names, as the channel does; "" for nobody, and where it is
            read again.
    """

    chat_id: int
    message_id: int
    ticket_id: str
    number: int = 0
    asked: int | None = None
    helper: str = ""
    decision_id: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept about a person.

    Attributes:
        records: of what they asked, oldest first, with what was said of it.
        said: what they said, and when, of what others asked.
        tickets: with the team, but those that were sealed with another key.
        set_aside: how many of their updates could not be handled.
        helped: how many of the tickets they look after, and posts that name them.
    """

    records: tuple[Record, ...] = ()
    said: tuple[tuple[LabelKind, float], ...] = ()
    tickets: tuple[Ticket, ...] = ()
    set_aside: int = 0
    helped: int = 0


class Store(Shared, Protocol):
    """What the bot remembers. Called from one thread; every method raises StoreError alone.

    Persons, conversations and chats are given as the channel names them and kept as keyed hashes.
    """

    def record(self, record: Record) -> None:
        """Remember a decision; one already there by that id stays as it is."""

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        """Remember what a person said about a decision.

        Returns:
            False, and nothing is kept, where no such decision is known, it is another person's
            (unless `anyone`), or it has a label of this family already.
        """

    def shown(self, decision_id: str, chat: str, message_id: int) -> None:
        """Remember that a message of a chat shows a decision; of a message, the last one counts.

        Nothing is kept where no such decision is known.
        """

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        """The decision that a message shows, for whoever asks why."""

    def last_decision(self, conversation: str, *, is_shown: bool = False) -> Record | None:
        """A conversation's last decision.

        Args:
            is_shown: the last one that a message shows; where the process ended before a reply was
                out, that is still to be told.
        """

    def stats(self, since: float) -> Stats:
        """Count what was asked since a time (seconds since 1970)."""

    def behind(self, number: Behind, limit: int) -> Sequence[Record]:
        """What a number of `stats` counts, newest first: so many at most."""

    def glimpses(self, since: float, until: float, limit: int) -> Sequence[Glimpse]:
        """What was asked from one time until before another (seconds since 1970), oldest first,
        but small talk: the newest so many."""

    def note(self, name: str) -> str | None:
        """What the bot has noted for itself under a name; None for nothing."""

    def take_note(self, name: str, text: str) -> None:
        """Note something under a name. It is about nobody: `forget` and `sweep` leave it."""

    def missed(self, limit: int) -> Sequence[Missed]:
        """What the bot could not answer at once, newest first: fallbacks, follow-ups that somebody
        has chosen from or of which none fitted, what got a 👎, and what the team replied to; but
        small talk."""

    def ignore(self, decision_ids: Sequence[str], *, is_ignored: bool = True) -> None:
        """Note that admins want to hear no more of what was missed, nor of what asks the same; or
        that they do after all."""

    def kept_of(self, person: str) -> Kept:
        """All that `forget` would erase."""

    def posts_of(self, person: str) -> tuple[Sequence[Post], Sequence[Post]]:
        """The posts of a person's tickets; and those of others' that name them as a helper."""

    def forget(self, person: str, wish: int | None = None) -> None:
        """Erase a person's decisions, labels, message links and tickets, what has come from them,
        and whom they looked after, so that the bytes too are gone from the database and from all
        copies beside it.

        Args:
            wish: the id of the update that asks for it. What has come later stays, and it does
                itself, as nobody's, until it is done: then its bytes are gone as well.
        """

    def sweep(self, now: float) -> None:
        """Erase what is older than `store.retention_days`, the words of follow-ups that nobody has
        resolved for a day (unless all words are kept), words that were kept under other settings,
        and the ids of updates that are dealt with and that the channel will not send again.

        Raises:
            StoreError: among others, where nothing new could be written.
        """

    def save_ticket(self, ticket: Ticket, before: Ticket | None = None) -> None:
        """Remember a ticket, or what has become of it.

        Args:
            before: what it was when it was changed; then nothing else of it is, as others may have
                changed that, and one that was erased meanwhile stays so.
        """

    def tickets(self, conversation: str | None = None) -> Sequence[Ticket]:
        """The tickets that are open or not yet posted, oldest `last_at` first; of a conversation
        all.

        Those that were sealed with another key are left out.
        """

    def ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket; None where there is none by that id that can be unsealed."""

    def add_post(self, post: Post) -> None:
        """Remember that a message in the handoff chat speaks of a ticket.

        It takes the place of a post of that message and number; one alone (0) takes the place of
        many, and the other way. Nothing is kept where no such ticket is known.
        """

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        """The posts of a message, by number; empty where it speaks of no ticket."""

    def claim(self, account: int) -> int:
        """Have all that arrives from now on, and all that waits, be of one account, as the channel
        numbers it: each has update ids of its own.

        Returns:
            How many items of other accounts wait, and go on waiting for theirs.
        """

    def block(self, person: str, until: float) -> None:
        """Remember that a person is not answered until a time (seconds since 1970, inf: for good).

        `forget` leaves it as it is, or whoever is blocked would shake it off.
        """

    def unblock(self, person: str) -> None:
        """Forget that a person was blocked."""

    def blocked_until(self, person: str) -> float:
        """Until when a person is blocked; 0 where they never were."""

    def blocked(self, now: float) -> int:
        """How many people are blocked at a time."""

    def receive(self, items: Sequence[InboxItem]) -> Sequence[int]:
        """Write down what has arrived, so that no power cut loses it; returns the ids of new ones.

        What an item says is sealed, and kept until it is dealt with.
        """

    def begin(self, update_id: int) -> None:
        """Note that somebody begins to handle an item."""

    def done(self, update_id: int) -> None:
        """Note that an item is dealt with, and forget what it said."""

    def set_aside(self, update_id: int, reason: str) -> None:
        """Note that an item is given up on, and why; forget what it said."""

    def backlog(self) -> Sequence[InboxItem]:
        """The items that are not dealt with, in the order they came."""

    def newest(self) -> float | None:
        """When the last decision was made or the last item came; None where there is neither."""

    def lost(self) -> int:
        """How many tickets and items wait that were sealed with another key: nobody can read what
        they ask."""

    def give_up_lost(self) -> None:
        """Let those wait no more; items among them are set aside."""

    def close(self) -> None:
        """Write out what is held back and let go of the database."""
