"""Which update goes to which handler: the bot's table of contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from telegram import Update
from telegram.error import Forbidden, RetryAfter
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.channels.telegram import arrivals, updates
from bot.channels.telegram.api.client import Client, Delivery, retry_after_s
from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.callback_data import ButtonKind
from bot.channels.telegram.editing.case import Cases
from bot.channels.telegram.editing.drafts import Drafts
from bot.channels.telegram.editing.editing import Editing
from bot.channels.telegram.handlers.admins import Admins
from bot.channels.telegram.handlers.buttons import Buttons
from bot.channels.telegram.handlers.missed import Missed
from bot.channels.telegram.handlers.my_data import MyData
from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.handoff.handoff import Handoff
from bot.channels.telegram.keyboard import HELPED, THUMBS, Keyboards
from bot.channels.telegram.visitors import VisitorMail, VisitorsTeam
from bot.domain import KeepText
from bot.errors import StoreError
from bot.files.config.settings import Settings
from bot.files.config.telegram import Presses
from bot.service.admins.learning import Learning
from bot.service.live import Live
from bot.service.queue.carrying import NobodyThereError, RetryAfterError
from bot.service.replicas import Replicas
from bot.service.visitors.team import Line
from bot.store.async_store import AsyncStore
from bot.store.shared import InboxItem

Handler = BaseHandler[Any, Any, Any]
Callback = Callable[[Update, Any], Coroutine[Any, Any, None]]


def table(people: People, learning: Learning, replicas: Replicas) -> list[Handler]:
    """The handlers, in order: the first that takes an update is the only one."""
    admins, missed = Admins(people), Missed(people, learning, replicas)
    buttons, handoff = Buttons(people), people.handoff
    desk, custody, moderation = handoff.desk, handoff.custody, handoff.moderation
    cases = Cases(handoff.board, people.store, learning, people.settings.telegram)
    editing = Editing(handoff.board, desk, people.store, learning, cases)
    drafts = Drafts(handoff.board, cases)

    admin = filters.User(people.settings.telegram.admins - {updates.ANONYMOUS_ADMIN})
    addressed, command = When(updates.is_addressed), When(updates.is_command)
    in_team = When(people.is_in_team_chat)
    to_person = When(updates.is_reply_to_bot) | When(updates.is_said_in_topic)
    read_along, with_team = When(people.reads_along), When(people.is_with_team)
    edited, from_nobody = When(updates.is_edit), When(updates.is_from_nobody)
    words, of_draft = filters.TEXT | filters.CAPTION, When(cases.is_for_draft)
    of_album = When(handoff.files.is_known)

    def admitted(callback: Callback) -> Callback:
        """Only where it is let through."""

        async def if_admitted(update: Update, ptb_context: Any) -> None:
            if await people.admission.admits(update):
                await callback(update, ptb_context)

        return if_admitted

    def button(callback: Callback, *kinds: ButtonKind) -> Handler:
        return ButtonHandler(admitted(callback), people.keyboards, kinds)

    def if_team(*rows: Handler) -> Sequence[Handler]:
        """Only where there are people behind the bot."""
        return rows if people.keyboards.has_team else ()

    return [
        # what was changed; a command that was changed is none
        MessageHandler(edited & (from_nobody | command), people.ignore),
        MessageHandler(edited & of_draft, admitted(drafts.reply)),
        *if_team(
            MessageHandler(edited & in_team & to_person, admitted(desk.edited)),
            MessageHandler(edited & in_team, people.ignore),
        ),
        MessageHandler(edited & ~addressed & ~read_along, people.ignore),
        *if_team(MessageHandler(edited & with_team, admitted(handoff.edited))),
        MessageHandler(edited & words, admitted(people.edited)),
        MessageHandler(~filters.UpdateType.MESSAGE, people.ignore),
        # what is new
        MessageHandler(filters.StatusUpdate.MIGRATE, people.migrated),
        MessageHandler(from_nobody | filters.StatusUpdate.ALL, people.ignore),
        # admins
        Command("why", admins.why, admin),
        Command("stats", admins.stats, admin),
        Command("unanswered", missed.show, admin),
        Command("reload", admins.reload, admin),
        Command(["block", "unblock"], moderation.command, admin | in_team),
        MessageHandler(of_draft & ~command, drafts.reply),
        *if_team(  # its replies to posts and what it writes in people's topics; the rest is its own
            Command("close", desk.reply, in_team),
            Command("take", custody.command, in_team),
            Command(["help", "start", "person"], people.help_team, in_team),
            MessageHandler(in_team & to_person & command, people.help_team),
            MessageHandler(in_team & to_person, desk.reply),
            MessageHandler(in_team & When(updates.is_name_alone), people.help_team),
            MessageHandler(in_team & ~command, people.ignore),
        ),
        # everybody
        *if_team(MessageHandler(~addressed & of_album, admitted(people.rest_of_album))),
        MessageHandler(~addressed & ~read_along, people.ignore),
        Command("start", admitted(people.start)),
        Command("help", admitted(people.help)),
        Command("topics", admitted(people.topics)),
        Command("ask", admitted(people.ask)),
        *if_team(
            Command("person", admitted(people.person)),
            Command("close", admitted(people.close)),
        ),
        Command("privacy", admitted(people.privacy)),
        Command("mydata", admitted(MyData(people).show)),
        Command("forget", admitted(people.forget)),
        MessageHandler(When(updates.is_command_for_anybody), people.ignore),
        MessageHandler(
            command | (When(updates.is_name_alone) & ~read_along), admitted(people.help)
        ),
        *if_team(MessageHandler(addressed & with_team, admitted(people.with_team))),
        MessageHandler(~words, admitted(people.without_words)),
        MessageHandler(filters.ALL, admitted(people.question)),
        # buttons
        button(buttons.choose, ButtonKind.CHOICE, ButtonKind.NONE),
        button(buttons.show_others, ButtonKind.OTHERS),
        button(buttons.related, ButtonKind.RELATED),
        button(buttons.judge, *THUMBS, *HELPED),
        button(buttons.ask_differently, ButtonKind.DIFFERENTLY),
        button(buttons.call_person, ButtonKind.PERSON),
        button(buttons.turn_topics, ButtonKind.TOPICS, ButtonKind.TOPIC),
        button(buttons.look, ButtonKind.LOOK),
        button(missed.turn, ButtonKind.UNANSWERED),
        button(missed.open, ButtonKind.GROUP),
        button(desk.send, ButtonKind.SEND),
        button(custody.press, ButtonKind.TAKE, ButtonKind.OVER),
        button(moderation.press, ButtonKind.BLOCK),
        button(moderation.lift, ButtonKind.UNBLOCK),
        button(editing.open, ButtonKind.EDIT),
        button(editing.propose, ButtonKind.ADD),
        button(editing.pick, ButtonKind.PICK),
        button(editing.write, ButtonKind.WRITE, ButtonKind.SURE),
        button(editing.anyway, ButtonKind.ANYWAY),
        button(editing.ignore, ButtonKind.IGNORE),
        button(editing.undo, ButtonKind.UNDO),
        button(drafts.begin, ButtonKind.DRAFT),
        button(drafts.drop, ButtonKind.WORDS),
        CallbackQueryHandler(admitted(buttons.old)),
    ]


class Handlers:
    """What the queue does with updates; an `UpdateHandler`.

    Attributes:
        handoff: passes on between people and the team.
        team: the same for visitors of other channels; None where there is no team.
        learning: makes the FAQ better.
    """

    def __init__(
        self,
        settings: Settings,
        live: Live,
        client: Client,
        delivery: Delivery,
        store: AsyncStore,
        learning: Learning,
        line: Line,
        replicas: Replicas,
    ) -> None:
        self.learning = learning
        telegram = settings.telegram
        has_team = telegram.handoff_chat is not None
        keyboards = Keyboards(
            client.token,
            feedback=telegram.feedback,
            has_team=has_team,
            for_anyone=telegram.presses is Presses.ANYONE,
            edits=telegram.team_may_edit or bool(telegram.admins),
            keeps_words=settings.store.keep_text is not KeepText.NONE,
        )
        mail = VisitorMail(line.mailbox, keyboards)
        sender = Sender(client, delivery, mail)
        self.handoff = Handoff(telegram, sender, store, live, keyboards, client, replicas)
        mail.tickets = self.handoff.tickets
        team = VisitorsTeam(self.handoff, client, store, line.mailbox)
        self.team = team if has_team else None
        self._client = client
        self._people = People(settings, live, store, sender, keyboards, self.handoff)
        self._table = table(self._people, learning, replicas)

    def parse(self, payload: str) -> Update:
        """Read an update; see `UpdateHandler.parse`."""
        return updates.read_update(payload, self._client)

    def lane(self, payload: str) -> int:
        """The chat that an update belongs to; see `UpdateHandler.lane`."""
        return arrivals.lane_of(json.loads(payload))

    def sender(self, payload: str) -> str | None:
        """Who sent an update; see `UpdateHandler.sender`."""
        return arrivals.sender_of(json.loads(payload))

    async def drops(self, item: InboxItem) -> bool:
        """Whether an update is not even recorded, as the team has blocked whoever sent it.

        What is said in the team's own chat is heard, and the wish to know what is kept, or to have
        it forgotten.
        """
        if not await self.handoff.blocks.holds(item.person):
            return False
        if arrivals.lane_of(json.loads(item.payload)) == self.handoff.reach.chat_id:
            return False
        return not _is_wish(self.parse(item.payload))

    async def handle(self, update: Update) -> None:
        """Carry out one update; see `UpdateHandler.handle`."""
        await self.handoff.catch_up(update)
        handler = next((each for each in self._table if each.check_update(update)), None)
        if handler is None:
            return
        try:
            await handler.callback(update, None)
        except Forbidden as error:  # blocked, or put out of the group
            raise NobodyThereError(str(error)) from error
        except RetryAfter as error:
            raise RetryAfterError(retry_after_s(error)) from error
        except StoreError as error:  # what an admin or the team asks for cannot be read now
            told = self._people.texts(update).team.memory_away
            await self._people.say(update, told.replace("{reason}", str(error)))

    async def give_up(self, update: Update) -> None:
        """Tell a person that what they sent could not be handled; see `UpdateHandler.give_up`."""
        query = update.callback_query
        if query is None:
            is_owed = not updates.is_from_nobody(update) and updates.is_addressed(update)
        else:
            is_owed = query.message is not None
        if is_owed:
            await self._people.say(update, self._people.texts(update).trouble)


def _is_wish(update: Update) -> bool:
    """Whether somebody wants to know what is kept, or to have it forgotten."""
    if update.message is None or updates.is_forwarded(update):
        return False
    command = updates.command_of(update)
    return command is not None and command.name in {"forget", "mydata", "privacy"}


class Command(CommandHandler[Any, Any]):
    """A `CommandHandler` that also takes what stands under a picture, or is bold.

    Whoever forwards a command has not given it.
    """

    def check_update(self, update: object) -> Any:
        """Whether it is this command; see `CommandHandler.check_update`."""
        if not isinstance(update, Update) or update.message is None or updates.is_forwarded(update):
            return None
        command = updates.command_of(update)
        if command is None or command.name not in self.commands:
            return None
        is_taken = self.filters.check_update(update)
        return (command.rest.split(), is_taken) if is_taken else None


class ButtonHandler(CallbackQueryHandler[Any, Any]):
    """A `CallbackQueryHandler` of buttons that are signed by this bot, and of some kinds."""

    def __init__(
        self, callback: Callback, keyboards: Keyboards, kinds: Sequence[ButtonKind]
    ) -> None:
        super().__init__(callback)
        self._keyboards = keyboards
        self._kinds = kinds

    def check_update(self, update: object) -> bool:
        """Whether it is such a button; see `CallbackQueryHandler.check_update`."""
        if not isinstance(update, Update) or update.callback_query is None:
            return False
        button = self._keyboards.read(update.callback_query.data or "")
        return button is not None and button.kind in self._kinds


class When(filters.UpdateFilter):
    """A filter by what a function says of the update, which holds a message."""

    def __init__(self, is_so: Callable[[Update], bool]) -> None:
        super().__init__(is_so.__name__)
        self._is_so = is_so

    def filter(self, update: Update) -> bool:
        """Whether it is so; see `filters.UpdateFilter.filter`."""
        return self._is_so(update)
