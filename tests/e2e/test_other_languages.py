"""A person who writes in another language than the FAQ, to the true process."""

from __future__ import annotations

from pathlib import Path

from bot.files.config.texts import other_language
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, ask
from tests.e2e.process import serving


def test_a_german_question_finds_the_english_answer_once_the_second_encoder_is_loaded(
    api: BotApi, config: Path
) -> None:
    with serving(api, config) as process:
        process.wait_for_log("use-multilingual-3 is loaded")
        message = ask(api, "Wann habt ihr geöffnet?")
        assert message.text.startswith(other_language()["de"])
        assert message.text.endswith(ANSWERS["opening-hours"])
        assert ask(api, "how do i order a cake?").text == ANSWERS["cake-order"]
