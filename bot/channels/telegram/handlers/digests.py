"""Sends admins the weekly digest, each once, and as one message."""

from __future__ import annotations

import asyncio
import logging
import time

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handlers.digest_text import as_text
from bot.errors import StoreError
from bot.service.admins.digest import Digests
from bot.service.live import Live

logger = logging.getLogger(__name__)

TICK_S = 5.0
_LAST_S = 3.0  # that a stop waits for one on its way
_PAUSE_S = 60.0  # before what could not be sent is tried again


async def send_digests(
    digests: Digests, sender: Sender, live: Live, admins: frozenset[int]
) -> None:
    """Send each digest when it is due, until cancelled."""
    while admins:
        pause_s = TICK_S
        try:
            if not await _send(digests, sender, live, admins):
                pause_s = _PAUSE_S
        except StoreError as error:
            logger.debug("whether the digest is due is not known: %s", error)
        except Exception:  # the next tick may do better, and there must be one
            logger.exception("the digest could not be made")
            pause_s = _PAUSE_S
        await asyncio.sleep(pause_s)


async def _send(digests: Digests, sender: Sender, live: Live, admins: frozenset[int]) -> bool:
    """Send it to whom it is due; False where somebody is to have it yet."""
    at = time.time()
    is_sent = []
    for admin in await digests.due(at, admins):
        async with digests.telling(at) as digest:
            text = as_text(digest, live.team_texts, at)
            is_sent.append(await _send_to(admin, text, digests, sender))
    return all(is_sent)


async def _send_to(admin: int, text: str, digests: Digests, sender: Sender) -> bool:
    """Send it to one admin, and not again should the process end on the way."""
    await digests.claim(admin)
    sending = asyncio.create_task(sender.text(Address(admin), text))
    try:
        await asyncio.shield(sending)
    except (BadRequest, Forbidden) as error:
        logger.info("admin %d is not reached, who has to start the bot: %s", admin, error)
    except TelegramError as error:
        logger.info("admin %d will have the digest later: %s", admin, error)
        await digests.release(admin)
        return False
    except asyncio.CancelledError:  # the bot is being stopped; what is on its way may arrive yet
        await asyncio.wait([sending], timeout=_LAST_S)
        if not sending.done() or sending.exception() is not None:
            sending.cancel()
            await digests.release(admin)
        raise
    return True
