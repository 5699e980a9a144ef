"""What tests say about a chat with the served bot."""

from __future__ import annotations

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.process import START_TIMEOUT_S


def replies(api: BotApi, chat_id: int, count: int = 1) -> list[SentMessage]:
    """The bot's messages in a chat, once there are so many."""
    return api.wait_for_messages(chat_id, count, timeout_s=START_TIMEOUT_S)


def edited(api: BotApi, chat_id: int) -> SentMessage:
    """The first message of a chat that was edited, once there is one."""

    def find() -> SentMessage | None:
        return next((message for message in api.sent(chat_id) if message.edited), None)

    found = api.wait_for(find)
    assert found is not None
    return found


def labels(message: SentMessage) -> list[str]:
    """What stands on a message's buttons."""
    return [text for text, _, _ in message.buttons]


def data_of(message: SentMessage, label: str) -> str:
    """What a button of a message carries."""
    (data,) = [data for text, data, _ in message.buttons if text == label]
    assert data is not None
    return data


def press(api: BotApi, message: SentMessage, label: str) -> None:
    """Press a button of a message."""
    api.press(message.message_id, data_of(message, label), chat_id=message.chat_id)
