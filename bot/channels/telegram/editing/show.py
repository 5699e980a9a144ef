"""How a message shows what becomes of what was missed, with the buttons for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from telegram import InlineKeyboardMarkup, Update

from bot.channels.telegram.callback_data import ButtonKind, short
from bot.channels.telegram.editing import cards
from bot.channels.telegram.editing.case import Case
from bot.channels.telegram.handoff.posting.team_chat import Posting
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.keyboard import Row
from bot.channels.telegram.updates import address_of
from bot.service.admins.learning import Adds, Candidate, Proposal

EDITS = frozenset(
    {
        *(ButtonKind.EDIT, ButtonKind.ADD, ButtonKind.PICK, ButtonKind.DRAFT, ButtonKind.IGNORE),
        *(ButtonKind.WRITE, ButtonKind.ANYWAY, ButtonKind.SURE, ButtonKind.UNDO),
        ButtonKind.WORDS,
    }
)


class Show:
    """Changes messages, and draws the buttons that edit the FAQ; all others stay where they are."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def card(self, case: Case, card: str, rows: Sequence[Row], *, helper: str = "") -> None:
        """Show a card, and other buttons, under what was missed.

        Args:
            card: HTML; "" for none.
            helper: whom of the team it names, as the store does.
        Raises:
            TelegramError: it cannot be shown now.
        """
        message = case.message
        markup = self._board.keyboards.without(message.reply_markup, *EDITS, instead=rows)
        with self._posting(case) as may_be_posted:
            if may_be_posted:
                html = cards.with_card(message, card)
                await self._board.sender.rewrite(message.chat.id, message.message_id, html, markup)
                if case.ticket is not None and helper:
                    place = message.chat.id, message.message_id
                    self._board.tickets.add_posts(*place, [case.ticket], helper)

    async def post(self, update: Update, case: Case, html: str, rows: Sequence[Row]) -> None:
        """Show something beneath, in a message of its own.

        Raises:
            TelegramError: it cannot be shown now.
        """
        markup = InlineKeyboardMarkup(rows)
        if case.ticket is None:
            await self._board.sender.message(address_of(update), html, markup)
        else:
            self._board.team.pace.take()  # it counts, though it does not wait
            await self._board.team.send(Posting(html, [case.ticket], markup, is_silent=True))

    def start(self, case: Case, entry_id: str | None = None) -> list[Row]:
        """The buttons under what was missed, before anybody has done something about it.

        Args:
            entry_id: that it most likely asks for.
        """
        entry = self._board.live.faq.by_id.get(entry_id or "")
        return self._board.keyboards.edits(*case.fields, entry, case.texts)

    def confirm(self, case: Case, proposal: Proposal) -> list[Row]:
        """The buttons under what is not written yet."""
        entry_id = proposal.entry_id if proposal.adds is Adds.PHRASING else ""
        away = self._away(case, entry_id)
        if proposal.hindrance is not None:
            return [away]
        label, kind = case.texts.edit_write, ButtonKind.WRITE
        if not proposal.harmless:
            label, kind = case.texts.edit_anyway, ButtonKind.ANYWAY
        return [self._about(label, kind, case, entry_id), away]

    def sure(self, case: Case) -> list[Row]:
        """The buttons that ask once more."""
        entry, label = case.button.field("entry"), case.texts.edit_sure
        sure = self._board.keyboards.button(label, ButtonKind.SURE, entry, *case.fields)
        return [[sure], self._away(case, entry)]

    def undo(self, case: Case, number: int) -> list[Row]:
        """The button that takes an edit back."""
        button, (decision_id, ticket_id) = self._board.keyboards.button, case.fields
        fields = str(number), decision_id, ticket_id
        return [[button(case.texts.edit_undo, ButtonKind.UNDO, *fields)]]

    def entries(self, case: Case, found: Sequence[Candidate]) -> list[Row]:
        """Entries to choose from."""
        add = ButtonKind.ADD
        rows = [self._about(f"＋ {each.question}", add, case, each.entry_id) for each in found]
        return [*rows, self._first(case, case.texts.edit_back)]

    def reopen(self, case: Case) -> list[Row]:
        """The button that brings the first ones, after all."""
        return [self._first(case, case.texts.edit_open)]

    def drop(self, case: Case, step: int) -> Row:
        """The button that lets go of a new entry; as long as it is there, a reply is its words.

        Args:
            step: 1: of its question; 2: of its answer.
        """
        button, fields = self._board.keyboards.button, (*case.fields, str(step))
        return [button(case.texts.edit_cancel, ButtonKind.WORDS, *fields)]

    def _away(self, case: Case, entry: str) -> Row:
        return self._first(case, case.texts.edit_back) if entry else self.drop(case, 2)

    def _first(self, case: Case, label: str) -> Row:
        return [self._board.keyboards.button(label, ButtonKind.EDIT, *case.fields)]

    def _about(self, label: str, kind: ButtonKind, case: Case, entry_id: str) -> Row:
        entry = short(entry_id) if entry_id else ""
        return [self._board.keyboards.button(label, kind, entry, *case.fields)]

    @contextmanager
    def _posting(self, case: Case) -> Iterator[bool]:
        if case.ticket is None:
            yield True
            return
        with self._board.tickets.posting([case.ticket]) as may_be_posted:
            yield may_be_posted
