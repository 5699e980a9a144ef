"""The stand-in tells who writes, and where, as Telegram does."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import TelegramObject, Update

from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_client import ask, messages, updates
from tests.e2e.bot_api_people import CHANNEL_ID
from tests.e2e.bot_api_types import Writing

ONE_BUTTON = {"inline_keyboard": [[{"text": "Refund", "callback_data": "refund"}]]}


def last(api: BotApi) -> dict[str, Any]:
    return messages(api)[-1]


def test_a_person_is_told_with_the_names_and_the_language_given(api: BotApi) -> None:
    api.say("hi", user_name="Ada King Lovelace", username="ada", language_code="zh-hans")
    assert last(api)["from"] == {
        "id": 1,
        "is_bot": False,
        "first_name": "Ada",
        "last_name": "King Lovelace",
        "username": "ada",
        "language_code": "zh-hans",
    }
    assert last(api)["chat"] == {
        "id": 1,
        "type": "private",
        "first_name": "Ada",
        "last_name": "King Lovelace",
        "username": "ada",
    }


def test_what_is_not_given_of_a_person_stays_as_last_given(api: BotApi) -> None:
    api.say("hi", user_name="Ada Lovelace", username="ada", language_code="fr", is_bot=True)
    before = last(api)["from"]
    api.say("hi again")
    assert last(api)["from"] == before
    api.say("hi", user_name="Bo", username="", language_code=None)
    assert last(api)["from"] == {"id": 1, "is_bot": True, "first_name": "Bo"}
    api.say("hi again")
    assert last(api)["from"] == {"id": 1, "is_bot": True, "first_name": "Bo"}


def test_a_person_who_was_never_described_has_a_made_up_name_and_speaks_english(
    api: BotApi,
) -> None:
    api.say("hi", chat_id=-5)
    told = {"id": 5, "is_bot": False, "first_name": "User 5", "language_code": "en"}
    assert last(api)["from"] == told
    assert last(api)["chat"] == {"id": -5, "type": "supergroup", "title": "Chat -5"}


def test_a_chat_keeps_the_type_last_given(api: BotApi) -> None:
    api.say("hi", chat_id=-5, chat_type="group")
    api.say("hi", chat_id=-5)
    api.say("hi", chat_id=-5, chat_type="supergroup")
    api.say("hi", chat_id=-5)
    types = [message["chat"]["type"] for message in messages(api)]
    assert types == ["group", "group", "supergroup", "supergroup"]


def test_a_press_teaches_the_persons_language(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=-5, text="Which?", reply_markup=ONE_BUTTON)
    api.press(1, "refund", chat_id=-5, user_id=9, language_code="de", user_name="Ada")
    told = {"id": 9, "is_bot": False, "first_name": "Ada", "language_code": "de"}
    assert updates(api)[0]["callback_query"]["from"] == told
    api.say("hi", chat_id=-5, user_id=9)
    assert last(api)["from"] == told


def test_an_anonymous_admin_writes_as_the_group_itself(api: BotApi) -> None:
    api.say("hi", chat_id=-5, sender="anonymous_admin")
    told = last(api)
    assert (told["from"]["id"], told["from"]["username"]) == (1087968824, "GroupAnonymousBot")
    assert (told["from"]["is_bot"], told["sender_chat"]) == (True, told["chat"])


def test_a_channel_writes_as_itself(api: BotApi) -> None:
    api.say("hi", chat_id=-5, sender="channel")
    told = last(api)
    assert (told["from"]["id"], told["from"]["username"]) == (136817688, "Channel_Bot")
    channel = {"id": CHANNEL_ID, "type": "channel", "title": f"Channel {CHANNEL_ID}"}
    assert (told["from"]["is_bot"], told["sender_chat"]) == (True, channel)
    assert "is_automatic_forward" not in told


def test_a_post_of_the_linked_channel_is_forwarded_by_telegram(api: BotApi) -> None:
    api.say("hi", chat_id=-5, sender="linked_channel")
    told = last(api)
    assert (told["from"]["id"], told["is_automatic_forward"]) == (777000, True)
    assert told["sender_chat"] == told["forward_origin"]["chat"]
    assert (told["sender_chat"]["type"], told["forward_origin"]["type"]) == ("channel", "channel")


@pytest.mark.parametrize(
    ("first", "told"),
    [
        pytest.param(9, ("user", "sender_user"), id="a person"),
        pytest.param("Ada", ("hidden_user", "sender_user_name"), id="a person who hides"),
        pytest.param(-1009, ("channel", "chat"), id="a channel"),
    ],
)
def test_a_forward_tells_who_wrote_it_first(
    api: BotApi, first: int | str, told: tuple[str, str]
) -> None:
    api.say("hi", forwarded_from=first)
    kind, field = told
    origin = last(api)["forward_origin"]
    assert origin["type"] == kind
    assert (origin[field] if kind == "hidden_user" else origin[field]["id"]) == first
    assert last(api)["from"]["id"] == 1


@pytest.mark.parametrize("kind", [None, "photo"])
def test_a_person_without_a_username_is_mentioned_by_a_word(api: BotApi, kind: Any) -> None:
    text, mentions = "😀 Ada asks @faq_test_bot", {"Ada": 9, "asks": api.bot["id"]}
    if kind is None:
        api.say(text, mentions=mentions)
    else:
        api.send_media(kind, text, mentions=mentions)
    ada = {"id": 9, "is_bot": False, "first_name": "User 9"}
    assert last(api)["entities" if kind is None else "caption_entities"] == [
        {"type": "text_mention", "offset": 3, "length": 3, "user": ada},
        {"type": "text_mention", "offset": 7, "length": 4, "user": api.bot},
        {"type": "mention", "offset": 12, "length": 13},
    ]


def test_a_reply_tells_the_bots_message_with_its_buttons_and_no_chain(api: BotApi) -> None:
    api.say("first")
    params: dict[str, Any] = {"chat_id": 1, "text": "Which?", "reply_markup": ONE_BUTTON}
    ask(api, "sendMessage", reply_parameters={"message_id": 1}, **params)
    api.say("this", reply_to=2)
    told = last(api)["reply_to_message"]
    assert (told["message_id"], told["from"], told["reply_markup"]) == (2, api.bot, ONE_BUTTON)
    assert "reply_to_message" not in told


@pytest.mark.parametrize(
    ("how", "thread"),
    [
        pytest.param({"chat_id": -5}, {"message_thread_id": 1}, id="a supergroup: not a topic"),
        pytest.param({"chat_id": -5, "chat_type": "group"}, {}, id="a group: none"),
        pytest.param({"chat_id": 5}, {}, id="a private chat: none"),
    ],
)
def test_replies_form_a_thread_in_a_supergroup_only(
    api: BotApi, how: Writing, thread: dict[str, Any]
) -> None:
    api.say("first", **how)
    how["reply_to"] = 1
    api.say("second", **how)
    how["reply_to"] = 2
    api.say("third", **how)
    told = last(api)
    fields = ("message_thread_id", "is_topic_message")
    assert {name: told[name] for name in fields if name in told} == thread


PTB_READS: list[tuple[str, Writing]] = [
    ("a person", {"user_name": "Ada Lovelace", "username": "ada"}),
    ("an anonymous admin", {"chat_id": -5, "sender": "anonymous_admin"}),
    ("a channel", {"chat_id": -5, "sender": "channel"}),
    ("the linked channel", {"chat_id": -5, "sender": "linked_channel"}),
    ("a forward of a person", {"forwarded_from": 9}),
    ("a forward of a hidden person", {"forwarded_from": "Ada"}),
    ("a forward of a channel", {"forwarded_from": -1009}),
    ("a topic", {"chat_id": -5, "thread_id": 7}),
    ("a mention", {"mentions": {"hello": 9}}),
]


@pytest.mark.parametrize("how", [pytest.param(how, id=name) for name, how in PTB_READS])
def test_python_telegram_bot_knows_every_field_of_a_message(api: BotApi, how: Writing) -> None:
    api.say("hello", **how)
    update = Update.de_json(updates(api)[0], None)
    message = update.message
    assert message is not None
    parts: list[TelegramObject | None] = [
        update,
        message,
        message.chat,
        message.from_user,
        message.sender_chat,
    ]
    parts += [message.forward_origin, message.reply_to_message, *message.entities]
    assert [part.api_kwargs for part in parts if part is not None and part.api_kwargs] == []
