"""What the true process bears: floods, long texts, albums, things that hold no words."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_types import MediaKind
from tests.e2e.chatting import ANSWERS, ask, labels, press, replies, texts, toasts
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
SLOW_DOWN = TEXTS.slow_down.replace("{seconds}", "6")
LIMITS = """
telegram:
  limits:
    person: {burst: 3, per_minute: 30}
    chat: {burst: 5, per_minute: 10}
"""
ADA, BOB, CEM = 601, 602, 603


@pytest.fixture(scope="module")
def strict(make_config: MakeConfig) -> Iterator[BotApi]:
    """A bot that takes three messages of a person at once, and five of a chat."""
    with BotApi() as api, serving(api, make_config(LIMITS)):
        yield api


def say_often(api: BotApi, times: int, chat_id: int, user_id: int) -> None:
    for _ in range(times):
        api.say("/help", chat_id=chat_id, user_id=user_id)


def until_answered_again(api: BotApi, chat_id: int, user_id: int, timeout_s: float = 30) -> None:
    """Ask every half a second, until the bot says one thing more."""
    before = len(api.sent(chat_id))
    deadline = time.monotonic() + timeout_s
    while len(api.sent(chat_id)) == before:
        assert time.monotonic() < deadline, "never answered again"
        asked = api.say("/help", chat_id=chat_id, user_id=user_id)
        api.wait_for(lambda asked=asked: api.updates.confirmed_offset > asked)  # type: ignore[misc]
        time.sleep(0.5)


def test_the_rate_limit_of_a_person_is_told_once_and_refills(strict: BotApi) -> None:
    group = -2_000_001
    say_often(strict, 7, group, ADA)
    strict.say("/topics", chat_id=group, user_id=BOB)  # comes after all of that
    told = texts(strict, group, 5)
    assert told == [TEXTS.help, TEXTS.help, TEXTS.help, SLOW_DOWN, TEXTS.topics]
    until_answered_again(strict, group, ADA)
    assert strict.sent(group)[5].text == TEXTS.help


def test_the_rate_limit_of_a_chat_counts_all_people_in_it(strict: BotApi) -> None:
    group = -2_000_002
    say_often(strict, 3, group, 611)
    say_often(strict, 2, group, 612)
    say_often(strict, 2, group, 613)
    strict.press(1, "anything", chat_id=group, user_id=614, inaccessible=True)
    assert toasts(strict, 614) == [""]  # that button is not even looked at
    notice = TEXTS.slow_down.replace("{seconds}", "30")
    assert [message.text for message in strict.sent(group)] == [TEXTS.help] * 5 + [notice]
    assert ask(strict, "/help", chat_id=613).text == TEXTS.help  # the same person in another chat


def test_the_rate_limit_counts_presses(strict: BotApi) -> None:
    page = ask(strict, "/topics", chat_id=CEM)
    for label in ("shop", "cakes", "shop", "cakes"):
        press(strict, page, label)
    assert toasts(strict, CEM, 4) == ["", "", "", ""]
    (page,) = strict.sent(CEM)
    assert page.text == "Questions about cakes:"  # the second; the others turned nothing


def test_twenty_messages_at_once_are_answered_in_their_order(served: BotApi, chat_id: int) -> None:
    for _ in range(5):
        served.say("when are you open?", chat_id=chat_id)
        served.say("/help", chat_id=chat_id)
        served.say("How do I order a cake?", chat_id=chat_id)
        served.say("/topics", chat_id=chat_id)
    told = texts(served, chat_id, 20)
    one = [ANSWERS["opening-hours"], TEXTS.help, ANSWERS["cake-order"], TEXTS.topics]
    assert told == one * 5


def test_an_endless_text_is_truncated_and_others_are_answered(served: BotApi, chat_id: int) -> None:
    served.say(f"When are you open?{' ' * 100_000}How do I order a cake?", chat_id=chat_id)
    served.say("gibberish" * 12_000, chat_id=chat_id)
    other = 1_000_000 + chat_id
    served.say("when are you open?", chat_id=other)
    told = texts(served, chat_id, 2)
    assert told == [ANSWERS["opening-hours"], TEXTS.fallback]
    assert replies(served, other)[0].text == ANSWERS["opening-hours"]


def test_an_album_without_a_caption_gets_one_reply(served: BotApi, chat_id: int) -> None:
    for _ in range(4):
        served.send_media("photo", chat_id=chat_id, media_group_id=f"album-{chat_id}")
    served.say("/help", chat_id=chat_id)
    assert texts(served, chat_id, 2) == [TEXTS.not_text, TEXTS.help]


def test_an_album_is_answered_once_by_its_caption(served: BotApi, chat_id: int) -> None:
    album = f"album-{chat_id}"
    caption = "what are your opening hours"
    served.send_media("photo", caption, chat_id=chat_id, media_group_id=album)
    served.send_media("photo", chat_id=chat_id, media_group_id=album)
    served.send_media("photo", chat_id=chat_id, media_group_id=album)
    served.say("/help", chat_id=chat_id)
    told = texts(served, chat_id, 2)
    assert told == [ANSWERS["opening-hours"], TEXTS.help]


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "video_note", "contact"])
def test_media_without_text_gets_one_reply(served: BotApi, chat_id: int, kind: MediaKind) -> None:
    served.send_media(kind, chat_id=chat_id)
    served.say("/help", chat_id=chat_id)
    told = [(sent.text, labels(sent)) for sent in replies(served, chat_id, 2)]
    assert told == [(TEXTS.not_text, []), (TEXTS.help, [])]
