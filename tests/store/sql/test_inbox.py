"""What every `Inbox` keeps to, the real one and the fake; then what is true of the real one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.store.inbox import Inbox, InboxItem
from bot.store.pseudonyms import Pseudonyms
from bot.store.sql.decisions import SqlStore
from bot.store.sql.inbox import SqlInbox
from tests.fakes import FakeInbox
from tests.store.files import DAY_S, NOON, bytes_on_disk, rows

KEY = bytes(range(32))
Make = Callable[[], Inbox]


def inbox_over(path: Path, key: bytes = KEY) -> SqlInbox:
    return SqlInbox(f"sqlite:///{path}", Pseudonyms(key), retention_days=20)


@pytest.fixture(params=["sql", "fake"])
def make(request: pytest.FixtureRequest, path: Path) -> Iterator[Make]:
    """Makes inboxes of either kind, each as a new process would find it."""
    made: list[Inbox] = []
    fake = FakeInbox(retention_days=20)

    def one() -> Inbox:
        made.append(fake if request.param == "fake" else inbox_over(path))
        return made[-1]

    yield one
    for inbox in made:
        inbox.close()


@pytest.fixture
def inbox(make: Make) -> Inbox:
    return make()


def came(number: int, words: str = "words", *, at: float = NOON, person: int = 7) -> InboxItem:
    """A message that its own person sent, in whatever form the channel has for it."""
    payload = json.dumps({"update_id": number, "from": {"id": person}, "text": words})
    return InboxItem(number, at, payload, lane=person, person=str(person))


def read_again(*items: InboxItem) -> list[InboxItem]:
    return [replace(item, person=None) for item in items]


# --- every inbox ---------------------------------------------------------------------------------


def test_what_is_recorded_is_open_in_the_order_it_came(inbox: Inbox) -> None:
    said = [came(9), came(3, "第二 \ud800 \0"), came(12, "{}" * 5000)]
    assert inbox.record(said) == [9, 3, 12]
    assert inbox.record([came(1)]) == [1]
    assert [*inbox.open()] == read_again(*said, came(1))


def test_only_what_is_new_is_told(inbox: Inbox) -> None:
    assert inbox.record([]) == []
    assert inbox.record([came(1), came(2), came(1)]) == [1, 2]
    assert inbox.record([came(2), came(3)]) == [3]
    assert inbox.record([came(1), came(3)]) == []
    assert [each.update_id for each in inbox.open()] == [1, 2, 3]


@pytest.mark.parametrize("finish", ["", "done", "set aside"])
def test_what_came_once_is_known_in_the_next_process(make: Make, finish: str) -> None:
    first = make()
    first.record([came(1), came(2)])
    if finish == "done":
        first.done(1)
    elif finish == "set aside":
        first.set_aside(1, "why")
    first.close()
    second = make()
    assert second.record([came(1), came(2), came(3)]) == [3]
    assert [each.update_id for each in second.open()] == ([2, 3] if finish else [1, 2, 3])


def test_tries_are_counted_over_processes(make: Make) -> None:
    first = make()
    first.record([came(1), came(2)])
    first.begin(1)
    first.begin(1)
    first.close()
    second = make()
    second.begin(1)
    assert [(each.update_id, each.tries) for each in second.open()] == [(1, 3), (2, 0)]


def test_a_mark_on_what_is_not_there_changes_nothing(inbox: Inbox) -> None:
    inbox.record([came(1)])
    inbox.begin(2)
    inbox.done(2)
    inbox.set_aside(2, "why")
    assert [*inbox.open()] == read_again(came(1))
    assert inbox.record([came(2)]) == [2]


def test_the_number_of_what_is_done_is_known_for_eight_days(inbox: Inbox) -> None:
    inbox.record([came(1, at=NOON - 8.1 * DAY_S), came(2, at=NOON - 7.9 * DAY_S), came(3)])
    for number in (1, 2, 3):
        inbox.done(number)
    assert inbox.sweep(NOON) == 1
    assert inbox.record([came(1), came(2), came(3)]) == [1]


def test_what_waits_is_kept_as_long_as_all_that_is_remembered(inbox: Inbox) -> None:
    old, older = NOON - 19.9 * DAY_S, NOON - 20.1 * DAY_S
    inbox.record([came(1, at=old), came(2, at=older), came(3, at=old), came(4, at=older)])
    inbox.set_aside(3, "why")
    inbox.set_aside(4, "why")
    assert inbox.sweep(NOON) == 0
    assert [each.update_id for each in inbox.open()] == [1]
    assert inbox.record([came(1), came(2), came(3), came(4)]) == [2, 4]


# --- the real one --------------------------------------------------------------------------------


def secret(number: int) -> InboxItem:
    return came(number, "secret words 4711", person=4712_4713)


def test_nothing_of_what_an_update_says_can_be_read_in_the_files(path: Path) -> None:
    inbox = inbox_over(path)
    inbox.record([secret(1), secret(2), secret(3)])
    inbox.begin(1)
    inbox.done(2)
    inbox.set_aside(3, "KeyError")
    found = bytes_on_disk(path)
    assert re.findall(rb"secret words|471[1-4]", found) == []
    assert [*inbox.open()] == read_again(replace(secret(1), tries=1))
    inbox.close()


def test_what_is_done_is_erased_and_what_is_set_aside_waits_sealed(path: Path) -> None:
    inbox = inbox_over(path)
    inbox.record([came(1), came(2), came(3)])
    inbox.done(1)
    inbox.set_aside(2, "KeyError\0")
    inbox.close()
    query = "SELECT update_id, state, sealed IS NULL, person IS NULL, reason FROM received"
    assert rows(path, query) == [
        (1, "done", 1, 1, None),
        (2, "aside", 0, 0, "KeyError�"),
        (3, "open", 0, 0, None),
    ]


def test_what_was_sealed_with_another_key_is_left_out_and_goes_by_its_age(path: Path) -> None:
    other = inbox_over(path, key=b"k" * 32)
    other.record([came(1), came(2, at=NOON - 21 * DAY_S)])
    other.close()
    inbox = inbox_over(path)
    inbox.record([came(3)])
    assert [*inbox.open()] == read_again(came(3))
    inbox.sweep(NOON)
    assert rows(path, "SELECT update_id FROM received") == [(1,), (3,)]
    inbox.close()


def test_whoever_is_forgotten_is_forgotten_in_what_was_set_aside(path: Path) -> None:
    inbox = inbox_over(path)
    inbox.record([came(1), came(2), came(3, person=8), came(4)])
    for number in (1, 3):
        inbox.set_aside(number, "KeyError")
    inbox.done(2)
    database = SqlStore(f"sqlite:///{path}", Pseudonyms(KEY), KeepText.ALL, retention_days=20)
    sealed = str(rows(path, "SELECT sealed FROM received WHERE update_id = 1")[0][0]).encode()
    assert sealed in bytes_on_disk(path)
    database.forget("7")
    assert sealed not in bytes_on_disk(path)
    # What is under way, such as the wish itself, goes when it is done.
    assert rows(path, "SELECT update_id, state FROM received") == [
        (2, "done"),
        (3, "aside"),
        (4, "open"),
    ]
    assert inbox.record([came(2)]) == []
    database.close()
    inbox.close()
