"""YAML of other programs → plain values; aliases and tags are refused, so nothing in it grows."""

from __future__ import annotations

from typing import Any

from bot.authoring.transfer.draft import refused
from bot.authoring.transfer.source import Source
from bot.errors import ProblemList
from bot.files.yamlfile import Fields, Items, Node, read_yaml


def read_values(source: Source) -> Any:
    """Dicts, lists and texts; None for a file of comments alone.

    Raises:
        FileProblems: the first thing that is refused.
    """
    notes = ProblemList(source.path)
    root = read_yaml(notes, content=source.text().encode())
    if notes.problems:
        first = min(notes.problems, key=lambda problem: problem.line or 0)
        raise refused(source.path, first.text, first.line)
    return None if root is None else _plain(root)


def _plain(node: Node) -> Any:
    if isinstance(node, Items):
        return [_plain(each) for each in node.values]
    if isinstance(node, Fields):
        return {key: _plain(each) for key, each in node.values.items()}
    return node.text
