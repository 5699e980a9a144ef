"""What was missed, for whoever presses a button under it; and who may change the FAQ."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import CallbackQuery, Message, Update

from bot.channels.telegram.callback_data import Button, ButtonKind
from bot.channels.telegram.handoff.records.notes import lang_of
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.updates import is_group, message_of, user_of
from bot.files.config.telegram import TelegramSettings
from bot.labels.outcomes import got
from bot.service.admins.learning import Learning, Proposal
from bot.store.async_store import AsyncStore
from bot.store.store import LabelKind, Record, Ticket
from bot.texts import TeamTexts


@dataclass(frozen=True, slots=True)
class Case:
    """Something that was missed, and the bot's message under which something is done about it.

    Attributes:
        button: of that message.
        decision_ids: of what was missed.
        words: as they were asked; None where they are not kept.
        lang: the code of the language of who asked; None if unknown.
        reply: what the team replied to it; "".
        is_replied: who asked has heard from the team.
        nearest: the entry that it most likely asks for; "".
        ticket: by which the team knows who asked; None on /unanswered.
        number: which of the questions of the message it is, from 1; 0 where it is the only one.
        texts: the sentences of whoever presses.
    """

    message: Message
    button: Button
    decision_ids: tuple[str, ...]
    words: str | None
    lang: str | None
    reply: str
    is_replied: bool
    nearest: str
    ticket: Ticket | None
    number: int
    texts: TeamTexts

    @property
    def fields(self) -> tuple[str, str]:
        """What its buttons carry: the decision and the ticket."""
        return self.button.field("decision"), self.button.field("ticket")


class Cases:
    """Finds what a press or a reply is about, for who may change the FAQ; tells all others so."""

    def __init__(
        self, board: Switchboard, store: AsyncStore, learning: Learning, settings: TelegramSettings
    ) -> None:
        self._board = board
        self._store = store
        self._learning = learning
        self._settings = settings

    async def pressed(self, update: Update, query: CallbackQuery) -> Case | None:
        """What a press is about. None where it does not count; then it was said why.

        Raises:
            StoreError: the store cannot tell now.
        """
        texts = self._texts(update)
        if not self._may_edit(update):
            await self._board.sender.toast(query, texts.edit_refused)
            return None
        message, button = query.message, self._board.keyboards.read(query.data or "")
        case = None
        if button is not None and isinstance(message, Message) and message.is_accessible:
            case = await self._find(message, button, texts)
        if case is None:
            await self._board.sender.toast(query, self._board.live.texts(None).old_button)
        return case

    async def drafted(self, case: Case, question: str, answer: str) -> Proposal:
        """What a new entry for what was missed would do.

        Raises:
            LearningError: it cannot be one.
        """
        phrasings = () if case.words is None else (case.words,)
        return await self._learning.propose_entry(question, answer, case.lang, phrasings)

    def asked_by(self, message: Message) -> Button | None:
        """The button under a message that asks for the words of a new entry; None of all others."""
        return self._board.keyboards.find(message.reply_markup, ButtonKind.WORDS)

    def is_for_draft(self, update: Update) -> bool:
        """Whether a message replies to one that asks for the words of a new entry."""
        replied = message_of(update).reply_to_message
        return replied is not None and self.asked_by(replied) is not None

    async def replied(self, update: Update) -> Case | None:
        """What a reply to such a message is about; see `pressed`."""
        texts, replied = self._texts(update), message_of(update).reply_to_message
        button = None if replied is None else self.asked_by(replied)
        if replied is None or button is None:
            return None
        if not self._may_edit(update):
            await self._board.say(update, texts.edit_refused)
            return None
        case = await self._find(replied, button, texts)
        if case is None:
            await self._board.say(update, self._board.live.texts(None).old_button)
        return case

    def _may_edit(self, update: Update) -> bool:
        user, chat = user_of(update), update.effective_chat
        if user is not None and user.id in self._settings.admins:
            return True
        is_here = chat is not None and chat.id == self._board.reach.chat_id
        return is_here and self._settings.team_may_edit

    def _texts(self, update: Update) -> TeamTexts:
        chat, user = update.effective_chat, user_of(update)
        is_team = chat is not None and chat.id == self._board.reach.chat_id
        return self._board.live.texts(None if is_team or user is None else user.language_code).team

    async def _find(self, message: Message, button: Button, texts: TeamTexts) -> Case | None:
        decision_id, ticket_id = button.field("decision"), button.field("ticket")
        if not ticket_id:
            is_private = not is_group(message.chat)
            return await self._of_group(message, button, texts) if is_private else None
        if message.chat.id != self._board.reach.chat_id:
            return None
        found = await self._board.tickets.on(message.chat.id, message.message_id)
        number, ticket = next((each for each in found if each[1].id == ticket_id), (0, None))
        if ticket is None:
            return None
        kept = (await self._store.kept_of(ticket.person)).records
        record = next((each for each in kept if each.id == decision_id), None)
        reply, is_replied = _replied(record)
        return Case(
            message=message,
            button=button,
            decision_ids=(decision_id,),
            words=None if record is None else record.text,
            lang=lang_of(ticket) if record is None else record.lang,
            reply=reply,
            is_replied=is_replied,
            nearest=await self._nearest(record),
            ticket=ticket,
            number=number,
            texts=texts,
        )

    async def _nearest(self, record: Record | None) -> str:
        """The entry that was asked for, as far as the team or whoever asked has said."""
        if record is None:
            return ""
        refused, sent = set[str](), _sent(record)
        if any(label.kind is LabelKind.NONE for label in record.labels):
            refused = {*got(record.decision)}
        near = [hit.entry_id for hit in record.decision.candidates]
        if refused and sent is None and record.text is not None:
            found = await self._learning.candidates(record.text, record.lang)
            near = [each.entry_id for each in found]
        return sent or next((each for each in near if each not in refused), "")

    async def _of_group(self, message: Message, button: Button, texts: TeamTexts) -> Case:
        """A group on /unanswered, though it is ignored; nothing is known of one that the FAQ
        answers by now."""
        decision_id, group = button.field("decision"), None
        for ignored in (False, True):
            groups = () if group else await self._learning.groups(ignored=ignored)
            group = next((each for each in groups if decision_id in each.decision_ids), group)
        return Case(
            message=message,
            button=button,
            decision_ids=(decision_id,) if group is None else group.decision_ids,
            words=None if group is None else group.texts[0],
            lang=None,
            reply="" if group is None else group.answer,
            is_replied=False,
            nearest="" if group is None else next(iter(group.entry_ids), ""),
            ticket=None,
            number=0,
            texts=texts,
        )


def _replied(record: Record | None) -> tuple[str, bool]:
    """What the team replied, "" where that were no words, and whether it did."""
    labels = () if record is None else record.labels
    replies = [label for label in labels if label.kind is LabelKind.REPLIED]
    return next((each.text for each in replies if each.text), ""), bool(replies)


def _sent(record: Record) -> str | None:
    """The entry whose answer the team has sent; None where it has sent none."""
    its = (label.entry_id for label in record.labels if label.kind is LabelKind.REPLIED)
    return next((each for each in its if each is not None), None)
