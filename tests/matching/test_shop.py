"""The shipped FAQ with the real model, on utterances written by somebody who had not seen its
phrasings (data/shop.jsonl: a third of them out of scope)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.domain import Action, Decision
from bot.files.config import Settings
from bot.files.load import load_project
from bot.matching.build import Matcher, assemble
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.weights import ModelFolder

ROOT = Path(__file__).parent.parent.parent
LABELLED = ROOT / "tests" / "data" / "shop.jsonl"


@pytest.fixture(scope="module")
def bot(encoder: Encoder, model: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    settings, faq = load_project(str(ROOT / "config.yaml"))
    own_cache = Settings(
        faq=settings.faq,
        thresholds=settings.thresholds,
        follow_up_choices=settings.follow_up_choices,
        cache=tmp_path_factory.mktemp("cache"),
    )
    return assemble(own_cache, faq, encoder, model.fingerprint)


def outcome(expected: str | None, decision: Decision) -> str:
    holds = expected in {hit.entry_id for hit in decision.candidates}
    if decision.action is Action.ANSWER:
        if expected is None:
            return "out-of-scope answered"
        return "right" if decision.entry_id == expected else "wrong"
    if expected is None:
        asked = decision.action is Action.FOLLOW_UP
        return "out-of-scope asked" if asked else "out-of-scope refused"
    if decision.action is Action.FOLLOW_UP:
        return "follow-up holds it" if holds else "follow-up misses it"
    return "fallback"


def test_the_shipped_faq_keeps_its_figures(
    bot: Matcher, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bounds a few points from what was measured; the exact figures are printed."""
    rows = [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]
    decisions = bot.decide_all([row["text"] for row in rows])
    figures: dict[str, Counter[str]] = {"English": Counter(), "Chinese": Counter()}
    for row, decision in zip(rows, decisions, strict=True):
        chinese = any("\u4e00" <= character <= "\u9fff" for character in row["text"])
        counts = figures["Chinese" if chinese else "English"]
        counts[outcome(row["expected"], decision)] += 1
        if row["expected"] is not None:
            best = decision.best
            counts["in scope"] += 1
            counts["top-1"] += best is not None and best.entry_id == row["expected"]
    with capsys.disabled():
        for language, counts in figures.items():
            told = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
            print(f"\nshipped FAQ, {language}: {told}")
    english, chinese_figures = figures["English"], figures["Chinese"]
    assert len(rows) >= 120
    assert english["top-1"] >= 0.86 * english["in scope"]
    assert english["right"] + english["follow-up holds it"] >= 0.7 * english["in scope"]
    assert english["wrong"] <= 1
    assert english["out-of-scope answered"] <= 2
    assert english["out-of-scope asked"] <= 10
    assert chinese_figures["top-1"] >= 0.8 * chinese_figures["in scope"]
    assert chinese_figures["right"] + chinese_figures["follow-up holds it"] >= 14
    assert chinese_figures["wrong"] + chinese_figures["out-of-scope answered"] <= 1


def test_every_wording_of_the_shipped_faq_finds_its_own_entry(bot: Matcher) -> None:
    owners = [(w, entry.id) for entry in bot.faq.entries for w in entry.wordings]
    decisions = bot.decide_all([wording for wording, _ in owners])
    missed = [
        wording
        for (wording, owner), decision in zip(owners, decisions, strict=True)
        if (decision.entry_id, decision.score) != (owner, 1.0)
    ]
    assert missed == []


def test_the_shipped_faq_is_as_large_and_varied_as_promised(bot: Matcher) -> None:
    chinese = [entry for entry in bot.faq.entries if entry.lang == "zh"]
    english = [entry for entry in bot.faq.entries if entry.lang != "zh"]
    assert len(english) >= 40
    assert len(chinese) >= 15
    assert [entry.id for entry in bot.faq.entries if len(entry.wordings) < 6] == []
    assert [entry.id for entry in bot.faq.entries if not entry.tags] == []
