"""Telegram by long polling: private text messages and pressed buttons."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from telegram import BotCommand, Update
from telegram.constants import ChatAction
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.app import Bot
from bot.channels.telegram.browse import Page, show
from bot.channels.telegram.browse import read as read_page
from bot.channels.telegram.buttons import ButtonReader, Kind
from bot.channels.telegram.order import ChatOrder
from bot.channels.telegram.sending import Sender
from bot.domain import Incoming, Press, Reply
from bot.errors import ChannelError
from bot.texts import Texts
from bot.topics import Topics

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
_PUBLIC_API = "https://api.telegram.org"
_UNLIMITED = -1
_SILENCE_S = 10  # at the start, before somebody is told
_TIMEOUT_S = 20.0  # of one request; Telegram is at times slow, and a lost answer is worse
_MAX_DESCRIPTION = 256  # characters that Telegram takes for a command
_App = Application[Any, Any, Any, Any, Any, Any]
_Context = ContextTypes.DEFAULT_TYPE


class TelegramChannel:
    """Serves one bot account.

    Encoding and search run on one worker thread, off the event loop; it also builds the bot, so
    that the threads of torch and FAISS are started from one place only.

    Args:
        build: makes the running parts; called once, on the worker thread.
        token: the account's; never logged.
        environment: may name another Bot API server under TELEGRAM_API_URL.
    """

    def __init__(
        self, build: Callable[[], Bot], token: str, environment: Mapping[str, str]
    ) -> None:
        self._build = build
        self._token = token
        self._api_url = _api_url(environment)
        self._is_connected = False

    def serve(self) -> None:
        """Poll until SIGTERM or SIGINT; messages in flight are answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            BotError: the parts cannot be built, or Telegram refuses the token.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="matching") as worker:
            bot = worker.submit(self._build).result()
            application = self._application(_Handlers(bot, worker))
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
                    "Telegram refuses the token. Copy it again from @BotFather into "
                    "TELEGRAM_BOT_TOKEN."
                ) from None
            finally:
                warning.cancel()
        logger.info("stopped")

    def _warn(self) -> None:
        if not self._is_connected:
            logger.warning(
                "%s has not answered for %d s; still trying. Check the network%s.",
                self._api_url,
                _SILENCE_S,
                "" if self._api_url == _PUBLIC_API else f" and {API_URL}",
            )

    def _application(self, handlers: _Handlers) -> _App:
        async def connected(application: _App) -> None:
            self._is_connected = True
            logger.info("serving Telegram at %s", self._api_url)
            await handlers.announce(application)

        application = (
            ApplicationBuilder()
            .token(self._token)
            .base_url(f"{self._api_url}/bot")
            .base_file_url(f"{self._api_url}/file/bot")
            .read_timeout(_TIMEOUT_S)
            .write_timeout(_TIMEOUT_S)
            .connect_timeout(_TIMEOUT_S)
            .concurrent_updates(ChatOrder())
            .post_init(connected)
            .build()
        )
        handlers.register(application)
        return application


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


