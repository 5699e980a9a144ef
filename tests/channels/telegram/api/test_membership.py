"""Whether the bot can post in a chat, as Telegram tells it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram import Bot, ChatFullInfo, ChatMember, User
from telegram.error import BadRequest, ChatMigrated, Forbidden, TimedOut

from bot.channels.telegram.api.membership import trouble_with
from tests.e2e.bot_api_chats import Chats

ME = {"id": 123, "is_bot": True, "first_name": "FAQ", "username": "faq_test_bot"}
RIGHTS = [
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos"),
    *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_change_info"),
    *("can_invite_users", "can_pin_messages", "can_manage_topics", "can_edit_tag"),
    "can_react_to_messages",
]


class Asked(Bot):
    """An account that asks a stand-in."""

    def __init__(self, chats: Chats, error: Exception | None) -> None:
        super().__init__("123:TEST")
        self._bot_user = User(123, "FAQ", is_bot=True, username="faq_test_bot")
        self._chats = chats
        self._error = error

    async def get_chat(self, chat_id: int | str, **more: Any) -> ChatFullInfo:
        if self._error is not None:
            raise self._error
        return ChatFullInfo.de_json(self._chats.methods["getChat"]({"chat_id": chat_id}), self)

    async def get_chat_member(self, chat_id: int | str, user_id: int, **more: Any) -> ChatMember:
        asked = {"chat_id": chat_id, "user_id": user_id}
        return ChatMember.de_json(self._chats.methods["getChatMember"](asked), self)


def trouble(
    chat_id: int = -100,
    standing: dict[str, Any] | None = None,
    permissions: dict[str, Any] | None = None,
    error: Exception | None = None,
    kind: str | None = None,
) -> str | None:
    chats = Chats(ME)
    if standing is not None:
        chats.standing[chat_id] = standing
    if permissions is not None:
        chats.permissions[chat_id] = permissions
    if kind is not None:
        chats.write({"chat_id": chat_id, "chat_type": kind}, "hi")
    return asyncio.run(trouble_with(Asked(chats, error), chat_id))


SILENT = dict.fromkeys(RIGHTS, False)
NO_MEMBER = "the bot is not a member"
NO_RIGHT = "the bot may not send messages there"


def restricted(*, may_send: bool) -> dict[str, Any]:
    """What somebody is whose rights are their own."""
    rights = {**SILENT, "can_send_messages": may_send}
    return {"status": "restricted", "is_member": True, "until_date": 0, **rights}


ADMIN = dict.fromkeys(
    [
        *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
        *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
        *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
        "can_delete_stories",
    ],
    False,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, None, id="a member"),
        pytest.param({"chat_id": 7}, None, id="a chat with one person"),
        pytest.param({"permissions": SILENT}, NO_RIGHT, id="nobody may write"),
        pytest.param(
            {"permissions": SILENT, "standing": {"status": "administrator", **ADMIN}},
            None,
            id="nobody but admins may write, and it is one",
        ),
        pytest.param({"standing": restricted(may_send=False)}, NO_RIGHT, id="it may not write"),
        pytest.param(
            {"permissions": SILENT, "standing": restricted(may_send=True)},
            None,
            id="it alone may write",
        ),
        pytest.param({"standing": {"status": "left"}}, NO_MEMBER, id="left"),
        pytest.param({"standing": {"status": "kicked", "until_date": 0}}, NO_MEMBER, id="kicked"),
        pytest.param({"kind": "channel"}, "it is a channel, and a group is needed", id="a channel"),
        pytest.param({"error": BadRequest("Chat not found")}, "Chat not found", id="no such chat"),
        pytest.param(
            {"error": Forbidden("bot was kicked from the group chat")},
            "bot was kicked from the group chat",
            id="kicked, as Telegram says",
        ),
    ],
)
def test_who_cannot_post_in_a_chat_is_told_why(given: dict[str, Any], expected: str | None) -> None:
    assert trouble(**given) == expected


@pytest.mark.parametrize("error", [TimedOut(), ChatMigrated(-1_001)], ids=["network", "moved"])
def test_what_is_not_known_is_no_trouble_yet(error: Exception) -> None:
    with pytest.raises(type(error)):
        trouble(error=error)
