"""Changing the two thresholds of config.yaml, and nothing else in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import FileProblems, Problem, ProblemList
from bot.files.atomic import write_whole
from bot.files.config import THRESHOLD_KEYS
from bot.files.yamlfile import Fields, Scalar, read_yaml

_LINE = re.compile(
    rb"""(?P<before>\s+(?P<q>["']?)(?:answer|follow_up)(?P=q)\s*:\s+)"""
    rb"""(?P<value>[-+.\deE_]+)(?P<gap>[ \t]*)(?P<rest>(?:\#.*)?)(?P<end>\r?\n?)""",
    re.DOTALL | re.VERBOSE,
)


def check_thresholds_can_be_written(path: str) -> None:
    """Find out whether a configuration's thresholds can be written.

    Raises:
        FileProblems: one of them is not there, or shares a line with something else; or their
            folder cannot be written to, as in a container.
    """
    _with_thresholds(path, Thresholds(0, 0))
    if not os.access(Path(path).resolve().parent, os.W_OK):
        text = (
            "it cannot be changed here, as nothing can be written to its folder. Tune as somebody "
            "who may write there; in a container: deploy/README.md, “Tuning in a container”."
        )
        raise FileProblems([Problem(path, None, text)])


def write_thresholds(path: str, thresholds: Thresholds) -> None:
    """Put other numbers there; every other byte of the file stays as it is.

    Raises:
        FileProblems: one of them is not there, or shares a line with something else.
        OSError: the file cannot be written; the old one stands.
    """
    target = Path(path).resolve()  # a link stays a link
    write_whole(target, _with_thresholds(path, thresholds), mode=target.stat().st_mode)


def _with_thresholds(path: str, thresholds: Thresholds) -> bytes:
    """The file with other thresholds, each of them in a line of its own."""
    notes = ProblemList(path)
    root = read_yaml(notes)
    if notes.problems:
        raise FileProblems(notes.problems)
    section = root.values.get("thresholds") if isinstance(root, Fields) else None
    content = Path(path).read_bytes().splitlines(keepends=True)
    for key in THRESHOLD_KEYS:
        node = section.values.get(key) if isinstance(section, Fields) else None
        found = _LINE.fullmatch(content[node.line - 1]) if isinstance(node, Scalar) else None
        if node is None or found is None:
            where = root.key_lines.get("thresholds") if isinstance(root, Fields) else None
            text = (
                "to write the thresholds, each must stand in a line of its own. Write three lines: "
                "thresholds:, then, indented, answer: 0.75 and follow_up: 0.60."
            )
            raise FileProblems([Problem(path, where, text)])
        value, gap = f"{getattr(thresholds, key):.15g}".encode(), found["gap"]
        if found["rest"]:  # a comment stays in its column where it can
            gap = b" " * max(1, len(found["value"]) + len(gap) - len(value))
        content[node.line - 1] = found["before"] + value + gap + found["rest"] + found["end"]
    return b"".join(content)
