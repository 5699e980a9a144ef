"""The part of the plug point that is about several processes with one memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.files.config.telegram import Limit

# What replicas are told: something has arrived; the tables are of a newer version from now on.
INBOX, TABLES = "inbox", "tables"


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An update as it arrived, in words that only its channel reads.

    Attributes:
        update_id: the channel's number of it; the same update has the same one.
        at: when it was first recorded; seconds since 1970.
        payload: what it says, in one line; opaque here.
        person: who sent it, as the channel names them; None where it does not say, and of items
            that are read again.
        tries: how often somebody has begun to handle it.
        lane: what it is answered in order with, as the channel names it; None where one process
            keeps the order by itself, and of items that are read again.
    """

    update_id: int
    at: float
    payload: str
    person: str | None = None
    tries: int = 0
    lane: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking tokens.

    Attributes:
        wait_s: 0 where they were taken; else in how many seconds there are enough.
        is_shut: it was found empty before, and is not full since; nothing is taken from it.
    """

    wait_s: float = 0.0
    is_shut: bool = False


@dataclass(frozen=True, slots=True)
class FaqVersion:
    """An FAQ as all serve it who share a store.

    Attributes:
        number: of versions, counted from 1.
        digest: of what the files hold; 64 hexadecimal digits.
        files, caches: what they hold, and what was computed of it; opaque here.
    """

    number: int
    digest: str
    files: bytes = b""
    caches: bytes = b""


class Shared(Protocol):
    """What replicas share beside what they remember; see `Store`, of which it is a part."""

    def faq_since(self, number: int) -> FaqVersion | None:
        """The newest version of the FAQ; None where that is no newer than a number."""

    def knows_faq(self, digest: str) -> bool:
        """Whether an FAQ was ever served by all."""

    def publish_faq(self, version: FaqVersion) -> bool:
        """Have all serve a version.

        Returns:
            False, and nothing is kept, where another one has that number.
        """

    def take_tokens(self, bucket: str, limit: Limit, tokens: int, *, shuts: bool) -> Taken:
        """Take a message's tokens from a bucket that all share; see `TokenBucket`.

        It is about nobody whom anyone can name: `forget` leaves it, or whoever asks too much would
        shake that off. After a day without a message it is gone.
        """

    def lease(
        self, replica: str, most: int, own: Collection[int] | None = None
    ) -> Sequence[InboxItem]:
        """Take items whose turn it is, for a replica to handle; nobody else gets them while it is
        seen.

        It is an item's turn when no older one of its lane is open. Items that nobody has come to
        an end with are taken by others once their replica is seen no more. A lane stays with the
        replica that served it last, for a quarter of an hour: it knows what was said there. Of
        those that were under way when processes ended, one at a time is taken.

        Args:
            own: the ids of what the replica has under way: what else was leased to it is leased
                again, for it was not told. None: that is not looked for, which is much cheaper.
        Returns:
            The items, each counted as begun.
        """

    def hold_back(self, replica: str, person: str, wish: int | None) -> Sequence[int]:
        """Let nobody begin with what a person has sent before a wish, which `forget` then erases.

        Returns:
            The numbers of all items that other replicas have under way now, whoever sent them.
        """

    def still_open(self, numbers: Sequence[int]) -> bool:
        """Whether any of these items, by their numbers, is under way yet."""

    def let_go(self) -> None:
        """Give back what is held back and was not erased."""

    def summon(self, replica: str, update_ids: Collection[int]) -> None:
        """Tell those whose turn it may be that items have come: who served their lanes last, and
        all where nobody did; but the replica itself."""

    def tell(self, kind: str, words: str) -> None:
        """Tell all replicas something, once all that was written before stands; see `Session`."""
