"""python -m bench.count_lines: how many lines the bot and its tests have, folder by folder.

Counted are all lines, as `wc -l` does, of the .py, .js, .css and .html files that git tracks or
would add. `--against REVISION` sets those of a revision beside them.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath

from bench import command
from bot.errors import BotError
from bot.tuning.show.tables import Cell, table

SUFFIXES = (".py", ".js", ".css", ".html")
TREES = ("bot", "tests")


class GitError(BotError):
    """Git does not know the folder or the revision."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print.

    Returns:
        0: fine; 2: wrong usage, or a folder or revision that git does not know.
    """
    parser = command.OneLineParser(prog="python -m bench.count_lines", description=__doc__)
    add = parser.add_argument
    add("checkout", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="default: this")
    add("--against", metavar="REVISION", help="compare with a revision that git knows")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    columns = [by_folder(_present(options.checkout))]
    if options.against is not None:
        columns.insert(0, by_folder(_past(options.checkout, options.against)))
    for tree in TREES:
        print(told(tree, columns), end="\n\n")


def by_folder(files: Iterator[tuple[PurePosixPath, bytes]]) -> Counter[str]:
    """Lines by the folder they stand in, folders inside it not included.

    Args:
        files: path inside the checkout, and content.
    """
    lines: Counter[str] = Counter()
    for path, content in files:
        if path.suffix in SUFFIXES and path.parts[0] in TREES:
            lines[str(path.parent)] += content.count(b"\n")
    return lines


def told(tree: str, columns: Sequence[Counter[str]]) -> str:
    """A table of a tree's folders and their sum.

    Args:
        columns: lines by folder: now, or then and now.
    """
    folders = sorted({it for lines in columns for it in lines if it.split("/")[0] == tree})
    counts = [(folder, [lines[folder] for lines in columns]) for folder in folders]
    sums = [sum(lines[folder] for folder in folders) for lines in columns]
    counts.append((f"{tree}/ in all", sums))
    rows: list[list[Cell]] = []
    for name, found in counts:
        changes = [f"{new - old:+,}" for old, new in pairwise(found)]
        rows.append([name, *(f"{lines:,}" for lines in found), *changes])
    heads = ("lines",) if len(columns) == 1 else ("then", "now", "change")
    return table(("folder", *heads), rows)


def _present(checkout: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files in the work tree that are tracked, or new and not ignored."""
    listed = _git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TREES)
    for name in set(listed.decode().split("\0")) - {""}:
        if (checkout / name).is_file():  # a deleted file is still tracked until that is committed
            yield PurePosixPath(name), (checkout / name).read_bytes()


def _past(checkout: Path, revision: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    archive = _git(checkout, "archive", "--format=tar", revision, *TREES)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            if (content := files.extractfile(member)) is not None:
                yield PurePosixPath(member.name), content.read()


def _git(checkout: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True)
    if done.returncode != 0:
        raise GitError(f"{checkout}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
