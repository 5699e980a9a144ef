"""What a chat is told, and what it remembers."""

from __future__ import annotations

import pytest

from bot.conversation import Conversation
from bot.domain import Action, Choice, Decision, Faq, Hit, Incoming, Link, Press, Reply, Span
from bot.files.languages import shipped
from bot.texts import Phrasebook
from tests.factories import entry

FAQ = Faq(
    (
        entry("return", "How do I return an item?", related=("refund",)),
        entry("refund", "When is my refund paid?", links=(Link("Status", "https://example.com"),)),
        entry("delete", "How do I delete my account?"),
    )
)
TEXTS = shipped()["en"]
FOLLOW_UP = Decision(
    Action.FOLLOW_UP, "return", 0.7,
    tuple(Hit(name, 0.7, "…") for name in ("return", "refund", "delete")), "why",
)  # fmt: skip
ANSWER = Decision(Action.ANSWER, "refund", 0.9, (Hit("refund", 0.9, "…"),), "why")
FALLBACK = Decision(Action.FALLBACK, None, 0.1, (), "why")
DECISIONS = {"unclear": FOLLOW_UP, "refund when": ANSWER}


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(
        FAQ, lambda text: DECISIONS.get(text, FALLBACK), Phrasebook(shipped(), "en")
    )


def said(conversation: Conversation, *contents: str | Press, chat: str = "1") -> Reply:
    """The reply to the last of several messages of one chat."""
    return [conversation.reply(Incoming(chat, content)) for content in contents][-1]


def test_an_answer_is_the_entrys_text_with_its_links_and_decision(
    conversation: Conversation,
) -> None:
    assert said(conversation, "refund when") == Reply(
        "answer of refund",
        links=FAQ.by_id["refund"].links,
        decision=ANSWER,
        spans=(Span("answer of refund"),),
    )


def test_an_answer_comes_with_its_formatting_and_without() -> None:
    faq = Faq((entry("a", answer="**Now** see [us](https://x.com)"),))
    conversation = Conversation(faq, lambda _: FALLBACK, Phrasebook(shipped(), "en"))
    assert said(conversation, Press("a")) == Reply(
        "Now see us (https://x.com)",
        spans=(Span("Now", bold=True), Span(" see "), Span("us", url="https://x.com")),
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


def test_a_fallback_says_that_the_bot_does_not_know(conversation: Conversation) -> None:
    assert said(conversation, "weather") == Reply(TEXTS.fallback, decision=FALLBACK)


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param(Press("refund"), id="a button"),
        *("2", " 2 ", "2.", "2)", "#2", "no. 2", "option 2", "２", "2 please", "number two"),
        *("second", "the second one", "第二个"),
        pytest.param("When is my refund paid?", id="the wording"),
        pytest.param("when is my REFUND paid", id="the wording, typed loosely"),
    ],
)
def test_a_choice_resolves_to_exactly_its_entry(
    conversation: Conversation, choice: str | Press
) -> None:
    assert said(conversation, "unclear", choice).text == "answer of refund"


@pytest.mark.parametrize("word", [Press(None), "none", "None of these", "NO", "都不是"])
def test_none_of_these_asks_for_other_words(conversation: Conversation, word: str | Press) -> None:
    texts = shipped()["zh"] if word == "都不是" else TEXTS
    assert said(conversation, "unclear", word) == Reply(texts.rephrase)


@pytest.mark.parametrize("word", ["4", "0", "yes"])
def test_a_choice_that_is_not_there_asks_again_and_forgets_nothing(
    conversation: Conversation, word: str
) -> None:
    again = said(conversation, "unclear", word)
    assert (again.text, len(again.choices)) == (TEXTS.follow_up, 3)
    assert said(conversation, "1").text == "answer of return"


def test_yes_takes_an_only_choice(conversation: Conversation) -> None:
    one = Decision(Action.FOLLOW_UP, "refund", 0.7, (Hit("refund", 0.7, "…"),), "why")
    conversation = Conversation(FAQ, lambda _: one, Phrasebook(shipped(), "en"))
    assert said(conversation, "unclear", "yes").text == "answer of refund"


def test_a_new_question_ends_the_follow_up(conversation: Conversation) -> None:
    assert said(conversation, "unclear", "refund when").text == "answer of refund"
    assert said(conversation, "1").text == TEXTS.fallback


def test_a_number_without_a_follow_up_is_an_utterance(conversation: Conversation) -> None:
    assert said(conversation, "2") == Reply(TEXTS.fallback, decision=FALLBACK)


