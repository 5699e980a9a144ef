"""Language files, what config.yaml puts in their place, and its notice → the bot's texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.errors import FileProblems, ProblemList
from bot.files.section import Section
from bot.files.when import read_end
from bot.files.yamlfile import Fields, read_yaml
from bot.texts import Notice, StudioTexts, Talk, TeamTexts, Texts, nearest

FOLDER = Path(__file__).parent.parent.parent / "languages"
_TEAM, _TALK = "team", "small_talk"
_WORDINGS, _REPLY, _FILLER = "wordings", "reply", "filler"
# What Telegram takes: in a message, beside a command, and for a moment after a press.
_MAX_TEXT_CHARS = 4096
_MAX_COMMAND_CHARS = 256
_MAX_TOAST_CHARS = 200
_TOASTS = ("feedback_thanks", "not_yours", "old_button")
_ENGLISH = "en"
_MAX_WORDINGS_CHARS = 50_000
_MARK = re.compile(r"\{[a-z_]+\}")
_MAY_LACK = frozenset({"{example}"})  # it helps, and is needed for nothing
_BETWEEN = re.compile(r"[;；\n]")
_NOTICE_KEYS = ("text", "until")
_MAX_NOTICE_CHARS = 1_000
_NOTICE_NEEDED = "a text is needed, or one for each language: {en: …, zh: …}"


@cache
def shipped() -> Mapping[str, Texts]:
    """The languages that come with the bot, by code."""
    return {file.stem: _read(file) for file in sorted(FOLDER.glob("*.yaml"))}


def other_language() -> Mapping[str, str]:
    """What is said before an answer in another language than the message, by the message's."""
    return _lines("other_language")


def answers_in() -> Mapping[str, str]:
    """Which languages the bot answers in, by the language that it is said in."""
    return _lines("answers_in")


def language_names() -> Mapping[str, str]:
    """What languages call themselves, by code."""
    return _lines("names")


def studio_texts(accepted: str) -> StudioTexts:
    """What stands on the pages of the studio, in a language that is read.

    Args:
        accepted: an Accept-Language header, whose order counts; English where it names none.
    """
    codes = (each.partition(";")[0].strip() for each in accepted.split(","))
    known = _studio()
    return next((found for code in codes if (found := nearest(code, known))), known[_ENGLISH])


@cache
def report_words(code: str) -> Mapping[str, str]:
    """What stands in the report of `tune`, by the English words; none where these are English.

    Args:
        code: of `StudioTexts`.
    """
    file = FOLDER / "report" / f"{code}.yaml"
    section = _section(file) if file.exists() else None
    return {} if section is None else _sentences(section, section.keys)


@cache
def _studio() -> Mapping[str, StudioTexts]:
    sections = {file.stem: _section(file) for file in sorted((FOLDER / "studio").glob("*.yaml"))}
    return {
        code: StudioTexts(_sentences(section, section.keys), code)
        for code, section in sections.items()
    }


@cache
def _lines(name: str) -> Mapping[str, str]:
    section = _section(FOLDER / "remarks" / f"{name}.yaml")
    return _sentences(section, section.keys)


def _section(file: Path) -> Section:
    """A file that is a part of the bot, and so has no mistakes."""
    notes = ProblemList(str(file))
    root = read_yaml(notes)
    if not isinstance(root, Fields):
        raise FileProblems(notes.problems)
    return Section(root, notes)


def _read(file: Path) -> Texts:
    """A language file, which lacks nothing."""
    section = _section(file)
    team, talk = section.part(_TEAM), section.part(_TALK)
    names = [name for name in section.keys if name not in (_TEAM, _TALK)]
    kinds = [kind for kind in talk.keys if kind != _FILLER]
    return Texts(
        _sentences(section, names),
        TeamTexts(_sentences(team, team.keys)),
        _talk(section, kinds, Talk({})),
    )


