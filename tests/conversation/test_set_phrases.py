"""Greetings and thanks."""

from __future__ import annotations

import pytest

from bot.conversation.conversation import small_talk
from bot.files.config_texts import shipped

TEXTS = shipped()["en"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((text, TEXTS.welcome) for text in ("Hi!", "good morning", "你好")),
        *((text, TEXTS.thanks) for text in ("THANKS", "谢谢！", "many thanks.")),
        *((text, None) for text in ("hi there, where is it?", "no thanks", "")),
    ],
)
def test_greetings_and_thanks_are_returned(text: str, told: str | None) -> None:
    assert small_talk(text, TEXTS) == told
