"""The stand-in keeps the rules of the Bot API that the bot's end-to-end tests rely on."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.bot_api import BotApi, SentMessage, Upload
from tests.e2e.bot_api_client import ask, description, post

ONE_BUTTON = {"inline_keyboard": [[{"text": "Refund", "callback_data": "refund"}]]}


def polled_ids(api: BotApi, **params: Any) -> list[int]:
    return [update["update_id"] for update in ask(api, "getUpdates", **params)["result"]]


def test_an_update_is_redelivered_until_an_offset_above_it_confirms_it(api: BotApi) -> None:
    first, second = api.say("one"), api.say("two")
    assert polled_ids(api) == [first, second]
    assert polled_ids(api, offset=first) == [first, second]
    assert polled_ids(api, offset=second) == [second]
    assert polled_ids(api, offset=first) == [second]
    assert api.confirmed_offset == second


def test_a_long_poll_ends_as_soon_as_an_update_arrives(api: BotApi) -> None:
    timer = threading.Timer(0.1, api.say, ("late",))
    timer.start()
    started_s = time.monotonic()
    assert len(polled_ids(api, timeout=10)) == 1
    assert time.monotonic() - started_s < 1.5
    timer.join()


def test_the_older_of_two_pollers_gets_409(api: BotApi) -> None:
    answers: list[dict[str, Any]] = []
    older = threading.Thread(target=lambda: answers.append(ask(api, "getUpdates", timeout=10)))
    older.start()
    api.wait_for(lambda: api.polls == 1)
    assert ask(api, "getUpdates")["ok"] is True
    older.join(5)
    assert [answer["error_code"] for answer in answers] == [409]


def test_a_poll_with_a_webhook_set_gets_409(api: BotApi) -> None:
    ask(api, "setWebhook", url="https://bot.example/hook")
    assert ask(api, "getUpdates")["error_code"] == 409
    ask(api, "deleteWebhook")
    assert ask(api, "getUpdates")["ok"] is True


def test_an_update_of_a_kind_not_allowed_is_never_delivered(api: BotApi) -> None:
    ask(api, "getUpdates", allowed_updates=["message"])
    api.push({"edited_message": {}})
    wanted = api.say("hello")
    assert polled_ids(api) == [wanted]


def test_a_wrong_token_gets_401(api: BotApi) -> None:
    assert ask(api, "getMe", token="123456:WRONG") == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }


def test_an_unknown_method_gets_404(api: BotApi) -> None:
    assert ask(api, "sendPigeon")["error_code"] == 404


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        pytest.param("a" * 4096, True, id="4096 units"),
        pytest.param("a" * 4097, False, id="4097 units"),
        pytest.param("\N{GRINNING FACE}" * 2048, True, id="a face is two units: 4096"),
        pytest.param("\N{GRINNING FACE}" * 2049, False, id="a face is two units: 4098"),
        pytest.param("<b>" + "&lt;" * 4096 + "</b>", True, id="tags and escapes do not count"),
    ],
)
def test_a_text_may_have_4096_utf16_units_after_parsing(
    api: BotApi, text: str, accepted: bool
) -> None:
    answer = ask(api, "sendMessage", chat_id=1, text=text, parse_mode="HTML")
    assert answer["ok"] is accepted
    assert accepted or description(answer) == "Bad Request: message is too long"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        pytest.param("", "message text is empty", id="nothing"),
        pytest.param("<b> </b>", "text must be non-empty", id="nothing once tags are gone"),
    ],
)
def test_an_empty_text_is_refused(api: BotApi, text: str, refusal: str) -> None:
    answer = ask(api, "sendMessage", chat_id=1, text=text, parse_mode="HTML")
    assert description(answer) == f"Bad Request: {refusal}"


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ä</b>", "Unexpected end tag at byte offset 2"),
        (
            "<b><i>a</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused(api: BotApi, html: str, told: str) -> None:
    answer = ask(api, "sendMessage", chat_id=1, text=html, parse_mode="HTML")
    assert description(answer) == f"Bad Request: can't parse entities: {told}"
    assert api.sent(1) == []


def test_a_message_is_seen_without_tags_and_escapes(api: BotApi) -> None:
    html = '<b>5 &lt; 6</b> &amp; <a href="https://x.example/?a>b">more</a> &#33;&nbsp;'
    ask(api, "sendMessage", chat_id=1, text=html, parse_mode="HTML", reply_markup=ONE_BUTTON)
    buttons = (("Refund", "refund", None),)
    assert api.sent(1) == [SentMessage(1, 1, "5 < 6 & more !&nbsp;", html, buttons, edited=False)]


@pytest.mark.parametrize("text", ["123", "[1]", '{"a": 1}', "null"])
def test_a_text_that_looks_like_json_stays_text(api: BotApi, text: str) -> None:
    ask(api, "sendMessage", chat_id=1, text=text)
    assert [message.text for message in api.sent(1)] == [text]


@pytest.mark.parametrize(
    ("data", "accepted"),
    [("a" * 64, True), ("a" * 65, False), ("ä" * 32, True), ("ä" * 33, False), ("", False)],
)
def test_callback_data_has_1_to_64_bytes(api: BotApi, data: str, accepted: bool) -> None:
    markup = {"inline_keyboard": [[{"text": "Refund", "callback_data": data}]]}
    answer = ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=markup)
    assert answer["ok"] is accepted
    assert accepted or description(answer) == "Bad Request: BUTTON_DATA_INVALID"


def test_an_edit_replaces_text_and_buttons(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    assert ask(api, "editMessageText", chat_id=1, message_id=1, text="This.")["ok"] is True
    assert api.sent(1) == [SentMessage(1, 1, "This.", "This.", (), edited=True)]


def test_an_edit_of_the_buttons_keeps_the_text(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    assert ask(api, "editMessageReplyMarkup", chat_id=1, message_id=1)["ok"] is True
    assert api.sent(1) == [SentMessage(1, 1, "Which?", "Which?", (), edited=True)]


def test_an_edit_that_changes_nothing_is_refused(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    refused = description(
        ask(api, "editMessageText", chat_id=1, message_id=1, text="Which?", reply_markup=ONE_BUTTON)
    )
    assert refused.startswith("Bad Request: message is not modified: ")


@pytest.mark.parametrize(
    ("message_id", "refusal"),
    [
        pytest.param(7, "message to edit not found", id="no such message"),
        pytest.param(1, "message can't be edited", id="a person's message"),
    ],
)
def test_only_the_bots_own_messages_can_be_edited(
    api: BotApi, message_id: int, refusal: str
) -> None:
    api.say("hello")
    answer = ask(api, "editMessageText", chat_id=1, message_id=message_id, text="x")
    assert description(answer) == f"Bad Request: {refusal}"


def test_a_press_carries_the_message_as_it_stands(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    api.press(1, "refund", user_id=5)
    query = ask(api, "getUpdates")["result"][0]["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("refund", 5)
    assert query["message"]["reply_markup"] == ONE_BUTTON


@pytest.mark.parametrize(("length", "accepted"), [(200, True), (201, False)])
def test_an_answer_to_a_press_has_at_most_200_units(
    api: BotApi, length: int, accepted: bool
) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?", reply_markup=ONE_BUTTON)
    api.press(1, "refund")
    query_id = ask(api, "getUpdates")["result"][0]["callback_query"]["id"]
    answer = ask(api, "answerCallbackQuery", callback_query_id=query_id, text="a" * length)
    assert answer["ok"] is accepted


def test_a_command_is_marked_as_one(api: BotApi) -> None:
    api.say("/start now")
    message = ask(api, "getUpdates")["result"][0]["message"]
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


def test_a_deleted_message_is_gone(api: BotApi) -> None:
    ask(api, "sendMessage", chat_id=1, text="Which?")
    assert ask(api, "deleteMessage", chat_id=1, message_id=1)["ok"] is True
    assert api.sent(1) == []
    refused = description(ask(api, "deleteMessage", chat_id=1, message_id=1))
    assert refused == "Bad Request: message to delete not found"


def test_a_copy_is_the_bots_own_message(api: BotApi) -> None:
    api.say("please help")
    ask(api, "copyMessage", chat_id=-5, from_chat_id=1, message_id=1)
    assert [message.text for message in api.sent(-5)] == ["please help"]


def test_a_file_arrives_byte_for_byte(api: BotApi) -> None:
    content = b"\x00a\r\n\r\nb\n--\xff\r\n"
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="document"; filename="me.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--XX--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    url = f"{api.url}/bot{api.token}/sendDocument"
    assert post(urllib.request.Request(url, body, headers))["ok"] is True
    document = Upload("me.bin", "application/octet-stream", content)
    assert api.calls[0].params == {"chat_id": 1, "document": document}


def test_scripted_failures_come_as_often_as_asked(api: BotApi) -> None:
    api.fail_next("getMe", 429, "Too Many Requests: retry after 3", times=2, retry_after=3)
    refused = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert [ask(api, "getMe"), ask(api, "getMe")] == [refused, refused]
    assert ask(api, "getMe")["ok"] is True


def test_a_delayed_call_takes_effect_before_its_answer(api: BotApi) -> None:
    api.delay("sendMessage", 0.3)
    started_s = time.monotonic()
    ask(api, "sendMessage", chat_id=1, text="slow")
    assert time.monotonic() - started_s >= 0.3
    assert api.calls[0].time_s - started_s < 0.3


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda api: api.wait_for(lambda: False, 0.05), id="wait_for"),
        pytest.param(lambda api: api.wait_for_messages(1, 2, 0.05), id="wait_for_messages"),
    ],
)
def test_a_wait_in_vain_tells_the_calls(api: BotApi, wait: Callable[[BotApi], object]) -> None:
    ask(api, "sendMessage", chat_id=1, text="only this")
    with pytest.raises(AssertionError, match=r"sendMessage.*only this"):
        wait(api)


def test_leaving_stops_every_thread_at_once_even_in_a_long_poll() -> None:
    before = threading.active_count()
    with BotApi(max_poll_s=30) as api:
        poller = threading.Thread(target=lambda: ask(api, "getUpdates", timeout=30))
        poller.start()
        api.wait_for(lambda: api.polls == 1)
        started_s = time.monotonic()
    poller.join(5)
    assert time.monotonic() - started_s < 2
    assert threading.active_count() == before


def test_leaving_ends_idle_connections_too() -> None:
    with BotApi() as api:
        connection = http.client.HTTPConnection(api.url.removeprefix("http://"), timeout=10)
        for _ in range(2):
            connection.request("POST", f"/bot{api.token}/getMe")
            assert json.load(connection.getresponse())["ok"] is True
        started_s = time.monotonic()
    assert time.monotonic() - started_s < 2
    connection.close()
