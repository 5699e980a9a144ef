"""An entry as Telegram shows it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import FaqEntry
from bot.formatting import button_label, html_parts
from bot.markup.answer import parse
from bot.studio.kit import escape
from bot.texts import StudioTexts

_ELSEWHERE = '<a target="_blank" rel="noopener noreferrer" href='


def preview_html(entry: FaqEntry, texts: StudioTexts) -> str:
    """Its question on a button, and each message of its answer, with all that goes with it."""
    return "".join(_parts(entry, texts))


def _parts(entry: FaqEntry, texts: StudioTexts) -> Iterator[str]:
    if entry.question.strip():
        yield f"<p class='count'>{escape(texts.on_button)}</p>"
        yield f"<p><span class='key'>{escape(button_label(entry.question.strip()))}</span></p>"
    yield f"<p class='count'>{escape(texts.as_answer)}</p>"
    for part in html_parts(parse(entry.answer.strip())):
        shown = part.replace("<a href=", _ELSEWHERE)  # what people write has its < as &lt;
        yield f"<div class='said by-bot telegram'>{shown}</div>"
    for link in entry.links:
        url, text = escape(link.url), escape(button_label(link.text))
        yield f"<p>{_ELSEWHERE}'{url}' class='key'>{text}</a></p>"
    for file in entry.attachments:
        yield f"<p class='file'>📎 {escape(file.source)}</p>"
        if file.caption:
            yield f"<p>{escape(file.caption)}</p>"
