"""The stand-in keeps forum topics, presses, reactions and menus as Telegram does."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update
from telegram.constants import ReactionEmoji

from tests.e2e.bot_api import AnsweredPress, BotApi
from tests.e2e.bot_api_client import ask, description, messages, updates
from tests.e2e.bot_api_rules import REACTIONS
from tests.e2e.chatting import replies_in_thread, toasts

ONE_BUTTON = {"inline_keyboard": [[{"text": "Refund", "callback_data": "refund"}]]}


def test_a_message_in_a_topic_bears_its_thread_and_the_chat_is_a_forum(api: BotApi) -> None:
    api.say("hi", chat_id=-5, chat_type="group")
    api.say("hi", chat_id=-5, thread_id=7)
    _, told = messages(api)
    assert (told["message_thread_id"], told["is_topic_message"]) == (7, True)
    assert (told["chat"]["type"], told["chat"]["is_forum"]) == ("supergroup", True)


def test_a_message_in_a_topic_that_replies_to_nothing_replies_to_the_topics_opening(
    api: BotApi,
) -> None:
    api.say("hi", chat_id=-5, thread_id=7)
    opening = messages(api)[0]["reply_to_message"]
    assert (opening["message_id"], "forum_topic_created" in opening) == (7, True)


def test_a_reply_stays_in_the_topic_of_its_message_unless_told_otherwise(api: BotApi) -> None:
    api.say("hi", chat_id=-5, thread_id=7)
    api.say("me too", chat_id=-5, reply_to=1)
    api.say("in General", chat_id=-5, reply_to=1, thread_id=None)
    told = [message.get("is_topic_message", False) for message in messages(api)]
    assert told == [True, True, False]


@pytest.mark.parametrize(
    ("method", "content"),
    [
        ("sendMessage", {"text": "hello"}),
        ("sendPhoto", {"photo": "https://x.example/a.png"}),
        ("sendDocument", {"document": "https://x.example/a.pdf"}),
        ("copyMessage", {"from_chat_id": -5, "message_id": 1}),
    ],
)
def test_what_is_sent_with_a_thread_id_stands_in_that_topic(
    api: BotApi, method: str, content: dict[str, Any]
) -> None:
    api.say("hi", chat_id=-5, thread_id=7)
    ask(api, method, chat_id=-5, message_thread_id=7, **content)
    assert [message.thread_id for message in replies_in_thread(api, -5, 7)] == [7]
    refused = ask(api, method, chat_id=-5, message_thread_id=8, **content)
    assert description(refused) == "Bad Request: message thread not found"
    assert len(api.sent(-5)) == 1


def test_a_chat_action_needs_a_topic_that_exists(api: BotApi) -> None:
    api.say("hi", chat_id=-5, thread_id=7)
    params: dict[str, Any] = {"chat_id": -5, "action": "typing"}
    assert ask(api, "sendChatAction", message_thread_id=7, **params)["ok"] is True
    refused = ask(api, "sendChatAction", message_thread_id=8, **params)
    assert description(refused) == "Bad Request: message thread not found"


def test_a_reply_without_a_thread_id_goes_to_general(api: BotApi) -> None:
    api.say("hi", chat_id=-5, thread_id=7)
    ask(api, "sendMessage", chat_id=-5, text="hello", reply_parameters={"message_id": 1})
    (message,) = replies_in_thread(api, -5, None)
    assert (message.thread_id, message.reply_to, message.kind) == (None, 1, "text")


def test_a_thread_of_replies_is_no_topic_to_send_to(api: BotApi) -> None:
    api.say("first", chat_id=-5)
    api.say("second", chat_id=-5, reply_to=1)
    thread_id = messages(api)[1]["message_thread_id"]
    refused = ask(api, "sendMessage", chat_id=-5, text="hello", message_thread_id=thread_id)
    assert description(refused) == "Bad Request: message thread not found"


def test_a_press_carries_the_message_that_was_replied_to(api: BotApi) -> None:
    api.say("money back")
    reply = {"message_id": 1}
    params: dict[str, Any] = {"chat_id": 1, "text": "Which?", "reply_markup": ONE_BUTTON}
    ask(api, "sendMessage", reply_parameters=reply, **params)
    api.press(2, "refund")
    told = updates(api)[1]["callback_query"]["message"]
    assert (told["text"], told["reply_to_message"]["text"]) == ("Which?", "money back")


def test_a_press_under_an_inaccessible_message_tells_only_its_place(api: BotApi) -> None:
    api.press(77, "refund", inaccessible=True)
    (update,) = updates(api)
    chat = {"id": 1, "type": "private", "first_name": "User 1"}
    assert update["callback_query"]["message"] == {"chat": chat, "message_id": 77, "date": 0}
    query = Update.de_json(update, None).callback_query
    assert query is not None
    assert query.message is not None
    assert query.message.is_accessible is False


def test_a_press_under_no_message_is_a_mistake_of_the_test(api: BotApi) -> None:
    with pytest.raises(KeyError):
        api.press(77, "refund")


def test_the_answers_to_presses_are_kept(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=-5, text="Which?", reply_markup=ONE_BUTTON)
    for user_id in (8, 9):
        api.press(1, "refund", chat_id=-5, user_id=user_id)
    first, second = [update["callback_query"]["id"] for update in updates(api)]
    ask(api, "answerCallbackQuery", callback_query_id=second, text="No", show_alert=True)
    ask(api, "answerCallbackQuery", callback_query_id=first)
    assert api.answered_presses == [
        AnsweredPress("No", show_alert=True, query_id=second, user_id=9),
        AnsweredPress("", show_alert=False, query_id=first, user_id=8),
    ]
    assert (toasts(api, 9), toasts(api, 8)) == (["No"], [""])


def test_a_press_is_answered_once(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    api.press(1, "refund")
    query_id = updates(api)[0]["callback_query"]["id"]
    assert ask(api, "answerCallbackQuery", callback_query_id=query_id)["ok"] is True
    refused = description(ask(api, "answerCallbackQuery", callback_query_id=query_id))
    assert refused.startswith("Bad Request: query is too old")
    assert len(api.answered_presses) == 1


def test_each_scope_and_language_has_its_own_commands(api: BotApi) -> None:
    chat = {"type": "chat", "chat_id": 5}
    start = [{"command": "start", "description": "Begin"}]
    stats = [*start, {"command": "stats", "description": "Zahlen"}]
    ask(api, "setMyCommands", commands=start)
    ask(api, "setMyCommands", commands=stats, scope=chat, language_code="de")
    assert api.commands() == {"start": "Begin"}
    assert api.commands(chat, "de") == {"start": "Begin", "stats": "Zahlen"}
    assert (api.commands(chat), api.commands(language_code="de")) == ({}, {})
    listed = ask(api, "getMyCommands", scope=chat, language_code="de")["result"]
    assert listed == stats


def test_deleted_commands_are_gone_from_their_scope_only(api: BotApi) -> None:
    chat = {"type": "chat", "chat_id": 5}
    start = [{"command": "start", "description": "Begin"}]
    ask(api, "setMyCommands", commands=start)
    ask(api, "setMyCommands", commands=start, scope=chat)
    assert ask(api, "deleteMyCommands", scope=chat)["ok"] is True
    assert (api.commands(chat), api.commands()) == ({}, {"start": "Begin"})


@pytest.mark.parametrize(
    ("command", "told", "refusal"),
    [
        pytest.param("Start", "Begin", "BOT_COMMAND_INVALID", id="a capital"),
        pytest.param("a" * 33, "Begin", "BOT_COMMAND_INVALID", id="33 characters"),
        pytest.param("start", "", "BOT_COMMAND_DESCRIPTION_INVALID", id="no description"),
        pytest.param("start", "a" * 257, "BOT_COMMAND_DESCRIPTION_INVALID", id="257 characters"),
    ],
)
def test_a_command_that_telegram_cannot_show_is_refused(
    api: BotApi, command: str, told: str, refusal: str
) -> None:
    listed = [{"command": command, "description": told}]
    answer = ask(api, "setMyCommands", commands=listed)
    assert description(answer) == f"Bad Request: {refusal}"
    assert api.commands() == {}


def test_a_reaction_is_kept_and_taken_away(api: BotApi) -> None:
    api.say("thanks")
    thumb = [{"type": "emoji", "emoji": "👍"}]
    ask(api, "setMessageReaction", chat_id=1, message_id=1, reaction=thumb)
    assert api.reaction(1) == ("👍",)
    ask(api, "setMessageReaction", chat_id=1, message_id=1, reaction=[])
    assert api.reaction(1) == ()


@pytest.mark.parametrize(
    ("message_id", "emoji", "refusal"),
    [
        pytest.param(1, "✅", "REACTION_INVALID", id="an emoji that is no reaction"),
        pytest.param(1, "👍👎", "REACTIONS_TOO_MANY", id="two at once"),
        pytest.param(9, "👍", "message to react not found", id="no such message"),
    ],
)
def test_a_reaction_that_telegram_does_not_take_is_refused(
    api: BotApi, message_id: int, emoji: str, refusal: str
) -> None:
    api.say("thanks")
    reactions = [{"type": "emoji", "emoji": one} for one in emoji]
    answer = ask(api, "setMessageReaction", chat_id=1, message_id=message_id, reaction=reactions)
    assert description(answer) == f"Bad Request: {refusal}"
    assert api.reaction(message_id) == ()


def test_the_reactions_are_those_that_python_telegram_bot_knows() -> None:
    assert {emoji.value for emoji in ReactionEmoji} == REACTIONS


@pytest.mark.parametrize(("hours", "deleted"), [(47.9, True), (48.1, False)])
def test_a_message_older_than_48_hours_cannot_be_deleted(
    api: BotApi, hours: float, deleted: bool
) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?")
    api.backdate(1, hours)
    answer = ask(api, "deleteMessage", chat_id=1, message_id=1)
    assert answer["ok"] is deleted
    assert deleted or description(answer) == "Bad Request: message can't be deleted for everyone"
    assert len(api.sent(1)) == (0 if deleted else 1)
