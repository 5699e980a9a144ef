"""Finding an entry by what is meant, and choosing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nicegui import html

from bot.domain import FaqEntry, Hit
from bot.matching.build import Matcher
from bot.studio import kit
from bot.studio.desk import Desk

_MOST = 8  # entries to choose from at once


async def found(desk: Desk, text: str) -> list[FaqEntry]:
    """The entries that a text may mean: by its id, then by meaning, then by what stands in it."""
    matcher = desk.parts.live.matcher
    hits = await desk.parts.worker.run(_hits, matcher, text, owner="studio")
    every = matcher.faq.every or matcher.faq.entries
    said = text.strip().casefold()
    named = [entry for entry in every if entry.id.casefold() == said]
    meant = [matcher.faq.by_id[hit.entry_id] for hit in hits]
    holding = [entry for entry in every if any(said in each.casefold() for each in _texts(entry))]
    return list({entry.id: entry for entry in (*named, *meant, *holding)}.values())


def _hits(matcher: Matcher, text: str) -> Sequence[Hit]:
    """What is nearest; on the thread that matches."""
    (reading,) = matcher.decider.read_all([text])
    return reading.whole.hits


def _texts(entry: FaqEntry) -> Iterable[str]:
    return (entry.id, *entry.wordings, entry.answer)


class EntryChoice:
    """A labelled choice of one entry, which is looked for by what is meant.

    Args:
        likely: ids of entries to choose from at first; the first is chosen.
        asks: what they are looked for by where none is likely.
    Attributes:
        value: the id of the entry that is chosen; "" where none is.
    """

    def __init__(self, desk: Desk, label: str, likely: Iterable[str], asks: str) -> None:
        self._desk = desk
        by_id = desk.parts.live.faq.by_id
        entries = [by_id[each] for each in dict.fromkeys(likely) if each in by_id]
        self.value = entries[0].id if entries else ""
        with html.fieldset().classes("choosing"):
            html.legend(label)
            field = kit.Field(desk.texts.find_entry)
            self._list = html.div().props("aria-live=polite")
        field.on_input(self._look)
        self._show(entries)
        if not entries:
            kit.beside(lambda: self._look(asks))

    async def _look(self, text: str) -> None:
        if text.strip():
            self._show(await found(self._desk, text))

    def _show(self, entries: Sequence[FaqEntry]) -> None:
        """What is chosen first, so that it stays so; then the others."""
        chosen = self._desk.parts.live.faq.by_id.get(self.value)
        first = [] if chosen is None else [chosen]
        self._list.clear()
        with self._list:
            for entry in {one.id: one for one in (*first, *entries[:_MOST])}.values():
                self._option(entry)

    def _option(self, entry: FaqEntry) -> None:
        def choose() -> None:
            self.value = entry.id

        with html.label().classes("option"):
            made = html.input_().props("type=radio").on("change", choose, [])
            made.props["name"] = f"of-{self._list.id}"
            if entry.id == self.value:
                made.props["^checked"] = ""
            html.span(entry.question)
            html.code(entry.id)
