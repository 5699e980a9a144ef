"""A tuning → one page of HTML that opens anywhere, offline."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from bisect import bisect_right
from pathlib import Path

from bot.matching.decide.confidence import Calibration
from bot.tuning.labels.scored import Scored
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

    def page(listed: int) -> str:
        return _fill(pack({**facts, "listed": errors[:listed]}))

    whole = page(len(errors))
    if len(whole.encode()) <= LIMIT:
        return whole
    fits = bisect_right(range(len(errors)), LIMIT, key=lambda listed: len(page(listed).encode()))
    return page(max(0, fits - 1))


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
