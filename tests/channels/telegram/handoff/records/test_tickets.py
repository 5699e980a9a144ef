"""Which messages of the handoff chat speak of whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from statistics import median
from typing import Any, TypeVar

import pytest
from telegram import Update

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.handoff.records.notes import (
    files_of,
    home_of,
    lang_of,
    last_post,
    name_on,
)
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket
from tests.fake_store import FakeStore, settled

CHAT = -100
T = TypeVar("T")


class CountingStore(FakeStore):
    """A store that counts how often posts are looked up, and can be made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up = 0
        self.fails = False

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        if self.fails:
            raise StoreError("the disk is full")
        self.looked_up += 1
        return super().posts(chat_id, message_id)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def memory(store: CountingStore) -> Iterator[AsyncStore]:
    memory = AsyncStore(lambda: store)
    yield memory
    memory.close()


@pytest.fixture
def tickets(memory: AsyncStore) -> Tickets:
    return Tickets(memory)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def update(person: int = 7) -> Update:
    """Something that a person says in a topic of a group."""
    user = {"id": person, "is_bot": False, "first_name": f"Person {person}"}
    user |= {"username": f"p{person}", "language_code": "en"}
    message = {"message_id": 4, "date": 1, "chat": {"id": -7, "type": "supergroup"}, "from": user}
    message |= {"text": "why?", "is_topic_message": True, "message_thread_id": 3}
    return Update.de_json({"update_id": 1, "message": message}, None)


def opened(tickets: Tickets, person: int = 7, *, is_open: bool = False) -> Ticket:
    """A new ticket."""
    return tickets.asked(update(person), None, is_open=is_open, fresh_s=-1.0)[0]


def at_hand(tickets: Tickets, ticket: Ticket) -> Ticket | None:
    """The ticket of a conversation as it is now."""
    return tickets.of_conversation(ticket.conversation)


def last(tickets: Tickets, ticket: Ticket, chat_id: int = CHAT) -> int | None:
    """The last message that speaks of the ticket of a conversation."""
    present = at_hand(tickets, ticket)
    return None if present is None else last_post(present, chat_id)


def on(tickets: Tickets, message_id: int) -> list[tuple[int, str]]:
    """(number, ticket) of all that a message speaks of."""
    found = run(tickets.on(CHAT, message_id))
    return [(number, ticket.id) for number, ticket in found]


def test_a_ticket_names_who_asked_and_where_to_answer(tickets: Tickets) -> None:
    began = time.time()
    ticket = opened(tickets)
    assert began <= ticket.last_at <= time.time()
    assert (ticket.person, ticket.conversation) == ("7", "-7:3:7")
    assert (ticket.is_open, ticket.posted, ticket.answered, ticket.question) == (
        False, True, False, "",
    )  # fmt: skip
    assert home_of(ticket) == Address(-7, 3, 4)
    assert (name_on(ticket), lang_of(ticket)) == ("Person 7 (@p7)", "en")
    assert (len(ticket.id), int(ticket.id, 16) >= 0) == (16, True)
    assert ticket.id != opened(tickets).id


def test_a_place_without_topic_message_name_or_language_has_none() -> None:
    bare = Ticket("0" * 16, "7", "7:0:7", {"chat": 7}, "", is_open=False, last_at=0.0)
    assert (home_of(bare), name_on(bare), lang_of(bare)) == (Address(7), "", None)


def test_a_message_speaks_of_one_ticket_and_a_digest_of_many_by_number(tickets: Tickets) -> None:
    ada, bob = opened(tickets, 7), opened(tickets, 8)
    tickets.add_posts(CHAT, 1, [ada])
    tickets.add_posts(CHAT, 2, [ada, bob, ada])
    assert on(tickets, 1) == [(0, ada.id)]
    assert on(tickets, 2) == [(1, ada.id), (2, bob.id), (3, ada.id)]
    assert on(tickets, 3) == []
    assert run(tickets.on(CHAT - 1, 1)) == []


def test_a_post_is_looked_up_once(
    tickets: Tickets, memory: AsyncStore, store: CountingStore
) -> None:
    ada = opened(tickets)
    tickets.add_posts(CHAT, 1, [ada])
    settled(memory)
    store.looked_up = 0
    assert on(tickets, 1) == [(0, ada.id)]
    assert store.looked_up == 0
    again = Tickets(memory)
    assert [on(again, 1), on(again, 1)] == [[(0, ada.id)]] * 2
    assert store.looked_up == 1


def test_the_last_post_of_a_ticket_is_known_after_a_restart_too(
    tickets: Tickets, memory: AsyncStore
) -> None:
    ada, bob = opened(tickets, 7, is_open=True), opened(tickets, 8, is_open=True)
    for message_id in (1, 2):
        tickets.add_posts(CHAT, message_id, [ada])
    again = Tickets(memory)
    run(again.load())
    for known in (tickets, again):
        assert last(known, ada) == 2
        assert last(known, ada, CHAT - 1) is None  # of the group of old
        assert last(known, bob) is None


