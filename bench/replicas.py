"""python -m bench.replicas: what several processes on one PostgreSQL lose, repeat, and take.

First the throughput of 1, 2 and 4 of them, with the share of the processors that each part took.
Then many chats ask, while one replica after another is killed (SIGKILL) and started again, and the
server is restarted twice. All over loopback, with a stand-in for Telegram and a server of our own.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from signal import SIGKILL

from bench import command
from bench.telegram import write_config
from bot.errors import BotError
from bot.files.config import Settings
from bot.files.faq import load_faq
from bot.tuning.show.tables import table
from tests.e2e.bot_api import BotApi
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess
from tests.postgres import OwnServer, own_postgres

_PATIENCE_S = 180.0
_FIRST_GROUP = -1_000_001  # in a group each reply names the message that it answers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 1: something was lost or out of order; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.replicas", description=__doc__)
    add = parser.add_argument
    add("--chats", type=command.natural, default=200, metavar="N", help="default: 200")
    add("--messages", type=command.natural, default=5000, metavar="N", help="default: 5000")
    add("--replicas", type=command.natural, default=3, metavar="N", help="default: 3")
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    add("--kill-every", type=float, default=2.0, metavar="S", help="default: 2")
    add("--seed", type=int, default=1)
    add("--only-kills", action="store_true", help="no throughput")
    options = parser.parse_args(arguments)
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> int:
    faq = load_faq(options.faq, Settings().thresholds)
    texts = [entry.question for entry in faq.entries]
    print(command.machine_line(command.machine()))
    with tempfile.TemporaryDirectory() as folder, own_postgres() as server:
        if not options.only_kills:
            rows = [_throughput(options, Path(folder), server, texts, n) for n in (1, 2, 4)]
            heads = ("replicas", "messages", "per s", "CPU ms per\nmessage", "replicas",
                     "server", "stand-in")  # fmt: skip
            print(table(heads, rows, left=0))
        return _killed(options, Path(folder), server, texts)


class _Fleet:
    """Replicas on one new database."""

    def __init__(self, api: BotApi, options: argparse.Namespace, folder: Path, server: OwnServer):
        self._api, self._password = api, server.password
        url = server.database()
        whole = write_config(folder, options.faq, free_port()).read_text("utf-8")
        kept = f"store: {{url: '{url}', key_file: '{folder / 'key'}'}}"
        lines = [each for each in whole.splitlines() if not each.startswith(("store:", "moni"))]
        self._config = folder / "replicas.yaml"
        self._config.write_text("\n".join([*lines, kept]), "utf-8")

    def start(self) -> BotProcess:
        return BotProcess(
            *(self._config, self._api.token, self._api.url), STORE_PASSWORD=self._password
        )


@contextmanager
def _serving(fleet: _Fleet, count: int) -> Iterator[list[BotProcess]]:
    with ExitStack() as stack:
        replicas = [fleet.start() for _ in range(count)]
        stack.callback(lambda: [each.stop() for each in replicas if each.is_running])
        for each in replicas:
            each.wait_for_log("serving Telegram")
        yield replicas


def _throughput(
    options: argparse.Namespace, folder: Path, server: OwnServer, texts: Sequence[str], count: int
) -> tuple[str, ...]:
    messages = options.messages // 2
    with BotApi() as api, _serving(_Fleet(api, options, folder, server), count) as replicas:
        before = [_cpu_s(each.pid) for each in replicas]
        servers, own, began = _server_s(server), time.process_time(), time.perf_counter()
        asked = _ask(api, options.chats, messages, texts)
        _wait(lambda: len(_replied(api)) >= len(asked))
        took_s = time.perf_counter() - began
        spent = sum(map(_cpu_s, (each.pid for each in replicas))) - sum(before)
        servers, own = _server_s(server) - servers, time.process_time() - own
    shares = (f"{100 * part / took_s:.0f} %" for part in (spent, servers, own))
    each_ms = f"{1000 * (spent + servers) / messages:.1f}"
    return (str(count), str(messages), f"{messages / took_s:.0f}", each_ms, *shares)


def _killed(
    options: argparse.Namespace, folder: Path, server: OwnServer, texts: Sequence[str]
) -> int:
    choose = random.Random(options.seed)
    with BotApi() as api:
        fleet = _Fleet(api, options, folder, server)
        with _serving(fleet, options.replicas) as replicas:
            asked: list[tuple[int, int]] = []
            said = threading.Event()

            def say() -> None:
                for share in range(20):
                    asked.extend(_ask(api, options.chats, options.messages // 20, texts))
                    said.wait(options.kill_every / 2 if share < 19 else 0)
                said.set()

            speaker = threading.Thread(target=say)
            speaker.start()
            kills, restarts, killed_at = 0, 0, []
            while speaker.is_alive() or not set(asked) <= set(_replied(api)):
                time.sleep(options.kill_every)
                if speaker.is_alive():
                    victim = choose.randrange(len(replicas))
                    replicas[victim].stop(SIGKILL)
                    killed_at.append(len(_replied(api)))
                    replicas[victim] = fleet.start()
                    kills += 1
                    if kills in {3, 6}:
                        server.stop()
                        time.sleep(1)
                        server.start()
                        restarts += 1
            replied = _replied(api)
    lost = len(set(asked) - set(replied))
    again = sum(Counter(replied).values()) - len(set(replied))
    firsts = list(dict.fromkeys(replied))
    of_chat = {chat: [number for other, number in firsts if other == chat] for chat, _ in firsts}
    disordered = sum(one > other for said_ in of_chat.values() for one, other in pairwise(said_))
    most = max(Counter(replied).values(), default=0) - 1
    print(
        f"{options.replicas} replicas, {options.chats} chats, {len(asked)} messages, {kills} "
        f"kills, {restarts} restarts of the server: {lost} lost, {disordered} out of order, "
        f"{again} answered again, one message {most} times at most"
    )
    return 1 if lost or disordered else 0


def _ask(api: BotApi, chats: int, messages: int, texts: Sequence[str]) -> list[tuple[int, int]]:
    """Have groups ask so many questions in all; (group, message) of each."""
    groups = cycle(range(_FIRST_GROUP, _FIRST_GROUP - chats, -1))
    asked = []
    for number in range(messages):
        update_id = api.say(f"/ask {texts[number % len(texts)]}", chat_id=next(groups))
        asked.append(api.said(update_id))
    return asked


def _replied(api: BotApi) -> list[tuple[int, int]]:
    """(group, message) of each that was answered, in the order of the answers."""
    return [
        (call.result["chat"]["id"], call.result["reply_to_message"]["message_id"])
        for call in list(api.calls)
        if call.method == "sendMessage" and call.error is None and "reply_to_message" in call.result
    ]


def _wait(is_over: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while not is_over():
        if time.monotonic() > give_up_at:
            raise BotError(f"not answered within {_PATIENCE_S:.0f} s; the bot's log says why")
        time.sleep(0.1)


def _cpu_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _server_s(server: OwnServer) -> float:
    """Processor time of the server and all its connections that are open."""
    return sum(map(_cpu_s, server.pids()))


if __name__ == "__main__":
    sys.exit(main())
