"""The stand-in keeps the rules of the Bot API that the end-to-end tests rely on."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from telegram import TelegramObject, Update

from tests.e2e.bot_api import AnsweredPress, BotApi
from tests.e2e.bot_api_chats import ACCOUNTS, CHANNEL
from tests.e2e.bot_api_faults import (
    AWAY,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    HALF_OPEN,
    Fault,
    garbage,
    refusal,
    with_result,
)
from tests.e2e.bot_api_types import Writing

FACE = "\N{GRINNING FACE}"  # two UTF-16 units
ONE_BUTTON = {"inline_keyboard": [[{"text": "Refund", "callback_data": "refund"}]]}
GROUP, SUPERGROUP = -5, -1005


def ask(api: BotApi, method: str, **params: Any) -> Any:
    """The result of a call, or why it is refused."""
    _, body = api.answer(api.token, method, params)
    return body["result"] if body["ok"] else body["description"].removeprefix("Bad Request: ")


def send(api: BotApi, text: str = "Which?", **params: Any) -> Any:
    return ask(api, "sendMessage", **{"chat_id": 1, "text": text, **params})


def post(api: BotApi, method: str, files: Any = None, **form: str) -> httpx.Response:
    """Send a call over the network."""
    return httpx.post(
        f"{api.url}/bot{api.token}/{method}", data=form, files=files, timeout=60, verify=False
    )


def polled(api: BotApi, **form: str) -> list[int]:
    return [update["update_id"] for update in post(api, "getUpdates", **form).json()["result"]]


def updates(api: BotApi) -> list[dict[str, Any]]:
    return list(post(api, "getUpdates").json()["result"])


def messages(api: BotApi) -> list[dict[str, Any]]:
    return [update["message"] for update in updates(api)]


# --- polls and webhooks --------------------------------------------------------------------------


def test_an_offset_confirms_updates_and_all_others_are_redelivered(api: BotApi) -> None:
    first, second = api.say("one"), api.say("two")
    assert polled(api) == polled(api, offset=str(first)) == [first, second]
    assert polled(api, offset=str(second)) == polled(api, offset=str(first)) == [second]
    assert polled(api, limit="0") == []
    assert api.updates.confirmed_offset == second


def test_the_older_of_two_polls_gets_409_conflict() -> None:
    with BotApi(max_poll_s=600) as api:
        statuses: list[int] = []
        older = threading.Thread(
            target=lambda: statuses.append(post(api, "getUpdates", timeout="600").status_code)
        )
        older.start()
        api.wait_for(lambda: api.updates.polls == 1)
        assert polled(api) == []
        older.join(60)
    assert statuses == [409]


def test_an_update_of_a_kind_not_allowed_is_never_delivered(api: BotApi) -> None:
    post(api, "getUpdates", allowed_updates='["message"]')
    api.push({"edited_message": {}})
    wanted = api.say("hello")
    assert polled(api) == [wanted]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        pytest.param("a" * 4096, None, id="4096 units"),
        pytest.param("a" * 4097, "message is too long", id="4097 units"),
        pytest.param(FACE * 2048, None, id="a face is two units: 4096"),
        pytest.param(FACE * 2049, "message is too long", id="a face is two units: 4098"),
        pytest.param("<b>" + "&lt;" * 4096 + "</b>", None, id="tags and escapes do not count"),
        pytest.param("<b> </b>", "text must be non-empty", id="nothing once tags are gone"),
        *(
            pytest.param(html, f"can't parse entities: {told}", id=html)
            for html, told in {
                "a < b": "Unclosed start tag at byte offset 2",
                "<p>a</p>": 'Unsupported start tag "p" at byte offset 0',
                "<b>a": 'Can\'t find end tag corresponding to start tag "b"',
                "ä</b>": "Unexpected end tag at byte offset 2",
                "<b><i>a</b></i>": (
                    'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'
                ),
                "<span>a</span>": 'Tag "span" must have class "tg-spoiler" at byte offset 0',
            }.items()
        ),
    ],
)
def test_a_text_is_valid_html_of_1_to_4096_utf16_units(
    api: BotApi, text: str, refused: str | None
) -> None:
    told = send(api, text, parse_mode="HTML")
    assert (told if refused else None) == refused
    assert len(api.sent(1)) == (0 if refused else 1)


@pytest.mark.parametrize(
    ("data", "accepted"), [("a" * 64, True), ("a" * 65, False), ("ä" * 33, False), ("", False)]
)
def test_callback_data_has_1_to_64_bytes(api: BotApi, data: str, accepted: bool) -> None:
    markup = {"inline_keyboard": [[{"text": "Refund", "callback_data": data}]]}
    assert (send(api, reply_markup=markup) == "BUTTON_DATA_INVALID") is not accepted


@pytest.mark.parametrize("field", ["chat_id", "from_chat_id"])
def test_after_a_migration_the_old_chat_id_is_refused_and_the_new_one_told(
    api: BotApi, field: str
) -> None:
    api.migrate(GROUP, SUPERGROUP)
    params = {"chat_id": 1, "message_id": 2, field: GROUP}
    assert api.answer(api.token, "copyMessage", params) == (
        400,
        {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": SUPERGROUP},
        },
    )
    left, moved = messages(api)
    assert (left["chat"]["type"], left["migrate_to_chat_id"]) == ("group", SUPERGROUP)
    assert (moved["chat"]["type"], moved["migrate_from_chat_id"]) == ("supergroup", GROUP)


# --- messages of the bot -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message_id", "text", "refused"),
    [
        pytest.param(7, "x", "message to edit not found", id="no such message"),
        pytest.param(1, "x", "message can't be edited", id="a person's message"),
        pytest.param(2, "Which?", "message is not modified", id="nothing is changed"),
    ],
)
def test_an_edit_is_refused(api: BotApi, message_id: int, text: str, refused: str) -> None:
    api.say("hello")
    send(api)
    told = ask(api, "editMessageText", chat_id=1, message_id=message_id, text=text)
    assert told.partition(":")[0] == refused


# --- people and chats ----------------------------------------------------------------------------


def test_a_message_in_a_topic_is_told_and_answered_in_its_topic(api: BotApi) -> None:
    api.say("hi", chat_id=-5, chat_type="group")
    api.say("hi", chat_id=-5, thread_id=7)
    api.say("me too", chat_id=-5, reply_to=2)
    api.say("in General", chat_id=-5, reply_to=2, thread_id=None)
    plain, topic, reply, general = messages(api)
    assert ["is_topic_message" in each for each in (plain, topic, reply, general)] == [
        *(False, True, True),
        False,
    ]
    assert (topic["chat"]["type"], topic["chat"]["is_forum"]) == ("supergroup", True)
    assert "forum_topic_created" in topic["reply_to_message"]
    assert "reply_to_message" not in reply["reply_to_message"]
    send(api, chat_id=-5, message_thread_id=7, reply_parameters={"message_id": 2})
    assert [(message.thread_id, message.reply_to) for message in api.sent(-5)] == [(7, 2)]
    # The thread that replies form is no topic.
    assert send(api, chat_id=-5, message_thread_id=2) == "message thread not found"


@pytest.mark.parametrize(
    ("how", "fields"),
    [
        ({"user_name": "Ada L", "username": "ada"}, {}),
        ({"chat_id": -5, "sender": "anonymous_admin"}, {"from": ACCOUNTS["anonymous_admin"]}),
        ({"chat_id": -5, "sender": "channel"}, {"sender_chat": CHANNEL}),
        ({"chat_id": -5, "sender": "linked_channel"}, {"is_automatic_forward": True}),
        ({"forwarded_from": 9}, {}),
        ({"forwarded_from": "Ada"}, {}),
        ({"chat_id": -5, "thread_id": 7}, {"message_thread_id": 7}),
        ({"media_group_id": "a"}, {"media_group_id": "a"}),
    ],
)
def test_the_library_knows_every_field_of_a_message(
    api: BotApi, how: Writing, fields: dict[str, Any]
) -> None:
    api.say("hello @faq_test_bot", **how)
    mentioning: Writing = {**how, "mentions": {"Ada": 9}}
    api.send_media("photo", "look, Ada", **mentioning)
    for update in updates(api):
        message = Update.de_json(update, None).message
        assert message is not None
        parts: list[TelegramObject | None] = [message, message.chat, message.from_user]
        parts += [message.sender_chat, message.forward_origin, message.reply_to_message]
        parts += [*message.entities, *message.caption_entities, *message.photo]
        assert [part.api_kwargs for part in parts if part and part.api_kwargs] == []
        assert len(message.entities + message.caption_entities) == 1
        assert {name: update["message"][name] for name in fields} == fields


def test_a_press_carries_its_message_and_is_answered_once(api: BotApi) -> None:
    send(api, reply_markup=ONE_BUTTON)
    api.press(1, "refund", user_id=5)
    api.press(77, "refund", inaccessible=True)
    first, second = [update["callback_query"] for update in updates(api)]
    assert (first["data"], first["from"]["id"]) == ("refund", 5)
    assert first["message"]["reply_markup"] == ONE_BUTTON
    chat = {"id": 1, "type": "private", "first_name": "User 1"}
    assert second["message"] == {"chat": chat, "message_id": 77, "date": 0}
    query = {"callback_query_id": first["id"]}
    assert ask(api, "answerCallbackQuery", text="a" * 201, **query) == "MESSAGE_TOO_LONG"
    assert ask(api, "answerCallbackQuery", text="a" * 200, **query) is True
    assert ask(api, "answerCallbackQuery", **query).startswith("query is too old")
    assert api.answered_presses == [AnsweredPress("a" * 200, 5)]


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "takes_effect"),
    [
        pytest.param(AWAY, None, False, id="the network is away"),
        pytest.param(DROPPED_BEFORE, None, False, id="dropped before it takes effect"),
        pytest.param(DROPPED_AFTER, None, True, id="dropped after it took effect"),
        pytest.param(HALF_OPEN, None, True, id="half-open"),
        pytest.param(garbage(b"<html>", status=503), 503, False, id="a page"),
        pytest.param(refusal(429, "Too Many Requests", retry_after=1), 429, False, id="429"),
        pytest.param(with_result(lambda _: None), 200, True, id="another result"),
    ],
)
def test_a_fault_happens_as_often_as_planned(
    api: BotApi, fault: Fault, status: int | None, takes_effect: bool
) -> None:
    api.faults.plan("sendMessage", fault)
    try:
        found: int | None = post(api, "sendMessage", chat_id="1", text="a").status_code
    except httpx.HTTPError:
        found = None
    assert (found, len(api.sent(1))) == (status, int(takes_effect))
    assert post(api, "sendMessage", chat_id="1", text="a").status_code == 200