def test_words_wait_until_the_team_was_shown_them(tickets: Tickets) -> None:
    """However many messages they came in."""
    ada = opened(tickets)
    assert list(tickets.waiting()) == []
    for words in ("why?", "and how?"):
        tickets.owe(at_hand(tickets, ada) or ada, words)
    (owed,) = tickets.waiting()
    assert (owed.question, owed.posted) == ("why?\nand how?", False)
    tickets.owe(owed, "now?")  # while that is being sent
    tickets.shown(owed)
    (owed,) = tickets.waiting()
    assert owed.question == "now?"
    tickets.shown(owed)
    assert list(tickets.waiting()) == []


def test_what_is_open_or_not_yet_shown_is_taken_up_after_a_restart(
    tickets: Tickets, memory: AsyncStore
) -> None:
    talking, waiting = opened(tickets, 7, is_open=True), opened(tickets, 8)
    tickets.owe(waiting, "why?")
    again = Tickets(memory)
    run(again.load())
    assert at_hand(again, talking) == talking
    assert [(ticket.id, ticket.question) for ticket in again.waiting()] == [(waiting.id, "why?")]


def test_who_waits_is_shown_first_come_first_served(tickets: Tickets) -> None:
    made = [opened(tickets, number) for number in range(5)]
    for ticket in made:
        tickets.owe(ticket, "why?")
    tickets.owe(made[0], "and how?")  # who writes again keeps their place
    tickets.change(made[1], answered=True)
    assert [ticket.id for ticket in tickets.waiting()] == [ticket.id for ticket in made]
    tickets.shown(next(tickets.waiting()))
    assert [ticket.id for ticket in tickets.waiting()] == [ticket.id for ticket in made[1:]]


