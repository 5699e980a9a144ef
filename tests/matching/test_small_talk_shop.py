"""Small talk beside the shipped FAQ, with the real models.

The messages of data/small-talk*.jsonl were written by people who had not seen the wordings of the
language files. Bounds are what is promised; the exact figures: python -m bench.small_talk.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.sets import records
from bench.small_talk import MESSAGES, held_out, kinds_of
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.files.config.texts import shipped
from bot.files.faq.load import load_project
from bot.matching.build import Matcher, assemble
from bot.matching.decide.small_talk_words import PERSON
from bot.matching.encoder.encoder import Encoder

ROOT = Path(__file__).parent.parent.parent
ROWS = {
    path: [(str(row["text"]), row["small_talk"]) for _, row in records(path)] for path in MESSAGES
}
SHOP = [
    str(row["text"])
    for _, row in records(ROOT / "tests/data/shop.jsonl")
    if row["expected"] is not None
]


@pytest.fixture(scope="module")
def bot(both_read: Callable[[Faq], Matcher]) -> Matcher:
    _, faq = load_project(str(ROOT / "config.yaml"))
    return both_read(faq)


@pytest.mark.parametrize("language", sorted(shipped()))
def test_a_wording_that_is_held_out_is_small_talk_all_the_same(bot: Matcher, language: str) -> None:
    found = held_out(bot, shipped()[language].talk, every=3)
    assert sum(kind is not None for kind in found) >= 0.9 * len(found)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_what_people_say_beside_questions_is_small_talk(bot: Matcher, path: Path) -> None:
    said = [(text, kind) for text, kind in ROWS[path] if kind not in (None, PERSON)]
    found = kinds_of(bot, [text for text, _ in said])
    assert len(said) >= 120
    assert sum(kind is not None for kind in found) >= 0.9 * len(said)


def test_questions_with_small_talk_in_them_are_questions(bot: Matcher) -> None:
    asked = [text for rows in ROWS.values() for text, kind in rows if kind is None]
    assert sum(kind is not None for kind in kinds_of(bot, asked)) <= 0.02 * len(asked)
    assert len(SHOP) == 158
    assert sum(kind is not None for kind in kinds_of(bot, SHOP)) <= 1


def test_small_talk_changes_no_fingerprint(bot: Matcher, encoder: Encoder) -> None:
    assert bot.decide("hello").fingerprint == bot.fingerprint
    off = Settings(cache=bot.settings.cache, small_talk=False)
    without = assemble(off, bot.faq, encoder, bot.model_fingerprint)
    assert (without.fingerprint, without.decide("hello").small_talk) == (bot.fingerprint, None)
