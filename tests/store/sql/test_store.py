"""What stands in the files of the database, and what no longer does."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.store.shared import InboxItem
from bot.store.sql import sqlite
from bot.store.sql.stats import read_firsts
from bot.store.sql.store import SqlStore, read_history
from bot.store.store import Label, LabelKind, Post, Record, Ticket
from tests.store.files import DAY_S, NOON, Make, bytes_on_disk, rows, unanswered, words


def test_no_person_conversation_or_chat_stands_in_the_files(open_store: Make, path: Path) -> None:
    store = open_store(KeepText.NONE)
    said = unanswered(1, "secret words", person="person-4711")
    store.record(replace(said, conversation="conversation-4712"))
    store.label(Label(said.id, LabelKind.UP, "person-4711", NOON))
    store.shown(said.id, "chat-4713", 1)
    address = {"chat": "address-4714"}
    ticket = Ticket("a" * 16, "person-4711", "conversation-4712", address, "why 4715?", True, NOON)
    store.save_ticket(ticket)
    store.add_post(Post(-5, 1, ticket.id))
    assert re.findall(b"47(?=1[1-5])|secret words", bytes_on_disk(path)) == []
    assert store.ticket(ticket.id) == ticket


def test_tickets_of_another_key_are_left_out(open_store: Make) -> None:
    ticket = Ticket("a" * 16, "ada", "chat", {}, "why?", True, NOON)
    open_store().save_ticket(ticket)
    other = open_store(key=b"k" * 32)
    assert ([*other.tickets()], other.ticket(ticket.id)) == ([], None)
    assert [*open_store().tickets()] == [ticket]


def test_what_waits_and_is_sealed_with_another_key_is_counted_until_it_is_given_up(
    open_store: Make,
) -> None:
    """A ticket that is over, and an update that is dealt with, are owed nothing."""
    store = open_store()
    for number, (is_open, posted) in enumerate([(True, True), (False, False), (False, True)]):
        ticket = Ticket(f"{number:016}", "ada", "chat", {}, "why?", is_open, NOON, posted)
        store.save_ticket(ticket)
    store.receive([InboxItem(number, NOON, "{}") for number in (1, 2)])
    store.done(1)
    other = open_store(key=b"k" * 32)
    other.receive([InboxItem(3, NOON, "{}")])
    assert other.lost() == 3
    other.give_up_lost()
    assert (other.lost(), [item.update_id for item in other.backlog()]) == (0, [3])


def test_forgetting_a_person_erases_the_bytes_from_all_files(
    open_store: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever this machine's SQLite was built to do by itself.
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA secure_delete=OFF", *sqlite._PRAGMAS))
    store = open_store()
    for number in range(60):
        person = "ada" if number % 3 else "ben"
        store.record(unanswered(number, f"{person} says {number}" + "." * 300, person=person))
    assert bytes_on_disk(path).count(b"ada says") > 0
    store.forget("ada")
    assert bytes_on_disk(path).count(b"ada says") == 0
    assert path.with_name("bot.db-wal").stat().st_size == 0
    assert bytes_on_disk(path).count(b"ben says") == 20


def test_bytes_that_cannot_be_erased_while_others_read_go_at_the_next_sweep(
    open_store: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store()
    store.record(unanswered(1, "erase me"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM decisions").fetchall()
        store.forget("ada")
    assert caplog.messages == ["erased bytes stand in the database's log until the next sweep"]
    store.sweep(NOON)
    assert b"erase me" not in bytes_on_disk(path)


@pytest.mark.parametrize(
    ("action", "age_s"),
    [
        pytest.param(Action.FALLBACK, 11 * DAY_S, id="too old"),
        pytest.param(Action.FOLLOW_UP, 2 * DAY_S, id="unresolved"),
        pytest.param(Action.ANSWER, 0.0, id="kept under other settings"),
    ],
)
def test_a_sweep_erases_the_bytes_of_what_is_not_to_be_kept(
    open_store: Make, path: Path, action: Action, age_s: float
) -> None:
    first, said = open_store(KeepText.ALL), unanswered(1, "erase me", at=NOON - age_s)
    first.record(replace(said, decision=replace(said.decision, action=action)))
    first.record(unanswered(2, "keep me"))
    assert b"erase me" in bytes_on_disk(path)
    first.close()
    open_store(KeepText.UNANSWERED).sweep(NOON)
    assert b"erase me" not in bytes_on_disk(path)
    assert b"keep me" in bytes_on_disk(path)


def asked(number: int, action: Action, *, at: float = NOON) -> Record:
    """A question whose words are its action, and on which was decided so."""
    said = unanswered(number, action.value, at=at)
    told = 'read "retrun" as "return"; 0.7 is why'
    return replace(said, decision=Decision(action, None, 0.7, (), told))


def text_and_reason(store: SqlStore, number: int) -> tuple[str | None, str]:
    store.shown(f"{number:016x}", "chat", 1)
    found = store.decision_shown("chat", 1)
    assert found is not None
    return found.text, found.decision.reason


@pytest.mark.parametrize(
    ("keep_text", "kept"),
    [
        pytest.param(KeepText.ALL, ["answer", "follow_up", "fallback", "hello"], id="all"),
        pytest.param(KeepText.UNANSWERED, [None, "follow_up", "fallback", None], id="unanswered"),
        pytest.param(KeepText.NONE, [None] * 4, id="none"),
    ],
)
def test_the_settings_say_whose_words_are_kept_and_a_reason_quotes_no_others(
    open_store: Make, keep_text: KeepText, kept: list[str | None]
) -> None:
    store = open_store(keep_text)
    for number, action in enumerate((Action.ANSWER, Action.FOLLOW_UP, Action.FALLBACK)):
        store.record(asked(number, action))
    store.record(replace(asked(3, Action.FALLBACK), text="hello", small_talk=True))
    found = [text_and_reason(store, number) for number in range(4)]
    assert [text for text, _ in found] == kept
    for text, reason in found:
        assert reason.startswith('read "…" as "…"; ' if text is None else 'read "retrun" as')


@pytest.mark.parametrize(
    ("kind", "age_s", "keep_text", "is_kept"),
    [
        (None, DAY_S - 1, KeepText.UNANSWERED, True),
        (None, DAY_S + 1, KeepText.UNANSWERED, False),
        (None, DAY_S + 1, KeepText.ALL, True),
        (LabelKind.CHOICE, 0, KeepText.UNANSWERED, False),
        (LabelKind.CHOICE, 0, KeepText.ALL, True),
        (LabelKind.NONE, DAY_S + 1, KeepText.UNANSWERED, True),
        (LabelKind.DOWN, DAY_S + 1, KeepText.UNANSWERED, True),
        (LabelKind.REPLIED, DAY_S + 1, KeepText.UNANSWERED, True),
    ],
)
def test_the_words_of_a_follow_up_are_kept_for_a_day_until_a_choice_is_made(
    open_store: Make, kind: LabelKind | None, age_s: float, keep_text: KeepText, is_kept: bool
) -> None:
    store = open_store(keep_text)
    store.record(asked(1, Action.FOLLOW_UP, at=NOON - age_s))
    if kind is not None:
        store.label(Label(f"{1:016x}", kind, "ada", NOON))
        assert (text_and_reason(store, 1)[0] is not None) == is_kept
    store.sweep(NOON)
    assert (text_and_reason(store, 1)[0] is not None) == is_kept


@pytest.mark.parametrize("keep_text", [KeepText.NONE, KeepText.UNANSWERED])
def test_what_the_team_replied_is_kept_as_long_as_the_words_of_the_question(
    open_store: Make, path: Path, keep_text: KeepText
) -> None:
    store, said = open_store(keep_text), asked(1, Action.FOLLOW_UP)
    store.record(said)
    store.label(Label(said.id, LabelKind.REPLIED, "helper", NOON, text="at nine"), anyone=True)
    assert (b"at nine" in bytes_on_disk(path)) == (keep_text is KeepText.UNANSWERED)
    store.label(Label(said.id, LabelKind.CHOICE, "ada", NOON, "hours"))
    store.sweep(NOON)
    assert b"at nine" not in bytes_on_disk(path)


def test_history_tells_all_but_small_talk_oldest_first(open_store: Make, path: Path) -> None:
    store = open_store(KeepText.NONE)
    lines = Thresholds(0.75, 0.6)
    hits = (Hit("refund", 0.7, "my money back", 0.51), Hit("returns", 0.65, "send it back"))
    part = Decision(Action.ANSWER, "refund", 0.7, hits, "", thresholds=lines, guard="polarity")
    last = replace(unanswered(1, at=NOON + 1), decision=replace(part, parts=(part, part)))
    last = replace(last, unknown=0.25)
    for record in (last, unanswered(2), unanswered(3), unanswered(4, at=NOON - 1)):
        store.record(record)
    store.record(replace(unanswered(5), small_talk=True))
    store.label(Label(last.id, LabelKind.UP, "ada", NOON))
    assert read_firsts(f"sqlite:///{path}", NOON) == {last.id}
    said = (Label(last.id, LabelKind.UP, "", NOON),)
    nameless = [
        replace(one, text=None, person="", conversation="")
        for one in (unanswered(2), unanswered(3), replace(last, labels=said))
    ]
    assert [*read_history(f"sqlite:///{path}", NOON)] == nameless


def test_a_sweep_takes_what_is_too_old_with_all_that_hangs_on_it(
    open_store: Make, path: Path
) -> None:
    store, too_old = open_store(), NOON - 10 * DAY_S - 1
    for number, at in ((1, too_old), (2, too_old + 2)):
        store.record(unanswered(number, f"words {number}", at=at))
        store.shown(f"{number:016x}", "chat", number)
        store.save_ticket(Ticket(f"{number:016x}", "ada", "chat", {}, "why?", True, at))
        store.add_post(Post(-5, number, f"{number:016x}"))
    store.sweep(NOON)
    assert words(store) == ["words 2"]
    assert [one.id[-1] for one in store.tickets()] == ["2"]
    assert rows(path, "SELECT message_id FROM shown UNION ALL SELECT message_id FROM posts") == [
        (2,),
        (2,),
    ]


def reason_kept(path: Path) -> str:
    return read_history(f"sqlite:///{path}", 0)[0].decision.reason


def test_a_number_of_the_words_is_not_kept_by_the_reason(open_store: Make, path: Path) -> None:
    store = open_store(KeepText.UNANSWERED)
    decision = Decision(Action.FOLLOW_UP, "card", 0.7, (), "0.7; the message says 4111-1234, “5”")
    said = replace(unanswered(1, "card 4111-1234?"), decision=decision)
    store.record(said)
    assert reason_kept(path) == decision.reason
    store.label(Label(said.id, LabelKind.CHOICE, "ada", NOON, "card"))
    assert reason_kept(path) == "0.7; the message says …, “5”"
    store.sweep(NOON)
    assert b"4111" not in bytes_on_disk(path)
