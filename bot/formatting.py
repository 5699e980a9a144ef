"""The few marks an answer may hold: Markdown's **bold**, *italic*, `code` and [text](address).

Everything else stays as it was typed: line breaks, list markers, HTML, marks without a partner, and
links that lead elsewhere than to http:// or https://. What is formatted becomes plain text, or HTML
in parts that Telegram takes.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.common.utils import stripEscape
from markdown_it.rules_inline import StateInline, backtick, emphasis, escape
from markdown_it.token import Token

from bot.domain import Reply, Span, is_web_address

MAX_UNITS = 4_096  # of a message in Telegram: UTF-16 code units, once entities are resolved
_BREAKS = ("\n\n", "\n", "。", ". ", " ")
_PARAGRAPH_ENDS = re.compile(r"(\n(?:[ \t]*\n)+)")
_UNDERLINES = "__"  # Markdown's other bold; here the name __init__ is a name


def parse(source: str) -> tuple[Span, ...]:
    """An answer as runs of equally formatted text, none of them empty.

    Marks have their partner in the same paragraph. An answer that would show nothing but white
    space is shown as it was typed.
    """
    spans: list[Span] = []
    for piece in _PARAGRAPH_ENDS.split(source):
        spans += _spans(_parser().inline.parse(piece, _parser(), {}, []))
    spans = _joined(spans)
    if not any(span.text.strip() for span in spans):
        return (Span(source),) if source else ()
    return tuple(spans)


def plain(source: str) -> str:
    """An answer without its marks; see `plain_text`."""
    return plain_text(parse(source))


def plain_text(spans: Iterable[Span]) -> str:
    """Formatted text for where nothing can be formatted: links become "text (address)"."""
    told = ""
    for url, linked in groupby(spans, key=lambda span: span.url):
        text = "".join(span.text for span in linked)
        told += text if url in {None, text} else f"{text} ({url})"
    return told


def reply_parts(reply: Reply) -> list[str]:
    """A reply's text as HTML: an answer formatted, a sentence of the bot as it is."""
    return html_parts(reply.spans or (Span(reply.text),))


def html_parts(spans: Sequence[Span], limit: int = MAX_UNITS) -> list[str]:
    """Formatted text as HTML in parts, cut at the best break near each end.

    A span that is cut goes on formatted.

    Args:
        limit: visible UTF-16 code units per part, at least 2.
    """
    text = "".join(span.text for span in spans)
    return [as_html(_cut(spans, start, end)) for start, end in _ranges(text, limit)]


def as_html(spans: Sequence[Span]) -> str:
    """Formatted text for parse mode HTML."""
    told = ""
    for url, linked in groupby(spans, key=lambda span: span.url):
        inner = "".join(map(_span_as_html, linked))
        told += inner if url is None else f'<a href="{html.escape(url)}">{inner}</a>'
    return told


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _spans(tokens: Iterable[Token]) -> list[Span]:
    spans: list[Span] = []
    bold, italic = 0, 0
    url: str | None = None
    for token in tokens:
        if token.type in {"strong_open", "strong_close"} and token.markup != _UNDERLINES:
            bold += token.nesting
            continue
        if token.type in {"em_open", "em_close"}:
            italic += token.nesting
            continue
        if token.type in {"link_open", "link_close"}:
            url = str(token.attrs["href"]) if token.nesting == 1 else None
            continue
        text = token.markup if token.tag == "strong" else token.content
        if text:
            code = token.type == "code_inline"
            spans.append(Span(text, bold=bold > 0, italic=italic > 0, code=code, url=url))
    return spans


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for _, alike in groupby(spans, key=lambda span: replace(span, text="")):
        run = list(alike)
        joined.append(replace(run[0], text="".join(span.text for span in run)))
    return joined


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(["escape", "backticks", "emphasis", "link"])
    rules = parser.inline.ruler
    rules.at("escape", _escape)
    rules.at("backticks", _code)
    rules.at("emphasis", _emphasis)
    rules.at("link", _link)
    return parser


def _escape(state: StateInline, silent: bool) -> bool:
    """As in Markdown, but a backslash at the end of a line is a backslash."""
    return not state.src.startswith("\\\n", state.pos) and escape(state, silent)


def _code(state: StateInline, silent: bool) -> bool:
    """As in Markdown, but line breaks in code are kept."""
    start, before = state.pos, len(state.tokens)
    found = backtick(state, silent)
    if len(state.tokens) > before:
        token = state.tokens[-1]
        marks = len(token.markup)
        typed = state.src[start + marks : state.pos - marks]
        token.content = typed if len(typed) == len(token.content) else typed[1:-1]
    return found


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


def _link(state: StateInline, silent: bool) -> bool:
    """[text](address), without Markdown's titles, references, images and <addresses>."""
    if state.src[state.pos] != "[":
        return False
    if state.src.endswith("!", 0, state.pos) and not state.src.endswith("\\!", 0, state.pos):
        return False
    helpers = state.md.helpers
    start, end, limit = state.pos + 1, helpers.parseLinkLabel(state, state.pos, True), state.posMax
    if end < 0 or not state.src[start:end].strip() or not state.src.startswith("](", end):
        return False
    address = helpers.parseLinkDestination(state.src, end + 2, limit)
    if not address.ok or address.pos >= limit or state.src[address.pos] != ")":
        return False
    url = stripEscape(state.src[end + 2 : address.pos])
    if not is_web_address(url):
        return False
    if not silent:
        state.pos, state.posMax = start, end
        state.push("link_open", "a", 1).attrs["href"] = url
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
    state.pos, state.posMax = address.pos + 1, limit
    return True


def _span_as_html(span: Span) -> str:
    told = html.escape(span.text, quote=False)
    if span.code and span.url is None:  # Telegram takes nothing around or inside of code
        return f"<code>{told}</code>"
    if span.italic:
        told = f"<i>{told}</i>"
    return f"<b>{told}</b>" if span.bold else told


def _ranges(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, without the white space around it."""
    left = text.strip()
    start = len(text) - len(text.lstrip())
    while left:
        piece = _longest_prefix(left, limit)
        if piece != left:
            piece = piece[: _break_before(piece)]
        yield start, start + len(piece.rstrip())
        rest = left[len(piece) :].lstrip()
        start += len(left) - len(rest)
        left = rest


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """What of the spans stands between two places of their text."""
    found, place = [], 0
    for span in spans:
        inside = span.text[max(0, start - place) : max(0, end - place)]
        if inside:
            found.append(replace(span, text=inside))
        place += len(span.text)
    return found


def _longest_prefix(text: str, limit: int) -> str:
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * limit]
    prefix = units.decode("utf-16-le", "surrogatepass")
    return prefix if text.startswith(prefix) else prefix[:-1]  # half a character is left out


def _break_before(text: str) -> int:
    """Where to end a part: after the last good break of its second half, or at its very end."""
    for mark in _BREAKS:
        place = text.rfind(mark, len(text) // 2)
        if place > 0:
            return place + len(mark)
    return len(text)
