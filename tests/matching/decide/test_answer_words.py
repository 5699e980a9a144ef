"""What stands in an answer alone finds its entry to ask about, never to answer by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, FaqEntry, Thresholds
from bot.files.config.settings import Score, Settings
from bot.matching.build import Matcher
from bot.matching.decide.answer_words import AnswerWords
from tests.factories import bot_over, entry


def told(entry_id: str, question: str, answer: str, **more: object) -> FaqEntry:
    return replace(entry(entry_id, question), answer=answer, **more)  # type: ignore[arg-type]


WRAPPING = told("wrapping", "Can you wrap it?", "Yes, with a ribbon in Scottish tartan.")
PAYING = told("paying", "How can I pay?", "By card or PayPal.")
BANK = told("bank", "Why does my bank refuse?", "Ask them, or use PayPal or a cheque.")
COINS = told("coins", "Do you take coins?", "No, use PayPal.")


def found(text: str, *entries: FaqEntry) -> dict[str, tuple[str, ...]]:
    return {it.entry_id: it.words for it in AnswerWords(entries).mentions(text)}


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    return bot_over(tmp_path, WRAPPING, PAYING, BANK, COINS)


def test_a_word_of_an_answer_turns_a_fallback_into_a_question_and_the_reason_says_so(
    bot: Matcher,
) -> None:
    decision = bot.decide("tartan ribbon")
    assert (decision.action, decision.entry_id) == (Action.FOLLOW_UP, "wrapping")
    assert [hit.entry_id for hit in decision.candidates] == ["wrapping"]
    assert decision.reason.endswith("but the answer of wrapping has “tartan”, “ribbon”, so it asks")
    assert not decision.tentative


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("a cheque", {"bank"}, id="a rare word"),
        pytest.param("ribbons", {"wrapping"}, id="with an ending"),
        pytest.param("paypal", set(), id="in the answers of three entries"),
        pytest.param("card", {"paying"}, id="in one"),
        pytest.param("ribbon", {"wrapping"}, id="half of what is said is there"),
        pytest.param("ribbon gymnastics lessons", set(), id="less than half is"),
        pytest.param(
            "how can I do it with a ribbon", {"wrapping"}, id="function words do not count"
        ),
        pytest.param("", set(), id="nothing said"),
    ],
)
def test_words_rare_among_answers_find_entries_that_cover_half_of_a_message(
    text: str, ids: set[str]
) -> None:
    assert set(found(text, WRAPPING, PAYING, BANK, COINS)) == ids


def test_a_word_of_another_entrys_phrasing_finds_nothing() -> None:
    assert found("ribbon", WRAPPING, PAYING, entry("colours", "Which ribbon is there?")) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("do you use glue", id="a verb for whatever is done"),
        pytest.param("the second one", id="a place in a list"),
        pytest.param("one more question", id="an amount of anything"),
        pytest.param("none of these", id="a denial"),
        pytest.param("nein", id="a denial in another language"),
    ],
)
def test_a_word_that_does_not_say_what_it_is_about_finds_nothing(text: str) -> None:
    answer = "None of these: use a second ribbon, one more knot. Nein!"
    assert found(text, told("wrapping", "Can you wrap it?", answer)) == {}


def test_an_entry_that_is_asked_for_by_the_word_comes_before_one_that_only_answers_with_it() -> (
    None
):
    asked = told("z-book", "How do I book a table?", "Book here.")
    answering = told("afraid", "Can I come by myself?", "Say so when you book.")
    assert [*found("book", asked, answering)] == ["z-book", "afraid"]


def test_words_are_counted_among_the_answers_of_one_language() -> None:
    chinese = (told(f"zh{n}", "付款", "可以用 Ribbon", lang="zh") for n in range(2))
    assert set(found("ribbon", WRAPPING, *chinese)) == {"wrapping", "zh0", "zh1"}


def test_what_is_answered_or_asked_about_stays_as_it_is(bot: Matcher) -> None:
    assert bot.decide("How can I pay?").entry_id == "paying"
    assert "the answer of" not in bot.decide("How can I pay?").reason


def test_nobody_is_asked_about_an_entry_with_lines_of_its_own_or_by_plain_cosines(
    tmp_path: Path,
) -> None:
    careful = replace(WRAPPING, thresholds=Thresholds(0.9, 0.8))
    assert bot_over(tmp_path, careful, PAYING).decide("tartan ribbon").action is Action.FALLBACK
    plain = Settings(score=Score.COSINE, cache=tmp_path / "plain")
    bot = bot_over(tmp_path, WRAPPING, PAYING, settings=plain)
    assert bot.decide("tartan ribbon").action is Action.FALLBACK


def test_an_entry_left_out_is_not_found(bot: Matcher) -> None:
    gone = bot.decider.read_all(["tartan ribbon"], without=[frozenset({"wrapping"})])
    assert gone[0].mentioned == ()


def test_decisions_on_other_words_of_answers_carry_another_fingerprint(
    tmp_path: Path, bot: Matcher
) -> None:
    other = replace(WRAPPING, answer="Yes, with a bow in Scottish tartan.")
    assert bot_over(tmp_path, other, PAYING, BANK, COINS).fingerprint != bot.fingerprint
    alike = replace(WRAPPING, answer="Yes: in Scottish tartan, with a ribbon.")
    assert bot_over(tmp_path, alike, PAYING, BANK, COINS).fingerprint == bot.fingerprint
