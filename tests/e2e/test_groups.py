"""Groups: whom the true process answers there, and where. Over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Unpack

import pytest

from bot.files.config_texts import shipped
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
    "text",
    [
        pytest.param(f"{ME} what are your opening hours", id="mentioned in front"),
        pytest.param(f"what are your opening hours {ME}", id="mentioned at the end"),
        pytest.param("@FAQ_Test_Bot what are your opening hours", id="in whatever case"),
        pytest.param(f"/ask{ME} what are your opening hours", id="asked by its name"),
        pytest.param("/ask what are your opening hours", id="asked"),
    ],
)
def test_a_mention_or_ask_command_is_answered_in_reply_to_it(
    served: BotApi, group: int, text: str
) -> None:
    asked, answer = said(served, group, text, user_id=ADA)
    assert (answer.text, answer.reply_to) == (ANSWERS["opening-hours"], asked)
    assert labels(answer) == ["How do I order a cake?", *THUMBS]


def test_a_text_mention_of_the_bot_counts(served: BotApi, group: int) -> None:
    bot_id = int(served.token.partition(":")[0])
    _, answer = said(
        served, group, "FAQ, are you open on Sunday?", user_id=ADA, mentions={"FAQ": bot_id}
    )
    assert answer.text == ANSWERS["opening-hours"]


def test_a_mention_in_a_caption_counts(served: BotApi, group: int) -> None:
    served.send_media("photo", f"{ME} what are your opening hours", chat_id=group, user_id=ADA)
    assert replies(served, group)[0].text == ANSWERS["opening-hours"]


def test_a_reply_to_the_bot_is_answered(served: BotApi, group: int) -> None:
    _, help_text = said(served, group, "/help", user_id=ADA)
    asked, answer = said(
        served, group, "when are you open?", user_id=BOB, reply_to=help_text.message_id
    )
    assert (answer.text, answer.reply_to) == (ANSWERS["opening-hours"], asked)


def test_commands_do_what_they_do_in_private(served: BotApi, group: int) -> None:
    asked, page = said(served, group, "/topics", user_id=ADA)
    assert (page.text, labels(page), page.reply_to) == (TEXTS.topics, ["shop", "cakes"], asked)
    assert pressed(served, page, "cakes", user_id=BOB).text == "Questions about cakes:"
    assert said(served, group, "/ask", user_id=ADA)[1].text == TEXTS.ask_usage
    assert said(served, group, f"/nonsense{ME}", user_id=ADA)[1].text == TEXTS.help


def test_the_bots_name_alone_gets_help(served: BotApi, group: int) -> None:
    assert said(served, group, ME, user_id=ADA)[1].text == TEXTS.help


def test_another_bots_command_in_reply_to_the_bot_is_not_answered(
    served: BotApi, group: int
) -> None:
    _, page = said(served, group, f"/topics{ME}", user_id=ADA)
    served.say("/help@other_bot", chat_id=group, user_id=ADA, reply_to=page.message_id)
    assert said(served, group, f"/help{ME}", user_id=ADA)[1].text == TEXTS.help
    assert len(served.sent(group)) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("what are your opening hours", id="said to everybody"),
        pytest.param("@bob what are your opening hours", id="said to somebody else"),
        pytest.param("/nonsense", id="a command that may be another bot's"),
        pytest.param("/help@other_bot", id="a command of another bot"),
        pytest.param("/ask@other_bot are you open on Sunday?", id="a question to another bot"),
    ],
)
def test_group_messages_to_others_are_ignored(served: BotApi, group: int, text: str) -> None:
    served.say(text, chat_id=group, user_id=ADA)
    only_answer(served, group)


def test_a_reply_to_somebody_else_is_ignored(served: BotApi, group: int) -> None:
    by_bob = message_id_of(served, served.say("hm", chat_id=group, user_id=BOB))
    served.say("are you open on Sunday?", chat_id=group, user_id=ADA, reply_to=by_bob)
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


# Topics of a forum


def test_an_answer_stays_in_its_forum_topic(served: BotApi, group: int) -> None:
    asked, answer = said(served, group, "/ask when are you open?", user_id=ADA, thread_id=7)
    assert (answer.text, answer.thread_id, answer.reply_to) == (ANSWERS["opening-hours"], 7, asked)
    asked, answer = said(served, group, f"{ME} are you open on Sunday?", user_id=ADA)
    assert (answer.thread_id, answer.reply_to) == (None, asked)
    assert len(replies_in_thread(served, group, None)) == 1


def test_a_long_and_a_related_answer_stay_in_their_forum_topic(served: BotApi, group: int) -> None:
    served.say("/ask which allergens are in the bread", chat_id=group, user_id=ADA, thread_id=8)
    parts = replies_in_thread(served, group, 8, 2)
    assert "\n".join(part.text for part in parts) == ANSWERS["allergens"]
    _, answer = said(served, group, "/ask when are you open?", user_id=ADA, thread_id=8)
    press(served, answer, "How do I order a cake?", user_id=ADA)
    assert replies_in_thread(served, group, 8, 4)[-1].text == ANSWERS["cake-order"]


def test_a_plain_message_in_a_forum_topic_is_no_reply_to_the_bot(
    served: BotApi, group: int
) -> None:
    served.say("what are your opening hours", chat_id=group, user_id=ADA, thread_id=9)
    only_answer(served, group)


def test_each_forum_topic_has_follow_ups_of_its_own(served: BotApi, group: int) -> None:
    _, message = said(served, group, "/ask cake", user_id=ADA, thread_id=10)
    assert message.text == TEXTS.follow_up
    _, answer = said(served, group, "/ask 1", user_id=ADA, thread_id=11)
    assert (answer.text, answer.thread_id) == (TEXTS.fallback, 11)


# Several people


def test_a_typed_number_chooses_from_the_typers_own_follow_up(served: BotApi, group: int) -> None:
    message = follow_up(served, group, ADA)
    _, to_bob = said(served, group, "1", user_id=BOB, reply_to=message.message_id)
    assert to_bob.text == TEXTS.fallback
    _, to_ada = said(served, group, "1", user_id=ADA, reply_to=message.message_id)
    assert to_ada.text == ANSWERS["cake-cancel"]


def test_follow_ups_of_two_people_in_a_group_are_kept_apart(served: BotApi, group: int) -> None:
    follow_up(served, group, ADA)
    follow_up(served, group, BOB)
    _, to_ada = said(served, group, f"{ME} 2", user_id=ADA)
    _, to_bob = said(served, group, f"{ME} 1", user_id=BOB)
    assert (to_ada.text, to_bob.text) == (ANSWERS["cake-order"], ANSWERS["cake-cancel"])


def test_a_press_counts_only_of_the_asker(served: BotApi, group: int) -> None:
    bob = 510
    message = follow_up(served, group, ADA)
    press(served, message, "How do I order a cake?", user_id=bob)
    press(served, message, TEXTS.none_of_these, user_id=bob)
    assert toasts(served, bob, 2) == [TEXTS.not_yours, TEXTS.not_yours]
    assert served.sent(group) == [message]
    answer = pressed(served, message, "How do I order a cake?", user_id=ADA)
    assert (answer.text, labels(answer)) == (ANSWERS["cake-order"], ["Our cakes", *THUMBS])


def test_with_presses_anyone_a_press_of_anybody_counts(open_bot: BotApi, group: int) -> None:
    bob = 511
    message = follow_up(open_bot, group, ADA)
    answer = pressed(open_bot, message, "How do I order a cake?", user_id=bob)
    assert answer.text == ANSWERS["cake-order"]
    assert toasts(open_bot, bob) == [""]


# silent_unless_sure


def test_silent_unless_sure_answers_above_the_threshold(open_bot: BotApi, group: int) -> None:
    asked, answer = said(open_bot, group, "what are your opening hours", user_id=ADA)
    assert (answer.text, answer.reply_to) == (ANSWERS["opening-hours"], asked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cake", id="unsure"),
        pytest.param(f"{ME} cake", id="unsure and mentioned"),
        pytest.param("how is the weather", id="not known"),
        pytest.param(f"{ME} how is the weather", id="not known and mentioned"),
        pytest.param("thanks", id="small talk"),
        pytest.param("/nonsense", id="a command that may be another bot's"),
    ],
)
def test_silent_unless_sure_ignores_follow_ups_fallbacks_and_small_talk(
    open_bot: BotApi, group: int, text: str
) -> None:
    open_bot.say(text, chat_id=group, user_id=ADA)
    only_answer(open_bot, group)


def test_silent_unless_sure_ignores_photos_and_stickers(open_bot: BotApi, group: int) -> None:
    open_bot.send_media("sticker", chat_id=group, user_id=ADA)
    open_bot.send_media("photo", "look, a cake", chat_id=group, user_id=ADA)
    only_answer(open_bot, group)


def test_silent_unless_sure_asks_back_after_the_ask_command(open_bot: BotApi, group: int) -> None:
    follow_up(open_bot, group, ADA)
    open_bot.say("no", chat_id=group, user_id=ADA)  # perhaps to somebody else
    open_bot.say("yes", chat_id=group, user_id=ADA)
    _, answer = said(open_bot, group, "2", user_id=ADA)
    assert answer.text == ANSWERS["cake-order"]
    assert len(open_bot.sent(group)) == 2


# A group that becomes a supergroup


def test_a_reply_under_way_during_a_chat_migration_arrives_in_the_supergroup(
    served: BotApi, group: int
) -> None:
    new = group - 5_000_000
    served.fail_next("sendMessage", 429, "Too Many Requests", retry_after=1, chat_id=group)
    served.say("/ask when are you open?", chat_id=group, user_id=ADA, chat_type="group")
    served.wait_for(lambda: [call for call in served.calls if (call.error or "").startswith("429")])
    served.migrate(group, new, user_id=ADA)
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
