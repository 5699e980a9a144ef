"""Which encoder reads a message."""

from __future__ import annotations

import pytest

from bot.matching.language.route import Routes
from bot.matching.words.languages.every import EVERY

ENGLISH_WORDS = frozenset(EVERY["en"].recognised_by)
EVERY_WORD = frozenset(word.strip("'") for its in EVERY.values() for word in its.recognised_by)


@pytest.mark.parametrize(
    ("utterance", "language", "is_for_second"),
    [
        pytest.param("Wo ist meine Bestellung?", "de", True, id="German"),
        pytest.param("我的订单在哪里", "zh", True, id="a script the first cannot read"),
        pytest.param("Where is my order?", "en", False, id="English"),
        pytest.param("Var är min beställning?", None, False, id="a language neither knows"),
        pytest.param("PayPal", None, False, id="too short to tell"),
    ],
)
def test_the_second_encoder_reads_the_languages_that_the_first_cannot(
    utterance: str, language: str | None, is_for_second: bool
) -> None:
    routes = Routes(ENGLISH_WORDS)
    assert routes.language(utterance) == language
    assert routes.is_for_second(language) is is_for_second


def test_a_model_that_knows_the_words_of_a_language_reads_it_itself() -> None:
    assert not Routes(EVERY_WORD).is_for_second("de")
    assert Routes(EVERY_WORD).is_for_second("ja")


def test_where_the_first_encoder_can_read_nothing_of_the_faq_the_second_reads_english_too() -> None:
    assert Routes(None).is_for_second("en")
    assert not Routes(None).is_for_second(None)
