"""What people say of answers and of the team's help, and what is said back."""

from __future__ import annotations

import asyncio
import time

from bot.domain import Reply, Unanswered
from bot.errors import StoreError
from bot.lru import Lru
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind

_WAIT_S = 1.0
_AGAIN_S = 900.0  # so soon after a regret, another is for what came of it
_MAX_REGRETTED = 2_000  # conversations
REGRETTED = frozenset({LabelKind.DOWN, LabelKind.UNHELPED})


class Judging:
    """Keeps judgements, and knows whom the bot has just said sorry to."""

    def __init__(self, live: Live, store: AsyncStore) -> None:
        self._live = live
        self._store = store
        self._regretted: Lru[str, float] = Lru(_MAX_REGRETTED)  # when

    async def is_first(self, label: Label, *, anyone: bool = False) -> bool:
        """Keep a 👍 or 👎; False where it does not count, see `Store.label`."""
        kept = asyncio.shield(asyncio.wrap_future(self._store.label(label, anyone=anyone)))
        try:
            async with asyncio.timeout(_WAIT_S):
                is_first = await kept
        except (TimeoutError, StoreError):  # it waits to be kept; the thanks need not
            is_first = True
        if is_first:
            self._live.judged(label.kind)
        return is_first

    def regret(self, label: Label, conversation: str, lang: str | None) -> Reply:
        """What is said to whoever was not helped.

        Who has just asked in other words, and is not helped by what came of them, is not asked for
        others, but offered all else that there is.
        """
        texts, now = self._live.texts(lang), time.time()
        before, self._regretted[conversation] = self._regretted.get(conversation, 0.0), now
        asked = Unanswered(None, decision_id=label.decision_id)
        told = texts.not_helpful if label.kind is LabelKind.DOWN else texts.not_helped
        topics: tuple[str, ...] = ()
        if label.kind is LabelKind.DOWN and now - before < _AGAIN_S:
            told, topics = texts.not_helpful_again, tuple(self._live.faq.topics(lang))
        return Reply(told, topics=topics, decision_id=label.decision_id, unanswered=asked)
