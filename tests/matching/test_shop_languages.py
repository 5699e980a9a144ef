"""The shipped FAQ in English alone, asked in other languages with the real models.

The messages were written by somebody who had not seen its phrasings (data/README.md). Bounds lie a
few points from what was measured; the exact figures: python -m bench.languages --help.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.languages import outcome, read_set
from bot.domain import Faq
from bot.files.config.settings import MultilingualModel, Settings
from bot.files.faq.load import load_project
from bot.matching.build import Matcher, assemble
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.weights import ModelFolder

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data"
LEFT_TO_ONE = ("vi", "sv", "ro", "sw", "he")  # languages that no encoder reads


@pytest.fixture(scope="module")
def faq() -> Faq:
    _, whole = load_project(str(ROOT / "config.yaml"))
    return Faq(tuple(entry for entry in whole.entries if entry.lang is None))


@pytest.fixture(scope="module")
def bot(both_read: Callable[[Faq], Matcher], faq: Faq) -> Matcher:
    return both_read(faq)


def asked(bot: Matcher, name: str) -> dict[str, Counter[str]]:
    """What became of the messages of a set, by language."""
    found: dict[str, Counter[str]] = {}
    for message in read_set(DATA / name):
        language = (message.language or "?").partition("-")[0]
        decision = bot.decide(message.text, message.language)
        found.setdefault(language, Counter())[outcome(message, decision)] += 1
    return found


def test_an_english_faq_answers_questions_in_other_languages(bot: Matcher) -> None:
    found = {name: asked(bot, f"shop-{name}.jsonl")[name] for name in ("de", "fr", "es", "zh")}
    held = {name: its["right shown"] + its["asked with it"] for name, its in found.items()}
    shown_wrong = sum(its["wrong shown"] for its in found.values())
    assert min(held.values()) >= 30  # of 40
    assert sum(held.values()) >= 136
    assert shown_wrong <= 4  # of 160


def test_what_it_has_no_answer_to_is_not_answered_in_any_language(bot: Matcher) -> None:
    found = asked(bot, "shop-foreign-oos.jsonl")
    assert sum(its["out of scope shown"] for its in found.values()) <= 1  # of 110
    unread = sum((found[name] for name in LEFT_TO_ONE), Counter[str]())
    assert unread["out of scope asked"] <= 5  # of 50


def test_english_messages_are_decided_on_as_without_the_second_encoder(
    bot: Matcher, faq: Faq, encoder: Encoder, model: ModelFolder, cache: Path
) -> None:
    """Out of the same vectors: encoded in other batches, they differ in the seventh digit."""
    settings = Settings(cache=cache, multilingual_model=MultilingualModel.NONE)
    alone = assemble(settings, faq, encoder, model.fingerprint)
    texts = [message.text for message in read_set(DATA / "shop.jsonl") if message.text.isascii()]
    assert len(texts) > 150
    for text in texts:
        one, both = alone.decide(text), bot.decide(text)
        assert (both.action, both.tentative, both.candidates, both.reason) == (
            *(one.action, one.tentative),
            *(one.candidates, one.reason),
        )
