"""What was said before in a conversation, as far as the store tells it in time."""

from __future__ import annotations

import asyncio

from bot.conversation.context import Asked
from bot.domain import Action
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
from bot.store.store import LabelKind, Record

_WAIT_S = 0.3  # a store that is busy delays no answer for longer


class Recall:
    """Asks the store about conversations; where it does not answer at once, nothing is known."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def asked(self, quoted: tuple[str, int] | None) -> Asked | None:
        """The question that a message of the bot's answers; None where that is not known."""
        if quoted is None:
            return None
        try:
            async with asyncio.timeout(_WAIT_S):
                found = await self._store.decision_shown(*quoted)
        except (StoreError, TimeoutError):
            found = None
        if found is None or found.small_talk:
            return None
        return Asked(
            *(found.text, _answered(found), found.decision.candidates, found.at, found.at),
            decision_id=found.id,
            is_quoted=True,
        )

    async def follow_up(self, conversation: str, since: float) -> Record | None:
        """The follow-up that waits for a choice since a time; None where nothing does."""
        found = await self._last(conversation, since)
        if found is None or found.decision.action is not Action.FOLLOW_UP:
            return None
        is_chosen = any(label.kind.family == LabelKind.CHOICE.family for label in found.labels)
        return None if is_chosen else found

    async def shown_last(
        self, conversation: str, since: float
    ) -> tuple[str | None, tuple[str, ...]]:
        """What was asked last since a time, as far as its words are kept, and what was shown."""
        found = await self._last(conversation, since, is_shown=True)
        if found is None:
            return None, ()
        offered = found.decision.candidates if found.decision.action is Action.FOLLOW_UP else ()
        return found.text, _answered(found) or tuple(hit.entry_id for hit in offered)

    async def _last(
        self, conversation: str, since: float, *, is_shown: bool = False
    ) -> Record | None:
        """The last decision of a conversation since a time; None where the store does not tell."""
        try:
            async with asyncio.timeout(_WAIT_S):
                found = await self._store.last_decision(conversation, is_shown=is_shown)
        except (StoreError, TimeoutError):
            return None
        return found if found is not None and found.at >= since else None


def _answered(record: Record) -> tuple[str, ...]:
    """The entries whose answers a decision has led to."""
    shown = [str(each.entry_id) for each in record.decision.answers]
    shown += [label.entry_id for label in record.labels if label.entry_id is not None][:1]
    if record.decision.tentative and not shown:
        shown = [hit.entry_id for hit in record.decision.candidates[:1]]
    return tuple(dict.fromkeys(shown))
