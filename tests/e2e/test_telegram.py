"""The true process against a Bot API over a real socket."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from bot.channels.telegram.api.render import MAX_UNITS
from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner, short
from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import (
    ANSWERS,
    THUMBS,
    ask,
    data_of,
    edited,
    labels,
    press,
    replies,
    texts,
    toasts,
)
from tests.e2e.process import START_TIMEOUT_S, BotProcess, serving

TEXTS = shipped()["en"]


def asked(api: BotApi, chat_id: int) -> SentMessage:
    """A follow-up of two choices."""
    message = ask(api, "cake", chat_id=chat_id)
    assert message.text == TEXTS.follow_up
    assert labels(message) == [
        "How do I cancel a cake order?",
        "How do I order a cake?",
        TEXTS.none_of_these,
    ]
    return message


def test_a_question_is_answered_with_its_related_questions(served: BotApi, chat_id: int) -> None:
    message = ask(served, "what are your opening hours", chat_id=chat_id)
    assert message.text == ANSWERS["opening-hours"]
    assert labels(message) == ["How do I order a cake?", *THUMBS]


def test_a_related_question_is_answered_below_and_the_first_answer_stays(
    served: BotApi, chat_id: int
) -> None:
    first = ask(served, "what are your opening hours", chat_id=chat_id)
    served.press(first.message_id, data_of(first, "How do I order a cake?"), chat_id=chat_id)
    kept, answer = replies(served, chat_id, 2)
    assert (kept, answer.text) == (first, ANSWERS["cake-order"])


def test_an_answer_shows_its_characters_and_its_links(served: BotApi, chat_id: int) -> None:
    message = ask(served, "how do i order a cake?", chat_id=chat_id)
    assert "<by phone> & at least" in message.text
    assert message.text == ANSWERS["cake-order"]
    assert message.buttons[0] == ("Our cakes", None, "https://bakery.example.com/cakes")
    assert labels(message) == ["Our cakes", *THUMBS]


def test_a_pressed_choice_becomes_exactly_its_answer(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    served.press(
        message.message_id, data_of(message, "How do I cancel a cake order?"), chat_id=chat_id
    )
    answer = edited(served, chat_id)
    assert (answer.message_id, answer.text) == (message.message_id, ANSWERS["cake-cancel"])
    assert labels(answer) == THUMBS
    assert len(served.sent(chat_id)) == 1


def test_a_choice_pressed_twice_is_answered_once(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    data = data_of(message, "How do I cancel a cake order?")
    served.press(message.message_id, data, chat_id=chat_id)
    served.press(message.message_id, data, chat_id=chat_id)
    served.say("how is the weather", chat_id=chat_id)
    told = texts(served, chat_id, 2)
    assert told == [ANSWERS["cake-cancel"], TEXTS.fallback]


def test_a_choice_typed_as_its_number_is_answered(served: BotApi, chat_id: int) -> None:
    asked(served, chat_id)
    served.say("2", chat_id=chat_id)
    assert replies(served, chat_id, 2)[1].text == ANSWERS["cake-order"]


def test_none_of_these_asks_for_other_words(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    served.press(message.message_id, data_of(message, TEXTS.none_of_these), chat_id=chat_id)
    answer = edited(served, chat_id)
    assert (answer.text, answer.buttons) == (TEXTS.rephrase, ())


def test_a_fallback_offers_topics(served: BotApi, chat_id: int) -> None:
    message = ask(served, "how is the weather", chat_id=chat_id)
    assert (message.text, labels(message)) == (TEXTS.fallback, ["shop", "cakes"])
    press(served, message, "shop")
    fallback, page = replies(served, chat_id, 2)
    assert fallback == message
    assert page.text == "Questions about shop:"
    assert labels(page) == ["When are you open?", f"‹ {TEXTS.all_topics}"]
    press(served, page, "When are you open?")
    assert replies(served, chat_id, 3)[2].text == ANSWERS["opening-hours"]


def test_a_second_fallback_in_a_row_has_other_words(served: BotApi, chat_id: int) -> None:
    for place in ("berlin", "paris", "london", "rome"):
        served.say(f"how is the weather in {place}", chat_id=chat_id)
    told = [(message.text, labels(message)) for message in replies(served, chat_id, 4)]
    two = [(TEXTS.fallback, ["shop", "cakes"]), (TEXTS.fallback_again, [])]
    assert told == two * 2


def test_a_long_answer_comes_in_parts_without_a_gap(served: BotApi, chat_id: int) -> None:
    served.say("which allergens are in the bread", chat_id=chat_id)
    parts = texts(served, chat_id, 2)
    assert max(map(len, parts)) <= MAX_UNITS
    assert "\n".join(parts) == ANSWERS["allergens"]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("/start", TEXTS.welcome),
        ("/help", TEXTS.help),
        pytest.param("/nonsense", TEXTS.help, id="a command nobody knows: help"),
        pytest.param("🤔", TEXTS.fallback, id="emoji alone"),
    ],
)
def test_commands_and_emoji_alone_are_replied_to(
    served: BotApi, chat_id: int, text: str, reply: str
) -> None:
    served.say(text, chat_id=chat_id)
    assert texts(served, chat_id) == [reply]


def test_an_edit_is_not_answered_again(served: BotApi, chat_id: int) -> None:
    person = {"id": chat_id, "is_bot": False, "first_name": "Ada"}
    message = {"message_id": 900_000, "date": 1, "edit_date": 2, "text": "are you open on sunday?"}
    chat = {"id": chat_id, "type": "private"}
    served.push({"edited_message": {**message, "chat": chat, "from": person}})
    assert ask(served, "how is the weather", chat_id=chat_id).text == TEXTS.fallback


def test_forged_button_data_does_nothing_and_says_so(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    signed = data_of(message, "How do I order a cake?")
    forged = [
        *("c:", "c", "x:0123456789abcdef", "n:", "{}", "t:x", "é" * 32),
        signed.partition(".")[0],
        signed.replace(short("cake-order"), short("cake-cancel")),
        ButtonSigner("123456:ANOTHER").data(ButtonKind.CHOICE, short("cake-order"), "", ""),
    ]
    for data in forged:
        served.press(message.message_id, data, chat_id=chat_id)
    assert toasts(served, chat_id, len(forged)) == [TEXTS.old_button] * len(forged)
    served.say("how is the weather", chat_id=chat_id)
    told = texts(served, chat_id, 2)
    assert told == [TEXTS.follow_up, TEXTS.fallback]


def test_a_choice_under_a_message_too_old_to_edit_is_answered_below(
    served: BotApi, chat_id: int
) -> None:
    message = asked(served, chat_id)
    data = data_of(message, "How do I order a cake?")
    served.press(message.message_id, data, chat_id=chat_id, inaccessible=True)
    kept, answer = replies(served, chat_id, 2)
    assert (kept, answer.text) == (message, ANSWERS["cake-order"])
    assert labels(answer) == ["Our cakes", *THUMBS]


def test_a_long_answer_pressed_twice_comes_once(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    data = ButtonSigner(served.token).data(
        ButtonKind.CHOICE, short("allergens"), "", ""
    )  # of an older one
    for _ in range(2):
        served.press(message.message_id, data, chat_id=chat_id)
    served.say("how is the weather", chat_id=chat_id)
    *parts, last = texts(served, chat_id, 3)
    assert ("\n".join(parts), last) == (ANSWERS["allergens"], TEXTS.fallback)


def test_a_slow_answer_shows_typing_and_a_failed_chat_action_costs_nothing(
    served: BotApi, chat_id: int
) -> None:
    def shown() -> int:
        of_chat = [call for call in served.calls if call.params.get("chat_id") == chat_id]
        return sum(call.method == "sendChatAction" for call in of_chat)

    # What is not sent at once is tried again after a second, as Telegram asks.
    served.fail_next("sendMessage", 429, "Too Many Requests", retry_after=1, chat_id=chat_id)
    served.fail_next("sendChatAction", 403, "Forbidden: bot was blocked by the user")
    assert (
        ask(served, "what are your opening hours", chat_id=chat_id).text == ANSWERS["opening-hours"]
    )
    assert shown() == 1


def test_a_link_button_that_is_refused_is_sent_as_text(served: BotApi, chat_id: int) -> None:
    served.fail_next("sendMessage", 400, "Bad Request: BUTTON_URL_INVALID")
    message = ask(served, "how do i order a cake?", chat_id=chat_id)
    link = "Our cakes: https://bakery.example.com/cakes"
    assert message.text == f"{ANSWERS['cake-order']}\n\n{link}"


def test_a_button_works_after_a_restart(api: BotApi, config: Path) -> None:
    with serving(api, config):
        message = asked(api, 1)
    api.press(message.message_id, data_of(message, "How do I order a cake?"), chat_id=1)
    with serving(api, config) as process:
        assert edited(api, 1).text == ANSWERS["cake-order"]
        assert process.stop(signal.SIGINT) == 0


def test_sigterm_ends_the_process_after_messages_in_flight_are_answered(
    api: BotApi, config: Path
) -> None:
    with serving(api, config) as process:
        api.delay("sendMessage", 1.0)
        api.say("what are your opening hours", chat_id=1)
        api.wait_for(lambda: "sendChatAction" in {call.method for call in api.calls})
    assert texts(api, 1) == [ANSWERS["opening-hours"]]
    assert "stopped" in process.log[-1]


def test_a_refused_token_is_one_line_and_exit_status_2(api: BotApi, config: Path) -> None:
    with BotProcess(config, "123456:WRONG", api.url) as process:
        assert process.wait(START_TIMEOUT_S) == 2
    assert process.log[-1] == (
        "Telegram refuses the token. Copy it again from @BotFather into TELEGRAM_BOT_TOKEN."
    )
    assert "WRONG" not in "".join(process.log)
