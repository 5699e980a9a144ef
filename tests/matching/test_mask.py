"""What says whose it is, and greetings, are no part of what is asked."""

from __future__ import annotations

import time
import timeit
from pathlib import Path

import pytest

from bot.matching.decide.guards import numbers
from bot.matching.mask import Known, masked, without_greeting, without_identifiers
from tests.factories import bot_over, entry, matched


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("where is my order no. 3111357835?", "where is my order?"),
        ("where is order number LF 482913", "where is order"),
        ("my order 4711 is late", "my order is late"),
        ("tracking 1Z999AA10123456784 says delivered", "tracking says delivered"),
        ("declined with card 4929 1234 5678 9012", "declined with card"),
        ("bring it back, bought on 12/11/2026", "bring it back"),
        ("it came on 5 May 2026 at 14:35, broken", "it came, broken"),
        ("ordered 2026-11-03 and nothing came", "ordered and nothing came"),
        ("I was charged £49.99 twice", "I was charged twice"),
        ("you took 49,99 € two times", "you took two times"),
        ("write to anna.smith@post.example please", "write please"),
        ("is https://post.example/x?id=81 yours", "is yours"),
        ("call me on +44 7700 900123 tonight", "call me tonight"),
        ("My name is Oliver Grant and I forgot my password", "I forgot my password"),
        ("my name is priya, delete my account", "delete my account"),
        ("Mein Name ist Hans Müller, wo ist das Paket?", "wo ist das Paket?"),
        ("where is it? Kind regards,\nAnna Smith", "where is it?"),
        ("我叫王小明，怎么取消订单LF998877？", "怎么取消订单？"),
        ("2026年11月3日下的单没到", "下的单没到"),
    ],
)
def test_numbers_dates_amounts_addresses_and_names_are_left_out(text: str, plain: str) -> None:
    assert without_identifiers(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "is it 2 for 1",
        "are you open 24/7",
        "Windows 11 does not start",
        "visa 3d secure",
        "does the RTX4090 fit",
        "my WH-1000XM5 is broken",
        "can I order 5000 business cards",
        "does it run on 220-240 V",
        "I get error 404",
        "ISO 27001",
        "within 10-15 days",
        "10% off",
        "may 3 people use it",
        "where is my order number",
        "my name is wrong on the invoice",
        "my name is misspelled, how do I change it",
        "My name has changed since I got married",
        "没有",
    ],
)
def test_a_number_or_a_name_that_is_part_of_the_question_stays(text: str) -> None:
    assert without_identifiers(text) is text


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("hi, where is it", "where is it"),
        ("Hello there!! Where is it", "Where is it"),
        ("Good morning everyone. Where is it", "Where is it"),
        ("Dear Sir or Madam,\nwhere is it", "where is it"),
        ("Hi Anna, how are you? Where is it", "Where is it"),
        ("hey where is it", "where is it"),
        ("Hello, this is Maria Lopez. Where is it", "Where is it"),
        ("Guten Tag, wo ist es", "wo ist es"),
        ("Bonjour, où est-il", "où est-il"),
        ("你好，在吗？订单呢", "订单呢"),
        ("您好订单呢", "订单呢"),
    ],
)
def test_a_greeting_is_no_part_of_what_follows_it(text: str, rest: str) -> None:
    assert without_greeting(text) == rest


@pytest.mark.parametrize(
    "text", ["hello", "Hello there!", "hi-res photos", "high fees", "morning slots", "你好像没寄"]
)
def test_a_greeting_alone_and_other_words_stay(text: str) -> None:
    assert without_greeting(text) is text


def test_what_an_faq_itself_speaks_of_stays() -> None:
    known = Known(["send 100 dollars", "do you sell Hello Kitty mugs"])
    text = "Hello Kitty mug for 20 dollars, order LF482913"
    assert without_greeting(text, known) is text
    assert without_identifiers(text, known) == "Hello Kitty mug for 20 dollars, order"


def test_what_is_left_out_can_be_marked_and_a_name_is_masked_even_in_a_mere_greeting() -> None:
    assert masked("Hi Anna, I am at a@b.example", mark="…") == "I am …"
    assert (masked("Hi Anna", mark="…"), masked("Hi Anna"), masked("LF482913")) == (
        "Hi …",
        "Hi",
        "",
    )
    assert masked("where is it") == "where is it"


@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "a1", "a@a.", "no. #", "£1 ", "1 may ", "my name is Aa ", "hi ", "Aa ", "!"],
)
def test_what_masking_costs_grows_no_faster_than_the_message(piece: str) -> None:
    """Eight times the length takes about eight times as long; going back over it would take 64."""

    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        return timeit.timeit(lambda: masked(text), time.process_time, number=5)

    # By turns, as a busy machine is slower for a while and not for one of the lengths; and all
    # together, as it may be quick for a single one.
    short, long = zip(*((seconds(512), seconds(4_096)) for _ in range(20)), strict=True)
    assert sum(long) < 24 * sum(short)  # 8 if it grows alike, 64 if with the square


FAQ = (entry("refund", "I want a refund"), entry("hours", "When do you open?", "opening"))


@pytest.mark.parametrize(
    "said", ["Hello there, ", "Hi! ", "Dear team, ", "你好，", "My name is Oliver Grant. "]
)
@pytest.mark.parametrize("asked", ["money for a refund", "when are you open", "the weather"])
def test_a_greeting_or_a_name_before_it_does_not_change_a_decision(
    said: str, asked: str, tmp_path: Path
) -> None:
    bot = bot_over(tmp_path, *FAQ)
    plain, greeted = bot.decide(asked), bot.decide(said + asked)
    assert (greeted.action, greeted.candidates) == (plain.action, plain.candidates)


def test_a_number_left_out_is_heard_by_its_guard_and_makes_a_message_no_phrasing(
    tmp_path: Path,
) -> None:
    bot = bot_over(tmp_path, entry("hours", "open at 10 today"), entry("refund", "my refund"))
    match = matched(bot, "Hello, open at 10 today 2026-11-03")
    assert (match.text, match.typed) == ("open at 10 today", "open at 10 today 2026-11-03")
    assert (match.word_for_word, numbers(match)) == (False, None)
    asked = matched(bot, "open today LF482913")
    assert numbers(asked) == "the message says 482913, “open at 10 today” 10"


def test_a_phrasing_typed_word_for_word_stays_whole(tmp_path: Path) -> None:
    wordings = ("hello, any news", "order LF482913", "any news of it")
    bot = bot_over(tmp_path, *(entry(f"e{n}", text) for n, text in enumerate(wordings)))
    for number, text in enumerate(wordings):
        assert (bot.decide(text).entry_id, bot.decide(text).score) == (f"e{number}", 1.0)
    assert bot.decide("hi, any news of it").score == 1
