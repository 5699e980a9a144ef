"""The telegram: section of config.yaml → TelegramSettings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain import is_web_address
from bot.files.keys import group, number, one_of, setting, whole
from bot.files.section import Section, describe
from bot.files.yamlfile import Kind, Node, Scalar

_WEBHOOK_KEYS = ("url", "host", "port", "secret")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # what Telegram takes, and long enough
_MAX_URL_CHARS = 2_048
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_MAX_ID = 2**52  # Telegram promises that no id is larger
_PERSON = (
    "the number of a person's account is needed, such as 123456789, without quotes. A name can "
    "change hands; a number cannot."
)
_GROUP = (
    "the number of a group is needed, such as -1001234567890, without quotes. A name can change "
    "hands; a number cannot."
)


class HandoffOn(StrEnum):
    """When a question is posted to the people who help."""

    UNANSWERED = "unanswered"  # whenever the bot cannot answer
    ASKED = "asked"  # when a person presses "Ask a person"


class Groups(StrEnum):
    """What the bot reads and answers in groups."""

    WHEN_ADDRESSED = "when_addressed"  # mentions, replies and commands
    SILENT_UNLESS_SURE = "silent_unless_sure"  # every message, but only answers are sent


class Presses(StrEnum):
    """Whose press on a follow-up's button counts in a group."""

    ASKER = "asker"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one sender may send.

    Attributes:
        burst: messages at once, 1 to 10,000.
        per_minute: messages that are allowed anew each minute, 0.1 to 10,000.
    """

    burst: int = setting(60, whole(1, 10_000))
    per_minute: float = setting(30.0, number(0.1, 10_000))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may send, over all chats, and one chat, over all people in it."""

    person: Limit = setting(Limit(60, 30.0), group(Limit(60, 30.0)))
    chat: Limit = setting(Limit(120, 60.0), group(Limit(120, 60.0)))


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates instead of being asked for them.

    Attributes:
        url: Telegram's view of it, https.
        host, port: where the bot listens; what stands before it passes requests on to there.
        secret: Telegram sends it along, and whoever does not is turned away; None: it stands in the
            environment.
    """

    url: str
    port: int
    secret: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"


def _admins(section: Section, key: str) -> frozenset[int]:
    found = set()
    needed = "a list of numbers, each in a line of its own after a dash, is needed"
    for node in section.items(key, needed, may_be_empty=True):
        number = _id_of(node)
        if number is None:
            section.refuse_item(key, node, _PERSON)
        elif number <= 0:
            section.refuse_item(key, node, f"{_PERSON} Those of groups are negative.")
        else:
            found.add(number)
    return frozenset(found)


def _handoff_chat(section: Section, key: str) -> int | None:
    node = section.node(key)
    if node is None:
        return None
    number = _id_of(node)
    if number is None or number == 0:
        section.refuse(key, f"is {describe(node)}; {_GROUP}")
        return None
    return number


def _id_of(node: Node) -> int | None:
    """A whole number as it is written in figures, of a size that ids have."""
    if not isinstance(node, Scalar) or node.kind is not Kind.NUMBER:
        return None
    if not _WHOLE.fullmatch(node.text) or len(node.text) > len(str(-_MAX_ID)):
        return None
    number = int(node.text)
    return number if abs(number) <= _MAX_ID else None


def _webhook(section: Section, key: str) -> Webhook | None:
    part = section.section(key, known=_WEBHOOK_KEYS, may_be_empty=True)
    if part is None:
        return None
    is_complete = [
        part.require("url", "the https address that Telegram sends updates to"),
        part.require("port", "the port that the bot listens on, such as 8443"),
    ]
    url = part.text("url", max_chars=_MAX_URL_CHARS)
    if url is not None and not (url.startswith("https://") and is_web_address(url)):
        part.refuse("url", "is no https address; one such as https://bot.example.com/ is needed.")
        url = None
    port = part.whole("port", low=1, high=65_535)
    host = part.text("host", max_chars=255)
    secret = _secret(part)
    if not all(is_complete) or url is None or port is None:
        return None
    return Webhook(url, port, secret, "127.0.0.1" if host is None else host)


def _secret(section: Section) -> str | None:
    """The secret, which no message shows."""
    node = section.node("secret")
    if node is None:
        return None
    secret = node.text.strip() if isinstance(node, Scalar) else ""  # it may be a number by chance
    told = wrong_with(secret)
    if told is not None:
        section.refuse("secret", told)
        return None
    return secret


def wrong_with(secret: str) -> str | None:
    """What is wrong with a webhook's secret, which is never shown; None where it will do."""
    if _SECRET.fullmatch(secret):
        return None
    return (
        "is no secret that Telegram takes: 16 to 256 letters, digits, - and _ are needed. Make "
        "one up with: openssl rand -hex 32"
    )


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """What the telegram: section says, checked. Keys it leaves out have the values below.

    Attributes:
        admins: the ids of people who may use the admins' commands.
        handoff_chat: the id of the chat of the people who help; None where nobody does. Groups
            have negative ids.
        handoff_timeout: in minutes, 0.05 to 10,080; after so long without a word from either side
            the bot answers again.
        feedback: whether 👍 and 👎 stand under answers.
        max_age: in minutes, 1 to 10,080; older messages are apologised for and not answered.
        watchdog_s: in seconds, 5 to 86,400; after standing still for so long the process ends.
        webhook: None: updates are polled.
    """

    admins: frozenset[int] = setting(frozenset(), _admins)
    handoff_chat: int | None = setting(None, _handoff_chat)
    handoff_on: HandoffOn = setting(HandoffOn.UNANSWERED, one_of(HandoffOn))
    handoff_timeout: float = setting(60.0, number(0.05, 10_080))
    groups: Groups = setting(Groups.WHEN_ADDRESSED, one_of(Groups))
    presses: Presses = setting(Presses.ASKER, one_of(Presses))
    feedback: bool = setting(True, Section.flag)
    limits: Limits = setting(Limits(), group(Limits()))
    max_age: float = setting(60.0, number(1, 10_080))
    watchdog_s: float = setting(120.0, number(5, 86_400))
    webhook: Webhook | None = setting(None, _webhook)
