"""Language files, and what config.yaml puts in their place → the bot's texts by language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, ProblemList
from bot.files.section import Section
from bot.files.yamlfile import Fields, read_yaml
from bot.texts import TeamTexts, Texts

FOLDER = Path(__file__).parent.parent / "languages"
_OTHER_LANGUAGE = FOLDER / "remarks" / "other_language.yaml"
_TEAM = "team"
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


@cache
def other_language() -> Mapping[str, str]:
    """What is said before an answer in another language than the message, by the message's."""
    notes = ProblemList(str(_OTHER_LANGUAGE))
    root = read_yaml(notes)
    if not isinstance(root, Fields):
        raise FileProblems(notes.problems)
    section = Section(root, notes)
    return _sentences(section, section.keys)


def _read(file: Path) -> Texts:
    """A language file, which lacks nothing: it is a part of the bot."""
    notes = ProblemList(str(file))
    root = read_yaml(notes)
    if not isinstance(root, Fields):
        raise FileProblems(notes.problems)
    section = Section(root, notes)
    team = section.part(_TEAM)
    names = [name for name in section.keys if name != _TEAM]
    return Texts(_sentences(section, names), TeamTexts(_sentences(team, team.keys)))


def read_texts(top: Section, key: str) -> Mapping[str, Texts]:
    """The shipped texts with those that the configuration replaces; problems are noted there.

    A language of its own says in English what it lacks, which is remarked upon, unless that is
    the whole part for the team.

    Args:
        top: the configuration; under `key` it has a section per language code.
    """
    languages = dict(shipped())
    marked = languages[_ENGLISH]
    names, team_names = tuple(marked.sentences), tuple(marked.team.sentences)
    section = top.part(key, needed=f"keys under it are needed: {', '.join(languages)}")
    english_first = sorted(section.keys, key=lambda code: code.lower() != _ENGLISH)
    for code in english_first:
        if code in (*names, _TEAM):
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.part(code, known=(*names, _TEAM))
        if not part.keys:
            continue
        own = _sentences(part, names, marked.sentences)
        team = _sentences(part.part(_TEAM, known=team_names), team_names, marked.team.sentences)
        missing = [name for name in names if name not in own]
        if team:
            missing += [f"{_TEAM}.{name}" for name in team_names if name not in team]
        if code.lower() not in languages and missing:
            told = f"{code} lacks {', '.join(missing)}; the English texts are used for them."
            section.remark(section.line_of(code), told)
        base = languages.get(code.lower(), languages[_ENGLISH])
        languages[code.lower()] = Texts(
            {**base.sentences, **own}, TeamTexts({**base.team.sentences, **team})
        )
    return languages


def _sentences(
    section: Section, names: Iterable[str], marked: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The texts of a section.

    Args:
        marked: what the bot fills in is marked there, and has to be marked here.
    """
    found = {}
    for name in names:
        text = section.text(name, max_chars=_max_chars(name))
        if text is None:
            continue
        found[name] = text
        marks = () if marked is None else _MARK.findall(marked[name])
        if missing := [mark for mark in marks if mark not in text]:
            section.refuse(name, f"lacks {' and '.join(missing)}, which the bot fills in.")
    return found


def _max_chars(name: str) -> int:
    if name.startswith("command_"):
        return _MAX_COMMAND_CHARS
    return _MAX_NOTICE_CHARS if name in _NOTICES else _MAX_TEXT_CHARS
