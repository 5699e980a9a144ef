"""A tuning → one page of HTML that opens anywhere, offline."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from bot.labels.scored import Scored
from bot.matching.decide.confidence import Calibration
from bot.tuning.report.data import Facts, facts_of, messages_of
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.tune import Tuning

LIMIT = 300_000  # bytes; the list of messages is cut to fit
_FOLDER = Path(__file__).parent


def as_html(
    scored: Scored, regions: Regions, tuning: Tuning, calibration: Calibration | None
) -> str:
    """The page; as many messages are listed as fit into `LIMIT`.

    Args:
        regions: of the messages.
        calibration: of the bot's scores, where it has one.
    """
    room = LIMIT - len(_fill("").encode())
    return _fill(data_of(scored, regions, tuning, calibration, room))


def data_of(
    scored: Scored,
    regions: Regions,
    tuning: Tuning,
    calibration: Calibration | None,
    room: int,
    tentatives: Sequence[float] = (),
) -> str:
    """What the page shows, packed; as many messages are listed as there is room for.

    Args:
        room: so many bytes; what else there is may take more.
        tentatives: tentative thresholds that can be chosen beside those of `Tuning`.
    """
    facts = facts_of(scored, regions, tuning, calibration, tentatives)
    messages = messages_of(scored, regions, tuning)
    listed = len(messages)
    while True:
        data = pack({**facts, "listed": messages[:listed]})
        over = len(data) - room
        if over <= 0 or listed == 0:
            return data
        listed = _fewer(messages[:listed], over)


def _fewer(messages: Sequence[Facts], over: int) -> int:
    """How many messages there is room for, where they are so many bytes too large.

    What they take packed by themselves is about what they add to the page.
    """
    room = len(pack({"listed": messages})) - over

    def size(listed: int) -> int:
        return len(pack({"listed": messages[:listed]}))

    sizes = range(len(messages))  # at least one less
    return max(0, bisect_right(sizes, room, key=size) - 1)


def pack(facts: Facts) -> str:
    """JSON, compressed, as base64: text that no browser takes for markup, whatever people wrote."""
    told = json.dumps(facts, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(told.encode("ascii"), mtime=0)).decode("ascii")


def _fill(data: str) -> str:
    """Put style, script and data into the template.

    The page may load nothing and run nothing but this script.
    """
    script = f"{script_of()}\nview(document.getElementById('data').textContent);\n"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page = read("page.html")
    for name, value in (
        ("HASH", digest),
        ("STYLE", read("report.css")),
        ("REPORT", read("report.html")),
        ("SCRIPT", script),
        ("DATA", data),
    ):
        page = page.replace(f"%{name}%", value)
    return page


def script_of() -> str:
    """What draws the report: `view` does."""
    return "\n".join(map(read, ("report.js", "messages.js")))


def read(name: str) -> str:
    """A part of the page."""
    return (_FOLDER / name).read_text("utf-8")
