"""Messages like a wording but for one word, in the language of the FAQ, with the real models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.languages import read_set
from bot.domain import Action, Faq
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.matching.build import Matcher

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="module")
def bot(both_read: Callable[[Faq], Matcher]) -> Matcher:
    faq = load_faq(DATA / "near-misses-languages.yaml", Settings().thresholds)
    return both_read(faq)


def shown(bot: Matcher, name: str, *languages: str) -> int:
    """How many of a set's messages in some languages are shown an answer."""
    messages = [one for one in read_set(DATA / name) if one.language in languages]
    decisions = [bot.decide(one.text, one.language) for one in messages]
    return sum(one.action is Action.ANSWER or one.tentative for one in decisions)


def test_most_near_misses_of_one_word_in_french_and_german_are_asked_about(bot: Matcher) -> None:
    assert shown(bot, "near-misses-languages.jsonl", "fr", "de") <= 4  # of 12


def test_what_is_meant_is_answered(bot: Matcher) -> None:
    assert shown(bot, "near-misses-languages-right.jsonl", "fr", "de", "zh") >= 23  # of 24
