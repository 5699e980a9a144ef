"""python -m bench.telegram: how much the served bot takes, and how long people wait.

The true process polls a stand-in for Telegram over loopback. First one chat writes, each message
when the one before is answered: the time of one message, with nobody else in the way. Then many
chats write in the same manner. Messages are the FAQ's own wordings with typing errors.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.typing_errors import with_typing_errors
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.tuning.show.tables import table
from tests.e2e.bot_api import BotApi
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess

_ALONE = 200  # messages of one chat
_TYPOS = 0.2
_PATIENCE_S = 120.0
_POINTS = 5  # at which the memory is read
_LIMIT = "{burst: 10000, per_minute: 10000}"


class Chats(BotApi):
    """A stand-in in which chats write again as soon as they are answered.

    Args:
        texts: what they write.
        given: see `BotApi`.
    """

    def __init__(self, texts: Sequence[str], **given: Any) -> None:
        super().__init__(**given)
        self._texts = cycle(texts)
        self._written: dict[int, float] = {}  # chat id → when, of what is not answered yet
        self._left = 0
        self._answered = threading.Condition()
        self.waits_s: list[float] = []
        self.replied_at: list[float] = []

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a request; what answers a message brings the chat's next one."""
        result = super().answer(token, method, params)
        if method == "sendMessage" and params["chat_id"] in self._written:
            self._next(params["chat_id"])
        with self._changed:
            self.calls.clear()  # or this process grows by them
        return result

    def run(self, chat_ids: Sequence[int], messages: int) -> float:
        """Have chats write so many messages in all; how long that took, in seconds.

        Raises:
            BotError: nothing was answered for two minutes.
        """
        self.waits_s, self.replied_at = [], []
        started = time.perf_counter()
        self.begin(chat_ids, messages)
        with self._answered:
            while len(self.replied_at) < messages:
                if not self._answered.wait(_PATIENCE_S):
                    raise BotError(f"no answer for {_PATIENCE_S:.0f} s; the bot's log says why")
        return self.replied_at[-1] - started

    def begin(self, chat_ids: Sequence[int], messages: int) -> None:
        """Have chats write so many messages in all, and do not wait for it."""
        self._left = messages
        for chat_id in chat_ids:
            self._write(chat_id)

    def cut_short(self) -> None:
        """Let nobody write any more."""
        with self._answered:
            self._left = 0

    def count(self) -> int:
        """How many messages of this run are answered."""
        return len(self.replied_at)

    def _write(self, chat_id: int) -> None:
        with self._answered:
            if self._left == 0:
                return
            self._left -= 1
            text = next(self._texts)
            self._written[chat_id] = time.perf_counter()
        self.say(text, chat_id=chat_id)

    def _next(self, chat_id: int) -> None:
        with self._answered:
            now = time.perf_counter()
            self.waits_s.append(now - self._written.pop(chat_id))
            self.replied_at.append(now)
            self._answered.notify_all()
        self._write(chat_id)


