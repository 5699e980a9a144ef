"""Messages that people change after they sent them: the true process over a real socket."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, replies, texts
from tests.e2e.handing import (
    EN,
    UNKNOWN,
    Team,
    asked,
    delivered,
    helped_by_team,
    isolated,
    settle,
    with_team,
)
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig

HOURS, CANCEL = "what are your opening hours", "How do I cancel a cake order?"
ME = "@faq_test_bot"
TEXTS = shipped()["en"]


def standing(api: BotApi, chat_id: int, wanted: Sequence[str]) -> None:
    """Wait until these messages of the bot stand in a chat."""
    try:
        api.wait_for(
            lambda: [message.text for message in api.sent(chat_id)] == wanted, START_TIMEOUT_S
        )
    except AssertionError:
        assert [message.text for message in api.sent(chat_id)] == wanted


def edited_to(name: str, words: str) -> str:
    """What the team reads of a changed message."""
    return EN.team.edited.replace("{name}", isolated(name)).replace("{text}", isolated(words))


@pytest.mark.parametrize("chat_id", [21, -2_100])
def test_an_edited_question_is_answered_in_place_of_what_was_said(
    served: BotApi, chat_id: int
) -> None:
    """In private, and in a group."""
    to = "" if chat_id > 0 else f"{ME} "
    question = served.say(f"{to}{UNKNOWN}", chat_id=chat_id, user_id=21)
    assert texts(served, chat_id) == [TEXTS.fallback]
    served.edit(question, f"{to}{HOURS}")
    standing(served, chat_id, [ANSWERS["opening-hours"]])
    other = served.say(f"{to}{CANCEL}", chat_id=chat_id, user_id=21)
    replies(served, chat_id, 2)
    served.edit(question, f"{to}{CANCEL}?")  # it is not the last thing that was said
    three = [ANSWERS["opening-hours"], ANSWERS["cake-cancel"], ANSWERS["cake-cancel"]]
    standing(served, chat_id, three)
    served.edit(other, f"{to}how do I cancel a cake order")  # the same answer
    served.edit(other, "/help")
    served.say(f"{to}{HOURS}", chat_id=chat_id, user_id=21)
    standing(served, chat_id, [*three, ANSWERS["opening-hours"]])


def test_in_a_conversation_with_the_team_an_edit_reaches_the_other_side(
    make_config: MakeConfig,
) -> None:
    chat_id = 31
    with helped_by_team(make_config(with_team())) as api:
        team = Team(api)
        post = asked(api, chat_id, team, "Zoe")
        reply = team.say("We can do that on Monday.", post)
        first = EN.person_says_first
        assert texts(api, chat_id, 2)[1] == f"{first}\nWe can do that on Monday."
        settle(api)
        api.edit(reply, "We can do that on Tuesday.")
        api.wait_for(lambda: api.sent(chat_id)[1].edited, START_TIMEOUT_S)
        changed = f"{first}\nWe can do that on Tuesday.\n\n{EN.edited_mark}"
        assert api.sent(chat_id)[1].text == changed
        words = api.say("I like blue", chat_id=chat_id)
        count = len(team.posts(3))
        api.edit(words, "I like red")
        assert edited_to("Zoe", "I like red") in team.posts(count + 1)[-1].text
        assert team.posts(count + 1)[-1].reply_to == team.posts()[-2].message_id
        assert delivered("") not in texts(api, chat_id)


def test_a_reply_of_the_team_that_is_edited_after_a_restart_is_sent_as_a_correction(
    api: BotApi, make_config: MakeConfig
) -> None:
    chat_id, config = 32, make_config(with_team())
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        team = Team(api)
        post = asked(api, chat_id, team, "Zoe")
        reply = team.say("On Monday.", post)
        replies(api, chat_id, 2)
        settle(api)
        assert process.stop() == 0
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.edit(reply, "On Tuesday.")
        assert texts(api, chat_id, 3)[2] == f"{EN.person_corrects}\nOn Tuesday."
        assert process.stop() == 0
