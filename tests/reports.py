"""Labelled sets and what was read in them, made up for reports."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from bot.domain import Hit, Place
from bot.labels.labelled import Labelled
from bot.labels.outcomes import OUT_OF_SCOPE, Outcome
from bot.labels.scored import Scored, of_readings
from bot.matching.decide.thresholds import Policy, Reading
from bot.matching.score.ranker import Match
from bot.tuning.report.page import as_html
from bot.tuning.thresholds.regions import Fate, Regions
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tune import tune
from tests.factories import LINES
from tests.tuning.thresholds.test_regions import decider

MANY = 50_000
_ENTRIES = tuple(f"entry-{number:03}" for number in range(150))
_WORDS = (
    *("how", "do", "i", "get", "my", "money", "back", "where", "is", "the", "parcel", "card"),
    *("please", "change", "address", "why", "was", "charged", "twice", "cancel", "order", "lost"),
    *("account", "open", "close", "limit", "transfer", "fee", "abroad", "pin", "reset", "invoice"),
)


def made_up(number: int = MANY) -> tuple[Scored, Regions]:
    """Labels of 150 entries, a third of them out of scope, with scores of three candidates.

    The candidates lie so close together that all of them are offered, so that what becomes of the
    messages need not be found by the bot's rules, which takes many seconds.
    """
    hat = random.Random(7)
    labels, readings = [], []
    boxes: list[tuple[int, int, float, float, float, float, float]] = []
    fates: dict[Fate, int] = {}
    for row in range(number):
        first, second, third, other = hat.sample(_ENTRIES, 4)
        kind = hat.random()
        expected = (
            None if kind < 0.33 else first if kind < 0.9 else second if kind < 0.96 else other
        )
        mean = 0.5 if expected is None else 0.75
        best = round(min(1.0, max(0.25, hat.gauss(mean, 0.13))), 4)
        further = (hat.uniform(0, 0.1), hat.uniform(0.1, 0.19))
        scores = (best, *(round(best - it, 4) for it in further))
        text = f"{' '.join(hat.choices(_WORDS, k=7))} {row}"
        labels.append(Labelled(text, expected, Place("labels.jsonl", row + 1)))
        hits = tuple(
            Hit(entry_id, value, " ".join(hat.choices(_WORDS, k=6)))
            for entry_id, value in zip((first, second, third), scores, strict=True)
        )
        readings.append(Reading(Match(hits, text=text, word_for_word=True)))
        if expected is None:
            answered, tentative, asked, refused = OUT_OF_SCOPE
        else:
            is_right = expected == first
            answered = Outcome.RIGHT if is_right else Outcome.WRONG
            tentative = Outcome.RIGHT_TENTATIVE if is_right else Outcome.WRONG_TENTATIVE
            asked = Outcome.HELD if expected in (first, second, third) else Outcome.MISSED
            refused = Outcome.FALLBACK
        shown = (first, second, third)
        told, choices, none = (
            fates.setdefault(fate, len(fates))
            for fate in (
                *((answered, (first,), answered), (asked, shown, tentative)),
                (refused, (), refused),
            )
        )
        boxes += [
            (row, told, -np.inf, best, -np.inf, np.inf, -np.inf),
            (row, choices, best, np.inf, -np.inf, best, best),
            (row, none, best, np.inf, best, np.inf, -np.inf),
        ]
    owners, numbers, *sides = (np.array(column) for column in zip(*boxes, strict=True))
    policy = Policy(replace(LINES, tentative=0.69))
    scored = of_readings(decider(policy), _ENTRIES, labels, readings)
    return scored, Regions(number, tuple(fates), owners, numbers, *sides)


def page_of(
    scored: Scored, regions: Regions, max_wrong: float = 0.05, oos_share: float | None = None
) -> str:
    """The report of a tuning on these labels."""
    tuning = tune(scored, regions, Promise(max_wrong=max_wrong, oos_share=oos_share))
    return as_html(scored, regions, tuning, None)


@cache
def large_page() -> tuple[Scored, str]:
    """50,000 messages and their report; tests share it, as it takes seconds."""
    scored, regions = made_up()
    return scored, page_of(scored, regions)


def facts_of(page: str) -> dict[str, Any]:
    """What a report knows."""
    found = re.search(r'id="data">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    facts: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return facts
