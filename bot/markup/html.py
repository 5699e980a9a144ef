"""HTML, taken apart by whoever reads it → formatted text; and formatted text → HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain import Span
from bot.markup.writer import Writer

_TAGS = (("strike", "s"), ("italic", "em"), ("bold", "strong"))


def read_pieces(pieces: Iterable[tuple[bool, str]]) -> tuple[list[Span], list[str]]:
    """Tags and texts in their order → what is shown, and what is shown otherwise than written.

    Args:
        pieces: whether it is a tag, and the tag or the text; tags that open are closed again, and
            white space is what is shown.
    """
    writer = Writer()
    writer.tokens(
        [
            Token("html_inline" if is_tag else "text", "", 0, content=content)
            for is_tag, content in pieces
        ]
    )
    return writer.spans, [text for _, text in writer.remarks]


def from_markdown(source: str) -> str:
    """Markdown as other programs read it → HTML."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    told: str = parser.render(source)
    return told


def write_html(spans: Sequence[Span]) -> str:
    """Formatted text as HTML that shows it the same; a line's end is a <br>."""
    told = []
    for is_quote, run in groupby(spans, key=lambda span: span.quote):
        text = "".join(map(_written, run))
        told.append(f"<blockquote>{text}</blockquote>" if is_quote else text)
    return "".join(told)


def _written(span: Span) -> str:
    told = html.escape(span.text, quote=False)
    if span.code and "\n" in span.text.strip("\n"):
        return f"<pre><code>{told}</code></pre>"
    told = told.replace("\n", "<br>\n")
    if span.code:
        told = f"<code>{told}</code>"
    if span.url is not None:
        told = f'<a href="{html.escape(span.url)}">{told}</a>'
    for name, tag in _TAGS:
        if getattr(span, name):
            told = f"<{tag}>{told}</{tag}>"
    return told
