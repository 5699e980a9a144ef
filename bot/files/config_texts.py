"""Language files, and what config.yaml puts in their place → the bot's texts by language."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, Problem, ProblemList
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
    """The languages that come with the bot, by code.

    Raises:
        FileProblems: a language file is broken or lacks a text.
    """
    english = _read(FOLDER / f"{_ENGLISH}.yaml", None)
    files = sorted(FOLDER.glob("*.yaml"))
    return {file.stem: english if file.stem == _ENGLISH else _read(file, english) for file in files}


def read_texts(top: Section, key: str) -> Mapping[str, Texts]:
    """The shipped texts with those that the configuration replaces; problems are noted there.

    A language of its own says in English what it lacks, which is remarked upon, unless that is
    the whole part for the team.

    Args:
        top: the configuration; under `key` it has a section per language code.
    """
    languages = dict(shipped())
    codes = top.keys_of(key)
    # Any code may stand there.
    section = top.part(key, known=tuple(dict.fromkeys((*languages, *codes))))
    english_first = sorted(codes, key=lambda code: code.lower() != _ENGLISH)
    for code in english_first:
        if code in _KEYS:
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.section(code, known=(*_KEYS, *RENAMED), may_be_empty=True)
        if part is None:
            continue
        written, team = _written(part, shipped()[_ENGLISH])
        base = languages.get(code.lower())
        missing = _missing(written, team) if team else _missing(written, TEAM_TEXT_NAMES)
        if base is None and missing:
            told = f"{code} lacks {', '.join(missing)}; the English texts are used for them."
            section.remark(section.line_of(code), told)
        base = base or languages[_ENGLISH]
        languages[code.lower()] = replace(base, team=replace(base.team, **team), **written)
    return languages


def _written(section: Section, english: Texts | None) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of a language and those for its team; problems are noted there."""
    team = section.part(_TEAM, known=(*TEAM_TEXT_NAMES, *RENAMED))
    return (
        _texts_of(section, TEXT_NAMES, english),
        _texts_of(team, TEAM_TEXT_NAMES, None if english is None else english.team),
    )


def _missing(texts: Container[str], team: Container[str]) -> list[str]:
    """The texts that a language lacks."""
    missing = [name for name in TEXT_NAMES if name not in texts]
    return missing + [f"{_TEAM}.{name}" for name in TEAM_TEXT_NAMES if name not in team]


def _texts_of(
    section: Section, names: Sequence[str], english: Texts | TeamTexts | None
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


def _read(file: Path, english: Texts | None) -> Texts:
    """A language file, which lacks no text."""
    notes = ProblemList(str(file))
    root = read_yaml(notes)
    problems: list[Problem] = []
    if isinstance(root, Fields) and not notes.problems:
        texts, team = _written(Section(root, notes, known=_KEYS), english)
        missing = _missing(texts, team)
        if not missing and not notes.problems:
            return Texts(team=TeamTexts(**team), **texts)
        problems = [Problem(notes.shown, None, f"lacks: {', '.join(missing)}.")] if missing else []
    raise FileProblems([*problems, *notes.problems])
