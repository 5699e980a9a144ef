"""A labelled set → a project on disk that fresh processes can be started over."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bench import command
from bench.sets import FAQ, QUERIES, check_names, find, load_faq_set, shortened
from bot.domain import Faq
from bot.files.config.settings import Settings


def load(folder: Path, name: str, phrasings: int) -> tuple[Faq, list[str]]:
    """A set's FAQ, with the first so many wordings per entry (0: all), and its messages.

    Raises:
        SetError: there is no such set.
    """
    folders = find(folder, FAQ, QUERIES)
    check_names([name], list(folders), folder)
    loaded = load_faq_set(folders[name], Settings().thresholds)
    return shortened(loaded.faq, phrasings or None), [query.text for query in loaded.queries]


def write_project(folder: Path, faq: Faq) -> None:
    """Write the FAQ, and beside it what configurations of `write_config` refer to."""
    lines = []
    for entry in faq.entries:
        lines += [f"- id: {json.dumps(entry.id)}", f"  question: {json.dumps(entry.wordings[0])}"]
        lines += ["  phrasings:"] * (len(entry.wordings) > 1)
        lines += [f"    - {json.dumps(wording)}" for wording in entry.wordings[1:]]
        lines += [f"  answer: {json.dumps(entry.answer)}"]
    (folder / "faq.yaml").write_text("\n".join(lines) + "\n", "utf-8")


def write_config(
    folder: Path, encoder: str, threads: int | None = None, model: str | None = None
) -> Path:
    """Write a configuration with a way of running a model, all with one cache.

    Args:
        model: its name, or a folder by its whole path; None: the one that comes with the bot.
    """
    path = folder / f"{encoder}-{threads}.yaml"
    lines = ["faq: faq.yaml", "cache: cache", f"encoder: {encoder}"]
    lines += [f"threads: {threads}"] * (threads is not None)
    lines += [f"model: {json.dumps(model)}"] * (model is not None)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def environment() -> dict[str, str]:
    """For a child: this process's, with bytecode kept as in any installation, and no downloads."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"HF_HUB_OFFLINE": "1"}


def heading(name: str, faq: Faq) -> str:
    """What is measured, and on what machine."""
    wordings = sum(len(entry.wordings) for entry in faq.entries)
    return (
        f"{command.machine_line(command.machine())}\n"
        f"{name}: {len(faq.entries)} entries, {wordings} wordings"
    )
