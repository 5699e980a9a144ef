"""The frozen nouns that cross every boundary of the bot."""

from bot.domain.decision import Action, Decision, Hit, Thresholds
from bot.domain.faq import (
    Attachment,
    Expect,
    Faq,
    FaqEntry,
    FaqTest,
    FileKind,
    Link,
    Place,
    Translation,
    base_language,
    is_web_address,
)
from bot.domain.talk import SILENCE, Choice, Incoming, KeepText, Press, Reply, Span, Unanswered

__all__ = [
    "SILENCE",
    "Action",
    "Attachment",
    "Choice",
    "Decision",
    "Expect",
    "Faq",
    "FaqEntry",
    "FaqTest",
    "FileKind",
    "Hit",
    "Incoming",
    "KeepText",
    "Link",
    "Place",
    "Press",
    "Reply",
    "Span",
    "Thresholds",
    "Translation",
    "Unanswered",
    "base_language",
    "is_web_address",
]
