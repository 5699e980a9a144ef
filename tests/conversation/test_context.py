"""Messages that lean on the question before them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.context import Asked
from bot.domain import SILENCE, Action, Decision, Faq, Hit, Incoming, Press, Thresholds
from bot.files.config.texts import shipped
from tests.conversation.talk import FALLBACK, FakeMatcher, Talk
from tests.factories import entry

TEXTS = shipped()["en"]
LINES = Thresholds(0.75, 0.60, 0.69)
CITY, EBIKE, HOURS = "city", "ebike", "hours"
FAQ = Faq(
    (
        entry(CITY, "What is a bike?", answer="A bike is 14 € a day."),
        entry(EBIKE, "What is an e-bike?"),
        entry(HOURS, "When are you open?", answer="We are open."),
    )
)
Q = "How much is a bike?"


def hits(**scores: float) -> tuple[Hit, ...]:
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    return tuple(Hit(entry_id, score, "…") for entry_id, score in ranked)


def decided(guard: str | None = None, **scores: float) -> Decision:
    """What the three bands make of some scores."""
    found = hits(**scores)
    best = found[0]
    action = Action.ANSWER if best.score > LINES.answer and guard is None else Action.FOLLOW_UP
    if best.score < LINES.follow_up:
        action = Action.FALLBACK
    entry_id = None if action is Action.FALLBACK else best.entry_id
    return Decision(action, entry_id, best.score, found, "why", thresholds=LINES, guard=guard)


def talk(joined: Decision, alone: Decision = FALLBACK, said: str = "and e-bikes?") -> Talk:
    """A bicycle hire: a price is asked, then something that leans on it, or not."""
    both = "How much is a bike e-bikes"
    decisions = {Q: decided(city=0.9, hours=0.3), said: alone, both: joined}
    return Talk(FAQ, FakeMatcher(decisions))


FITS = decided(city=0.74, ebike=0.72)
ALONE = decided(ebike=0.65, hours=0.61)


def test_what_both_texts_point_to_is_shown_as_what_was_probably_meant() -> None:
    reply = talk(FITS, ALONE).said(Q, "and e-bikes?")
    assert reply.text == "I think you mean: What is an e-bike?\n\nanswer of ebike"
    assert reply.decision is not None
    assert reply.decision.reason == (
        "ebike at 0.7200 fits it and what was answered before; "
        "read together with the question before it"
    )
    assert (reply.joined, reply.tentative) == ("How much is a bike e-bikes", True)


@pytest.mark.parametrize(
    ("joined", "alone", "told"),
    [
        pytest.param(decided(ebike=0.8, city=0.7), ALONE, "answer of ebike", id="sure: answered"),
        pytest.param(
            decided(ebike=0.62, city=0.5), ALONE, TEXTS.follow_up_far_one, id="less: asked"
        ),
        pytest.param(decided("polarity", ebike=0.74), ALONE, TEXTS.follow_up, id="doubted: asked"),
    ],
)
def test_what_is_done_about_both_goes_by_the_score(
    joined: Decision, alone: Decision, told: str
) -> None:
    alone = decided(ebike=0.61) if joined.score == 0.62 else alone
    assert talk(joined, alone).said(Q, "and e-bikes?").text == told


@pytest.mark.parametrize("ones", ["ones", "one"])
def test_what_stands_for_the_thing_itself_says_nothing_of_what_it_points_to(ones: str) -> None:
    """By itself "electric ones" is near to nothing, but "electric" is."""
    bikes = talk(FITS, ALONE)
    bikes.matcher.decisions |= {
        f"How much is a bike electric {ones}": FITS,
        "electric": decided(ebike=0.61),
    }
    assert bikes.said(Q, f"and electric {ones}?").tentative
    bikes.matcher.decisions["electric"] = FALLBACK
    assert bikes.said(Q, f"and electric {ones}?").joined is None


@pytest.mark.parametrize(
    ("joined", "alone"),
    [
        pytest.param(decided(city=0.8), FALLBACK, id="it is what was answered"),
        pytest.param(decided(city=0.7, hours=0.6), ALONE, id="the other is not nearer than alone"),
        pytest.param(decided(hours=0.8), decided(ebike=0.65), id="alone it points elsewhere"),
        pytest.param(decided(ebike=0.59), decided(ebike=0.3), id="both are below the line"),
        pytest.param(FITS, decided(ebike=0.8), id="alone it is answered"),
        pytest.param(FITS, replace(ALONE, tentative=True), id="alone it is probably answered"),
    ],
)
def test_a_change_of_the_subject_stands_alone(joined: Decision, alone: Decision) -> None:
    reply = talk(joined, alone).said(Q, "and e-bikes?")
    assert (reply.decision, reply.joined) == (alone, None)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("how much?", "About bikes how much"),
        ("and what does it cost?", "About bikes what does it cost"),
        ("price", "About bikes price"),
        ("多少钱？", "About bikes 多少钱"),
    ],
)
@pytest.mark.parametrize(
    ("about", "is_told"), [(decided(city=0.9), True), (decided(hours=0.9), False)]
)
def test_what_it_costs_is_asked_of_what_was_answered_if_that_names_a_price(
    text: str, joined: str, about: Decision, is_told: bool
) -> None:
    bikes = Talk(FAQ, FakeMatcher({"About bikes.": about, joined: about}))
    assert (bikes.said("About bikes.", text).joined is not None) is is_told


@pytest.mark.parametrize(
    ("text", "later_s", "is_joined"),
    [
        ("and e-bikes?", 300, True),
        ("and e-bikes?", 301, False),
        ("e-bikes", 60, True),
        ("and what if somebody would like to take one of those e-bikes?", 60, True),
        ("tell me what somebody pays for one of those e-bikes", 60, False),
    ],
)
def test_a_message_leans_on_an_answer_if_it_comes_soon_and_is_put_so(
    text: str, later_s: float, is_joined: bool
) -> None:
    bikes = Talk(FAQ, FakeMatcher({Q: decided(city=0.9), text: ALONE}, otherwise=FITS))
    bikes.said(Q, at=1_000)
    assert (bikes.said(text, at=1_000 + later_s).joined is not None) is is_joined


def test_a_reply_to_an_answer_leans_on_it_whenever_it_comes() -> None:
    bikes = talk(FITS, ALONE)
    quoted = Asked(Q, (CITY,), hits(city=0.9), is_quoted=True)
    for known in (quoted, replace(quoted, text=None)):  # words that are not kept: the entry's
        bikes.matcher.decisions["What is a bike e-bikes"] = FITS
        incoming = Incoming("1", "and e-bikes?", only_if_sure=False, at=9_000)
        reply, _ = bikes.conversation.reply(incoming, quoted=known)
        assert reply.tentative


def test_between_other_people_only_a_reply_leans_on_an_answer() -> None:
    bikes = talk(decided(ebike=0.9), ALONE)
    bikes.said(Q, only_if_sure=True)
    assert bikes.said("and e-bikes?", only_if_sure=True) == SILENCE
    incoming = Incoming("1", "and e-bikes?", only_if_sure=True)
    quoted = Asked(Q, (CITY,), is_quoted=True)
    reply, _ = bikes.conversation.reply(incoming, quoted=quoted)
    assert reply.answered == (EBIKE,)


def test_what_was_chosen_or_looked_up_can_be_leant_on() -> None:
    both = "What is a bike e-bikes"
    bikes = Talk(FAQ, FakeMatcher({"and e-bikes?": ALONE, both: FITS}))
    assert bikes.said(Press(CITY), "and e-bikes?").joined == both


def test_small_talk_between_two_questions_makes_no_difference() -> None:
    assert talk(FITS, ALONE).said(Q, "thanks", "and e-bikes?").tentative


def test_who_is_asked_instead_is_told_both_texts() -> None:
    bikes = talk(decided(ebike=0.62), decided(ebike=0.61))
    unanswered = bikes.said(Q, "and e-bikes?", "none of these").unanswered
    assert unanswered is not None
    assert unanswered.question == f"{Q}\nand e-bikes?"


# --- one question in two messages -----------------------------------------------------------------

WHERE = {"where is": FALLBACK, "the shop": decided(hours=0.65), "where is the shop": FITS}


@pytest.mark.parametrize(("later_s", "is_joined"), [(10, True), (11, False)])
def test_two_messages_within_seconds_are_tried_as_one(later_s: float, is_joined: bool) -> None:
    sure = decided(hours=0.9)
    bikes = Talk(FAQ, FakeMatcher({**WHERE, "where is the shop": sure}))
    assert bikes.said("where is", at=1_000).text == TEXTS.fallback  # it is not delayed
    reply = bikes.said("the shop", at=1_000 + later_s)
    assert reply.answered == ((HOURS,) if is_joined else ())


@pytest.mark.parametrize(
    "joined",
    [
        pytest.param(decided(hours=0.66), id="no more is done about both"),
        pytest.param(decided(hours=0.4), id="less is done about both"),
    ],
)
def test_two_messages_that_say_no_more_together_stay_two(joined: Decision) -> None:
    bikes = Talk(FAQ, FakeMatcher({**WHERE, "where is the shop": joined}))
    assert bikes.said("where is", "the shop").joined is None


# --- the same question again and again ------------------------------------------------------------


def test_the_same_question_gets_its_answer_twice_then_a_pointer_to_it() -> None:
    bikes = talk(FITS)
    replies = [bikes.said(Q, decision_id=f"{n:016}", at=n) for n in range(60)]
    assert [reply.answered for reply in replies[:2]] == [(CITY,)] * 2
    assert {(r.text, r.points_to, r.answered) for r in replies[2:]} == {
        (TEXTS.answered_above, f"{1:016}", ())
    }
    assert all(reply.decision is not None for reply in replies)  # each is remembered


@pytest.mark.parametrize(
    "between",
    [
        pytest.param((HOURS, 10.0), id="another question"),
        pytest.param((CITY, 4_000.0), id="an hour"),
    ],
)
def test_who_asks_again_later_or_in_other_words_gets_the_answer(between: tuple[str, float]) -> None:
    other, at = between
    bikes = talk(FITS)
    bikes.said(Q, "HOW MUCH is a bike")
    text = "When are you open?" if other == HOURS else Q
    bikes.matcher.decisions["When are you open?"] = decided(hours=0.9)
    bikes.matcher.decisions["HOW MUCH is a bike"] = decided(city=0.9)
    assert bikes.said(text, at=at).answered == (other,)


def test_an_answer_that_has_changed_is_given_again() -> None:
    bikes = talk(FITS)
    bikes.said(Q, Q)
    new = Faq((entry(CITY, answer="Now it is 15 €."),))
    assert Talk(new, bikes.matcher, bikes.state).said(Q).text == "Now it is 15 €."
