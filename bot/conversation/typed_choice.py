"""Which of the choices of a follow-up a typed text means, if it means any.

A text is a choice only where all of it is one: an order word ("the 2nd one"), a word for all or for
none of them, or words that one choice alone has. Whatever holds more than that asks something new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Final

from bot.conversation import choice_words as words
from bot.domain import Choice
from bot.matching.text import normalise, same_wording

_HAN = re.compile("[\u4e00-\u9fff]")
# Brackets, quotes and commas around words; the rest of an emoji such as 2️⃣ is no letter either.
_MARKS = re.compile(r"[^\w\s&+/#，、,-]+")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_DIGITS = r"\d{1,2}(?:st|nd|rd|th|er|re|e|ème|eme|de|te|º|ª|o|a|й|я)?"
_BETWEEN = re.compile(r" ?(?:[,，、&+]| and | und | et | y | e | en | и |和|与|跟|以及) ?")
_FIRST_FEW = re.compile(r"(?:the )?first (two|three|2|3)|前(两|二|三|2|3)个?")
_MAX_CHARS = 200
_MAX_WORDS = 4  # of a text that names a choice by its words; longer ones are questions
_MAX_HAN = 8
_MAX_COUNT = 9  # of choices


class Said(Enum):
    """What a typed text says of the choices, where it names none of them."""

    AGAIN = auto()  # they were spoken of, and it is not clear which is meant
    NONE = auto()  # none of these
    DISMISSED = auto()  # never mind


Meant = tuple[str, ...] | Said  # ids of entries, or what else was said


def is_yes(text: str) -> bool:
    """Whether a typed text says yes and nothing else."""
    return same_wording(text).translate(_APOSTROPHES) in words.YES


def is_dismissal(text: str) -> bool:
    """Whether somebody does not want to know any more: "never mind"."""
    return _plain(text) in words.DISMISSED


def chosen(text: str, choices: Sequence[Choice], *none_of_these: str) -> Meant | None:
    """Which of the choices a typed text means.

    Args:
        none_of_these: what stands on the buttons of the way out.
    Returns:
        The entries meant, or what else was said; None to a new utterance.
    """
    if len(text) > _MAX_CHARS:
        return None
    wording, plain = same_wording(text), _plain(text)
    for choice in choices:
        if wording == same_wording(choice.label):
            return (choice.entry_id,)
    if plain in words.DISMISSED:
        return Said.DISMISSED
    if plain in words.NONE or wording in map(same_wording, none_of_these):
        return Said.NONE
    if plain in words.YES:
        return (choices[0].entry_id,) if len(choices) == 1 else Said.AGAIN
    places = _places(_marked(text), len(choices))
    if places is None:
        return _by_words(text, choices)
    if not places or not all(1 <= place <= len(choices) for place in places):
        return Said.AGAIN
    return tuple(choices[place - 1].entry_id for place in places)


def _marked(text: str) -> str:
    """The words of a text, in lower case, and what may stand between two choices."""
    bare = _MARKS.sub(" ", same_wording(text).translate(_APOSTROPHES))
    return ("" if _HAN.search(bare) else " ").join(bare.split()).strip(" ,，、")


def _plain(text: str) -> str:
    """The words of a text alone, in lower case; Chinese without spaces."""
    return _without_commas(_marked(text))


def _without_commas(marked: str) -> str:
    return ("" if _HAN.search(marked) else " ").join(re.split("[,，、 ]+", marked)).strip()


def _places(marked: str, count: int) -> list[int] | None:
    """The places that a text names, from 1; [] where it is not clear which, None to other texts."""
    plain = _without_commas(marked)
    if plain in words.ALL:
        return list(range(1, count + 1))
    if plain in words.BOTH:
        return [1, 2] if count == 2 else []
    few = _FIRST_FEW.fullmatch(plain)
    if few is not None:
        return list(range(1, _FEW[few[1] or few[2]] + 1))
    parts = [part for part in _BETWEEN.split(marked) if part]
    # "yes, the first": what stands before the comma may be no more than a yes.
    named = [_place(part, count) for part in parts if not _FILLING.fullmatch(part)]
    if not 1 <= len(named) <= 3 or None in named:
        place = _place(plain, count)
        return None if place is None else [place]
    places = [place for place in named if place is not None]
    if len(places) > 1 and not all(1 <= place <= (count or _MAX_COUNT) for place in places):
        return None  # 24 & 7
    return list(dict.fromkeys(places))


def _place(part: str, count: int) -> int | None:
    """The place that one part of a text names, and nothing but it."""
    found = (_IN_HAN if _HAN.search(part) else _IN_WORDS).fullmatch(part)
    if found is None:
        return None
    name = found["place"]
    if not name[0].isdigit():
        place = words.PLACES[name]
        return place if place > 0 else max(count, 1)
    return int(re.match(r"\d+", name)[0])  # type: ignore[index]  # it begins with a digit


def _by_words(text: str, choices: Sequence[Choice]) -> tuple[str, ...] | None:
    """The choice that alone has all the words of a short text that asks nothing by itself."""
    plain = _plain(text)
    if _HAN.search(plain):
        core = _HAN_FILLING.sub("", plain)
        if not 2 <= len(core) <= _MAX_HAN or words.HAN_ASKING.intersection(core):
            return None
        having = [each for each in choices if core in _plain(each.label)]
    else:
        typed = plain.split()
        told = {word for word in typed if word not in words.SMALL}
        is_asked = normalise(text).endswith("?") and len(typed) > 1
        if not told or len(typed) > _MAX_WORDS or is_asked or words.ASKING.intersection(typed):
            return None
        having = [each for each in choices if told <= set(_plain(each.label).split())]
    return (having[0].entry_id,) if len(having) == 1 and len(choices) > 1 else None


def _any(several: Iterable[str]) -> str:
    """A pattern of one of several texts, the longest first."""
    return "|".join(map(re.escape, sorted(several, key=len, reverse=True)))


def _of_han(phrases: Iterable[str], *but: str) -> list[str]:
    return [phrase for phrase in phrases if _HAN.search(phrase) and phrase not in but]


_FEW: Final = {"two": 2, "2": 2, "两": 2, "二": 2, "three": 3, "3": 3, "三": 3}
_BEFORE, _BEHIND, _PLACES = _any(words.BEFORE), _any(words.BEHIND), _any(words.PLACES)
_HAN_BEFORE, _HAN_BEHIND = _any(_of_han(words.BEFORE)), _any(_of_han(words.BEHIND))
_IN_WORDS = re.compile(
    rf"(?:(?:{_BEFORE}) )*+(?:(?:#|no(?=\.? ?\d))\.? ?)?"
    rf"(?P<place>{_DIGITS}|{_PLACES})(?: ?(?:{_BEHIND}))*+"
)
_IN_HAN = re.compile(rf"(?:{_HAN_BEFORE})*+(?P<place>\d{{1,2}}|{_PLACES})(?:{_HAN_BEHIND})*+")
_FILLING = re.compile(rf"(?:(?:{_BEFORE}|no)(?: |$))++|(?:{_BEHIND})|(?:{_HAN_BEFORE})++")
_HAN_FILLING = re.compile(
    rf"^(?:{_any(_of_han(words.BEFORE, '不', '不是', '第'))})++"
    rf"|(?:{_any(_of_han(words.BEHIND, '目', '项'))})++$"
)
