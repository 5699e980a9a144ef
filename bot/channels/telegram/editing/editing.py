"""What is done about what was missed: it becomes a phrasing, is left alone, or taken back.

The first press shows what would be written and what that would change; the second writes it. An
edit that does harm takes a third.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from telegram import Update
from telegram.error import TelegramError

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.callback_data import ButtonKind
from bot.channels.telegram.editing import cards
from bot.channels.telegram.editing.case import Case, Cases
from bot.channels.telegram.editing.show import Show
from bot.channels.telegram.handoff.records.notes import name_on
from bot.channels.telegram.handoff.replying.desk import Desk
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.updates import person_of, press_of
from bot.domain import FaqEntry
from bot.lru import Lru
from bot.service.admins.learning import Adds, Applied, Learning, LearningError, Proposal, Refusal
from bot.service.admins.proposed import proposal_told, refusal, refusal_told, remarks_told
from bot.store.async_store import AsyncStore
from bot.store.store import Ticket

logger = logging.getLogger(__name__)

_MAX_KNOWN = 1_000  # presses that were carried out, in case it could not be shown
_TRIES = 3  # to write, where the FAQ or what decides is changing
_MAX_SETTLED = 20  # messages about one ticket under which nothing is left to be done


class Editing:
    """Does what the buttons under missed questions stand for, but those of new entries."""

    def __init__(
        self, board: Switchboard, desk: Desk, store: AsyncStore, learning: Learning, cases: Cases
    ) -> None:
        self._board = board
        self._desk = desk
        self._store = store
        self._learning = learning
        self._cases = cases
        self._show = Show(board)
        self._done: Lru[int, Applied] = Lru(_MAX_KNOWN)  # by update
        self._looking: dict[tuple[int, int], asyncio.Task[None]] = {}  # by message

    async def open(self, update: Update, _: object) -> None:
        """The four buttons, in the place of what is shown; of one question of many beneath it."""
        case = await self._begin(update)
        if case is None:
            return
        await self._toast(update)
        rows = self._show.start(case, case.nearest)
        if case.number:
            await self._show.post(update, case, cards.question_of(case), rows)
        else:
            self._store.ignore(case.decision_ids, is_ignored=False)
            await self._show.card(case, "", rows)

    async def pick(self, update: Update, _: object) -> None:
        """Other entries to choose from, the likeliest first."""
        case = await self._begin(update, needs_words=True)
        if case is None or case.words is None:
            return
        await self._toast(update)
        found = await self._learning.candidates(case.words, case.lang)
        await self._show.card(case, "", self._show.entries(case, found))

    async def propose(self, update: Update, _: object) -> None:
        """Show what was missed as a phrasing of an entry, and what that would change."""
        case = await self._begin(update, needs_words=True)
        entry = None if case is None else self._entry(case)
        if case is None or case.words is None:
            return
        texts = case.texts
        await self._toast(update, texts.entry_gone if entry is None else texts.edit_checking)
        if entry is not None:
            self._beside(case, self._look(case, case.words, entry))

    async def anyway(self, update: Update, _: object) -> None:
        """Ask once more, before something is written that does harm."""
        case = await self._begin(update)
        if case is not None:
            await self._toast(update)
            await self._show.card(case, cards.card_on(case.message), self._show.sure(case))

    async def write(self, update: Update, _: object) -> None:
        """Write what the message shows; where it would do something else by now, show that."""
        case = await self._begin(update)
        if case is None:
            return
        applied = self._done.get(update.update_id)
        try:
            applied = applied or await self._apply_as_shown(update, case)
        except LearningError as error:
            applied = await self._made(case) if error.refusal is Refusal.KNOWN else None
            if applied is None:
                await self._toast(update)
                await self._refuse(case, error)
        if applied is not None:
            self._done[update.update_id] = applied
            await self._toast(update)
            await self._settle(update, case, applied)

    async def ignore(self, update: Update, _: object) -> None:
        """Leave the FAQ as it is, and list what was missed no more."""
        case = await self._begin(update)
        if case is not None:
            await self._toast(update, case.texts.edit_ignored)
            self._store.ignore(case.decision_ids)
            words = {"helper": self._board.helper(update)}
            card = cards.done_card(case.texts.edit_left, words)
            helper = person_of(update) or ""
            await self._show.card(case, card, self._show.reopen(case), helper=helper)

    async def undo(self, update: Update, _: object) -> None:
        """Take back what was written."""
        case = await self._begin(update, may_be_settled=True)
        if case is None:
            return
        if case.ticket is not None and str(case.message.message_id) not in _settled(case.ticket):
            await self._toast(update, case.texts.edit_undone_already)
            return
        helper, number = self._board.helper(update), int(case.button.field("number") or 0)
        undone = self._done.get(update.update_id)
        try:
            undone = undone or await self._learning.undo(number, helper)
        except LearningError as error:
            await self._toast(update, refusal(error, case.texts))
            return
        await self._toast(update)
        self._done[update.update_id] = undone
        words = {"helper": helper, "phrasing": undone.text}
        card = cards.done_card(case.texts.edit_undone, words, *remarks_told(undone, case.texts))
        nearest = undone.entry_id if undone.adds is Adds.PHRASING else case.nearest
        rows = self._show.start(case, nearest)
        await self._show.card(case, card, rows, helper=person_of(update) or "")
        self._note_settled(case, is_settled=False)

    async def _begin(
        self, update: Update, *, needs_words: bool = False, may_be_settled: bool = False
    ) -> Case | None:
        """What a press is about; None, and said so, where it comes to nothing."""
        case = await self._cases.pressed(update, press_of(update))
        if case is None:
            return None
        looking = self._looking.pop((case.message.chat.id, case.message.message_id), None)
        if looking is not None:
            looking.cancel()
        settled = [] if case.ticket is None else _settled(case.ticket)
        if not may_be_settled and str(case.message.message_id) in settled:
            await self._toast(update, case.texts.edit_settled)
            return None
        if needs_words and case.words is None:
            await self._toast(update, case.texts.edit_no_words)
            return None
        return case

    async def _look(self, case: Case, words: str, entry: FaqEntry) -> None:
        try:
            proposal = await self._learning.propose_phrasing(words, case.lang, entry.id)
        except LearningError as error:
            await self._refuse(case, error)
        else:
            await self._show_proposal(case, proposal)

    async def _apply_as_shown(self, update: Update, case: Case) -> Applied | None:
        """See `_apply`. What has changed meanwhile may leave the edit as it is shown."""
        for _ in range(_TRIES - 1):
            try:
                return await self._apply(update, case)
            except LearningError as error:
                if error.refusal is not Refusal.CHANGED:
                    raise
        return await self._apply(update, case)

    async def _apply(self, update: Update, case: Case) -> Applied | None:
        """Write what the message shows; None: it would do something else, which is shown instead.

        Raises:
            LearningError: it cannot be written.
        """
        entry, is_sure = self._entry(case), case.button.kind is ButtonKind.SURE
        question, answer = cards.draft_on(case.message)
        if not case.button.field("entry") and question and answer:
            proposal = await self._cases.drafted(case, question, answer)
        elif entry is not None and case.words is not None:
            proposal = await self._learning.propose_phrasing(case.words, case.lang, entry.id)
        else:
            made = await self._made(case)
            gone = case.texts.entry_gone if entry is None else case.texts.edit_no_words
            if made is None:
                await self._toast(update, gone)
            return made
        is_shown = cards.is_shown(case.message, proposal, self._board.live.faq, case.texts)
        if is_shown and (proposal.harmless or is_sure) and proposal.hindrance is None:
            who = self._board.helper(update)
            return await self._learning.apply(proposal, who, despite=is_sure)
        await self._toast(update, case.texts.edit_changed)
        await self._show_proposal(case, proposal)
        return None

    async def _made(self, case: Case) -> Applied | None:
        """What has written meanwhile what was to be written, as before a crash; None: nothing."""
        entry = self._entry(case)
        if entry is None:
            text, _answer = cards.draft_on(case.message)
        else:
            text = cards.phrasing_there(case.message, entry, case.texts)
        return await self._learning.made(text) if text else None

    async def _settle(self, update: Update, case: Case, applied: Applied) -> None:
        """Answer who asked, unless the team has, and say what was done."""
        entry, ticket = self._board.live.faq.by_id.get(applied.entry_id), case.ticket
        question = applied.text if entry is None else entry.question
        words = {"helper": applied.who, "phrasing": applied.text, "question": question}
        texts, number, answered = case.texts, case.message.message_id, ""
        if ticket is not None and entry is not None and not case.is_replied:
            is_sent = await self._desk.send_entry(update, number, ticket, entry)
            words["name"], answered = name_on(ticket), texts.edit_answered if is_sent else ""
        added = texts.edit_added if applied.adds is Adds.PHRASING else texts.edit_added_entry
        card = cards.done_card(added, words, *remarks_told(applied, texts), answered)
        rows, helper = self._show.undo(case, applied.number), person_of(update) or ""
        await self._show.card(case, card, rows, helper=helper)
        self._note_settled(case, is_settled=True)

    async def _show_proposal(self, case: Case, proposal: Proposal) -> None:
        faq, texts = self._board.live.faq, case.texts
        is_draft = proposal.adds is Adds.ENTRY
        card = (cards.draft_card if is_draft else proposal_told)(proposal, faq, texts)
        await self._show.card(case, card, self._show.confirm(case, proposal))

    async def _refuse(self, case: Case, error: LearningError) -> None:
        rows = self._show.start(case, case.nearest)
        await self._show.card(case, refusal_told(error, case.texts), rows)

    def _beside(self, case: Case, looking: Coroutine[None, None, None]) -> None:
        """Look at what an edit would change, while the team's chat goes on."""
        key = case.message.chat.id, case.message.message_id

        async def look() -> None:
            try:
                await looking
            except TelegramError as error:
                logger.warning("what an edit would change could not be shown: %s", error)
            except Exception:
                logger.exception("what an edit would change cannot be told")
                await self._board.sender.quietly(
                    Address(case.message.chat.id), self._board.live.texts(None).trouble
                )
            finally:
                if self._looking.get(key) is asyncio.current_task():
                    del self._looking[key]

        self._looking[key] = asyncio.create_task(look())

    def _entry(self, case: Case) -> FaqEntry | None:
        """The entry that a button names; None where it names none, or one that is gone."""
        faq = self._board.live.faq
        return faq.by_id.get(self._board.keyboards.entry_of(case.button.field("entry"), faq))

    def _note_settled(self, case: Case, *, is_settled: bool) -> None:
        if case.ticket is not None:
            ticket, number = self._board.tickets.present(case.ticket), str(case.message.message_id)
            others = [each for each in _settled(ticket) if each != number]
            kept = [*others, number] if is_settled else others
            self._board.tickets.note(ticket, settled=" ".join(kept[-_MAX_SETTLED:]))

    async def _toast(self, update: Update, text: str = "") -> None:
        await self._board.sender.toast(press_of(update), text)


def _settled(ticket: Ticket) -> list[str]:
    """The messages about a ticket under which nothing is left to be done."""
    return str(ticket.address.get("settled") or "").split()
