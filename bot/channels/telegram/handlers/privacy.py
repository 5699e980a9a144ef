"""What people are told of what is remembered, as it is configured."""

from __future__ import annotations

from bot.domain import KeepText
from bot.files.config import StoreSettings
from bot.texts import Texts


def privacy_told(kept: StoreSettings, texts: Texts, has_team: bool) -> str:
    """The answer to /privacy.

    Args:
        has_team: there are people behind the bot.
    """
    words = {
        KeepText.ALL: texts.privacy_all,
        KeepText.UNANSWERED: texts.privacy_unanswered,
        KeepText.NONE: texts.privacy_none,
    }[kept.keep_text]
    days = texts.privacy_kept.replace("{days}", str(kept.retention_days))
    team = [texts.privacy_team, texts.privacy_block] if has_team else []
    told = [texts.privacy, words, texts.privacy_at_hand, days, *team, texts.privacy_mydata]
    return "\n\n".join(told)
