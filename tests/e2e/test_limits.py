"""What the true process bears: floods, albums, things that hold no words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, ask, press, sentence, texts, toasts
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
CEM = 603


@pytest.fixture(scope="module")
def strict(make_config: MakeConfig) -> Iterator[BotApi]:
    """A bot that takes three messages of a person at once, and then one a minute."""
    config = make_config("telegram: {limits: {person: {burst: 3, per_minute: 1}}}\n")
    with BotApi() as api, serving(api, config):
        yield api


def test_the_rate_limit_of_a_person_is_told_once(strict: BotApi) -> None:
    group = -2_000_001
    for _ in range(7):
        strict.say("/help", chat_id=group, user_id=601)
    strict.say("/topics", chat_id=group, user_id=602)  # comes after all of that
    *helps, slow_down, topics = texts(strict, group, 5)
    assert (list(map(sentence, helps)), topics) == ([TEXTS.help] * 3, TEXTS.topics)
    assert slow_down.startswith(TEXTS.slow_down.partition("{seconds}")[0])


def test_the_rate_limit_counts_presses(strict: BotApi) -> None:
    page = ask(strict, "/topics", chat_id=CEM)
    for label in ("shop", "cakes", "shop", "cakes"):
        press(strict, page, label)
    assert toasts(strict, CEM, 4) == ["", "", "", ""]
    (page,) = strict.sent(CEM)
    assert page.text == "Questions about cakes:"  # the second; the others turned nothing


@pytest.mark.parametrize(
    ("caption", "answer"),
    [
        pytest.param("what are your opening hours", ANSWERS["opening-hours"], id="a caption"),
        pytest.param(None, TEXTS.not_text, id="no caption"),
    ],
)
def test_an_album_gets_one_reply_and_other_media_without_text_one_each(
    served: BotApi, chat_id: int, caption: str | None, answer: str
) -> None:
    album = f"album-{chat_id}"
    served.send_media("photo", caption, chat_id=chat_id, media_group_id=album)
    served.send_media("photo", chat_id=chat_id, media_group_id=album)
    served.send_media("voice", chat_id=chat_id)
    served.send_media("contact", chat_id=chat_id)
    served.say("/help", chat_id=chat_id)
    told = list(map(sentence, texts(served, chat_id, 4)))
    assert told == [answer, TEXTS.not_text, TEXTS.not_text, TEXTS.help]
