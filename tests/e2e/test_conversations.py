"""What a conversation is like as time passes and a team is asked for: polling and by a webhook.

The true process, with a clock that the tests set forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from bot.files.config_texts import answers_in, shipped
from bot.texts import Texts
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, ask, labels, pressed, replies, texts
from tests.e2e.handing import EN, TEAM_CHAT, Team, settle, wants_person, with_team
from tests.e2e.hooking import Courier, HookedApi, free_port
from tests.e2e.later import LaterClock
from tests.e2e.process import START_TIMEOUT_S, MakeConfig, serving

SECRET = "a-secret-of-this-file_0123456789"
CHINESE, TRADITIONAL = shipped()["zh"], shipped()["zh-hant"]
HOURS = "what are your opening hours"
CANCEL = "How do I cancel a cake order?"
WAYS = ("polling", "webhook")


@dataclass(frozen=True)
class Talks:
    """A running bot with a team behind it, and the clock of both."""

    api: BotApi
    clock: LaterClock


@contextmanager
def reached(way: str, make_config: MakeConfig, more: str, **variables: str) -> Iterator[BotApi]:
    """A running bot that Telegram reaches in one of the two ways."""
    if way == "polling":
        with BotApi() as api, serving(api, make_config(with_team(more)), **variables):
            yield api
        return
    port = free_port()
    hook = f"webhook: {{url: 'https://bot.example.com/telegram', port: {port}}}"
    config = make_config(with_team(f"{more}, {hook}"))
    secret = {"TELEGRAM_WEBHOOK_SECRET": SECRET}
    with (
        Courier(port, SECRET) as courier,
        HookedApi(courier) as api,
        serving(api, config, **secret, **variables),
    ):
        yield api


@pytest.fixture(scope="module", params=WAYS)
def talks(
    request: pytest.FixtureRequest,
    make_config: MakeConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Talks]:
    with pytest.MonkeyPatch.context() as patch:
        clock = LaterClock(tmp_path_factory.mktemp("clock"), patch)
        more = "handoff_on: asked"
        with reached(request.param, make_config, more, **clock.variables) as api:
            yield Talks(api, clock)


def test_a_follow_up_waits_a_quarter_of_an_hour_for_a_typed_choice_its_buttons_longer(
    talks: Talks, chat_id: int
) -> None:
    api = talks.api
    ask(api, "cake", chat_id=chat_id)
    talks.clock.later(890)
    assert ask(api, "the second", chat_id=chat_id).text == ANSWERS["cake-order"]
    follow_up = ask(api, "cake", chat_id=chat_id)
    talks.clock.later(910)
    assert ask(api, "the second", chat_id=chat_id).text in {EN.fallback, EN.follow_up_far}
    assert pressed(api, follow_up, CANCEL).text == ANSWERS["cake-cancel"]


def test_who_waits_for_the_team_gets_a_sign_after_ten_minutes(talks: Talks, chat_id: int) -> None:
    api = talks.api
    assert ask(api, "/person", chat_id=chat_id).text == EN.person_comes
    api.say("hello?", chat_id=chat_id)
    settle(api)
    talks.clock.later(610)
    for words in ("hello?", "still there?", HOURS):
        api.say(words, chat_id=chat_id)
    answer = f"{EN.while_waiting}\n\n{ANSWERS['opening-hours']}"
    assert texts(api, chat_id, 3) == [EN.person_comes, EN.still_waiting, answer]


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
    talks: Talks, chat_id: int, words: str, sentences: Texts
) -> None:
    """With the question that led there, and in the language of the words."""
    api, team, name = talks.api, Team(talks.api), f"Ann {chat_id}"
    ask(api, HOURS, chat_id=chat_id, user_name=name)
    assert ask(api, words, chat_id=chat_id).text == sentences.person_comes
    wanted = wants_person(name, HOURS).splitlines()[0]

    def posted() -> list[SentMessage]:  # among what is posted of others
        return [post for post in team.posts() if post.text.splitlines()[0] == wanted]

    team.say("Yes?", api.wait_for(posted, START_TIMEOUT_S)[0])
    assert replies(api, chat_id, 3)[2].text.endswith("Yes?")


def test_which_languages_it_speaks_is_said_once_in_a_day(talks: Talks, chat_id: int) -> None:
    api, line = talks.api, answers_in()["de"].partition("{")[0]

    def told(words: str) -> bool:
        return line in ask(api, words, chat_id=chat_id, language_code="de").text

    assert [told("Guten Tag!"), told("danke"), told("Guten Tag!")] == [True, False, False]
    talks.clock.later(86_500)
    assert told("Guten Tag!")


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
