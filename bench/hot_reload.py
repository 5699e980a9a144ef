"""python -m bench.hot_reload: a saved entry: how soon it is served, and who waits longer meanwhile.

The true process polls a stand-in for Telegram over loopback, over made-up entries (`bench.growing`)
and with both encoders. People write all the while, so many messages a second. Now and then a file
is replaced in which one entry has another answer and one more phrasing, which has to be encoded;
then somebody asks for that answer, again and again, until it is the new one.
"""

from __future__ import annotations

import argparse
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.growing import Growing, yaml_of
from bench.soak import People, Wait
from bench.telegram import write_config
from bot.errors import BotError
from bot.files.config.texts import shipped
from bot.tuning.show.tables import table
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess

_MAY_TAKE_S = 0.5
_MAY_DELAY_S = 0.1
_READER = 9_000_001  # the chat of whoever waits for an answer to change
_PAUSE_S = 0.02
_BETWEEN_S = 6.0  # two edits: the measurements of the first are done by then
_MEANWHILE_S = 5.0  # after an edit, in which it is read and measured
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Saved:
    """An edit: when it was written, and how long it took to be served, in seconds."""

    at: float
    took: float


class Readers(People):
    """People who write, and somebody who waits for an answer to change."""

    def __init__(self) -> None:
        super().__init__()
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.apologies = 0

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a request, and note what is told to whom."""
        if method == "sendMessage":
            text = str(params["text"])
            self.apologies += text == shipped()["en"].trouble
            if params["chat_id"] == _READER:
                self._told.put(text)
        return super().answer(token, method, params)

    def until_told(self, question: str, answer: str) -> bool:
        """Ask again, as soon as one is answered, until the answer comes; whether it did."""
        ends_at = time.monotonic() + _PATIENCE_S
        while time.monotonic() < ends_at:
            self.say(question, chat_id=_READER)
            if self._told.get(timeout=_PATIENCE_S).startswith(answer):
                return True
            time.sleep(_PAUSE_S)
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: served soon, and nobody waited longer; 1: not so; 2: wrong usage.
    """
    parser = command.OneLineParser(prog="python -m bench.hot_reload", description=__doc__)
    add = parser.add_argument
    add("--entries", type=command.natural, default=1_000, metavar="N", help="default: 1000")
    add("--per-entry", type=command.natural, default=5, metavar="N", help="wordings (5)")
    add("--files", type=command.natural, default=20, metavar="N", help="default: 20")
    add("--edits", type=command.natural, default=10, metavar="N", help="default: 10")
    add("--rate", type=command.positive, default=10, metavar="N", help="messages per s (10)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    growing = Growing(options.entries * options.per_entry, options.per_entry, messages=2_000)
    texts, chats, saved = cycle(text for text, _ in growing.messages), count(1), list[Saved]()
    api = Readers()
    with tempfile.TemporaryDirectory() as name, api:
        faq, port = Path(name, "faq"), free_port()
        growing.write(faq, options.files)
        config = write_config(Path(name), faq, port, "")
        _prepare(config)
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log("serving Telegram")
            ending = threading.Event()
            writing = threading.Thread(
                target=_write, args=(api, texts, chats, options.rate, ending), daemon=True
            )
            writing.start()
            for number in range(options.edits):
                time.sleep(_BETWEEN_S)
                saved.append(_edit(api, growing, faq, options.files, number))
            time.sleep(_BETWEEN_S)
            ending.set()
            writing.join()
            time.sleep(1)
            waiting = api.waiting
    return _report(saved, api, waiting)


def _prepare(config: Path) -> None:
    """Have both models compiled and everything encoded, which a start would take minutes for."""
    texts = "hello\nWo ist meine Bestellung?\n"
    command = [sys.executable, "-m", "bot", "ask", "--json", "--config", str(config)]
    subprocess.run(command, input=texts, text=True, check=True, stdout=subprocess.DEVNULL)


def _write(
    api: People, texts: Iterator[str], chats: Iterator[int], rate: int, ending: threading.Event
) -> None:
    """People ask, each in a chat of their own, whatever happens."""
    while not ending.wait(1 / rate):
        api.ask(next(texts), next(chats))


def _edit(api: Readers, growing: Growing, folder: Path, files: int, number: int) -> Saved:
    place = 10 * number + 1
    old = growing.faq.entries[place]
    answer = f"as edited in {number}"
    more = (*old.phrasings, f"{old.question} when edited in {number}")
    new = replace(old, answer=answer, phrasings=more)
    path = folder / f"{place % files:04}.yaml"
    text = path.read_text("utf-8").replace("\n".join(yaml_of(old)), "\n".join(yaml_of(new)))
    beside = path.with_suffix(".tmp")
    beside.write_text(text, "utf-8")
    at = time.monotonic()
    beside.replace(path)
    if not api.until_told(f"/start {old.id}", answer):
        raise BotError(f"{path} was changed, and not served within {_PATIENCE_S:.0f} s")
    return Saved(at, time.monotonic() - at)


def _report(saved: Sequence[Saved], api: Readers, waiting: Sequence[int]) -> int:
    def is_meanwhile(wait: Wait) -> bool:
        return any(-1 < wait.at - each.at < _MEANWHILE_S for each in saved)

    meanwhile = [wait.seconds for wait in api.waits if is_meanwhile(wait)]
    quiet = [wait.seconds for wait in api.waits if not is_meanwhile(wait)]
    usual, took = float(np.median(quiet)), [each.took for each in saved]
    print(command.machine_line(command.machine()))
    print(
        f"served after: median {1000 * np.median(took):.0f} ms, at most {1000 * max(took):.0f} ms"
    )
    rows = [
        (
            *(name, f"{len(waits)}"),
            *(f"{1000 * np.percentile(waits, share):.0f}" for share in (50, 99, 100)),
            f"{sum(wait > usual + _MAY_DELAY_S for wait in waits)}",
        )
        for name, waits in (("else", quiet), ("while it is read", meanwhile))
    ]
    print(table(("messages", "count", "p50\nms", "p99\nms", "longest\nms", "100 ms\nlate"), rows))
    print(f"not answered: {len(waiting)}; answered with an apology: {api.apologies}")
    is_late = max(meanwhile) > usual + _MAY_DELAY_S
    return int(max(took) > _MAY_TAKE_S or is_late or bool(waiting) or api.apologies > 0)


if __name__ == "__main__":
    sys.exit(main())