class _Handlers:
    """What happens with each kind of update."""

    def __init__(self, bot: Bot, worker: ThreadPoolExecutor) -> None:
        self._conversation = bot.conversation
        self._phrasebook = bot.settings.phrasebook
        self._buttons = ButtonReader(bot.faq.by_id)
        self._faq = bot.faq
        self._topics = Topics(bot.faq)
        self._worker = worker

    def register(self, application: _App) -> None:
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        add = application.add_handler
        add(CommandHandler("start", self._on_start, filters=private))
        add(CommandHandler("topics", self._on_topics, filters=private))
        add(MessageHandler(private & filters.COMMAND, self._says(lambda texts: texts.help)))
        words = filters.TEXT | filters.CAPTION
        add(MessageHandler(private & words, self._on_text))
        other = private & ~filters.StatusUpdate.ALL
        add(MessageHandler(other, self._says(lambda texts: texts.not_text)))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_error_handler(self._on_error)

    async def announce(self, application: _App) -> None:
        """Tell Telegram the commands in every language; the bot works without that too."""
        by_code = [(None, self._phrasebook.of(None)), *self._phrasebook.languages.items()]
        for code, texts in by_code:
            commands = [
                BotCommand("topics", texts.command_topics[:_MAX_DESCRIPTION]),
                BotCommand("help", texts.command_help[:_MAX_DESCRIPTION]),
                BotCommand("start", texts.command_start[:_MAX_DESCRIPTION]),
            ]
            try:
                await application.bot.set_my_commands(commands, language_code=code)
            except TelegramError as error:
                logger.warning("the commands could not be announced: %s", error)
                return

    def _says(self, choose: Callable[[Texts], str]) -> Callable[[Update, _Context], Any]:
        """A handler that says one sentence in the person's language."""

        async def handler(update: Update, context: _Context) -> None:
            if update.effective_chat is not None:
                text = choose(self._phrasebook.of(_language(update)))
                await Sender(context.bot).text(update.effective_chat.id, text)

        return handler

    async def _on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        text = None if message is None else message.text or message.caption
        if message is None or text is None:
            return
        # Beside the matching, not before it: "typing" must not delay the answer.
        context.application.create_task(_show_typing(context, message.chat_id))
        reply = await self._reply(update, message.chat_id, text)
        await Sender(context.bot).reply(message.chat_id, reply)

    async def _on_start(self, update: Update, context: _Context) -> None:
        """/start, or a link https://t.me/BOT?start=ENTRY-ID, which is answered at once."""
        chat = update.effective_chat
        entry_id = (context.args or [""])[0]
        if chat is None or entry_id not in self._faq.by_id:
            await self._says(lambda texts: texts.welcome)(update, context)
            return
        reply = await self._reply(update, chat.id, Press(entry_id))
        await Sender(context.bot).reply(chat.id, reply)

    async def _on_topics(self, update: Update, context: _Context) -> None:
        chat = update.effective_chat
        language = _language(update)
        page = show(Page(None, 0), self._topics, language, self._phrasebook.of(language))
        if chat is None or page is None:
            await self._says(lambda texts: texts.help)(update, context)
            return
        await Sender(context.bot).text(chat.id, *page)

    async def _on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None or query.message is None:
            return
        try:
            await query.answer()  # ends the spinner on the button
        except TelegramError as error:  # too old to be answered; the press still counts
            logger.debug("a press could not be acknowledged: %s", error)
        sender = Sender(context.bot)
        if (page := read_page(query.data or "")) is not None:
            language = _language(update)
            texts = self._phrasebook.of(language)
            await sender.edit(
                query, *(show(page, self._topics, language, texts) or (texts.gone, None))
            )
            return
        button = self._buttons.read(query.data or "")
        if button is None:
            return
        chat_id = query.message.chat.id
        reply = await self._reply(update, chat_id, button.press)
        if button.kind is Kind.RELATED or not await sender.turn_into(query, reply):
            await sender.reply(chat_id, reply)

    async def _reply(self, update: Update, chat_id: int, content: str | Press) -> Reply:
        incoming = Incoming(str(chat_id), content, _language(update))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._conversation.reply, incoming)

    async def _on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """What failed is logged, and the person is told where that is possible."""
        if update is None:
            _log_polling(context.error)
            return
        logger.error("an update failed", exc_info=context.error)
        chat = update.effective_chat if isinstance(update, Update) else None
        if chat is None or isinstance(context.error, TelegramError):
            return  # there is nobody to tell, or telling is what failed
        try:
            text = self._phrasebook.of(_language(update)).trouble
            await Sender(context.bot).text(chat.id, text)
        except TelegramError as error:
            logger.warning("the apology could not be sent: %s", error)


def _log_polling(error: Exception | None) -> None:
    if isinstance(error, Conflict):
        logger.error("another program polls Telegram with this token; stop one of the two")
    else:
        logger.warning("Telegram cannot be polled, trying again", exc_info=error)


def _language(update: object) -> str | None:
    """The language of the person's Telegram."""
    user = update.effective_user if isinstance(update, Update) else None
    return None if user is None else user.language_code


async def _show_typing(context: ContextTypes.DEFAULT_TYPE, chat_id: int) -> None:
    try:
        await context.bot.send_chat_action(chat_id, ChatAction.TYPING)
    except TelegramError as error:  # a courtesy; the answer comes all the same
        logger.debug("typing could not be shown: %s", error)
