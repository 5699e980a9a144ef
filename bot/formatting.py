"""The few marks an answer may hold: Markdown's **bold**, *italic*, `code` and [text](address).

Everything else stays as it was typed: line breaks, list markers, HTML, marks without a partner, and
links that lead elsewhere than to http:// or https://.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

from bot.domain import Span, is_web_address

_PARAGRAPH_ENDS = re.compile(r"(\n(?:[ \t]*\n)+)")
_LINE_BREAK = "\v"  # white space to Markdown, which leaves it where it is
_UNDERLINES = "__"  # Markdown's other bold; here the name __init__ is a name


class _Parser(MarkdownIt):
    """Markdown, whose links lead to web addresses alone, and to them as they were typed."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return is_web_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url


def parse(source: str) -> tuple[Span, ...]:
    """An answer as runs of equally formatted text, none of them empty.

    Marks have their partner in the same paragraph. An answer that would show nothing but white
    space is shown as it was typed.
    """
    spans: list[Span] = []
    for piece in _PARAGRAPH_ENDS.split(source):
        line = piece.replace("\n", _LINE_BREAK)
        spans += _spans(_parser().inline.parse(line, _parser(), {}, []))
    spans = _joined(spans)
    if not any(span.text.strip() for span in spans):
        return (Span(source),) if source else ()
    return tuple(spans)


def plain_text(spans: Iterable[Span]) -> str:
    """Formatted text for where nothing can be formatted: links become "text (address)"."""
    told = ""
    for url, linked in groupby(spans, key=lambda span: span.url):
        text = "".join(span.text for span in linked)
        told += text if url in {None, text} else f"{text} ({url})"
    return told


def _spans(tokens: Iterable[Token]) -> list[Span]:
    spans: list[Span] = []
    bold, italic, linked = 0, 0, 0
    url = ""
    for token in tokens:
        text = token.content.replace(_LINE_BREAK, "\n")
        if token.tag == "strong" and token.markup == _UNDERLINES:
            text = _UNDERLINES
        elif token.tag == "strong":
            bold += token.nesting
        elif token.tag == "em":
            italic += token.nesting
        elif token.type == "link_open":
            url, linked = str(token.attrs["href"]), len(spans)
            text = "" if url else "["  # Markdown takes [text]() for a link too
        elif token.type == "link_close" and not url:
            text = "]()"
        elif token.type == "link_close":
            if not any(span.text.strip() for span in spans[linked:]):
                spans.append(Span(url, url=url))
            url = ""
        code = token.type == "code_inline"
        if code and len(text) > 2 and text[0] == text[-1] == "\n":
            text = text[1:-1]
        if text:
            spans.append(Span(text, bold > 0, italic > 0, code, url or None))
    return spans


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for _, alike in groupby(spans, key=lambda span: replace(span, text="")):
        run = list(alike)
        joined.append(replace(run[0], text="".join(span.text for span in run)))
    return joined


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("zero").enable(["escape", "backticks", "emphasis", "link"])
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As in Markdown, but stars stand next to Chinese punctuation as they do next to a word.

    Where no spaces part the words, "**注意：**请" would stay unformatted otherwise; see
    https://github.com/commonmark/commonmark-spec/issues/650.
    """
    start, before = state.pos, len(state.delimiters)
    if not emphasis.tokenize(state, silent):
        return False
    left = state.src[start - 1] if start > 0 else " "
    right = state.src[state.pos] if state.pos < state.posMax else " "
    if state.src[start] == "*" and (_is_wide(left) or _is_wide(right)):
        for delimiter in state.delimiters[before:]:
            delimiter.open, delimiter.close = not right.isspace(), not left.isspace()
    return True


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
