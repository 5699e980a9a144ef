"""QnA Maker and custom question answering: TSV, XLSX, JSON and zipped TSV → drafts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.authoring.transfer.csv_file import read_rows as read_csv
from bot.authoring.transfer.draft import Draft, Left, Place, as_shown, refused
from bot.authoring.transfer.source import Source, members
from bot.authoring.transfer.table import Row
from bot.authoring.transfer.xlsx_file import read_rows as read_xlsx

_NEEDED = frozenset({"question", "answer"})
_OWN = frozenset({"metadata", "prompts", "qnaid", "suggestedquestions", "iscontextonly"})
_CHITCHAT = "chitchat"


def is_head(cells: Iterable[str]) -> bool:
    """Whether a row names the columns as QnA Maker does."""
    named = {cell.strip().casefold() for cell in cells}
    return named >= _NEEDED and bool(_OWN & named)


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of an export.

    Raises:
        FileProblems: it is none, or damaged.
    """
    if source.is_zip and source.ending == ".zip":
        tables = [each for each in members(source) if each.ending == ".tsv"]
        rows = [row for each in tables for row in read_csv(each)]
    elif source.is_zip:
        rows = list(read_xlsx(source, left))
    elif source.text().lstrip().startswith("{"):
        return list(_of_json(source, left))
    else:
        rows = list(read_csv(source))
    drafts = list(_of_rows(rows, left))
    if not drafts:
        raise refused(source.path, "no columns Question and Answer of QnA Maker were found.")
    return drafts


def _of_rows(rows: Iterable[Row], left: Left) -> Iterator[Draft]:
    """One draft for each QnaId, and where there is none, for each answer."""
    heads: dict[str, list[str]] = {}
    found: dict[tuple[str, str], Draft] = {}
    for row in rows:
        if row.path not in heads:
            if {cell.strip().casefold() for cell in row.cells} >= _NEEDED:
                heads[row.path] = [cell.strip().casefold() for cell in row.cells]
            continue
        cells = dict(zip(heads[row.path], row.cells, strict=False))
        # Line ends stand as two characters in its tables.
        answer = cells["answer"].replace("\\n", "\n").strip()
        number = cells.get("qnaid", "").strip()
        key = (row.path, number or answer)
        if key in found:
            others = (*found[key].phrasings, cells["question"])
            found[key] = replace(found[key], phrasings=others)
            continue
        if _CHITCHAT in f"{cells.get('source', '')} {cells.get('metadata', '')}".casefold():
            left.out(Place(row.path), _SMALL_TALK)
            continue
        found[key] = _draft(
            row.place,
            [cells["question"]],
            answer,
            number,
            {
                "metadata": _value(cells.get("metadata", "")),
                "prompts": _value(cells.get("prompts", "")),
                "isContextOnly": cells.get("iscontextonly", "").casefold() in {"true", "yes"},
            },
            left,
        )
    yield from found.values()


_SMALL_TALK = "its chit-chat is left out: the bot has small talk of its own (small_talk:)."


def _of_json(source: Source, left: Left) -> Iterator[Draft]:
    value = source.json()
    documents = value.get("qnaDocuments") or value.get("qnaList") or _qnas(value)
    for each in documents if isinstance(documents, list) else ():
        if not isinstance(each, dict):
            continue
        asked = [str(text) for text in each.get("questions") or ()]
        place = Place(source.path, None, asked[0] if asked else "")
        if _CHITCHAT in f"{each.get('source')} {each.get('metadata')}".casefold():
            left.out(Place(source.path), _SMALL_TALK)
            continue
        context = each.get("context") or each.get("dialog") or {}
        more = {**context, "metadata": each.get("metadata")}
        yield _draft(place, asked, str(each.get("answer", "")), str(each.get("id", "")), more, left)


def _qnas(value: Mapping[str, Any]) -> Any:
    assets = value.get("assets")
    return assets.get("qnas") if isinstance(assets, dict) else None


def _draft(
    place: Place, asked: list[str], answer: str, number: str, more: Mapping[str, Any], left: Left
) -> Draft:
    if more.get("isContextOnly"):
        left.out(place, "it was asked only after another question; here it is as any other.")
    prompts = [each for each in more.get("prompts") or () if isinstance(each, dict)]
    related = (str(each.get("qnaId", "")) for each in prompts)
    return Draft(
        place=place,
        question=asked[0] if asked else "",
        answer=as_shown(answer, place, left),
        phrasings=tuple(asked[1:]),
        key=number,
        tags=tuple(_tags(more.get("metadata"))),
        related=tuple(each for each in related if each and each != "0"),
    )


def _tags(metadata: Any) -> Iterator[str]:
    """The values of metadata: of pairs, of a list of names and values, or of name:value|…"""
    if isinstance(metadata, dict):
        yield from map(str, metadata.values())
    elif isinstance(metadata, list):
        yield from (str(each["value"]) for each in metadata if "value" in each)
    elif isinstance(metadata, str):
        yield from (pair.rpartition(":")[2] for pair in metadata.split("|") if ":" in pair)


def _value(cell: str) -> Any:
    """What a cell holds: JSON, or else its text."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
