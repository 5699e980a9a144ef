"""What is understood word for word: choices that are typed, greetings and thanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from bot.domain import Choice, Press
from bot.matching.text.normalise import same_wording
from bot.texts import Texts

AGAIN: Final = "again"  # none of the choices was meant, though they were spoken of

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
_GREETINGS = frozenset(
    {"hi", "hi there", "hello", "hello there", "hey", "good morning", "good afternoon"}
    | {"good evening", "你好", "您好", "嗨", "在吗"}
)
_THANKS = frozenset(
    {"thanks", "thank you", "thx", "ty", "cheers", "many thanks", "thanks a lot"}
    | {"thank you very much", "谢谢", "多谢", "谢谢你", "谢谢您"}
)


def may_be_choice(text: str) -> bool:
    """Whether a text makes sense as a choice of a follow-up, whatever that offered."""
    wording = same_wording(text)
    return _place(wording) is not None or wording in _NONE or wording in _YES


def chosen(
    text: str, choices: Sequence[Choice], none_of_these: str
) -> Press | Literal["again"] | None:
    """Which of the choices a typed text means.

    Returns:
        The choice; `AGAIN` where it is to be asked again; None to a new utterance.
    """
    wording = same_wording(text)
    for choice in choices:
        if wording == same_wording(choice.label):
            return Press(choice.entry_id)
    if wording in _NONE or wording == same_wording(none_of_these):
        return Press(None)
    if wording in _YES:
        return Press(choices[0].entry_id) if len(choices) == 1 else AGAIN
    place = _place(wording)
    if place is None:
        return None
    return Press(choices[place - 1].entry_id) if 1 <= place <= len(choices) else AGAIN


def small_talk(text: str, texts: Texts) -> str | None:
    """What is said back to a greeting or to thanks; None to any other utterance.

    Args:
        texts: the bot's sentences in the person's language.
    """
    wording = same_wording(text)
    if wording in _GREETINGS:
        return texts.welcome
    return texts.thanks if wording in _THANKS else None


def _place(wording: str) -> int | None:
    number = _NUMBER.fullmatch(wording)
    return None if number is None else _ORDINALS.get(number[1])
