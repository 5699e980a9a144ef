"""semantic-router's routes, as JSON or YAML → drafts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.authoring.transfer.draft import Draft, Left, Place, of_intent, refused
from bot.authoring.transfer.source import Source

_ANSWERS = ("answer", "response", "reply", "text")  # names in a route's metadata
_UNWRITTEN = "(This answer is not written yet.)"


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of a file of routes.

    Raises:
        FileProblems: it holds none.
    """
    is_yaml = source.ending in {".yaml", ".yml"}
    value = source.yaml() if is_yaml else source.json()
    drafts = list(_drafts(value, source.path, left))
    if not drafts:
        raise refused(source.path, "no routes with utterances were found.")
    return drafts


def is_routes(value: Any) -> bool:
    """Whether this is a file of routes."""
    return isinstance(value, dict) and isinstance(value.get("routes"), list)


def _drafts(value: Any, path: str, left: Left) -> Iterator[Draft]:
    for route in value["routes"] if is_routes(value) else ():
        if not isinstance(route, dict):
            continue
        name, place = str(route.get("name", "")), Place(path, None, str(route.get("name", "")))
        said = [str(each) for each in route.get("utterances") or () if isinstance(each, str)]
        metadata = route.get("metadata")
        known = metadata if isinstance(metadata, dict) else {}
        answer = next((str(known[key]) for key in _ANSWERS if known.get(key)), "")
        if not answer and route.get("description"):
            answer = str(route["description"])
            left.out(place, "a route has no answer; its description is taken for one. Look at it.")
        elif not answer:
            answer = _UNWRITTEN
            left.out(place, "a route has no answer. Write it before the bot uses this file.")
        if route.get("function_schemas"):
            left.out(place, "the functions that it calls are left out.")
        yield of_intent(place, said, answer, left, id=name)
