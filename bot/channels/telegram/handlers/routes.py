"""Which update goes to which handler: the bot's table of contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from telegram import Update
from telegram.error import Forbidden, RetryAfter
from telegram.ext import (
    ApplicationBuilder,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.channels.telegram.api.client import Client
from bot.channels.telegram.api.sender import retry_after_s
from bot.channels.telegram.handlers.admins import Admins
from bot.channels.telegram.handlers.buttons import Buttons
from bot.channels.telegram.handlers.context import Context
from bot.channels.telegram.handlers.messages import Messages
from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner
from bot.channels.telegram.updates import incoming
from bot.service.update_queue import NobodyThereError, RetryAfterError

Handler = BaseHandler[Any, Any, Any]
Callback = Callable[[Update, Any], Coroutine[Any, Any, None]]


def table(context: Context) -> list[Handler]:
    """The handlers, in order: the first that takes an update is the only one."""
    admins, buttons, messages = Admins(context), Buttons(context), Messages(context)

    admin = filters.User(context.settings.telegram.admins - {incoming.ANONYMOUS_ADMIN})
    admin_itself = admin & ~filters.FORWARDED
    addressed, command = When(incoming.is_addressed), When(incoming.is_command)
    in_team, reply = When(messages.is_in_team_chat), When(incoming.is_reply_to_bot)
    read_along, with_team = When(messages.reads_along), When(messages.is_with_team)

    def admitted(callback: Callback) -> Callback:
        """Only where it is let through."""

        async def if_admitted(update: Update, ptb_context: Any) -> None:
            if await context.admits(update):
                await callback(update, ptb_context)

        return if_admitted

    def button(callback: Callback, *kinds: ButtonKind) -> Handler:
        return ButtonHandler(admitted(callback), context.keyboards.signer, kinds)

    def if_team(*rows: Handler) -> Sequence[Handler]:
        """Only where there are people behind the bot."""
        return rows if context.keyboards.has_team else ()

    return [
        MessageHandler(~filters.UpdateType.MESSAGE, messages.ignore),
        MessageHandler(filters.StatusUpdate.MIGRATE, messages.migrated),
        MessageHandler(When(incoming.is_from_nobody) | filters.StatusUpdate.ALL, messages.ignore),
        # admins
        Command("why", admins.why, admin_itself),
        Command("stats", admins.stats, admin_itself),
        Command("unanswered", admins.unanswered, admin_itself),
        Command("reload", admins.reload, admin_itself),
        *if_team(  # in its chat, replies to posts go to people, and all other talk is its own
            Command("close", context.handoff.close_by_team, in_team & reply),
            MessageHandler(in_team & reply & ~command, context.handoff.from_team),
            MessageHandler(in_team & ~command, messages.ignore),
        ),
        # everybody
        MessageHandler(~addressed & ~read_along, messages.ignore),
        Command("start", admitted(messages.start)),
        Command("help", admitted(messages.help)),
        Command("topics", admitted(messages.topics)),
        Command("ask", admitted(messages.ask)),
        *if_team(
            Command("person", admitted(messages.person)),
            Command("close", admitted(messages.close)),
        ),
        Command("privacy", admitted(messages.privacy)),
        Command("forget", admitted(messages.forget)),
        MessageHandler(When(incoming.is_command_for_anybody), messages.ignore),
        MessageHandler(
            command | (When(incoming.is_name_alone) & ~read_along), admitted(messages.help)
        ),
        *if_team(MessageHandler(addressed & with_team, admitted(context.handoff.from_person))),
        MessageHandler(~filters.TEXT & ~filters.CAPTION, admitted(messages.without_words)),
        MessageHandler(filters.ALL, admitted(messages.question)),
        # buttons
        button(buttons.choose, ButtonKind.CHOICE, ButtonKind.NONE),
        button(buttons.related, ButtonKind.RELATED),
        button(buttons.judge, ButtonKind.UP, ButtonKind.DOWN),
        button(buttons.call_person, ButtonKind.PERSON),
        button(buttons.turn_topics, ButtonKind.TOPICS, ButtonKind.TOPIC),
        button(buttons.look, ButtonKind.LOOK),
        button(admins.turn, ButtonKind.UNANSWERED),
        CallbackQueryHandler(admitted(buttons.old)),
    ]


class Handlers:
    """What the queue does with updates: an `UpdateHandler` over python-telegram-bot's application.

    Its error handler tells an update that failed from one that is done.
    """

    def __init__(self, client: Client, context: Context) -> None:
        self._client = client
        self._context = context
        self._errors: dict[int, Exception] = {}
        self._application = ApplicationBuilder().bot(client).updater(None).job_queue(None).build()
        self._application.add_handlers(table(context))
        self._application.add_error_handler(self._failed)

    async def start(self) -> None:
        """Be ready for updates; the client is initialised already."""
        await self._application.initialize()

    def parse(self, payload: str) -> Update:
        """Read an update; see `UpdateHandler.parse`."""
        return incoming.read_update(payload, self._client)

    def lane(self, payload: str) -> int:
        """The chat that an update belongs to; see `UpdateHandler.lane`."""
        return incoming.lane_of(json.loads(payload))

    async def handle(self, update: Update) -> None:
        """Carry out one update; see `UpdateHandler.handle`."""
        await self._application.process_update(update)
        error = self._errors.pop(update.update_id, None)
        if isinstance(error, Forbidden):  # blocked, or put out of the group
            raise NobodyThereError(str(error)) from error
        if isinstance(error, RetryAfter):
            raise RetryAfterError(retry_after_s(error)) from error
        if error is not None:
            raise error

    async def give_up(self, update: Update) -> None:
        """Tell a person that what they sent could not be handled; see `UpdateHandler.give_up`."""
        query = update.callback_query
        if update.message is not None:
            is_owed = not incoming.is_from_nobody(update) and incoming.is_addressed(update)
        else:
            is_owed = query is not None and query.message is not None
        if is_owed:
            await self._context.say(update, self._context.texts(update).trouble)

    async def _failed(self, update: object, ptb_context: ContextTypes.DEFAULT_TYPE) -> None:
        if isinstance(update, Update) and ptb_context.error is not None:
            self._errors[update.update_id] = ptb_context.error


class Command(CommandHandler[Any, Any]):
    """A `CommandHandler` that also takes what stands under a picture, or is bold."""

    def check_update(self, update: object) -> Any:
        """Whether it is this command; see `CommandHandler.check_update`."""
        if not isinstance(update, Update) or update.message is None:
            return None
        command = incoming.command_of(update)
        if command is None or command.name not in self.commands:
            return None
        is_taken = self.filters.check_update(update)
        return (command.rest.split(), is_taken) if is_taken else None


class ButtonHandler(CallbackQueryHandler[Any, Any]):
    """A `CallbackQueryHandler` of buttons that are signed by this bot, and of some kinds."""

    def __init__(
        self, callback: Callback, signer: ButtonSigner, kinds: Sequence[ButtonKind]
    ) -> None:
        super().__init__(callback)
        self._signer = signer
        self._kinds = kinds

    def check_update(self, update: object) -> bool:
        """Whether it is such a button; see `CallbackQueryHandler.check_update`."""
        if not isinstance(update, Update) or update.callback_query is None:
            return False
        button = self._signer.read(update.callback_query.data or "")
        return button is not None and button.kind in self._kinds


class When(filters.UpdateFilter):
    """A filter by what a function says of the update, which holds a message."""

    def __init__(self, is_so: Callable[[Update], bool]) -> None:
        super().__init__(is_so.__name__)
        self._is_so = is_so

    def filter(self, update: Update) -> bool:
        """Whether it is so; see `filters.UpdateFilter.filter`."""
        return self._is_so(update)
