"""What one message takes of the bot and of its database, measured for `bench.fleet`."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, NullPool, create_engine, make_url

from bench.fleet import Statement, Times
from bench.telegram import Chats, spent, write_config
from bench.typing_errors import with_typing_errors
from bot.domain import KeepText
from bot.files.config.settings import Settings
from bot.files.config.telegram import Limit
from bot.files.faq.load import load_project
from bot.matching.build import Matcher, build_matcher
from bot.store.shared import InboxItem
from bot.store.sql.postgres import PASSWORD
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.store import Record
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess
from tests.postgres import OwnServer, own_postgres

_MESSAGES = 200
_LISTENERS = 40
_TYPOS = 0.2
_REPLICA, _OTHER = "measured", "another"
_LATER = 100_000  # the ids of what comes later
_PAYLOAD = "x" * 600  # of an update, about


def measured(call_s: float, link_s: float) -> Times:
    """Measure all of it, which takes half a minute.

    Args:
        call_s, link_s: see `Times`; they cannot be measured here.
    """
    settings, faq = load_project()
    texts = with_typing_errors([w for e in faq.entries for w in e.wordings], _TYPOS, seed=1)
    texts = (texts * (1 + _MESSAGES // len(texts)))[:_MESSAGES]
    matcher = build_matcher(settings, faq)
    decide = _processor_s(partial(matcher.decide, text) for text in texts)
    with own_postgres() as server:
        before, after = _statements(server, matcher, texts)
        tell = _telling_s(server)
    return Times(
        decide=decide,
        handle=_process_s(settings, texts) - decide,
        call=call_s,
        link=link_s,
        write=_write_s(),
        tell=tell,
        before=before,
        after=after,
    )


def _statements(
    server: OwnServer, matcher: Matcher, texts: list[str]
) -> tuple[list[Statement], list[Statement]]:
    """What is stored of a message before and after it is decided."""
    os.environ[PASSWORD] = server.password
    url = server.database()
    store = SqlStore(url, Pseudonyms(bytes(32)), KeepText.ALL, 10)
    ids, now, limit = [secrets.token_hex(8) for _ in texts], time.time(), Limit(10_000, 10_000)
    decided = [matcher.decide(text) for text in texts]
    numbers = range(len(texts))
    store.newest()
    (pid,) = (int(str(row[0])) for row in server.run(_BACKENDS, url))

    def take(name: str, work: Callable[[int], object], trips: int = 1) -> Statement:
        began_s = _spent_s(pid)
        client_s = _processor_s(partial(work, number) for number in numbers)
        server_s = (_spent_s(pid) - began_s) / len(texts)
        return Statement(name, client_s, server_s, trips=trips)

    def item(number: int) -> InboxItem:
        return InboxItem(number, now, _PAYLOAD, str(number), lane=number)

    def record(number: int) -> Record:
        text, decision = texts[number], decided[number]
        return Record(ids[number], now, text, "en", decision, str(number), str(number))

    def tokens(kind: str, number: int) -> object:
        return store.take_tokens(f"{kind} {number % 200}", limit, 1, shuts=True)

    def look(_: int) -> object:
        return store.lease(_REPLICA, 1)

    try:
        server.run(f"INSERT INTO replicas VALUES ('{_REPLICA}', 1e12)", url)  # seen for long
        idle = take("look for what is due", look, trips=3)
        arrived = take("write down what arrived", lambda n: store.receive([item(n)]), trips=4)
        told = take("tell who serves its chat", lambda n: store.summon(_OTHER, [n]))
        for number in numbers:
            store.done(number)
        both = take("", lambda n: (store.receive([item(_LATER + n)]), look(n)))
        busy = take("", look)  # all of it is under way, and nothing is due
        per_open = max(0.0, busy.server - idle.server) / len(texts)
        idle = replace(idle, per_open=per_open)
        taken = replace(
            idle,
            name="take what is due",
            client=both.client - arrived.client,
            server=max(idle.server, both.server - arrived.server),
            trips=5,
        )
        return [
            replace(arrived, outlasts=True),
            idle,  # where it came
            replace(told, tells=True),
            taken,
            take("tickets of a chat", lambda n: store.tickets(str(n))),
            take("tokens of a person", partial(tokens, "person")),
            take("tokens of a chat", partial(tokens, "chat")),
        ], [
            take("keep the decision", lambda n: store.record(record(n))),
            take("note what shows it", lambda n: store.shown(ids[n], str(n), n)),
            take("done", lambda n: store.done(_LATER + n)),
            idle,  # whether more of the chat waits
        ]
    finally:
        store.close()


_BACKENDS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'faq-bot'"
)


def _telling_s(server: OwnServer) -> float:
    """What the server spends on one more connection that listens, when it tells another."""
    whole = make_url(server.database()).set(password=server.password)
    engine = create_engine(whole, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    spent_s = []
    with ExitStack() as stack:

        def connect() -> Connection:
            return stack.enter_context(engine.connect())

        teller, pids = connect(), []
        pids.append(teller.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        for listeners in (0, _LISTENERS):
            for _ in range(listeners):
                listening = connect()
                listening.exec_driver_sql(f"LISTEN told_{len(pids)}")
                pids.append(listening.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            began_s = sum(map(_spent_s, pids))
            for _ in range(_MESSAGES):
                teller.exec_driver_sql("SELECT pg_notify('told', '')")
            time.sleep(0.5)  # the last are still being told
            spent_s.append((sum(map(_spent_s, pids)) - began_s) / _MESSAGES)
    return (spent_s[1] - spent_s[0]) / _LISTENERS


def _process_s(settings: Settings, texts: list[str]) -> float:
    """The processor time of the true process for a message, over a stand-in for Telegram."""
    port, api = free_port(), Chats(texts)
    with tempfile.TemporaryDirectory() as folder, api:
        (Path(folder) / "cache").symlink_to(settings.cache.resolve())
        config = write_config(Path(folder), settings.faq, port)
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log("serving Telegram")
            api.run(range(1, 21), 50)
            began = spent(process.pid, port)
            api.run(range(1, 21), len(texts))
            return (spent(process.pid, port).cpu_s - began.cpu_s) / len(texts)


def _write_s() -> float:
    """How long the disk takes to have one page for good."""
    waits = []
    with tempfile.TemporaryFile(dir=".") as file:
        for _ in range(50):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - began)
    return float(np.median(waits))


def _processor_s(works: Iterator[Callable[[], object]]) -> float:
    """The mean processor time of this thread for each."""
    began = time.thread_time()
    done = [work() for work in works]
    return (time.thread_time() - began) / len(done)


def _spent_s(pid: int) -> float:
    """The processor time of a process so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9
