"""Language files, and what config.yaml puts in their place → the bot's texts by language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, ProblemList
from bot.files.section import Section
from bot.files.yamlfile import Fields, read_yaml
from bot.texts import RENAMED, TEAM_TEXT_NAMES, TEXT_NAMES, TeamTexts, Texts

FOLDER = Path(__file__).parent.parent / "languages"
_TEAM = "team"
_KEYS = (*TEXT_NAMES, _TEAM)
# What Telegram takes: in a message, beside a command, and for a moment after a press.
_MAX_TEXT_CHARS = 4096
_MAX_COMMAND_CHARS = 256
_MAX_NOTICE_CHARS = 200
_NOTICES = ("feedback_thanks", "not_yours", "old_button")
_ENGLISH = "en"
_MARK = re.compile(r"\{[a-z_]+\}")


@cache
def shipped() -> Mapping[str, Texts]:
    """The languages that come with the bot, by code."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.yaml"))}


def _read(file: Path) -> Texts:
    """A language file, which lacks nothing: it is a part of the bot."""
    notes = ProblemList(str(file))
    root = read_yaml(notes)
    if not isinstance(root, Fields):
        raise FileProblems(notes.problems)
    section = Section(root, notes)
    team = _texts_of(section.part(_TEAM), TEAM_TEXT_NAMES)
    return Texts(team=TeamTexts(**team), **_texts_of(section, TEXT_NAMES))


def read_texts(top: Section, key: str) -> Mapping[str, Texts]:
    """The shipped texts with those that the configuration replaces; problems are noted there.

    A language of its own says in English what it lacks, which is remarked upon, unless that is
    the whole part for the team.

    Args:
        top: the configuration; under `key` it has a section per language code.
    """
    languages = dict(shipped())
    english = languages[_ENGLISH]
    section = top.part(key, needed=f"keys under it are needed: {', '.join(languages)}")
    english_first = sorted(section.keys, key=lambda code: code.lower() != _ENGLISH)
    for code in english_first:
        if code in _KEYS:
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.section(code, known=(*_KEYS, *RENAMED), may_be_empty=True)
        if part is None:
            continue
        team_part = part.part(_TEAM, known=(*TEAM_TEXT_NAMES, *RENAMED))
        texts = _texts_of(part, TEXT_NAMES, english)
        team = _texts_of(team_part, TEAM_TEXT_NAMES, english.team)
        base = languages.get(code.lower())
        missing = [name for name in TEXT_NAMES if name not in texts]
        if team:
            missing += [f"{_TEAM}.{name}" for name in TEAM_TEXT_NAMES if name not in team]
        if base is None and missing:
            told = f"{code} lacks {', '.join(missing)}; the English texts are used for them."
            section.remark(section.line_of(code), told)
        base = base or languages[_ENGLISH]
        languages[code.lower()] = replace(base, team=replace(base.team, **team), **texts)
    return languages


def _texts_of(
    section: Section, names: Sequence[str], english: Texts | TeamTexts | None = None
) -> dict[str, str]:
    """The texts of a section.

    Args:
        english: what the bot fills in is marked there, and has to be marked here.
    """
    found = {}
    for name in names:
        key = _key_of(name, section)
        text = section.text(key, max_chars=_max_chars(name))
        if text is None:
            continue
        found[name] = text
        marks = () if english is None else _MARK.findall(getattr(english, name))
        if missing := [mark for mark in marks if mark not in text]:
            section.refuse(key, f"lacks {' and '.join(missing)}, which the bot fills in.")
    return found


def _key_of(name: str, section: Section) -> str:
    """Where a text stands in a section: under its name, or under the name that it had."""
    former = [old for old, new in RENAMED.items() if new == name and old in section]
    if name in section or not former:
        return name
    section.remark(section.line_of(former[0]), f"{former[0]} is called {name} now.")
    return former[0]


def _max_chars(name: str) -> int:
    if name.startswith("command_"):
        return _MAX_COMMAND_CHARS
    return _MAX_NOTICE_CHARS if name in _NOTICES else _MAX_TEXT_CHARS
