"""What happens with each pressed button, but those of admins."""

from __future__ import annotations

import time

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update

from bot.channels.telegram.api.sender import Markup
from bot.channels.telegram.callback_data import Button, ButtonKind
from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.updates import (
    address_of,
    conversation_of,
    is_group,
    lang_of,
    person_of,
    press_of,
)
from bot.domain import Press, Unanswered
from bot.errors import StoreError
from bot.files.config.telegram import Presses
from bot.service.judging import REGRETTED, Judging
from bot.store.store import Label, LabelKind

_JUDGEMENTS = {
    ButtonKind.UP: LabelKind.UP,
    ButtonKind.DOWN: LabelKind.DOWN,
    ButtonKind.HELPED: LabelKind.HELPED,
    ButtonKind.UNHELPED: LabelKind.UNHELPED,
}


class Buttons:
    """Does what buttons stand for."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._judging = Judging(people.live, people.store)

    async def old(self, update: Update, _: object) -> None:
        """Of a version that had other buttons, or never on a button of this bot."""
        await self._people.sender.toast(press_of(update), self._people.texts(update).old_button)

    async def choose(self, update: Update, _: object) -> None:
        """A choice of a follow-up, or none of these."""
        query = press_of(update)
        await self._people.sender.toast(query)  # ends the spinner on the button
        button = self._button(update)
        entry_id = None if button.kind is ButtonKind.NONE else self._entry_of(button)
        await self._people.turn_into(update, query, Press(entry_id, button.field("decision")))

    async def show_others(self, update: Update, _: object) -> None:
        """Not the answer that was shown tentatively: what else could be meant, in its place."""
        query, decision_id = press_of(update), self._button(update).field("decision")
        await self._people.sender.toast(query)
        await self._people.turn_into(update, query, Press(None, decision_id, shows_others=True))

    async def related(self, update: Update, _: object) -> None:
        """A related question, or one of a topic."""
        await self._people.sender.toast(press_of(update))
        await self._people.show(update, self._entry_of(self._button(update)))

    async def turn_topics(self, update: Update, _: object) -> None:
        """Another page of topics, or of a topic's questions, in the place of the one before."""
        query = press_of(update)
        await self._people.sender.toast(query)
        await self._people.turn_page(update, query, *self._page(update))

    async def look(self, update: Update, _: object) -> None:
        """A topic under a message that stays as it is."""
        await self._people.sender.toast(press_of(update))
        await self._people.say(update, *self._page(update))

    async def judge(self, update: Update, _: object) -> None:
        """Keep a 👍 or 👎 to an answer or to the team's help; thank or regret, once."""
        people, query, button = self._people, press_of(update), self._button(update)
        person, kind = person_of(update) or "", _JUDGEMENTS[button.kind]
        entry_id = self._entry_of(button) or None
        label = Label(button.field("decision"), kind, person, time.time(), entry_id)
        anyone = people.settings.telegram.presses is Presses.ANYONE
        is_first = await self._judging.is_first(label, anyone=anyone)
        texts, is_alone = people.texts(update), not _is_in_group(query)
        told = texts.feedback_thanks
        if kind in REGRETTED:  # which others in a group need not read
            told = texts.not_helpful if kind is LabelKind.DOWN else texts.not_helped
            told = "" if is_alone else told
        await people.sender.toast(query, told if is_first else "")
        await self._take_away(query, *_JUDGEMENTS)
        if kind in REGRETTED and is_first and is_alone:
            reply = await self._judging.regret(label, conversation_of(update), lang_of(update))
            asker = people.asker(update)
            under: Markup = people.keyboards.after_regret(label.decision_id, asker, texts)
            if reply.text == texts.not_helpful_again:
                under = people.keyboards.under(reply, texts, asker)
            await people.say(update, reply.text, under)

    async def ask_differently(self, update: Update, _: object) -> None:
        """After 👎, whoever wants to ask anew."""
        await self._people.sender.toast(press_of(update))
        await self._people.say(update, self._people.texts(update).ask_again)

    async def call_person(self, update: Update, _: object) -> None:
        """Ask a person; a second press does not ask again."""
        people, query, texts = self._people, press_of(update), self._people.texts(update)
        if people.handoff.is_open(conversation_of(update)):
            await people.sender.toast(query, texts.person_comes)
            return
        await people.sender.toast(query)
        unanswered = await self._asked_above(update, query)
        if unanswered.question is None:  # its words are not kept, but may be at hand
            unanswered = people.live.asked_last(conversation_of(update)) or unanswered
        told = await people.handoff.call(update, unanswered, texts)
        if people.handoff.is_open(conversation_of(update)):
            await self._take_away(query, ButtonKind.PERSON)
        await people.say(update, told)

    def _button(self, update: Update) -> Button:
        """The button; the table of handlers lets through only those of this bot."""
        button = self._people.keyboards.read(press_of(update).data or "")
        if button is None:
            raise ValueError("the button is none of this bot's")
        return button

    def _entry_of(self, button: Button) -> str:
        hashed = button.field("entry")
        return self._people.keyboards.entry_of(hashed, self._people.live.faq)

    def _page(self, update: Update) -> tuple[str, InlineKeyboardMarkup | None]:
        people, texts = self._people, self._people.texts(update)
        page = people.keyboards.opened(
            self._button(update), people.live.faq, lang_of(update), texts
        )
        return page or (texts.gone, None)

    async def _take_away(self, query: CallbackQuery, *kinds: ButtonKind) -> None:
        """Take buttons of some kinds away from beneath a message."""
        if isinstance(query.message, Message) and query.message.is_accessible:
            rest = self._people.keyboards.without(query.message.reply_markup, *kinds)
            await self._people.sender.set_keyboard(query, rest)

    async def _asked_above(self, update: Update, query: CallbackQuery) -> Unanswered:
        """The question above a button, as far as it is remembered."""
        chat = str(address_of(update).chat_id)
        number = 0 if query.message is None else query.message.message_id
        try:
            found = await self._people.store.decision_shown(chat, number)
        except StoreError:
            found = None
        if found is None:
            return Unanswered(None, decision_id=self._button(update).field("decision"))
        return Unanswered(found.text, found.decision.candidates, found.id)


def _is_in_group(query: CallbackQuery) -> bool:
    return query.message is not None and is_group(query.message.chat)
