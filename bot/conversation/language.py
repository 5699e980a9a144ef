"""In which language somebody is answered."""

from __future__ import annotations

import re

from bot.domain import Incoming, base_language
from bot.matching.text import MAX_UTTERANCE_CHARS, is_traditional

_HAN, _KANA = re.compile("[\u4e00-\u9fff]"), re.compile("[\u3041-\u30ff]")
_WRITTEN_IN_HAN = ("zh", "ja")


def language_of(incoming: Incoming) -> str | None:
    """The code of the language to answer in: Chinese for who writes Chinese, else the channel's."""
    content = incoming.content
    lang = incoming.lang
    if isinstance(content, str) and _HAN.search(content, 0, MAX_UTTERANCE_CHARS):
        is_japanese = _KANA.search(content, 0, MAX_UTTERANCE_CHARS) is not None
        reads_it = lang is not None and base_language(lang) in _WRITTEN_IN_HAN
        if is_japanese or reads_it:
            return lang
        return "zh-hant" if is_traditional(content[:MAX_UTTERANCE_CHARS]) else "zh"
    return lang
