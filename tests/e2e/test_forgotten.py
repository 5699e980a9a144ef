"""After /forget nothing holds the person: no byte, no row, no post that can be deleted."""

from __future__ import annotations

import json
from pathlib import Path
from signal import SIGKILL

import pytest

from bot.store.sql.pseudonyms import Pseudonyms
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import DROPPED_BEFORE
from tests.e2e.chatting import ask, replies, texts
from tests.e2e.handing import (
    EN,
    HELPER,
    HELPER_NAME,
    TEAM_CHAT,
    UNKNOWN,
    Team,
    asked,
    isolated,
    settle,
    with_team,
)
from tests.e2e.memories import ADMIN, Memories
from tests.e2e.process import MakeConfig, serving

PERSON, GROUP = 61, -61
NAME = "Zebulon"
MARKED = f"{UNKNOWN} with a xylophone"


def left_of(config: Path, api: BotApi, person: int, *words: str) -> list[str]:
    """What is left of a person: their number, hash, name or words in a byte of the database or in
    what is sealed there, and what the team can read."""
    memories, pseudonyms = Memories(config), Pseudonyms.load(config.parent / "key")
    hashed = pseudonyms.hashed("person", str(person))
    stored = memories.bytes()
    sealed = [
        str(pseudonyms.unseal(row[0]))
        for column, table in (
            ("sealed", "tickets"),
            ("question", "tickets"),
            ("sealed", "received"),
        )
        for row in memories.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
    ]
    found = [each for each in (hashed, *words) if each.encode() in stored]
    found += [each for each in (json.dumps(str(person)), *words) if each in " ".join(sealed)]
    posted = " ".join(post.text for post in api.sent(TEAM_CHAT))
    return found + [each for each in words if each in posted]


def wait_for_call(api: BotApi, method: str, chat_id: int) -> None:
    """Wait until the bot has asked the server for something."""
    api.wait_for(
        lambda: [1 for c in api.calls if (c.method, c.params.get("chat_id")) == (method, chat_id)]
    )


def rows_of_received(config: Path, *numbers: int) -> list[tuple[object, ...]]:
    marks = ", ".join("?" * len(numbers))
    query = f"SELECT state, person, sealed FROM received WHERE update_id IN ({marks})"
    return Memories(config).rows(query, *numbers)


