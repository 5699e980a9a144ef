"""Language files, and what config.yaml puts in their place → Phrasebook."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, Problem
from bot.files.section import ProblemList, Section
from bot.files.yamlfile import Fields, read_yaml
from bot.texts import TEXT_NAMES, Phrasebook, Texts

FOLDER = Path(__file__).parent.parent / "languages"
MAX_TEXT_CHARS = 4096  # a Telegram message
TOPIC_MARK = "{topic}"


@cache
def shipped() -> Mapping[str, Texts]:
    """The languages that come with the bot, by code.

    Raises:
        FileProblems: a language file is broken or lacks a sentence.
    """
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.yaml"))}


def read_phrasebook(top: Section, default: str) -> Phrasebook:
    """The shipped sentences with those that the configuration replaces; problems are noted there.

    Args:
        top: the configuration; under "texts" it has a section per language code.
        default: the code of the language for people whose own is not known.
    """
    languages = dict(shipped())
    codes = top.keys_of("texts")
    known = tuple(dict.fromkeys((*languages, *codes)))  # any code may stand there
    section = top.section("texts", known=known, may_be_empty=True)
    if section is None:
        return Phrasebook(languages, default)
    for code in codes:
        if code in TEXT_NAMES:
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.section(code, known=TEXT_NAMES, may_be_empty=True)
        if part is None:
            continue
        written = texts_of(part)
        base = languages.get(code.lower())
        missing = [name for name in TEXT_NAMES if base is None and name not in part]
        if missing:
            section.refuse(
                code,
                f"is a language the bot does not ship, so it needs every text; missing: "
                f"{', '.join(missing)}. Shipped: {', '.join(languages)}.",
            )
            continue
        shipped_texts = {} if base is None else {n: getattr(base, n) for n in TEXT_NAMES}
        if len(merged := shipped_texts | written) == len(TEXT_NAMES):
            languages[code.lower()] = Texts(**merged)
    return Phrasebook(languages, default)


def texts_of(section: Section) -> dict[str, str]:
    """The sentences of a section; problems are noted there."""
    written = {name: section.text(name, max_chars=MAX_TEXT_CHARS) for name in TEXT_NAMES}
    found = {name: text for name, text in written.items() if text is not None}
    if TOPIC_MARK not in found.get("topic", TOPIC_MARK):
        section.refuse("topic", f"lacks {TOPIC_MARK}, where the topic's name goes.")
    return found


def _read(file: Path) -> Texts:
    notes = ProblemList(str(file))
    root, problems = read_yaml(file, notes.shown)
    if isinstance(root, Fields) and not problems:
        found = texts_of(Section(root, notes, known=TEXT_NAMES))
        missing = [name for name in TEXT_NAMES if name not in found]
        if not missing and not notes.problems:
            return Texts(**found)
        problems = [Problem(notes.shown, None, f"lacks: {', '.join(missing)}.")] if missing else []
    raise FileProblems([*problems, *notes.problems])
