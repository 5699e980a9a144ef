"""What became of messages, in case their words are changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import Update

from bot.channels.telegram.updates import conversation_of, message_of, text_of
from bot.conversation.conversation import entries_of
from bot.domain import Reply
from bot.lru import Lru
from bot.service.live import Live

_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    Attributes:
        words: a hash of them.
        entries: those that were shown or offered.
        message_id: what the bot said back, where that is one message and can still be seen, as it
            is the last thing it said there; else None.
    """

    words: int
    entries: tuple[str, ...]
    message_id: int | None


class Outcomes:
    """Keeps the latest, in memory alone."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._by_message: Lru[tuple[int, int], Outcome] = Lru(_MAX)
        self._last: Lru[str, int] = Lru(_MAX)  # message of the bot, by conversation

    def note(self, update: Update, reply: Reply, message_ids: Sequence[int]) -> None:
        """Keep what was said back to a message, or to a press.

        Args:
            message_ids: the bot's messages.
        """
        self._last[conversation_of(update)] = max(message_ids)
        if update.callback_query is None:
            only = message_ids[0] if len(message_ids) == 1 and not reply.attachments else None
            entries = tuple(entries_of(reply))
            self._by_message[_key(update)] = Outcome(hash(text_of(update)), entries, only)

    async def before(self, update: Update) -> Outcome:
        """What became of a message before it was changed.

        Where that is not at hand, after a restart, it goes by what was said last.
        """
        found = self._by_message.get(_key(update))
        if found is None:
            said_at = message_of(update).date.timestamp()
            words, entries = await self._live.recall.shown_last(conversation_of(update), said_at)
            return Outcome(hash(words), entries, None)
        is_last = found.message_id == self._last.get(conversation_of(update))
        return found if is_last else replace(found, message_id=None)


def _key(update: Update) -> tuple[int, int]:
    message = message_of(update)
    return message.chat.id, message.message_id
