"""A choice that is typed: its number, its wording, yes, none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Literal

from bot.domain import Choice, Press
from bot.matching.text.normalise import same_wording

_NUMBER = re.compile(
    r"(?:the )?(?:#|no\.?(?=\s*\d)|number|option)?\s*(\w+)\s*[.)]?(?: one| please)*"
)
_ORDINALS = {
    **{str(number): number for number in range(100)},
    **{word: number for number, word in enumerate(["one", "two", "three", "four", "five"], 1)},
    **{word: number for number, word in enumerate(["first", "second", "third", "fourth"], 1)},
    **{word: number for number, word in enumerate(["第一", "第二", "第三", "第四"], 1)},
    **{f"{word}个": number for number, word in enumerate(["第一", "第二", "第三", "第四"], 1)},
}
_YES = frozenset(
    {"yes", "y", "yep", "yeah", "yes please", "ok", "okay", "sure", "that's it", "exactly"}
    | {"是", "是的", "对", "对的", "好的", "嗯"}
)
_NONE = frozenset(
    {"none", "none of these", "none of them", "neither", "neither of them", "no", "nope"}
    | {"no thanks", "no thank you", "都不是", "不是", "没有"}
)


class _Unclear(Enum):
    AGAIN = "again"


AGAIN = _Unclear.AGAIN


def may_be_choice(text: str) -> bool:
    """Whether a text makes sense as a choice of a follow-up, whatever that offered."""
    wording = same_wording(text)
    number = _NUMBER.fullmatch(wording)
    is_number = number is not None and number[1] in _ORDINALS
    return is_number or wording in _NONE or wording in _YES


def chosen(
    text: str, choices: Sequence[Choice], none_of_these: str
) -> Press | Literal[_Unclear.AGAIN] | None:
    """Which of the choices a typed text means.

    Returns:
        The choice; `AGAIN` where the text speaks of the choices but fits none; None where it is
        a new utterance.
    """
    wording = same_wording(text)
    for choice in choices:
        if wording == same_wording(choice.label):
            return Press(choice.entry_id)
    if wording in _NONE or wording == same_wording(none_of_these):
        return Press(None)
    if wording in _YES:
        return Press(choices[0].entry_id) if len(choices) == 1 else AGAIN
    number = _NUMBER.fullmatch(wording)
    place = None if number is None else _ORDINALS.get(number[1])
    if place is None:
        return None
    return Press(choices[place - 1].entry_id) if 1 <= place <= len(choices) else AGAIN
