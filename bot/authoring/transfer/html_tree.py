"""HTML → a small tree, within bounds; and a part of it → an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from bot.authoring.transfer.draft import MAX_SOURCE, Left, Place, refused
from bot.authoring.transfer.source import needs
from bot.domain import is_web_address
from bot.markup.html import read_pieces
from bot.markup.written import write

_MAX_TAGS = 300_000
_MAX_DEPTH = 100  # what lies deeper is taken for what it lies in
_MAX_OPEN = 2_000  # for each tag the parser may look at all that are open
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_SPACE = re.compile(r"\s+")
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "math", "title"})
_UNSHOWN = frozenset({"iframe", "video", "audio", "object", "embed", "form", "canvas"})
_SHOWN = frozenset(
    {"b", "strong", "i", "em", "cite", "code", "pre", "kbd", "tt", "samp", "s", "del", "strike"}
    | {"blockquote", "br", "li", "ul", "ol", "tr", "div", "p", "hr", "td", "th", "table"}
    | {"section", "article", "dt", "dd", "sup", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_VOID = frozenset({"br", "hr", "img"})
# What need not be closed.
_LEFT_OPEN = _VOID | {"input", "link", "meta", "area", "base", "col", "embed", "source", "track"}
_LEFT_OPEN |= {"wbr", "p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot"}
# Shown as another tag is.
_ALIKE = {"summary": "h4", "legend": "h4", "caption": "h4", "figcaption": "p", "address": "p"} | (
    dict.fromkeys(("details", "main", "figure", "fieldset", "header", "footer"), "div")
)


@dataclass(slots=True, eq=False)
class Element:
    """A tag with what stands in it: texts and other elements."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """The elements in it, each before those in itself."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()

    def text(self) -> str:
        """All text in it, in one line."""
        return " ".join("".join(_texts(self)).split())


def read_html(text: str, path: str) -> Element:
    """The document.

    Raises:
        FileProblems: it has more tags than a page can have.
        BotError: what reads HTML is not installed.
    """
    needs("selectolax", "HTML")
    from selectolax.lexbor import LexborHTMLParser

    if text.count("<") > _MAX_TAGS:
        raise refused(path, f"the page has more than {_MAX_TAGS:,} tags. Split it.")
    text = _without_drawings(text)
    if _open_tags(text) > _MAX_OPEN:
        raise refused(path, f"more than {_MAX_OPEN:,} tags are open at once. Close them.")
    top = LexborHTMLParser(text).root
    root = Element("html")
    todo = [] if top is None else [(top, root, 0)]
    while todo:
        node, element, depth = todo.pop()
        child = node.child
        while child is not None:
            if child.tag == "-text":
                element.children.append(child.text_content or "")
            elif child.tag and child.tag[0].isalpha():
                inner = element
                if depth < _MAX_DEPTH:
                    attributes = {key: value or "" for key, value in child.attributes.items()}
                    inner = Element(child.tag, attributes)
                    element.children.append(inner)
                todo.append((child, inner, depth + 1))
            child = child.next
    return root


def _without_drawings(text: str) -> str:
    """The page without <svg>, whose tags are closed in another way."""
    kept, done, small = [], 0, text.lower()
    while (begin := small.find("<svg", done)) >= 0 <= (end := small.find("</svg>", begin)):
        kept.append(text[done:begin])
        done = end + len("</svg>")
    return "".join([*kept, text[done:]])


def _open_tags(text: str) -> int:
    """How many tags are open at once, at most."""
    now = most = 0
    for closes, name in _TAG.findall(text):
        if name.lower() not in _LEFT_OPEN:
            now = max(0, now - 1) if closes else now + 1
            most = max(most, now)
    return most


def answer_of(parts: Sequence[Element | str], place: Place, left: Left, base: str = "") -> str:
    """What is shown of a part of a page, as it is written in an FAQ file.

    Args:
        base: the page's address, for links that lead on from it.
    """
    pieces = _Pieces(place, left, base)
    for part in parts:
        pieces.add(part)
    if sum(len(text) for _, text in pieces.found) > MAX_SOURCE:
        return "".join(text for is_tag, text in pieces.found if not is_tag)
    spans, remarks = read_pieces(pieces.found)
    for remark in remarks:
        left.out(place, remark)
    return write(spans)


