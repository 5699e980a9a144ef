"""A team that is asked for in words, and a bot without small talk: polling and by a webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.files.config.texts import shipped
from bot.texts import Texts
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, ask, labels, replies
from tests.e2e.handing import EN, TEAM_CHAT, Team, wants_person, with_team
from tests.e2e.hooking import Courier, HookedApi, free_port
from tests.e2e.process import START_TIMEOUT_S, MakeConfig, serving

SECRET = "a-secret-of-this-file_0123456789"
CHINESE, TRADITIONAL = shipped()["zh"], shipped()["zh-hant"]
HOURS = "what are your opening hours"
WAYS = ("polling", "webhook")


@contextmanager
def reached(way: str, make_config: MakeConfig, more: str) -> Iterator[BotApi]:
    """A running bot that Telegram reaches in one of the two ways."""
    if way == "polling":
        with BotApi() as api, serving(api, make_config(with_team(more))):
            yield api
        return
    port = free_port()
    hook = f"webhook: {{url: 'https://bot.example.com/telegram', port: {port}}}"
    config = make_config(with_team(f"{more}, {hook}"))
    secret = {"TELEGRAM_WEBHOOK_SECRET": SECRET}
    with (
        Courier(port, SECRET) as courier,
        HookedApi(courier) as api,
        serving(api, config, **secret),
    ):
        yield api


@pytest.fixture(scope="module", params=WAYS)
def asked(request: pytest.FixtureRequest, make_config: MakeConfig) -> Iterator[BotApi]:
    with reached(request.param, make_config, "handoff_on: asked") as api:
        yield api


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ("Can I talk to a real person, please?", EN),
        ("operator", EN),
        ("转人工", CHINESE),
        ("可以跟專人聊嗎", TRADITIONAL),
    ],
)
def test_who_asks_for_a_person_in_words_is_given_one(
    asked: BotApi, chat_id: int, words: str, sentences: Texts
) -> None:
    """With the question that led there, and in the language of the words."""
    api, team, name = asked, Team(asked), f"Ann {chat_id}"
    ask(api, HOURS, chat_id=chat_id, user_name=name)
    assert ask(api, words, chat_id=chat_id).text == sentences.person_comes
    wanted = wants_person(name, HOURS).splitlines()[0]

    def posted() -> list[SentMessage]:  # among what is posted of others
        return [post for post in team.posts() if post.text.splitlines()[0] == wanted]

    team.say("Yes?", api.wait_for(posted, START_TIMEOUT_S)[0])
    assert replies(api, chat_id, 3)[2].text.endswith("Yes?")


@pytest.mark.parametrize("way", WAYS)
def test_small_talk_can_be_switched_off(way: str, make_config: MakeConfig, chat_id: int) -> None:
    def plain(more: str) -> object:
        return make_config(f"{more}small_talk: off\n")

    with reached(way, plain, "handoff_on: asked") as api:  # type: ignore[arg-type]
        for words in ("hello", "thanks a lot", "talk to a human"):
            reply = ask(api, words, chat_id=chat_id)
            assert reply.text in {EN.fallback, EN.fallback_again}
            assert labels(reply)[-1] == EN.ask_person
        assert ask(api, HOURS, chat_id=chat_id).text == ANSWERS["opening-hours"]
        assert api.sent(TEAM_CHAT) == []
