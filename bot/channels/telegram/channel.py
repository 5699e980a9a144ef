"""Telegram by long polling: private text messages and pressed buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from telegram import BotCommand, CallbackQuery, InlineKeyboardMarkup, Update
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
from bot.channels.telegram.browse import Page, show
from bot.channels.telegram.browse import read as read_page
from bot.channels.telegram.buttons import ButtonReader, Kind
from bot.channels.telegram.render import Part, keyboard, reply_parts, text_parts
from bot.domain import Incoming, Press, Reply
from bot.errors import ChannelError
from bot.texts import Texts
from bot.topics import Topics

logger = logging.getLogger(__name__)

API_URL = "TELEGRAM_API_URL"
_PUBLIC_API = "https://api.telegram.org"
_UNLIMITED = -1
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
            .post_init(handlers.announce)
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
        add(MessageHandler(private & filters.TEXT, self._on_text))
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
                for part in text_parts(choose(self._phrasebook.of(_language(update)))):
                    await context.bot.send_message(update.effective_chat.id, part)

        return handler

    async def _on_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is None or message.text is None:
            return
        # Beside the matching, not before it: "typing" must not delay the answer.
        context.application.create_task(_show_typing(context, message.chat_id))
        reply = await self._reply(update, message.chat_id, message.text)
        await self._send(context, message.chat_id, reply)

    async def _on_start(self, update: Update, context: _Context) -> None:
        """/start, or a link https://t.me/BOT?start=ENTRY-ID, which is answered at once."""
        chat = update.effective_chat
        entry_id = (context.args or [""])[0]
        if chat is None or entry_id not in self._faq.by_id:
            await self._says(lambda texts: texts.welcome)(update, context)
            return
        await self._send(context, chat.id, await self._reply(update, chat.id, Press(entry_id)))

    async def _on_topics(self, update: Update, context: _Context) -> None:
        chat = update.effective_chat
        language = _language(update)
        page = show(Page(None, 0), self._topics, language, self._phrasebook.of(language))
        if chat is None or page is None:
            await self._says(lambda texts: texts.help)(update, context)
            return
        await context.bot.send_message(chat.id, page[0], reply_markup=page[1])

    async def _turn(self, query: CallbackQuery, wanted: Page, language: str | None) -> None:
        """Show another page in the message that the button stands in."""
        texts = self._phrasebook.of(language)
        page = show(wanted, self._topics, language, texts)
        text, markup = (texts.gone, None) if page is None else page
        try:
            await query.edit_message_text(text, reply_markup=markup)
        except BadRequest as error:  # pressed twice, or the message is gone: nothing is lost
            logger.debug("a page was not turned: %s", error)

    async def _on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None or query.message is None:
            return
        try:
            await query.answer()  # ends the spinner on the button
        except TelegramError as error:  # too old to be answered; the press still counts
            logger.debug("a press could not be acknowledged: %s", error)
        if (page := read_page(query.data or "")) is not None:
            await self._turn(query, page, _language(update))
            return
        button = self._buttons.read(query.data or "")
        if button is None:
            return
        chat_id = query.message.chat.id
        reply = await self._reply(update, chat_id, button.press)
        if button.kind is Kind.RELATED or not await self._edit(query, reply):
            await self._send(context, chat_id, reply)
        elif rest := reply_parts(reply)[1:]:
            await self._send_parts(context, chat_id, rest, keyboard(reply))

    async def _reply(self, update: Update, chat_id: int, content: str | Press) -> Reply:
        incoming = Incoming(str(chat_id), content, _language(update))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._conversation.reply, incoming)

    async def _send(self, context: ContextTypes.DEFAULT_TYPE, chat_id: int, reply: Reply) -> None:
        try:
            await self._send_parts(context, chat_id, reply_parts(reply), keyboard(reply))
        except BadRequest as error:
            if not reply.links:
                raise
            # Telegram refuses some addresses on buttons; the answer must not be lost for that.
            logger.warning("links are sent as text: %s", error)
            parts = reply_parts(reply, links=True)
            await self._send_parts(context, chat_id, parts, keyboard(reply, links=False))

    async def _send_parts(
        self,
        context: ContextTypes.DEFAULT_TYPE,
        chat_id: int,
        parts: list[Part],
        markup: InlineKeyboardMarkup | None,
    ) -> None:
        for number, part in enumerate(parts, start=1):
            below = markup if number == len(parts) else None
            try:
                await context.bot.send_message(
                    chat_id, part.html, parse_mode=ParseMode.HTML, reply_markup=below
                )
            except BadRequest as error:
                if "parse entities" not in str(error).lower():
                    raise
                # Better without formatting than not at all.
                logger.warning("an answer is sent without its formatting: %s", error)
                plain = text_parts(part.plain)
                for text in plain[:-1]:
                    await context.bot.send_message(chat_id, text)
                await context.bot.send_message(chat_id, plain[-1], reply_markup=below)

    async def _edit(self, query: CallbackQuery, reply: Reply) -> bool:
        """Turn the follow-up into the answer's first part; False where that cannot be done."""
        parts = reply_parts(reply)
        try:
            await query.edit_message_text(
                parts[0].html,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(reply) if len(parts) == 1 else None,
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
            text = self._phrasebook.of(_language(update)).trouble
            await context.bot.send_message(chat.id, text)
        except TelegramError as error:
            logger.warning("the apology could not be sent: %s", error)


def _language(update: object) -> str | None:
    """The language of the person's Telegram."""
    user = update.effective_user if isinstance(update, Update) else None
    return None if user is None else user.language_code


async def _show_typing(context: ContextTypes.DEFAULT_TYPE, chat_id: int) -> None:
    try:
        await context.bot.send_chat_action(chat_id, ChatAction.TYPING)
    except TelegramError as error:  # a courtesy; the answer comes all the same
        logger.debug("typing could not be shown: %s", error)
