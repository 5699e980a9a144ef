"""Topics and deep links: the true process against a Bot API over a real socket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner, short
from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, ask, labels, press, pressed, replies, toasts

EN = shipped()["en"]


def test_a_person_browses_from_topics_to_an_answer_and_back(served: BotApi) -> None:
    page = ask(served, "/topics", chat_id=1)
    assert (page.text, labels(page)) == (EN.topics, ["shop", "cakes"])

    cakes = pressed(served, page, "cakes")
    assert cakes.text == "Questions about cakes:"
    assert labels(cakes) == [
        "How do I order a cake?",
        "How do I cancel a cake order?",
        f"‹ {EN.all_topics}",
    ]

    press(served, cakes, "How do I cancel a cake order?")
    kept, answer = replies(served, 1, 2)
    assert (kept, answer.text) == (cakes, ANSWERS["cake-cancel"])

    assert pressed(served, cakes, f"‹ {EN.all_topics}") == replace(page, edited=True)


def test_a_button_of_a_topic_that_is_gone_says_so(served: BotApi) -> None:
    page = ask(served, "/topics", chat_id=2)
    gone = ButtonSigner(served.token).data(ButtonKind.TOPIC, short("pies"), "0")  # of an older FAQ
    served.press(page.message_id, gone, chat_id=2)
    served.wait_for(lambda: served.sent(2)[0].edited)
    assert (served.sent(2)[0].text, labels(served.sent(2)[0])) == (EN.gone, [])


def test_a_forged_page_button_turns_no_page(served: BotApi) -> None:
    page = ask(served, "/topics", chat_id=6)
    served.press(page.message_id, "t:0123456789abcdef:0", chat_id=6)
    assert toasts(served, 6) == [EN.old_button]
    served.say("/help", chat_id=6)
    kept, answer = replies(served, 6, 2)
    assert (kept, answer.text) == (page, EN.help)


def test_a_deep_link_leads_straight_to_its_answer(served: BotApi) -> None:
    assert ask(served, "/start opening-hours", chat_id=3).text == ANSWERS["opening-hours"]


@pytest.mark.parametrize("payload", ["", " gone-entry", " <b>"])
def test_a_deep_link_to_no_entry_is_welcomed(served: BotApi, payload: str) -> None:
    chat_id = 10 + len(payload)
    assert ask(served, f"/start{payload}", chat_id=chat_id).text == EN.welcome
