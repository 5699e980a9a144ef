"""python -m bench.flood: how long others wait while one person floods the served bot.

The true process polls a stand-in for Telegram over loopback, with the default limits. One person
sends the dearest messages there are to sixty groups at once, and does so again and again. Meanwhile
others ask one ordinary question each, one a second, in private.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.worst_message import MADE_UP, filled
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from tests.e2e.bot_api import BotApi
from tests.e2e.process import BotProcess

_FLOODER, _GROUPS = 666, 60
_PAUSE_S = 1.0
_PATIENCE_S = 300.0
_AFFORDED = 300  # characters that cost one message


class Bystanders(BotApi):
    """A stand-in that notes when a private chat is answered."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[int, float] = {}
        self._answered = threading.Condition()
        self._waits_s: dict[int, float] = {}

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a request, and note whom it answers."""
        result = super().answer(token, method, params)
        chat = params.get("chat_id")
        with self._answered:
            if method == "sendMessage" and chat in self._asked and chat not in self._waits_s:
                self._waits_s[chat] = time.perf_counter() - self._asked[chat]
                self._answered.notify_all()
        with self._changed:
            self.calls.clear()  # or this process grows by them
        return result

    def begin(self) -> None:
        """Forget who asked before."""
        self._asked, self._waits_s = {}, {}

    def ask(self, text: str, chat_id: int) -> None:
        """Have somebody ask."""
        self._asked[chat_id] = time.perf_counter()
        self.say(text, chat_id=chat_id)

    def wait(self) -> list[float]:
        """How long everybody waited, once all are answered.

        Raises:
            BotError: somebody was not answered for five minutes.
        """
        with self._answered:
            while len(self._waits_s) < len(self._asked):
                if not self._answered.wait(_PATIENCE_S):
                    raise BotError(f"no answer for {_PATIENCE_S:.0f} s; the bot's log says why")
        return list(self._waits_s.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: nobody waited longer than --most; 1: somebody did; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.flood", description=__doc__)
    add = parser.add_argument
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    add("--seconds", type=command.natural, default=300, metavar="N", help="default: 300")
    add("--most", type=float, default=1.0, metavar="S", help="seconds beyond those in peace (1)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    faq = load_faq(options.faq, Settings().thresholds)
    wordings = cycle(wording for entry in faq.entries for wording in entry.wordings)
    chats = count(1_000)
    api = Bystanders()
    with tempfile.TemporaryDirectory() as folder, api:
        config = _config(Path(folder), options.faq)
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log("serving Telegram")
            api.ask(next(wordings), next(chats))
            api.wait()  # whatever a first message needs, it needs once
            peace = _measured(api, wordings, chats, seconds=20, floods=False)
            flood = _measured(api, wordings, chats, seconds=options.seconds, floods=True)
            ended = not process.is_running
    print(command.machine_line(command.machine()))
    for name, waits in (("in peace", peace), ("in the flood", flood)):
        p50, p99, most = (1000 * np.percentile(waits, share) for share in (50, 99, 100))
        told = f"median {p50:.0f}, 99 % {p99:.0f}, longest {most:.0f} ms"
        print(f"{name}: {len(waits)} people waited, {told}")
    return 1 if ended or max(flood) - float(np.median(peace)) > options.most else 0


def _measured(
    api: Bystanders, wordings: Iterator[str], chats: Iterator[int], *, seconds: int, floods: bool
) -> list[float]:
    api.begin()
    dear = cycle(filled(text) for text in MADE_UP)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if floods:
            text = next(dear)
            for group in range(_GROUPS):  # by turns as long as can be, and as cheap as can be
                chars = None if group % 2 else _AFFORDED
                api.say(f"/ask {text[:chars]}"[:4_096], chat_id=-5_000 - group, user_id=_FLOODER)
        api.ask(next(wordings), next(chats))
        time.sleep(_PAUSE_S)
    return api.wait()


def _config(folder: Path, faq: Path) -> Path:
    store = f"{{url: 'sqlite:///{folder / 'bot.db'}', key_file: '{folder / 'key'}'}}"
    path = folder / "config.yaml"
    path.write_text(f"faq: '{faq.resolve()}'\ncache: '{folder / 'cache'}'\nstore: {store}\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
