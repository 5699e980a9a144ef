"""Botpress' export of questions and answers → drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.authoring.transfer.draft import (
    Draft,
    Left,
    Place,
    asked_first,
    first_of,
    of_intent,
    refused,
)
from bot.authoring.transfer.source import Source

_OTHER = "und"  # a language that is not said
_REFERENCE = "#!"


def items(value: Any) -> list[Mapping[str, Any]]:
    """The questions and answers of an export; none: it is none."""
    listed = value.get("qnas") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        return []
    held = [each for each in listed if isinstance(each, dict)]
    held = [each for each in held if isinstance(each.get("data", each), dict)]
    return [
        each for each in held if isinstance(each.get("data", each).get("questions"), dict | list)
    ]


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of an export: one for each language of a question.

    Raises:
        FileProblems: it is none.
    """
    value = source.json()
    found = items(value)
    if not found:
        raise refused(source.path, "no questions and answers of Botpress were found.")
    elements = _elements(value)
    return [draft for each in found for draft in _drafts(each, elements, source.path, left)]


def _drafts(
    item: Mapping[str, Any], elements: Mapping[str, Any], path: str, left: Left
) -> Iterator[Draft]:
    data, name = item.get("data", item), str(item.get("id", ""))
    questions, answers = _by_language(data.get("questions")), _by_language(data.get("answers"))
    for number, (lang, asked) in enumerate(questions.items()):
        place = Place(path, None, next(iter(asked_first(asked)), ""))
        if data.get("enabled") is False:
            left.out(place, "it is switched off; it is left out.")
            continue
        if data.get("redirectFlow"):
            left.out(place, "it leads to a flow, which is left out.")
        told = [_told(text, elements, lang) for text in answers.get(lang, ())]
        topics = data.get("contexts") or [data.get("category")]
        yield of_intent(
            place,
            asked,
            first_of(told, place, left),
            left,
            id=f"{name}-{lang}" if number else name,
            tags=[str(each) for each in topics if each and each != "global"],
            lang=None if lang == _OTHER or len(questions) == 1 else lang,
        )


def _by_language(value: Any) -> dict[str, list[str]]:
    if isinstance(value, list):  # of versions that knew one language only
        value = {_OTHER: value}
    if not isinstance(value, dict):
        return {}
    return {
        lang: [text for text in texts if isinstance(text, str) and text.strip()]
        for lang, texts in value.items()
        if isinstance(texts, list)
    }


def _elements(value: Any) -> dict[str, Any]:
    """The texts that answers refer to, by their ids."""
    content = value.get("content") if isinstance(value, dict) else None
    held = [each for each in content or () if isinstance(each, dict)]
    return {str(each.get("id")): each.get("formData") for each in held}


def _told(text: str, elements: Mapping[str, Any], lang: str) -> str:
    if not text.startswith(_REFERENCE):
        return text
    form = elements.get(text.removeprefix(_REFERENCE))
    return str(form.get(f"text${lang}") or form.get("text", "")) if isinstance(form, dict) else ""
