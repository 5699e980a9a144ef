"""python -m bench.soak: a day of traffic in some minutes: does memory grow, do people wait longer?

The true process polls a stand-in for Telegram over loopback. Each of 24 simulated hours has
ordinary messages, more by day than by night; a burst of messages at once; a changed FAQ that is
read anew; a question that goes to the team and comes back answered; and a network that fails in
five ways. The clock is the true one: what the bot does by the hour or by the day is not simulated.
"""

from __future__ import annotations

import argparse
import logging
import math
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.telegram import spent, write_config
from bench.typing_errors import with_typing_errors
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.tuning.show.tables import table
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import DROPPED_AFTER, DROPPED_BEFORE, HALF_OPEN, refusal
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess

_HOURS = 24
_WARM_HOURS = 4  # until whatever is made once is made
_TEAM, _HELPER = -1_009_000_000_001, 9_000_001
_TYPOS = 0.2
_AWAY_S = 1.0
_AFTER_S = 3.0  # after a fault: whoever waits until then waits for it
_LEFT_S = 60.0  # that the last answers may take
_MAY_GROW = 1.05
_MAY_SLOW = 1.2


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited for an answer.

    Attributes:
        at: when they asked, in monotonic seconds, as all times here.
    """

    at: float
    seconds: float


class People(BotApi):
    """A stand-in that notes how long people wait, and what is disturbed by faults."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[int, float] = {}
        self._lock = threading.Lock()
        self.waits: list[Wait] = []

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a request, and note whom it answers."""
        result = super().answer(token, method, params)
        if method == "sendMessage":
            with self._lock:
                at = self._asked.pop(params["chat_id"], None)
                if at is not None:
                    self.waits.append(Wait(at, time.monotonic() - at))
        with self._changed:
            self.calls.clear()  # or this process grows by them
        return result

    def ask(self, text: str, chat_id: int) -> None:
        """Have somebody ask, who waits from then on."""
        with self._lock:
            self._asked.setdefault(chat_id, time.monotonic())
        self.say(text, chat_id=chat_id)

    @property
    def waiting(self) -> list[int]:
        """The chats that are not answered yet."""
        return sorted(self._asked)

    def hand_off(self, chat_id: int) -> None:
        """Have somebody ask for a person, and the team answer."""
        before = len(self.sent(_TEAM))
        self.say("/person Is anybody there?", chat_id=chat_id)
        post = self.wait_for(lambda: self.sent(_TEAM)[before:])[0]
        self.say("Yes.", chat_id=_TEAM, user_id=_HELPER, reply_to=post.message_id)

    def disturb(self) -> None:
        """Let the network fail in five ways."""
        too_many = refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        for fault in (DROPPED_BEFORE, DROPPED_AFTER, HALF_OPEN, too_many):
            self.faults.plan("sendMessage", fault)
        self.faults.is_away = True
        time.sleep(_AWAY_S)
        self.faults.is_away = False


def main(arguments: list[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: memory and waits are as at the start; 1: they are not; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.soak", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=command.positive, default=18, metavar="N", help="of the day (18)")
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    add("--rate", type=command.positive, default=4, metavar="N", help="messages per s by day (4)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    faq = load_faq(options.faq, Settings().thresholds)
    wordings = [wording for entry in faq.entries for wording in entry.wordings]
    texts = cycle(with_typing_errors(wordings, _TYPOS, seed=1))
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # of the faults that are meant
    chats = count(1)  # whoever asks for a person is silent with the team from then on
    api, port, memory = People(), free_port(), []
    faults: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name, api:
        folder = Path(name)
        own = Path(shutil.copytree(options.faq, folder / "faq"))
        config = write_config(folder, own, port, f"handoff_chat: {_TEAM}, handoff_on: asked, ")
        with BotProcess(config, api.token, api.url) as process:  # it compiles the model
            process.wait_for_log("serving Telegram")
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log("serving Telegram")
            began = time.monotonic()
            for hour in range(_HOURS):
                length_s = 60 * options.minutes / _HOURS
                _live(api, texts, chats, hour, length_s, options.rate, own, faults)
                memory.append(spent(process.pid, port).resident)
            until = time.monotonic() + _LEFT_S
            while api.waiting and time.monotonic() < until:
                time.sleep(0.1)
            if api.waiting or not process.is_running:
                print("\n".join(process.log), file=sys.stderr)
                raise BotError(f"the chats {api.waiting} were never answered; see the log above")
    return _report(api.waits, faults, memory, began, 60 * options.minutes)


def _live(
    api: People,
    texts: Iterator[str],
    chats: Iterator[int],
    hour: int,
    length_s: float,
    rate: int,
    faq: Path,
    faults: list[tuple[float, float]],
) -> None:
    """One hour: messages all the while, and in its quarters what else happens."""
    began = time.monotonic()
    share = 0.4 + 0.6 * math.sin(math.pi * hour / _HOURS) ** 2  # of a day's rate; least at midnight

    def burst() -> None:
        for _ in range(10 * rate):
            api.ask(next(texts), next(chats))

    def reload() -> None:
        line = f'- {{id: soak, question: "Is it {hour} o\'clock?", answer: "Yes."}}\n'
        (faq / "soak.yaml").write_text(line, "utf-8")

    def disturb() -> None:
        at = time.monotonic()
        api.disturb()
        faults.append((at - _AFTER_S, time.monotonic() + _AFTER_S))

    hand_off = partial(api.hand_off, 100_000 + hour)
    events: list[Callable[[], None] | None] = [burst, reload, hand_off, disturb, None]
    for number, event in enumerate(events, start=1):
        until = began + length_s * number / len(events)
        while time.monotonic() < until:
            api.ask(next(texts), next(chats))
            time.sleep(max(0.0, min(1 / (rate * share), until - time.monotonic())))
        if event is not None:
            with suppress(AssertionError):  # said by the stand-in: who waits for the team, waits
                event()


def _report(
    waits: list[Wait],
    faults: list[tuple[float, float]],
    memory: list[int],
    began: float,
    whole_s: float,
) -> int:
    undisturbed = [
        wait for wait in waits if not any(start < wait.at < end for start, end in faults)
    ]
    tenths: list[list[float]] = [[] for _ in range(10)]
    for wait in undisturbed:
        tenths[min(9, int(10 * (wait.at - began) / whole_s))].append(wait.seconds)
    if not all(tenths):
        raise BotError("there is a tenth of the day without a message; take more --minutes")
    late = [1000 * float(np.percentile(tenth, 99)) for tenth in tenths]
    print(command.machine_line(command.machine()))
    minutes = whole_s / 60
    print(f"{len(waits)} messages in {minutes:.0f} minutes, {len(undisturbed)} of them not within")
    print(f"{_AFTER_S:.0f} s of a fault; {_HOURS} bursts, reloads, handoffs and times of faults")
    rows = [
        (f"{number}", f"{len(tenth)}", f"{1000 * np.median(tenth):.0f}", f"{p99:.0f}")
        for number, (tenth, p99) in enumerate(zip(tenths, late, strict=True), start=1)
    ]
    print(table(("tenth", "messages", "p50\nms", "p99\nms"), rows, left=0))
    print("memory by hour, MB: " + " ".join(f"{size / 1e6:.0f}" for size in memory))
    warm, end = memory[_WARM_HOURS : 2 * _WARM_HOURS], memory[-_WARM_HOURS:]
    grown, slowed = float(np.median(end) / np.median(warm)), late[-1] / late[0]
    print(f"memory of the last {_WARM_HOURS} hours: x {grown:.3f} of hours {_WARM_HOURS + 1} to")
    print(f"{2 * _WARM_HOURS} (medians; at most {_MAY_GROW})")
    print(f"p99 of the last tenth: x {slowed:.2f} of the first's (at most {_MAY_SLOW})")
    return 1 if grown > _MAY_GROW or slowed > _MAY_SLOW else 0


if __name__ == "__main__":
    sys.exit(main())
