"""The formats: one table, and how that of a file is told from its content and its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.authoring.transfer import csv_file, faq_page, html_file, markdown_file, xlsx_file
from bot.authoring.transfer.draft import Draft, Left, refused
from bot.authoring.transfer.programs import (
    botpress,
    dialogflow,
    qnamaker,
    rasa,
    semantic_router,
)
from bot.authoring.transfer.source import Source, names
from bot.authoring.transfer.table import COLUMNS, read_table, to_rows
from bot.domain import FaqEntry
from bot.errors import BotError

_TABLE_KEYS = frozenset({*COLUMNS, "translations"})
_PAGE = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype|html|head|body|details|h[1-6]|div|dl)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_JSON = re.compile(r"\s*[\[{]\s*[\"{\]}]")


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write an FAQ down.

    Attributes:
        endings: of its files' names; an export is told by them, the first one is its usual one.
        reads: files that belong together → drafts.
        writes: entries → a file; None where there is no export.
        keeps: the keys of an entry that an export holds.
    """

    endings: tuple[str, ...]
    reads: Callable[[Sequence[Source], Left], Sequence[Draft]]
    writes: Callable[[Sequence[FaqEntry]], bytes] | None = None
    keeps: frozenset[str] = frozenset()


def _each(
    read: Callable[[Source, Left], Sequence[Draft]],
) -> Callable[[Sequence[Source], Left], Sequence[Draft]]:
    """A reader of several files, each of which is read by itself."""
    return lambda sources, left: [draft for each in sources for draft in read(each, left)]


def _read_csv(source: Source, left: Left) -> Sequence[Draft]:
    return list(read_table(csv_file.read_rows(source), left))


def _read_xlsx(source: Source, left: Left) -> Sequence[Draft]:
    return list(read_table(xlsx_file.read_rows(source, left), left))


def _write_csv(entries: Sequence[FaqEntry]) -> bytes:
    return csv_file.written(to_rows(entries))


def _write_xlsx(entries: Sequence[FaqEntry]) -> bytes:
    return xlsx_file.written(to_rows(entries))


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format((".csv", ".tsv", ".tab"), _each(_read_csv), _write_csv, _TABLE_KEYS),
        "xlsx": Format((".xlsx",), _each(_read_xlsx), _write_xlsx, _TABLE_KEYS),
        "markdown": Format(
            (".md", ".markdown"),
            _each(markdown_file.read),
            markdown_file.written,
            frozenset(COLUMNS),
        ),
        "faqpage": Format(
            (".html", ".htm"),
            _each(faq_page.read),
            faq_page.written,
            frozenset({"id", "question", "phrasings", "answer", "tags", "lang"}),
        ),
        "html": Format((".html", ".htm", ".xhtml"), _each(html_file.read)),
        "qnamaker": Format((".tsv", ".xlsx", ".json", ".zip"), _each(qnamaker.read)),
        "rasa": Format((".yml", ".yaml", ".zip"), rasa.read),
        "dialogflow": Format((".zip",), _each(dialogflow.read)),
        "botpress": Format((".json",), _each(botpress.read)),
        "semantic-router": Format((".json", ".yaml", ".yml"), _each(semantic_router.read)),
    }
)
_UNKNOWN = f"the format is not known. Name it with --format: {', '.join(FORMATS)}."


def written_formats() -> tuple[str, ...]:
    """The names of the formats that an FAQ is exported to."""
    return tuple(name for name, each in FORMATS.items() if each.writes is not None)


def format_of_name(path: Path) -> str:
    """The format an export is to have, by its file's name.

    Raises:
        BotError: no format is written with this ending.
    """
    for name in written_formats():
        if path.name.lower().endswith(FORMATS[name].endings):
            return name
    endings = ", ".join(FORMATS[name].endings[0] for name in written_formats())
    raise BotError(f"{path}: its name says no format. End it in one of {endings}.")


def tell(source: Source) -> str:
    """The format of a file, from its content, and where that could be anything, from its name.

    Raises:
        FileProblems: it is none of them.
    """
    if source.is_zip:
        return _of_zip(source)
    text = source.text()
    if source.ending in {".yml", ".yaml"}:
        return _of_yaml(source)
    if source.ending in {".json", ".jsonld"} or (_JSON.match(text) and not source.is_table):
        return _of_json(source)
    if source.ending in {".md", ".markdown"}:
        return "markdown"
    if source.ending in {".html", ".htm", ".xhtml"} or _PAGE.match(text):
        return "html"
    if _HEADING.search(text) and not source.is_table:
        return "markdown"
    if source.is_table or "," in text or "\t" in text or ";" in text:
        first = csv_file.first_cells(text)
        return "qnamaker" if qnamaker.is_head(first) else "csv"
    raise refused(source.path, _UNKNOWN)


def _of_zip(source: Source) -> str:
    held = names(source)
    if "xl/workbook.xml" in held:
        return "qnamaker" if xlsx_file.has_head(source, qnamaker.is_head) else "xlsx"
    if any(map(dialogflow.is_agent, held)):
        return "dialogflow"
    if any(name.endswith(".tsv") for name in held):
        return "qnamaker"
    if any(name.endswith((".yml", ".yaml")) for name in held):
        return "rasa"
    raise refused(source.path, _UNKNOWN)


def _of_json(source: Source) -> str:
    value: Any = source.json()
    if isinstance(value, dict) and {"qnaDocuments", "qnaList", "assets"} & set(value):
        return "qnamaker"
    if botpress.items(value):
        return "botpress"
    if semantic_router.is_routes(value):
        return "semantic-router"
    if any(faq_page.questions_in(value)):
        return "faqpage"
    raise refused(source.path, _UNKNOWN)


def _of_yaml(source: Source) -> str:
    value = source.yaml()
    if semantic_router.is_routes(value):
        return "semantic-router"
    if rasa.is_rasa(value):
        return "rasa"
    if isinstance(value, list):
        told = "this is a list, as an FAQ file is. Put it into the FAQ folder, and run check."
        raise refused(source.path, told)
    raise refused(source.path, _UNKNOWN)
