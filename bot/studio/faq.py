"""FAQ: its entries by file and tag, found by meaning; and one of them, opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from nicegui import html

from bot.domain import FaqEntry
from bot.errors import FileProblems
from bot.studio import entry as one_entry
from bot.studio import kit
from bot.studio.checks import Checked
from bot.studio.desk import Desk
from bot.studio.done import Done
from bot.studio.search import found
from bot.texts import StudioTexts

_MOST = 1_000  # entries that are listed at once
MAP = "/faq/map"


def show(desk: Desk) -> None:
    """Fill the page: with one entry where its address names one."""
    if desk.asked.keys() & {"entry", "new"}:
        one_entry.show(desk, desk.asked.get("entry", ""))
    else:
        _Entries(desk)


class _Entries:
    """The entries that are asked for; all of them at first."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        self._checked: Checked | None = None
        self._found: list[FaqEntry] | None = None
        kit.text(texts.faq_intro, "intro")
        with html.div().classes("row"):
            html.a(texts.add_entry, href=kit.entry_address("")).classes("link")
            html.a(texts.map, href=MAP).classes("link")
            kit.button(texts.undo_last, self._undo, texts, plain=True)
        self._done = Done(desk, self._anew)
        every = self._every()
        files = dict.fromkeys(_file(each) for each in every)
        tags = sorted({tag for each in every for tag in each.tags})
        with html.div().classes("row"):
            kit.Field(texts.find_entry).on_input(self._look)
            self._of_file = kit.Choice(
                texts.file,
                {"": texts.all_files, **{file: file for file in files}},
                "",
                self._chosen,
            )
            self._tag = kit.Choice(
                texts.tag, {"": texts.all_tags, **{tag: tag for tag in tags}}, "", self._chosen
            )
        self._told = html.div().classes("count").props("role=status")
        self._list = kit.raw("", "entries")
        self._show()
        kit.beside(self._check)

    def _every(self) -> tuple[FaqEntry, ...]:
        faq = self._desk.parts.live.faq
        return faq.every or faq.entries

    async def _undo(self) -> None:
        await self._done.undo()

    async def _look(self, text: str) -> None:
        self._found = await found(self._desk, text) if text.strip() else None
        self._show()

    async def _anew(self) -> None:
        """The FAQ has changed."""
        self._found = None
        self._show()
        await self._check()

    async def _check(self) -> None:
        """Say beside each entry how much there is to mend in it."""
        try:
            self._checked = await self._desk.checks.checked()
        except FileProblems as error:
            self._done.say(kit.escape(str(error)))
            return
        self._show()

    async def _chosen(self) -> None:
        self._show()

    def _show(self) -> None:
        texts, file, tag = self._desk.texts, self._of_file.value, self._tag.value
        wanted = [
            each
            for each in (self._every() if self._found is None else self._found)
            if file in {"", _file(each)} and (not tag or tag in each.tags)
        ]
        self._told.clear()
        with self._told:
            kit.text(texts.entries_told.replace("{count}", f"{len(wanted):,}"))
            if len(wanted) > _MOST:
                kit.text(texts.entries_more.replace("{count}", f"{_MOST:,}"))
        self._list.content = "".join(self._groups(wanted[:_MOST]))

    def _groups(self, entries: Iterable[FaqEntry]) -> Iterator[str]:
        """File by file; what was looked for, in its own order."""
        for file, its in groupby(entries, key=_file if self._found is None else lambda _: ""):
            head = f"<h2>{kit.escape(file)}</h2>" if file else ""
            yield f"{head}<ul>{''.join(map(self._item, its))}</ul>"

    def _item(self, entry: FaqEntry) -> str:
        texts: StudioTexts = self._desk.texts
        count = 0 if self._checked is None else len(self._checked.by_entry.get(entry.id, ()))
        marks = [f"<code>{kit.escape(entry.id)}</code>"]
        marks += [f"<span class='tag'>{kit.escape(tag)}</span>" for tag in entry.tags]
        if count:
            told = texts.findings_one if count == 1 else texts.findings
            marks.append(f"<span class='found'>{told.replace('{count}', str(count))}</span>")
        return f"<li>{kit.entry_link(entry.id, entry.question)} {' '.join(marks)}</li>"


def _file(entry: FaqEntry) -> str:
    return "" if entry.place is None else entry.place.path
