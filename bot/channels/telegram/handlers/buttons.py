"""What happens with each pressed button."""

from __future__ import annotations

import asyncio
import logging
import time

from telegram import CallbackQuery, Message
from telegram.error import TelegramError

from bot.channels.telegram.api.sender import Edited
from bot.channels.telegram.handlers.context import Desk
from bot.channels.telegram.keyboard.callback_data import Button, Kind
from bot.channels.telegram.updates.incoming import Arrival, read_press
from bot.domain import Press, Unanswered
from bot.errors import StoreError
from bot.files.config_telegram import Presses
from bot.service.limits import Verdict
from bot.store.store import Label, LabelKind
from bot.texts import Texts

logger = logging.getLogger(__name__)

_MAX_TOAST_CHARS = 200
_LABEL_WAIT_S = 1.0
_PERSONAL = {Kind.CHOICE, Kind.NONE, Kind.UP, Kind.DOWN, Kind.PERSON}
_THUMBS = {Kind.UP: LabelKind.UP, Kind.DOWN: LabelKind.DOWN}


class PressHandlers:
    """Reads buttons and does what they stand for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_press(self, query: CallbackQuery, update_id: int) -> None:
        """Handle one press."""
        arrival = read_press(query, update_id)
        button = self._desk.buttons.read(query.data or "")
        texts = self._desk.texts(query.from_user.language_code)
        if arrival is None or not self._is_within_limits(arrival):
            await _toast(query)
        elif button is None or (
            button.kind is Kind.UNANSWERED and not self._desk.admins.includes(arrival)
        ):
            await _toast(query, texts.old_button)
        elif not self._is_theirs(button, arrival):
            await _toast(query, texts.not_yours)
        elif button.kind in _THUMBS:
            await self._judge(query, arrival, button, texts)
        elif button.kind is Kind.PERSON:
            await self._call(query, arrival, button, texts)
        else:
            await _toast(query)  # ends the spinner on the button
            await self._show(query, arrival, button, texts)

    async def _show(
        self, query: CallbackQuery, arrival: Arrival, button: Button, texts: Texts
    ) -> None:
        desk = self._desk
        if button.kind in {Kind.TOPICS, Kind.TOPIC}:
            page = desk.browser.turned(button, desk.serving.topics, arrival.lang, texts)
            if await desk.sender.edit(query, *(page or (texts.gone, None))) is Edited.REFUSED:
                await desk.say(arrival, *(page or (texts.gone, None)))
        elif button.kind is Kind.LOOK:
            page = desk.browser.looked(button, desk.serving.topics, arrival.lang, texts)
            await desk.say(arrival, *(page or (texts.gone, None)))
        elif button.kind is Kind.UNANSWERED:
            await desk.admins.turn(query, arrival, button)
        elif button.kind is Kind.RELATED:
            await desk.show(arrival, desk.serving.entry_of(button.fields[0]))
        else:
            await desk.turn_into(query, arrival, *await desk.reply(arrival, self._press(button)))

    def _press(self, button: Button) -> Press:
        if button.kind is Kind.NONE:
            return Press(None, button.fields[0])
        return Press(self._desk.serving.entry_of(button.fields[0]), button.fields[1])

    def _is_theirs(self, button: Button, arrival: Arrival) -> bool:
        """Whether a press counts: in a group, the asker's alone, unless anyone's does.

        Where an anonymous admin asked, anyone's does: a press is never anonymous.
        """
        if button.kind not in _PERSONAL or not arrival.is_group:
            return True
        asker = self._desk.buttons.asker
        is_asker = button.fields[-1] in {asker(arrival.person), asker(None)}
        return is_asker or self._desk.settings.telegram.presses is Presses.ANYONE

    def _is_within_limits(self, arrival: Arrival) -> bool:
        verdict, _ = self._desk.limiter.take(arrival.person or "", arrival.address.chat_id)
        return verdict is Verdict.TAKE

    async def _judge(
        self, query: CallbackQuery, arrival: Arrival, button: Button, texts: Texts
    ) -> None:
        """Keep a 👍 or 👎, and thank for it once."""
        decision_id, hashed, _ = button.fields
        entry_id = self._desk.serving.entry_of(hashed)
        kind = _THUMBS[button.kind]
        label = Label(decision_id, kind, arrival.person or "", time.time(), entry_id)
        anyone = self._desk.settings.telegram.presses is Presses.ANYONE
        kept = self._desk.memory.label(label, anyone=anyone)
        try:
            is_first = await asyncio.wait_for(kept, _LABEL_WAIT_S)
        except (TimeoutError, StoreError):  # it waits to be kept; the thanks need not
            is_first = True
        await _toast(query, texts.feedback_thanks if is_first else "")
        if isinstance(query.message, Message):
            markup = query.message.reply_markup
            rest = self._desk.keyboards.without(markup, Kind.UP, Kind.DOWN)
            await self._desk.sender.set_keyboard(query, rest)

    async def _call(
        self, query: CallbackQuery, arrival: Arrival, button: Button, texts: Texts
    ) -> None:
        """Ask a person; a second press does not ask again."""
        desk = self._desk
        if desk.handoff.is_open(arrival.conversation):
            await _toast(query, texts.person_comes)
            return
        await _toast(query)
        unanswered = await self._recalled(query, arrival)
        if unanswered.question is None:  # its words are not kept, but may be at hand
            unanswered = desk.conversation.unanswered(arrival.conversation) or unanswered
        told = await desk.handoff.call(arrival, unanswered, texts)
        if isinstance(query.message, Message) and told == texts.person_comes:
            rest = desk.keyboards.without(query.message.reply_markup, Kind.PERSON)
            await desk.sender.set_keyboard(query, rest)
        await desk.say(arrival, told)

    async def _recalled(self, query: CallbackQuery, arrival: Arrival) -> Unanswered:
        """The question above a button, as far as it is remembered."""
        chat = str(arrival.address.chat_id)
        number = 0 if query.message is None else query.message.message_id
        try:
            found = await self._desk.memory.decision_shown(chat, number)
        except StoreError:
            found = None
        return (
            Unanswered(None) if found is None else Unanswered(found.text, found.decision.candidates)
        )


async def _toast(query: CallbackQuery, text: str = "") -> None:
    """End the spinner on a button, with words that are shown for a moment."""
    try:
        await query.answer(text[:_MAX_TOAST_CHARS] or None)
    except TelegramError as error:  # too old to be answered; the press still counts
        logger.debug("a press could not be acknowledged: %s", error)
