"""Doubts that a score does not see."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.domain import Hit
from bot.matching.decide.guards import close_call, numbers, one_word, polarity
from bot.matching.score.ranker import Match, OddWord


def said(utterance: str, close: Sequence[str]) -> Match:
    return Match((), text=utterance, close=tuple(close))


@pytest.mark.parametrize(
    ("utterance", "close"),
    [
        pytest.param("my code does not work", "the code works", id="the message denies"),
        pytest.param("the code works", "my code does not work", id="the phrasing denies"),
        pytest.param("code dont work", "code works", id="a denial without its apostrophe"),
        pytest.param("code DOESN’T work", "code works", id="a denial with a curly apostrophe"),
        pytest.param("不能退款", "能退款", id="a denial in Chinese"),
        pytest.param("code not working", "code working today", id="half the words are enough"),
        pytest.param("switch it on", "switch it off", id="opposite words"),
        pytest.param("switch it OFF", "switch it on", id="opposite words, the other way round"),
        pytest.param("怎么开灯", "怎么关灯", id="opposite words in Chinese"),
        pytest.param("lower my limit", "raise my limit", id="opposite words in a short wording"),
        pytest.param("unsubscribe", "subscribe", id="nothing but opposite words"),
        pytest.param(
            "hi, I found it again, so please unblock my fob",
            "block my fob",
            id="opposite words where one text says much more",
        ),
        pytest.param("cancel a booking", "make a booking for a book", id="what takes it back"),
        pytest.param("Paket nicht da", "Paket da", id="a denial in another language"),
    ],
)
def test_the_contrary_in_the_same_words_is_doubted(utterance: str, close: str) -> None:
    assert polarity(said(utterance, [close])) == f"the message says the contrary of “{close}”"


def test_a_phrasing_that_lacks_both_opposite_words_stills_no_doubt() -> None:
    close = ["turn on notifications", "notifications please"]
    doubt = polarity(said("turn off notifications", close))
    assert doubt == "the message says the contrary of “turn on notifications”"


def test_a_phrasing_on_the_side_of_the_message_stills_the_doubt() -> None:
    close = ["turn on notifications", "disable notifications"]
    assert polarity(said("turn off notifications", close)) is None


def test_of_several_phrasings_the_nearest_with_the_same_words_is_named() -> None:
    close = ["shipping fees today", "a refund", "refund"]
    assert polarity(said("no refund", close)) == "the message says the contrary of “a refund”"


@pytest.mark.parametrize(
    ("utterance", "close"),
    [
        pytest.param("code does not work", ["code never works"], id="both deny"),
        pytest.param("code works", ["the code works"], id="neither denies"),
        pytest.param("no refund", ["a refund", "refund not paid"], id="one close phrasing agrees"),
        pytest.param(
            "my purchase is not there", ["my purchase is missing now"], id="in other words"
        ),
        pytest.param("code not accepted", ["code broken today"], id="a quarter of the words"),
        pytest.param("能不能退款", ["能退款"], id="a Chinese question denies nothing"),
        pytest.param("有没有退款", ["有退款"], id="another Chinese question"),
        pytest.param("do not switch it on", ["switch it off"], id="opposite words and a denial"),
        pytest.param("turn on or off", ["turn it off"], id="the message has both opposites"),
        pytest.param("turn it off", ["turn on or off"], id="the phrasing has both opposites"),
        pytest.param("not", ["the"], id="no content words"),
        pytest.param(
            "find out my balance today", ["what is in my bank"], id="particles in other sentences"
        ),
        pytest.param("nothing", [], id="nothing is close"),
    ],
)
def test_what_is_not_the_contrary_is_not_doubted(utterance: str, close: list[str]) -> None:
    assert polarity(said(utterance, close)) is None


@pytest.mark.parametrize(
    ("utterance", "close", "doubt"),
    [
        pytest.param(
            "valid for 30 days", ["valid for 14 days"],
            "the message says 30, “valid for 14 days” 14", id="another number",
        ),
        pytest.param(
            "from 9 to 5", ["from 10 to 4"],
            "the message says 5, 9, “from 10 to 4” 10, 4", id="other numbers",
        ),
        pytest.param(
            "version 3.11", ["version 3.1"],
            "the message says 3.11, “version 3.1” 3.1", id="another version",
        ),
        pytest.param(
            "on 2024-12-24", ["on 2024-12-25"],
            "the message says 2024-12-24, “on 2024-12-25” 2024-12-25", id="another date",
        ),
        pytest.param("14 days", ["within 14 days"], None, id="the same number"),
        pytest.param("14 or 30 days", ["within 14 days"], None, id="one number shared"),
        pytest.param(
            "30 days", ["14 days", "thirty (30) days"], None, id="another close phrasing has it"
        ),
        pytest.param("some days", ["14 days"], None, id="the message names none"),
        pytest.param(
            "30 days", ["some days", "14 days"], None, id="the nearest phrasing names none"
        ),
        pytest.param("30 days", [], None, id="nothing is close"),
    ],
)  # fmt: skip
def test_other_numbers_are_doubted(utterance: str, close: list[str], doubt: str | None) -> None:
    assert numbers(said(utterance, close)) == doubt


def test_the_one_word_that_differs_is_doubted() -> None:
    odd = OddWord("bus", "taxi", "a taxi to the airport")
    assert one_word(Match((), odd=odd)) == (
        "the message says “bus” where “a taxi to the airport” says “taxi”"
    )
    assert one_word(Match(())) is None


def hits(*raws: float | None) -> tuple[Hit, ...]:
    return tuple(Hit(name, 0.9, "…", raw) for name, raw in zip("abc", raws, strict=False))


@pytest.mark.parametrize(
    ("raws", "doubt"),
    [
        pytest.param((0.54, 0.5001), "a and b fit almost equally well", id="under 0.04 apart"),
        pytest.param((0.5, 0.5), "a and b fit almost equally well", id="equal"),
        pytest.param((1.0, 0.5, 0.5), None, id="only the first two count"),
        pytest.param((0.04, 0.0), None, id="0.04 apart"),
        pytest.param((0.5,), None, id="one entry"),
        pytest.param((), None, id="none"),
        pytest.param((None, 0.5), None, id="the best was never measured"),
        pytest.param((0.5, None), None, id="the second was never measured"),
    ],
)
def test_two_entries_that_fit_almost_equally_well_are_doubted(
    raws: tuple[float | None, ...], doubt: str | None
) -> None:
    assert close_call(Match(hits(*raws))) == doubt
