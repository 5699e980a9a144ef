"""The running bot tells its admins what somebody has to see to."""

from __future__ import annotations

from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask, texts
from tests.e2e.handing import TEAM_CHAT, UNKNOWN, with_team
from tests.e2e.memories import ADMIN, EASY
from tests.e2e.process import MakeConfig, serving

EN = shipped()["en"].team
NEVER_STARTED = 7003


def test_a_handoff_chat_that_cannot_be_reached_is_told_to_admins_until_it_is(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(with_team(f"admins: [{NEVER_STARTED}, {ADMIN}], {EASY}"))
    api.forbid(NEVER_STARTED, "Forbidden: bot can't initiate conversation with a user")
    with serving(api, config) as process:
        api.forbid(TEAM_CHAT, "Forbidden: bot was kicked from the supergroup chat")
        for number in range(3):
            ask(api, UNKNOWN, chat_id=10 + number)
        (begun,) = texts(api, ADMIN)
        assert begun.startswith("I can't reach the handoff chat (Forbidden: bot was kicked")
        api.allow(TEAM_CHAT)
        ask(api, UNKNOWN, chat_id=20)
        assert texts(api, ADMIN, 2) == [begun, EN.notice_handoff_over]
        process.wait_for_log(f"admin {NEVER_STARTED} is not reached")
