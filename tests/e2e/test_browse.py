"""Topics, deep links and languages: the true process against a Bot API over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.languages import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import labels, press, replies
from tests.e2e.process import BotProcess

EN, ZH = shipped()["en"], shipped()["zh"]


def test_a_person_browses_from_topics_to_an_answer_and_back(
    served: BotApi, answers: dict[str, str]
) -> None:
    served.say("/topics", chat_id=1)
    (page,) = replies(served, 1)
    assert (page.text, labels(page)) == (EN.topics, ["shop", "cakes"])

    press(served, page, "cakes")
    served.wait_for(lambda: served.sent(1)[0].edited)
    (cakes,) = served.sent(1)
    assert cakes.text == "Questions about cakes:"
    assert labels(cakes) == [
        "How do I order a cake?",
        "How do I cancel a cake order?",
        f"‹ {EN.all_topics}",
    ]

    press(served, cakes, "How do I cancel a cake order?")
    kept, answer = replies(served, 1, 2)
    assert (kept, answer.text) == (cakes, answers["cake-cancel"])

    press(served, cakes, f"‹ {EN.all_topics}")
    served.wait_for(lambda: served.sent(1)[0].text == EN.topics)
    assert labels(served.sent(1)[0]) == ["shop", "cakes"]


def test_a_topic_that_is_gone_says_so(served: BotApi) -> None:
    served.say("/topics", chat_id=2)
    (page,) = replies(served, 2)
    served.press(page.message_id, "t:0123456789abcdef:0", chat_id=2)
    served.wait_for(lambda: served.sent(2)[0].edited)
    assert served.sent(2)[0].text == EN.gone


def test_a_deep_link_leads_straight_to_its_answer(served: BotApi, answers: dict[str, str]) -> None:
    served.say("/start opening-hours", chat_id=3)
    assert replies(served, 3)[0].text == answers["opening-hours"]


@pytest.mark.parametrize("payload", ["", " gone-entry", " <b>"])
def test_any_other_start_is_welcomed(served: BotApi, payload: str) -> None:
    chat_id = 10 + len(payload)
    served.say(f"/start{payload}", chat_id=chat_id)
    assert replies(served, chat_id)[0].text == EN.welcome


def test_the_bot_speaks_the_language_of_the_persons_telegram(served: BotApi) -> None:
    served.say("/help", chat_id=4, language_code="zh-hans")
    served.say("cake", chat_id=4, language_code="zh-hans")
    served.say("/help", chat_id=5, language_code="fr")
    help_text, follow_up = replies(served, 4, 2)
    assert help_text.text == ZH.help
    assert (follow_up.text, labels(follow_up)[-1]) == (ZH.follow_up, ZH.none_of_these)
    assert replies(served, 5)[0].text == EN.help


def test_the_commands_are_announced_in_every_language(served: BotApi) -> None:
    announced = {
        call.params.get("language_code"): [item["description"] for item in call.params["commands"]]
        for call in served.calls
        if call.method == "setMyCommands"
    }
    english = [EN.command_topics, EN.command_help, EN.command_start]
    chinese = [ZH.command_topics, ZH.command_help, ZH.command_start]
    assert announced == {None: english, "en": english, "zh": chinese}


def test_a_bot_whose_commands_are_refused_serves_all_the_same(
    api: BotApi, config: Path, answers: dict[str, str]
) -> None:
    api.fail_next("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("the commands could not be announced")
        api.say("what are your opening hours", chat_id=1)
        assert replies(api, 1)[0].text == answers["opening-hours"]
        assert process.stop() == 0
