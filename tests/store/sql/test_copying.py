"""A memory that moves to another database, whole, with what hangs on it and who is meant."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table

from bot.domain import KeepText
from bot.store.shared import InboxItem
from bot.store.sql import copying, engine
from bot.store.sql.copying import copy_store, require_copyable
from bot.store.sql.engine import Values, place_of
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.store import Label, LabelKind, Post, Record, Ticket
from tests.store.files import NOON, reason, unanswered

KEY = Pseudonyms(bytes(32))
TICKET = Ticket("a" * 16, "ada", "chat:ada", {"chat": 17}, "why?", True, NOON, helper="tom")
COUNTS = {"decisions": 8, "labels": 2, "shown": 1, "tickets": 1, "posts": 1, "received": 2}


def opened(url: str) -> closing[SqlStore]:
    return closing(SqlStore(url, KEY, KeepText.ALL, retention_days=10))


def fill(url: str) -> None:
    """Remember something of each kind."""
    with opened(url) as store:
        for number in range(8):
            store.record(unanswered(number, f"words {number}", at=NOON + number))
        store.record(replace(unanswered(8), person="ben"))
        store.forget("ben")  # so that numbers have gaps
        for kind, said in ((LabelKind.DOWN, None), (LabelKind.REPLIED, "We open at nine.")):
            store.label(Label(unanswered(7).id, kind, "ada", NOON, None, said))
        store.shown(unanswered(7).id, "chat", 5)
        store.save_ticket(TICKET)
        store.add_post(Post(-5, 9, TICKET.id, helper="tom"))
        store.claim(77)
        store.receive([InboxItem(number, NOON, f"payload {number}", "ada") for number in (3, 4)])
        store.done(3)
        store.block("eve", math.inf)
        store.take_note("digest", "sent")


def known(url: str) -> tuple[object, ...]:
    """All that can be told of what is remembered."""
    with opened(url) as store:
        store.claim(77)
        shown: Record | None = store.decision_shown("chat", 5)
        return (
            *(store.kept_of("ada"), store.kept_of("tom"), store.missed(99), shown),
            *([*store.backlog()], [*store.tickets()], store.posts_of("ada")),
            *(store.blocked_until("eve"), store.note("digest"), store.stats(0)),
        )


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of a file of SQLite where something of each kind is remembered."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    fill(url)
    return url


def test_all_that_is_remembered_moves_to_a_server_and_back(
    file: str, fresh_database: str, tmp_path: Path
) -> None:
    back, before = f"sqlite:///{tmp_path / 'back.db'}", known(file)
    for source, target in ((file, fresh_database), (fresh_database, back)):
        counts = copy_store(source, target, KEY)
        assert {name: counts[name] for name in COUNTS} == COUNTS
        assert known(target) == before
    with opened(fresh_database) as store:  # it counts on from there
        store.record(unanswered(99, at=NOON + 99))
        store.receive([InboxItem(5, NOON, "payload 5")])
        assert [item.update_id for item in store.backlog()] == [5]
        assert len(store.missed(99)) == 9


def test_what_was_interrupted_goes_on_when_it_is_called_again(
    file: str, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PAGE", 3)
    written = 0

    def interrupted(connection: Connection, table: Table, rows: Values) -> None:
        nonlocal written
        written += 1
        if written == 4:
            raise KeyboardInterrupt
        engine.put(connection, table, rows)

    before = known(file)
    with monkeypatch.context() as patch:
        patch.setattr(copying, "put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            copy_store(file, fresh_database, KEY)
    copy_store(file, fresh_database, KEY)
    assert known(fresh_database) == before


def test_what_holds_something_else_is_not_written_over(file: str, fresh_database: str) -> None:
    copy_store(file, fresh_database, KEY)
    told = reason(lambda: copy_store(file, fresh_database, KEY))
    assert told.startswith(f"{place_of(fresh_database)} holds 16 rows already. Name an empty ")


def test_a_file_that_is_none_of_the_bots_is_left_as_it_is(file: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Call Ada about the cake.", "utf-8")
    for names in ((file, f"sqlite:///{notes}"), (f"sqlite:///{notes}", file)):
        told = reason(partial(require_copyable, *names))
        assert told.startswith(f"{notes} is no database of the bot's, or a damaged one: ")
    assert [each.name for each in tmp_path.iterdir() if "notes" in each.name] == ["notes.txt"]


def test_a_memory_of_another_key_is_told(file: str, fresh_database: str) -> None:
    told = reason(lambda: copy_store(file, fresh_database, Pseudonyms(b"k" * 32)))
    assert told.startswith(f"{place_of(file)} was sealed with another key than ")


def test_nothing_is_copied_while_a_bot_has_either_open(file: str, fresh_database: str) -> None:
    for url, told in ((file, "program: stop the bot first."), (fresh_database, "of them first.")):
        with opened(url) as store:
            store.stats(0)
            assert reason(partial(require_copyable, file, fresh_database)).endswith(told)


def test_configurations_and_addresses_name_what_is_copied(
    file: str, fresh_database: str, tmp_path: Path
) -> None:
    (tmp_path / "faq.yaml").write_text("- {id: a, question: a?, answer: a}", "utf-8")
    for name, url, key in (("old", file, "key"), ("new", fresh_database, "other-key")):
        text = f"faq: faq.yaml\nstore: {{url: '{url}', key_file: {key}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text.replace(str(tmp_path) + "/", ""), "utf-8")
    (tmp_path / "key").write_text("00" * 32)

    def copy(*names: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "bot", "store", "copy", *names]
        root = Path(__file__).parents[3]
        done = subprocess.run(
            [*command, "--config", str(tmp_path / "old.yaml")],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    old, new = str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")
    refused, told = copy(old, new)
    assert (refused, told.startswith(f"{tmp_path / 'other-key'} is not the key ")) == (2, True)
    assert copy(old, "postgresql+psycopg://a:b@c/d")[1].startswith("the address holds a password")
    away = copy(old, "postgresql+psycopg://localhost:1/faq")[1]
    assert away.startswith("postgresql://localhost:1/faq: the server cannot be reached: ")
    absent = copy(old, re.sub(r"faq_\w+", "nowhere", fresh_database))[1]
    assert absent.endswith("/nowhere: the server has no such database: make it with createdb.\n")
    assert copy(old)[1] == "store copy needs: python -m bot store copy FROM TO\n"
    done, told = copy(old, fresh_database)
    assert (done, [*filter(re.compile("decisions|labels").match, told.splitlines())]) == (
        *(0, [f"{'decisions':<16}{8:>12}", f"{'labels':<16}{2:>12}"]),
    )


def test_what_copies_a_database_on_a_server_is_told_and_the_key_held_against_it(
    fresh_database: str, tmp_path: Path
) -> None:
    (tmp_path / "faq.yaml").write_text("- {id: a, question: a?, answer: a}", "utf-8")
    config, key = tmp_path / "config.yaml", tmp_path / "key"
    written = f"faq: faq.yaml\nstore: {{url: '{fresh_database}', key_file: key}}\n"
    config.write_text(written, "utf-8")

    def told(action: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "bot", "store", action, "copy", "--config", str(config)]
        root = Path(__file__).parents[3]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    for number, action, line in ((0, "backup", "pg_dump --f"), (1, "restore", "pg_restore --c")):
        key.write_text(f"{0:064}")
        code, text = told(action)
        assert (code, text.splitlines()[1].startswith(line)) == (1, True)
        key.write_text(f"{number + 1:064}")
        assert told(action) == (2, told(action)[1])
        assert f"{key} is not the key that {place_of(fresh_database)} was" in told(action)[1]
