"""Telegram by long polling."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import InvalidToken
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    MessageHandler,
    filters,
)

from bot.app import Bot, renew
from bot.channels.telegram.admins import Admins
from bot.channels.telegram.announce import announce
from bot.channels.telegram.browse import Browser
from bot.channels.telegram.buttons import Buttons
from bot.channels.telegram.desk import Desk
from bot.channels.telegram.failures import Failures
from bot.channels.telegram.handoff import Handoff
from bot.channels.telegram.keyboards import Keyboards
from bot.channels.telegram.limits import Limiter
from bot.channels.telegram.messages import MessageHandlers
from bot.channels.telegram.moves import Moves
from bot.channels.telegram.order import ChatOrder
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.presses import PressHandlers
from bot.channels.telegram.reload import Reload
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.serving import Serving
from bot.domain import Faq
from bot.errors import ChannelError
from bot.files.config import Settings
from bot.store.memory import Memory

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
_PUBLIC_API = "https://api.telegram.org"
_UNLIMITED = -1
_SILENCE_S = 10  # at the start, before somebody is told
_TIMEOUT_S = 20.0  # of one request; Telegram is at times slow, and a lost answer is worse
_TICK_S = 1.0
_WORKER = "matching"
_App = Application[Any, Any, Any, Any, Any, Any]


class TelegramChannel:
    """Serves one bot account.

    Encoding and search run on one worker thread, off the event loop; it also builds the bot, so
    that the threads of torch and FAISS are started from one place only.

    Args:
        build: makes the running parts; called once, on the worker thread.
        load: reads the files anew, for /reload and SIGHUP.
        memory: what the bot remembers; closed at the end.
        token: the account's; never logged.
        environment: may name another Bot API server under TELEGRAM_API_URL.
    """

    def __init__(
        self,
        build: Callable[[], Bot],
        load: Callable[[], tuple[Settings, Faq]],
        memory: Memory,
        token: str,
        environment: Mapping[str, str],
    ) -> None:
        self._build = build
        self._load = load
        self._memory = memory
        self._token = token
        self._api_url = _api_url(environment)
        self._is_connected = False
        self._was_hung_up = False  # before the FAQ could be read anew

    def serve(self) -> None:
        """Poll until SIGTERM or SIGINT; messages in flight are answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            BotError: the parts cannot be built, or Telegram refuses the token.
        """
        if hasattr(signal, "SIGHUP"):  # Windows has none
            signal.signal(signal.SIGHUP, self._hang_up)  # else it would end a bot that starts
        try:
            with ThreadPoolExecutor(max_workers=1, thread_name_prefix=_WORKER) as worker:
                self._serve(worker.submit(self._build).result(), worker)
        finally:
            self._memory.close()
        logger.info("stopped")

    def _serve(self, bot: Bot, worker: ThreadPoolExecutor) -> None:
        application = self._application(bot, worker)
        logger.info("connecting to Telegram at %s", self._api_url)
        warning = threading.Timer(_SILENCE_S, self._warn)
        warning.daemon = True
        warning.start()
        try:
            application.run_polling(
                allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY],
                bootstrap_retries=_UNLIMITED,
            )
        except InvalidToken:  # its text holds the token
            raise ChannelError(
                "Telegram refuses the token. Copy it again from @BotFather into TELEGRAM_BOT_TOKEN."
            ) from None
        finally:
            warning.cancel()

    def _hang_up(self, *_: object) -> None:
        self._was_hung_up = True

    def _warn(self) -> None:
        if not self._is_connected:
            logger.warning(
                "%s has not answered for %d s; still trying. Check the network%s.",
                self._api_url,
                _SILENCE_S,
                "" if self._api_url == _PUBLIC_API else f" and {API_URL}",
            )

    def _application(self, bot: Bot, worker: ThreadPoolExecutor) -> _App:
        jobs: list[asyncio.Task[None]] = []

        async def started(application: _App) -> None:
            self._is_connected = True
            await desk.moves.load()
            if desk.handoff.chat_id is not None:
                await desk.handoff.load()
            loop = asyncio.get_running_loop()
            if hasattr(signal, "SIGHUP"):
                loop.add_signal_handler(signal.SIGHUP, lambda: jobs.append(again()))
            if self._was_hung_up:
                jobs.append(again())
            jobs.append(asyncio.create_task(_tick(desk.handoff)))
            logger.info("serving Telegram at %s", self._api_url)
            await announce(application.bot, bot.settings)

        def again() -> asyncio.Task[None]:
            return asyncio.create_task(_by_signal(reload, desk))

        async def stopping(application: _App) -> None:
            for job in jobs:
                job.cancel()

        application = (
            ApplicationBuilder()
            .token(self._token)
            .base_url(f"{self._api_url}/bot")
            .base_file_url(f"{self._api_url}/file/bot")
            .read_timeout(_TIMEOUT_S)
            .write_timeout(_TIMEOUT_S)
            .connect_timeout(_TIMEOUT_S)
            .get_updates_request(Polling(connection_pool_size=1))
            .concurrent_updates(ChatOrder())
            .post_init(started)
            .post_stop(stopping)
            .build()
        )
        desk, reload = self._desk(bot, worker, application)
        messages, presses, failures = MessageHandlers(desk), PressHandlers(desk), Failures(desk)
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, messages.on_message))
        application.add_handler(CallbackQueryHandler(presses.on_press))
        application.add_error_handler(failures.on_error)
        return application

    def _desk(self, bot: Bot, worker: ThreadPoolExecutor, application: _App) -> tuple[Desk, Reload]:
        settings, memory = bot.settings, self._memory
        telegram = settings.telegram
        serving = _serving(bot)
        present = {"bot": bot}

        def on_worker(function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
            return asyncio.get_running_loop().run_in_executor(worker, function, *arguments)

        def in_turn(function: Callable[[], Any]) -> Any:
            if threading.current_thread().name.startswith(_WORKER):
                return function()
            return worker.submit(function).result()

        def adopt(renewed: Bot) -> None:
            present["bot"] = renewed
            desk.conversation.adopt(renewed.faq, renewed.decide, renewed.settings.phrasebook)
            desk.serving = _serving(renewed)

        team = telegram.handoff_chat
        moves = Moves(memory, {} if team is None else {team: "telegram.handoff_chat"})
        sender = Sender(application.bot, moves)
        buttons = Buttons(self._token)
        browser = Browser(buttons)
        reload = Reload(lambda: renew(present["bot"], self._load, in_turn), worker, adopt)
        desk = Desk(
            settings=settings,
            serving=serving,
            conversation=bot.converse(memory),
            on_worker=on_worker,
            memory=memory,
            sender=sender,
            moves=moves,
            buttons=buttons,
            keyboards=Keyboards(buttons, browser, telegram.feedback, has_team=team is not None),
            browser=browser,
            limiter=Limiter(telegram.limits),
            handoff=Handoff(telegram, sender, moves, memory, lambda: desk.serving),
            admins=Admins(telegram.admins, sender, memory, browser, lambda: desk.serving, reload),
        )
        return desk, reload


def _serving(bot: Bot) -> Serving:
    return Serving(bot.faq, bot.settings.phrasebook, bot.fingerprint)


async def _by_signal(reload: Reload, desk: Desk) -> None:
    """The log says what came of it."""
    await reload.now(lambda: desk.texts(None).team)


async def _tick(handoff: Handoff) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        try:
            await handoff.tick()
        except Exception:  # the next tick may do better, and there must be one
            logger.exception("a task of the handoff failed")


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
