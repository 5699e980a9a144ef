"""The true process against a Bot API over a real socket."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from bot.channels.telegram.api.render import MAX_UNITS
from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner, short
from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import data_of, edited, labels, press, replies, toasts
from tests.e2e.process import START_TIMEOUT_S, BotProcess

TEXTS = shipped()["en"]
THUMBS = ["👍", "👎"]


def asked(api: BotApi, chat_id: int) -> SentMessage:
    """A follow-up of two choices."""
    api.say("cake", chat_id=chat_id)
    (message,) = replies(api, chat_id)
    assert message.text == TEXTS.follow_up
    assert labels(message) == [
        "How do I cancel a cake order?",
        "How do I order a cake?",
        TEXTS.none_of_these,
    ]
    return message


def test_a_question_is_answered_with_its_related_questions(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.say("what are your opening hours", chat_id=chat_id)
    (message,) = replies(served, chat_id)
    assert message.text == answers["opening-hours"]
    assert labels(message) == ["How do I order a cake?", *THUMBS]


def test_a_related_question_is_answered_below_and_the_first_answer_stays(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.say("what are your opening hours", chat_id=chat_id)
    (first,) = replies(served, chat_id)
    served.press(first.message_id, data_of(first, "How do I order a cake?"), chat_id=chat_id)
    kept, answer = replies(served, chat_id, 2)
    assert (kept, answer.text) == (first, answers["cake-order"])


def test_an_answer_shows_its_characters_and_its_links(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.say("how do i order a cake?", chat_id=chat_id)
    (message,) = replies(served, chat_id)
    assert "<by phone> & at least" in message.text
    assert message.text == answers["cake-order"]
    assert message.buttons[0] == ("Our cakes", None, "https://bakery.example.com/cakes")
    assert labels(message) == ["Our cakes", *THUMBS]


def test_a_pressed_choice_becomes_exactly_its_answer(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    message = asked(served, chat_id)
    served.press(
        message.message_id, data_of(message, "How do I cancel a cake order?"), chat_id=chat_id
    )
    answer = edited(served, chat_id)
    assert (answer.message_id, answer.text) == (message.message_id, answers["cake-cancel"])
    assert labels(answer) == THUMBS
    assert len(served.sent(chat_id)) == 1


def test_a_choice_pressed_twice_is_answered_once(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    message = asked(served, chat_id)
    data = data_of(message, "How do I cancel a cake order?")
    served.press(message.message_id, data, chat_id=chat_id)
    served.press(message.message_id, data, chat_id=chat_id)
    served.say("how is the weather", chat_id=chat_id)
    texts = [sent.text for sent in replies(served, chat_id, 2)]
    assert texts == [answers["cake-cancel"], TEXTS.fallback]


def test_a_choice_typed_as_its_number_is_answered(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    asked(served, chat_id)
    served.say("2", chat_id=chat_id)
    assert replies(served, chat_id, 2)[1].text == answers["cake-order"]


def test_none_of_these_asks_for_other_words(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    served.press(message.message_id, data_of(message, TEXTS.none_of_these), chat_id=chat_id)
    answer = edited(served, chat_id)
    assert (answer.text, answer.buttons) == (TEXTS.rephrase, ())


def test_what_the_faq_does_not_hold_gets_the_fallback_and_topics_to_look_in(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.say("how is the weather", chat_id=chat_id)
    (message,) = replies(served, chat_id)
    assert (message.text, labels(message)) == (TEXTS.fallback, ["shop", "cakes"])
    press(served, message, "shop")
    fallback, page = replies(served, chat_id, 2)
    assert fallback == message
    assert page.text == "Questions about shop:"
    assert labels(page) == ["When are you open?", f"‹ {TEXTS.all_topics}"]
    press(served, page, "When are you open?")
    assert replies(served, chat_id, 3)[2].text == answers["opening-hours"]


def test_nobody_reads_the_same_fallback_twice_in_a_row(served: BotApi, chat_id: int) -> None:
    for place in ("berlin", "paris", "london", "rome"):
        served.say(f"how is the weather in {place}", chat_id=chat_id)
    told = [(message.text, labels(message)) for message in replies(served, chat_id, 4)]
    two = [(TEXTS.fallback, ["shop", "cakes"]), (TEXTS.fallback_again, [])]
    assert told == two * 2


def test_a_long_answer_comes_in_parts_without_a_gap(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.say("which allergens are in the bread", chat_id=chat_id)
    parts = [message.text for message in replies(served, chat_id, 2)]
    assert max(map(len, parts)) <= MAX_UNITS
    assert "\n".join(parts) == answers["allergens"]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("/start", TEXTS.welcome),
        ("/help", TEXTS.help),
        pytest.param("/nonsense", TEXTS.help, id="a command nobody knows: help"),
        pytest.param("🤔", TEXTS.fallback, id="emoji alone"),
    ],
)
def test_commands_and_wordless_messages_are_replied_to(
    served: BotApi, chat_id: int, text: str, reply: str
) -> None:
    served.say(text, chat_id=chat_id)
    assert [message.text for message in replies(served, chat_id)] == [reply]


def private_message(chat_id: int, **content: object) -> dict[str, object]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Ada"}
    chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
    who = {"chat": chat, "from": person}
    return {"message_id": 900_000, "date": int(time.time()), **who, **content}


def test_a_message_without_text_gets_one_honest_sentence(served: BotApi, chat_id: int) -> None:
    location = {"longitude": 1.0, "latitude": 2.0}
    served.push({"message": private_message(chat_id, location=location)})
    assert replies(served, chat_id)[0].text == TEXTS.not_text


def test_the_caption_of_a_picture_is_read(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    content = {"photo": photo, "caption": "what are your opening hours"}
    served.push({"message": private_message(chat_id, **content)})
    assert replies(served, chat_id)[0].text == answers["opening-hours"]


def test_an_edit_is_not_answered_again(served: BotApi, chat_id: int) -> None:
    edit = private_message(chat_id, text="what are your opening hours", edit_date=int(time.time()))
    served.push({"edited_message": edit})
    served.say("how is the weather", chat_id=chat_id)
    assert [message.text for message in replies(served, chat_id)] == [TEXTS.fallback]


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
    texts = [sent.text for sent in replies(served, chat_id, 2)]
    assert texts == [TEXTS.follow_up, TEXTS.fallback]


def test_a_choice_whose_message_is_too_old_to_change_is_answered_below(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    message = asked(served, chat_id)
    data = data_of(message, "How do I order a cake?")
    served.press(message.message_id, data, chat_id=chat_id, inaccessible=True)
    kept, answer = replies(served, chat_id, 2)
    assert (kept, answer.text) == (message, answers["cake-order"])
    assert labels(answer) == ["Our cakes", *THUMBS]


def test_a_long_answer_pressed_twice_comes_once(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    message = asked(served, chat_id)
    data = ButtonSigner(served.token).data(
        ButtonKind.CHOICE, short("allergens"), "", ""
    )  # of an older one
    for _ in range(2):
        served.press(message.message_id, data, chat_id=chat_id)
    served.say("how is the weather", chat_id=chat_id)
    *parts, last = [sent.text for sent in replies(served, chat_id, 3)]
    assert ("\n".join(parts), last) == (answers["allergens"], TEXTS.fallback)


def test_typing_is_shown_where_an_answer_takes_long_and_its_failure_costs_nothing(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    def shown() -> int:
        of_chat = [call for call in served.calls if call.params.get("chat_id") == chat_id]
        return sum(call.method == "sendChatAction" for call in of_chat)

    # What is not sent at once is tried again after a second, as Telegram asks.
    served.fail_next("sendMessage", 429, "Too Many Requests", retry_after=1, chat_id=chat_id)
    served.fail_next("sendChatAction", 403, "Forbidden: bot was blocked by the user")
    served.say("what are your opening hours", chat_id=chat_id)
    assert replies(served, chat_id)[0].text == answers["opening-hours"]
    assert shown() == 1


def test_a_link_that_telegram_refuses_is_sent_as_text(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.fail_next("sendMessage", 400, "Bad Request: BUTTON_URL_INVALID")
    served.say("how do i order a cake?", chat_id=chat_id)
    (message,) = replies(served, chat_id)
    link = "Our cakes: https://bakery.example.com/cakes"
    assert message.text == f"{answers['cake-order']}\n\n{link}"


def test_a_button_works_after_a_restart(api: BotApi, config: Path, answers: dict[str, str]) -> None:
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        message = asked(api, 1)
        assert process.stop() == 0
    api.press(message.message_id, data_of(message, "How do I order a cake?"), chat_id=1)
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        assert edited(api, 1).text == answers["cake-order"]
        assert process.stop(signal.SIGINT) == 0


def test_a_message_in_flight_is_answered_before_sigterm_ends_the_process(
    api: BotApi, config: Path, answers: dict[str, str]
) -> None:
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.delay("sendMessage", 1.0)
        api.say("what are your opening hours", chat_id=1)
        api.wait_for(lambda: "sendChatAction" in {call.method for call in api.calls})
        assert process.stop() == 0
    assert [message.text for message in api.sent(1)] == [answers["opening-hours"]]
    assert "stopped" in process.log[-1]


def test_the_token_and_peoples_words_stay_out_of_the_log(api: BotApi, config: Path) -> None:
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.fail_next("getUpdates", 502, "Bad Gateway", times=2)
        api.fail_next("sendMessage", 500, "Internal Server Error")
        api.say("sesame and poppy", chat_id=1)
        process.wait_for_log("a message could not be sent, trying again")
        api.fail_next("sendMessage", 400, "Bad Request: no reason")
        api.say("how is the weather", chat_id=1)
        process.wait_for_log("an update failed, try 1 of 5")
        replies(api, 1, 2)
        process.stop()
    log = "\n".join(process.log)
    assert api.token not in log
    assert "TEST-TOKEN" not in log
    assert "poppy" not in log
    assert "Traceback" not in log


def test_a_refused_token_is_one_line_and_exit_status_2(api: BotApi, config: Path) -> None:
    with BotProcess(config, "123456:WRONG", api.url) as process:
        assert process.wait(START_TIMEOUT_S) == 2
    assert process.log[-1] == (
        "Telegram refuses the token. Copy it again from @BotFather into TELEGRAM_BOT_TOKEN."
    )
    assert "WRONG" not in "".join(process.log)


def test_verbose_shows_scores_and_never_the_token(api: BotApi, config: Path) -> None:
    with BotProcess(config, api.token, api.url, "--verbose") as process:
        process.wait_for_log("serving Telegram")
        api.say("what are your opening hours", chat_id=1)
        line = process.wait_for_log("above the answer line")
        process.stop()
    assert "opening-hours 1.00" in line
    assert "TEST-TOKEN" not in "".join(process.log)


def test_an_answer_waits_as_long_as_telegram_asks(
    served: BotApi, chat_id: int, answers: dict[str, str]
) -> None:
    served.fail_next("sendMessage", 429, "Too Many Requests", times=2, retry_after=1)
    served.say("what are your opening hours", chat_id=chat_id)
    assert replies(served, chat_id)[0].text == answers["opening-hours"]


def test_a_chat_that_has_to_wait_delays_nobody_and_keeps_its_order(
    api: BotApi, config: Path, answers: dict[str, str]
) -> None:
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.fail_next("sendMessage", 429, "Too Many Requests", retry_after=3)
        api.say("what are your opening hours", chat_id=1)
        process.wait_for_log("Telegram asks to wait 3 s")
        api.say("how is the weather", chat_id=1)
        api.say("how is the weather", chat_id=2)
        assert replies(api, 2)[0].text == TEXTS.fallback
        assert api.sent(1) == []
        texts = [message.text for message in replies(api, 1, 2)]
        assert texts == [answers["opening-hours"], TEXTS.fallback]
        assert process.stop() == 0


def test_a_second_bot_with_the_same_token_is_told_apart(api: BotApi, config: Path) -> None:
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request")
        process.wait_for_log("another program polls Telegram with this token; stop one of the two")
        api.fail_next("getUpdates", 502, "Bad Gateway")
        process.wait_for_log("Telegram cannot be polled, trying again")
        api.say("how is the weather", chat_id=1)
        assert replies(api, 1)[0].text == TEXTS.fallback
        assert process.stop() == 0


def test_a_server_that_is_away_at_the_start_is_told_and_waited_for(
    api: BotApi, config: Path
) -> None:
    api.fail_next("getMe", 502, "Bad Gateway", times=5)
    with BotProcess(config, api.token, api.url) as process:
        line = process.wait_for_log("has not answered for 10 s; still trying")
        assert line.endswith("Check the network and TELEGRAM_API_URL.")
        process.wait_for_log("serving Telegram")
        assert process.stop() == 0
