"""The shipped FAQ with the real model, on utterances written by somebody who had not seen its
phrasings (data/shop.jsonl: a third of them out of scope)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.files.config.settings import Settings
from bot.files.faq.load import load_project
from bot.labels.outcomes import Outcome, judge
from bot.matching.build import Matcher, assemble
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.weights import ModelFolder

ROOT = Path(__file__).parent.parent.parent
LABELLED = ROOT / "tests" / "data" / "shop.jsonl"


@pytest.fixture(scope="module")
def bot(encoder: Encoder, model: ModelFolder, cache: Path) -> Matcher:
    settings, faq = load_project(str(ROOT / "config.yaml"))
    alone = Settings(
        faq=settings.faq,
        thresholds=settings.thresholds,
        follow_up_choices=settings.follow_up_choices,
        cache=cache,
    )
    return assemble(alone, faq, encoder, model.fingerprint)


def test_the_shipped_faq_keeps_its_figures(
    bot: Matcher, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bounds a few points from what was measured; the exact figures are printed."""
    rows = [json.loads(line) for line in LABELLED.read_text("utf-8").splitlines()]
    decisions = bot.decide_all([row["text"] for row in rows])
    english, chinese = Counter[Outcome](), Counter[Outcome]()
    top1, in_scope = Counter[bool](), Counter[bool]()
    for row, decision in zip(rows, decisions, strict=True):
        is_chinese = any("\u4e00" <= character <= "\u9fff" for character in row["text"])
        (chinese if is_chinese else english)[judge(row["expected"], decision)] += 1
        if row["expected"] is not None:
            in_scope[is_chinese] += 1
            best = decision.best
            top1[is_chinese] += best is not None and best.entry_id == row["expected"]
    with capsys.disabled():
        for language, counts in (("English", english), ("Chinese", chinese)):
            told = ", ".join(f"{name.value} {number}" for name, number in sorted(counts.items()))
            print(f"\nshipped FAQ, {language}: {told}")
    assert len(rows) >= 120
    assert top1[False] >= 0.86 * in_scope[False]
    shown = english[Outcome.RIGHT] + english[Outcome.RIGHT_TENTATIVE]
    assert shown + english[Outcome.HELD] >= 0.8 * in_scope[False]
    assert english[Outcome.WRONG] <= 1
    assert english[Outcome.OOS_ANSWERED] <= 2
    assert english[Outcome.WRONG_TENTATIVE] + english[Outcome.OOS_TENTATIVE] <= 6
    assert english[Outcome.OOS_ASKED] <= 22
    assert top1[True] >= 0.8 * in_scope[True]
    held = chinese[Outcome.RIGHT_TENTATIVE] + chinese[Outcome.HELD]
    assert chinese[Outcome.RIGHT] + held >= 14
    assert chinese[Outcome.WRONG] + chinese[Outcome.OOS_ANSWERED] <= 1


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