def read_texts(top: Section, key: str) -> Mapping[str, Texts]:
    """The shipped texts with those that the configuration replaces; problems are noted there.

    A language of its own says in English what it lacks, which is remarked upon, unless that is
    the whole part for the team or of small talk.

    Args:
        top: the configuration; under `key` it has a section per language code.
    """
    languages = dict(shipped())
    marked = languages[_ENGLISH]
    names, team_names = tuple(marked.sentences), tuple(marked.team.sentences)
    section = top.part(key, needed=f"keys under it are needed: {', '.join(languages)}")
    english_first = sorted(section.keys, key=lambda code: code.lower() != _ENGLISH)
    for code in english_first:
        if code in (*names, _TEAM, _TALK):
            section.refuse(code, "stands outside of a language. Put it under one, such as en:.")
            continue
        part = section.part(code, known=(*names, _TEAM, _TALK))
        if not part.keys:
            continue
        own = _sentences(part, names, marked.sentences)
        team = _sentences(part.part(_TEAM, known=team_names), team_names, marked.team.sentences)
        missing = [name for name in names if name not in own]
        if team:
            missing += [f"{_TEAM}.{name}" for name in team_names if name not in team]
        base = languages.get(code.lower(), languages[_ENGLISH])
        known = base.talk if code.lower() in languages else Talk({})
        talk = _talk(part, tuple(marked.talk.wordings), known)
        if _TALK in part:
            kinds = (kind for kind in base.talk.replies if kind not in talk.replies)
            missing += [f"{_TALK}.{kind}.{_REPLY}" for kind in kinds]
        if code.lower() not in languages and missing:
            told = f"{code} lacks {', '.join(missing)}; the English texts are used for them."
            section.remark(section.line_of(code), told)
        languages[code.lower()] = Texts(
            {**base.sentences, **own},
            TeamTexts({**base.team.sentences, **team}),
            replace(talk, replies={**base.talk.replies, **talk.replies}),
        )
    return languages


def _talk(section: Section, kinds: Iterable[str], base: Talk) -> Talk:
    """The small talk of a language.

    Args:
        kinds: that may stand there.
        base: its wordings count beside those of the section, its replies where that has none.
    """
    talk = section.part(_TALK, known=(*kinds, _FILLER))
    wordings, replies = dict(base.wordings), dict(base.replies)
    for kind in kinds:
        part = talk.part(kind, known=(_WORDINGS, _REPLY))
        wordings[kind] = (*wordings.get(kind, ()), *_list(part, _WORDINGS))
        reply = part.text(_REPLY, max_chars=_MAX_TEXT_CHARS)
        if reply is not None:
            replies[kind] = reply
    return Talk(wordings, (*base.filler, *_list(talk, _FILLER)), replies)


def _list(section: Section, key: str) -> tuple[str, ...]:
    """Short texts between semicolons or in lines of their own, which is read sooner than a list."""
    written = section.text(key, max_chars=_MAX_WORDINGS_CHARS) or ""
    return tuple(filter(None, map(str.strip, _BETWEEN.split(written))))


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
        if missing := [mark for mark in marks if mark not in text and mark not in _MAY_LACK]:
            section.refuse(name, f"lacks {' and '.join(missing)}, which the bot fills in.")
    return found


def _max_chars(name: str) -> int:
    if name.startswith("command_"):
        return _MAX_COMMAND_CHARS
    return _MAX_TOAST_CHARS if name in _TOASTS else _MAX_TEXT_CHARS


def read_notice(section: Section, key: str) -> Notice | None:
    """The notice; None where there is none, or a problem was noted."""
    part = section.part(key, known=_NOTICE_KEYS)
    if not part.keys:
        return None
    part.require("text", 'what is said above every answer, such as "Our phones are down today"')
    until = read_end(part, "until")
    if isinstance(part.node("text"), Fields):
        by_language = part.part("text", needed=_NOTICE_NEEDED)
        read = {
            code: by_language.text(code, max_chars=_MAX_NOTICE_CHARS) for code in by_language.keys
        }
        texts = {code.lower(): text for code, text in read.items() if text is not None}
    else:
        text = part.text("text", max_chars=_MAX_NOTICE_CHARS)
        texts = {} if text is None else {"": text}
    return Notice(texts, until) if texts else None
