"""What tests say about a chat with the served bot."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from bot.files.config.texts import shipped
from bot.files.faq.load import load_faq
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.bot_api_types import Person, Writing
from tests.e2e.process import START_TIMEOUT_S
from tests.factories import LINES

BAKERY = Path(__file__).parent.parent / "data" / "bakery.yaml"
ANSWERS = {entry.id: entry.answer for entry in load_faq(BAKERY, LINES).entries}  # the bakery's
THUMBS = ["👍", "👎"]
_TEXTS = shipped()["en"]


def sentence(text: str) -> str:
    """A greeting or help of the bot's, as the language file has it; any other text as it is."""
    for known in (_TEXTS.help, _TEXTS.welcome):
        if text.startswith(known.partition("{example}")[0]):
            return known
    return text


def replies(api: BotApi, chat_id: int, count: int = 1) -> list[SentMessage]:
    """The bot's messages in a chat, once there are so many."""
    return api.wait_for(
        lambda: found if len(found := api.sent(chat_id)) >= count else [], START_TIMEOUT_S
    )


def texts(api: BotApi, chat_id: int, count: int = 1) -> list[str]:
    """What the bot's messages in a chat say, once there are so many."""
    return [message.text for message in replies(api, chat_id, count)]


def ask(api: BotApi, text: str, **how: Unpack[Writing]) -> SentMessage:
    """Say something and return the first message that comes of it."""
    chat_id = how.get("chat_id", 1)
    before = len(api.sent(chat_id))
    api.say(text, **how)
    return replies(api, chat_id, before + 1)[before]


def replies_in_thread(
    api: BotApi, chat_id: int, thread_id: int | None, count: int = 1
) -> list[SentMessage]:
    """The bot's messages in a forum topic, once there are so many; None: the topic "General"."""

    def here() -> list[SentMessage]:
        return [message for message in api.sent(chat_id) if message.thread_id == thread_id]

    api.wait_for(lambda: len(here()) >= count, timeout_s=START_TIMEOUT_S)
    return here()


def toasts(api: BotApi, user_id: int, count: int = 1) -> list[str]:
    """What a person saw for a moment after each press, once that many were answered."""

    def seen() -> list[str]:
        return [press.text for press in api.answered_presses if press.user_id == user_id]

    api.wait_for(lambda: len(seen()) >= count, timeout_s=START_TIMEOUT_S)
    return seen()


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


def press(api: BotApi, message: SentMessage, label: str, **who: Unpack[Person]) -> None:
    """Press a button of a message; `Person` tells what `who` holds."""
    api.press(message.message_id, data_of(message, label), chat_id=message.chat_id, **who)


def pressed(api: BotApi, message: SentMessage, label: str, **who: Unpack[Person]) -> SentMessage:
    """Press a button of a message; return the message once it is another."""
    press(api, message, label, **who)

    def changed() -> list[SentMessage]:
        sent = api.sent(message.chat_id)
        return [now for now in sent if now.message_id == message.message_id and now != message]

    return api.wait_for(changed, START_TIMEOUT_S)[0]