def test_only_so_much_may_wait_to_be_shown(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.handoff.records.tickets._MAX_BACKLOG", 1_000)
    ada, bob = opened(tickets, 7), opened(tickets, 8)
    tickets.owe(ada, "x" * 600)
    assert tickets.has_room("x" * 400)
    assert not tickets.has_room("x" * 401)
    assert not tickets.has_room("", share=0.5)
    tickets.owe(bob, "")  # which counts for as much as a line of a digest
    assert tickets.has_room("x" * 300)
    assert not tickets.has_room("x" * 301)
    for ticket in list(tickets.waiting()):
        tickets.shown(ticket)
    assert tickets.has_room("x" * 1_000)


def test_files_wait_with_words_and_each_counts_for_a_message(
    tickets: Tickets, memory: AsyncStore
) -> None:
    ada = opened(tickets)
    tickets.owe(ada, "look", [11, 12])
    tickets.owe(ada, "", [13])
    again = Tickets(memory)
    run(again.load())
    (owed,) = again.waiting()
    assert (owed.question, files_of(owed)) == ("look", [11, 12, 13])
    assert not tickets.has_room("", [1] * 38)
    assert tickets.has_room("", [1] * 36)
    tickets.owe(owed, "", [14])  # while that is being sent
    tickets.shown(owed)
    (left,) = tickets.waiting()
    assert files_of(left) == [14]
    tickets.shown(left)
    assert list(tickets.waiting()) == []


def test_a_flood_costs_each_message_the_same(tickets: Tickets) -> None:
    """Whoever waits, and however many: eight times as many take no more than some eight times."""

    def seconds(first: int, count: int) -> float:
        people = [update(person) for person in range(first, first + count)]
        started = time.thread_time()  # the memory has a thread of its own
        for each in people:
            ticket, _ = tickets.asked(each, "why?", is_open=False, fresh_s=60.0)
            tickets.owe(ticket, "why?")
            tickets.has_room("why?")
        return time.thread_time() - started

    few = median(seconds(100_000 * number, 250) for number in range(1, 6))
    assert min(seconds(1_000_000 * number, 2_000) for number in range(1, 4)) < 24 * few


def asked(tickets: Tickets, question: str | None, **more: Any) -> tuple[Ticket, str | None]:
    return tickets.asked(update(), question, **{"is_open": False, "fresh_s": 60.0, **more})


def test_what_is_asked_within_a_while_is_of_one_ticket(tickets: Tickets) -> None:
    first, question = asked(tickets, "why?")
    assert (question, first.is_open) == ("why?", False)
    again, question = asked(tickets, "how?", is_open=True)
    assert (again.id, question, again.is_open) == (first.id, "how?", True)
    later, _ = asked(tickets, "when?", fresh_s=-1.0)
    assert (later.id != first.id, later.is_open) == (True, False)


def test_a_question_that_the_team_was_shown_is_not_shown_again(tickets: Tickets) -> None:
    """As where a person is asked for after it: that alone is new."""
    first, _ = asked(tickets, "why?")
    tickets.change(first, question="why?")
    again, question = asked(tickets, "why?", is_open=True)
    assert (again.id, question, again.is_open) == (first.id, None, True)


# --- several tickets of one conversation ----------------------------------------------------------


def test_an_old_ticket_that_closes_does_not_take_the_place_of_the_open_one(
    tickets: Tickets,
) -> None:
    """Or what the person writes next would no longer reach the team."""
    old = opened(tickets, is_open=True)
    present = opened(tickets, is_open=True)
    tickets.change(old, is_open=False)
    assert at_hand(tickets, old) == present


def test_an_old_ticket_that_is_read_again_does_not_take_the_place_of_the_present(
    tickets: Tickets, memory: AsyncStore
) -> None:
    old = opened(tickets)
    tickets.add_posts(CHAT, 1, [old])
    again = Tickets(memory)
    present = opened(again, is_open=True)
    assert on(again, 1) == [(0, old.id)]
    assert at_hand(again, old) == present


def test_tickets_in_which_nobody_writes_are_known_by_that(tickets: Tickets) -> None:
    silent, talking = opened(tickets, 7, is_open=True), opened(tickets, 8, is_open=True)
    opened(tickets, 9)
    tickets.change(silent, last_at=1.0)
    assert [ticket.id for ticket in tickets.silent_since(2.0)] == [silent.id]
    assert len(tickets.silent_since(talking.last_at + 1)) == 2


# --- more than are at hand, and forgetting --------------------------------------------------------


def test_what_is_no_longer_at_hand_is_read_from_the_memory(
    monkeypatch: pytest.MonkeyPatch, memory: AsyncStore, store: CountingStore
) -> None:
    monkeypatch.setattr("bot.channels.telegram.handoff.records.tickets._MAX_AT_HAND", 3)
    tickets, made = Tickets(memory), []
    for number in range(1, 9):
        made.append(opened(tickets, number))
        tickets.add_posts(CHAT, number, made[-1:])
    assert at_hand(tickets, made[0]) is None
    tickets.add_posts(CHAT, 50, made[-2:])
    settled(memory)
    store.looked_up = 0
    assert [on(tickets, number) for number in range(1, 9)] == [[(0, one.id)] for one in made]
    assert on(tickets, 50) == [(1, made[-2].id), (2, made[-1].id)]
    assert store.looked_up == 9  # three posts are at hand, which the next one replaces


def test_a_forgotten_person_has_no_ticket_left(tickets: Tickets, memory: AsyncStore) -> None:
    ada, _, bob = opened(tickets, 7), opened(tickets, 7), opened(tickets, 77)
    tickets.add_posts(CHAT, 1, [ada, bob])
    with tickets.forgetting("7"):
        run(memory.forget("7"))
    assert at_hand(tickets, ada) is None
    assert at_hand(tickets, bob) is not None
    assert on(tickets, 1) == [(2, bob.id)]
    assert on(Tickets(memory), 1) == [(2, bob.id)]


def test_a_forgotten_ticket_does_not_come_back(tickets: Tickets, memory: AsyncStore) -> None:
    """Though something was under way for it, and nothing more is posted of it."""
    ada = opened(tickets)
    tickets.add_posts(CHAT, 1, [ada])
    with tickets.forgetting("7"):
        other = Tickets(memory)
        with other.forgetting("7"):
            assert on(other, 1) == []  # nor while it still stands in the memory
        run(memory.forget("7"))
    tickets.change(ada, answered=True)
    tickets.owe(ada, "why?")
    tickets.shown(ada)
    tickets.add_posts(CHAT, 1, [ada])
    with tickets.posting([ada]) as may_be_posted:
        assert not may_be_posted
    assert (at_hand(tickets, ada), on(tickets, 1)) == (None, [])
    assert run(memory.ticket(ada.id)) is None


def test_where_forgetting_fails_all_is_at_hand_as_before(
    tickets: Tickets, memory: AsyncStore
) -> None:
    ada, bob = opened(tickets), opened(tickets, 77)
    tickets.owe(ada, "why?")
    with pytest.raises(StoreError), tickets.forgetting("7"):
        raise StoreError("the disk is full")
    assert [each.question for each in tickets.waiting()] == ["why?"]
    with tickets.posting([ada, bob]) as may_be_posted:
        assert may_be_posted


def test_who_looked_after_somebody_is_forgotten_at_hand_and_in_the_memory(
    tickets: Tickets, memory: AsyncStore
) -> None:
    ada = opened(tickets)
    tickets.change(ada, helper="9", helper_name="Tom")
    with tickets.forgetting("9"):
        run(memory.forget("9"))
    for present in (at_hand(tickets, ada), run(memory.ticket(ada.id))):
        assert present is not None
        assert (present.helper, present.helper_name) == ("", "")


def test_where_the_memory_is_away_what_is_at_hand_is_known_all_the_same(
    tickets: Tickets, memory: AsyncStore, store: CountingStore
) -> None:
    ada = opened(tickets)
    tickets.add_posts(CHAT, 1, [ada])
    settled(memory)
    store.fails = True
    assert on(tickets, 1) == [(0, ada.id)]
    again = Tickets(memory)
    with pytest.raises(StoreError, match="the disk is full"):
        run(again.on(CHAT, 1))
    store.fails = False
    assert on(again, 1) == [(0, ada.id)]
