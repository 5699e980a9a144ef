"""What a chat is told, and what is known of it afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.context import Asked
from bot.conversation.state import START, FollowUp, State
from bot.domain import (
    SILENCE,
    Action,
    Attachment,
    Choice,
    Decision,
    Faq,
    FileKind,
    Hit,
    Link,
    Press,
    Reply,
    Span,
    Thresholds,
    Unanswered,
)
from bot.files.config.texts import shipped
from tests.conversation.talk import FALLBACK, FakeMatcher, Talk
from tests.factories import entry

STATUS = Link("Status", "https://example.com")
FORM, MAP = Attachment(FileKind.DOCUMENT, "form.pdf"), Attachment(FileKind.PHOTO, "map.png", "Us")
RETURN = replace(entry("return", "How do I return an item?", related=("refund",)), tags=("orders",))
REFUND = replace(
    entry("refund", "When is my refund paid?", links=(STATUS,)),
    tags=("money",),
    attachments=(FORM, MAP),
)
FAQ = Faq((RETURN, REFUND, entry("delete", "How do I delete my account?")))
TEXTS, CHINESE = shipped()["en"], shipped()["zh"]
HITS = tuple(Hit(name, 0.7, "…") for name in ("return", "refund", "delete"))
FOLLOW_UP = Decision(Action.FOLLOW_UP, "return", 0.7, HITS, "why")
ANSWER = Decision(Action.ANSWER, "refund", 0.9, (Hit("refund", 0.9, "…"),), "why")
PROBABLY = replace(FOLLOW_UP, tentative=True)
ALONE = replace(PROBABLY, candidates=HITS[:1])
FAR = replace(FOLLOW_UP, score=0.61, candidates=(Hit("return", 0.61, "…"),))
DECISIONS = {
    "unclear": FOLLOW_UP,
    "refund when": ANSWER,
    "send it back": PROBABLY,
    "back it goes": ALONE,
    "hardly": replace(FAR, thresholds=Thresholds(0.75, 0.60, 0.69)),
}
ID = "0123456789abcdef"
WHICH = TEXTS.which_one.replace("{count}", "3")


@pytest.fixture
def talk() -> Talk:
    return Talk(FAQ, FakeMatcher(DECISIONS))


def test_an_answer_is_the_entrys_text_with_all_that_belongs_to_it(talk: Talk) -> None:
    assert talk.said("refund when") == Reply(
        "answer of refund",
        links=(STATUS,),
        decision=ANSWER,
        spans=(Span("answer of refund"),),
        attachments=(FORM, MAP),
        answered=("refund",),
    )


SAID = {
    # Of fallbacks
    "a second fallback in a row is short": (["weather", "rain"], TEXTS.fallback_again),
    "so is a third one": (["weather", "rain", "snow"], TEXTS.fallback_again),
    "small talk between makes none long again": (
        ["weather", "thanks", "rain"],
        TEXTS.fallback_again,
    ),
    **{
        f"{between} makes a fallback long again": (["weather", between, "rain"], TEXTS.fallback)
        for between in ("refund when", "unclear", Press("refund"), Press(None))
    },
    # Of follow-ups
    **{
        f"{choice} is exactly its entry": (["unclear", choice], "answer of refund")
        for choice in ("2", "second", "When is my refund paid?", Press("refund"))
    },
    **{
        f"{choice} leaves open which: it says how many there are": (["unclear", choice], told)
        for choice, told in (
            *((word, WHICH) for word in ("4", "0", "yes", "both")),
            ("两个都要", CHINESE.which_one.replace("{count}", "3")),
        )
    },
    "all of them are all three": (
        ["unclear", "all"],
        "How do I return an item?\nanswer of return\n\n"
        "When is my refund paid?\nanswer of refund\n\n"
        "How do I delete my account?\nanswer of delete",
    ),
    "of one alone there is none to say which": (["hardly", "both"], TEXTS.only_one),
    "a no behind thanks is said to that": (["unclear", "thanks", "no"], TEXTS.fallback),
    "a number behind thanks chooses all the same": (["unclear", "thanks", "2"], "answer of refund"),
    "asked again, a choice can be made": (["unclear", "4", "1"], "answer of return"),
    "a new question ends a follow-up": (["unclear", "refund when", "1"], TEXTS.fallback),
    "a number without a follow-up is an utterance": (["2"], TEXTS.fallback),
    "so does one that is not answered": (["unclear", "weather", "2"], TEXTS.fallback_again),
    "its buttons keep working": (["unclear", "weather", Press("refund", "")], "answer of refund"),
    "after one choice, another can be made": (["unclear", "1", "2"], "answer of refund"),
    "but yes is said to the answer": (["unclear", "1", "yes"], TEXTS.fallback),
    "never mind ends it": (["unclear", "never mind", "2"], TEXTS.fallback),
    "never mind is taken kindly": (["unclear", "forget it"], TEXTS.dismissed),
    "after a fallback, too": (["weather", "never mind"], TEXTS.dismissed),
    "who dismisses nothing has said something new": (["never mind"], TEXTS.fallback),
    "both, where there are two": (
        ["send it back", "no", "both"],
        "When is my refund paid?\nanswer of refund\n\n"
        "How do I delete my account?\nanswer of delete",
    ),
    "a word that one choice alone has": (["unclear", "account"], "answer of delete"),
    "choices stay open behind small talk": (["unclear", "hi", "2"], "answer of refund"),
    "no one is not number one": (["unclear", "no one"], TEXTS.fallback),
    "an entry that is gone is told so": ([Press("sold")], TEXTS.gone),
    "where none is near, it is said": (["hardly"], TEXTS.follow_up_far_one),
    # Of tentative answers
    **{
        f"{word} opens the other choices of a tentative answer": (
            ["send it back", word],
            TEXTS.follow_up,
        )
        for word in ("no", "Not this?", "none of these", Press(None, shows_others=True))
    },
    "of these, one can be chosen": (["send it back", "no", "1"], "answer of refund"),
    "none of these is a way out of them": (["send it back", "no", "none"], TEXTS.rephrase),
    "without others, other words are asked for": (["back it goes", "no"], TEXTS.rephrase),
    "yes to a tentative answer is thanked for": (["send it back", "yes"], TEXTS.feedback_thanks),
    "a number after a tentative answer is an utterance": (["send it back", "2"], TEXTS.fallback),
    # Of greetings, thanks and languages
    "a greeting is returned, with a question of the FAQ": (
        ["hi"],
        "Hello! Ask me anything in your own words, for example: “How do I return an item?”",
    ),
    "so is laughter": (["lol"], TEXTS.talk.replies["laughter"]),
    "who writes Chinese is answered in Chinese": (["今天天气"], CHINESE.fallback),
    "who thanks in Chinese too": (["谢谢！"], CHINESE.thanks),
}


@pytest.mark.parametrize(("contents", "text"), SAID.values(), ids=map(str, SAID))
def test_the_reply_goes_by_what_was_said_before(
    talk: Talk, contents: list[str | Press], text: str
) -> None:
    assert talk.said(*contents).text == text


def test_an_answer_comes_with_its_formatting_and_without() -> None:
    faq = Faq((entry("a", answer="**Now** see [us](https://x.com)"),))
    assert Talk(faq).said(Press("a")) == Reply(
        "Now see us (https://x.com)",
        spans=(Span("Now", bold=True), Span(" see "), Span("us", url="https://x.com")),
        answered=("a",),
    )


def test_a_follow_up_offers_the_questions_of_its_candidates(talk: Talk) -> None:
    assert talk.said("unclear") == Reply(
        TEXTS.follow_up,
        choices=(
            Choice("return", "How do I return an item?"),
            Choice("refund", "When is my refund paid?"),
            Choice("delete", "How do I delete my account?"),
        ),
        decision=FOLLOW_UP,
    )


def test_a_tentative_answer_stands_under_its_question_with_all_that_belongs_to_it(
    talk: Talk,
) -> None:
    reply = talk.said("send it back")
    assert reply.text == "I think you mean: How do I return an item?\n\nanswer of return"
    assert reply.spans[:2] == (
        Span("I think you mean: "),
        Span("How do I return an item?", bold=True),
    )
    assert (reply.tentative, reply.choices, reply.answered) == (True, (), ("return",))
    assert reply.related == (Choice("refund", "When is my refund paid?"),)


def test_the_others_of_a_tentative_answer_are_those_that_were_not_shown(talk: Talk) -> None:
    reply = talk.said("send it back", Press(None, shows_others=True))
    assert [choice.entry_id for choice in reply.choices] == ["refund", "delete"]
    assert reply.choice is None


def unanswered(question: str, decision: Decision = FALLBACK) -> Unanswered:
    return Unanswered(question, decision.candidates)


def refused(question: str, decision: Decision) -> Unanswered:
    return Unanswered(question, decision.candidates, is_refused=True)


def test_a_fallback_says_that_the_bot_does_not_know_and_what_there_is_instead(talk: Talk) -> None:
    assert talk.said("weather") == Reply(
        TEXTS.fallback,
        topics=("orders", "money"),
        decision=FALLBACK,
        unanswered=unanswered("weather"),
        passed_on=TEXTS.passed_on,
    )


@pytest.mark.parametrize("word", [Press(None), "none", "None of these", "都不是"])
def test_none_of_these_asks_for_other_words(talk: Talk, word: str | Press) -> None:
    texts = CHINESE if word == "都不是" else TEXTS
    assert talk.said("unclear", word) == Reply(
        texts.rephrase, unanswered=refused("unclear", FOLLOW_UP), passed_on=texts.passed_on
    )
    talk.said("unclear")  # pressed under an older one, it is not about the last one
    assert talk.said(Press(None, ID)).unanswered == Unanswered(None)


@pytest.mark.parametrize(
    ("text", "lang", "told"),
    [("weather", "de-AT", "de-AT"), ("weather", None, None), ("天气", "de", "zh")],
)
def test_who_decides_is_told_the_language_of_the_person(
    text: str, lang: str | None, told: str | None
) -> None:
    matcher = FakeMatcher()
    Talk(FAQ, matcher).said(text, lang=lang)
    assert matcher.langs == [told]


# --- only where it is sure ------------------------------------------------------------------------


def test_where_only_answers_are_wanted_nothing_else_is_said(talk: Talk) -> None:
    """Words that choose nothing are said to somebody else."""
    for text in ("unclear", "weather", "hi", "thanks"):
        assert talk.said(text, only_if_sure=True) == SILENCE
    talk.said("unclear")
    for text in ("yes", "no", "none", "7"):
        assert talk.said(text, only_if_sure=True) == SILENCE
    assert talk.said("2", only_if_sure=True).text == "answer of refund"
    assert talk.said("refund when", only_if_sure=True).text == "answer of refund"


def test_what_is_passed_over_in_silence_changes_nothing(talk: Talk) -> None:
    talk.said("weather")
    talk.said("unclear", "weather", "thanks", only_if_sure=True)
    assert talk.state.unanswered == unanswered("weather")
    assert talk.said("rain").text == TEXTS.fallback_again


# --- states ---------------------------------------------------------------------------------------


def test_the_state_says_what_waits_what_is_owed_and_whose_it_is(talk: Talk) -> None:
    asked = talk.said("unclear", decision_id=ID)
    follow_up = FollowUp(asked.choices, ID, unanswered("unclear", FOLLOW_UP))
    first = Asked("unclear", nearest=FOLLOW_UP.candidates, decision_id=ID)
    assert talk.state == State(follow_up, person="ada", last=first)
    talk.said("weather")
    over = replace(follow_up, is_over=True)
    last = Asked("weather", nearest=FALLBACK.candidates, previous=first)
    assert talk.state == State(
        over, unanswered("weather"), has_fallback=True, person="ada", last=last
    )
    talk.said(Press(None, ID))
    assert talk.state == State(over, refused("unclear", FOLLOW_UP), person="ada")


@pytest.mark.parametrize("last", ["hi", Press("sold"), Press(None)])
def test_of_who_asked_nothing_that_is_known_little_is_kept(talk: Talk, last: str | Press) -> None:
    talk.said("hi", last)
    assert replace(talk.state, unanswered=None, person=None) == START


@pytest.mark.parametrize(("later_s", "text"), [(900, "answer of refund"), (901, TEXTS.fallback)])
def test_a_follow_up_waits_for_a_typed_choice_for_fifteen_minutes(
    talk: Talk, later_s: float, text: str
) -> None:
    talk.said("unclear", at=1_000)
    assert talk.said("2", at=1_000 + later_s).text == text


def test_the_buttons_of_a_follow_up_work_though_nothing_typed_chooses_any_more(talk: Talk) -> None:
    talk.said("send it back", decision_id=ID, at=1_000)
    talk.said("weather", at=5_000)
    others = talk.said(Press(None, ID, shows_others=True), at=9_000)
    assert [choice.entry_id for choice in others.choices] == ["refund", "delete"]
    assert talk.said("1", at=9_800).text == "answer of refund"
    assert talk.said(Press(None, ID), at=9_801).unanswered == refused("send it back", PROBABLY)


def test_what_led_here_is_what_is_owed_or_else_the_last_question_of_an_hour(talk: Talk) -> None:
    talk.said("weather", "thanks", at=1_000)
    assert talk.state.asked_last(9_999) == unanswered("weather")  # it is owed
    talk.said("refund when", at=2_000)
    asked = talk.state.asked_last(5_599)
    assert asked == Unanswered("refund when", ANSWER.candidates)
    assert talk.state.asked_last(5_600) is None


def test_a_yes_after_other_questions_picks_nothing(talk: Talk) -> None:
    talk.said("send it back", *["weather"] * 12)
    assert talk.said("yes").choice is None


def test_a_conversation_goes_on_over_another_faq(talk: Talk) -> None:
    """Choices shown before are answered out of it, or politely not at all."""
    talk.said("unclear")
    new = Faq((entry("refund", answer="The new answer."),))
    assert Talk(new, state=talk.state).said("2").text == "The new answer."
    assert Talk(new, state=talk.state).said("1") == Reply(TEXTS.gone)


def test_a_decision_is_called_by_the_id_that_came_with_the_message(talk: Talk) -> None:
    for text in ("refund when", "unclear", "weather", "hi"):
        assert talk.said(text, decision_id=ID).decision_id == ID


@pytest.mark.parametrize(("choice", "entry_id"), [("2", "refund"), ("none", None)])
def test_a_choice_is_named_in_its_reply_typed_or_pressed(
    talk: Talk, choice: str, entry_id: str | None
) -> None:
    """For whoever sends the reply to remember it once it is out."""
    talk.said("unclear", decision_id=ID)
    press, state = Press(entry_id, ID), talk.state
    for content in (choice, press):
        talk.state = state
        reply = talk.said(content)
        assert (reply.choice, reply.decision_id, reply.decision) == (press, ID, None)
    looked_up = talk.said(Press("refund"))
    assert (looked_up.choice, looked_up.decision_id) == (None, "")


# --- a follow-up from before a restart ------------------------------------------------------------


def test_a_follow_up_from_before_a_restart_can_be_chosen_from(talk: Talk) -> None:
    """Choices keep the numbers that they were shown with, though the entries of some are gone."""
    faq = Faq((REFUND,))
    state = Talk(faq).conversation.resumed(ID, "unclear", HITS)
    replies = [Talk(faq, state=state).said(number) for number in ("2", "1", "none")]
    assert [reply.text for reply in replies] == ["answer of refund", TEXTS.gone, TEXTS.rephrase]
    assert [reply.decision_id for reply in replies] == [ID, "", ID]
    assert replies[2].unanswered == Unanswered("unclear", HITS, is_refused=True)
    assert Talk(faq).conversation.resumed(ID, "unclear", ()) == START


def test_who_says_that_an_answer_was_no_help_is_told_what_a_thumb_down_is_told(talk: Talk) -> None:
    talk.said("refund when")
    first = talk.said("das stimmt nicht", decision_id=ID, at=10.0)
    assert (first.text, first.topics) == (TEXTS.not_helpful, ())
    assert first.unanswered == Unanswered(None, decision_id=ID)
    talk.said("refund when", at=20.0)
    second = talk.said("I do not get it", at=30.0)
    assert (second.text, second.topics) == (TEXTS.not_helpful_again, tuple(FAQ.topics("en")))
    assert talk.said("I do not get it", at=1_000.0).text == TEXTS.not_helpful


def test_who_says_so_before_any_question_is_offered_nobody(talk: Talk) -> None:
    assert talk.said("das stimmt nicht").unanswered is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("unclear", TEXTS.rephrase),
        ("send it back", TEXTS.follow_up),
        ("back it goes", TEXTS.rephrase),
    ],
)
def test_who_says_so_of_choices_or_of_a_tentative_answer_says_none_of_these(
    asked: str, told: str, talk: Talk
) -> None:
    talk.said(asked)
    assert talk.said("das stimmt nicht").text == told


def test_a_place_that_is_not_there_is_told_to_be_the_only_one_where_there_is_one(
    talk: Talk,
) -> None:
    talk.said("hardly")
    reply = talk.said("the second one")
    assert (reply.text, len(reply.choices)) == (TEXTS.only_one, 1)