def test_chats_do_not_see_each_others_follow_ups(conversation: Conversation) -> None:
    said(conversation, "unclear", chat="1")
    assert said(conversation, "1", chat="2").text == TEXTS.fallback
    assert said(conversation, "1", chat="1").text == "answer of return"


def test_a_button_of_an_entry_that_is_gone_is_answered_politely(
    conversation: Conversation,
) -> None:
    assert said(conversation, Press("sold")) == Reply(TEXTS.gone)


def test_only_the_oldest_open_follow_ups_are_forgotten(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation._MAX_PENDING", 2)
    for chat in ("1", "2", "3"):
        said(conversation, "unclear", chat=chat)
    assert said(conversation, "1", chat="1").text == TEXTS.fallback
    assert said(conversation, "1", chat="2").text == "answer of return"


# --- several questions in one message ------------------------------------------------------------

STATUS, SHIPPING = Link("Status", "https://example.com"), Link("Fees", "https://example.com/fees")
PARTS_FAQ = Faq(
    (
        entry("return", "How to return?", related=("refund", "delete"), links=(SHIPPING, STATUS)),
        entry("refund", "When is it paid?", related=("return", "delete", "pay"), links=(STATUS,)),
        entry("delete", "How to delete?"),
        entry("pay", "How to pay?"),
    )
)


def in_parts(*parts: tuple[str, Action]) -> Decision:
    """A message answered in these parts."""
    hits = tuple(Hit(name, 0.9, "…") for name, _ in parts)
    decided = tuple(
        Decision(action, hit.entry_id, 0.9, (hit, Hit("pay", 0.1, "…")), "why")
        for hit, (_, action) in zip(hits, parts, strict=True)
    )
    answered = next(name for name, action in parts if action is Action.ANSWER)
    return Decision(Action.ANSWER, answered, 0.9, hits, "in parts", parts=decided)


def told(decision: Decision) -> Reply:
    return said(Conversation(PARTS_FAQ, lambda _: decision, Phrasebook(shipped(), "en")), "any")


def test_a_message_answered_in_two_parts_shows_both_answers_under_their_questions() -> None:
    """With each link once, and each related question once unless it was just answered."""
    decision = in_parts(("return", Action.ANSWER), ("refund", Action.ANSWER))
    assert told(decision) == Reply(
        "How to return?\nanswer of return\n\nWhen is it paid?\nanswer of refund",
        related=(Choice("delete", "How to delete?"), Choice("pay", "How to pay?")),
        links=(SHIPPING, STATUS),
        decision=decision,
        spans=(
            Span("How to return?", bold=True),
            Span("\n"),
            Span("answer of return"),
            Span("\n\n"),
            Span("When is it paid?", bold=True),
            Span("\n"),
            Span("answer of refund"),
        ),
    )


def test_a_message_of_which_one_part_was_answered_is_answered_like_any_other() -> None:
    decision = in_parts(("return", Action.ANSWER))
    assert told(decision) == Reply(
        "answer of return",
        related=(Choice("refund", "When is it paid?"), Choice("delete", "How to delete?")),
        links=(SHIPPING, STATUS),
        decision=decision,
        spans=(Span("answer of return"),),
    )


def test_what_an_unsure_part_may_have_meant_is_offered_before_what_is_related() -> None:
    """Its first candidate alone, and once though it is related too."""
    decision = in_parts(("delete", Action.FOLLOW_UP), ("return", Action.ANSWER))
    assert told(decision) == Reply(
        "answer of return",
        related=(Choice("delete", "How to delete?"), Choice("refund", "When is it paid?")),
        links=(SHIPPING, STATUS),
        decision=decision,
        spans=(Span("answer of return"),),
    )


def test_answers_in_parts_end_a_follow_up() -> None:
    both = in_parts(("return", Action.ANSWER), ("refund", Action.ANSWER))
    decisions = iter([FOLLOW_UP, both, FALLBACK])
    conversation = Conversation(FAQ, lambda _: next(decisions), Phrasebook(shipped(), "en"))
    assert said(conversation, "unclear", "both", "1").text == TEXTS.fallback


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
    conversation = Conversation(FAQ, lambda _: ANSWER, Phrasebook(shipped(), "en"))
    assert said(conversation, "hi").text == "answer of refund"


def test_who_writes_chinese_is_answered_in_chinese(conversation: Conversation) -> None:
    chinese = shipped()["zh"]
    assert said(conversation, "今天天气").text == chinese.fallback
    assert said(conversation, "谢谢！").text == chinese.thanks
