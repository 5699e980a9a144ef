"""The telegram: section of config.yaml → TelegramSettings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain import is_web_address
from bot.files.section import Section, describe
from bot.files.yamlfile import Kind, Node, Scalar

_KEYS = (
    "admins",
    "handoff_chat",
    "handoff_on",
    "handoff_timeout",
    "groups",
    "presses",
    "feedback",
    "limits",
    "max_age",
    "watchdog_s",
    "webhook",
)
_LIMITS_KEYS = ("person", "chat")
_LIMIT_KEYS = ("burst", "per_minute")
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

    burst: int
    per_minute: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may send, over all chats, and one chat, over all people in it."""

    person: Limit = Limit(burst=60, per_minute=30)
    chat: Limit = Limit(burst=120, per_minute=60)


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

    admins: frozenset[int] = frozenset()
    handoff_chat: int | None = None
    handoff_on: HandoffOn = HandoffOn.UNANSWERED
    handoff_timeout: float = 60.0
    groups: Groups = Groups.WHEN_ADDRESSED
    presses: Presses = Presses.ASKER
    feedback: bool = True
    limits: Limits = Limits()
    max_age: float = 60.0
    watchdog_s: float = 120.0
    webhook: Webhook | None = None


def read_telegram(top: Section) -> TelegramSettings:
    """The settings of the section; problems are noted there."""
    section = top.section("telegram", known=_KEYS, may_be_empty=True)
    default = TelegramSettings()
    if section is None:
        return default
    timeout = section.number("handoff_timeout", low=0.05, high=10_080)
    handoff_on = section.one_of("handoff_on", [name.value for name in HandoffOn])
    groups = section.one_of("groups", [name.value for name in Groups])
    presses = section.one_of("presses", [name.value for name in Presses])
    feedback = section.flag("feedback")
    max_age = section.number("max_age", low=1, high=10_080)
    watchdog_s = section.number("watchdog_s", low=5, high=86_400)
    return TelegramSettings(
        admins=_admins(section),
        handoff_chat=_handoff_chat(section),
        handoff_on=default.handoff_on if handoff_on is None else HandoffOn(handoff_on),
        handoff_timeout=default.handoff_timeout if timeout is None else timeout,
        groups=default.groups if groups is None else Groups(groups),
        presses=default.presses if presses is None else Presses(presses),
        feedback=default.feedback if feedback is None else feedback,
        limits=_limits(section),
        max_age=default.max_age if max_age is None else max_age,
        watchdog_s=default.watchdog_s if watchdog_s is None else watchdog_s,
        webhook=_webhook(section),
    )


def _admins(section: Section) -> frozenset[int]:
    found = set()
    needed = "a list of numbers, each in a line of its own after a dash"
    for node in section.items("admins", needed, may_be_empty=True):
        number = _id_of(node)
        if number is None:
            section.refuse_item("admins", node, _PERSON)
        elif number <= 0:
            section.refuse_item("admins", node, f"{_PERSON} Those of groups are negative.")
        else:
            found.add(number)
    return frozenset(found)


def _handoff_chat(section: Section) -> int | None:
    node = section.node("handoff_chat")
    if node is None:
        return None
    number = _id_of(node)
    if number is None or number == 0:
        section.refuse("handoff_chat", f"is {describe(node)}; {_GROUP}")
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


def _webhook(section: Section) -> Webhook | None:
    part = section.section("webhook", known=_WEBHOOK_KEYS, may_be_empty=True)
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


def _limits(section: Section) -> Limits:
    default = Limits()
    part = section.section("limits", known=_LIMITS_KEYS, may_be_empty=True)
    if part is None:
        return default
    return Limits(
        person=_limit(part, "person", default.person), chat=_limit(part, "chat", default.chat)
    )


def _limit(section: Section, key: str, default: Limit) -> Limit:
    part = section.section(key, known=_LIMIT_KEYS, may_be_empty=True)
    if part is None:
        return default
    burst = part.whole("burst", low=1, high=10_000)
    per_minute = part.number("per_minute", low=0.1, high=10_000)
    return Limit(
        burst=default.burst if burst is None else burst,
        per_minute=default.per_minute if per_minute is None else per_minute,
    )
