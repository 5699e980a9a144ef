"""python -m bench.decisions: do two checkouts decide alike?

Both are asked the same utterances by `python -m bot ask --json`, each with its own code, its own
config.yaml and its own cache: every query of every labelled set, both sentences of every pair, and
the shop's labelled set. Action, entry, candidates, parts and scores are compared. FAQs and
utterances are the first checkout's, so that both are asked the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import command, fresh
from bench.sets import FAQ, PAIRS, QUERIES, check_names, find, records
from bot.errors import BotError
from bot.tuning.show.tables import Cell, table

ALIKE, DIFFERENT = 0, 1
TOLERANCE = 1e-6
_SHOP = "shop"
_HELP = "keep the first checkout's decisions here, and take them from here the next time"

Row = Mapping[str, Any]  # a line of `ask --json`


class AskError(BotError):
    """A checkout did not decide on everything it was asked."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of one FAQ.

    Attributes:
        utterances: each one line, none twice.
    """

    name: str
    faq: Path
    utterances: tuple[str, ...]

    def every(self, step: int) -> Questions:
        """The first utterance of each so many."""
        return Questions(self.name, self.faq, self.utterances[::step])


@dataclass(frozen=True, slots=True)
class Difference:
    """How two decisions on one utterance differ.

    Attributes:
        kind: the first of "action", "entry", "candidates", "parts" and "score" that differs.
        text: both sides, for a person.
    """

    kind: str
    text: str


KINDS = ("action", "entry", "candidates", "parts", "score")


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, compare and print.

    Returns:
        0: alike; 1: something differs; 2: wrong usage, or a checkout that cannot be asked.
    """
    parser = command.OneLineParser(
        prog="python -m bench.decisions",
        description=__doc__,
        epilog=f"Scores may differ by {TOLERANCE:g}. "
        "Exit codes: 0 alike, 1 different, 2 wrong usage.",
    )
    add = parser.add_argument
    add("before", type=Path, metavar="BEFORE", help="a folder with the bot's code")
    add("after", type=Path, metavar="AFTER", nargs="?", help="another; without it only --keep")
    add("--data", type=Path, metavar="FOLDER", help="holds the sets; without it the shop's alone")
    add("--sets", type=command.names, metavar="A,B", help="only these (default: all)")
    add("--every", type=command.positive, default=1, metavar="N", help="one utterance in N")
    add("--keep", type=Path, metavar="FOLDER", help=_HELP)
    add("--python", default=sys.executable, metavar="PATH", help="of both (default: this one)")
    add("--show", type=command.natural, default=5, metavar="N", help="differences per set")
    options = parser.parse_args(arguments)
    if options.after is None and options.keep is None:
        parser.error("without AFTER there is nothing to compare; --keep FOLDER keeps BEFORE's")
    return command.guarded(partial(_run, options))


def _run(options: argparse.Namespace) -> int:
    known = {it.name: it for it in questions_of(options.before.resolve(), options.data)}
    asked = tuple(known) if options.sets is None else options.sets
    check_names(asked, tuple(known), options.data or options.before)
    rows: list[tuple[Cell, ...]] = []
    shown: list[str] = []
    for name in asked:
        questions = known[name].every(options.every)
        print(f"{name}: {len(questions.utterances)} utterances", file=sys.stderr, flush=True)
        before = _kept(questions, options.before, options.python, options.keep)
        if options.after is None:
            continue
        after = ask(questions, options.after, options.python)
        found = compare(before, after)
        counts = [sum(it.kind == kind for _, it in found) for kind in KINDS]
        reasons = sum(a["reason"] != b["reason"] for a, b in zip(before, after, strict=True))
        rows.append((name, len(before), len(before) - len(found), *counts, reasons))
        shown += [f"{name}: {text!r}: {it.text}" for text, it in found[: options.show]]
    if options.after is None:
        return ALIKE
    heads = ("set", "utterances", "alike", *(f"other\n{kind}" for kind in KINDS), "other\nreason")
    print(table(heads, rows))
    if all(row[1] == row[2] for row in rows):
        print(f"All decisions are alike, scores to {TOLERANCE:g}.")
        return ALIKE
    print("\n".join(shown))
    return DIFFERENT


def compare(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[str, Difference]]:
    """The utterances that are not decided alike, each with the first thing that differs."""
    pairs = [(a["text"], difference(a, b)) for a, b in zip(before, after, strict=True)]
    return [(text, found) for text, found in pairs if found is not None]


