"""Reply → the rows of buttons under it."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.keyboard.callback_data import (
    ButtonKind,
    ButtonSigner,
    button_label,
    short,
)
from bot.channels.telegram.keyboard.topic_menu import TopicMenu
from bot.domain import Faq, Reply
from bot.texts import Texts

_THUMBS = {ButtonKind.UP: "👍", ButtonKind.DOWN: "👎"}


class Keyboards:
    """Draws keyboards.

    Args:
        feedback: put 👍 and 👎 under answers.
        has_team: there are people behind the bot who can be asked.
    """

    def __init__(self, signer: ButtonSigner, *, feedback: bool, has_team: bool) -> None:
        self.signer = signer
        self.menu = TopicMenu(signer)
        self.has_team = has_team
        self._feedback = feedback
        self._faq: Faq | None = None
        self._entry_ids: dict[str, str] = {}

    def entry_of(self, hashed: str, faq: Faq) -> str:
        """The entry a button stands for; an id that no entry has where it is gone."""
        if faq is not self._faq:
            self._faq, self._entry_ids = faq, {short(entry.id): entry.id for entry in faq.entries}
        return self._entry_ids.get(hashed, hashed)

    def under(self, reply: Reply, texts: Texts, person: str | None) -> InlineKeyboardMarkup | None:
        """The buttons under a reply; None where it has none.

        Args:
            person: whom it answers; in a group, others' presses can be told from theirs.
        """
        asker, button = self.signer.asker(person), self.signer.button
        rows = []
        for choice in reply.choices:
            fields = short(choice.entry_id), reply.decision_id, asker
            rows.append([button(choice.label, ButtonKind.CHOICE, *fields)])
        if reply.choices:
            rows.append([button(texts.none_of_these, ButtonKind.NONE, reply.decision_id, asker)])
        for link in reply.links:
            rows.append([InlineKeyboardButton(button_label(link.text), url=link.url)])
        for choice in reply.related:
            rows.append([button(choice.label, ButtonKind.RELATED, short(choice.entry_id))])
        if reply.topics:
            rows += self.menu.look_rows(reply.topics, texts)
        if self.has_team and reply.unanswered is not None:
            rows.append([button(texts.ask_person, ButtonKind.PERSON, reply.decision_id, asker)])
        if self._feedback and reply.answered and reply.decision_id:
            fields = reply.decision_id, short(reply.answered[0]), asker
            rows.append([button(label, kind, *fields) for kind, label in _THUMBS.items()])
        return InlineKeyboardMarkup(rows) if rows else None

    def without(
        self, markup: InlineKeyboardMarkup | None, *kinds: ButtonKind
    ) -> InlineKeyboardMarkup | None:
        """A keyboard less the rows of some kinds; None where nothing is left of it."""
        rows = [] if markup is None else [list(row) for row in markup.inline_keyboard]
        kept = [row for row in rows if not any(self._kind(button) in kinds for button in row)]
        return InlineKeyboardMarkup(kept) if kept else None

    def _kind(self, button: InlineKeyboardButton) -> ButtonKind | None:
        data = button.callback_data
        read = self.signer.read(data) if isinstance(data, str) else None
        return None if read is None else read.kind
