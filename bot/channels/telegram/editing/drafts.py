"""A new entry of the FAQ, out of what was missed: its question and its answer come as replies.

The message that shows it holds it: it is read from there when it is written.
"""

from __future__ import annotations

import html

from telegram import Update

from bot.channels.telegram.editing import cards
from bot.channels.telegram.editing.case import Case, Cases
from bot.channels.telegram.editing.show import Show
from bot.channels.telegram.handoff.replying.answers import is_note, words_of
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.updates import message_of, press_of
from bot.service.admins.learning import LearningError
from bot.service.admins.proposed import refusal

_QUESTION, _ANSWER = 1, 2  # what a reply is


class Drafts:
    """Asks for the words of a new entry, and shows it before it is written."""

    def __init__(self, board: Switchboard, cases: Cases) -> None:
        self._board = board
        self._cases = cases
        self._show = Show(board)

    async def begin(self, update: Update, _: object) -> None:
        """Ask for the question of a new entry, beneath what was missed; its own buttons go."""
        case = await self._cases.pressed(update, press_of(update))
        if case is not None:
            await self._board.sender.toast(press_of(update))
            told = html.escape(case.texts.edit_ask_question, quote=False)
            card = cards.card_on(case.message)
            await self._show.card(case, card, self._show.reopen(case))
            await self._ask(update, case, told, _QUESTION)

    async def drop(self, update: Update, _: object) -> None:
        """Let go of a new entry."""
        query, case = press_of(update), await self._cases.pressed(update, press_of(update))
        if case is not None:
            await self._board.sender.toast(query)
            await self._board.sender.erase(case.message.chat.id, case.message.message_id)

    async def reply(self, update: Update, _: object) -> None:
        """Take a reply for the question or the answer of an entry, and ask for what is missing."""
        words = words_of(message_of(update))
        case = None if is_note(words) else await self._cases.replied(update)
        if case is None:
            return
        said, answer = words.text.strip(), case.reply
        question, _answer = cards.draft_on(case.message)
        if case.button.field("number") == str(_ANSWER):
            answer = said
        else:
            question = said
        if not said or not question:
            await self._board.say(update, case.texts.edit_ask_question)
        elif not cards.fits(question, answer):
            await self._board.say(update, case.texts.edit_too_long)
        elif not answer:
            await self._ask(update, case, cards.asks_answer(question, case.texts), _ANSWER)
        else:
            await self._preview(update, case, question, answer)

    async def _ask(self, update: Update, case: Case, told: str, step: int) -> None:
        text = f"{cards.question_of(case)}\n\n{told}"
        await self._show.post(update, case, text, [self._show.drop(case, step)])

    async def _preview(self, update: Update, case: Case, question: str, answer: str) -> None:
        try:
            proposal = await self._cases.drafted(case, question, answer)
        except LearningError as error:
            await self._board.say(update, refusal(error, case.texts))
            return
        card = cards.draft_card(proposal, self._board.live.faq, case.texts)
        rows = self._show.confirm(case, proposal)
        await self._show.post(update, case, cards.beneath(cards.question_of(case), card), rows)