def difference(before: Row, after: Row) -> Difference | None:
    """How two decisions on the same utterance differ; None: not at all."""
    for kind in ("action", "entry"):
        if before[kind] != after[kind]:
            return Difference(kind, f"{kind} {before[kind]} became {after[kind]}")
    for kind, names in (
        ("candidates", ("entry", "phrasing")),
        ("parts", ("action", "entry")),
    ):
        old, new = before.get(kind) or [], after.get(kind) or []
        if len(old) != len(new):
            return Difference(kind, f"{len(old)} {kind} became {len(new)}")
        for place, (one, other) in enumerate(zip(old, new, strict=True), start=1):
            for name in names:
                if one[name] != other[name]:
                    text = f"{kind} {place}: {name} {one[name]!r} became {other[name]!r}"
                    return Difference(kind, text)
    for where, one, other in _scores(before, after):
        if not _is_near(one, other):
            return Difference("score", f"{where} {one} became {other}")
    return None


def _is_near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def _scores(before: Row, after: Row) -> Iterator[tuple[str, float | None, float | None]]:
    yield "score", before["score"], after["score"]
    for kind in ("candidates", "parts"):
        pairs = zip(before.get(kind) or [], after.get(kind) or [], strict=True)
        for place, (one, other) in enumerate(pairs, start=1):
            yield f"{kind} {place}: score", one["score"], other["score"]
            yield f"{kind} {place}: raw", one.get("raw"), other.get("raw")


def ask(questions: Questions, checkout: Path, python: str, config: Path | None = None) -> list[Row]:
    """What a checkout decides on each utterance, in order.

    Args:
        config: in place of the checkout's own.
    Raises:
        AskError: it failed, or did not give one decision per utterance.
    """
    arguments = [python, "-m", "bot", "ask", "--json", "--faq", str(questions.faq)]
    arguments += [] if config is None else ["--config", str(config)]
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{text}\n" for text in questions.utterances).encode())
        asked.seek(0)
        done = subprocess.run(
            arguments, cwd=checkout, env=fresh.environment(), stdin=asked, capture_output=True
        )
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise AskError(f"{checkout}: `ask` failed on {questions.name}: {told[-1:] or 'silently'}")
    rows: list[Row] = [json.loads(line) for line in done.stdout.splitlines()]
    if tuple(row["text"] for row in rows) != questions.utterances:
        raise AskError(f"{checkout}: `ask` did not answer line by line on {questions.name}")
    return rows


def _kept(questions: Questions, checkout: Path, python: str, folder: Path | None) -> list[Row]:
    """What the first checkout decides; what is kept of the same code and FAQ is not asked again."""
    if folder is None:
        return ask(questions, checkout, python)
    path = folder / f"{questions.name}.jsonl"
    source = {"revision": _revision(checkout), "faq": _digest(questions.faq)}
    rows: dict[str, Row] = {}
    if path.exists():
        first, *lines = path.read_text("utf-8").splitlines()
        if json.loads(first) == source:
            rows = {row["text"]: row for row in map(json.loads, lines)}
    missing = tuple(text for text in questions.utterances if text not in rows)
    if missing:
        found = ask(Questions(questions.name, questions.faq, missing), checkout, python)
        rows |= {row["text"]: row for row in found}
        folder.mkdir(parents=True, exist_ok=True)
        kept = [source, *rows.values()]
        path.write_text("".join(f"{json.dumps(row)}\n" for row in kept), "utf-8")
    return [rows[text] for text in questions.utterances]


def questions_of(checkout: Path, data: Path | None) -> Iterator[Questions]:
    if data is not None:
        data = data.resolve()
        for name, folder in find(data, FAQ, QUERIES).items():
            texts = (row.get("text") for _, row in records(folder / QUERIES))
            yield Questions(name, folder / FAQ, _lines(texts))
        for name, folder in find(data, PAIRS).items():
            texts = (row.get(side) for _, row in records(folder / PAIRS) for side in "ab")
            yield Questions(name, checkout / "faq", _lines(texts))
    texts = (row.get("text") for _, row in records(checkout / "tests/data/shop.jsonl"))
    yield Questions(_SHOP, checkout / "faq", _lines(texts))


def _lines(texts: Iterator[object]) -> tuple[str, ...]:
    """Each text once and as one line, as `ask` reads them."""
    return tuple(dict.fromkeys(re.sub(r"[\r\n]+", " ", str(text)) for text in texts))


def _revision(checkout: Path) -> str:
    shown = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40"]
    return subprocess.run(shown, capture_output=True, text=True).stdout.strip()


def _digest(faq: Path) -> str:
    files = sorted(path for path in faq.rglob("*") if path.is_file()) if faq.is_dir() else [faq]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
