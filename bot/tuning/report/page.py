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
from bot.tuning.report.data import Facts, errors_of, facts_of
from bot.tuning.thresholds.regions import Regions
from bot.tuning.thresholds.tune import Tuning

LIMIT = 300_000  # bytes; the list of errors is cut to fit
_FOLDER = Path(__file__).parent


def as_html(
    scored: Scored, regions: Regions, tuning: Tuning, calibration: Calibration | None
) -> str:
    """The page; as many errors are listed as fit into `LIMIT`.

    Args:
        regions: of the messages.
        calibration: of the bot's scores, where it has one.
    """
    facts = facts_of(scored, regions, tuning, calibration)
    errors = errors_of(scored, regions, tuning)

    listed = len(errors)
    while True:
        page = _fill(pack({**facts, "listed": errors[:listed]}))
        over = len(page.encode()) - LIMIT
        if over <= 0 or listed == 0:
            return page
        listed = _fewer(errors[:listed], over)


def _fewer(errors: Sequence[Facts], over: int) -> int:
    """How many errors there is room for, where the page is so many bytes too large.

    What they take packed by themselves is about what they add to the page.
    """
    room = len(pack({"listed": errors})) - over
    sizes = range(len(errors))  # at least one less
    return max(0, bisect_right(sizes, room, key=lambda it: len(pack({"listed": errors[:it]}))) - 1)


def pack(facts: Facts) -> str:
    """JSON, compressed, as base64: text that no browser takes for markup, whatever people wrote."""
    told = json.dumps(facts, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(told.encode("ascii"), mtime=0)).decode("ascii")


def _fill(data: str) -> str:
    """Put style, script and data into the template.

    The page may load nothing and run nothing but this script.
    """
    script = (_FOLDER / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page = (_FOLDER / "template.html").read_text("utf-8")
    for name, value in (
        ("HASH", digest),
        ("STYLE", (_FOLDER / "report.css").read_text("utf-8")),
        ("SCRIPT", script),
        ("DATA", data),
    ):
        page = page.replace(f"%{name}%", value)
    return page
