"""Changing the thresholds of config.yaml, and nothing else in it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import FileProblems, Problem, ProblemList
from bot.files.config.settings import TENTATIVE, THRESHOLD_KEYS
from bot.files.writing.rewrite import hindrance, rewrite
from bot.files.yamlfile import Fields, Scalar, read_yaml

_LINE = re.compile(
    rb"""(?P<before>\s+(?P<q>["']?)(?:answer|follow_up|tentative)(?P=q)\s*:\s+)"""
    rb"""(?P<value>[-+.\deE_]+|[A-Za-z]+)(?P<gap>[ \t]*)(?P<rest>(?:\#.*)?)(?P<end>\r?\n?)""",
    re.DOTALL | re.VERBOSE,
)


def check_thresholds_can_be_written(path: str) -> None:
    """Find out whether a configuration's thresholds can be written.

    Raises:
        FileProblems: one of them alone is missing, or shares a line with something else; or their
            folder cannot be written to, as in a container.
    """
    _with_thresholds(path, Thresholds(0, 0))
    told = hindrance(Path(path))
    if told is not None:
        help_ = "who may write there; in a container: deploy/README.md, “Tuning in a container”."
        raise FileProblems([Problem(path, None, f"{told} Tune as somebody {help_}")])


def write_thresholds(path: str, thresholds: Thresholds) -> None:
    """Put other numbers there; every other byte of the file stays as it is.

    Raises:
        FileProblems: one of them alone is missing, or shares a line with something else; or the
            file cannot be written, and the old one stands.
    """
    rewrite(Path(path), *_with_thresholds(path, thresholds))


def _with_thresholds(path: str, thresholds: Thresholds) -> tuple[bytes, bytes]:
    """The file, and the file with other thresholds, each of them in a line of its own."""
    notes = ProblemList(path)
    root = read_yaml(notes)
    if notes.problems:
        raise FileProblems(notes.problems)
    section = root.values.get("thresholds") if isinstance(root, Fields) else None
    nodes = section.values if isinstance(section, Fields) else {}
    before = Path(path).read_bytes()
    if root is None or (isinstance(root, Fields) and "thresholds" not in root.key_lines):
        after = before + _section(before, thresholds)
        read_yaml(notes, content=after)
        if not notes.problems:
            return before, after
    content = before.splitlines(keepends=True)
    for key in (*THRESHOLD_KEYS, TENTATIVE):
        node, value = nodes.get(key), getattr(thresholds, key)
        if node is None and key == TENTATIVE:
            continue
        found = _LINE.fullmatch(content[node.line - 1]) if isinstance(node, Scalar) else None
        if node is None or found is None:
            where = root.key_lines.get("thresholds") if isinstance(root, Fields) else None
            text = (
                "to write the thresholds, each must stand in a line of its own. Write three lines: "
                "thresholds:, then, indented, answer: 0.75 and follow_up: 0.60."
            )
            raise FileProblems([Problem(path, where, text)])
        content[node.line - 1] = _with_value(found, _told(value))
    if TENTATIVE not in nodes:
        place = nodes["answer"].line
        content[place - 1 : place] = _with_line_below(content[place - 1], thresholds.tentative)
    return before, b"".join(content)


def _section(before: bytes, thresholds: Thresholds) -> bytes:
    """What is added to a file that names no thresholds."""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    lines = [b"", b"thresholds:"]
    for key in (*THRESHOLD_KEYS, TENTATIVE):
        lines.append(b"  " + key.encode() + b": " + _told(getattr(thresholds, key)))
    return end * (not before.endswith((b"\n", b"\r"))) + end.join([*lines, b""])


def _told(value: float | None) -> bytes:
    return b"off" if value is None else f"{value:.15g}".encode()


def _with_value(line: re.Match[bytes], value: bytes) -> bytes:
    gap = line["gap"]
    if line["rest"]:  # a comment stays in its column where it can
        gap = b" " * max(1, len(line["value"]) + len(gap) - len(value))
    return line["before"] + value + gap + line["rest"] + line["end"]


def _with_line_below(answer: bytes, tentative: float | None) -> list[bytes]:
    """The line of the answer threshold, and one of the tentative threshold that looks like it."""
    indent, end = (
        answer[: len(answer) - len(answer.lstrip())],
        answer[len(answer.rstrip(b"\r\n")) :],
    )
    added = indent + TENTATIVE.encode() + b": " + _told(tentative)
    return [answer, added + end] if end else [answer + b"\n", added]
