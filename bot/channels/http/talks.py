"""Conversations over HTTP: whose they are, and what becomes of a message in one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from bot.channels.http import shapes
from bot.channels.http.problems import ProblemError
from bot.channels.http.telling import answer_of, told
from bot.conversation.conversation import language_of
from bot.domain import Incoming, Press, Reply
from bot.errors import StoreError
from bot.files.config import Settings
from bot.lru import Lru
from bot.service.health import Health
from bot.service.live import Live
from bot.service.visitors import (
    incoming_of,
    is_conversation,
    new_conversation,
    person_in,
    stored_as,
)
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind

_MAX_KNOWN = 50_000  # conversations of which nobody asks the store
_RECALL_S = 0.3


class Talks:
    """Answers people in conversations of their own.

    Whoever knows a conversation's name takes part in it; see `bot.service.visitors`.
    """

    def __init__(self, settings: Settings, live: Live, store: AsyncStore, health: Health) -> None:
        self._settings = settings
        self._live = live
        self._store = store
        self._health = health
        self._langs: Lru[str, str | None] = Lru(_MAX_KNOWN)  # by conversation, as it was last told
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, text: str, given: str | None, lang: str | None) -> shapes.Answer:
        """Answer a message.

        Args:
            given: the conversation, as whoever asks names it.
            lang: the code of the person's language; None if unknown.
        """
        async with self._turn(await self._begun(given), lang) as (conversation, lang):
            return await self._answered(
                conversation, incoming_of(conversation, text, lang, time.time())
            )

    async def choose(
        self, choice: str | None, given: str | None, lang: str | None
    ) -> shapes.Answer:
        """Answer a choice of what was offered last, or show an entry.

        Args:
            choice: None for none of these.
        Raises:
            ProblemError: nothing was offered, or there is no such entry.
        """
        async with self._turn(await self._begun(given), lang) as (conversation, lang):
            follow_up = await self._live.follow_up(stored_as(conversation))
            offered = () if follow_up is None else follow_up.choices
            if choice is None and follow_up is None:
                wrong = "Nothing was offered to choose from in this conversation; ask first."
                raise ProblemError(409, wrong)
            is_offered = choice is None or choice in {each.entry_id for each in offered}
            if not is_offered and choice not in self._live.faq.by_id:
                wrong = "There is no entry by this id; choose one that was offered, or null."
                raise ProblemError(404, wrong)
            press = Press(choice)
            if follow_up is not None and is_offered:
                others = choice is None and follow_up.tentative
                press = Press(choice, follow_up.decision_id, shows_others=others)
            return await self._answered(
                conversation, incoming_of(conversation, press, lang, time.time())
            )

    async def _answered(self, conversation: str, incoming: Incoming) -> shapes.Answer:
        """What the bot says to a message or a choice, and all that goes with it."""
        began = time.time()
        self._health.depth += 1
        try:
            reply = await self._live.reply(incoming)
        finally:
            self._health.depth -= 1
            self._health.update_over(time.time() - began)
        texts = self._live.texts(language_of(incoming))
        self._remember(reply, incoming)
        said = told(reply, texts, has_team=False, wants_feedback=self._settings.telegram.feedback)
        return answer_of(reply, incoming, conversation, said, self._live.matcher)

    def _remember(self, reply: Reply, incoming: Incoming) -> None:
        """Keep what was chosen."""
        if reply.choice is None or not reply.decision_id or incoming.person is None:
            return
        entry_id = reply.choice.entry_id
        kind = LabelKind.NONE if entry_id is None else LabelKind.CHOICE
        label = Label(reply.decision_id, kind, incoming.person, time.time(), entry_id)
        self._store.label(label)

    async def _begun(self, given: str | None) -> str:
        """A conversation that is under way, or a new one where none was begun by that name."""
        if given is not None and await self._is_known(given):
            return given
        return new_conversation()

    async def _is_known(self, given: str) -> bool:
        if given in self._langs:
            return True
        if not is_conversation(given):
            return False
        try:
            async with asyncio.timeout(_RECALL_S):
                return await self._store.last_decision(stored_as(given)) is not None
        except (StoreError, TimeoutError):
            return True  # nobody can guess one, and a made-up one leads nowhere

    @asynccontextmanager
    async def _turn(
        self, conversation: str, lang: str | None
    ) -> AsyncIterator[tuple[str, str | None]]:
        """The turn of one message in its conversation, in which they are answered in order."""
        lock = self._turns.setdefault(conversation, asyncio.Lock())
        async with lock:
            lang = lang or self._langs.get(conversation)
            self._langs[conversation] = lang
            with self._store.under_way.writing([person_in(conversation)]):
                yield conversation, lang
