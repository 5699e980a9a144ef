"""Rasa's training data and responses → drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.authoring.transfer.draft import Draft, Left, Place, first_of, of_intent, refused
from bot.authoring.transfer.source import Source, members

_ENDINGS = (".yml", ".yaml")
_KEYS = frozenset({"nlu", "responses", "rules", "stories"})
_ENTITY = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})")
_SLOT = re.compile(r"\{[A-Za-z_]\w*\}")


def is_rasa(value: Any) -> bool:
    """Whether this is a file of Rasa's."""
    return isinstance(value, dict) and bool(_KEYS & set(value))


def read(sources: Sequence[Source], left: Left) -> list[Draft]:
    """The drafts of files that belong together: intents stand in one, responses in another.

    Raises:
        FileProblems: there is no intent in them.
    """
    files = [
        each
        for source in sources
        for each in (members(source) if source.is_zip else (source,))
        if each.ending in _ENDINGS
    ]
    values = [(each.path, each.yaml()) for each in files]
    known = [(path, value) for path, value in values if is_rasa(value)]
    responses: dict[str, Any] = {}
    actions: dict[str, str] = {}
    for _, value in known:
        told = value.get("responses")
        responses |= told if isinstance(told, dict) else {}
        for name in ("rules", "stories"):
            for intent, action in _pairs(value.get(name)):
                actions.setdefault(intent, action)
    if not responses:
        told = "no responses: were found. Name the file with them, domain.yml say, beside this one."
        left.out(Place(sources[0].path), told)
    drafts = [
        _draft(Place(path, None, intent), said, responses, actions, left)
        for path, value in known
        for intent, said in _intents(value.get("nlu"))
    ]
    if not drafts:
        raise refused(sources[0].path, "no intent with examples was found (nlu:).")
    return drafts


def _intents(nlu: Any) -> Iterator[tuple[str, list[str]]]:
    for block in nlu if isinstance(nlu, list) else ():
        if not isinstance(block, dict) or "intent" not in block:
            continue
        examples = block.get("examples", "")
        if isinstance(examples, list):
            said = [str(each.get("text", "")) for each in examples if isinstance(each, dict)]
        else:
            lines = (line.strip() for line in str(examples).split("\n"))
            said = [line[1:] for line in lines if line.startswith("- ")]
        yield str(block["intent"]), [_ENTITY.sub(r"\1", text).strip() for text in said]


def _pairs(stories: Any) -> Iterator[tuple[str, str]]:
    """Intents that are followed by one response and nothing else."""
    for story in stories if isinstance(stories, list) else ():
        steps = story.get("steps") if isinstance(story, dict) else None
        held = [step for step in steps or () if isinstance(step, dict)]
        if len(held) == 2 and "intent" in held[0] and "action" in held[1]:
            yield str(held[0]["intent"]), str(held[1]["action"])


def _draft(
    place: Place,
    said: Sequence[str],
    responses: Mapping[str, Any],
    actions: Mapping[str, str],
    left: Left,
) -> Draft:
    intent = place.name
    name = next(
        (n for n in (actions.get(intent), f"utter_{intent}") if n is not None and n in responses),
        "",
    )
    answer = _text(responses.get(name), place, left)
    topic, _, own = intent.rpartition("/")
    return of_intent(place, said, answer, left, id=own, tags=(topic,) if topic else ())


def _text(variations: Any, place: Place, left: Left) -> str:
    held = [each for each in variations if isinstance(each, dict)] if variations else []
    texts = [str(each["text"]) for each in held if each.get("text")]
    answer = first_of(texts, place, left)
    if any(set(each) - {"text", "channel", "condition", "id"} for each in held):
        left.out(place, "its buttons, pictures and the like are left out.")
    if slot := _SLOT.search(answer):
        left.out(place, f"the answer holds {slot[0]}, which the bot fills with nothing.")
    return answer
