"""The stand-in refuses what tests order, and what a chat no longer takes, in Telegram's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from telegram import Update

from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_client import ask, description, messages, updates

BLOCKED = "Forbidden: bot was blocked by the user"
FIRST = "Forbidden: bot can't initiate conversation with a user"
ONE_BUTTON = {"inline_keyboard": [[{"text": "Refund", "callback_data": "refund"}]]}


def test_a_migration_is_told_in_both_groups(api: BotApi) -> None:
    api.migrate(-5, -1005)
    left, moved = messages(api)
    assert (left["chat"]["id"], left["chat"]["type"]) == (-5, "group")
    assert (left["migrate_to_chat_id"], left["from"]["id"]) == (-1005, 5)
    assert (moved["chat"]["id"], moved["chat"]["type"]) == (-1005, "supergroup")
    assert (moved["migrate_from_chat_id"], moved["sender_chat"]) == (-5, moved["chat"])
    told = [Update.de_json(update, None).message for update in updates(api)]
    assert [message.api_kwargs for message in told if message is not None] == [{}, {}]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"chat_id": -5, "text": "hello"}),
        ("sendChatAction", {"chat_id": -5, "action": "typing"}),
        ("editMessageText", {"chat_id": -5, "message_id": 1, "text": "hello"}),
        ("getChat", {"chat_id": -5}),
        ("copyMessage", {"chat_id": 1, "from_chat_id": -5, "message_id": 1}),
    ],
)
def test_every_call_with_the_old_id_of_a_group_is_told_the_new_one(
    api: BotApi, method: str, params: dict[str, Any]
) -> None:
    api.migrate(-5, -1005)
    assert ask(api, method, **params) == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1005},
    }
    assert ask(api, "sendMessage", chat_id=-1005, text="hello")["ok"] is True


def test_a_service_message_cannot_be_copied(api: BotApi) -> None:
    api.migrate(-5, -1005)
    answer = ask(api, "copyMessage", chat_id=1, from_chat_id=-1005, message_id=2)
    assert description(answer) == "Bad Request: message can't be copied"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"text": "hello"}),
        ("sendPhoto", {"photo": "https://x.example/a.png"}),
        ("sendChatAction", {"action": "typing"}),
        ("copyMessage", {"from_chat_id": 2, "message_id": 1}),
    ],
)
def test_nothing_can_be_sent_to_a_forbidden_chat_until_it_is_allowed(
    api: BotApi, method: str, params: dict[str, Any]
) -> None:
    api.say("hi", chat_id=2)
    api.forbid(1)
    for _ in range(2):
        refused = ask(api, method, chat_id=1, **params)
        assert (refused["error_code"], description(refused)) == (403, BLOCKED)
    assert ask(api, method, chat_id=3, **params)["ok"] is True
    api.allow(1)
    assert ask(api, method, chat_id=1, **params)["ok"] is True


def test_a_chat_is_refused_with_the_words_and_status_given(api: BotApi) -> None:
    api.forbid(-5, "Bad Request: chat not found", status=400)
    refused = ask(api, "sendMessage", chat_id=-5, text="hello")
    assert (refused["error_code"], description(refused)) == (400, "Bad Request: chat not found")


def test_an_edit_passes_in_a_forbidden_chat(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?")
    api.forbid(1)
    assert ask(api, "editMessageText", chat_id=1, message_id=1, text="This.")["ok"] is True


def test_a_scripted_failure_of_one_chat_leaves_the_others_alone(api: BotApi) -> None:
    api.fail_next("sendMessage", 500, "Internal Server Error", chat_id=2)
    api.fail_next("sendMessage", 502, "Bad Gateway")
    codes = [
        ask(api, "sendMessage", chat_id=chat_id, text="hello").get("error_code")
        for chat_id in (1, 1, 2, 2)
    ]
    assert codes == [502, None, 500, None]


@pytest.fixture
def strict() -> Iterator[BotApi]:
    with BotApi(strict_private=True) as api:
        yield api


def test_a_strict_server_lets_no_bot_write_first_in_a_private_chat(strict: BotApi) -> None:
    refused = ask(strict, "sendMessage", chat_id=1, text="hello")
    assert (refused["error_code"], description(refused)) == (403, FIRST)
    assert ask(strict, "sendMessage", chat_id=-5, text="hello")["ok"] is True
    strict.say("hi", chat_id=1)
    assert ask(strict, "sendMessage", chat_id=1, text="hello")["ok"] is True


def test_a_server_that_is_not_strict_lets_a_bot_write_first(api: BotApi) -> None:
    assert ask(api, "sendMessage", chat_id=1, text="hello")["ok"] is True
