"""What the pages are put together from: plain HTML elements, which every browser makes usable."""

from __future__ import annotations

import asyncio
import html as escaping
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from nicegui import background_tasks, html, ui
from nicegui.element import Element

from bot.errors import BotError
from bot.texts import StudioTexts

Do = Callable[[], Awaitable[None]]
_VALUE = "(e) => emit(e.target.value)"
_ONCE_WRITTEN = (
    "(e) => { const it = e.target; clearTimeout(it.waiting); "
    "it.waiting = setTimeout(() => emit(it.value), 60) }"
)
_ENTER = (
    "(e) => { if (e.key === 'Enter' && !e.isComposing) { emit(e.target.value); "
    "e.target.value = '' } }"
)
escape = escaping.escape


def button(label: str, do: Do, texts: StudioTexts, *, plain: bool = False) -> Element:
    """A button; while what it does goes on, it cannot be pressed again. What goes wrong is told."""

    async def pressed() -> None:
        made.props("aria-disabled=true")
        try:
            await do()
        except BotError as error:
            tell(texts.failed.replace("{reason}", str(error)))
        finally:
            if not made.is_deleted:  # what it did may have taken its place
                made.props(remove="aria-disabled")

    async def once() -> None:
        if "aria-disabled" not in made.props:
            await pressed()

    made: Element = html.button(label).classes("plain" if plain else "strong")
    return made.props("type=button").on("click", once, [])


class Field:
    """A labelled text, of one line or more, that somebody writes.

    Attributes:
        value: what stands there.
    """

    def __init__(self, label: str, value: str = "", *, rows: int = 1) -> None:
        self.value = value
        with html.label(label).classes("field"):
            made = html.input_() if rows == 1 else html.textarea(value)
            # As an attribute: a property would be set again whenever anything on the page changes.
            made.props["^value"] = value
            made.props["rows"] = rows
            made.props["autocomplete"] = "off"
        made.on("change", self._changed, js_handler=_VALUE)
        self.element: Element = made

    def _changed(self, event: Any) -> None:
        self.value = str(event.args)

    def on_enter(self, do: Callable[[str], Awaitable[None]]) -> None:
        """Have something done with the text when Enter is pressed, after which it is gone."""

        async def entered(event: Any) -> None:
            self.value = ""
            await do(str(event.args))

        self.element.on("keydown", entered, js_handler=_ENTER)

    def on_input(self, do: Callable[[str], Awaitable[None]]) -> None:
        """Have something done with the text while it is written, at each short pause."""

        async def written(event: Any) -> None:
            self.value = str(event.args)
            await do(self.value)

        self.element.on("input", written, js_handler=_ONCE_WRITTEN)

    def clear(self) -> None:
        """Empty it."""
        self.value = ""
        ui.run_javascript(f"getHtmlElement({self.element.id}).value = ''")


class Choice:
    """A labelled choice of one of several.

    Args:
        do: is done whenever something else is chosen.
    Attributes:
        value: the key of what is chosen.
    """

    def __init__(
        self, label: str, options: Mapping[str, str], value: str, do: Do | None = None
    ) -> None:
        self.value, self._do = value, do
        with html.label(label).classes("field"), html.select() as made:
            for key, shown in options.items():
                option = html.option(shown)
                option.props["value"] = key
                option.props["selected"] = key == value
        made.on("change", self._changed, js_handler=_VALUE)

    async def _changed(self, event: Any) -> None:
        self.value = str(event.args)
        if self._do is not None:
            await self._do()


def entry_address(entry_id: str) -> str:
    """Where an entry is opened; "" for one that is to be made."""
    return f"/faq?{urlencode({'entry': entry_id} if entry_id else {'new': 1})}"


def entry_link(entry_id: str, told: str) -> str:
    """A link to an entry, as HTML."""
    return f"<a href='{escape(entry_address(entry_id))}'>{escape(told)}</a>"


def tell(text: str) -> None:
    """Say something at the foot of the page; screen readers read it at once."""
    ui.notify(text, position="bottom", timeout=8_000, multi_line=True)


def text(told: str, kind: str = "") -> Element:
    """A paragraph."""
    made: Element = html.p(told).classes(kind)
    return made


def raw(told: str, kind: str = "") -> ui.html:
    """HTML in which all words are escaped already."""
    return ui.html(told, sanitize=False).classes(kind)


def table(heads: Iterable[str], rows: Iterable[Sequence[str]], *, are_named: bool = False) -> str:
    """A table, as HTML.

    Args:
        rows: of cells that are HTML already.
        are_named: the first cell of a row is its name.
    """
    first = "<th scope='row'>{}</th>" if are_named else "<td>{}</td>"
    head = "".join(f"<th scope='col'>{escape(each)}</th>" for each in heads)
    body = "".join(
        f"<tr>{first.format(name)}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def region(told: str, label: str) -> ui.html:
    """A table, as HTML in which all words are escaped, that is scrolled by keyboard as well."""
    made = raw(told, "table")
    made.props["tabindex"], made.props["role"], made.props["aria-label"] = "0", "region", label
    return made


@contextmanager
def section(title: str, kind: str = "") -> Iterator[Element]:
    """A part of a page under a heading."""
    with html.section().classes(kind) as made:
        heading = html.h2(title)
        made.props["aria-labelledby"] = heading.html_id
        yield made


def beside(work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Go on with something while the page is shown already."""
    task: asyncio.Task[None] = background_tasks.create(work(), name="studio")
    return task
