"""Topics and deep links: the true process against a Bot API over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner, short
from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import labels, press, replies, toasts
from tests.e2e.process import BotProcess

EN = shipped()["en"]


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
    gone = ButtonSigner(served.token).data(ButtonKind.TOPIC, short("pies"), "0")  # of an older FAQ
    served.press(page.message_id, gone, chat_id=2)
    served.wait_for(lambda: served.sent(2)[0].edited)
    assert (served.sent(2)[0].text, labels(served.sent(2)[0])) == (EN.gone, [])


def test_a_page_that_no_button_of_the_bot_leads_to_is_not_turned_to(served: BotApi) -> None:
    served.say("/topics", chat_id=6)
    (page,) = replies(served, 6)
    served.press(page.message_id, "t:0123456789abcdef:0", chat_id=6)
    assert toasts(served, 6) == [EN.old_button]
    served.say("/help", chat_id=6)
    kept, answer = replies(served, 6, 2)
    assert (kept, answer.text) == (page, EN.help)


def test_a_deep_link_leads_straight_to_its_answer(served: BotApi, answers: dict[str, str]) -> None:
    served.say("/start opening-hours", chat_id=3)
    assert replies(served, 3)[0].text == answers["opening-hours"]


@pytest.mark.parametrize("payload", ["", " gone-entry", " <b>"])
def test_any_other_start_is_welcomed(served: BotApi, payload: str) -> None:
    chat_id = 10 + len(payload)
    served.say(f"/start{payload}", chat_id=chat_id)
    assert replies(served, chat_id)[0].text == EN.welcome


def test_a_bot_whose_commands_are_refused_serves_all_the_same(
    api: BotApi, config: Path, answers: dict[str, str]
) -> None:
    api.fail_next("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("the commands could not be announced")
        api.say("what are your opening hours", chat_id=1)
        assert replies(api, 1)[0].text == answers["opening-hours"]
        assert process.stop() == 0
