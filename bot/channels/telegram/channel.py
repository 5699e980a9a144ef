"""Telegram: one bot account, served until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from urllib.parse import urlsplit

from telegram.error import InvalidToken, NetworkError, RetryAfter

from bot.channels.telegram.api.client import Client, Delivery
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.arrivals import KINDS, Poller, WebhookRoute
from bot.channels.telegram.handlers.command_menu import announce
from bot.channels.telegram.handlers.digests import send_digests
from bot.channels.telegram.handlers.notices import Notices
from bot.channels.telegram.handlers.routes import Handlers
from bot.channels.telegram.handoff.handoff import Handoff
from bot.domain import is_web_address
from bot.errors import ChannelError
from bot.files.config.settings import Settings
from bot.files.config.telegram import Webhook, wrong_with
from bot.service.admins.digest import Digests
from bot.service.health import Health
from bot.service.http.http_server import HttpServer
from bot.service.queue.carrying import Queue
from bot.service.queue.shared_queue import SharedQueue
from bot.service.queue.update_queue import UpdateQueue
from bot.service.serving import Parts, patience_s

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"  # noqa: S105  (a variable's name)
_PUBLIC_API = "https://api.telegram.org"
_SILENCE_S = 10  # at the start, before somebody is told
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_TICK_S = 1.0
_PASSWORD = re.compile(r"(?<=//).*@|^(?!.*//).*@")  # with the name before it


class TelegramChannel:
    """Serves one bot account.

    Made before anything is built, so that what keeps it from starting is told at once.

    Args:
        token: the account's; never logged.
        environment: may name another Bot API server under TELEGRAM_API_URL, and hold the webhook's
            secret.
    Raises:
        ChannelError: the server's address is not one, or the webhook has no secret.
    """

    def __init__(self, settings: Settings, token: str, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._token = token
        self._api_url = _api_url(environment)
        self._secret = _secret(settings.telegram.webhook, environment)

    async def serve(self, parts: Parts, ready: Callable[[], None]) -> None:
        """Serve until cancelled; see `bot.service.serving.Channel`.

        A network that is away is waited for, at the start too.

        Raises:
            ChannelError: Telegram refuses the token, a port is taken, a proxy cannot be used.
        """
        live, store, health = parts.live, parts.store, parts.health
        delivery = Delivery(health, self._settings.telegram.handoff_chat)
        client = Client(self._token, self._api_url, delivery)
        try:
            await self._connect(client)
            store.claim(client.id).add_done_callback(_tell_of_others)
            handlers = Handlers(
                *(self._settings, live, client, delivery, store, parts.learning, parts.line),
                replicas=parts.replicas,
            )
            health.open_conversations.set_function(handlers.handoff.tickets.count_open)
            rules = handlers.drops, parts.share
            queue: Queue = UpdateQueue(store, handlers, health, *rules)
            if parts.replicas.is_shared:
                queue = SharedQueue(store, handlers, health, parts.replicas, *rules)
            sender = Sender(client, delivery)
            admins = self._settings.telegram.admins
            notices = Notices(admins, sender, live, store, health)
            digests = Digests(live, store, parts.learning, parts.replicas)
            beside = {asyncio.create_task(notices.run())}
            await handlers.handoff.load()
            parts.line.team = handlers.team
            await queue.replay()
            poller = Poller(client, queue, health)

            async def alone() -> None:
                try:
                    async with asyncio.TaskGroup() as jobs:
                        jobs.create_task(_tick(handlers.handoff))
                        jobs.create_task(send_digests(digests, sender, live, admins))
                        if self._settings.telegram.webhook is None:
                            jobs.create_task(poller.run())
                finally:
                    health.polled = None  # others poll now, if anybody

            beside.add(asyncio.create_task(parts.replicas.lead(client.id, alone)))
            try:
                await self._run(client, handlers, beside, queue, health, ready)
            finally:
                if parts.replicas.leads(client.id):
                    await poller.confirm()
        finally:
            parts.line.team = None
            await client.shutdown()

    async def _run(
        self,
        client: Client,
        handlers: Handlers,
        beside: set[asyncio.Task[None]],
        queue: Queue,
        health: Health,
        ready: Callable[[], None],
    ) -> None:
        """Take updates until it is cancelled, then finish what is under way."""
        jobs, webhook, server = {*beside}, self._settings.telegram.webhook, None
        try:
            if webhook is not None:
                patience = patience_s(self._settings.telegram.watchdog_s)
                route = WebhookRoute(self._secret, queue)
                server = HttpServer(webhook.host, webhook.port, health, route, patience)
                await server.start()
                jobs.add(asyncio.create_task(_register(client, webhook.url, self._secret)))
            ready()
            logger.info("serving Telegram at %s", _without_password(self._api_url))
            jobs.add(asyncio.create_task(announce(client, self._settings)))
            jobs.add(asyncio.create_task(_check(handlers.handoff)))
            await asyncio.Event().wait()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await queue.stop()
            if server is not None:
                await server.stop()

    async def _connect(self, client: Client) -> None:
        """Wait until Telegram answers.

        Raises:
            ChannelError: it refuses the token.
        """
        logger.info("connecting to Telegram at %s", _without_password(self._api_url))
        warning = asyncio.get_running_loop().call_later(_SILENCE_S, self._warn)
        try:
            async for _ in _backoff():
                try:
                    await client.initialize()
                    if self._settings.telegram.webhook is None:  # they exclude each other
                        await client.delete_webhook()
                except InvalidToken:  # its text holds the token
                    raise ChannelError(
                        "Telegram refuses the token. Copy it again from @BotFather into "
                        "TELEGRAM_BOT_TOKEN."
                    ) from None
                except Exception as error:  # noqa: BLE001  (a server that says nonsense is away)
                    logger.debug("not connected yet: %s", error)
                else:
                    return
        finally:
            warning.cancel()

    def _warn(self) -> None:
        logger.warning(
            "%s has not answered for %d s; still trying. Check the network%s.",
            _without_password(self._api_url),
            _SILENCE_S,
            "" if self._api_url == _PUBLIC_API else f" and {API_URL}",
        )


def _tell_of_others(claimed: Future[int]) -> None:
    """Say that updates wait for another account, if any do."""
    waiting = 0 if claimed.exception() else claimed.result()
    if waiting:
        logger.warning(
            "%d updates that came to another account wait in the memory; they are answered when "
            "the bot is started with that account's token",
            waiting,
        )


async def _tick(handoff: Handoff) -> None:
    """What is due every second, however long it takes."""
    while True:
        try:
            await handoff.tick()
        except Exception:  # the next tick may do better, and there must be one
            logger.exception("a task of the handoff failed")
        await asyncio.sleep(_TICK_S)


async def _check(handoff: Handoff) -> None:
    """Find out whether the team's chat can be reached, before the first question for it."""
    async for _ in _backoff():
        try:
            await handoff.reach.check()
        except (RetryAfter, NetworkError) as error:
            logger.debug("whether the handoff chat can be reached is not known yet: %s", error)
        except Exception as error:  # noqa: BLE001  (a server that does not know how to tell)
            logger.debug("whether the handoff chat can be reached is not known: %s", error)
            return
        else:
            return


