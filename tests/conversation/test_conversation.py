"""What a chat is told, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.conversation.conversation import Conversation
from bot.domain import (
    SILENCE,
    Action,
    Attachment,
    Choice,
    Decision,
    Faq,
    FaqEntry,
    FileKind,
    Hit,
    Incoming,
    Link,
    Press,
    Reply,
    Span,
    Unanswered,
)
from bot.files.config_texts import shipped
from bot.texts import Phrasebook
from tests.factories import entry

STATUS = Link("Status", "https://example.com")
FORM, MAP = Attachment(FileKind.DOCUMENT, "form.pdf"), Attachment(FileKind.PHOTO, "map.png", "Us")


def tagged(item: FaqEntry, *tags: str, files: tuple[Attachment, ...] = ()) -> FaqEntry:
    return replace(item, tags=tags, attachments=files)


FAQ = Faq(
    (
        tagged(entry("return", "How do I return an item?", related=("refund",)), "orders"),
        tagged(
            entry("refund", "When is my refund paid?", links=(STATUS,)), "money", files=(FORM, MAP)
        ),
        entry("delete", "How do I delete my account?"),
    )
)
TEXTS, CHINESE = shipped()["en"], shipped()["zh"]
FOLLOW_UP = Decision(
    Action.FOLLOW_UP, "return", 0.7,
    tuple(Hit(name, 0.7, "…") for name in ("return", "refund", "delete")), "why",
)  # fmt: skip
ANSWER = Decision(Action.ANSWER, "refund", 0.9, (Hit("refund", 0.9, "…"),), "why")
FALLBACK = Decision(Action.FALLBACK, None, 0.1, (Hit("delete", 0.1, "…"),), "why")
DECISIONS = {"unclear": FOLLOW_UP, "refund when": ANSWER}


def decide(text: str, lang: str | None) -> Decision:
    return DECISIONS.get(text, FALLBACK)


def over(decision: Callable[[str, str | None], Decision], faq: Faq = FAQ) -> Conversation:
    return Conversation(faq, decision, Phrasebook(shipped(), "en"))


@pytest.fixture
def conversation() -> Conversation:
    return over(decide)


def said(
    conversation: Conversation, *contents: str | Press, chat: str = "1", only_if_sure: bool = False
) -> Reply:
    """The reply to the last of several messages of one chat, from the person of that name."""
    return [
        conversation.reply(Incoming(chat, content, None, chat, only_if_sure))
        for content in contents
    ][-1]


def test_an_answer_is_the_entrys_text_with_all_that_belongs_to_it(
    conversation: Conversation,
) -> None:
    assert said(conversation, "refund when") == Reply(
        "answer of refund",
        links=(STATUS,),
        decision=ANSWER,
        spans=(Span("answer of refund"),),
        attachments=(FORM, MAP),
        answered=("refund",),
    )


def test_an_answer_comes_with_its_formatting_and_without() -> None:
    faq = Faq((entry("a", answer="**Now** see [us](https://x.com)"),))
    assert said(over(decide, faq), Press("a")) == Reply(
        "Now see us (https://x.com)",
        spans=(Span("Now", bold=True), Span(" see "), Span("us", url="https://x.com")),
        answered=("a",),
    )


def test_related_questions_stand_under_an_answer(conversation: Conversation) -> None:
    reply = said(conversation, Press("return"))
    assert reply.related == (Choice("refund", "When is my refund paid?"),)


def test_a_follow_up_offers_the_questions_of_its_candidates(conversation: Conversation) -> None:
    assert said(conversation, "unclear") == Reply(
        TEXTS.follow_up,
        way_out=TEXTS.none_of_these,
        choices=(
            Choice("return", "How do I return an item?"),
            Choice("refund", "When is my refund paid?"),
            Choice("delete", "How do I delete my account?"),
        ),
        decision=FOLLOW_UP,
    )


def unanswered(question: str, decision: Decision = FALLBACK) -> Unanswered:
    return Unanswered(question, decision.candidates)


def test_a_fallback_says_that_the_bot_does_not_know_and_what_there_is_instead(
    conversation: Conversation,
) -> None:
    assert said(conversation, "weather") == Reply(
        TEXTS.fallback,
        topics=("orders", "money"),
        decision=FALLBACK,
        unanswered=unanswered("weather"),
    )


def test_a_second_fallback_in_a_row_is_short_and_the_third_long_again(
    conversation: Conversation,
) -> None:
    said(conversation, "weather")
    assert said(conversation, "rain") == Reply(
        TEXTS.fallback_again, decision=FALLBACK, unanswered=unanswered("rain")
    )
    third = said(conversation, "snow")
    assert (third.text, third.topics) == (TEXTS.fallback, ("orders", "money"))


@pytest.mark.parametrize(
    "between", ["refund when", "unclear", "thanks", Press("refund"), Press(None)]
)
def test_something_else_in_between_makes_a_fallback_long_again(
    conversation: Conversation, between: str | Press
) -> None:
    assert said(conversation, "weather", between, "rain").text == TEXTS.fallback


def test_fallbacks_of_one_chat_are_not_those_of_another(conversation: Conversation) -> None:
    said(conversation, "weather", chat="1")
    assert said(conversation, "weather", chat="2").text == TEXTS.fallback


def test_what_a_chat_is_owed_an_answer_to_is_known_until_it_goes_on(
    conversation: Conversation,
) -> None:
    assert conversation.unanswered("1") is None
    said(conversation, "weather")
    assert conversation.unanswered("1") == unanswered("weather")
    said(conversation, "unclear", Press(None))
    assert conversation.unanswered("1") == unanswered("unclear", FOLLOW_UP)
    said(conversation, "refund when")
    assert conversation.unanswered("1") is None


@pytest.mark.parametrize("choice", [Press("refund"), "2", "second", "When is my refund paid?"])
def test_a_choice_resolves_to_exactly_its_entry(
    conversation: Conversation, choice: str | Press
) -> None:
    reply = said(conversation, "unclear", choice)
    assert (reply.text, reply.decision) == ("answer of refund", None)


@pytest.mark.parametrize("word", [Press(None), "none", "None of these", "都不是"])
def test_none_of_these_asks_for_other_words(conversation: Conversation, word: str | Press) -> None:
    texts = CHINESE if word == "都不是" else TEXTS
    assert said(conversation, "unclear", word) == Reply(
        texts.rephrase, unanswered=unanswered("unclear", FOLLOW_UP)
    )


def test_none_of_these_of_an_older_follow_up_is_not_about_the_last_one(
    conversation: Conversation,
) -> None:
    reply = said(conversation, "unclear", Press(None, "0123456789abcdef"))
    assert reply.unanswered == Unanswered(None)


@pytest.mark.parametrize("word", ["4", "0", "yes"])
def test_a_choice_that_is_not_there_asks_again_and_forgets_nothing(
    conversation: Conversation, word: str
) -> None:
    again = said(conversation, "unclear", word)
    assert (again.text, len(again.choices)) == (TEXTS.follow_up, 3)
    assert said(conversation, "1").text == "answer of return"


def test_a_new_question_ends_the_follow_up(conversation: Conversation) -> None:
    assert said(conversation, "unclear", "refund when").text == "answer of refund"
    assert said(conversation, "1").text == TEXTS.fallback


def test_a_number_without_a_follow_up_is_an_utterance(conversation: Conversation) -> None:
    assert said(conversation, "2").unanswered == unanswered("2")


def test_chats_do_not_see_each_others_follow_ups(conversation: Conversation) -> None:
    said(conversation, "unclear", chat="1")
    assert said(conversation, "1", chat="2").text == TEXTS.fallback
    assert said(conversation, "1", chat="1").text == "answer of return"


def test_a_button_of_an_entry_that_is_gone_is_answered_politely(
    conversation: Conversation,
) -> None:
    assert said(conversation, Press("sold")) == Reply(TEXTS.gone)


def test_only_the_oldest_conversations_are_forgotten_where_there_are_too_many(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation.conversation._MAX_STATES", 2)
    for chat in ("1", "2", "3"):
        said(conversation, "unclear", chat=chat)
    assert said(conversation, "1", chat="2").text == "answer of return"
    assert said(conversation, "1", chat="1").text == TEXTS.fallback


def test_choices_stay_open_while_the_bot_does_not_understand(conversation: Conversation) -> None:
    assert said(conversation, "unclear", "both of them").text == TEXTS.fallback
    assert said(conversation, "2").text == "answer of refund"


def test_no_one_is_not_number_one(conversation: Conversation) -> None:
    assert said(conversation, "unclear", "no one").text == TEXTS.fallback


@pytest.mark.parametrize(
    ("text", "reply"),
    [("Hi!", TEXTS.welcome), ("good morning", TEXTS.welcome), ("THANKS", TEXTS.thanks)],
)
def test_a_greeting_and_thanks_are_returned(
    conversation: Conversation, text: str, reply: str
) -> None:
    assert said(conversation, text).text == reply


def test_a_greeting_that_the_faq_answers_is_answered() -> None:
    assert said(over(lambda text, lang: ANSWER), "hi").text == "answer of refund"


def test_small_talk_leaves_the_choices_open(conversation: Conversation) -> None:
    assert said(conversation, "unclear", "hi", "2").text == "answer of refund"


def test_who_writes_chinese_is_answered_in_chinese(conversation: Conversation) -> None:
    assert said(conversation, "今天天气").text == CHINESE.fallback
    assert said(conversation, "谢谢！").text == CHINESE.thanks


@pytest.mark.parametrize(
    ("text", "lang", "told"),
    [("weather", "de-AT", "de-AT"), ("weather", None, None), ("天气", "de", "zh")],
)
def test_who_decides_is_told_the_language_of_the_person(
    text: str, lang: str | None, told: str | None
) -> None:
    asked: list[str | None] = []

    def noting(text: str, lang: str | None) -> Decision:
        asked.append(lang)
        return FALLBACK

    over(noting).reply(Incoming("1", text, lang))
    assert asked == [told]


# --- only where it is sure ------------------------------------------------------------------------


def test_where_only_answers_are_wanted_nothing_else_is_said(conversation: Conversation) -> None:
    assert said(conversation, "refund when", only_if_sure=True).text == "answer of refund"
    for text in ("unclear", "weather", "hi", "thanks"):
        assert said(conversation, text, only_if_sure=True) == SILENCE


@pytest.mark.parametrize("word", ["yes", "no", "none", "7"])
def test_where_only_answers_are_wanted_a_word_that_chooses_nothing_is_somebody_elses(
    conversation: Conversation, word: str
) -> None:
    said(conversation, "unclear")
    assert said(conversation, word, only_if_sure=True) == SILENCE
    assert said(conversation, "2", only_if_sure=True).text == "answer of refund"


def test_what_is_passed_over_in_silence_changes_nothing(conversation: Conversation) -> None:
    said(conversation, "weather")
    said(conversation, "unclear", "weather", "thanks", only_if_sure=True)
    assert conversation.unanswered("1") == unanswered("weather")
    assert said(conversation, "rain").text == TEXTS.fallback_again


# --- another FAQ, and forgetting ------------------------------------------------------------------

NEW_FAQ = Faq((entry("refund", answer="The new answer."), tagged(entry("pay"), "paying")))


def test_conversations_go_on_over_a_new_faq(conversation: Conversation) -> None:
    """Choices shown before are answered out of it, or politely not at all."""
    said(conversation, "unclear", chat="1")
    said(conversation, "unclear", chat="2")
    said(conversation, "weather", chat="3")
    conversation.adopt(NEW_FAQ, lambda text, lang: FALLBACK, Phrasebook(shipped(), "zh"))
    assert said(conversation, "2", chat="1").text == "The new answer."
    assert said(conversation, "1", chat="2") == Reply(CHINESE.gone)
    assert said(conversation, "rain", chat="3").text == CHINESE.fallback_again
    assert said(conversation, "rain", chat="4").topics == ("paying",)


def test_only_the_conversations_of_the_person_are_forgotten(conversation: Conversation) -> None:
    for chat, person in (("a", "7"), ("b", "7"), ("c", "77")):
        conversation.reply(Incoming(chat, "unclear", person=person))
        conversation.reply(Incoming(f"{chat}+", "weather", person=person))
    conversation.forget("7")
    texts = [conversation.reply(Incoming(chat, "2")).text for chat in ("a", "b", "c")]
    assert texts == [TEXTS.fallback, TEXTS.fallback, "answer of refund"]
    owed = [conversation.unanswered(f"{chat}+") for chat in ("a", "b", "c")]
    assert owed == [None, None, unanswered("weather")]
