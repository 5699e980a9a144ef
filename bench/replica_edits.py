"""How long it takes until several processes on one PostgreSQL serve an edit of the FAQ."""

from __future__ import annotations

import json
import random
import shutil
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.replica_fleet import CACHE
from bot.errors import BotError
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess
from tests.postgres import OwnServer

_QUESTION = "Which edition of this FAQ is served?"
_ENTRY = "- {{id: edition-served, question: '{}', answer: 'Edition {}.'}}\n"
_EDIT = "edition-served.yaml"
_LOOK_S = 0.05
_PATIENCE_S = 60.0
_LIMIT = "{burst: 10000, per_minute: 10000}"


class _Replica:
    """One of them, with a folder and a port of its own.

    Attributes:
        faq: where its FAQ is edited.
    """

    def __init__(self, number: int, faq: Path, folder: Path, server: OwnServer, url: str) -> None:
        self.faq = folder / f"faq-{number}"
        if faq.is_dir():
            shutil.copytree(faq, self.faq)
        else:
            self.faq.mkdir()
            shutil.copy(faq, self.faq)
        self.save(0)
        self._port = free_port()
        limits = f"{{conversation: {_LIMIT}, key: {_LIMIT}}}"
        config = folder / f"config-{number}.yaml"
        config.write_text(
            f"faq: '{self.faq}'\ncache: '{CACHE}'\n"
            f"store: {{url: '{url}', key_file: '{folder / 'key'}'}}\n"
            f"http: {{port: {self._port}, limits: {limits}}}\n",
            "utf-8",
        )
        self.process = BotProcess(config, "", "", STORE_PASSWORD=server.password)

    def save(self, edition: int) -> None:
        """Save the FAQ with another edition."""
        beside = self.faq / ".saving"
        beside.write_text(_ENTRY.format(_QUESTION, edition), "utf-8")
        beside.replace(self.faq / _EDIT)

    def until_served(self, edition: int) -> float:
        """When it answers with an edition, of monotonic time; inf: not for a minute."""
        give_up_at = time.monotonic() + _PATIENCE_S
        body = json.dumps({"text": _QUESTION}).encode()
        ask = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/v1/ask", body, {"Content-Type": "application/json"}
        )
        while time.monotonic() < give_up_at:
            with urllib.request.urlopen(ask, timeout=_PATIENCE_S) as answer:
                if f"Edition {edition}." in answer.read().decode():
                    return time.monotonic()
            time.sleep(_LOOK_S)
        return float("inf")


def edits(
    faq: Path, folder: Path, server: OwnServer, count: int, tries: int
) -> Iterator[tuple[float, float]]:
    """Edit the FAQ of any of so many replicas, again and again.

    Returns:
        For each try, in how many seconds from the save on the first and the last one served it.
    Raises:
        BotError: one never did.
    """
    url = server.database()
    with ExitStack() as stack:
        replicas = []
        for number in range(count):
            replicas.append(_Replica(number, faq, folder, server, url))
            stack.enter_context(replicas[-1].process)
            replicas[-1].process.wait_for_log("serving HTTP")
        for edition in range(1, tries + 1):
            served: list[float] = []

            def watch(replica: _Replica, edition: int = edition, to: list[float] = served) -> None:
                to.append(replica.until_served(edition))

            watching = [threading.Thread(target=watch, args=(each,)) for each in replicas]
            for each in watching:
                each.start()
            time.sleep(random.random())
            began = time.monotonic()
            random.choice(replicas).save(edition)
            for each in watching:
                each.join()
            if len(served) < count or max(served) == float("inf"):
                raise BotError("an edit was not served by all within a minute")
            yield min(served) - began, max(served) - began
