"""Telegram: one bot account, served until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from telegram.error import InvalidToken

from bot.channels.telegram.api.chat_migrations import Moves
from bot.channels.telegram.api.client import Account
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handlers.admins import Admins
from bot.channels.telegram.handlers.command_menu import announce
from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.handlers.routes import Handlers
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard.callback_data import Buttons
from bot.channels.telegram.keyboard.keyboards import Keyboards
from bot.channels.telegram.keyboard.topic_menu import Browser
from bot.channels.telegram.updates.polling import KINDS, Poller
from bot.channels.telegram.updates.webhook import WebServer
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.files.config_telegram import Webhook, wrong_with
from bot.service.health import UNHEALTHY_S, Health
from bot.service.limits import Limiter
from bot.service.live import Live
from bot.service.systemd import Systemd
from bot.service.update_queue import UpdateQueue
from bot.service.watchdog import Watchdog
from bot.store.async_store import AsyncStore

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"  # noqa: S105  (a variable's name)
_PUBLIC_API = "https://api.telegram.org"
_SILENCE_S = 10  # at the start, before somebody is told
_LONGEST_PAUSE_S = 15.0
_TICK_S = 1.0
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
        self._systemd = Systemd(environment)
        self._was_hung_up = False  # before the FAQ could be read anew
        if hasattr(signal, "SIGHUP"):  # Windows has none
            signal.signal(signal.SIGHUP, self._hang_up)

    def serve(self, live: Live, store: AsyncStore, health: Health) -> None:
        """Serve until SIGTERM or SIGINT; what is under way is answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            ChannelError: Telegram refuses the token, a port is taken.
        """
        asyncio.run(self._serve(live, store, health))
        logger.info("stopped")

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    async def _serve(self, live: Live, store: AsyncStore, health: Health) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop.set)
        account = Account(self._token, self._api_url)
        web = self._monitoring(health)
        watchdog = Watchdog(health, self._settings.telegram.watchdog_s, self._systemd)
        watching = asyncio.create_task(watchdog.run())
        try:
            if web is not None:
                await web.start()
            if await _unless(stop, self._connect(account)):
                parts = Parts(self._settings, live, account, store, health)
                await self._run(parts, health, stop)
        finally:
            watching.cancel()
            if web is not None:
                await web.stop()
            await account.shutdown()

    async def _run(self, parts: Parts, health: Health, stop: asyncio.Event) -> None:
        """Take updates until it is time to stop, then finish what is under way."""
        desk, queue, account = parts.desk, parts.queue, parts.account
        await desk.moves.load()
        if desk.handoff.chat_id is not None:
            await desk.handoff.load()
        if hasattr(signal, "SIGHUP"):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, lambda: desk.beside(parts.reload()))
        if self._was_hung_up:
            desk.beside(parts.reload())
        await queue.replay()
        jobs = [asyncio.create_task(self._tick(parts))]
        webhook = desk.settings.telegram.webhook
        if webhook is None:
            poller = Poller(account, queue, health)
            jobs.append(asyncio.create_task(poller.run()))
            finish = poller.confirm
        else:
            server = WebServer(
                webhook.host,
                webhook.port,
                health,
                (self._secret, queue.take),
                _patience_s(desk.settings),
            )
            await server.start()
            jobs.append(asyncio.create_task(_register(account, webhook.url, self._secret)))
            finish = server.stop
        health.is_ready = True
        self._systemd.ready()
        logger.info("serving Telegram at %s", self._api_url)
        jobs.append(asyncio.create_task(announce(account, desk.settings)))
        await stop.wait()
        self._systemd.stopping()
        health.is_ready = False
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await queue.stop()
        await finish()
        await parts.finish()

    async def _connect(self, account: Account) -> None:
        """Wait until Telegram answers.

        Raises:
            ChannelError: it refuses the token.
        """
        logger.info("connecting to Telegram at %s", self._api_url)
        warning = asyncio.get_running_loop().call_later(_SILENCE_S, self._warn)
        pause_s = 1.0
        try:
            while True:
                try:
                    await account.initialize()
                    await account.delete_webhook()  # polling and a webhook exclude each other
                except InvalidToken:  # its text holds the token
                    raise ChannelError(
                        "Telegram refuses the token. Copy it again from @BotFather into "
                        "TELEGRAM_BOT_TOKEN."
                    ) from None
                except Exception as error:  # noqa: BLE001  (a server that says nonsense is away)
                    logger.debug("not connected yet: %s", error)
                else:
                    return
                await asyncio.sleep(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, 1.5 * pause_s)
        finally:
            warning.cancel()

    def _warn(self) -> None:
        logger.warning(
            "%s has not answered for %d s; still trying. Check the network%s.",
            self._api_url,
            _SILENCE_S,
            "" if self._api_url == _PUBLIC_API else f" and {API_URL}",
        )

    def _monitoring(self, health: Health) -> WebServer | None:
        port = self._settings.monitoring_port
        if port is None:
            return None
        return WebServer("127.0.0.1", port, health, patience_s=_patience_s(self._settings))

    async def _tick(self, parts: Parts) -> None:
        """What is due every second, however long it takes."""
        while True:
            try:
                await parts.desk.handoff.tick()
            except Exception:  # the next tick may do better, and there must be one
                logger.exception("a task of the handoff failed")
            await asyncio.sleep(_TICK_S)


class Parts:
    """The channel's parts, wired around one bot and one account."""

    def __init__(
        self,
        settings: Settings,
        live: Live,
        account: Account,
        store: AsyncStore,
        health: Health,
    ) -> None:
        telegram = settings.telegram
        self.account = account
        self._live = live
        self._asides: set[asyncio.Task[None]] = set()
        team = telegram.handoff_chat
        moves = Moves(store, {} if team is None else {team: "telegram.handoff_chat"})
        sender = Sender(account, moves, health)
        buttons = Buttons(account.token)
        browser = Browser(buttons)
        self.desk = Desk(
            settings=settings,
            live=live,
            beside=self._beside,
            me=account.bot,
            memory=store,
            sender=sender,
            moves=moves,
            buttons=buttons,
            keyboards=Keyboards(buttons, browser, telegram.feedback, has_team=team is not None),
            browser=browser,
            limiter=Limiter(telegram.limits),
            handoff=Handoff(telegram, sender, moves, store, live),
            admins=Admins(telegram.admins, sender, store, browser, live),
        )
        self.queue = UpdateQueue(store, Handlers(self.desk, account), health)

    async def reload(self) -> None:
        """Read the FAQ anew; the log says what came of it."""
        await self._live.reload()

    async def finish(self) -> None:
        """Wait a moment for what was begun beside the replies."""
        if self._asides:
            await asyncio.wait(self._asides, timeout=_TICK_S)

    def _beside(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)


def _patience_s(settings: Settings) -> float:
    """Of /healthz: it says that something is dead before the watchdog ends the process."""
    return min(UNHEALTHY_S, settings.telegram.watchdog_s / 2)


async def _unless(stop: asyncio.Event, coroutine: Coroutine[Any, Any, None]) -> bool:
    """Do something unless it is time to stop; whether it was done."""
    task, stopped = asyncio.create_task(coroutine), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return False
    task.result()
    return True


async def _register(account: Account, url: str, secret: str) -> None:
    """Tell Telegram where to send updates, however long that takes."""
    pause_s = 1.0
    while True:
        try:
            await account.set_webhook(url, allowed_updates=KINDS, secret_token=secret)
        except Exception as error:  # noqa: BLE001  (without it the bot is deaf)
            logger.warning("the webhook could not be registered, trying again: %s", error)
        else:
            return
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
        parts = urlsplit(url)
        usable = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)  # reading a port that is none raises
            and not (parts.query or parts.fragment)
            and not any(character.isspace() for character in url)
        )
    except ValueError:
        usable = False
    if not usable:
        raise ChannelError(
            f"{API_URL} is {url!r}; an address such as {_PUBLIC_API} is needed. "
            "Correct or unset it."
        )
    return url
