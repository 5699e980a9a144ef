"""Which messages of the handoff chat speak of whom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from telegram import Update

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.handoff.tickets import Tickets, home_of, lang_of, name_on
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from bot.store.store import Post, Ticket
from tests.fakes import FakeStore, settled

CHAT = -100
T = TypeVar("T")


class CountingStore(FakeStore):
    """A store that counts how often posts are looked up, and can be made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up = 0
        self.fails = False

    def posts(self, chat_id: int, message_id: int) -> Sequence[Post]:
        """See `Store.posts`."""
        if self.fails:
            raise StoreError("the disk is full")
        self.looked_up += 1
        return super().posts(chat_id, message_id)

    def posts_of(self, ticket_id: str) -> Sequence[Post]:
        """See `Store.posts_of`."""
        if self.fails:
            raise StoreError("the disk is full")
        return super().posts_of(ticket_id)


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


def opened(tickets: Tickets, person: int = 7, **changes: Any) -> Ticket:
    """A ticket that the team was shown."""
    return tickets.save(replace(tickets.new(update(person)), **changes))


def on(tickets: Tickets, message_id: int) -> list[tuple[int, str]]:
    """(number, ticket) of all that a message speaks of."""
    found = run(tickets.on(CHAT, message_id))
    return [(number, ticket.id) for number, ticket in found]


def test_a_ticket_names_who_asked_and_where_to_answer(tickets: Tickets) -> None:
    ticket = tickets.new(update())
    assert (ticket.person, ticket.conversation) == ("7", "-7:3:7")
    assert (ticket.is_open, ticket.posted, ticket.answered, ticket.question) == (
        False, True, False, "",
    )  # fmt: skip
    assert home_of(ticket) == Address(-7, 3, 4)
    assert (name_on(ticket), lang_of(ticket)) == ("Person 7 (@p7)", "en")
    assert (len(ticket.id), int(ticket.id, 16) >= 0) == (16, True)
    assert ticket.id != tickets.new(update()).id
    assert abs(ticket.last_at - time.time()) < 60


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
    ada, bob = opened(tickets, 7), opened(tickets, 8)
    for message_id in (1, 2):
        tickets.add_posts(CHAT, message_id, [ada])
    for known in (tickets, Tickets(memory)):
        assert run(known.last_post(ada, CHAT)) == 2
        assert run(known.last_post(ada, CHAT - 1)) is None  # of the group of old
        assert run(known.last_post(bob, CHAT)) is None


def test_what_is_shown_no_longer_has_to_be(tickets: Tickets, memory: AsyncStore) -> None:
    """Its words are kept until then, however many messages they came in."""
    ada = opened(tickets)
    owed = tickets.owe(tickets.owe(ada, "why?"), "and how?")
    assert (owed.question, owed.posted) == ("why?\nand how?", False)
    tickets.add_posts(CHAT, 1, [owed])
    assert tickets.all()[0].posted is True
    assert tickets.owe(tickets.all()[0], "when?").question == "when?"


def test_what_is_open_or_not_yet_shown_is_taken_up_after_a_restart(
    tickets: Tickets, memory: AsyncStore
) -> None:
    talking, waiting = opened(tickets, 7, is_open=True), tickets.owe(opened(tickets, 8), "why?")
    again = Tickets(memory)
    run(again.load())
    assert {ticket.id for ticket in again.all()} >= {talking.id, waiting.id}
    assert again.of_conversation(talking.conversation) == talking
    assert again.of_conversation(waiting.conversation) == waiting


def asked(tickets: Tickets, question: str | None, **more: Any) -> tuple[Ticket, str | None]:
    return tickets.asked(update(), question, **{"is_open": False, "fresh_s": 60.0, **more})


def test_what_is_asked_within_a_while_is_of_one_ticket(tickets: Tickets) -> None:
    first, question = asked(tickets, "why?")
    assert (question, first.question, first.posted, first.is_open) == ("why?", "why?", False, False)
    tickets.add_posts(CHAT, 1, [first])
    again, question = asked(tickets, "how?", is_open=True)
    assert (again.id, question, again.question, again.is_open) == (first.id, "how?", "how?", True)
    later, _ = asked(tickets, "when?", fresh_s=-1.0)
    assert (later.id != first.id, later.is_open) == (True, False)


