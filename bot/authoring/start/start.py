"""The door: a name, a language and maybe an FAQ that was imported → the files of a new bot."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from string import Template

from bot.errors import BotError, ProblemList
from bot.files.atomic import write_whole
from bot.files.yamlfile import Fields, Scalar, read_yaml

LANGUAGES = ("en", "zh", "zh-hant")
CONFIG, QUESTIONS, TESTS = "config.yaml", "faq/questions.yaml", "faq/questions.tests.yaml"
_UNFINISHED = ".init-unfinished"  # is there for as long as files are written
_READABLE = 0o644


def first_files(name: str, language: str, imported: str = "") -> dict[str, str]:
    """The files of a new bot: their paths and texts, the configuration last.

    Args:
        name: what the bot is for, in one line.
        language: one of `LANGUAGES`.
        imported: the text of an FAQ file, in place of the example; "" for none.
    """
    parts = {key: Template(text).safe_substitute(name=name) for key, text in _parts(language)}
    return {
        QUESTIONS: f"{parts['header']}\n{imported or parts['entries']}",
        TESTS: parts["imported" if imported else "tests"],
        CONFIG: parts["config"],
    }


def check_is_free(folder: Path) -> None:
    """Find out whether a new bot can be put into a folder.

    Raises:
        BotError: one of its files is there, or an FAQ, and no `init` that was killed has left it.
    """
    if folder.exists() and not folder.is_dir():
        raise BotError(f"{folder} is no folder. Name one that is empty, or not there yet.")
    left = _left(folder)
    there = [name for name in (CONFIG, "faq") if (folder / name).exists()]
    if left is not None:
        there = [name for name in (CONFIG, QUESTIONS, TESTS) if (folder / name).exists()]
        there = [name for name in there if _hash((folder / name).read_bytes()) not in left]
    if there:
        raise BotError(f"{folder / there[0]} is there already. Name an empty folder: init FOLDER.")


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write all of the files, or none; nothing that is there is replaced.

    A kill at any moment leaves all of them, or what the next `init` takes for nothing.

    Raises:
        BotError: one of them is there.
        OSError: nothing can be written there.
    """
    check_is_free(folder)
    marker, made = folder / _UNFINISHED, list[Path]()
    try:
        for name in (CONFIG, QUESTIONS, TESTS) if marker.exists() else ():
            (folder / name).unlink(missing_ok=True)
        hashes = "\n".join(_hash(text.encode()) for text in files.values())
        write_whole(marker, hashes.encode(), _READABLE)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            made.append(path)
            write_whole(path, text.encode(), _READABLE, replaces=False)
    except BaseException as error:
        last = made.pop() if made and isinstance(error, FileExistsError) else None
        for path in made:
            path.unlink(missing_ok=True)
        if last is not None:
            raise BotError(f"{last} is there already. Name an empty folder.") from error
        raise
    finally:
        marker.unlink(missing_ok=True)


def _left(folder: Path) -> str | None:
    """The hashes of what an `init` that was killed may have left; None where none was."""
    try:
        return (folder / _UNFINISHED).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _parts(language: str) -> list[tuple[str, str]]:
    root = read_yaml(ProblemList(str(Path(__file__).parent / f"{language}.yaml")))
    values = root.values if isinstance(root, Fields) else {}
    return [(key, node.text) for key, node in values.items() if isinstance(node, Scalar)]
