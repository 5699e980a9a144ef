"""Language files, and what config.yaml puts in their place → Phrasebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, Problem
from bot.files.section import ProblemList, Section
from bot.files.yamlfile import Fields, read_yaml
from bot.texts import MARKS, TEAM_TEXT_NAMES, TEXT_NAMES, Phrasebook, TeamTexts, Texts

FOLDER = Path(__file__).parent.parent / "languages"
_TEAM = "team"
_KEYS = (*TEXT_NAMES, _TEAM)
# What Telegram takes: in a message, beside a command, and for a moment after a press.
_MAX_TEXT_CHARS = 4096
_MAX_COMMAND_CHARS = 256
_MAX_NOTICE_CHARS = 200
_NOTICES = ("feedback_thanks", "not_yours", "old_button")
_ENGLISH = "en"


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
    for code in sorted(codes, key=lambda code: code.lower() != _ENGLISH):
        if code in _KEYS:
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.section(code, known=_KEYS, may_be_empty=True)
        if part is None:
            continue
        texts = _texts_of(part, TEXT_NAMES)
        team_texts = _team_texts_of(part)
        base = languages.get(code.lower())
        missing = [name for name in TEXT_NAMES if base is None and name not in part]
        if missing:
            section.refuse(
                code,
                f"is a language the bot does not ship, so it needs every text; missing: "
                f"{', '.join(missing)}. Shipped: {', '.join(languages)}.",
            )
            continue
        # What a language of one's own does not say to the team is said in English, read first.
        team = replace((base or languages[_ENGLISH]).team, **team_texts)
        if base is not None:
            languages[code.lower()] = replace(base, team=team, **texts)
        elif len(texts) == len(TEXT_NAMES):
            languages[code.lower()] = Texts(team=team, **texts)
    return Phrasebook(languages, default)


def _team_texts_of(section: Section) -> dict[str, str]:
    part = section.section(_TEAM, known=TEAM_TEXT_NAMES, may_be_empty=True)
    return {} if part is None else _texts_of(part, TEAM_TEXT_NAMES)


def _texts_of(section: Section, names: tuple[str, ...]) -> dict[str, str]:
    """The sentences of a section; problems are noted there."""
    written = {name: section.text(name, max_chars=_max_chars(name)) for name in names}
    found = {name: text for name, text in written.items() if text is not None}
    for name, text in found.items():
        if missing := [mark for mark in MARKS.get(name, ()) if mark not in text]:
            section.refuse(name, f"lacks {' and '.join(missing)}, which the bot fills in.")
    return found


def _max_chars(name: str) -> int:
    if name.startswith("command_"):
        return _MAX_COMMAND_CHARS
    return _MAX_NOTICE_CHARS if name in _NOTICES else _MAX_TEXT_CHARS


def _read(file: Path) -> Texts:
    notes = ProblemList(str(file))
    root, problems = read_yaml(file, notes.shown)
    if isinstance(root, Fields) and not problems:
        section = Section(root, notes, known=_KEYS)
        texts, team = _texts_of(section, TEXT_NAMES), _team_texts_of(section)
        missing = [name for name in TEXT_NAMES if name not in texts]
        missing += [f"{_TEAM}.{name}" for name in TEAM_TEXT_NAMES if name not in team]
        if not missing and not notes.problems:
            return Texts(team=TeamTexts(**team), **texts)
        problems = [Problem(notes.shown, None, f"lacks: {', '.join(missing)}.")] if missing else []
    raise FileProblems([*problems, *notes.problems])