def test_a_question_that_the_team_was_shown_is_not_shown_again(tickets: Tickets) -> None:
    """As where a person is asked for after it: that alone is new."""
    first, _ = asked(tickets, "why?")
    tickets.add_posts(CHAT, 1, [first])
    again, question = asked(tickets, "why?", is_open=True)
    assert (again.id, question, again.is_open) == (first.id, None, True)


# --- several tickets of one conversation ----------------------------------------------------------


def test_an_old_ticket_that_closes_does_not_take_the_place_of_the_open_one(
    tickets: Tickets,
) -> None:
    """Or what the person writes next would no longer reach the team."""
    old = opened(tickets, is_open=True, last_at=1.0)
    present = opened(tickets, is_open=True, last_at=2.0)
    tickets.change(old, is_open=False)
    assert tickets.of_conversation(old.conversation) == present


def test_an_old_ticket_that_is_read_again_does_not_take_the_place_of_the_present(
    tickets: Tickets, memory: AsyncStore
) -> None:
    old = opened(tickets, last_at=1.0)
    tickets.add_posts(CHAT, 1, [old])
    again = Tickets(memory)
    present = opened(again, is_open=True, last_at=2.0)
    assert on(again, 1) == [(0, old.id)]
    assert again.of_conversation(old.conversation) == present


# --- more than are at hand, and forgetting --------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many tickets and posts are at hand."""
    monkeypatch.setattr("bot.channels.telegram.handoff.tickets._MAX_AT_HAND", 3)
    return 3


def test_what_is_no_longer_at_hand_is_read_from_the_memory(
    tickets: Tickets, few: int, store: CountingStore
) -> None:
    made = []
    for number in range(1, 9):
        made.append(opened(tickets, number))
        tickets.add_posts(CHAT, number, made[-1:])
    assert len(tickets.all()) == few
    assert made[0].id not in {ticket.id for ticket in tickets.all()}
    tickets.add_posts(CHAT, 50, made[-2:])
    assert [on(tickets, number) for number in range(1, 9)] == [[(0, one.id)] for one in made]
    assert on(tickets, 50) == [(1, made[-2].id), (2, made[-1].id)]
    assert run(tickets.last_post(made[0], CHAT)) == 1
    assert store.looked_up > 0
    assert len(tickets.all()) == few


def test_tickets_that_are_open_stay_at_hand_longest(tickets: Tickets, few: int) -> None:
    talking = [opened(tickets, person, is_open=True) for person in (1, 2)]
    for person in range(3, 9):
        opened(tickets, person)
    assert tickets.all()[:2] == talking


def test_a_forgotten_person_has_no_ticket_left(tickets: Tickets, memory: AsyncStore) -> None:
    ada, also, bob = opened(tickets, 7), opened(tickets, 7), opened(tickets, 77)
    tickets.add_posts(CHAT, 1, [ada, bob])
    assert tickets.forget("7") == {ada.id, also.id}
    run(memory.forget("7"))
    assert tickets.all() == [bob]
    assert tickets.of_conversation(ada.conversation) is None
    assert on(tickets, 1) == [(2, bob.id)]
    assert on(Tickets(memory), 1) == [(2, bob.id)]
    assert run(tickets.last_post(ada, CHAT)) is None


def test_a_forgotten_ticket_does_not_come_back(tickets: Tickets, memory: AsyncStore) -> None:
    """Though something was under way for it."""
    ada = opened(tickets)
    tickets.forget("7")
    run(memory.forget("7"))
    tickets.change(ada, answered=True)
    tickets.add_posts(CHAT, 1, [ada])
    assert (tickets.all(), on(tickets, 1)) == ([], [])
    assert run(tickets.last_post(ada, CHAT)) is None
    assert run(memory.ticket(ada.id)) is None


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
    assert run(again.last_post(ada, CHAT)) is None
    store.fails = False
    assert on(again, 1) == [(0, ada.id)]
    assert run(again.last_post(ada, CHAT)) == 1
