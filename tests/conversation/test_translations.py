"""What people of other languages are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.conversation import Conversation
from bot.domain import Action, Choice, Decision, Faq, Hit, Incoming, Press, Span, Translation
from bot.files.config.texts import other_language, shipped
from bot.matching.encoder.multilingual import LANGUAGES
from bot.texts import Phrasebook, Texts
from tests.conversation.talk import FakeMatcher
from tests.factories import entry

GERMAN = Translation("de", "Wann kommt mein Geld?", "Bald.")
REFUND = replace(entry("refund", "When is my refund paid?"), translations=(GERMAN,))
RETURN = entry("return", "How do I return an item?")
FAQ = Faq((REFUND, RETURN))
TEXTS = shipped()["en"]
REMARK = other_language()["de"]
FOREIGN = frozenset({"refund", "return"})


def decision(action: Action, *ids: str, language: str | None = "de") -> Decision:
    hits = tuple(Hit(entry_id, 0.7, "…") for entry_id in ids)
    return Decision(action, ids[0], 0.7, hits, "why", language=language, foreign=FOREIGN)


DECISIONS = {
    "geld": decision(Action.ANSWER, "refund"),
    "zurück": decision(Action.ANSWER, "return"),
    "beides": decision(Action.FOLLOW_UP, "return", "refund"),
    "vielleicht zurück": replace(decision(Action.FOLLOW_UP, "return"), tentative=True),
    "return": decision(Action.FOLLOW_UP, "return"),
    "money": decision(Action.ANSWER, "refund", language="en"),
    "?": decision(Action.ANSWER, "refund", language=None),
}


@pytest.fixture
def conversation() -> Conversation:
    book = Phrasebook(shipped(), "en", other_language())
    return Conversation(FAQ, FakeMatcher(DECISIONS), book)


def test_an_answer_is_shown_in_the_language_of_the_message(conversation: Conversation) -> None:
    reply, _ = conversation.reply(Incoming("1", "geld", "en"))
    assert reply.text == "Bald."


def test_where_the_language_of_the_message_is_unknown_the_persons_counts(
    conversation: Conversation,
) -> None:
    assert conversation.reply(Incoming("1", "?", "de-at"))[0].text == "Bald."
    assert conversation.reply(Incoming("1", "?", "fr"))[0].text == "answer of refund"
    assert conversation.reply(Incoming("1", "money", "de"))[0].text == "answer of refund"


def test_choices_and_what_is_chosen_are_shown_in_the_language_of_the_message(
    conversation: Conversation,
) -> None:
    asked, state = conversation.reply(Incoming("1", "beides", "en", decision_id="0123"))
    assert asked.choices == (
        Choice("return", "How do I return an item?"),
        Choice("refund", "Wann kommt mein Geld?"),
    )
    assert asked.text == TEXTS.follow_up
    for content in ("wann kommt mein geld", "2", Press("refund", "0123")):
        assert conversation.reply(Incoming("1", content, "en"), state)[0].text == "Bald."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("zurück", "answer of return", id="an answer"),
        pytest.param("return", TEXTS.follow_up_one, id="a follow-up"),
    ],
)
def test_a_line_says_in_the_language_of_the_message_that_what_follows_is_in_another(
    conversation: Conversation, text: str, shown: str
) -> None:
    reply, _ = conversation.reply(Incoming("1", text, "en"))
    assert reply.text == f"{REMARK}\n\n{shown}"


def test_a_tentative_answer_in_another_language_has_the_line_too(
    conversation: Conversation,
) -> None:
    reply, _ = conversation.reply(Incoming("1", "vielleicht zurück", "en"))
    assert reply.text.startswith(REMARK)
    assert reply.spans[0] == Span(REMARK, italic=True)


def test_the_bot_speaks_the_language_of_the_message_where_it_has_its_texts() -> None:
    texts = Texts({**TEXTS.sentences, "follow_up": "Eins davon?"}, TEXTS.team)
    book = Phrasebook({**shipped(), "de": texts}, "en")
    conversation = Conversation(FAQ, FakeMatcher(DECISIONS), book)
    assert conversation.reply(Incoming("1", "beides", "en"))[0].text == "Eins davon?"


def test_the_line_is_known_in_every_language_the_second_encoder_reads_but_english() -> None:
    assert sorted(other_language()) == sorted(
        language.lower() for language in LANGUAGES if language != "en"
    )
