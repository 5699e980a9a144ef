"""A conversation that goes on: questions that lean on the one before, and the same one again.

The true process over a bicycle hire's FAQ and a real socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from bot.files.faq.load import load_faq
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask, pressed
from tests.e2e.process import MakeConfig, serving
from tests.factories import LINES

HIRE = Path(__file__).parent.parent / "data" / "bike-hire.yaml"
ANSWERS = {entry.id: entry.answer.strip() for entry in load_faq(HIRE, LINES).entries}
TEXTS, CHINESE = shipped()["en"], shipped()["zh"]
ME = "@faq_test_bot"
WEEK, WEEKEND = "When are you open during the week?", "When are you open at the weekend?"


@pytest.fixture(scope="module")
def hire(make_config: MakeConfig) -> Iterator[BotApi]:
    with BotApi() as api, serving(api, make_config(f"faq: {HIRE}\n")):
        yield api


def meant(question: str, entry_id: str) -> str:
    """What the bot says where it shows what was probably meant."""
    return f"{TEXTS.tentative.replace('{question}', question)}\n\n{ANSWERS[entry_id]}"


def test_a_question_is_read_with_the_one_before_it(hire: BotApi) -> None:
    assert ask(hire, WEEK, chat_id=11).text == ANSWERS["hours"]
    reply = ask(hire, "and on Sundays?", chat_id=11)
    assert reply.text == meant(WEEKEND, "hours-weekend")
    assert pressed(hire, reply, TEXTS.not_this).text == TEXTS.follow_up_one
    assert ask(hire, "do you offer guided tours", chat_id=11).text == ANSWERS["tours"]
    assert ask(hire, "how much?", chat_id=11).text == ANSWERS["tours"]
    assert ask(hire, "do you have pizza?", chat_id=11).text == TEXTS.fallback


def test_in_chinese_too(hire: BotApi) -> None:
    assert ask(hire, "工作日几点开门？", chat_id=12).text == ANSWERS["zh-hours"]
    told = ask(hire, "那周末呢", chat_id=12).text
    assert told.endswith(ANSWERS["zh-hours-weekend"])
    assert CHINESE.tentative.partition("{")[0] in told


def test_a_reply_to_an_answer_is_read_with_its_question(hire: BotApi) -> None:
    first = ask(hire, WEEK, chat_id=13)
    assert ask(hire, "can I rent a helmet", chat_id=13).text == ANSWERS["helmet"]
    reply = ask(hire, "and in winter?", chat_id=13, reply_to=first.message_id)
    assert reply.text == ANSWERS["hours-winter"]


def test_in_a_group_each_person_has_a_conversation_of_their_own(hire: BotApi) -> None:
    group = -1_300
    first = ask(hire, f"{ME} {WEEK}", chat_id=group, user_id=501)
    assert first.text == ANSWERS["hours"]
    assert ask(hire, f"{ME} and on Sundays?", chat_id=group, user_id=502).text == TEXTS.follow_up
    told = ask(hire, "and on Sundays?", chat_id=group, user_id=501, reply_to=first.message_id).text
    assert told == meant(WEEKEND, "hours-weekend")


def test_who_is_forgotten_leaves_nothing_to_lean_on(hire: BotApi) -> None:
    assert ask(hire, WEEK, chat_id=14).text == ANSWERS["hours"]
    assert ask(hire, "/forget", chat_id=14).text == TEXTS.forgotten
    assert ask(hire, "and on Sundays?", chat_id=14).text == TEXTS.follow_up


def test_a_question_in_two_messages_is_answered_as_one(hire: BotApi) -> None:
    assert ask(hire, "能不能把车", chat_id=15).text == CHINESE.follow_up_one
    assert ask(hire, "送到酒店", chat_id=15).text == ANSWERS["zh-delivery"]


def test_the_same_question_again_and_again_is_pointed_to_its_answer(hire: BotApi) -> None:
    replies = [ask(hire, "can I rent a helmet", chat_id=16) for _ in range(4)]
    assert [reply.text for reply in replies] == [
        *[ANSWERS["helmet"]] * 2,
        *[TEXTS.answered_above] * 2,
    ]
    assert [reply.reply_to for reply in replies] == [None, None, *[replies[1].message_id] * 2]
