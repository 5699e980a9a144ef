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
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

from bot.domain import Reply, Span, is_web_address

MAX_UNITS = 4_096  # of a message in Telegram: UTF-16 code units, once entities are resolved
_BREAKS = ("\n\n", "\n", "。", ". ", " ")
_PARAGRAPH_ENDS = re.compile(r"(\n(?:[ \t]*\n)+)")
_LINE_BREAK = "\v"  # white space to Markdown, which leaves it where it is
_UNDERLINES = "__"  # Markdown's other bold; here the name __init__ is a name
_ADDRESS = re.compile(r"://[^\s<>\[\]()`]+")  # of a web address, from its colon on
# Scripts that put no spaces between words, beside those of wide characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_MOST_STARS = 3  # ***bold and italic***; more of them mask something: ****1234
_CLOSING, _OPENING = frozenset(")]}"), frozenset("([{")
_AFTER_A_NUMBER = frozenset("#+<([{=/%")  # where the number goes on: *100*#, *21*+49 …


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
    parser.inline.ruler.after("text", "address", _address)
    return parser


def _address(state: StateInline, silent: bool) -> bool:
    """A web address, whose stars and underscores are its own; the marks around it are not."""
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    scheme = state.src[max(0, state.pos - 5) : state.pos].lower()
    if found is None or not scheme.endswith(("http", "https")):
        return False
    told = found[0].rstrip("*_")
    if not silent:
        state.pending += told
    state.pos += len(told)
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As in Markdown, but for stars inside words and numbers, and beside wide characters."""
    start, before = state.pos, len(state.delimiters)
    if not emphasis.tokenize(state, silent):
        return False
    left = state.src[start - 1] if start > 0 else " "
    right = state.src[state.pos] if state.pos < state.posMax else " "
    if state.src[start] == "*":
        opens, closes = _sides(left, right, state.pos - start)
        for delimiter in state.delimiters[before:]:
            delimiter.open = delimiter.open if opens is None else opens
            delimiter.close = delimiter.close if closes is None else closes
    return True


def _sides(left: str, right: str, count: int) -> tuple[bool | None, bool | None]:
    """Whether stars open, and whether they close; None: as in Markdown.

    Args:
        left, right: the characters beside them; a space at an end of the text.
        count: of the stars. One alone is a sign of its own too: 60*80, Kolleg*in.
    """
    is_wide = _is_wide(left) or _is_wide(right)
    is_inside = left.isalnum() and right.isalnum()
    is_spaced = not (is_wide or _UNSPACED.match(left) or _UNSPACED.match(right))
    if (is_inside and (count == 1 or is_spaced)) or count > _MOST_STARS:
        return False, False
    if left in _CLOSING and right in _OPENING:  # (a+b)*(c+d)
        return False, False
    if left.isdigit() and right in _AFTER_A_NUMBER:
        return None, False
    # Where no spaces part the words, "**注意：**请" would stay unformatted otherwise; see
    # https://github.com/commonmark/commonmark-spec/issues/650.
    return (not right.isspace(), not left.isspace()) if is_wide else (None, None)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


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
