"""Groups: whom the true process answers there, and where. Over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Unpack

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.bot_api_types import Writing
from tests.e2e.chatting import (
    ANSWERS,
    THUMBS,
    edited,
    labels,
    press,
    pressed,
    replies,
    replies_in_thread,
    texts,
    toasts,
)
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
ME = "@faq_test_bot"
ADA, BOB = 501, 502
CHOICES = ["How do I cancel a cake order?", "How do I order a cake?", TEXTS.none_of_these]
_GROUPS = count(1)


@pytest.fixture
def group() -> int:
    """A group of this test's own."""
    return -1_000_000 - next(_GROUPS)


@pytest.fixture(scope="module")
def open_bot(make_config: MakeConfig) -> Iterator[BotApi]:
    """A bot that reads all of a group but speaks only when it is sure, and takes any press."""
    config = make_config("telegram: {groups: silent_unless_sure, presses: anyone}\n")
    with BotApi() as api, serving(api, config):
        yield api


def message_id_of(api: BotApi, update_id: int) -> int:
    """The id of a message that was queued, once the bot has fetched it."""

    def find() -> int | None:
        fetched = [
            update
            for call in api.calls
            if call.method == "getUpdates" and call.result is not None
            for update in call.result
        ]
        ids = (u["message"]["message_id"] for u in fetched if u["update_id"] == update_id)
        return next(ids, None)

    found = api.wait_for(find)
    assert found is not None
    return found


def said(api: BotApi, group: int, text: str, **how: Unpack[Writing]) -> tuple[int, SentMessage]:
    """Say something, and the message's id and the bot's next message in the group."""
    before = len(api.sent(group))
    how["chat_id"] = group
    update_id = api.say(text, **how)
    return message_id_of(api, update_id), replies(api, group, before + 1)[before]


def only_answer(api: BotApi, group: int) -> None:
    """Ask for the topics in a group, where nothing that was said before got an answer."""
    api.say(f"/topics{ME}", chat_id=group, user_id=ADA)
    assert texts(api, group) == [TEXTS.topics]


def follow_up(api: BotApi, group: int, user_id: int) -> SentMessage:
    """A follow-up for somebody."""
    _, message = said(api, group, "/ask cake", user_id=user_id)
    assert (message.text, labels(message)) == (TEXTS.follow_up, CHOICES)
    return message


# Whom it answers


@pytest.mark.parametrize(
    "text", [f"what are your opening hours {ME}", "/ask what are your opening hours"]
)
def test_a_mention_or_ask_command_is_answered_in_reply_to_it_and_in_its_topic(
    served: BotApi, group: int, text: str
) -> None:
    asked, answer = said(served, group, text, user_id=ADA, thread_id=7)
    assert (answer.text, answer.reply_to, answer.thread_id) == (ANSWERS["opening-hours"], asked, 7)
    assert labels(answer) == ["How do I order a cake?", *THUMBS]
    press(served, answer, "How do I order a cake?", user_id=ADA)
    related = replies_in_thread(served, group, 7, 2)[1]
    assert related.text == ANSWERS["cake-order"]
    served.say("what are your opening hours", chat_id=group, user_id=ADA, thread_id=7)  # to nobody
    asked, to_bob = said(served, group, "are you open?", user_id=BOB, reply_to=related.message_id)
    assert (to_bob.reply_to, to_bob.thread_id) == (asked, 7)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("what are your opening hours", id="said to everybody"),
        pytest.param("/nonsense", id="a command that may be another bot's"),
        pytest.param("/ask@other_bot are you open on Sunday?", id="a question to another bot"),
    ],
)
def test_group_messages_to_others_are_ignored(served: BotApi, group: int, text: str) -> None:
    served.say(text, chat_id=group, user_id=ADA)
    only_answer(served, group)


