"""Greetings and thanks: what is said back, where the FAQ has no answer to them."""

from __future__ import annotations

from bot.matching.text.normalise import same_wording
from bot.texts import Texts

_GREETINGS = frozenset(
    {"hi", "hi there", "hello", "hello there", "hey", "good morning", "good afternoon"}
    | {"good evening", "你好", "您好", "嗨", "在吗"}
)
_THANKS = frozenset(
    {"thanks", "thank you", "thx", "ty", "cheers", "many thanks", "thanks a lot"}
    | {"thank you very much", "谢谢", "多谢", "谢谢你", "谢谢您"}
)


def small_talk(utterance: str, texts: Texts) -> str | None:
    """What is said back to a greeting or to thanks; None to any other utterance.

    Args:
        texts: the bot's sentences in the person's language.
    """
    wording = same_wording(utterance)
    if wording in _GREETINGS:
        return texts.welcome
    return texts.thanks if wording in _THANKS else None
