"""Telegram by long polling: private text messages and pressed buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, InvalidToken, TelegramError
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
from bot.channels.telegram.buttons import ButtonReader, Kind
from bot.channels.telegram.render import escape, keyboard, links_as_text, text_parts
from bot.domain import Incoming, Press, Reply
from bot.errors import ChannelError

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
_PUBLIC_API = "https://api.telegram.org"
_UNLIMITED = -1
_App = Application[Any, Any, Any, Any, Any, Any]


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

    def serve(self) -> None:
        """Poll until SIGTERM or SIGINT; messages in flight are answered before it returns.

        A network that is away is waited for, at the start too.

        Raises:
            BotError: the parts cannot be built, or Telegram refuses the token.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="matching") as worker:
            bot = worker.submit(self._build).result()
            application = self._application(_Handlers(bot, worker))
            logger.info("serving Telegram at %s", self._api_url)
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
        logger.info("stopped")

    def _application(self, handlers: _Handlers) -> _App:
        application = (
            ApplicationBuilder()
            .token(self._token)
            .base_url(f"{self._api_url}/bot")
            .base_file_url(f"{self._api_url}/file/bot")
            .build()
        )
        handlers.register(application)
        return application


def _api_url(environment: Mapping[str, str]) -> str:
    url = environment.get(API_URL, "").strip().rstrip("/") or _PUBLIC_API
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
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
        self._texts = bot.settings.texts
        self._buttons = ButtonReader(bot.faq.by_id)
        self._worker = worker

    def register(self, application: _App) -> None:
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        texts = self._texts
        for command, text in (("start", texts.welcome), ("help", texts.help)):
            application.add_handler(CommandHandler(command, _says(text), filters=private))
        application.add_handler(MessageHandler(private & filters.COMMAND, _says(texts.help)))
        application.add_handler(MessageHandler(private & filters.TEXT, self._on_text))
        application.add_handler(
            MessageHandler(private & ~filters.StatusUpdate.ALL, _says(texts.not_text))
        )
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_error_handler(self._on_error)

    async def _on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is None or message.text is None:
            return
        # Beside the matching, not before it: "typing" must not delay the answer.
        context.application.create_task(_show_typing(context, message.chat_id))
        reply = await self._reply(message.chat_id, message.text)
        await self._send(context, message.chat_id, reply)

    async def _on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None or query.message is None:
            return
        try:
            await query.answer()  # ends the spinner on the button
        except TelegramError as error:  # too old to be answered; the press still counts
            logger.debug("a press could not be acknowledged: %s", error)
        button = self._buttons.read(query.data or "")
        if button is None:
            return
        chat_id = query.message.chat.id
        reply = await self._reply(chat_id, button.press)
        if button.kind is Kind.RELATED or not await self._edit(query, reply):
            await self._send(context, chat_id, reply)
        elif rest := text_parts(reply.text)[1:]:
            await self._send_parts(context, chat_id, rest, keyboard(reply, self._texts))

    async def _reply(self, chat_id: int, content: str | Press) -> Reply:
        incoming = Incoming(str(chat_id), content)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._conversation.reply, incoming)

    async def _send(self, context: ContextTypes.DEFAULT_TYPE, chat_id: int, reply: Reply) -> None:
        try:
            await self._send_parts(
                context, chat_id, text_parts(reply.text), keyboard(reply, self._texts)
            )
        except BadRequest as error:
            if not reply.links:
                raise
            # Telegram refuses some addresses on buttons; the answer must not be lost for that.
            logger.warning("links are sent as text: %s", error)
            text = f"{reply.text}\n\n{links_as_text(reply.links)}"
            await self._send_parts(
                context, chat_id, text_parts(text), keyboard(reply, self._texts, links=False)
            )

    async def _send_parts(
        self,
        context: ContextTypes.DEFAULT_TYPE,
        chat_id: int,
        parts: list[str],
        markup: InlineKeyboardMarkup | None,
    ) -> None:
        for number, part in enumerate(parts, start=1):
            await context.bot.send_message(
                chat_id,
                escape(part),
                parse_mode=ParseMode.HTML,
                reply_markup=markup if number == len(parts) else None,
            )

    async def _edit(self, query: CallbackQuery, reply: Reply) -> bool:
        """Turn the follow-up into the answer's first part; False where that cannot be done."""
        parts = text_parts(reply.text)
        try:
            await query.edit_message_text(
                escape(parts[0]),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(reply, self._texts) if len(parts) == 1 else None,
            )
        except BadRequest as error:
            # Pressed twice: the answer stands there already.
            return "not modified" in str(error).lower()
        return True

    async def _on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Nobody is left without a word: what failed is logged, and the person is told."""
        logger.error("an update failed", exc_info=context.error)
        chat = update.effective_chat if isinstance(update, Update) else None
        if chat is None or isinstance(context.error, TelegramError):
            return  # there is nobody to tell, or telling is what failed
        try:
            await context.bot.send_message(chat.id, self._texts.trouble)
        except TelegramError as error:
            logger.warning("the apology could not be sent: %s", error)


def _says(text: str) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Any]:
    async def handler(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.effective_chat is not None:
            for part in text_parts(text):
                await context.bot.send_message(update.effective_chat.id, part)

    return handler


async def _show_typing(context: ContextTypes.DEFAULT_TYPE, chat_id: int) -> None:
    try:
        await context.bot.send_chat_action(chat_id, ChatAction.TYPING)
    except TelegramError as error:  # a courtesy; the answer comes all the same
        logger.debug("typing could not be shown: %s", error)
