"""Markdown → drafts, headings being questions; and entries → Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from bot.authoring.transfer.draft import Draft, Left, Place, refused
from bot.authoring.transfer.html_file import read_page
from bot.authoring.transfer.source import Source, parse_json
from bot.domain import FaqEntry, Link
from bot.errors import FileProblems
from bot.markup.answer import parse, remarks
from bot.markup.html import from_markdown
from bot.markup.written import write

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
# An exported entry: its question, what a page does not show, and its answer.
_ENTRY = re.compile(r"^## (?P<question>.*)\n\n<!-- faq (?P<data>\{.*\}) -->$", re.MULTILINE)
_TITLE = "# FAQ"
_BREAK = re.compile(r"(?<=\S)\n(?=\S)(?!(?:[-*+]|\d+[.)])\s)")  # a list's item has its own line
_KEYS = ("phrasings", "tags", "related")


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of a file: of one that was exported to the letter, of others as a page shows it.

    Raises:
        FileProblems: there are none.
        BotError: what reads HTML is not installed.
    """
    text = source.text()
    exported = list(_exported(text, source.path))
    if exported:
        return exported
    page = from_markdown(_FRONT_MATTER.sub("", text, count=1))
    return read_page(page, source.path, left)


def written(entries: Sequence[FaqEntry]) -> bytes:
    """A page with a heading for each question. What else is known of it stands in a comment."""
    return "\n".join([f"{_TITLE}\n", *map(_section, entries)]).encode()


def _section(entry: FaqEntry) -> str:
    held: dict[str, object] = {"id": entry.id, "lang": entry.lang}
    held |= {key: getattr(entry, key) for key in _KEYS}
    held["links"] = [[link.text, link.url] for link in entry.links]
    data = json.dumps({key: value for key, value in held.items() if value}, ensure_ascii=False)
    data = data.replace("<", "\\u003c").replace(">", "\\u003e")
    answer = write(parse(entry.answer)) if remarks(entry.answer) else entry.answer.strip()
    shown = _BREAK.sub("  \n", answer)  # one line's end alone would be shown as a space
    return f"## {' '.join(entry.question.split())}\n\n<!-- faq {data} -->\n\n{shown}\n"


def _exported(text: str, path: str) -> Iterator[Draft]:
    found = list(_ENTRY.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    for each, end in zip(found, ends, strict=False):
        line = text.count("\n", 0, each.start()) + 1
        try:
            data = parse_json(each["data"], path)
        except FileProblems as error:
            told = "the comment below this question is no JSON any more. Export anew."
            raise refused(path, told, line) from error
        lists = {key: tuple(map(str, _listed(data.get(key)))) for key in _KEYS}
        lang = data.get("lang")
        links = (each for each in _listed(data.get("links")) if isinstance(each, list))
        yield Draft(
            place=Place(path, line),
            question=each["question"],
            answer="\n".join(line.rstrip() for line in text[each.end() : end].strip().split("\n")),
            id=str(data.get("id", "")),
            lang=lang if isinstance(lang, str) else None,
            links=tuple(Link(*map(str, each)) for each in links if len(each) == 2),
            phrasings=lists["phrasings"],
            tags=lists["tags"],
            related=lists["related"],
        )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
