"""Two replicas on one PostgreSQL, each with a folder of its own: one FAQ, one key, one limit."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.store.sql.postgres import PASSWORD
from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig
from tests.postgres import PostgresServer

HOURS, CAKE = "when are you open?", "how do I order a cake?"
BOTH = f"{HOURS} {CAKE}"  # one message that two entries answer
ENTRIES = """
- {{id: hours, question: When are you open?, phrasings: [What are your opening hours?],
   answer: We open at seven in edition {0}.}}
- {{id: cake, question: How do I order a cake?, phrasings: [I would like to order a cake],
   answer: Order by phone in edition {0}.}}
"""
EDITION = re.compile(r"edition ([0-9]+)")
BURST = 6


def write(folder: Path, edition: int) -> None:
    """Save the FAQ, whole."""
    folder.mkdir(exist_ok=True)
    beside = folder / ".saving"
    beside.write_text(ENTRIES.format(edition), "utf-8")
    beside.replace(folder / "faq.yaml")


@dataclass
class Fleet:
    """Where replicas are started; each has its number."""

    make_config: MakeConfig
    folder: Path
    url: str

    def faq(self, number: int) -> Path:
        """The FAQ's folder of a replica."""
        return self.folder / f"faq-{number}"

    def yaml(self, number: int, key: str = "key") -> str:
        """Its configuration, but what it serves."""
        store = f"{{url: '{self.url}', key_file: '{self.folder / key}'}}"
        return f"faq: {self.faq(number)}\nstore: {store}\n"

    def serving(self, number: int) -> Iterator[Asking]:
        """A replica that serves HTTP."""
        limits = f"limits: {{conversation: {{burst: {BURST}, per_minute: 0.1}}, "
        limits += "key: {burst: 10000, per_minute: 10000}}"
        with serving_http(self.make_config, limits, self.yaml(number)) as asking:
            yield asking


@pytest.fixture(scope="module")
def fleet(
    make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Fleet]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(PASSWORD, postgres.password)
        url = postgres.database()
        yield Fleet(make_config, tmp_path_factory.mktemp("fleet"), url)
        postgres.drop(url)


@pytest.fixture(scope="module")
def pair(fleet: Fleet) -> Iterator[tuple[Asking, Asking]]:
    """Two replicas over two folders that hold the first edition."""
    with ExitStack() as stack:
        started = []
        for number in (1, 2):
            write(fleet.faq(number), 1)
            replica = contextmanager(fleet.serving)(number)
            started.append(stack.enter_context(replica))
        yield started[0], started[1]


def editions(asking: Asking, text: str = BOTH) -> list[int]:
    """The editions that a reply is made of."""
    return [int(found) for found in EDITION.findall(asking.ask(text)["reply"]["text"])]


def until_served(asking: Asking, edition: int) -> None:
    """Ask again and again until an edition is served."""
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while editions(asking) != [edition, edition]:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_an_edit_is_served_by_both_and_no_reply_mixes_two_versions(
    fleet: Fleet, pair: tuple[Asking, Asking]
) -> None:
    replies: list[list[int]] = []
    over = threading.Event()

    def ask(asking: Asking) -> None:
        while not over.is_set():
            replies.append(editions(asking))

    asking = [threading.Thread(target=ask, args=(each,)) for each in pair]
    for each in asking:
        each.start()
    try:
        for edition, (editor, other) in ((11, pair), (12, pair[::-1])):
            write(fleet.faq(1 + pair.index(editor)), edition)
            until_served(editor, edition)
            until_served(other, edition)
    finally:
        over.set()
        for each in asking:
            each.join()
    assert all(len(found) == 2 and found[0] == found[1] for found in replies)
    assert {found[0] for found in replies} >= {11, 12}


def test_a_replica_that_starts_with_old_files_serves_what_all_serve(
    fleet: Fleet, pair: tuple[Asking, Asking]
) -> None:
    write(fleet.faq(1), 21)
    until_served(pair[1], 21)
    write(fleet.faq(3), 1)
    with contextmanager(fleet.serving)(3) as late:
        assert editions(late) == [21, 21]
        write(fleet.faq(3), 22)  # what was never served is an edit, wherever it stands
        until_served(pair[0], 22)


def test_who_asks_too_much_is_stopped_as_if_there_were_one_process(
    pair: tuple[Asking, Asking],
) -> None:
    told = [
        pair[number % 2].post("ask", text=HOURS, conversation="a flood")
        for number in range(BURST + 4)
    ]
    statuses = [each.status for each in told]
    assert statuses.count(429) >= 4
    assert statuses[BURST:] == [429] * 4


def test_a_replica_with_another_key_does_not_start(
    fleet: Fleet, pair: tuple[Asking, Asking]
) -> None:
    write(fleet.faq(4), 1)
    for key, text in (("other", "11" * 32), ("missing", None)):
        if text is not None:
            (fleet.folder / key).write_text(text, "utf-8")
        config = fleet.make_config(f"http: {{port: 1}}\n{fleet.yaml(4, key)}")
        with BotProcess(config, "", "") as process:
            assert process.wait(START_TIMEOUT_S) == 2
        (line,) = process.log
        assert line.startswith(f"{fleet.folder / key} is ")
        assert "Copy the key of the bot's other machines there" in line
    assert not (fleet.folder / "missing").exists()
