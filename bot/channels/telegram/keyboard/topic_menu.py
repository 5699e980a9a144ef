"""/topics: pages of topics and of their questions, kept in the buttons alone."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.keyboard.callback_data import Button, ButtonKind, ButtonSigner, short
from bot.conversation.topics import Topics
from bot.texts import Texts

PER_PAGE = 8
Row = list[InlineKeyboardButton]
Page = tuple[str, InlineKeyboardMarkup]


class TopicMenu:
    """Draws the pages."""

    def __init__(self, signer: ButtonSigner) -> None:
        self._signer = signer

    def topics(
        self, topics: Topics, lang: str | None, texts: Texts, number: int = 0
    ) -> Page | None:
        """The list of topics; None where there is none."""
        names = topics.names(lang)
        rows = self._topic_rows(names, number)
        return (texts.topics, InlineKeyboardMarkup(rows)) if names else None

    def opened(self, button: Button, topics: Topics, lang: str | None, texts: Texts) -> Page | None:
        """The page that a button leads to; None where the topic is gone."""
        hashed, number = button.field("topic"), int(button.field("number") or 0)
        if not hashed:
            return self.topics(topics, lang, texts, number)
        name = next((name for name in topics.names(lang) if short(name) == hashed), None)
        if name is None:
            return None
        entries = [
            self._signer.button(entry.question, ButtonKind.RELATED, short(entry.id))
            for entry in topics.entries(name, lang)
        ]
        rows = self._page(entries, number, ButtonKind.TOPIC, hashed)
        rows.append([self._signer.button(f"‹ {texts.all_topics}", ButtonKind.TOPICS, "0")])
        return texts.topic.replace("{topic}", name), InlineKeyboardMarkup(rows)

    def _topic_rows(self, names: Sequence[str], number: int = 0) -> list[Row]:
        """A page of topics, and the arrows to turn it with."""
        found = [self._signer.button(name, ButtonKind.TOPIC, short(name), "0") for name in names]
        return self._page(found, number, ButtonKind.TOPICS)

    def look_rows(self, names: Sequence[str], texts: Texts) -> list[Row]:
        """Topics under a message that stays as it is when one is pressed."""
        rows = [
            [self._signer.button(name, ButtonKind.LOOK, short(name))] for name in names[:PER_PAGE]
        ]
        more = [[self._signer.button(f"{texts.all_topics} ›", ButtonKind.LOOK, "")]]
        return rows + (more if len(names) > PER_PAGE else [])

    def _page(
        self, found: Sequence[InlineKeyboardButton], number: int, kind: ButtonKind, *fields: str
    ) -> list[Row]:
        last = (len(found) - 1) // PER_PAGE
        number = min(number, last)  # the FAQ may have shrunk since the button was made
        rows = [[button] for button in found[number * PER_PAGE : (number + 1) * PER_PAGE]]
        return rows + self.arrows(number, last, kind, *fields)

    def arrows(self, number: int, last: int, kind: ButtonKind, *fields: str) -> list[Row]:
        """The arrows that lead to the pages before and after one; no row where there are none."""
        arrows = []
        if number > 0:
            arrows.append(self._signer.button("‹", kind, *fields, str(number - 1)))
        if number < last:
            arrows.append(self._signer.button("›", kind, *fields, str(number + 1)))
        return [arrows] if arrows else []
