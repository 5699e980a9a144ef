"""What every `Store` keeps of what was handed to the team: the real one and the fake."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from bot.store.store import Post, Store, Ticket
from tests.store.files import NOON, Make, bytes_on_disk, rows

GROUP, SUPERGROUP = -5, -1_002_000_000_005


def ticket(number: int, *, at: float = NOON, person: str = "ada") -> Ticket:
    address = {"chat": 17, "thread": None, "kind": "private"}
    conversation = f"chat:{person}"
    return Ticket(f"{number:016x}", person, conversation, address, f"why {number}?", True, at)


def test_a_ticket_comes_back_as_it_was_saved_last(store: Store) -> None:
    store.save_ticket(ticket(1))
    assert [*store.tickets()] == [ticket(1)]
    later = replace(ticket(1), is_open=False, answered=True, last_at=NOON + 9, address={"chat": 18})
    store.save_ticket(later)
    assert [*store.tickets()] == [later]
    assert store.ticket(ticket(1).id) == later
    assert store.ticket(ticket(2).id) is None


def test_tickets_come_in_the_order_of_what_was_written_last(store: Store) -> None:
    for number, at in [(1, NOON + 3), (2, NOON + 1), (3, NOON + 2)]:
        store.save_ticket(ticket(number, at=at))
    assert [one.id[-1] for one in store.tickets()] == ["2", "3", "1"]


def test_a_ticket_that_is_closed_and_posted_waits_no_more_but_is_still_known(store: Store) -> None:
    waiting = [(True, True), (True, False), (False, False)]
    for number, (is_open, posted) in enumerate([*waiting, (False, True)]):
        store.save_ticket(replace(ticket(number), is_open=is_open, posted=posted))
    assert [(one.is_open, one.posted) for one in store.tickets()] == waiting
    done = replace(ticket(3), is_open=False, posted=True, question="")
    assert store.ticket(ticket(3).id) == done


def test_a_question_is_kept_until_the_team_has_been_shown_it(store: Store) -> None:
    store.save_ticket(ticket(1))
    store.save_ticket(replace(ticket(1), posted=True))
    assert [*store.tickets()] == [replace(ticket(1), posted=True, question="")]


def test_a_message_speaks_of_one_ticket_or_of_several_by_number(store: Store) -> None:
    for number in (1, 2, 3):
        store.save_ticket(ticket(number))
    one = Post(GROUP, 70, ticket(1).id, asked=4, decision_id="d" * 16)
    many = [Post(GROUP, 71, ticket(number).id, number) for number in (1, 2, 3)]
    for post in (one, many[1], many[0], many[2], Post(GROUP, 72, "f" * 16)):
        store.add_post(post)
    assert [*store.posts(GROUP, 70)] == [one]
    assert [*store.posts(GROUP, 71)] == many
    assert [*store.posts(GROUP, 72)] == []  # a ticket that is known no more
    assert [*store.posts(GROUP - 1, 70)] == []


def test_a_post_takes_the_place_of_an_older_one_of_the_same_message(store: Store) -> None:
    for number in (1, 2, 3):
        store.save_ticket(ticket(number))
    first, second = (Post(GROUP, 70, ticket(number).id, number) for number in (1, 2))
    alone = Post(GROUP, 70, ticket(3).id)
    steps = []
    for post in (first, second, replace(second, ticket_id=ticket(3).id), alone, first):
        store.add_post(post)
        steps.append([(one.number, one.ticket_id[-1]) for one in store.posts(GROUP, 70)])
    assert steps == [[(1, "1")], [(1, "1"), (2, "2")], [(1, "1"), (2, "3")], [(0, "3")], [(1, "1")]]


def test_the_posts_of_a_group_are_none_of_the_supergroups(store: Store) -> None:
    """Which counts its messages anew: by the old numbers a stranger would be answered."""
    store.save_ticket(ticket(1))
    old = Post(GROUP, 70, ticket(1).id)
    store.add_post(old)
    assert [*store.posts(SUPERGROUP, 70)] == []
    assert [*store.posts(GROUP, 70)] == [old]


def test_a_persons_tickets_are_forgotten_and_their_posts_known_before(store: Store) -> None:
    store.save_ticket(ticket(1))
    store.save_ticket(ticket(2, person="ben"))
    posts = [Post(GROUP, 71, ticket(1).id), Post(GROUP, 70, ticket(1).id)]
    bens = Post(GROUP, 72, ticket(2).id)
    for post in (*posts, bens):
        store.add_post(post)
    assert store.posts_of("ada") == (tuple(posts), ())
    store.forget("ada")
    assert store.posts_of("ada") == ((), ())
    assert [*store.tickets()] == [ticket(2, person="ben")]
    found = [store.posts(GROUP, number) for number in (70, 71, 72)]
    assert [[*each] for each in found] == [[], [], [bens]]


def test_a_helper_is_forgotten_in_tickets_and_posts_of_others(store: Store) -> None:
    taken = replace(ticket(1), is_open=False, helper="tom", helper_name="Tom")
    store.save_ticket(taken)
    post = Post(GROUP, 71, taken.id, helper="tom")
    store.add_post(post)
    assert store.ticket(taken.id) == taken
    assert store.posts_of("tom") == ((), (replace(post, helper=""),))
    assert store.kept_of("tom").helped == 2
    store.forget("tom")
    assert store.kept_of("tom").helped == 0
    assert store.ticket(taken.id) == replace(taken, helper="", helper_name="")
    assert store.posts_of("tom") == ((), ())
    assert store.posts_of("ada") == ((replace(post, helper=""),), ())


def test_of_a_helper_who_is_forgotten_no_byte_is_left(open_store: Make, path: Path) -> None:
    store = open_store()
    store.save_ticket(replace(ticket(1), is_open=False, helper="tom", helper_name="Tom"))
    store.add_post(Post(GROUP, 71, ticket(1).id, helper="tom"))
    ((hashed, sealed),) = rows(path, "SELECT helper, sealed FROM tickets")
    store.forget("tom")
    kept = bytes_on_disk(path)
    assert [str(each).encode() in kept for each in (hashed, sealed)] == [False, False]


def test_a_block_holds_for_its_time_or_for_good_and_outlasts_the_wish_to_be_forgotten(
    store: Store,
) -> None:
    store.block("ada", NOON + 9)
    store.block("ben", math.inf)
    assert [store.blocked_until(each) for each in ("ada", "ben", "cy")] == [NOON + 9, math.inf, 0]
    assert [store.blocked(NOON + at) for at in (0, 10)] == [2, 1]
    for person in ("ada", "ben"):
        store.forget(person)
    assert store.blocked(NOON) == 2
    store.block("ada", NOON + 20)
    store.unblock("ben")
    store.unblock("cy")
    assert (store.blocked(NOON + 10), store.blocked_until("ben")) == (1, 0)
