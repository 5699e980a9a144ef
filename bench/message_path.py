"""python -m bench.message_path: the files of bot/ that a message enters, from poll to sent reply.

The true bot of a checkout polls a stand-in for Telegram. One message warms it; then others, each of
a chat of its own, are followed one by one, from the moment they stand at Telegram until their reply
has arrived there. A file counts when one of its functions begins or goes on, or when a dataclass of
its own is made; what timers enter while nobody writes does not count, unless every message enters
it too. The dataclasses are listed as well, and whether the message's words stand in them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench import command
from bench.sets import records
from bot.errors import BotError
from bot.tuning.show.tables import Cell, table
from tests.e2e.bot_api import BotApi
from tests.e2e.process import environment

T = TypeVar("T")

_TRACER = Path(__file__).with_name("tracer.py")
_SHOP = "tests/data/shop.jsonl"
_EVERY = 12  # messages of the shop's labelled set: one is followed
_QUIET_S = 0.5  # in which what follows the reply before is done
_IDLE_S = 5.0  # longer than a poll of the stand-in, and than any timer that matters
_PATIENCE_S = 120.0


class PathError(BotError):
    """The bot could not be followed."""


@dataclass(frozen=True, slots=True)
class Made:
    """A class whose object was made on the way.

    Attributes:
        maker: the function that made the first.
        has_words: whether the message's words stand in one of them.
    """

    maker: str
    has_words: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A message's way.

    Attributes:
        files: in the order they were entered first, each with the function that began.
        made: classes in the order their first objects were made.
    """

    files: Mapping[str, str]
    made: Mapping[str, Made]

    def without(self, files: Set[str]) -> Way:
        """The same way, some files left out."""
        kept = {file: function for file, function in self.files.items() if file not in files}
        return replace(self, files=kept)


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow messages and print.

    Returns:
        0: fine; 2: wrong usage, or the bot does not answer.
    """
    parser = command.OneLineParser(prog="python -m bench.message_path", description=__doc__)
    add = parser.add_argument
    add("checkout", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="default: this")
    add("--text", action="append", metavar="TEXT", help="default: some of the shop's labelled set")
    add("--python", default=sys.executable, metavar="PATH", help="of the bot (default: this one)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    checkout: Path = options.checkout.resolve()
    texts = options.text or _some_of_the_shop(checkout)
    with tempfile.TemporaryDirectory() as folder, BotApi() as api:
        process = subprocess.Popen(
            [options.python, "-P", str(_TRACER), "--config", str(_config(Path(folder), checkout))],
            cwd=checkout,
            env=environment(TELEGRAM_BOT_TOKEN=api.token, TELEGRAM_API_URL=api.url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            _say(api, "Is this the first message?", 1)
            idle = _follow(process, api, None)
            ways = [_follow(process, api, text, chat) for chat, text in enumerate(texts, start=2)]
        finally:
            process.kill()
            process.communicate()
    timers = idle.files.keys() - set.intersection(*(set(way.files) for way in ways))
    ways = [way.without(timers) for way in ways]
    print(_files_told(ways), end="\n\n")
    print(_made_told(ways), end="\n\n")
    sizes = [len(way.files) for way in ways]
    together = len({file for way in ways for file in way.files})
    print(
        f"{len(ways)} messages: one enters {min(sizes)} to {max(sizes)} files of bot/, "
        f"{np.median(sizes):.0f} as the median; all together {together}"
    )


def _some_of_the_shop(checkout: Path) -> list[str]:
    return [str(row["text"]) for _, row in records(checkout / _SHOP)][::_EVERY]


def _config(folder: Path, checkout: Path) -> Path:
    path = folder / "config.yaml"
    lines = [
        f"faq: '{checkout / 'faq'}'",
        f"cache: '{checkout / '.cache'}'",
        f"store: {{url: 'sqlite:///{folder / 'bot.db'}', key_file: '{folder / 'key'}'}}",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _follow(process: subprocess.Popen[str], api: BotApi, text: str | None, chat: int = 1) -> Way:
    """A message's way; without a text, what happens while nobody writes."""
    time.sleep(_QUIET_S)
    _tell(process, json.dumps(text))
    if text is None:
        time.sleep(_IDLE_S)
    else:
        _say(api, text, chat)
    told = json.loads(_tell(process, ""))
    made = {name: Made(maker, has_words) for name, maker, has_words in told["made"]}
    return Way(dict(told["files"]), made)


def _tell(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    if answer := process.stdout.readline():
        return answer
    raise PathError("the bot ended while it was followed; start it by itself to see why")


def _say(api: BotApi, text: str, chat: int) -> None:
    api.say(text, chat_id=chat)
    try:
        api.wait_for(lambda: api.sent(chat), timeout_s=_PATIENCE_S)
    except AssertionError:
        raise PathError(f"no reply came within {_PATIENCE_S:.0f} s") from None


def _files_told(ways: Sequence[Way]) -> str:
    first = _in_order(ways, lambda way: way.files)
    rows: list[list[Cell]] = [
        [place, file, sum(file in way.files for way in ways), function]
        for place, (file, function) in enumerate(first.items(), start=1)
    ]
    return table(("", "file", "messages", "entered first by"), rows, left=2)


def _made_told(ways: Sequence[Way]) -> str:
    rows: list[list[Cell]] = []
    for name, made in _in_order(ways, lambda way: way.made).items():
        has_words = any(way.made[name].has_words for way in ways if name in way.made)
        number = sum(name in way.made for way in ways)
        rows.append([name, number, "yes" if has_words else "", made.maker])
    return table(("object", "messages", "has its\nwords", "made first by"), rows)


def _in_order(ways: Sequence[Way], part: Callable[[Way], Mapping[str, T]]) -> dict[str, T]:
    """What any way has, in the order of the longest; then what that one lacks."""
    found: dict[str, T] = {}
    for way in sorted(ways, key=lambda way: len(part(way)), reverse=True):
        for name, value in part(way).items():
            found.setdefault(name, value)
    return found


if __name__ == "__main__":
    sys.exit(main())