def test_what_is_being_tried_again_is_forgotten_and_tried_no_more(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(with_team(f"admins: [{ADMIN}]"))
    with serving(api, config) as process:
        api.fail_next("sendMessage", 400, "Bad Request: no", 4, chat_id=GROUP)
        number = api.say("/ask who repairs a xylophone", chat_id=GROUP, user_id=PERSON)
        process.wait_for_log("an update failed, try 2 of 5")
        ((_, _, sealed),) = rows_of_received(config, number)
        assert ask(api, "/forget", chat_id=PERSON).text == EN.forgotten
        assert str(sealed).encode() not in Memories(config).bytes()
        assert rows_of_received(config, number) == [("done", None, None)]
        api.say("/ask when are you open?", chat_id=GROUP, user_id=62)
        replies(api, GROUP)  # the chat goes on, behind what was dropped
        ask(api, "/stats", chat_id=ADMIN)
        counted = "SELECT count(*) FROM decisions WHERE text LIKE '%xylophone%'"
        assert Memories(config).rows(counted) == [(0,)]
        assert len(api.sent(GROUP)) == 1


def test_a_post_that_a_reply_did_not_arrive_is_deleted_too(
    api: BotApi, make_config: MakeConfig
) -> None:
    team = Team(api)
    with serving(api, make_config(with_team())):
        post = asked(api, PERSON, team, user_name="Zebulon")
        api.forbid(PERSON)
        team.say("Leonardo.", post)
        assert "Zebulon" in team.texts(2)[1]
        api.allow(PERSON)
        settle(api)
        api.say("/forget", chat_id=PERSON)
        assert texts(api, PERSON, 2)[1:] == [EN.forgotten]
        assert team.texts() == [EN.team.forgot]


def test_an_item_of_a_digest_goes_after_a_restart_and_the_others_stay(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team()), Team(api)
    people = {f"P{number}": number for number in range(1, 24)}
    with serving(api, config):
        for name, chat_id in people.items():
            api.say(UNKNOWN, chat_id=chat_id, user_name=name)
        digest = team.posts(19)[18]
        settle(api)
    before = digest.text.splitlines()
    with serving(api, config):
        name = before[3].partition("\u2068")[2].partition(" ")[0]
        api.say("/forget", chat_id=people[name])
        replies(api, people[name], 2)
        (after,) = [each for each in api.sent(TEAM_CHAT) if each.message_id == digest.message_id]
        assert after.text.splitlines() == [*before[:3], "2. …", *before[4:]]
        assert after.buttons == ()


def test_what_is_under_way_in_another_chat_leaves_nothing(
    api: BotApi, make_config: MakeConfig
) -> None:
    """Neither a first try, whose post is out and not yet kept, nor what comes of it."""
    config, team = make_config(with_team()), Team(api)
    with serving(api, config):
        api.delay("sendMessage", 60)
        api.say(f"/ask {MARKED}", chat_id=GROUP, user_id=PERSON, user_name=NAME)
        team.posts()
        api.say("/forget", chat_id=PERSON)
        api.say("when are you open?", chat_id=PERSON)  # which has come later
        api.delay("sendMessage", 0)
        assert texts(api, PERSON, 2)[0] == EN.forgotten
        assert team.texts() == [EN.team.forgot]
        settle(api)
        ask(api, "/forget", chat_id=PERSON)
        settle(api)  # until the wish itself is done
        assert left_of(config, api, PERSON, NAME, MARKED) == []


@pytest.mark.parametrize("moment", ["its posts are deleted", "it is told"])
def test_a_wish_to_be_forgotten_is_carried_out_over_a_kill_while(
    api: BotApi, make_config: MakeConfig, moment: str
) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        asked(api, PERSON, team, user_name=NAME)
        settle(api)
        if moment == "it is told":
            api.faults.plan("sendMessage", DROPPED_BEFORE, 9, chat_id=PERSON)
        else:
            api.delay("deleteMessage", 60)
        api.say("/forget", chat_id=PERSON)
        if moment == "it is told":
            api.wait_for(lambda: api.faults.left("sendMessage") < 9)
        else:
            wait_for_call(api, "deleteMessage", TEAM_CHAT)
        process.stop(SIGKILL)
    api.faults.end("sendMessage")
    api.delay("deleteMessage", 0)
    with serving(api, config):
        assert texts(api, PERSON, 2)[1] == EN.forgotten
        assert set(team.texts()) == {EN.team.forgot}
        settle(api)
        assert left_of(config, api, PERSON, NAME, UNKNOWN) == []


def test_what_an_earlier_process_left_is_forgotten_while_it_is_tried_again(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(with_team())
    with serving(api, config) as process:
        api.fail_next("sendMessage", 400, "Bad Request: no", 9, chat_id=GROUP)
        number = api.say(f"/ask {MARKED}", chat_id=GROUP, user_id=PERSON, user_name=NAME)
        process.wait_for_log("an update failed, try 1 of 5")
        api.wait_for(lambda: Memories(config).rows("SELECT 1 FROM posts"))
        process.stop(SIGKILL)
    with serving(api, config) as process:
        process.wait_for_log("an update failed, try")
        assert ask(api, "/forget", chat_id=PERSON).text == EN.forgotten
        assert rows_of_received(config, number) == [("done", None, None)]
        settle(api)
        assert left_of(config, api, PERSON, NAME, MARKED) == []
        assert api.sent(GROUP) == []


def test_a_wish_that_waits_for_telegram_is_carried_out_when_posts_can_be_deleted(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config):
        asked(api, PERSON, team, user_name=NAME)
        settle(api)
        api.fail_next("deleteMessage", 429, "Too Many Requests", retry_after=1)
        api.say("/forget", chat_id=PERSON)
        assert texts(api, PERSON, 2)[1] == EN.forgotten
        assert team.texts() == [EN.team.forgot]


def test_who_helped_is_forgotten_too(api: BotApi, make_config: MakeConfig) -> None:
    """In the conversations they looked after, at hand or not, and in what the team was told."""
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        post = asked(api, PERSON, team, user_name="Ann")
        team.say("Leonardo.", post)
        assert replies(api, PERSON, 2)
        assert HELPER_NAME in team.texts(2)[1]
        settle(api)
        process.stop(SIGKILL)
    Memories(config).change("UPDATE tickets SET is_open = 0")  # so that nobody has it at hand
    with serving(api, config):
        api.say("/forget", chat_id=HELPER, user_name=HELPER_NAME)
        assert texts(api, HELPER) == [EN.forgotten]
        settle(api)
        assert left_of(config, api, HELPER, isolated(HELPER_NAME)) == []
        assert team.texts() == [post.text]
