"""The Bot API client: python-telegram-bot's, which shows the token and people's words to nobody.

Requests are retried with backoff, and go to where a chat is now.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.warnings import PTBUserWarning

from bot import network
from bot.channels.telegram.api.request import Request
from bot.service.health import POLL_TIMEOUT_S, Health

logger = logging.getLogger(__name__)

_CONNECTIONS = 256
_POLL_SLACK_S = 10.0
_REFUSED = "the server refuses the token"
_TRIES = 4
_FIRST_PAUSE_S = 0.5
_LONGEST_WAIT_S = 30.0  # beyond it an answer comes too late, and a stop takes too long
_SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument", "copyMessage", "sendChatAction"})
_EDITS = frozenset({"editMessageText", "editMessageReplyMarkup"})


class Client(ExtBot[None]):
    """A `Bot` that can also fetch updates as they are sent, before anybody has parsed them.

    One update that python-telegram-bot cannot parse would otherwise be fetched for ever and keep
    all others from being answered.
    """

    def __init__(
        self, token: str, api_url: str, delivery: BaseRateLimiter[None] | None = None
    ) -> None:
        # It would have updates fetched by the method that parses them.
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)
        certificates, proxy = network.certificates(), network.proxy_of(api_url)
        self._own = [Request(token, many, certificates, proxy) for many in (_CONNECTIONS, 1)]
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._own[0],
            get_updates_request=self._own[1],
            rate_limiter=delivery,
        )

    async def initialize(self) -> None:
        """Get to know the account; raises InvalidToken with nothing of the token in its text."""
        try:
            await super().initialize()
        except InvalidToken:
            raise InvalidToken(_REFUSED) from None

    async def shutdown(self) -> None:
        """Close all connections, also where the account could not be got to know."""
        await super().shutdown()
        for request in self._own:
            await request.shutdown()

    async def raw_updates(
        self, offset: int | None, kinds: list[str], *, wait_s: int = POLL_TIMEOUT_S
    ) -> list[Any]:
        """Wait for updates.

        Args:
            offset: of the first update wanted; those before it are never sent again.
            kinds: of update, as the Bot API calls them.
            wait_s: so long at most.
        Raises:
            TelegramError: they cannot be fetched now.
        """
        wanted: dict[str, Any] = {"timeout": wait_s, "allowed_updates": kinds}
        if offset is not None:
            wanted["offset"] = offset
        try:
            found = await self.do_api_request(
                "getUpdates", wanted, read_timeout=POLL_TIMEOUT_S + _POLL_SLACK_S
            )
        except (EndPointNotFound, InvalidToken):  # one of the two, by whether it was ever taken
            raise InvalidToken(_REFUSED) from None
        if not isinstance(found, list):
            raise NetworkError("the server's answer holds no list of updates")
        return found


class Delivery(BaseRateLimiter[None]):
    """Carries out requests, as python-telegram-bot lets a rate limiter do.

    Messages are sent with retry and backoff, and to where a chat is now: a group that becomes a
    supergroup gets another id. Telegram tells of such a chat migration once, and whenever somebody
    sends to the old id.

    Args:
        health: counts what could not be sent.
        team: the id that the configuration names as telegram.handoff_chat, or None.
    """

    def __init__(self, health: Health, team: int | None) -> None:
        self._health = health
        self._team = team
        self._migrations: dict[int, int] = {}

    def present(self, chat_id: int) -> int:
        """The present id of a chat."""
        while chat_id in self._migrations:
            chat_id = self._migrations[chat_id]
        return chat_id

    def follow(self, old: int, new: int) -> None:
        """Remember a chat migration; told once, by either of two messages or by a refusal."""
        if self.present(old) == self.present(new):
            return
        self._migrations[old] = new
        logger.warning("the group %d is now the supergroup %d", old, new)
        if self._team is not None and self._team != new == self.present(self._team):
            logger.warning("put %d into config.yaml as telegram.handoff_chat", new)

    async def initialize(self) -> None:
        """See `BaseRateLimiter.initialize`."""

    async def shutdown(self) -> None:
        """See `BaseRateLimiter.shutdown`."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Any:
        """Carry out a request; see `BaseRateLimiter.process_request`.

        It waits as long as Telegram asks for, and for a network that is away: no answer is lost.
        What a server took without saying so is sent twice: the Bot API has no way to tell, and an
        answer that comes twice is better than none.
        """
        is_sent = endpoint in _SENDS
        if is_sent:
            self._redirect(data)
        for left in reversed(range(_TRIES if is_sent or endpoint in _EDITS else 1)):
            try:
                result = await callback(*args, **kwargs)
                self._health.is_refused = False
                return result
            except ChatMigrated as error:
                if left == 0 or not is_sent:  # the new group's messages have other ids
                    raise
                self.follow(data["chat_id"], error.new_chat_id)
                self._redirect(data)
            except TelegramError as error:
                self._health.is_refused = isinstance(error, InvalidToken)
                pause_s = _pause_s(error, left)
                if left == 0 or pause_s is None:
                    if is_sent:
                        self._health.failed_sends.inc()
                    raise
                logger.info("a request failed, trying again in %.1f s: %s", pause_s, error)
                await asyncio.sleep(pause_s)
        raise AssertionError("unreachable: the last try returns or raises")

    def _redirect(self, data: dict[str, Any]) -> None:
        """Have a message sent to where its chat is now, where it answers none of the old ones."""
        chat_id = self.present(data["chat_id"])
        if chat_id != data["chat_id"]:
            data["chat_id"] = chat_id
            data.pop("reply_parameters", None)


def retry_after_s(error: RetryAfter) -> float:
    """How long Telegram asks to wait, in seconds."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, datetime.timedelta) else float(asked)


def _pause_s(error: TelegramError, left: int) -> float | None:
    """How long to wait before the next try; None where that would be refused again."""
    if isinstance(error, RetryAfter):
        asked_s = retry_after_s(error)
        return asked_s if asked_s <= _LONGEST_WAIT_S else None
    if isinstance(error, BadRequest) or not isinstance(error, NetworkError):
        return None
    return _FIRST_PAUSE_S * 2.0 ** (_TRIES - 1 - left)
