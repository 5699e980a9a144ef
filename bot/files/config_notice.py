"""notice of config.yaml: what is said above every answer for a time."""

from __future__ import annotations

from bot.files.section import Section
from bot.files.when import read_end
from bot.files.yamlfile import Fields
from bot.texts import Notice

_KEYS = ("text", "until")
_MAX_CHARS = 1_000
_NEEDED = "a text is needed, or one for each language: {en: …, zh: …}"


def read_notice(section: Section, key: str) -> Notice | None:
    """The notice; None where there is none, or a problem was noted."""
    part = section.part(key, known=_KEYS)
    if not part.keys:
        return None
    part.require("text", 'what is said above every answer, such as "Our phones are down today"')
    until = read_end(part, "until")
    if isinstance(part.node("text"), Fields):
        by_language = part.part("text", needed=_NEEDED)
        read = {code: by_language.text(code, max_chars=_MAX_CHARS) for code in by_language.keys}
        texts = {code.lower(): text for code, text in read.items() if text is not None}
    else:
        text = part.text("text", max_chars=_MAX_CHARS)
        texts = {} if text is None else {"": text}
    return Notice(texts, until) if texts else None
