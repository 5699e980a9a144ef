"""How it goes: what was asked, what became of it, and what is behind each number."""

from __future__ import annotations

import time

from nicegui import html

from bot.channels.telegram.handlers.digest_text import gain_line
from bot.errors import StoreError
from bot.service.admins.digest import Digests
from bot.service.admins.drift import DriftWatch, lines_of
from bot.store.counts import Stats
from bot.studio import figures, kit
from bot.studio.behind import Stretch, show_behind
from bot.studio.desk import Desk

_STRETCHES = (7, 28, 90)
_USUAL = 28
_MOST_UNASKED = 50


def show(desk: Desk) -> None:
    """Fill the page."""
    texts = desk.texts
    kit.text(texts.goes_intro, "intro")
    asked = desk.asked.get("days", "")
    days = int(asked) if asked in map(str, _STRETCHES) else _USUAL
    stretch = Stretch(time.time(), days)
    with html.nav().classes("stretches") as nav:
        nav.props["aria-label"] = texts.stretches
        for each in _STRETCHES:
            told = texts.last_days.replace("{days}", str(each))
            link = html.a(told, href=Stretch(0, each).link())
            if each == days:
                link.props["aria-current"] = "true"
    page = _Goes(desk, stretch)
    kit.beside(page.fill)


class _Goes:
    """The parts of the page, each of which is filled as soon as its figures are there."""

    def __init__(self, desk: Desk, stretch: Stretch) -> None:
        self._desk, self._stretch = desk, stretch
        self._digests = Digests(desk.parts.live, desk.parts.store, desk.parts.learning)
        self._drift = DriftWatch(desk.parts.live, desk.parts.store)
        self._whole = html.div().props("aria-busy=true")
        with self._whole:
            kit.text(desk.texts.looking)

    async def fill(self) -> None:
        """Ask the memory, and show what it says."""
        try:
            stats = await self._desk.parts.store.stats(self._stretch.since)
            self._whole.clear()
            with self._whole:
                await self._fill(stats)
        except StoreError as error:
            self._whole.clear()
            with self._whole:
                kit.text(self._desk.texts.failed.replace("{reason}", str(error)))
        finally:
            self._whole.props("aria-busy=false")

    async def _fill(self, stats: Stats) -> None:
        desk, stretch, texts = self._desk, self._stretch, self._desk.texts
        await show_behind(desk, stretch)
        tickets = await desk.parts.store.tickets()
        is_open = sum(ticket.is_open for ticket in tickets)
        kit.raw(figures.tiles_html(stats, is_open, stretch, texts))
        if stats.total.asked == 0:
            kit.text(texts.goes_empty)
            return
        with kit.section(texts.by_day, "card"):
            figures.chart(stats, stretch, texts)
            with html.details():
                html.summary(texts.as_table)
                kit.region(figures.days_html(stats, stretch, texts), texts.by_day)
        with html.div().classes("two"):
            with kit.section(texts.by_entry):
                entries = desk.parts.live.faq.by_id
                told = figures.entries_html(stats, stretch, entries, texts)
                kit.region(told, texts.by_entry)
            with html.div():
                await self._notes(stats)
                await self._unasked(stats)

    async def _notes(self, stats: Stats) -> None:
        """What the digest and /stats say of it, in their words."""
        desk, live = self._desk, self._desk.parts.live
        gain = await self._digests.gain(self._stretch.at)
        told = [] if gain is None else [gain_line(gain, desk.team)]
        told += lines_of(await self._drift.found(), desk.team)
        note = live.note(has_old_scores=stats.has_old_scores)
        told += [] if note is None else [note]
        with kit.section(desk.texts.to_notice, "card"):
            for line in told or [desk.texts.nothing_to_notice]:
                kit.text(line)

    async def _unasked(self, stats: Stats) -> None:
        texts, faq = self._desk.texts, self._desk.parts.live.faq
        found = await self._digests.unasked(self._stretch.at, self._stretch.days, stats)
        with kit.section(texts.unasked):
            if not found:
                kit.text(texts.unasked_unknown if found is None else texts.unasked_none)
                return
            entries = [faq.by_id[each] for each in found if each in faq.by_id]
            kit.raw(figures.list_html(entries[:_MOST_UNASKED]))
            if len(found) > _MOST_UNASKED:
                kit.text(texts.and_more.replace("{count}", f"{len(found) - _MOST_UNASKED:,}"))