def test_channels_and_bots_are_ignored(served: BotApi, group: int) -> None:
    question = "/ask what are your opening hours"
    channel = {"id": -1_009_000_000, "type": "channel", "title": "News"}
    post = {"message_id": 900_000, "date": 1_700_000_000, "chat": channel, "text": question}
    served.push({"message": {**post, "sender_chat": channel}})
    served.say(question, chat_id=group, sender="channel")
    served.say(question, chat_id=group, sender="linked_channel")
    served.say(question, chat_id=group, user_id=777, is_bot=True)
    own = {**post, "chat": {"id": group, "type": "supergroup", "title": "G"}, "from": served.bot}
    served.push({"message": own})
    only_answer(served, group)
    assert served.sent(-1_009_000_000) == []


def test_an_anonymous_admin_is_answered_and_may_choose(served: BotApi, group: int) -> None:
    how: Writing = {"sender": "anonymous_admin"}
    _, answer = said(served, group, "/ask when are you open?", **how)
    assert (answer.text, labels(answer)) == (ANSWERS["opening-hours"], ["How do I order a cake?"])
    _, message = said(served, group, "/ask cake", **how)
    press(served, message, "How do I order a cake?", user_id=ADA)  # a press is never anonymous
    assert edited(served, group).text == ANSWERS["cake-order"]


# silent_unless_sure


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{ME} cake", id="unsure, though mentioned"),
        pytest.param("how is the weather", id="not known"),
        pytest.param("thanks", id="small talk"),
    ],
)
def test_silent_unless_sure_ignores_follow_ups_fallbacks_and_small_talk(
    open_bot: BotApi, group: int, text: str
) -> None:
    open_bot.say(text, chat_id=group, user_id=ADA)
    open_bot.send_media("photo", "look, a cake", chat_id=group, user_id=ADA)
    only_answer(open_bot, group)


def test_silent_unless_sure_answers_when_sure_and_asks_back_after_the_ask_command(
    open_bot: BotApi, group: int
) -> None:
    asked, answer = said(open_bot, group, "what are your opening hours", user_id=ADA)
    assert (answer.text, answer.reply_to) == (ANSWERS["opening-hours"], asked)
    message = follow_up(open_bot, group, ADA)
    open_bot.say("no", chat_id=group, user_id=ADA)  # perhaps to somebody else
    assert said(open_bot, group, "2", user_id=ADA)[1].text == ANSWERS["cake-order"]
    assert len(open_bot.sent(group)) == 3
    # With `presses: anyone` anybody may choose.
    bob = 511
    answer = pressed(open_bot, message, "How do I cancel a cake order?", user_id=bob)
    assert (answer.text, toasts(open_bot, bob)) == (ANSWERS["cake-cancel"], [""])


# A group that becomes a supergroup


def test_a_reply_under_way_during_a_chat_migration_arrives_in_the_supergroup(
    served: BotApi, group: int
) -> None:
    new = group - 5_000_000
    many = 100  # tries, until it has moved
    served.fail_next("sendMessage", 429, "Too Many Requests", many, group, retry_after=1)
    served.say("/ask when are you open?", chat_id=group, user_id=ADA, chat_type="group")
    served.wait_for(lambda: served.faults.left("sendMessage") < many)
    served.migrate(group, new, user_id=ADA)
    served.faults.end("sendMessage")
    (answer,) = replies(served, new)
    assert (answer.text, answer.reply_to) == (ANSWERS["opening-hours"], None)
    asked, again = said(served, new, "/ask when are you open?", user_id=ADA)
    assert (again.text, again.reply_to) == (ANSWERS["opening-hours"], asked)
    assert len(served.sent(new)) == 2  # nothing was said about the move itself


def test_a_button_pressed_before_a_chat_migration_is_answered_in_the_supergroup(
    served: BotApi, group: int
) -> None:
    new = group - 5_000_000
    message = follow_up(served, group, ADA)
    served.migrate(group, new, user_id=ADA)
    press(served, message, "How do I order a cake?", user_id=ADA)
    (answer,) = replies(served, new)
    assert answer.text == ANSWERS["cake-order"]
    sent = [call for call in served.calls if call.params.get("chat_id") == new]
    # In the new group that number is on another message, or on none.
    assert "reply_parameters" not in sent[-1].params
