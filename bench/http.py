"""python -m bench.http: how many messages the API answers, and how long people wait.

The true process, and conversations side by side that write again as soon as they are answered, each
over a connection of its own, as `python -m bench.telegram` has chats in Telegram. First one alone.
Messages are the FAQ's own wordings with typing errors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

from bench import command
from bench.load import Load
from bench.telegram import spent, write_config
from bench.typing_errors import with_typing_errors
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.tuning.show.tables import table
from tests.e2e.hooking import free_port
from tests.e2e.process import BotProcess

_ALONE = 200  # messages of one conversation
_TYPOS = 0.2
_LIMIT = "{burst: 10000, per_minute: 10000}"
_WARM = 20  # whatever a first message needs, it needs once


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or an FAQ that cannot be used.
    """
    parser = command.OneLineParser(prog="python -m bench.http", description=__doc__)
    add = parser.add_argument
    add("--conversations", type=command.natural, default=200, metavar="N", help="default: 200")
    add("--messages", type=command.natural, default=4000, metavar="N", help="default: 4000")
    add("--faq", type=Path, default=Path("faq"), metavar="PATH", help="default: faq")
    options = parser.parse_args(arguments)
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    faq = load_faq(options.faq, Settings().thresholds)
    wordings = [wording for entry in faq.entries for wording in entry.wordings]
    texts = cycle(with_typing_errors(wordings, _TYPOS, seed=1))
    port, metrics = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(Path(folder), options.faq, metrics)
        limits = f"limits: {{key: {_LIMIT}, conversation: {_LIMIT}}}"
        with config.open("a", encoding="utf-8") as file:
            file.write(f"\nhttp: {{port: {port}, {limits}}}\n")
        with BotProcess(config, "", "") as process:
            process.wait_for_log("serving HTTP")
            rows, count = [], options.conversations
            asyncio.run(converse(port, texts, 1, _WARM))
            for name, conversations, messages in (
                ("1 conversation", 1, _ALONE),
                (f"{count} conversations", count, options.messages),
            ):
                before = spent(process.pid, metrics)
                load = asyncio.run(converse(port, texts, conversations, messages))
                cpu_s = spent(process.pid, metrics).cpu_s - before.cpu_s
                rows.append((*load.row(name), f"{1000 * cpu_s / messages:.1f}"))
    print(command.machine_line(command.machine()))
    print(f"{options.faq}: {len(faq.entries)} entries, {len(wordings)} wordings")
    heads = ("", "messages", "per s", "p50\nms", "p99\nms", "longest\nms", "CPU ms per\nmessage")
    print(table(heads, rows))


async def converse(port: int, texts: Iterator[str], conversations: int, messages: int) -> Load:
    """Have conversations write so many messages in all.

    Raises:
        BotError: something was not answered.
    """
    left, waits_s = iter(range(messages)), list[float]()

    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        conversation = None
        for _ in left:
            body = json.dumps({"text": next(texts), "conversation": conversation}).encode()
            head = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            began = time.perf_counter()
            writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith("content-length"))
            told = await reader.readexactly(length)
            if " 200 " not in lines[0]:
                raise BotError(f"a message was not answered: {told.decode()}")
            waits_s.append(time.perf_counter() - began)
            conversation = json.loads(told)["conversation"]
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(talk() for _ in range(conversations)))
    return Load(time.perf_counter() - began, waits_s)


if __name__ == "__main__":
    sys.exit(main())
