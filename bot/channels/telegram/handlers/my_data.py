"""/mydata: what is kept about a person, told to that person."""

from __future__ import annotations

import logging

from telegram import Update

from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.updates import is_group, message_of, person_of
from bot.domain import Action
from bot.errors import StoreError
from bot.formatting import minute, utf16_units
from bot.store.store import Kept, Label, LabelKind, Record, Ticket
from bot.texts import Texts

logger = logging.getLogger(__name__)

_MOST_UNITS = 3_000  # of a message; what is longer comes as a file
_FILE_NAME = "mydata.txt"
_THUMBS = {LabelKind.UP: "👍", LabelKind.DOWN: "👎"}


class MyData:
    """Shows people what is kept about them, in a private chat alone."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def show(self, update: Update, _: object) -> None:
        """/mydata: as a message where it is short, else as a file."""
        people, texts, person = self._people, self._people.texts(update), person_of(update)
        chat = message_of(update).chat
        if is_group(chat) or person is None:
            await people.say(update, texts.mydata_private)
            return
        try:
            kept = await people.store.kept_of(person)
        except StoreError as error:
            logger.warning("what is kept of a person cannot be read: %s", error)
            await people.say(update, texts.mydata_away)
            return
        is_blocked = await people.handoff.blocks.holds(person)
        told = listed(kept, texts, is_blocked=is_blocked)
        if utf16_units(told) <= _MOST_UNITS:
            await people.say(update, told)
        else:
            await chat.send_document(told.encode(), texts.mydata, filename=_FILE_NAME)


def listed(kept: Kept, texts: Texts, *, is_blocked: bool = False) -> str:
    """All that is kept about a person, oldest first."""
    lines = [
        *(_question(record, texts) for record in kept.records),
        *(f"{minute(at)}  {_said(Label('', kind, '', at), texts)}" for kind, at in kept.said),
        *(_ticket(ticket, texts) for ticket in kept.tickets),
    ]
    lines.sort()
    if kept.set_aside:
        lines.append(texts.mydata_set_aside.replace("{count}", str(kept.set_aside)))
    if kept.helped:
        lines.append(texts.mydata_helper)
    if is_blocked:
        lines.append(texts.mydata_blocked)
    if not lines:
        return texts.mydata_nothing
    return "\n".join([texts.mydata, "", *lines, "", texts.mydata_end])


def _question(record: Record, texts: Texts) -> str:
    words = texts.mydata_no_words if record.text is None else f"“{record.text}”"
    said = ", ".join(_said(label, texts) for label in record.labels)
    return "  ".join(filter(None, [minute(record.at), words, _did(record, texts), said]))


def _did(record: Record, texts: Texts) -> str:
    decision = record.decision
    if decision.action is Action.ANSWER:
        entries = ", ".join(str(answer.entry_id) for answer in decision.answers)
        return texts.mydata_answered.replace("{entry}", entries)
    if decision.action is Action.FOLLOW_UP:
        return texts.mydata_asked
    return texts.mydata_small_talk if record.small_talk else texts.mydata_unanswered


def _said(label: Label, texts: Texts) -> str:
    kind = label.kind
    if kind in _THUMBS:
        return _THUMBS[kind]
    if kind is LabelKind.CHOICE:
        return texts.mydata_chose.replace("{entry}", label.entry_id or "")
    if kind is LabelKind.NONE:
        return texts.none_of_these
    if kind is LabelKind.REPLIED:
        return texts.mydata_replied + ("" if label.text is None else f" “{label.text}”")
    return texts.mydata_helped if kind is LabelKind.HELPED else texts.mydata_unhelped


def _ticket(ticket: Ticket, texts: Texts) -> str:
    told = texts.mydata_team_open if ticket.is_open else texts.mydata_team
    words = f"  “{ticket.question}”" if ticket.question else ""
    return f"{minute(ticket.last_at)}  {told}{words}"
