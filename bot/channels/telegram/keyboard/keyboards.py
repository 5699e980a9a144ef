"""Reply → the rows of buttons under it; and the pages of /topics, kept in their buttons alone."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.keyboard.callback_data import (
    Button,
    ButtonKind,
    ButtonSigner,
    button_label,
    short,
)
from bot.domain import Faq, Reply
from bot.texts import Texts

PER_PAGE = 8
THUMBS = {ButtonKind.UP: "👍", ButtonKind.DOWN: "👎"}
Row = list[InlineKeyboardButton]
Page = tuple[str, InlineKeyboardMarkup]


class Keyboards:
    """Draws keyboards.

    Args:
        feedback: put 👍 and 👎 under answers.
        has_team: there are people behind the bot who can be asked.
    """

    def __init__(self, signer: ButtonSigner, *, feedback: bool, has_team: bool) -> None:
        self.signer = signer
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
        for name in reply.topics[:PER_PAGE]:
            rows.append([button(name, ButtonKind.LOOK, short(name))])
        if len(reply.topics) > PER_PAGE:
            rows.append([button(f"{texts.all_topics} ›", ButtonKind.LOOK, "")])
        if self.has_team and reply.unanswered is not None:
            rows.append([button(texts.ask_person, ButtonKind.PERSON, reply.decision_id, asker)])
        if self._feedback and reply.answered and reply.decision_id:
            fields = reply.decision_id, short(reply.answered[0]), asker
            rows.append([button(label, kind, *fields) for kind, label in THUMBS.items()])
        return InlineKeyboardMarkup(rows) if rows else None

    def without(
        self, markup: InlineKeyboardMarkup | None, *kinds: ButtonKind
    ) -> InlineKeyboardMarkup | None:
        """A keyboard less the rows of some kinds; None where nothing is left of it."""
        rows = [] if markup is None else markup.inline_keyboard
        kept = [row for row in rows if not any(self._kind(button) in kinds for button in row)]
        return InlineKeyboardMarkup(kept) if kept else None

    def topics(self, faq: Faq, lang: str | None, texts: Texts, number: int = 0) -> Page | None:
        """A page of the list of topics; None where there is none."""
        names = faq.topics(lang)
        found = [self.signer.button(name, ButtonKind.TOPIC, short(name), "0") for name in names]
        rows = self._page(found, number, ButtonKind.TOPICS)
        return (texts.topics, InlineKeyboardMarkup(rows)) if names else None

    def opened(self, button: Button, faq: Faq, lang: str | None, texts: Texts) -> Page | None:
        """The page that a button leads to; None where the topic is gone."""
        hashed, number = button.field("topic"), int(button.field("number") or 0)
        if not hashed:
            return self.topics(faq, lang, texts, number)
        topics = faq.topics(lang)
        name = next((name for name in topics if short(name) == hashed), None)
        if name is None:
            return None
        entries = [
            self.signer.button(entry.question, ButtonKind.RELATED, short(entry.id))
            for entry in topics[name]
        ]
        rows = self._page(entries, number, ButtonKind.TOPIC, hashed)
        rows.append([self.signer.button(f"‹ {texts.all_topics}", ButtonKind.TOPICS, "0")])
        return texts.topic.replace("{topic}", name), InlineKeyboardMarkup(rows)

    def arrows(self, number: int, last: int, kind: ButtonKind, *fields: str) -> list[Row]:
        """The arrows that lead to the pages before and after one; no row where there are none."""
        arrows = []
        if number > 0:
            arrows.append(self.signer.button("‹", kind, *fields, str(number - 1)))
        if number < last:
            arrows.append(self.signer.button("›", kind, *fields, str(number + 1)))
        return [arrows] if arrows else []

    def _page(
        self, found: Sequence[InlineKeyboardButton], number: int, kind: ButtonKind, *fields: str
    ) -> list[Row]:
        last = (len(found) - 1) // PER_PAGE
        number = min(number, last)  # the FAQ may have shrunk since the button was made
        rows = [[button] for button in found[number * PER_PAGE : (number + 1) * PER_PAGE]]
        return rows + self.arrows(number, last, kind, *fields)

    def _kind(self, button: InlineKeyboardButton) -> ButtonKind | None:
        data = button.callback_data
        read = self.signer.read(data) if isinstance(data, str) else None
        return None if read is None else read.kind
