"""Changing the two thresholds of config.yaml, and nothing else in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import FileProblems, Problem, ProblemList
from bot.files.atomic import write_whole
from bot.files.config import THRESHOLD_KEYS
from bot.files.yamlfile import Fields, Scalar, read_yaml

_LINE = re.compile(
    rb"""(?P<before>\s+(?P<q>["']?)(?:answer|follow_up)(?P=q)\s*:\s+)"""
    rb"""(?P<value>[-+.\deE_]+)(?P<gap>[ \t]*)(?P<rest>(?:\#.*)?)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ThresholdLines:
    """Where the two thresholds of a configuration stand.

    Attributes:
        path: the file as it was named.
        lines: 1-based, of `answer` and `follow_up`.
    """

    path: str
    lines: tuple[int, int]

    @staticmethod
    def find(path: str) -> ThresholdLines:
        """Find them, each in a line of its own.

        Raises:
            FileProblems: one of them is not there, or shares a line with something else; or
                their folder cannot be written to, as in a container.
        """
        notes = ProblemList(path)
        root = read_yaml(notes)
        if notes.problems:
            raise FileProblems(notes.problems)
        section = root.values.get("thresholds") if isinstance(root, Fields) else None
        values = section.values if isinstance(section, Fields) else {}
        where = root.key_lines.get("thresholds") if isinstance(root, Fields) else None
        content = Path(path).read_bytes().splitlines(keepends=True)
        found = []
        for key in THRESHOLD_KEYS:
            value = values.get(key)
            if not isinstance(value, Scalar) or not _LINE.fullmatch(
                content[value.line - 1].rstrip(b"\r\n")
            ):
                text = (
                    "to write the thresholds, each must stand in a line of its own. Write three "
                    "lines: thresholds:, then, indented, answer: 0.75 and follow_up: 0.60."
                )
                raise FileProblems([Problem(path, where, text)])
            found.append(value.line)
        if not os.access(Path(path).resolve().parent, os.W_OK):
            text = (
                "it cannot be changed here, as nothing can be written to its folder. Tune as "
                "somebody who may write there; in a container: deploy/README.md, “Tuning in a "
                "container”."
            )
            raise FileProblems([Problem(path, None, text)])
        return ThresholdLines(path, (found[0], found[1]))

    def write(self, thresholds: Thresholds) -> None:
        """Put other numbers there; every other byte of the file stays as it is.

        Raises:
            OSError: the file cannot be written; the old one stands.
        """
        target = Path(self.path).resolve()  # a link stays a link
        content = target.read_bytes().splitlines(keepends=True)
        for line, value in zip(self.lines, (thresholds.answer, thresholds.follow_up), strict=True):
            content[line - 1] = _replaced(content[line - 1], f"{value:.15g}".encode())
        write_whole(target, b"".join(content), mode=target.stat().st_mode)


def _replaced(line: bytes, value: bytes) -> bytes:
    """The line with another number; a comment behind it stays in its column where it can."""
    body = line.rstrip(b"\r\n")
    found = _LINE.fullmatch(body)
    if found is None:
        raise OSError("the file has changed meanwhile")
    gap = found["gap"]
    if found["rest"]:
        gap = b" " * max(1, len(found["value"]) + len(gap) - len(value))
    return found["before"] + value + gap + found["rest"] + line[len(body) :]
