"""Telegram: one bot account, served until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.delivery import Delivery
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.arrivals import KINDS, Poller, WebhookRoute
from bot.channels.telegram.handlers.command_menu import announce
from bot.channels.telegram.handlers.digests import send_digests
from bot.channels.telegram.handlers.notices import Notices
from bot.channels.telegram.handlers.routes import Handlers
from bot.channels.telegram.handoff.handoff import Handoff
from bot.domain import is_web_address
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.files.config_telegram import Webhook, wrong_with
from bot.service.digest import Digests
from bot.service.drift import DriftWatch
from bot.service.file_watch import FileWatch
from bot.service.health import UNHEALTHY_S, Health, Watchdog
from bot.service.http_server import HttpServer, PostRoute
from bot.service.learning import Learning
from bot.service.live import Live
from bot.service.rounds import keep_dates, watch_drift, watch_weights
from bot.service.update_queue import UpdateQueue
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"  # noqa: S105  (a variable's name)
_PUBLIC_API = "https://api.telegram.org"
_SILENCE_S = 10  # at the start, before somebody is told
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0
_TICK_S = 1.0
_PASSWORD = re.compile(r"(?<=//).*@|^(?!.*//).*@")  # with the name before it
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TelegramChannel:
    """Serves one bot account.

    Made before anything is built, so that what keeps it from starting is told at once; SIGHUP,
    which would end the process, is noted from then on.

    Args:
        token: the account's; never logged.
        environment: may name another Bot API server under TELEGRAM_API_URL, systemd's socket, and
            hold the webhook's secret.
    Raises:
        ChannelError: the server's address is not one, or the webhook has no secret.
    """

    def __init__(self, settings: Settings, token: str, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._token = token
        self._api_url = _api_url(environment)
        self._secret = _secret(settings.telegram.webhook, environment)
        self._environment = environment
        self._was_hung_up = False  # before the FAQ could be read anew
        if hasattr(signal, "SIGHUP"):  # Windows has none
            signal.signal(signal.SIGHUP, self._hang_up)

    def serve(
        self,
        live: Live,
        store: AsyncStore,
        health: Health,
        files: FileWatch,
        learning: Learning,
    ) -> None:
        """Serve until SIGTERM or SIGINT; what is under way is answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            ChannelError: Telegram refuses the token, a port is taken, a proxy cannot be used.
        """
        asyncio.run(_until_signal(self._serve(live, store, health, files, learning)))
        logger.info("stopped")

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    async def _serve(
        self,
        live: Live,
        store: AsyncStore,
        health: Health,
        files: FileWatch,
        learning: Learning,
    ) -> None:
        delivery = Delivery(health, self._settings.telegram.handoff_chat)
        client = Client(self._token, self._api_url, delivery)
        port = self._settings.monitoring_port
        monitoring = None if port is None else self._server("127.0.0.1", port, health)
        watchdog = Watchdog(health, self._settings.telegram.watchdog_s, self._environment)
        watching = asyncio.create_task(watchdog.run())
        try:
            if monitoring is not None:
                await monitoring.start()
            await self._connect(client)
            store.claim(client.id).add_done_callback(_tell_of_others)
            handlers = Handlers(self._settings, live, client, delivery, store, learning)
            health.open_conversations.set_function(handlers.handoff.tickets.count_open)
            queue = UpdateQueue(store, handlers, health, handlers.drops)
            sender = Sender(client, delivery)
            admins = self._settings.telegram.admins
            notices = Notices(admins, sender, live, store, health)
            digests = Digests(live, store, DriftWatch(live, store), learning)
            rounds = (
                *(notices.run(), files.run(), watch_drift(live, store)),
                send_digests(digests, sender, live, admins),
            )
            beside = {asyncio.create_task(each) for each in rounds}
            await self._run(client, handlers, beside, queue, live, health, watchdog)
        finally:
            watching.cancel()
            if monitoring is not None:
                await monitoring.stop()
            await client.shutdown()

    async def _run(
        self,
        client: Client,
        handlers: Handlers,
        beside: set[asyncio.Task[None]],
        queue: UpdateQueue[Update],
        live: Live,
        health: Health,
        watchdog: Watchdog,
    ) -> None:
        """Take updates until it is cancelled, then finish what is under way."""
        await handlers.handoff.load()
        jobs = {asyncio.create_task(_tick(handlers.handoff)), *beside}

        def reload() -> None:
            jobs.add(asyncio.create_task(_reload(live)))

        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        if self._was_hung_up:
            reload()
        poller, webhook = Poller(client, queue, health), self._settings.telegram.webhook
        server = None
        try:
            await queue.replay()
            if webhook is None:
                jobs.add(asyncio.create_task(poller.run()))
            else:
                route = WebhookRoute(self._secret, queue)
                server = self._server(webhook.host, webhook.port, health, route)
                await server.start()
                jobs.add(asyncio.create_task(_register(client, webhook.url, self._secret)))
            watchdog.ready()
            logger.info("serving Telegram at %s", _without_password(self._api_url))
            jobs.add(asyncio.create_task(announce(client, self._settings)))
            jobs.add(asyncio.create_task(_check(handlers.handoff)))
            jobs.add(asyncio.create_task(live.complete()))
            jobs.add(asyncio.create_task(keep_dates(live)))
            jobs.add(asyncio.create_task(watch_weights(live)))
            await asyncio.Event().wait()
        finally:
            watchdog.stopping()
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await queue.stop()
            await poller.confirm()
            if server is not None:
                await server.stop()

    def _server(
        self, host: str, port: int, health: Health, post: PostRoute | None = None
    ) -> HttpServer:
        """An HTTP server that says what is dead before the watchdog ends the process."""
        patience_s = min(UNHEALTHY_S, self._settings.telegram.watchdog_s / 2)
        return HttpServer(host, port, health, post, patience_s)

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
                    await client.delete_webhook()  # polling and a webhook exclude each other
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


async def _until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Do something until it is over, or SIGTERM or SIGINT cancels it."""
    task = asyncio.create_task(work)
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


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


async def _reload(live: Live) -> None:
    """Read the FAQ anew; the log says what came of it."""
    try:
        await live.reload(live.team_texts)
    except Exception:  # nobody waits for it who would say so
        logger.exception("the FAQ could not be read anew")


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
