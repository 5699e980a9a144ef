"""What people say of answers and of the team's help, and what is said back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.conversation.replies import regret
from bot.domain import Reply, Unanswered
from bot.errors import StoreError
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind

_WAIT_S = 1.0
REGRETTED = frozenset({LabelKind.DOWN, LabelKind.UNHELPED})


class Judging:
    """Keeps judgements, and says what is said to them."""

    def __init__(self, live: Live, store: AsyncStore) -> None:
        self._live = live
        self._store = store

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

    async def regret(self, label: Label, conversation: str, lang: str | None) -> Reply:
        """What is said to whoever was not helped, by an answer or by the team."""
        texts, is_again = self._live.texts(lang), await self._live.regret(conversation)
        reply = regret(self._live.faq, texts, lang, is_again=is_again)
        if label.kind is LabelKind.UNHELPED:
            reply = Reply(texts.not_helped)
        asked = Unanswered(None, decision_id=label.decision_id)
        return replace(reply, decision_id=label.decision_id, unanswered=asked)
