"""The true process against a Bot API over a real socket."""

from __future__ import annotations

from pathlib import Path

from bot.channels.telegram.callback_data import ButtonKind, Signer, short
from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import (
    ANSWERS,
    THUMBS,
    ask,
    data_of,
    edited,
    labels,
    press,
    pressed,
    replies,
    texts,
    toasts,
)
from tests.e2e.process import START_TIMEOUT_S, BotProcess, serving

TEXTS = shipped()["en"]
ORDER = "How do I order a cake?"


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


def test_an_answer_shows_its_characters_and_its_links(served: BotApi, chat_id: int) -> None:
    message = ask(served, "how do i order a cake?", chat_id=chat_id)
    assert "<by phone> & at least" in message.text
    assert message.text == ANSWERS["cake-order"]
    assert message.buttons[0] == ("Our cakes", None, "https://bakery.example.com/cakes")
    assert labels(message) == ["Our cakes", *THUMBS]


def test_a_pressed_choice_becomes_exactly_its_answer(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    answer = pressed(served, message, "How do I cancel a cake order?")
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


def test_not_this_under_a_tentative_answer_opens_the_other_choices_in_its_place(
    served: BotApi, chat_id: int
) -> None:
    message = ask(served, "stop the cake", chat_id=chat_id)
    question = "How do I cancel a cake order?"
    assert message.text == f"I think you mean: {question}\n\n{ANSWERS['cake-cancel']}"
    assert labels(message) == [TEXTS.not_this, *THUMBS]
    asked_back = pressed(served, message, TEXTS.not_this)
    assert (asked_back.message_id, asked_back.text) == (message.message_id, TEXTS.follow_up_one)
    assert labels(asked_back) == [ORDER, TEXTS.none_of_these]
    press(served, asked_back, ORDER)
    served.wait_for(lambda: served.sent(chat_id)[0].text == ANSWERS["cake-order"])
    assert len(served.sent(chat_id)) == 1


def test_not_this_under_the_only_choice_asks_for_other_words(served: BotApi, chat_id: int) -> None:
    message = ask(served, "at what time can i come", chat_id=chat_id)
    assert message.text.startswith("I think you mean: ")
    assert pressed(served, message, TEXTS.not_this).text.startswith(TEXTS.rephrase)


def test_a_person_browses_from_a_fallback_over_topics_to_an_answer_and_back(
    served: BotApi, chat_id: int
) -> None:
    fallback = ask(served, "how is the weather", chat_id=chat_id)
    assert (fallback.text, labels(fallback)) == (TEXTS.fallback, ["shop", "cakes"])
    press(served, fallback, "cakes")
    kept, cakes = replies(served, chat_id, 2)
    assert (kept, cakes.text) == (fallback, "Questions about cakes:")
    back = f"‹ {TEXTS.all_topics}"
    assert labels(cakes) == ["How do I order a cake?", "How do I cancel a cake order?", back]
    press(served, cakes, "How do I cancel a cake order?")
    assert replies(served, chat_id, 3)[2].text == ANSWERS["cake-cancel"]
    topics = pressed(served, cakes, back)
    assert (topics.text, labels(topics)) == (TEXTS.topics, ["shop", "cakes"])
    gone = Signer(served.token).data(ButtonKind.TOPIC, short("pies"), "0")  # of an older FAQ
    served.press(topics.message_id, gone, chat_id=chat_id)
    served.wait_for(lambda: served.sent(chat_id)[1].text == TEXTS.gone)
    assert labels(served.sent(chat_id)[1]) == []


def test_forged_button_data_does_nothing_and_says_so(served: BotApi, chat_id: int) -> None:
    message = asked(served, chat_id)
    signed = data_of(message, "How do I order a cake?")
    forged = [
        *("c:", "c", "x:0123456789abcdef", "n:", "{}", "t:x", "é" * 32),
        signed.partition(".")[0],
        signed.replace(short("cake-order"), short("cake-cancel")),
        Signer("123456:ANOTHER").data(ButtonKind.CHOICE, short("cake-order"), "", ""),
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


# 👍 and 👎


def answered(api: BotApi, chat_id: int, user_id: int) -> SentMessage:
    """An answer with a related question under it."""
    before = len(api.sent(chat_id))
    api.say("/ask when are you open?", chat_id=chat_id, user_id=user_id)
    message = replies(api, chat_id, before + 1)[before]
    assert labels(message) == [ORDER, *THUMBS]
    return message


def test_the_first_thumb_counts_and_leaves_the_other_buttons(served: BotApi, chat_id: int) -> None:
    message = answered(served, chat_id, chat_id)
    press(served, message, "👍")
    press(served, message, "👎")
    assert toasts(served, chat_id, 2) == [TEXTS.feedback_thanks, ""]
    after = edited(served, chat_id)
    assert (after.text, labels(after)) == (ANSWERS["opening-hours"], [ORDER])
    press(served, after, ORDER)
    kept, more = replies(served, chat_id, 2)
    assert (kept, more.text) == (after, ANSWERS["cake-order"])


def test_a_thumb_down_is_regretted_and_leads_on(served: BotApi, chat_id: int) -> None:
    press(served, answered(served, chat_id, chat_id), "👎")
    _, regret = replies(served, chat_id, 2)
    assert (regret.text, labels(regret)) == (TEXTS.not_helpful, [TEXTS.ask_differently])
    press(served, regret, TEXTS.ask_differently)
    assert replies(served, chat_id, 3)[2].text == TEXTS.ask_again
    assert toasts(served, chat_id, 2) == ["", ""]


def test_a_second_thumb_down_is_not_asked_for_other_words_again(
    served: BotApi, helped: BotApi, chat_id: int
) -> None:
    topics = ["shop", "cakes"]
    for api, offered in ((served, topics), (helped, [*topics, TEXTS.ask_person])):
        for count in (1, 3):
            press(api, ask(api, f"are you open on sunday{'?' * count}", chat_id=chat_id), "👎")
            regret = replies(api, chat_id, count + 1)[count]
        assert (regret.text, labels(regret)) == (TEXTS.not_helpful_again, offered)


def test_under_a_long_answer_the_thumbs_stand_at_its_end(served: BotApi, chat_id: int) -> None:
    served.say("which allergens are in the bread", chat_id=chat_id)
    parts = replies(served, chat_id, 2)
    assert list(map(labels, parts)) == [[], THUMBS]
    press(served, parts[1], "👎")
    assert replies(served, chat_id, 3)[2].text == TEXTS.not_helpful
    after = served.sent(chat_id)[:2]
    assert list(map(labels, after)) == [[], []]
    assert [part.text for part in after] == [part.text for part in parts]


def test_a_thumb_under_a_message_too_old_to_edit_counts(served: BotApi, chat_id: int) -> None:
    message = answered(served, chat_id, chat_id)
    served.press(message.message_id, data_of(message, "👎"), chat_id=chat_id, inaccessible=True)
    kept, answer = replies(served, chat_id, 2)
    assert toasts(served, chat_id) == [""]
    assert (kept, answer.text) == (message, TEXTS.not_helpful)


def test_a_link_button_that_is_refused_is_sent_as_text(served: BotApi, chat_id: int) -> None:
    served.fail_next("sendMessage", 400, "Bad Request: BUTTON_URL_INVALID")
    message = ask(served, "how do i order a cake?", chat_id=chat_id)
    link = "Our cakes: https://bakery.example.com/cakes"
    assert message.text == f"{ANSWERS['cake-order']}\n\n{link}"


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