async def _register(client: Client, url: str, secret: str) -> None:
    """Tell Telegram where to send updates, however long that takes."""
    async for _ in _backoff():
        try:
            await client.set_webhook(url, allowed_updates=KINDS, secret_token=secret)
        except Exception as error:  # noqa: BLE001  (without it the bot is deaf)
            logger.warning("the webhook could not be registered, trying again: %s", error)
        else:
            return


async def _backoff() -> AsyncIterator[None]:
    """Tries without end, with longer and longer pauses between them."""
    pause_s = _FIRST_PAUSE_S
    while True:
        yield
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, 1.5 * pause_s)


def _secret(webhook: Webhook | None, environment: Mapping[str, str]) -> str:
    """The webhook's secret; "" where none is needed."""
    given = environment.get(WEBHOOK_SECRET, "").strip()
    told = wrong_with(given) if given else None
    if told is not None:
        raise ChannelError(f"{WEBHOOK_SECRET} {told}")
    if webhook is not None and not (given or webhook.secret):
        raise ChannelError(
            "telegram.webhook has no secret. Make one up (openssl rand -hex 32) and put it "
            f"into {WEBHOOK_SECRET}."
        )
    return given or (webhook.secret if webhook is not None else None) or ""


def _api_url(environment: Mapping[str, str]) -> str:
    url = environment.get(API_URL, "").strip().rstrip("/") or _PUBLIC_API
    try:
        usable = is_web_address(url) and urlsplit(url).port != 0 and not set("?#") & set(url)
    except ValueError:  # of a port that is none
        usable = False
    if not usable:
        raise ChannelError(
            f"{API_URL} is {_without_password(url)!r}; an address such as {_PUBLIC_API} is needed. "
            "Correct or unset it."
        )
    return url


def _without_password(url: str) -> str:
    """An address as a log may show it, whether or not it is one."""
    return _PASSWORD.sub("…@", url)
