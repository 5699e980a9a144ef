"""The same FAQ gives the same numbers: on every run, in every order, from the cache or not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Decision, FaqEntry
from bot.matching.build import Matcher
from bot.matching.score.blended import Fit
from tests.factories import bot_over, entry

ROOT = Path(__file__).parent.parent.parent


def large_faq() -> tuple[FaqEntry, ...]:
    """An FAQ whose phrasings say more about the weather than about their entry.

    So a head, which learns what to listen to, wins. Two entries are for readers of Chinese.
    """
    chance = random.Random(0)
    weather = ("sun", "rain", "wind", "snow", "hail", "fog")
    entries = [
        entry(
            f"topic{number:02}",
            *(
                f"topic{number} {' '.join(chance.choices(weather, k=4))} {place}"
                for place in range(8)
            ),
        )
        for number in range(12)
    ]
    return (*entries, entry("退", "如何退款", "退款多久"), entry("快", "快件在哪里", "何时发货"))


FAQ = large_faq()
UTTERANCES = [
    "topic3 rain",
    "sun and topic5 wind",
    "topic1 snow 1. topic2 hail 2",
    "退款在哪里",
    "toppic rainn fog",
    "nothing of it",
    FAQ[0].question,
]


def numbers(bot: Matcher) -> dict[str, list[object]]:
    """Everything measured, its floats as bytes."""
    assert bot.measured is not None
    fit = bot.measured.fit
    assert isinstance(fit, Fit)
    assert fit.classifier is not None, (
        "this FAQ no longer gets a head, so it proves nothing about it"
    )
    arrays = {
        "hubness": fit.hubness,
        "centroids": fit.centroids,
        "weights": fit.classifier.weights,
        "bias": fit.classifier.bias,
    }
    found: dict[str, list[object]] = {
        name: [str(array.dtype), array.shape, np.ascontiguousarray(array).tobytes().hex()]
        for name, array in arrays.items()
    }
    found["scales"] = [repr(fit.scale), repr(bot.measured.by_letters)]
    return found


def decisions(bot: Matcher, utterances: Sequence[str] = tuple(UTTERANCES)) -> list[Decision]:
    """What it decides, without the fingerprint: that holds the settings, the cache's place too."""
    return [nameless(decision) for decision in bot.decide_all(utterances)]


def nameless(decision: Decision) -> Decision:
    parts = tuple(nameless(part) for part in decision.parts)
    return replace(decision, fingerprint="", parts=parts)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    return bot_over(tmp_path_factory.mktemp("straight"), *FAQ)


# Each bot has a cache of its own: one that they shared would make them the same by itself.
@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_of_entries_and_phrasings_changes_no_bit_and_no_decision(
    tmp_path_factory: pytest.TempPathFactory, straight: Matcher, chance: random.Random
) -> None:
    entries = [
        entry(one.id, *chance.sample(one.wordings, len(one.wordings)))
        for one in chance.sample(FAQ, len(FAQ))
    ]
    turned = bot_over(tmp_path_factory.mktemp("turned"), *entries)
    assert numbers(turned) == numbers(straight)
    assert decisions(turned) == decisions(straight)


def test_earlier_messages_leave_no_trace_in_later_decisions(straight: Matcher) -> None:
    once = decisions(straight)
    assert decisions(straight, UTTERANCES[::-1])[::-1] == once
    assert [decisions(straight, [utterance])[0] for utterance in UTTERANCES] == once


# --- other processes -----------------------------------------------------------------------------

SCRIPT = """
import json, pathlib, sys
from tests.factories import bot_over
from tests.matching.test_determinism import FAQ, decisions, numbers
bot = bot_over(pathlib.Path(sys.argv[1]), *FAQ)
decided = repr(decisions(bot))
print(json.dumps({
    "numbers": numbers(bot),
    "decisions": decided,
    "libraries": sorted({"sklearn", "scipy", "joblib", "threadpoolctl"} & set(sys.modules)),
}))
"""


def run(folder: Path, **environment: str) -> dict[str, object]:
    """Start a bot in a process of its own and let it decide."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_every_run_gives_the_same_and_only_a_first_start_needs_scikit_learn(
    tmp_path: Path,
) -> None:
    """Under other hash seeds and numbers of threads; neither a warm start nor a message fits."""
    cold = run(tmp_path / "one", PYTHONHASHSEED="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    other = run(tmp_path / "two", PYTHONHASHSEED="2", OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2")
    warm = run(tmp_path / "one", PYTHONHASHSEED="3")
    assert cold["libraries"] == other["libraries"] != []
    assert warm["libraries"] == []
    for later in (other, warm):
        assert later["numbers"] == cold["numbers"]
        assert later["decisions"] == cold["decisions"]
