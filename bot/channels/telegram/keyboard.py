"""Buttons: how they lie under a reply, and the pages of /topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.callback_data import Button, ButtonKind, Signer, short
from bot.domain import Faq, FaqEntry, Reply
from bot.formatting import button_label
from bot.texts import TeamTexts, Texts

PER_PAGE = 8
_MAX_ITEMS = 8  # of a digest that have a button: a telephone shows no more beside their text

THUMBS = {ButtonKind.UP: "👍", ButtonKind.DOWN: "👎"}
HELPED = {ButtonKind.HELPED: "👍", ButtonKind.UNHELPED: "👎"}
Row = list[InlineKeyboardButton]
Page = tuple[str, InlineKeyboardMarkup]


class Keyboards(Signer):
    """Draws keyboards of signed buttons.

    Args:
        token, for_anyone: see `Signer`.
        feedback: put 👍 and 👎 under answers.
        has_team: there are people behind the bot who can be asked.
        edits: somebody may change the FAQ by what stands in the handoff chat.
        keeps_words: of what was missed, so that they can become a phrasing.
    """

    def __init__(
        self,
        token: str,
        *,
        feedback: bool,
        has_team: bool,
        for_anyone: bool = False,
        edits: bool = False,
        keeps_words: bool = True,
    ) -> None:
        super().__init__(token, for_anyone=for_anyone)
        self.has_team = has_team
        self._edits = edits
        self._keeps_words = keeps_words
        self._feedback = feedback
        self._faq: Faq | None = None
        self._entry_ids: dict[str, str] = {}

    def button(self, label: str, kind: ButtonKind, *fields: str) -> InlineKeyboardButton:
        """A button, as `data` says."""
        return InlineKeyboardButton(button_label(label), callback_data=self.data(kind, *fields))

    def entry_of(self, hashed: str, faq: Faq) -> str:
        """The entry a button stands for; an id that no entry has where it is gone."""
        if faq is not self._faq:
            self._faq, self._entry_ids = faq, {short(entry.id): entry.id for entry in faq.entries}
        return self._entry_ids.get(hashed, hashed)

    def under(self, reply: Reply, texts: Texts, asker: str) -> InlineKeyboardMarkup | None:
        """The buttons under a reply; None where it has none.

        Args:
            asker: the mark of whom they are for.
        """
        button = self.button
        rows: list[Sequence[InlineKeyboardButton]] = []
        for choice in reply.choices:
            fields = short(choice.entry_id), reply.decision_id, asker
            rows.append([button(choice.label, ButtonKind.CHOICE, *fields)])
        if reply.choices:
            rows.append([button(texts.none_of_these, ButtonKind.NONE, reply.decision_id, asker)])
        if reply.tentative:
            rows.append([button(texts.not_this, ButtonKind.OTHERS, reply.decision_id, asker)])
        for link in reply.links:
            rows.append([InlineKeyboardButton(button_label(link.text), url=link.url)])
        for choice in reply.related:
            rows.append([button(choice.label, ButtonKind.RELATED, short(choice.entry_id))])
        for name in reply.topics[:PER_PAGE]:
            rows.append([button(name, ButtonKind.LOOK, short(name))])
        if len(reply.topics) > PER_PAGE:
            rows.append([button(f"{texts.all_topics} ›", ButtonKind.LOOK, "")])
        if self.has_team and reply.unanswered is not None:
            rows.append(self._ask_person(reply.decision_id, asker, texts))
        if self._feedback and reply.answered and reply.decision_id:
            fields = reply.decision_id, short(reply.answered[0]), asker
            rows.append([button(label, kind, *fields) for kind, label in THUMBS.items()])
        return InlineKeyboardMarkup(rows) if rows else None

    def after_regret(self, decision_id: str, asker: str, texts: Texts) -> InlineKeyboardMarkup:
        """What somebody may do who was not helped: ask in other words, or a person."""
        rows = [[self.button(texts.ask_differently, ButtonKind.DIFFERENTLY)]]
        if self.has_team:
            rows.append(self._ask_person(decision_id, asker, texts))
        return InlineKeyboardMarkup(rows)

    def helped(self, decision_id: str, asker: str) -> InlineKeyboardMarkup | None:
        """The buttons that say whether the team helped; None where nobody is to be asked that."""
        if not (self._feedback and decision_id):
            return None
        fields = decision_id, asker
        return InlineKeyboardMarkup([[self.button(HELPED[kind], kind, *fields) for kind in HELPED]])

    def under_post(
        self,
        ticket_id: str,
        nearest: Iterable[FaqEntry | None],
        texts: TeamTexts,
        decision_id: str = "",
    ) -> InlineKeyboardMarkup:
        """The buttons under a question in the handoff chat.

        Args:
            nearest: the entries whose answers one tap sends.
            decision_id: of what was missed; "": nothing was.
        """
        known = [each for each in nearest if each is not None]
        rows = [self._send(ticket_id, each) for each in known]
        if self._edits and decision_id:
            rows += self.edits(decision_id, ticket_id, next(iter(known), None), texts)
        block = self.button(texts.block, ButtonKind.BLOCK, ticket_id, "")
        take = self.button(texts.take, ButtonKind.TAKE, ticket_id)
        return InlineKeyboardMarkup([*rows, [take], [block]])

    def edits(
        self, decision_id: str, ticket_id: str, nearest: FaqEntry | None, texts: TeamTexts
    ) -> list[Row]:
        """The buttons that make the FAQ better by a missed question.

        Args:
            ticket_id: "" on /unanswered.
            nearest: the entry that it most likely asks for.
        """
        rows, button, case = [], self.button, (decision_id, ticket_id)
        others = [button(texts.edit_new, ButtonKind.DRAFT, *case)]
        if self._keeps_words:
            others = [button(texts.edit_pick, ButtonKind.PICK, *case), *others]
        if self._keeps_words and nearest is not None:
            rows.append(self._add(nearest, *case, texts))
        return [*rows, others, [button(texts.edit_ignore, ButtonKind.IGNORE, *case)]]

    def adding_to(
        self, markup: InlineKeyboardMarkup | None, entry: FaqEntry, texts: TeamTexts
    ) -> InlineKeyboardMarkup | None:
        """A keyboard whose button that adds a phrasing, if it has one, adds it to this entry."""
        found = self.find(markup, ButtonKind.ADD)
        if found is None:
            return markup
        row = self._add(entry, found.field("decision"), found.field("ticket"), texts)
        return self.without(markup, ButtonKind.ADD, instead=[row])

    def find(self, markup: InlineKeyboardMarkup | None, kind: ButtonKind) -> Button | None:
        """The first button of a kind on a keyboard; None where it has none."""
        rows = () if markup is None else markup.inline_keyboard
        data = (button.callback_data for row in rows for button in row)
        found = (self.read(each) for each in data if isinstance(each, str))
        return next((each for each in found if each is not None and each.kind is kind), None)

    def _add(self, entry: FaqEntry, decision_id: str, ticket_id: str, texts: TeamTexts) -> Row:
        label = texts.edit_add.replace("{question}", entry.question)
        return [self.button(label, ButtonKind.ADD, short(entry.id), decision_id, ticket_id)]

    def spans(self, ticket_id: str, texts: TeamTexts) -> Row:
        """The buttons that say for how long somebody is blocked."""
        choices = {
            "3600": texts.block_hour,
            "86400": texts.block_day,
            "0": texts.block_ever,
            "c": "‹",
        }
        return [
            self.button(label, ButtonKind.BLOCK, ticket_id, seconds)
            for seconds, label in choices.items()
        ]

    def unblock(self, ticket_id: str, texts: TeamTexts) -> InlineKeyboardMarkup:
        """The button that undoes a block."""
        button = self.button(texts.unblock, ButtonKind.UNBLOCK, ticket_id)
        return InlineKeyboardMarkup([[button]])

    def under_digest(
        self, items: Iterable[tuple[int, str, FaqEntry, str]]
    ) -> InlineKeyboardMarkup | None:
        """The buttons under many questions in one post, those of the first; None: there are none.

        Args:
            items: (number, ticket, the entry whose answer one tap sends, decision: "" where nothing
                was missed).
        """
        rows, edits = [], []
        for number, ticket_id, entry, decision_id in islice(items, _MAX_ITEMS):
            rows.append(self._send(ticket_id, entry, f"{number} "))
            if self._edits and decision_id:
                edits.append(self.button(f"✎ {number}", ButtonKind.EDIT, decision_id, ticket_id))
        rows += [edits] if edits else []
        return InlineKeyboardMarkup(rows) if rows else None

    def take_over(self, ticket_id: str, texts: TeamTexts) -> Row:
        """The button that takes a conversation over from somebody else of the team."""
        return [self.button(texts.take_over, ButtonKind.OVER, ticket_id)]

    def without(
        self,
        markup: InlineKeyboardMarkup | None,
        *kinds: ButtonKind,
        last: Row | None = None,
        instead: Iterable[Row] = (),
    ) -> InlineKeyboardMarkup | None:
        """A keyboard less the rows of some kinds; None where nothing is left of it.

        Args:
            last: a row that stands beneath the others instead.
            instead: rows that stand where the first of them was; beneath the others if none was.
        """
        rows = [] if markup is None else markup.inline_keyboard
        goes = [any(self._kind(button) in kinds for button in row) for row in rows]
        kept: list[Sequence[InlineKeyboardButton]] = [
            row for row, is_gone in zip(rows, goes, strict=True) if not is_gone
        ]
        place = goes.index(True) if True in goes else len(kept)
        kept[place:place] = instead
        kept += [] if last is None else [last]
        return InlineKeyboardMarkup(kept) if kept else None

    def topics(self, faq: Faq, lang: str | None, texts: Texts, number: int = 0) -> Page | None:
        """A page of the list of topics; None where there is none."""
        names = faq.topics(lang)
        found = [self.button(name, ButtonKind.TOPIC, short(name), "0") for name in names]
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
            self.button(entry.translated(lang).question, ButtonKind.RELATED, short(entry.id))
            for entry in topics[name]
        ]
        rows = self._page(entries, number, ButtonKind.TOPIC, hashed)
        rows.append([self.button(f"‹ {texts.all_topics}", ButtonKind.TOPICS, "0")])
        return texts.topic.replace("{topic}", name), InlineKeyboardMarkup(rows)

    def arrows(self, number: int, last: int, kind: ButtonKind, *fields: str) -> list[Row]:
        """The arrows that lead to the pages before and after one; no row where there are none."""
        arrows = []
        if number > 0:
            arrows.append(self.button("‹", kind, *fields, str(number - 1)))
        if number < last:
            arrows.append(self.button("›", kind, *fields, str(number + 1)))
        return [arrows] if arrows else []

    def _page(
        self, found: Sequence[InlineKeyboardButton], number: int, kind: ButtonKind, *fields: str
    ) -> list[Row]:
        last = (len(found) - 1) // PER_PAGE
        number = min(number, last)  # the FAQ may have shrunk since the button was made
        rows = [[button] for button in found[number * PER_PAGE : (number + 1) * PER_PAGE]]
        return rows + self.arrows(number, last, kind, *fields)

    def _ask_person(self, decision_id: str, asker: str, texts: Texts) -> Row:
        return [self.button(texts.ask_person, ButtonKind.PERSON, decision_id, asker)]

    def _send(self, ticket_id: str, entry: FaqEntry, number: str = "") -> Row:
        label = f"{number}➤ {entry.question}"
        return [self.button(label, ButtonKind.SEND, short(entry.id), ticket_id)]

    def _kind(self, button: InlineKeyboardButton) -> ButtonKind | None:
        data = button.callback_data
        read = self.read(data) if isinstance(data, str) else None
        return None if read is None else read.kind
