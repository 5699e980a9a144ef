"""Dialogflow ES: a zipped agent → drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from bot.authoring.transfer.draft import Draft, Left, Place, first_of, of_intent, refused
from bot.authoring.transfer.source import Source, members

_SAID = re.compile(r"(?P<name>.+)_usersays_(?P<lang>[A-Za-z-]{2,10})\.json")
_PARAMETER = re.compile(r"[$#][A-Za-z_]\w*(?:[.-]\w+)*")
_TEXT = ("0", "text", "simple_response")


def is_agent(name: str) -> bool:
    """Whether the name of a file in a zip says that this is an agent."""
    parts = PurePosixPath(name).parts
    return parts[-1:] == ("agent.json",) or parts[-2:-1] == ("intents",)


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of an agent: one for each language of an intent.

    Raises:
        FileProblems: it is damaged, or holds no intent.
    """
    intents: dict[str, tuple[str, Mapping[str, Any]]] = {}
    said: dict[str, dict[str, list[str]]] = {}
    default = "en"
    for each in members(source):
        if each.name == "agent.json":
            value = each.json()
            default = str(value.get("language", default)) if isinstance(value, dict) else default
        elif PurePosixPath(each.path).parent.name == "intents" and each.ending == ".json":
            value, own = each.json(), _SAID.fullmatch(each.name)
            if own is not None:
                said.setdefault(own["name"], {})[own["lang"]] = _phrases(value)
            elif isinstance(value, dict):
                intents[PurePosixPath(each.name).stem] = each.path, value
    if not intents:
        raise refused(source.path, "no intents of Dialogflow were found in it.")
    drafts: list[Draft] = []
    for name, (path, intent) in intents.items():
        phrases = said.get(name) or {default: _phrases(intent.get("userSays"))}
        drafts += _drafts(name, path, intent, phrases, left)
    return drafts


def _drafts(
    name: str, path: str, intent: Mapping[str, Any], said: Mapping[str, list[str]], left: Left
) -> Iterator[Draft]:
    whole = Place(path, None, name)
    if intent.get("fallbackIntent") or not any(said.values()):
        left.out(whole, "it is reached by no words (a fallback or an event); it is left out.")
        return
    if intent.get("contexts") or intent.get("parentId"):
        left.out(whole, "it was reached only after another intent; here it is as any other.")
    for number, (lang, phrases) in enumerate(said.items()):
        place = Place(path, None, name if len(said) == 1 else f"{name} ({lang})")
        answer = _answer(intent, lang, place, left)
        own, spoken = f"{name}-{lang}" if number else name, lang if len(said) > 1 else None
        yield of_intent(place, phrases, answer, left, id=own, lang=spoken)


def _phrases(value: Any) -> list[str]:
    """The training phrases, each put together of its parts."""
    found = []
    for phrase in value if isinstance(value, list) else ():
        parts = phrase.get("data") if isinstance(phrase, dict) else None
        held = [part for part in parts or () if isinstance(part, dict)]
        found.append("".join(str(part.get("text", "")) for part in held).strip())
    return [text for text in found if text]


def _answer(intent: Mapping[str, Any], lang: str, place: Place, left: Left) -> str:
    """The texts that the intent replies with, one below the other."""
    responses = [each for each in intent.get("responses") or () if isinstance(each, dict)]
    messages = [
        message
        for response in responses
        for message in response.get("messages") or ()
        if isinstance(message, dict) and str(message.get("lang") or lang) == lang
    ]
    general = [each for each in messages if not each.get("platform")]
    replies, others = [], 0
    for message in general or messages:
        speech = message.get("speech") or message.get("textToSpeech") or ""
        told = [str(each) for each in (speech if isinstance(speech, list) else [speech]) if each]
        if str(message.get("type", "0")) not in _TEXT or not told:
            others += str(message.get("type", "0")) not in _TEXT
            continue
        replies.append(first_of(told, place, left))
    if not messages:
        replies = [str(each["speech"]) for each in responses if each.get("speech")]
    if others:
        left.out(place, "its cards, pictures, quick replies or payloads are left out.")
    if intent.get("webhookUsed"):
        left.out(place, "what its webhook replies is not in the file.")
    answer = "\n\n".join(replies)
    if found := _PARAMETER.search(answer):
        left.out(place, f"the answer holds {found[0]}, which the bot fills with nothing.")
    return answer
