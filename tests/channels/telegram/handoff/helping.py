"""What tests say to a channel with people behind it, and what they see of it."""

from __future__ import annotations

import time
from typing import Any

from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.served import ADA, ME, Served

HELPER = {"id": 1, "is_bot": False, "first_name": "Tom"}
GROUP = {"id": TEAM, "type": "supergroup"}
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]


def asks(served: Served, person: int, text: str = "Unknown?", **more: Any) -> None:
    """Somebody asks what the bot does not know."""
    who = {**ADA, "id": person, "first_name": f"P{person}"}
    served.says(text, **{"from": who, "chat": {"id": person, "type": "private"}, **more})


def replies(served: Served, text: str, post: int, **more: Any) -> None:
    """Somebody of the team replies to a post."""
    replied = {"message_id": post, "date": 1, "chat": GROUP, "from": ME}
    served.says(text, **{"from": HELPER, "chat": GROUP, "reply_to_message": replied, **more})


def sent(served: Served, chat_id: int) -> list[str]:
    """What was sent to a chat."""
    return [
        more["text"]
        for method, more in served.calls
        if method == "sendMessage" and more["chat_id"] == chat_id
    ]


def digest(served: Served) -> int:
    """The number of the message that the last tick has sent to the team."""
    before = len(numbers(served))
    served.tick()
    assert len(numbers(served)) == before + 1
    return 100 + before


def shows(served: Served, person: int, message_id: int, caption: str = "", **more: Any) -> None:
    """Somebody sends a picture."""
    who = {**ADA, "id": person, "first_name": f"P{person}"}
    message = {"message_id": message_id, "date": int(time.time()), "photo": PHOTO, "from": who}
    message |= {"chat": {"id": person, "type": "private"}, "caption": caption or None}
    served.update(message={**message, **more})


def copies(served: Served) -> list[tuple[int, int, int, str | None]]:
    """(to, from, message, new caption) of every copy."""
    return [
        (more["chat_id"], more["from_chat_id"], more["message_id"], more.get("caption"))
        for method, more in served.calls
        if method == "copyMessage"
    ]


def team_shows(
    served: Served, message_id: int, post: int, caption: str = "", album: str = ""
) -> None:
    """Somebody of the team replies to a post with a picture."""
    replied = {"message_id": post, "date": 1, "chat": GROUP, "from": ME}
    message = {"message_id": message_id, "date": int(time.time()), "photo": PHOTO, "from": HELPER}
    message |= {"chat": GROUP, "reply_to_message": replied, "caption": caption or None}
    served.update(message={**message, "media_group_id": album or None})


def numbers(served: Served) -> list[tuple[int, int]]:
    """(message, chat) of what was sent so far."""
    chats = [more["chat_id"] for method, more in served.calls if method == "sendMessage"]
    return list(enumerate(chats, start=100))
