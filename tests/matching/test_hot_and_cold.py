"""Edit after edit read anew beside a bot that serves, or all at once by a fresh start: the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from bot.domain import Faq, FaqEntry, Translation
from bot.files.config.settings import Settings
from bot.matching.build import AT_ONCE, Matcher, assemble, measure, rebuild
from bot.matching.score import measured
from tests.fakes import FakeEmbedder, fake_encoder

WORDS = [
    "refund",
    "parcel",
    "order",
    "invoice",
    "address",
    "password",
    "account",
    "voucher",
    "courier",
]
GERMAN = [
    "wie",
    "kann",
    "ich",
    "das",
    "mein",
    "paket",
    "bestellung",
    "rechnung",
    "adresse",
    "nicht",
]
KINDS = ("answer", "more", "fewer", "question", "add", "remove", "move", "lang", "translate")
CHINESE = "退款快件订单地址发货时间"
UTTERANCES = (
    *WORDS,
    *("refnud my ordr", "parcel to account, and the voucher?", "hello", "a human please"),
    *("how can i order the invoice", "courier adress. voucher refund", "order 4711 of 3 May"),
    *("wie kann ich das paket", "wo ist meine bestellung", "退款时间", "订单地址", "blorp", ""),
)


def some(chance: random.Random, words: Sequence[str], most: int) -> str:
    return " ".join(chance.choices(words, k=chance.randint(2, most)))


def wording(chance: random.Random, lang: str | None) -> str:
    if lang == "zh":
        return "".join(chance.choices(CHINESE, k=5))
    return some(chance, GERMAN if lang == "de" else WORDS, 5)


def new_entry(chance: random.Random, number: int) -> FaqEntry:
    lang = chance.choice((None, None, "en", "de", "zh"))
    texts = dict.fromkeys(wording(chance, lang) for _ in range(chance.randint(1, 5)))
    question, *phrasings = (f"{text} {number}" for text in texts)
    return FaqEntry(f"e{number}", question, tuple(phrasings), some(chance, WORDS, 9), lang=lang)


def edited(chance: random.Random, entries: Sequence[FaqEntry], number: int) -> list[FaqEntry]:
    """The entries after one edit of any kind."""
    found, place = list(entries), chance.randrange(len(entries))
    one = found[place]
    kind = chance.choice(KINDS)
    if kind == "answer":
        found[place] = replace(one, answer=some(chance, WORDS, 9))
    elif kind == "more":
        more = f"{wording(chance, one.lang)} {number}"
        found[place] = replace(one, phrasings=(*one.phrasings, more))
    elif kind == "fewer":
        found[place] = replace(one, phrasings=one.phrasings[1:])
    elif kind == "question":
        found[place] = replace(one, question=f"{wording(chance, one.lang)} newword{number}")
    elif kind == "add":
        found.insert(place, new_entry(chance, number))
    elif kind == "remove" and len(found) > 2:
        del found[place]
    elif kind == "move":
        found.append(found.pop(place))
    elif kind == "lang":
        found[place] = replace(one, lang=chance.choice((None, "en", "de")))
    else:
        lines = Translation("de", f"{some(chance, GERMAN, 5)} {number}", "Ja.")
        found[place] = replace(one, translations=(lines,))
    return found


def built(folder: Path, entries: Sequence[FaqEntry]) -> Matcher:
    settings = Settings(cache=folder, head=False)  # which takes most of the time to measure
    return assemble(
        *(settings, Faq(tuple(entries)), fake_encoder(FakeEmbedder()), "fake"),
        second=fake_encoder(FakeEmbedder(), "ⅰ"),
    )


def numbers(bot: Matcher) -> list[object]:
    """All that was measured, to the last bit."""
    assert bot.measured is not None
    assert bot.second is not None
    fits = [bot.measured.fit, *(one.fit for one in bot.second.ranker.measured.values())]
    arrays = [array for fit in fits if fit is not None for array in (fit.hubness, fit.centroids)]
    scales = [repr(fit.scale) for fit in fits if fit is not None]
    return [*(np.ascontiguousarray(array).tobytes() for array in arrays), *scales]


@given(st.randoms(use_true_random=False), st.sampled_from([4, 45]))
@run(max_examples=6, deadline=None)
def test_edit_after_edit_decides_as_a_fresh_start_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, size: int
) -> None:
    folder = tmp_path_factory.mktemp("bot")
    entries = [new_entry(chance, number) for number in range(size)]
    bot, provisional = built(folder / "cache", entries), 0
    for number in range(size, size + 4):
        entries = edited(chance, entries, number)
        bot = rebuild(bot, bot.settings, Faq(tuple(entries)), AT_ONCE).matcher
        bot.decide_all(UTTERANCES)  # what messages leave behind is handed on as well
        provisional += bot.is_provisional
        if bot.is_provisional and chance.random() < 0.5:
            bot = measure(bot, AT_ONCE)
    if bot.is_provisional:
        bot = measure(bot, AT_ONCE)
    fresh = built(folder / "fresh", entries)
    again = built(folder / "cache", entries)  # from what was kept on the way
    assert provisional or size < measured.FEWEST
    for other in (fresh, again):
        assert numbers(bot) == numbers(other)
        assert bot.fingerprint == other.fingerprint
        assert bot.decide_all(UTTERANCES) == other.decide_all(UTTERANCES)
