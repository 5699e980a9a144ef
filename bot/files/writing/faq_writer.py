"""Entries → the text of an FAQ file, as a person would write it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from bot.domain import FaqEntry

_NEVER_FOLDED = 1 << 30


def faq_text(entries: Iterable[FaqEntry]) -> str:
    """The text of a file that holds these entries, a blank line between them.

    Attachments and thresholds are not written: their paths and numbers belong to another file.
    """
    return "\n".join(_written(entry) for entry in entries)


class _Block(str):
    """A text that is written line by line, behind a "|"."""


class _Flow(list[str]):
    """A list that is written in one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Lists stand deeper than their key."""
        return super().increase_indent(flow, False)


def _block(dumper: yaml.SafeDumper, text: _Block) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


def _flow(dumper: yaml.SafeDumper, items: _Flow) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(_Flow, _flow)


def _written(entry: FaqEntry) -> str:
    written: dict[str, object] = {"id": entry.id, "question": entry.question}
    if entry.phrasings:
        written["phrasings"] = list(entry.phrasings)
    written["answer"] = _Block(f"{entry.answer}\n")
    if entry.tags:
        written["tags"] = _Flow(entry.tags)
    if entry.lang is not None:
        written["lang"] = entry.lang
    if entry.related:
        written["related"] = _Flow(entry.related)
    if entry.links:
        written["links"] = [{"text": link.text, "url": link.url} for link in entry.links]
    if entry.translations:
        written["translations"] = {
            each.lang: {"question": each.question, "answer": _Block(f"{each.answer}\n")}
            for each in entry.translations
        }
    told: str = yaml.dump(
        [written],
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_NEVER_FOLDED,
        default_flow_style=False,
    )
    return told
