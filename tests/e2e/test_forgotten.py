"""After /forget nothing holds the person: no byte, no row, no post that can be deleted."""

from __future__ import annotations

from pathlib import Path

from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask, replies, texts
from tests.e2e.handing import EN, TEAM_CHAT, UNKNOWN, Team, asked, settle, with_team
from tests.e2e.memories import ADMIN, Memories
from tests.e2e.process import MakeConfig, serving

PERSON, GROUP = 61, -61
TEXTS = shipped()["en"]


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
