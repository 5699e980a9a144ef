"""The files beside this one, and the bot's sentences → the script that a page includes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.matching.text import MAX_UTTERANCE_CHARS
from bot.service.live import Live
from bot.texts import Phrasebook

FOLDER: Final = Path(__file__).parent
_STYLE: Final = "widget.css"
# `widget.js` begins, so it comes last.
_PARTS: Final = ("markup.js", "transport.js", "memory.js", "view.js", "chat.js", "widget.js")
_SAID = re.compile(r"\bTEXTS\.([a-z_]+)")
_WELCOME = "welcome"  # which names a question of the FAQ


def said_in(source: str) -> set[str]:
    """The names of the bot's sentences that a script says."""
    return set(_SAID.findall(source))


def widget_script(live: Live, *, has_team: bool, feedback: bool) -> str:
    """The script for the FAQ and the sentences that are served now.

    Args:
        has_team: there are people behind the bot who can be asked.
        feedback: 👍 and 👎 stand under answers.
    """
    source = "\n".join(_read(name) for name in _PARTS)
    phrasebook = live.matcher.settings.phrasebook
    given = {
        "languages": _sentences(said_in(source), phrasebook, live),
        "language": phrasebook.default,
        "team": has_team,
        "feedback": feedback,
        "longest": MAX_UTTERANCE_CHARS,
    }
    values = {"GIVEN": given, "STYLE": _read(_STYLE)}
    lines = [f"const {name} = {json.dumps(value)};" for name, value in values.items()]
    return "\n".join(["(() => {", '"use strict";', *lines, source, "})();", ""])


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _sentences(
    names: set[str], phrasebook: Phrasebook, live: Live
) -> Mapping[str, Mapping[str, str]]:
    """What the script says, by language."""
    return {
        code: {
            name: live.welcome(code) if name == _WELCOME else texts.sentences[name]
            for name in sorted(names)
        }
        for code, texts in phrasebook.languages.items()
    }
