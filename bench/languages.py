"""python -m bench.languages: one FAQ, asked in many languages.

It puts the bot together as config.yaml says, with the second encoder or without, and asks it
labelled sets. Each row is one set in one language.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench import command
from bench.outcomes import share
from bench.sets import records
from bot.domain import Action, Decision, Faq, base_language
from bot.files.config.settings import MultilingualModel
from bot.files.faq.load import load_project
from bot.matching.build import build_matcher, complete
from bot.tuning.show.tables import percent, table

_SHOWN = ("right shown", "asked with it", "both", "wrong shown", "asked without it", "fallback")
_OUTSIDE = ("shown", "asked")


@dataclass(frozen=True, slots=True)
class Asked:
    """A message.

    Attributes:
        right: ids of the entry it asks for, and of its other versions; empty where there is none.
    """

    text: str
    right: frozenset[str]
    language: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable files.
    """
    parser = command.OneLineParser(prog="python -m bench.languages", description=__doc__)
    add = parser.add_argument
    add("sets", type=Path, nargs="+", metavar="SET", help="labelled sets, JSON Lines")
    add("--config", default="config.yaml", help="default: config.yaml")
    add("--faq", metavar="PATH", help="an FAQ in place of the configured one")
    add("--without", metavar="LANG", help="leave out the entries of this language, such as zh")
    add("--one-encoder", action="store_true", help="as with multilingual_model: none")
    add("--json", action="store_true", help="one JSON object, for machines")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    settings, faq = load_project(options.config, options.faq)
    if options.one_encoder:
        settings = replace(settings, multilingual_model=MultilingualModel.NONE)
    if options.without is not None:
        faq = Faq(tuple(entry for entry in faq.entries if entry.lang != options.without))
    bot = complete(build_matcher(settings, faq))
    found: dict[str, Counter[str]] = {}
    for path in options.sets:
        for asked in read_set(path):
            [decision] = bot.decide_all([asked.text], asked.language)
            name = f"{path.stem}, {base_language(asked.language or '?')}"
            found.setdefault(name, Counter())[outcome(asked, decision)] += 1
    rows = {name: _figures(counts) for name, counts in found.items()}
    if options.json:
        print(json.dumps(rows))
        return
    heads = ("set", "in\nscope", *(name.replace(" ", "\n", 1) for name in _SHOWN))
    heads += ("out of\nscope", *(f"{name}\n" for name in _OUTSIDE))
    print(
        table(
            heads,
            [
                (
                    name,
                    int(its["in scope"] or 0),
                    *(percent(its[column]) for column in _SHOWN),
                    int(its["out of scope"] or 0),
                    *(percent(its[f"out of scope {column}"]) for column in _OUTSIDE),
                )
                for name, its in rows.items()
            ],
        )
    )


def read_set(path: Path) -> Iterator[Asked]:
    """The messages of a labelled set.

    Raises:
        SetError: the file cannot be read, or a line is no JSON object.
    """
    for _, record in records(path):
        ids = (record.get(key) for key in ("expected", "chinese"))
        right = frozenset(str(entry_id) for entry_id in ids if entry_id is not None)
        language = record.get("language")
        yield Asked(str(record["text"]), right, None if language is None else str(language))


def outcome(asked: Asked, decision: Decision) -> str:
    """What became of a message; an answer and a tentative answer are shown."""
    is_shown = decision.action is Action.ANSWER or decision.tentative
    if not asked.right:
        is_asked = decision.action is Action.FOLLOW_UP
        return "out of scope " + ("shown" if is_shown else "asked" if is_asked else "fallback")
    if is_shown:
        return "right shown" if decision.entry_id in asked.right else "wrong shown"
    if decision.action is Action.FALLBACK:
        return "fallback"
    offered = {hit.entry_id for hit in decision.candidates}
    return "asked without it" if asked.right.isdisjoint(offered) else "asked with it"


def _figures(counts: Counter[str]) -> dict[str, float | None]:
    """Counts, and shares from 0 to 1 of those in scope or of those out of scope."""
    outside = sum(number for name, number in counts.items() if name.startswith("out of scope"))
    inside = counts.total() - outside
    counts["both"] = counts["right shown"] + counts["asked with it"]
    found = {name: share(counts[name], inside) for name in _SHOWN}
    names = [f"out of scope {column}" for column in _OUTSIDE]
    found |= {name: share(counts[name], outside) for name in names}
    return {"in scope": inside, "out of scope": outside, **found}


if __name__ == "__main__":
    sys.exit(main())
