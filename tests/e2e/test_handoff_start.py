"""The team's chat is looked at when the bot starts: over a real socket, by the true process."""

from __future__ import annotations

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import texts
from tests.e2e.handing import EN, TEAM_CHAT, Team, with_team
from tests.e2e.process import MakeConfig, serving


def errors(log: list[str]) -> list[str]:
    """What the log says is wrong."""
    return [line.partition("reach: ")[2] for line in log if " ERROR " in line]


def test_a_handoff_chat_that_cannot_be_reached_is_told_at_the_start_once(
    api: BotApi, make_config: MakeConfig
) -> None:
    api.chats.standing[TEAM_CHAT] = {"status": "left"}
    api.forbid(TEAM_CHAT, "Forbidden: bot is not a member of the supergroup chat")
    team = Team(api)
    with serving(api, make_config(with_team("admins: [77]"))) as process:
        process.wait_for_log("the handoff chat")
        assert texts(api, 77)[0].startswith("I can't reach the handoff chat (")
        api.say("/person", chat_id=1)
        assert texts(api, 1) == [EN.person_away]
        api.allow(TEAM_CHAT)
        api.say("/person", chat_id=1)
        assert texts(api, 1, 2)[1:] == [EN.person_comes]
        team.posts(1)
        process.wait_for_log("the handoff chat is reached again")
        assert texts(api, 77, 2)[1] == EN.team.notice_handoff_over
    assert errors(process.log) == [
        f"the handoff chat {TEAM_CHAT} cannot be reached (Forbidden: bot is not a member of the "
        "supergroup chat). Add the bot to it, and check telegram.handoff_chat in config.yaml."
    ]
