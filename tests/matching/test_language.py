"""The language of a message: what goes to another encoder, and what must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.language import Routes, language_of, languages_of, main_language
from bot.matching.text import normalise
from bot.matching.words.languages.every import EVERY
from bot.matching.words.languages.neighbours import OTHERS
from tests.factories import entry

DATA = Path(__file__).parent.parent / "data"
SENTENCES = yaml.safe_load((DATA / "languages.yaml").read_text("utf-8"))
ENGLISH_WORDS = frozenset(EVERY["en"].recognised_by)
EVERY_WORD = frozenset(word.strip("'") for its in EVERY.values() for word in its.recognised_by)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "do I have to pay for the return",
        "A man shoots a man",
        "roll a 6 sided dice",
        "the fare to Los Angeles",
        "Do you deliver to Österreich or to Köln?",
        "how do i say 谢谢 in chinese",
        "Can I pay at the café in São Paulo?",
        "I'd like the Señorita dress, size M",
        "what does 'wo ist mein Paket' mean in english",
    ],
)
def test_english_stays_english(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "oder",
        "Aaron D'souza",
        "L'Oréal",
        "iPhone 15",
        "track order",
        "la vie",
        "die",
        "email me@gmail.de",
        "is the Poêle De Buyer in stock",
        "",
        "42",
        "🤔",
        "ok",
    ],
)
def test_what_could_be_english_is_never_another_language(text: str) -> None:
    for hint in (None, "en", "tr", "pt-BR"):
        assert language_of(text, hint) in ("en", None)


def test_the_shops_english_messages_are_never_another_language() -> None:
    lines = (DATA / "shop.jsonl").read_text("utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines]
    found = [(text, language_of(normalise(text))) for text in texts if text.isascii()]
    assert [text for text, language in found if language not in ("en", None)] == []
    assert sum(language == "en" for _, language in found) > 0.9 * len(found)


@pytest.mark.parametrize("language", SENTENCES["known"])
def test_most_messages_in_a_language_it_knows_are_recognised(language: str) -> None:
    texts = SENTENCES["known"][language]
    found = [language_of(text) for text in texts]
    assert found.count(language) >= 0.8 * len(texts)
    assert sum(name not in (language, None) for name in found) <= 0.04 * len(texts)


def test_a_language_it_does_not_know_is_not_taken_for_a_neighbour() -> None:
    texts = [text for texts in SENTENCES["others"].values() for text in texts]
    taken = [text for text in texts if language_of(text) not in ("en", None)]
    assert len(taken) <= 0.02 * len(texts), taken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("반품", "ko", id="Hangul"),
        pytest.param("キャンセル", "ja", id="kana"),
        pytest.param("返品の方法", "ja", id="Han with one kana"),
        pytest.param("退货", "zh", id="Han alone"),
        pytest.param("退貨", "zh-TW", id="with what only Traditional Chinese writes"),
        pytest.param("iPhone 15 Pro Max 多少钱", "zh", id="a product's name in Latin letters"),
        pytest.param("请发到support@shop.example，谢谢", "zh", id="an address among Han"),
        pytest.param("สินค้า", "th", id="Thai"),
        pytest.param("طلب", "ar", id="Arabic"),
        pytest.param("سفارش کجاست", None, id="Persian letters"),
        pytest.param("заказ", "ru", id="Russian"),
        pytest.param("посилка не прийшла", None, id="Ukrainian without its own letters"),
        pytest.param("поръчка", None, id="Bulgarian"),
        pytest.param("тапсырысым қайда", None, id="Kazakh"),
        pytest.param("שלום", None, id="Hebrew"),
        pytest.param("γειά", None, id="Greek"),
        pytest.param("मेरा ऑर्डर", None, id="Devanagari"),
    ],
)
def test_a_script_tells_its_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        pytest.param("Onde está o meu pedido?", None, "pt", id="two languages write it so"),
        pytest.param("Onde está o meu pedido?", "gl", None, id="and this person the other"),
        pytest.param("返品方法", "ja", "ja", id="kanji alone"),
        pytest.param("返品方法", "en", "zh", id="English is everybody's who never chose"),
        pytest.param("Where is my order?", "de", "en", id="English under a German menu"),
        pytest.param("Где мой заказ?", "de", "ru", id="a script is stronger"),
        pytest.param("Wo ist mein Paket?", "xx-YY", "de", id="one that nobody knows"),
    ],
)
def test_a_hint_tips_the_balance_and_never_decides(
    text: str, hint: str | None, language: str | None
) -> None:
    assert language_of(text, hint) == language


@given(st.text(max_size=60), st.sampled_from([None, "de", "tr", "zh-hant", "", "-"]))
def test_any_text_has_a_language_of_the_list_or_none(text: str, hint: str | None) -> None:
    known = {*EVERY, "zh-TW", None}
    assert language_of(text, hint) in known


def test_the_word_lists_are_lower_case_and_hold_no_word_twice() -> None:
    lists = [its.recognised_by for its in EVERY.values()]
    for words in (*lists, *(tuple(words.split()) for words in OTHERS.values())):
        assert words == tuple(map(str.lower, words))
        assert len(set(words)) == len(words)
    assert EVERY.keys().isdisjoint(OTHERS)


def test_an_entry_is_in_the_language_it_names_or_that_of_its_texts_or_of_most_entries() -> None:
    languages = languages_of(
        [
            entry("named", "Where is it?", answer="Here it is.", lang="zh-hans"),
            entry("told", "Wo ist meine Bestellung?", answer="Sie ist unterwegs zu Ihnen."),
            entry("too-short", "Retoure", answer="Ja."),
            entry("other", "Wie kann ich das zurückgeben?", answer="Schicken Sie es zurück."),
        ]
    )
    assert languages == {"named": "zh", "told": "de", "too-short": "de", "other": "de"}
    assert main_language(languages) == "de"


def test_an_faq_in_which_nothing_tells_is_taken_for_english() -> None:
    assert languages_of([entry("a", "PayPal", answer="Visa")]) == {"a": "en"}
    assert main_language({}) == "en"


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
