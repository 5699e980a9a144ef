"""The telegram: section of config.yaml → TelegramSettings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from bot.domain import is_web_address
from bot.files.section import Key, Section, describe, known_keys, read_keys, setting
from bot.files.when import read_office_hours
from bot.files.yamlfile import Kind, Node, Scalar
from bot.office_hours import OfficeHours

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # what Telegram takes, and long enough
TOKEN_SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_MAX_URL_CHARS = 2_048
_ID = re.compile(r"-?[1-9][0-9]{0,15}")  # Telegram promises that none is above 2**52
_PERSON = (
    "the number of a person's account is needed, such as 123456789, without quotes. A name can "
    "change hands; a number cannot. Those of groups are negative."
)
_GROUP = (
    "the number of a group is needed, such as -1001234567890, without quotes. A name can change "
    "hands; a number cannot."
)


def read_token_file(top: Section, key: str) -> Path | None:
    """The path of the file that holds the token; a token itself is refused, and never shown."""
    written = top.path(key)
    if written is not None and TOKEN_SHAPE.fullmatch(str(written)):
        top.refuse(key, "holds a token; the path of a file that holds it is needed.")
        return None
    return written


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

    burst: int = setting(60, partial(Section.whole, low=1, high=10_000))
    per_minute: float = setting(30.0, partial(Section.number, low=0.1, high=10_000))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may send, over all chats, and one chat, over all people in it."""

    person: Limit = setting(Limit(60, 30.0))
    chat: Limit = setting(Limit(120, 60.0))


def _https_address(section: Section, key: str) -> str | None:
    url = section.text(key, max_chars=_MAX_URL_CHARS)
    if url is None or (url.startswith("https://") and is_web_address(url)):
        return url
    section.refuse(key, "is no https address; one such as https://bot.example.com/ is needed.")
    return None


def _secret(section: Section, key: str) -> str | None:
    """The secret, which no message shows."""
    node = section.node(key)
    if node is None:
        return None
    secret = node.text.strip() if isinstance(node, Scalar) else ""  # it may be a number by chance
    told = wrong_with(secret)
    if told is not None:
        section.refuse(key, told)
    return secret


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates instead of being asked for them.

    Attributes:
        url: Telegram's view of it, https.
        host, port: where the bot listens; what stands before it passes requests on to there.
        secret: Telegram sends it along, and whoever does not is turned away; None: it stands in the
            environment.
    """

    url: str = setting("", _https_address)
    port: int = setting(0, partial(Section.whole, low=1, high=65_535))
    secret: str | None = field(default=None, repr=False, metadata={"key": Key(_secret)})
    host: str = setting("127.0.0.1", partial(Section.text, max_chars=255))


def _admins(section: Section, key: str) -> frozenset[int]:
    found = set()
    needed = "a list of numbers, each in a line of its own after a dash, is needed"
    for node in section.items(key, needed, may_be_empty=True):
        number = _id_of(node)
        if number is None or number < 0:
            section.refuse_item(key, node, _PERSON)
        else:
            found.add(number)
    return frozenset(found)


def _handoff_chat(section: Section, key: str) -> int | None:
    node = section.node(key)
    number = None if node is None else _id_of(node)
    if node is not None and number is None:
        section.refuse(key, f"is {describe(node)}; {_GROUP}")
    elif node is not None and number is not None and number > 0:
        section.remark(
            section.line_of(key),
            f"{key} is {number}, the number of a person's chat; those of groups are negative. Is "
            f"its minus sign missing (-{number})?",
        )
    return number


def _id_of(node: Node) -> int | None:
    """A whole number as it is written in figures, of a size that ids have."""
    written = node.text if isinstance(node, Scalar) and node.kind is Kind.NUMBER else ""
    return int(written) if _ID.fullmatch(written) else None


def _webhook(section: Section, key: str) -> Webhook | None:
    part = section.part(key, known=known_keys(Webhook))
    if not part.keys:
        return None
    part.require("url", "the https address that Telegram sends updates to")
    part.require("port", "the port that the bot listens on, such as 8443")
    return read_keys(Webhook(), part)


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
        handoff_topics: whether each person has a forum topic of their own in the handoff chat.
        handoff_timeout: in minutes, 0.05 to 10,080; after so long without a word from either side
            the bot answers again.
        team_may_edit: whether whoever is in the handoff chat may change the FAQ, as admins may.
        office_hours: when somebody of them is there; None: that is not known.
        feedback: whether 👍 and 👎 stand under answers.
        max_age: in minutes, 1 to 10,080; older messages are apologised for and not answered.
        watchdog_s: in seconds, 5 to 86,400; after standing still for so long the process ends.
        webhook: None: updates are polled.
    """

    admins: frozenset[int] = setting(frozenset(), _admins)
    handoff_chat: int | None = setting(None, _handoff_chat)
    handoff_on: HandoffOn = setting(HandoffOn.UNANSWERED)
    handoff_topics: bool = setting(False)
    handoff_timeout: float = setting(60.0, partial(Section.number, low=0.05, high=10_080))
    team_may_edit: bool = setting(False)
    office_hours: OfficeHours | None = setting(None, read_office_hours)
    groups: Groups = setting(Groups.WHEN_ADDRESSED)
    presses: Presses = setting(Presses.ASKER)
    feedback: bool = setting(True)
    limits: Limits = setting(Limits())
    max_age: float = setting(60.0, partial(Section.number, low=1, high=10_080))
    watchdog_s: float = setting(120.0, partial(Section.number, low=5, high=86_400))
    webhook: Webhook | None = setting(None, _webhook)
