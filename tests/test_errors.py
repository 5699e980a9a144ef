"""What is said where a name is not known."""

from __future__ import annotations

import random
from difflib import SequenceMatcher

import pytest

from bot.errors import nearest

WORDS = ("refund", "order", "parcel", "delivery", "login", "price", "size", "coupon", "card")


def misspelt(name: str, chance: random.Random) -> str:
    """A name with a letter of its first word missing, too many, or wrong."""
    place = chance.randrange(name.index("-"))
    return name[:place] + chance.choice(["", "x" + name[place], "q"]) + name[place + 1 :]


def test_among_thousands_of_names_the_misspelt_one_is_found_by_comparing_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To compare all letter by letter took a check of 500 of them most of a minute."""
    chance, compared = random.Random(1), []
    ratio = SequenceMatcher.real_quick_ratio

    def counted(matcher: SequenceMatcher[str]) -> float:
        compared.append(1)
        return ratio(matcher)

    monkeypatch.setattr(SequenceMatcher, "real_quick_ratio", counted)
    names = [f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{n}" for n in range(3_000)]
    asked = chance.sample(names, 50)
    told = [nearest(misspelt(name, chance).upper(), names) for name in asked]
    assert told == [f" Did you mean {name!r}?" for name in asked]
    assert len(compared) <= 50 * 25


def test_a_name_that_none_is_like_gets_no_hint() -> None:
    assert nearest("zzzzzz", [f"{word}-{n}" for word in WORDS for n in range(100)]) == ""
