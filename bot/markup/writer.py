"""What was read of an answer, written down as spans."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from markdown_it.token import Token

from bot.domain import Span, is_web_address
from bot.markup.markdown import LINE_BREAK

_UNDERLINES = "__"  # Markdown's other bold; but these are names of Python's, as in __init__.py
_NAME = re.compile("__(init|main|name|file|all|doc|dict|class|new|call|len|str|repr|version)__")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ATTRIBUTE = re.compile(r"""\s(\w+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_COMMENT = re.compile("<!--")
_STYLES = {
    **dict.fromkeys(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"), "bold"),
    **dict.fromkeys(("i", "em", "cite"), "italic"),
    **dict.fromkeys(("code", "pre", "kbd", "tt", "samp"), "code"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    "blockquote": "quote",
}
# Shown as if they were not there, with their partners.
_PLAIN = frozenset(
    {"a", "u", "ins", "span", "font", "small", "big", "sub", "sup", "mark", "center"}
)
# Where a line ends, and where a blank line follows as well.
_LINES = dict.fromkeys(("br", "li", "tr", "div", "dt", "dd", "section", "article"), 1)
_LINES |= dict.fromkeys(("p", "ul", "ol", "table", "blockquote", "pre", "hr"), 2)
_LINES |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), 2)
_SILENT = frozenset({"img", "td", "th", "thead", "tbody", "dl"})
_UNSHOWN = frozenset(
    {"audio", "button", "canvas", "embed", "form", "iframe", "input", "object", "script", "select"}
    | {"style", "svg", "textarea", "video"}
)
_DEEPEST = 5  # that a list is indented
RULE = "———"


class Writer:
    """Collects spans, and what could not be shown as it is written.

    Attributes:
        line: where the writer is in the answer, from 0.
        remarks: lines, and what is shown there in another way than it is written.
    """

    def __init__(self) -> None:
        self.line = 0
        self.remarks: list[tuple[int, str]] = []
        self._spans: list[Span] = []
        self._styles: Counter[str] = Counter()
        self._links: list[tuple[str, int]] = []  # where they lead, and their first spans
        self._lists: list[int] = []  # HTML's: the number of the last item, or -1 without numbers
        self._ends = 2  # line ends that stand last
        self._gap: int | None = None  # line ends that were typed behind a tag

    @property
    def spans(self) -> list[Span]:
        """What was written, without two alike side by side."""
        alike = groupby(self._spans, key=lambda span: replace(span, text=""))
        return [replace(span, text="".join(each.text for each in run)) for span, run in alike]

    def remark(self, text: str) -> None:
        """Note what is shown in another way than it is written in this line."""
        self.remarks.append((self.line, text))

    def style(self, name: str, change: int) -> None:
        """Begin (1) or end (-1) a style: bold, italic, code, strike or quote."""
        self._styles[name] += change

    def text(self, text: str, *, code: bool = False) -> None:
        """Write a text as it is; white space behind a tag is the tag's."""
        if self._gap is not None:
            left = text.lstrip()
            self._gap += text[: len(text) - len(left)].count("\n")
            if not left:
                return
            text, gap, self._gap = left, self._gap, None
            if gap > 1:
                self._end_lines(2)
        self._put(text, code=code)

    def tokens(self, tokens: Sequence[Token]) -> None:
        """Write what stands in a block."""
        typed = _without_partner(tokens)
        for place, token in enumerate(tokens):
            before = self.line
            if place in typed:
                self._typed(token)
            elif token.type == "html_inline":
                self._tag(token.content)
            else:
                self._token(token)
            self.line = before + token.content.count(LINE_BREAK)

    def _typed(self, token: Token) -> None:
        name = _TAG.match(token.content)
        if name is not None and name[2].lower() in _UNSHOWN and not name[1]:
            self.remark(f"the tag {name[0]}> is shown as it is typed. Say in words what it shows.")
        self.text(token.content.replace(LINE_BREAK, "\n") or token.markup)

    def _token(self, token: Token) -> None:
        if token.type in {"strong_open", "strong_close"}:
            self.style("bold", token.nesting)
        elif token.type in {"em_open", "em_close"}:
            self.style("italic", token.nesting)
        elif token.type in {"s_open", "s_close"}:
            self.style("strike", token.nesting)
        elif token.type == "link_open":
            self._open_link(str(token.attrs["href"]))
        elif token.type == "link_close":
            self._close_link(is_remarked=token.markup != "autolink")
        elif token.type == "image":
            self._picture(str(token.attrs["src"]), token.content.replace(LINE_BREAK, "\n"))
        else:
            text, code = token.content.replace(LINE_BREAK, "\n"), token.type == "code_inline"
            if code and len(text) > 2 and text[0] == text[-1] == "\n":
                text = text[1:-1]
            self.text(text, code=code)

    # --- links and pictures ---

    def _open_link(self, url: str) -> None:
        if not url:
            self.text("[")  # Markdown takes [text]() for a link too
        self._links.append((url, len(self._spans)))

    def _close_link(self, *, is_remarked: bool = True) -> None:
        url, first = self._links.pop()
        shown = "".join(span.text for span in self._spans[first:])
        if not url:
            self.text("]()")
        elif is_web_address(url):
            if not shown.strip():
                self._links.append((url, first))
                self.text(url)
                self._links.pop()
        elif not shown.strip():
            self.text(url)
        elif shown.strip() not in {url, url.partition(":")[2]}:
            self.text(f" ({url.removeprefix('mailto:').removeprefix('tel:')})")
            if is_remarked:
                self.remark(
                    f"a link leads to {url!r}, which is no web address; it is shown after the "
                    "text. Begin it with https:// for a link that can be followed."
                )

    def _picture(self, url: str, told: str) -> None:
        self.remark(
            f"the picture {url!r} is shown as a link or by its name. Put it under attachments: to "
            "have it sent."
        )
        if told and any(is_web_address(link) for link, _ in self._links):
            self.text(told)  # a picture that leads somewhere
            return
        self._open_link(url)
        self.text(told)
        self._close_link(is_remarked=False)

    # --- HTML ---

    def _tag(self, source: str) -> None:
        found = _TAG.match(source)
        if found is None:  # a comment
            return
        change, name = (-1 if found[1] else 1), found[2].lower()
        if name in _STYLES and change < 0:
            self.style(_STYLES[name], change)
        if name in _LINES:
            self._line_tag(name, change)
        if name in _STYLES and change > 0:
            self.style(_STYLES[name], change)
        if name == "a" and change > 0:
            self._links.append((_attribute(source, "href"), len(self._spans)))
        elif name == "a" and self._links[-1][0]:
            self._close_link()
        elif name == "a":  # it leads nowhere
            self._links.pop()
        elif name == "img":
            self._picture(_attribute(source, "src"), _attribute(source, "alt"))
        elif name in {"td", "th"} and change > 0 and not self._ends:
            self.text(" | ")
        elif name == "sup" and change > 0:
            self.text("^")
        elif name == "table" and change > 0:
            self.remark("the table is shown line by line, its cells separated by |.")

    def _line_tag(self, name: str, change: int) -> None:
        count = _LINES[name]
        if name in {"ul", "ol"}:
            count = 1 if len(self._lists) > (change < 0) else count
            if change > 0:
                self._lists.append(0 if name == "ol" else -1)
            elif self._lists:
                self._lists.pop()
        if name == "br":
            self._end_lines(min(2, self._ends + 1))
        else:
            self._end_lines(count)
        if name == "hr":
            self._put(f"{RULE}\n")
        if name == "li" and change > 0:
            self._put(self._bullet())
        self._gap = 0

    def _bullet(self) -> str:
        depth = min(len(self._lists), _DEEPEST)
        if not self._lists or self._lists[-1] < 0:
            return "  " * (depth - 1) + "- "
        self._lists[-1] += 1
        return "  " * (depth - 1) + f"{self._lists[-1]}. "

    # --- spans ---

    def _end_lines(self, count: int) -> None:
        self._put("\n" * (count - self._ends))

    def _put(self, text: str, *, code: bool = False) -> None:
        if not text:
            return
        tail = text.rstrip(" \t")
        ends = len(tail) - len(tail.rstrip("\n"))
        self._ends = ends + (self._ends if ends == len(tail) else 0)
        url = next((url for url, _ in reversed(self._links) if is_web_address(url)), None)
        on = {name: self._styles[name] > 0 for name in ("bold", "italic", "strike", "quote")}
        is_code = code or self._styles["code"] > 0
        self._spans.append(Span(text, code=is_code, url=url, **on))


def _attribute(tag: str, name: str) -> str:
    found = {key.lower(): value for key, value in _ATTRIBUTE.findall(tag)}
    return html.unescape(found.get(name, "").strip("\"'"))


def _without_partner(tokens: Sequence[Token]) -> set[int]:
    """The places of tags and marks that stand for themselves: of no tag that is known, of one
    without its partner, or of a name between underscores."""
    typed: set[int] = set()
    opened: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        if token.type == "strong_open" and token.markup == _UNDERLINES:
            told = _UNDERLINES + tokens[place + 1].content + _UNDERLINES
            if _NAME.fullmatch(told) and tokens[place + 2].type == "strong_close":
                typed |= {place, place + 2}
        if token.type != "html_inline" or _COMMENT.match(token.content):
            continue
        found = _TAG.match(token.content)
        name = "" if found is None else found[2].lower()
        if name in _PLAIN or name in _STYLES:
            if found is not None and found[1]:
                if opened.get(name):
                    opened[name].pop()
                else:
                    typed.add(place)
            else:
                opened.setdefault(name, []).append(place)
        elif name not in _LINES and name not in _SILENT:
            typed.add(place)
    return typed.union(*opened.values())
