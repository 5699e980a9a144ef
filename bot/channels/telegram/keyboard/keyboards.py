"""Reply → the rows of buttons under it."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.keyboard.callback_data import Buttons, Kind, short
from bot.channels.telegram.keyboard.topic_menu import Browser, Row, button_label
from bot.domain import Reply
from bot.texts import Texts

_THUMBS = {Kind.UP: "👍", Kind.DOWN: "👎"}


@dataclass(frozen=True, slots=True)
class Keyboards:
    """Draws keyboards.

    Attributes:
        feedback: put 👍 and 👎 under answers.
        has_team: there are people behind the bot who can be asked.
    """

    buttons: Buttons
    browser: Browser
    feedback: bool
    has_team: bool

    def under(
        self, reply: Reply, texts: Texts, person: str | None, *, links: bool = True
    ) -> InlineKeyboardMarkup | None:
        """The buttons under a reply; None where it has none.

        Args:
            person: whom it answers; in a group, others' presses can be told from theirs.
            links: False where Telegram refuses an address on a button.
        """
        asker = self.buttons.asker(person)
        rows = [
            self._row(choice.label, Kind.CHOICE, short(choice.entry_id), reply.decision_id, asker)
            for choice in reply.choices
        ]
        if reply.choices:
            rows.append(self._row(reply.way_out, Kind.NONE, reply.decision_id, asker))
        if links:
            rows += [
                [InlineKeyboardButton(button_label(link.text), url=link.url)]
                for link in reply.links
            ]
        rows += [
            self._row(choice.label, Kind.RELATED, short(choice.entry_id))
            for choice in reply.related
        ]
        rows += self.browser.look_rows(reply.topics, texts)
        if self.has_team and reply.unanswered is not None:
            rows.append(self._row(texts.ask_person, Kind.PERSON, reply.decision_id, asker))
        if self.feedback and reply.answered and reply.decision_id:
            rows.append(self._thumbs(reply.decision_id, short(reply.answered[0]), asker))
        return InlineKeyboardMarkup(rows) if rows else None

    def without(
        self, markup: InlineKeyboardMarkup | None, *kinds: Kind
    ) -> InlineKeyboardMarkup | None:
        """A keyboard less the rows of some kinds; None where nothing is left of it."""
        rows = [] if markup is None else [list(row) for row in markup.inline_keyboard]
        kept = [row for row in rows if not any(self._kind(button) in kinds for button in row)]
        return InlineKeyboardMarkup(kept) if kept else None

    def _kind(self, button: InlineKeyboardButton) -> Kind | None:
        data = button.callback_data
        read = self.buttons.read(data) if isinstance(data, str) else None
        return None if read is None else read.kind

    def _row(self, label: str, kind: Kind, *fields: str) -> Row:
        data = self.buttons.data(kind, *fields)
        return [InlineKeyboardButton(button_label(label), callback_data=data)]

    def _thumbs(self, *fields: str) -> Row:
        return [
            InlineKeyboardButton(label, callback_data=self.buttons.data(kind, *fields))
            for kind, label in _THUMBS.items()
        ]
