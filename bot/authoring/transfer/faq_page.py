"""schema.org's FAQPage: its JSON-LD → drafts, and entries → a page that search engines read."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.authoring.transfer.draft import Draft, Left, Place, refused
from bot.authoring.transfer.html_tree import answer_of, read_html
from bot.authoring.transfer.source import Source
from bot.domain import FaqEntry, Span
from bot.markup.answer import parse
from bot.markup.html import write_html
from bot.markup.written import write

_MAX_DEPTH = 20
_PAGE = """\
<!doctype html>
<html{lang}>
<head>
<meta charset="utf-8">
<title>FAQ</title>
<script type="application/ld+json">
{data}
</script>
</head>
<body>
<main>
<h1>FAQ</h1>
{entries}
</main>
</body>
</html>
"""


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of a JSON-LD file.

    Raises:
        FileProblems: there are none.
    """
    drafts = list(read_values(source.json(), source.path, left))
    if not drafts:
        raise refused(source.path, "no question of a schema.org FAQPage was found.")
    return drafts


def read_values(value: Any, path: str, left: Left, base: str = "") -> Iterator[Draft]:
    """The questions in what a JSON-LD script holds, wherever they lie."""
    for question in questions_in(value):
        name = _text(question.get("name")) or _text(question.get("text"))
        answers = _listed(question.get("acceptedAnswer") or question.get("suggestedAnswer"))
        told = next((_text(each.get("text")) for each in answers if isinstance(each, dict)), "")
        name = answer_text(name, path)
        place = Place(path, None, name)
        yield Draft(
            place=place,
            question=name,
            answer=answer_html(told, place, left, base),
            phrasings=tuple(map(_text, _listed(question.get("alternateName")))),
            id=_text(question.get("identifier")),
            tags=tuple(map(_text, _listed(question.get("keywords")))),
            lang=_text(question.get("inLanguage")) or None,
        )


def answer_html(source: str, place: Place, left: Left, base: str = "") -> str:
    """An answer of HTML; where it has no tags, its lines are those of the text."""
    if "<" not in source and "&" not in source:
        return write([Span(source)])
    return answer_of(read_html(source, place.path).children, place, left, base)


def answer_text(source: str, path: str) -> str:
    """A text of HTML, without its formatting."""
    return read_html(source, path).text() if "<" in source or "&" in source else source


def questions_in(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """What schema.org calls a Question, wherever it lies."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from questions_in(each, depth + 1)
    elif isinstance(value, dict):
        if "Question" in _listed(value.get("@type")):
            yield value
            return
        for each in value.values():
            if isinstance(each, dict | list):
                yield from questions_in(each, depth + 1)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


# --- out ---


def written(entries: Sequence[FaqEntry]) -> bytes:
    """A page that shows the entries, and says in JSON-LD what they are."""
    langs = {entry.lang for entry in entries}
    lang = langs.pop() if len(langs) == 1 else None
    data = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [_question(entry) for entry in entries],
    }
    shown = "\n".join(
        f"<details>\n<summary>{html.escape(entry.question, quote=False)}</summary>\n"
        f"<p>{write_html(parse(entry.answer))}</p>\n</details>"
        for entry in entries
    )
    page = _PAGE.format(
        lang=f' lang="{html.escape(lang)}"' if lang else "",
        # A script ends at the first </script>, wherever it stands.
        data=json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c"),
        entries=shown,
    )
    return page.encode()


def _question(entry: FaqEntry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": "Question",
        "identifier": entry.id,
        "name": html.escape(entry.question, quote=False),
        "acceptedAnswer": {"@type": "Answer", "text": write_html(parse(entry.answer))},
    }
    if entry.phrasings:
        told["alternateName"] = list(entry.phrasings)
    if entry.tags:
        told["keywords"] = list(entry.tags)
    if entry.lang is not None:
        told["inLanguage"] = entry.lang
    return told
