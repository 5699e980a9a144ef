"""config.yaml as tests write and read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.files.config.settings import Settings, read_settings
from bot.files.config.texts import shipped

TEXT_NAMES = tuple(shipped()["en"].sentences)
TEAM_TEXT_NAMES = tuple(shipped()["en"].team.sentences)


def read(content: str, faq: str | None = None) -> tuple[Settings, list[str]]:
    """The settings and the problems of a config.yaml in the working folder."""
    Path("config.yaml").write_text(content, encoding="utf-8")
    found, problems = read_settings("config.yaml", faq)
    return found, [str(problem) for problem in problems]


def problems_of(content: str) -> list[str]:
    """The problems of a config.yaml in the working folder."""
    return read(content)[1]


def rows_of(table: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rows "written → told" of a table; a row goes on in an indented line.

    Args:
        names: what <NAME> stands for.
    """
    rows = []
    for row in table.strip().replace("\n    ", " ").split("\n"):
        written, told = row.split(" → ")
        for name, text in names.items():
            told = told.replace(f"<{name}>", text)
        rows.append((written, told))
    return rows
