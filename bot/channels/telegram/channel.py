"""Telegram: one bot account, served until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from telegram.error import InvalidToken

from bot.app import Bot, renew
from bot.channels.telegram.api.chat_migrations import Moves
from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handlers.admins import Admins
from bot.channels.telegram.handlers.command_menu import announce
from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.handlers.routes import Handlers
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard.callback_data import Buttons
from bot.channels.telegram.keyboard.keyboards import Keyboards
from bot.channels.telegram.keyboard.topic_menu import Browser
from bot.channels.telegram.reload import Reload
from bot.channels.telegram.serving import Serving
from bot.channels.telegram.updates.incoming import read_update
from bot.channels.telegram.updates.polling import KINDS, Poller
from bot.channels.telegram.updates.update_queue import Dispatcher
from bot.channels.telegram.updates.webhook import Webhook
from bot.domain import Faq
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.files.config_telegram import wrong_with
from bot.service.health import UNHEALTHY_S, Pulse, Watchdog
from bot.service.http_server import HttpServer
from bot.service.limits import Limiter
from bot.service.systemd import Notify
from bot.service.worker import Worker
from bot.store.async_store import AsyncInbox, AsyncStore

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

    Encoding and search run on one worker thread, off the event loop; it also builds the bot, so
    that the threads of torch and FAISS are started from one place only.

    Args:
        build: makes the running parts; called once, on the worker thread.
        load: reads the files anew, for /reload and SIGHUP.
        memory: what the bot remembers; closed at the end.
        inbox: what has arrived and is not answered yet; closed at the end.
        token: the account's; never logged.
        environment: may name another Bot API server under TELEGRAM_API_URL, systemd's socket, and
            hold the webhook's secret.
    """

    def __init__(
        self,
        build: Callable[[], Bot],
        load: Callable[[], tuple[Settings, Faq]],
        memory: AsyncStore,
        inbox: AsyncInbox,
        token: str,
        environment: Mapping[str, str],
    ) -> None:
        self._build = build
        self._load = load
        self._memory = memory
        self._inbox = inbox
        self._token = token
        self._api_url = _api_url(environment)
        self._secret = environment.get(WEBHOOK_SECRET, "").strip()
        self._notify = Notify(environment)
        self._pulse = Pulse()
        self._was_hung_up = False  # before the FAQ could be read anew

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT; what is under way is answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            BotError: the parts cannot be built, Telegram refuses the token, a port is taken.
        """
        if hasattr(signal, "SIGHUP"):  # Windows has none
            signal.signal(signal.SIGHUP, self._hang_up)  # else it would end a bot that starts
        try:
            with Worker() as worker:
                asyncio.run(self._serve(worker.submit(self._build).result(), worker))
        finally:
            self._inbox.close()
            self._memory.close()
        logger.info("stopped")

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    async def _serve(self, bot: Bot, worker: Worker) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop.set)
        telegram = bot.settings.telegram
        if telegram.webhook is not None and not (self._secret or telegram.webhook.secret):
            raise ChannelError(
                "telegram.webhook has no secret. Make one up (openssl rand -hex 32) and put it "
                f"into {WEBHOOK_SECRET}."
            )
        told = wrong_with(self._secret) if self._secret else None
        if told is not None:
            raise ChannelError(f"{WEBHOOK_SECRET} {told}")
        account = Client(self._token, self._api_url)
        web = self._monitoring(bot.settings)
        beating = asyncio.create_task(self._beat())
        try:
            if web is not None:
                await web.start()
            if not await _unless(stop, self._connect(account)):
                return
            parts = Parts(bot, worker, account, self._memory, self._inbox, self._load, self._pulse)
            del bot  # the parts have it, and let it go when the FAQ is read anew
            with Watchdog(self._pulse, telegram.watchdog_s):
                await self._run(parts, stop)
        finally:
            beating.cancel()
            if web is not None:
                await web.stop()
            await account.shutdown()

    async def _run(self, parts: Parts, stop: asyncio.Event) -> None:
        """Take updates until it is time to stop, then finish what is under way."""
        desk, dispatcher, account = parts.desk, parts.dispatcher, parts.account
        await desk.moves.load()
        if desk.handoff.chat_id is not None:
            await desk.handoff.load()
        if hasattr(signal, "SIGHUP"):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, lambda: desk.beside(parts.reload_by_signal()))
        if self._was_hung_up:
            desk.beside(parts.reload_by_signal())
        await dispatcher.replay()
        jobs = [asyncio.create_task(self._tick(parts))]
        webhook = desk.settings.telegram.webhook
        if webhook is None:
            poller = Poller(account, dispatcher, self._pulse)
            jobs.append(asyncio.create_task(poller.run()))
            finish = poller.confirm
        else:
            secret = self._secret or webhook.secret or ""
            route = Webhook(secret, dispatcher)
            patience_s = _patience_s(desk.settings)
            server = HttpServer(webhook.host, webhook.port, self._pulse, route, patience_s)
            await server.start()
            jobs.append(asyncio.create_task(_register(account, webhook.url, secret)))
            finish = server.stop
        self._pulse.is_ready = True
        self._notify.ready()
        logger.info("serving Telegram at %s", self._api_url)
        jobs.append(asyncio.create_task(announce(account, desk.settings)))
        await stop.wait()
        self._notify.stopping()
        self._pulse.is_ready = False
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await dispatcher.stop()
        await finish()
        await parts.finish()

    async def _connect(self, account: Client) -> None:
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

    def _monitoring(self, settings: Settings) -> HttpServer | None:
        port = settings.monitoring_port
        if port is None:
            return None
        return HttpServer("127.0.0.1", port, self._pulse, patience_s=_patience_s(settings))

    async def _beat(self) -> None:
        """The sign that the event loop turns; it waits for nobody."""
        while True:
            self._pulse.beat = time.monotonic()
            if not self._pulse.troubles(self._notify.watchdog_s or float("inf")):
                self._notify.alive()
            await asyncio.sleep(_TICK_S)

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
        bot: Bot,
        worker: Worker,
        account: Client,
        memory: AsyncStore,
        inbox: AsyncInbox,
        load: Callable[[], tuple[Settings, Faq]],
        pulse: Pulse,
    ) -> None:
        telegram = bot.settings.telegram
        self.account = account
        self._bot = bot
        self._worker = worker
        worker.read_ahead = bot.read_ahead
        self._load = load
        self._asides: set[asyncio.Task[None]] = set()
        team = telegram.handoff_chat
        moves = Moves(memory, {} if team is None else {team: "telegram.handoff_chat"})
        sender = Sender(account, moves, pulse)
        buttons = Buttons(account.token)
        browser = Browser(buttons)
        self._reload = Reload(self._renewed, worker, self._adopt, pulse)
        self.desk = Desk(
            settings=bot.settings,
            serving=_serving(bot),
            conversation=bot.converse(memory),
            on_worker=self._on_worker,
            beside=self._beside,
            me=account.bot,
            pulse=pulse,
            memory=memory,
            sender=sender,
            moves=moves,
            buttons=buttons,
            keyboards=Keyboards(buttons, browser, telegram.feedback, has_team=team is not None),
            browser=browser,
            limiter=Limiter(telegram.limits),
            handoff=Handoff(telegram, sender, moves, memory, lambda: self.desk.serving),
            admins=Admins(
                telegram.admins, sender, memory, browser, lambda: self.desk.serving, self._reload
            ),
        )
        handlers = Handlers(self.desk)
        self.dispatcher = Dispatcher(
            inbox,
            lambda raw: read_update(raw, account),
            handlers.handle,
            handlers.give_up,
            pulse,
        )

    async def reload_by_signal(self) -> None:
        """Read the FAQ anew; the log says what came of it."""
        await self._reload.now(lambda: self.desk.texts(None).team)

    async def finish(self) -> None:
        """Wait a moment for what was begun beside the replies."""
        if self._asides:
            await asyncio.wait(self._asides, timeout=_TICK_S)

    def _on_worker(
        self, function: Callable[..., Any], *arguments: Any, utterance: str | None = None
    ) -> asyncio.Future[Any]:
        return asyncio.wrap_future(self._worker.submit(function, *arguments, utterance=utterance))

    def _beside(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def _renewed(self) -> Any:
        return renew(self._bot, self._load, self._worker.in_turn)

    def _adopt(self, renewed: Bot) -> None:
        self._bot = renewed
        self._worker.read_ahead = renewed.read_ahead
        phrasebook = renewed.settings.phrasebook
        self.desk.conversation.adopt(renewed.faq, renewed.decide, phrasebook)
        self.desk.serving = _serving(renewed)


def _patience_s(settings: Settings) -> float:
    """Of /healthz: it says that something is dead before the watchdog ends the process."""
    return min(UNHEALTHY_S, settings.telegram.watchdog_s / 2)


def _serving(bot: Bot) -> Serving:
    return Serving(bot.faq, bot.settings.phrasebook, bot.fingerprint, bot.drift)


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


async def _register(account: Client, url: str, secret: str) -> None:
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
