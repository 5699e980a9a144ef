"""Telegram's rules for the parse mode HTML: the tags and escapes it knows, what it refuses."""

from __future__ import annotations

import re

_TAGS = {"a", "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre"}
_TAGS |= {"span", "tg-spoiler", "tg-emoji", "blockquote"}
_TAG = re.compile(r"""<(/?)([^\s>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""")
# Telegram decodes these four names and numbers only; "&nbsp;" reaches people as it stands.
_ESCAPE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class HtmlError(Exception):
    """A text that Telegram refuses; the message says why in Telegram's words."""


def visible_text(html: str) -> str:
    """What people see of an HTML text: tags stripped, escapes decoded.

    Raises:
        HtmlError: Telegram refuses the text.
    """
    text, position = "", 0
    opened: list[str] = []
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
            opened.append(name)
        elif not opened:
            raise HtmlError(f"Unexpected end tag {where}")
        elif (expected := opened.pop()) != name:
            told = f'expected "</{expected}>", found "</{name}>"'
            raise HtmlError(f"Unmatched end tag {where}, {told}")
    if opened:
        raise HtmlError(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return text + _unescape(html[position:])


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[3] is not None:
            return _NAMED[found[3]]
        code = int(found[1]) if found[1] is not None else int(found[2], 16)
        return chr(code) if 0 < code < 0x10FFFF else found[0]

    return _ESCAPE.sub(character, text)
