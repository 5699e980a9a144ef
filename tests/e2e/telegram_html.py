"""Telegram's rules for the parse mode HTML: the tags and escapes it knows, what it refuses."""

from __future__ import annotations

import re

from tests.e2e.bot_api_types import Json, utf16_units

_TAGS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline"}
_TAGS |= {"ins": "underline", "s": "strikethrough", "strike": "strikethrough"}
_TAGS |= {"del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link"}
_TAGS |= {"span": "spoiler", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji"}
_TAGS |= {"blockquote": "blockquote"}
_HREF = re.compile("""href=["']([^"']*)""")
_TAG = re.compile(r"""<(/?)([^\s>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""")
# Telegram decodes these four names and numbers only; "&nbsp;" reaches people as it stands.
_ESCAPE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class HtmlError(Exception):
    """A text that Telegram refuses; the message says why in Telegram's words."""


def visible_text(html: str) -> str:
    """What people see of an HTML text: tags stripped, escapes decoded; see `parsed`."""
    return parsed(html)[0]


def parsed(html: str) -> tuple[str, list[Json]]:
    """What people see of an HTML text, and its entities.

    Raises:
        HtmlError: Telegram refuses the text.
    """
    text, position = "", 0
    opened: list[tuple[str, str, Json]] = []
    entities: list[Json] = []
    while (at := html.find("<", position)) >= 0:
        text += _unescape(html[position:at])
        where = f"at byte offset {len(html[:at].encode())}"
        tag = _TAG.match(html, at)
        if tag is None:
            raise HtmlError(f"Unclosed start tag {where}")
        name, position = tag[2].lower(), tag.end()
        if not tag[1]:
            if name not in _TAGS:
                raise HtmlError(f'Unsupported start tag "{name}" {where}')
            if name == "span" and "tg-spoiler" not in tag[3]:
                raise HtmlError(f'Tag "span" must have class "tg-spoiler" {where}')
            url = _HREF.search(tag[3]) if name == "a" else None
            more = {} if url is None else {"url": _unescape(url[1])}
            opened.append((name, text, {"type": _TAGS[name], **more}))
            continue
        if not opened:
            raise HtmlError(f"Unexpected end tag {where}")
        expected, before, entity = opened.pop()
        if expected != name:
            told = f'expected "</{expected}>", found "</{name}>"'
            raise HtmlError(f"Unmatched end tag {where}, {told}")
        offset = utf16_units(before)
        entities.append({**entity, "offset": offset, "length": utf16_units(text) - offset})
    if opened:
        raise HtmlError(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text + _unescape(html[position:]), entities


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[3] is not None:
            return _NAMED[found[3]]
        code = int(found[1]) if found[1] is not None else int(found[2], 16)
        return chr(code) if 0 < code < 0x10FFFF else found[0]

    return _ESCAPE.sub(character, text)
