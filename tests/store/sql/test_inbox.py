"""What every `Store` keeps of what has arrived, the real one and the fake; then the real one's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.store.shared import InboxItem
from bot.store.sql.sqlite import SqliteEngine
from bot.store.store import Store
from tests.store.files import DAY_S, NOON, Make, bytes_on_disk, rows


def came(number: int, words: str = "words", *, at: float = NOON, person: int = 7) -> InboxItem:
    """A message that its own person sent, in whatever form the channel has for it."""
    payload = json.dumps({"update_id": number, "from": {"id": person}, "text": words})
    return InboxItem(number, at, payload, person=str(person))


def read_again(*items: InboxItem) -> list[InboxItem]:
    return [replace(item, person=None) for item in items]


# --- every inbox ---------------------------------------------------------------------------------


def test_what_is_recorded_is_open_in_the_order_it_came(store: Store) -> None:
    said = [came(9), came(3, "第二 \ud800 \0"), came(12, "{}" * 5000)]
    assert store.receive(said) == [9, 3, 12]
    assert store.receive([came(1)]) == [1]
    assert [*store.backlog()] == read_again(*said, came(1))


def test_only_what_is_new_is_told(store: Store) -> None:
    assert store.receive([]) == []
    assert store.receive([came(1), came(2), came(1)]) == [1, 2]
    assert store.receive([came(2), came(3)]) == [3]
    assert store.receive([came(1), came(3)]) == []
    assert [each.update_id for each in store.backlog()] == [1, 2, 3]


@pytest.mark.parametrize("finish", ["", "done", "set aside"])
def test_what_came_once_is_known_however_it_ended(store: Store, finish: str) -> None:
    store.receive([came(1), came(2)])
    if finish == "done":
        store.done(1)
    elif finish == "set aside":
        store.set_aside(1, "why")
    assert store.receive([came(1), came(2), came(3)]) == [3]
    assert [each.update_id for each in store.backlog()] == ([2, 3] if finish else [1, 2, 3])


def test_each_account_has_numbers_of_its_own(store: Store) -> None:
    """Or the bot would be deaf to a new account whose numbers the old one had used."""
    assert store.claim(1) == 0
    store.receive([came(1), came(2)])
    store.done(1)
    assert store.claim(2) == 1
    assert store.backlog() == []
    assert store.receive([came(1, "other"), came(2, "other")]) == [1, 2]
    store.done(2)
    assert store.claim(1) == 1
    assert store.backlog() == read_again(came(2))
    assert store.receive([came(1), came(2)]) == []


def test_tries_are_counted(store: Store) -> None:
    store.receive([came(1), came(2)])
    store.begin(1)
    store.begin(1)
    assert [(each.update_id, each.tries) for each in store.backlog()] == [(1, 2), (2, 0)]


def test_a_mark_on_what_is_not_there_changes_nothing(store: Store) -> None:
    store.receive([came(1)])
    store.begin(2)
    store.done(2)
    store.set_aside(2, "why")
    assert [*store.backlog()] == read_again(came(1))
    assert store.receive([came(2)]) == [2]


# --- the real one --------------------------------------------------------------------------------


def test_the_number_of_what_is_done_is_known_for_eight_days(open_store: Make) -> None:
    store = open_store()
    store.receive([came(1, at=NOON - 8.1 * DAY_S), came(2, at=NOON - 7.9 * DAY_S), came(3)])
    for number in (1, 2, 3):
        store.done(number)
    store.sweep(NOON)
    assert store.receive([came(1), came(2), came(3)]) == [1]


def test_what_waits_is_kept_as_long_as_all_that_is_remembered(open_store: Make) -> None:
    store = open_store()
    old, older = NOON - 9.9 * DAY_S, NOON - 10.1 * DAY_S
    store.receive([came(1, at=old), came(2, at=older), came(3, at=old), came(4, at=older)])
    store.set_aside(3, "why")
    store.set_aside(4, "why")
    store.sweep(NOON)
    assert [each.update_id for each in store.backlog()] == [1]
    assert store.receive([came(1), came(2), came(3), came(4)]) == [2, 4]


def test_nothing_of_what_an_update_says_can_be_read_in_the_files(
    open_store: Make, path: Path
) -> None:
    store = open_store()
    secret = came(1, "secret words 4711", person=4712_4713)
    store.receive([replace(secret, update_id=number) for number in (1, 2, 3)])
    store.begin(1)
    store.done(2)
    store.set_aside(3, "KeyError\0")
    assert re.findall(rb"secret words|471[1-4]", bytes_on_disk(path)) == []
    store.close()
    assert [*open_store().backlog()] == read_again(replace(secret, tries=1))
    query = "SELECT update_id, state, sealed IS NULL, person IS NULL, reason FROM received"
    assert rows(path, query) == [
        (1, "open", 0, 0, None),
        (2, "done", 1, 1, None),
        (3, "aside", 1, 0, "KeyError�"),
    ]


def test_what_was_sealed_with_another_key_is_left_out_and_goes_by_its_age(
    open_store: Make, path: Path
) -> None:
    open_store(key=b"k" * 32).receive([came(1), came(2, at=NOON - 11 * DAY_S)])
    store = open_store()
    store.receive([came(3)])
    assert [*store.backlog()] == read_again(came(3))
    store.sweep(NOON)
    assert rows(path, "SELECT update_id FROM received") == [(1,), (3,)]


def test_whoever_is_forgotten_is_forgotten_in_all_they_have_sent_up_to_the_wish(
    open_store: Make, path: Path
) -> None:
    """Whether it was set aside or is still being tried; what they send from then on stays, and the
    wish until it is done, so that a crash does not leave it without an answer."""
    store = open_store()
    store.receive([came(1), came(2), came(3, person=8), came(4), came(5), came(6)])
    for number in (1, 3):
        store.set_aside(number, "KeyError")
    store.done(2)
    sealed = rows(path, "SELECT update_id, sealed FROM received WHERE sealed IS NOT NULL")
    store.forget("7", 5)  # 4 is being tried again, 5 is the wish itself
    assert rows(path, "SELECT update_id, state, person IS NULL FROM received") == [
        (2, "done", 1),
        (3, "aside", 0),
        (4, "done", 1),
        (5, "open", 1),
        (6, "open", 0),
    ]
    kept = bytes_on_disk(path)
    assert [number for number, text in sealed if str(text).encode() in kept] == [5, 6]
    store.done(5)
    kept = bytes_on_disk(path)
    assert [number for number, text in sealed if str(text).encode() in kept] == [6]
    store.set_aside(4, "KeyError")  # though it was under way
    assert store.lost() == 0
    assert store.receive([came(2), came(4)]) == []


def test_items_outlast_a_power_cut_and_marks_need_not(
    open_store: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark that is lost costs a reply twice; an item that is lost costs a question."""
    run, outlasting = SqliteEngine.run, []

    def note(self: SqliteEngine, *given: Any, outlasts_power_cuts: bool = False) -> Any:
        outlasting.append(outlasts_power_cuts)
        return run(self, *given, outlasts_power_cuts=outlasts_power_cuts)

    monkeypatch.setattr(SqliteEngine, "run", note)
    store = open_store()
    store.receive([came(1)])
    store.begin(1)
    store.done(1)
    assert outlasting == [True, False, False]
