"""The true process with its phrasings in PostgreSQL: an edit, a restart of the server, and a
server that is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from bot.store.sql.postgres import PASSWORD
from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import START_TIMEOUT_S, MakeConfig
from tests.postgres import OwnServer, own_postgres

EN = shipped()["en"]
ENTRIES = """
- {{id: hours, question: When are you open?, phrasings: [What are your opening hours?],
   answer: We open at seven.}}
- {{id: cake, question: {0}, phrasings: [I would like to order a cake],
   answer: Order by phone.}}
"""
CAKE, BREAD = "How do I order a cake?", "Do you bake rye bread?"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnServer]:
    with own_postgres() as running:
        monkeypatch.setenv(PASSWORD, running.password)
        yield running


def write(folder: Path, question: str) -> None:
    """Save the FAQ, whole."""
    beside = folder / ".saving"
    beside.write_text(ENTRIES.format(question), "utf-8")
    beside.replace(folder / "faq.yaml")


def until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def said(asking: Asking, text: str) -> str:
    return str(asking.ask(text)["reply"]["text"])


def test_edits_are_served_from_the_database_and_its_restart_is_not_noticed(
    make_config: MakeConfig, server: OwnServer, tmp_path: Path
) -> None:
    write(tmp_path, CAKE)
    url = server.database()
    store = f"{{url: '{url}', key_file: '{tmp_path}/key'}}"
    more = f"faq: {tmp_path}\nindex: pgvector\nmultilingual_model: none\nstore: {store}\n"
    with serving_http(make_config, "", more) as asking:
        assert "seven" in said(asking, "what are the opening hours")
        (name,) = server.run(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'faq_vectors' "
            "AND tablename <> 'faqs' ORDER BY tablename LIMIT 1",
            url,
        )[0]
        held = f"SELECT phrasing FROM faq_vectors.{name} ORDER BY id"
        assert len(server.run(held, url)) == 4
        write(tmp_path, BREAD)
        until(lambda: "phone" in said(asking, "do you bake rye bread"))
        assert server.run(held, url)[-1] == (BREAD,)  # beside what was there
        server.stop()
        server.start()
        assert "seven" in said(asking, "what are the opening hours")
        server.stop()
        assert said(asking, "where can I leave my bicycle") == EN.unavailable
        asking.process.wait_for_log("people are told that nothing can be looked up right now")
        server.start()
        asking.process.wait_for_log("can be searched again")
        assert "seven" in said(asking, "what are the opening hours")
        assert not [line for line in asking.process.log if "Traceback" in line]