def _texts(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in _UNSEEN:
            yield from (" ", *_texts(child), " ") if child.tag in _BREAKS else _texts(child)


_BREAKS = frozenset({"br", "p", "div", "li", "td", "th"})


class _Pieces:
    """Tags and texts in the order they are shown in, white space as a browser shows it."""

    def __init__(self, place: Place, left: Left, base: str) -> None:
        self.found: list[tuple[bool, str]] = []
        self._place = place
        self._left = left
        self._base = base
        self._is_spaced = True
        self._is_kept = False  # white space, in <pre>

    def add(self, part: Element | str) -> None:
        """Add a text or an element and all that is in it."""
        if isinstance(part, str):
            self._text(part)
        elif part.tag in _UNSHOWN:
            self._left.out(self._place, f"a part of the page (<{part.tag}>) cannot be shown.")
        elif part.tag == "img":
            self._picture(part)
        elif part.tag == "a":
            self._link(part)
        elif part.tag == "table" and (rows := _rows(part)):
            self._table(rows)
        elif part.tag not in _UNSEEN:
            self._element(part)

    def _element(self, element: Element) -> None:
        is_pre, was_kept = element.tag == "pre", self._is_kept
        self._is_kept = was_kept or is_pre
        tag = _ALIKE.get(element.tag, element.tag)
        self._tag(tag)
        for child in element.children:
            self.add(child)
        if tag not in _VOID:
            self._tag(f"/{tag}")
        self._is_kept = was_kept

    def _tag(self, tag: str) -> None:
        if tag.removeprefix("/") in _SHOWN:
            self.found.append((True, f"<{tag}>"))
            self._is_spaced = self._is_spaced or tag.removeprefix("/") in _BREAKS

    def _text(self, text: str) -> None:
        if not self._is_kept:
            text = _SPACE.sub(" ", text)
            text = text.lstrip() if self._is_spaced else text
        if text:
            self.found.append((False, text))
            self._is_spaced = text[-1].isspace()

    def _link(self, element: Element) -> None:
        url = element.attributes.get("href", "").strip()
        if url.startswith("#") or url.lower().startswith(("javascript:", "data:")):
            url = ""
        if url and self._base and not is_web_address(url):
            url = urljoin(self._base, url)
        quote = url.replace('"', "%22").replace("&", "&amp;")
        if url:
            self.found.append((True, f'<a href="{quote}">'))
        for child in element.children:
            self.add(child)
        if url:
            self.found.append((True, "</a>"))

    def _picture(self, element: Element) -> None:
        url, told = (element.attributes.get(name, "").strip() for name in ("src", "alt"))
        if self._base and url:
            url = urljoin(self._base, url)
        shown = told or url.partition("?")[0].rpartition("/")[2]
        self._left.out(
            self._place,
            f"the picture “{shown[:60]}” is left out. Put it under attachments: to have it sent.",
        )
        if told:
            self._text(f" {told} ")

    def _table(self, rows: Sequence[Sequence[Element]]) -> None:
        """Each cell in a line of its own, after its column's heading; a blank line between rows."""
        heads = [cell.text() for cell in rows[0]]
        for row in rows[1:]:
            self.found.append((True, "<p>"))
            for head, cell in zip(heads, row, strict=False):
                if cell.text():
                    self._text(f"{head}: " if head else "")
                    for child in cell.children:
                        self.add(child)
                    self.found.append((True, "<br>"))
                    self._is_spaced = True
            self.found.append((True, "</p>"))
        self._left.out(
            self._place, "a table is shown line by line, each cell after its column's heading."
        )


def _rows(table: Element) -> list[list[Element]]:
    """The rows of a table whose first one holds headings; of any other table, none."""
    rows = []
    for element in table.elements():
        if element.tag == "table":
            return []  # one in the other lays out a page
        if element.tag == "tr":
            cells = [each for each in element.children if isinstance(each, Element)]
            rows.append([cell for cell in cells if cell.tag in {"td", "th"}])
    has_heads = len(rows) > 1 and len(rows[0]) > 1 and all(cell.tag == "th" for cell in rows[0])
    return rows if has_heads else []
