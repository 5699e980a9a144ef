"""Tells admins what somebody has to see to: once when it begins, and once when it is over."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.service.health import Health
from bot.service.incidents import Trouble
from bot.service.live import Live
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)

_TICK_S = 1.0
_LASTING_S = 5.0  # what mends itself before that troubles nobody
_QUIET_S = 600.0  # of one kind, that begins again and again, is told so often
_PAUSE_S = 30.0  # before what could not be sent is tried again
_MOST_OWED = 100


class Notices:
    """Watches for incidents. Admins who have never started the bot are not reached; others are.

    Args:
        admins: the numbers of their accounts.
    """

    def __init__(
        self, admins: frozenset[int], sender: Sender, live: Live, store: AsyncStore, health: Health
    ) -> None:
        self._admins = admins
        self._sender = sender
        self._live = live
        self._store = store
        self._health = health
        self._since: dict[Trouble, float] = {}  # in monotonic seconds, like the next ones
        self._told_at: dict[Trouble | None, float] = {}
        self._is_told: set[Trouble] = set()
        self._set_aside = 0
        self._owed: deque[tuple[int, str]] = deque(maxlen=_MOST_OWED)
        self._pause_until = 0.0

    async def run(self) -> None:
        """Look every second until cancelled."""
        while self._admins:
            try:
                await self.tick()
            except Exception:  # the next tick may do better, and there must be one
                logger.exception("admins could not be told of an incident")
            await asyncio.sleep(_TICK_S)

    async def tick(self) -> None:
        """Look once, and send what is owed."""
        now, incidents = time.monotonic(), self._live.incidents
        for trouble, reason in (
            (Trouble.MEMORY, self._store.trouble),
            (Trouble.ENCODER, self._live.matcher.encoder.trouble),
        ):
            if reason is None:
                incidents.end(trouble)
            else:
                incidents.begin(trouble, reason)
        for trouble in Trouble:
            self._look_at(trouble, now)
        self._look_at_set_aside(now)
        if now >= self._pause_until:
            await self._send()

    def _look_at(self, trouble: Trouble, now: float) -> None:
        begun, over = self._words(trouble)
        reason = self._live.incidents.reasons.get(trouble)
        if reason is None:
            self._since.pop(trouble, None)
            if trouble in self._is_told:
                self._is_told.discard(trouble)
                self._owe(over, trouble)
            return
        lasts_s = now - self._since.setdefault(trouble, now)
        if trouble not in self._is_told and lasts_s >= _LASTING_S and self._may_tell(trouble, now):
            self._is_told.add(trouble)
            self._owe(begun.replace("{reason}", reason), trouble)

    def _look_at_set_aside(self, now: float) -> None:
        count = self._health.set_aside_count
        if count > self._set_aside and self._may_tell(None, now):
            told = self._live.team_texts.notice_set_aside.replace(
                "{count}", str(count - self._set_aside)
            )
            self._set_aside = count
            self._owe(told)

    def _may_tell(self, trouble: Trouble | None, now: float) -> bool:
        if now - self._told_at.get(trouble, -_QUIET_S) < _QUIET_S:
            return False
        self._told_at[trouble] = now
        return True

    def _owe(self, text: str, trouble: Trouble | None = None) -> None:
        known_to = None if trouble is None else self._live.incidents.known_to.get(trouble)
        self._owed += [(admin, text) for admin in sorted(self._admins) if str(admin) != known_to]

    async def _send(self) -> None:
        while self._owed:
            admin, text = self._owed[0]
            try:
                await self._sender.text(Address(admin), text)
            except (BadRequest, Forbidden) as error:
                logger.info("admin %d is not reached, who has to start the bot: %s", admin, error)
            except TelegramError as error:
                logger.info("admins will be told later: %s", error)
                self._pause_until = time.monotonic() + _PAUSE_S
                return
            self._owed.popleft()

    def _words(self, trouble: Trouble) -> tuple[str, str]:
        """What is told when a trouble begins, and once it is over."""
        texts = self._live.team_texts
        return {
            Trouble.HANDOFF: (texts.notice_handoff, texts.notice_handoff_over),
            Trouble.MEMORY: (texts.notice_memory, texts.notice_memory_over),
            Trouble.ENCODER: (texts.notice_encoder, texts.notice_encoder_over),
            Trouble.FAQ: (texts.notice_faq, texts.notice_faq_over),
            Trouble.RESTART: (texts.notice_restart, texts.notice_restart_over),
        }[trouble]
