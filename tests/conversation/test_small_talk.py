"""What is said back to small talk, what the bot says of itself, and in which languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.conversation import Conversation
from bot.domain import Faq, Incoming, Press, Translation
from bot.files.config.settings import Settings
from bot.files.config.texts import answers_in, language_names, shipped
from tests.conversation.talk import FakeMatcher, Talk
from tests.factories import entry

BOOK = Settings().phrasebook
GERMAN = Translation("de", "Wo ist mein Rad?", "Da.")
BIKES = Faq(
    (
        replace(entry("hire", "How do I hire a bike?"), tags=("hire",), translations=(GERMAN,)),
        replace(entry("helmet", "Are there helmets?"), tags=("hire", "safety")),
        replace(entry("tandem", "有双人车吗？"), lang="zh", tags=("租车",)),
    )
)
KINDS = tuple(shipped()["en"].talk.wordings)


def conversation(faq: Faq = BIKES) -> Conversation:
    return Conversation(faq, FakeMatcher(), BOOK)


@pytest.mark.parametrize("language", sorted(shipped()))
def test_every_language_knows_every_kind_and_says_something_to_it(language: str) -> None:
    talk = shipped()[language].talk
    assert set(talk.wordings) == set(KINDS)
    assert min(len(its) for its in talk.wordings.values()) >= 10
    silent = set(KINDS) - set(talk.replies)
    own = {"greeting", "thanks", "what_can_you_do", "person", "not_helpful"}
    assert silent == own  # sentences of their own


@pytest.mark.parametrize(
    ("lang", "question"),
    [
        *(("en", "How do I hire a bike?"), (None, "How do I hire a bike?")),
        *(("zh-hans", "有双人车吗？"), ("de", "Wo ist mein Rad?"), ("fr", "How do I hire a bike?")),
    ],
)
def test_examples_are_the_first_question_of_the_faq_in_the_persons_language(
    lang: str | None, question: str
) -> None:
    assert question in conversation().welcome(lang)
    assert question in conversation().help(lang)


def test_help_names_the_topics_of_the_faq_in_the_persons_language() -> None:
    assert conversation().help("en").endswith("\n\nI know about: hire · safety")
    assert conversation().help("zh").endswith("租车")
    assert "know about" not in conversation(Faq((entry("a"),))).help("en")


def test_whose_language_is_not_spoken_is_told_in_it_once_a_day_which_ones_are() -> None:
    """With small talk or a fallback, whichever comes first; and with each /start and /help."""
    line = "Je réponds dans ces langues : Deutsch, English, 中文"
    talk, other = Talk(BIKES), Talk(BIKES)
    for one in (talk, other):
        one.conversation = conversation()
    first = talk.said("weather", lang="fr")
    assert (first.text.endswith(line), first.passed_on.endswith(line)) == (True, True)
    assert other.said("hi", lang="fr").text.endswith(f"\n\n{line}")
    for words in ("rain", "thanks", Press("hire"), "hi", "weather"):
        assert line not in talk.said(words, lang="fr", at=86_400).text
    assert talk.said("thanks", lang="fr", at=86_401).text.endswith(line)
    assert conversation().welcome("fr").endswith(line)
    for spoken in ("en", "zh-hk", None, "tlh"):
        assert "\n\n" not in conversation().welcome(spoken)


def test_an_english_message_is_in_a_language_that_is_spoken_whatever_the_menu_is_in() -> None:
    matcher = FakeMatcher(otherwise=replace(FakeMatcher().otherwise, language="en"))
    reply, _ = Conversation(BIKES, matcher, BOOK).reply(Incoming("1", "weather", "fr", "ada"))
    assert reply.text == shipped()["en"].fallback


def test_the_common_languages_have_a_name_and_a_sentence_with_room_for_names() -> None:
    assert len(answers_in()) >= 20
    assert set(answers_in()) == set(language_names()) - {"en", "zh", "zh-TW", "zh-hant"}
    assert all(line.count("{languages}") == 1 for line in answers_in().values())


@pytest.mark.parametrize(
    ("text", "lang", "language"),
    [
        *(
            ("天气怎么样", "en", "zh"),
            ("天氣怎麼樣", "en", "zh-hant"),
            ("天氣怎麼樣", None, "zh-hant"),
        ),
        *(("天气怎么样", "zh-hant", "zh-hant"), ("天氣怎麼樣", "zh-hans", "zh")),
        *(("weather", "zh-TW", "zh-hant"), ("weather", "zh-hk", "zh-hant")),
    ],
)
def test_who_writes_chinese_is_answered_in_its_script_unless_their_telegram_is_in_another(
    text: str, lang: str | None, language: str
) -> None:
    reply, _ = conversation().reply(Incoming("1", text, lang, "ada"))
    assert reply.text == shipped()[language].fallback
