"""Drafts → entries that stand beside those of the FAQ: ids made, nothing said twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.authoring.transfer.draft import Draft, Left, Place
from bot.domain import Faq, FaqEntry, Link, is_web_address
from bot.files.faq.file import MAX_ANSWER_CHARS, MAX_WORDING_CHARS
from bot.files.section import wording_key
from bot.files.yamlfile import FORBIDDEN
from bot.formatting import in_short, utf16_units

_NO_ID = re.compile(r"[^A-Za-z0-9._]+")
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
_MAX_GIVEN, _MAX_ID_CHARS = 200, 48
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(slots=True)
class _Taken:
    """What stands in the FAQ already, and in what was made so far.

    Attributes:
        ids: those that are taken.
        before: the wordings of the FAQ.
        wordings: the entries they stand under, and where these are.
        names: the ids that the file has, and what became of them.
    """

    ids: set[str] = field(default_factory=set)
    before: frozenset[str] = frozenset()
    wordings: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def make_entries(
    drafts: Iterable[Draft], existing: Faq, stem: str, left: Left
) -> list[tuple[FaqEntry, Place]]:
    """The entries of drafts, and where these stand.

    Args:
        existing: the FAQ they are to stand beside.
        stem: how the ids of questions begin that hold no Latin letter.
        left: gets what could not be kept.
    """
    taken = _Taken({entry.id for entry in existing.entries})
    for entry in existing.entries:
        where = f"{entry.id!r} in {entry.place}" if entry.place else repr(entry.id)
        asked = (*entry.wordings, *(each.question for each in entry.translations))
        taken.wordings |= dict.fromkeys(map(wording_key, asked), where)
    taken.before = frozenset(taken.wordings)
    made = []
    for draft in drafts:
        new = _entry(_clean(draft), taken, stem, left)
        if new is not None:
            made.append((draft, new))
    return [
        (_with_related(draft, entry, existing, taken, left), draft.place) for draft, entry in made
    ]


def make_id(text: str) -> str:
    """An id out of a text: its Latin letters and digits, up to a few words; "" for none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"['’]", "", plain).lower()
    told = _NO_ID.sub("-", words).strip("-._")
    if len(told) <= _MAX_ID_CHARS:
        return told
    whole, _, _ = told[: _MAX_ID_CHARS + 1].rpartition("-")
    return (whole or told[:_MAX_ID_CHARS]).strip("-._")


def _clean(draft: Draft) -> Draft:
    """Without characters that nobody sees; wordings in one line."""
    return replace(
        draft,
        question=_line(draft.question),
        phrasings=tuple(filter(None, map(_line, draft.phrasings))),
        answer=FORBIDDEN.sub("", draft.answer).strip(),
        tags=tuple(dict.fromkeys(filter(None, map(_line, draft.tags)))),
        translations=tuple(
            replace(each, question=_line(each.question), answer=FORBIDDEN.sub("", each.answer))
            for each in draft.translations
        ),
    )


def _line(text: str) -> str:
    return " ".join(FORBIDDEN.sub(" ", text).split())


def _entry(draft: Draft, taken: _Taken, stem: str, left: Left) -> FaqEntry | None:
    if not draft.answer:
        left.out(draft.place, "this question has no answer; it is left out.")
        return None
    if (length := utf16_units(draft.answer)) > MAX_ANSWER_CHARS:
        told = f"its answer has {length:,} characters; at most {MAX_ANSWER_CHARS:,} are possible."
        left.out(draft.place, f"{told} It is left out.")
        return None
    wordings = [each for each in (draft.question, *draft.phrasings) if each]
    new = _new(draft, wordings, taken, left)
    if not new:
        if not wordings:
            left.out(draft.place, "this answer has no question; it is left out.")
        return None
    entry_id = _id(draft, new[0], taken, stem, left)
    taken.wordings |= dict.fromkeys(map(wording_key, new), repr(entry_id))
    return FaqEntry(
        id=entry_id,
        question=new[0],
        phrasings=tuple(new[1:]),
        answer=draft.answer,
        tags=draft.tags,
        lang=_lang(draft, left),
        links=_links(draft, left),
        translations=draft.translations,
    )


def _new(draft: Draft, wordings: Sequence[str], taken: _Taken, left: Left) -> list[str]:
    """The wordings that stand under no other entry, once each; if the question does, none."""
    new: dict[str, str] = {}
    for wording in wordings:
        key = wording_key(wording)
        where = taken.wordings.get(key)
        shown = f"“{in_short(wording, 80)}”"
        if where is not None and key in taken.before and not new:
            left.out(draft.place, f"{shown} stands already under {where}; the entry is left out.")
            return []
        if where is not None:
            left.out(draft.place, f"{shown} stands already under {where}; it is left out.")
        elif not any(character.isalnum() for character in wording):
            left.out(draft.place, f"{shown} has no letter and no digit; it is left out.")
        elif utf16_units(wording) > MAX_WORDING_CHARS:
            left.out(
                draft.place, f"{shown} is longer than {MAX_WORDING_CHARS:,} characters; left out."
            )
        else:
            new.setdefault(key, wording)
    return list(new.values())


def _id(draft: Draft, question: str, taken: _Taken, stem: str, left: Left) -> str:
    name = draft.id.strip()
    given = name if _ID.fullmatch(name) else _NO_ID.sub("-", name).strip("-._")[:_MAX_GIVEN]
    base = given or make_id(question)
    if not base:
        number = 1 + sum(name.startswith(f"{stem}-") for name in taken.ids)
        base = f"{stem}-{number}"
    found, number = base, 1
    while found in taken.ids:
        number += 1
        found = f"{base}-{number}"
    if given and found != base:
        left.out(draft.place, f"the id {base!r} is taken; here it is {found!r}.")
    taken.ids.add(found)
    taken.names.setdefault(draft.key or draft.id, found)
    return found


def _lang(draft: Draft, left: Left) -> str | None:
    lang = None if draft.lang is None else draft.lang.strip().replace("_", "-")
    if lang is None or _LANG.fullmatch(lang):
        return lang
    left.out(draft.place, f"the language {draft.lang!r} is no code such as en or zh; left out.")
    return None


def _links(draft: Draft, left: Left) -> tuple[Link, ...]:
    for link in draft.links:
        if not is_web_address(link.url):
            left.out(draft.place, f"the link {link.url!r} is no web address; it is left out.")
    return tuple(link for link in draft.links if is_web_address(link.url) and link.text)


def _with_related(
    draft: Draft, entry: FaqEntry, existing: Faq, taken: _Taken, left: Left
) -> FaqEntry:
    """The entry with its related ids, by the names these have here."""
    found = []
    for name in draft.related:
        here = taken.names.get(name, name if name in existing.by_id else None)
        if here is None:
            left.out(draft.place, f"the related id {name!r} is no entry's; it is left out.")
        elif here != entry.id:
            found.append(here)
    return replace(entry, related=tuple(dict.fromkeys(found)))