@dataclass(frozen=True, slots=True)
class Spent:
    """What the bot's process says of itself, so far.

    Attributes:
        cpu_s: processor time, of all its threads.
        matching_s: from an utterance to its reply's words, waiting for its turn included.
        resident: memory, in bytes.
    """

    cpu_s: float
    matching_s: float
    resident: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or an FAQ that cannot be used.
    """
    parser = command.OneLineParser(prog="python -m bench.telegram", description=__doc__)
    add = parser.add_argument
    add("--chats", type=command.natural, default=50, metavar="N", help="default: 50")
    add("--messages", type=command.natural, default=1500, metavar="N", help="default: 1500")
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    add("--port", type=command.natural, metavar="N", help="of /metrics; default: a free one")
    options = parser.parse_args(arguments)
    if not 1 <= options.chats <= options.messages:
        parser.error("--messages must be --chats at least, and --chats 1")
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    faq = load_faq(options.faq, Settings().thresholds)
    wordings = [wording for entry in faq.entries for wording in entry.wordings]
    texts = with_typing_errors(wordings, _TYPOS, seed=1)
    port = free_port() if options.port is None else options.port
    api = Chats(texts)
    with tempfile.TemporaryDirectory() as folder, api:
        config = write_config(Path(folder), options.faq, port)
        with BotProcess(config, api.token, api.url) as process:  # what is done once is done
            process.wait_for_log("serving Telegram")
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log("serving Telegram")
            read = partial(spent, process.pid, port)
            api.run([1], 20)  # whatever a first message needs, it needs once
            alone = measure(api, [1], _ALONE, read)
            many = measure(api, range(1, options.chats + 1), options.messages, read)
            limit = _limit(api)
    print(command.machine_line(command.machine()))
    print(f"{options.faq}: {len(faq.entries)} entries, {len(wordings)} wordings")
    matching_ms = alone.matching_s / _ALONE * 1000
    waits = ("p50\nms", "p99\nms", "longest\nstall ms")
    heads = ("chats", "messages", "s", "per s", *waits, "CPU ms per\nmessage", "outside\nmatching")
    rows = [found.row(matching_ms) for found in (alone, many)]
    print(table(heads, rows, left=0))
    print(f"matching takes {matching_ms:.1f} ms of a message that is alone")
    print("memory of the process over the second run:")
    print(", ".join(f"{100 * share:.0f} %: {size / 1e6:.0f} MB" for share, size in many.memory))
    print(f"the stand-in alone takes {limit:.0f} calls per s; a message is 2 calls and its polls")


@dataclass(frozen=True, slots=True)
class Found:
    """What a run showed; times in seconds."""

    chats: int
    messages: int
    wall_s: float
    waits_s: list[float]
    stall_s: float
    cpu_s: float
    matching_s: float
    memory: list[tuple[float, int]]

    def row(self, matching_ms: float) -> tuple[str, ...]:
        """A row of the table, given what the matching of one message takes."""
        outside = 1 - self.messages * matching_ms / 1000 / self.wall_s
        return (
            str(self.chats),
            str(self.messages),
            f"{self.wall_s:.1f}",
            f"{self.messages / self.wall_s:.1f}",
            *(f"{1000 * np.percentile(self.waits_s, share):.0f}" for share in (50, 99)),
            f"{1000 * self.stall_s:.0f}",
            f"{1000 * self.cpu_s / self.messages:.1f}",
            f"{100 * outside:.0f} %",
        )


def measure(api: Chats, chat_ids: Sequence[int], messages: int, read: partial[Spent]) -> Found:
    before = read()
    memory = [(0.0, before.resident)]
    over = threading.Event()

    def watch() -> None:
        for point in range(1, _POINTS):
            while api.count() < messages * point / _POINTS:
                if over.wait(0.2):
                    return
            memory.append((point / _POINTS, read().resident))

    watcher = threading.Thread(target=watch)
    api.replied_at = []
    watcher.start()
    try:
        wall_s = api.run(chat_ids, messages)
    finally:
        over.set()
        watcher.join()
    after = read()
    return Found(
        chats=len(chat_ids),
        messages=messages,
        wall_s=wall_s,
        waits_s=api.waits_s,
        stall_s=float(np.diff(api.replied_at).max(initial=0.0)),
        cpu_s=after.cpu_s - before.cpu_s,
        matching_s=after.matching_s - before.matching_s,
        memory=[*memory, (1.0, after.resident)],
    )


def write_config(folder: Path, faq: Path, port: int, more: str = "") -> Path:
    """A configuration that limits nobody, with a cache and a memory of its own.

    Args:
        port: of /metrics.
        more: other keys under telegram, such as "handoff_chat: -1, ".
    """
    lines = [
        f"faq: '{faq.resolve()}'",
        f"cache: '{folder / 'cache'}'",
        f"store: {{url: 'sqlite:///{folder / 'bot.db'}', key_file: '{folder / 'key'}'}}",
        f"telegram: {{{more}limits: {{person: {_LIMIT}, chat: {_LIMIT}}}}}",
        f"monitoring: {{port: {port}}}",
    ]
    path = folder / "config.yaml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def spent(pid: int, port: int) -> Spent:
    """What a bot's process has spent so far; its /metrics are on that port."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        samples = dict(_samples(answer.read().decode()))
    return Spent(
        cpu_s=(int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"),
        matching_s=samples["faq_bot_matching_seconds_sum"],
        resident=1024 * int(re.findall(r"VmRSS:\s+(\d+)", status)[0]),
    )


def _samples(text: str) -> Iterator[tuple[str, float]]:
    """The metrics without labels."""
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if not line.startswith("#") and "{" not in name:
            yield name, float(value)


def _limit(api: Chats) -> float:
    """What the stand-in takes by itself: calls per second over one connection."""
    body = b"chat_id=0&text=x"
    headers: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
    host = api.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    calls = 500
    started = time.perf_counter()
    for _ in range(calls):
        connection.request("POST", f"/bot{api.token}/sendMessage", body, headers)
        connection.getresponse().read()
    connection.close()
    return calls / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
