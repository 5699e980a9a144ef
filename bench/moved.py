"""python -m bench.moved: does `check` find the wordings that stand under a wrong entry?

Some wordings of each FAQ are moved to random other entries, time and again. Counted is how many of
the moved ones are told as competing, among as many findings as were moved, and among twice as many.
Nothing is fetched, and the same options give the same figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.sets import FAQ, find_asked, shortened
from bot.authoring.review.competing import competing
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.matching.assembly import wordings_of
from bot.matching.index import PhrasingVectors
from bot.tuning.show.tables import Cell, percent, table

_SHARE, _SEEDS = 0.05, 10


@dataclass(frozen=True, slots=True)
class Found:
    """Means over the seeds, shares from 0 to 1.

    Attributes:
        moved: wordings that were moved each time.
        once: of these, found among as many findings.
        twice: among twice as many.
        findings: told as competing in all.
        unmoved: told of the FAQ as it is.
    """

    name: str
    entries: int
    wordings: int
    moved: int
    once: float
    twice: float
    findings: float
    unmoved: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    return command.guarded(partial(_run, _parse(arguments)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command.OneLineParser(
        prog="python -m bench.moved",
        description="Move some wordings of each FAQ to random other entries, and see whether they "
        "are told as competing.",
        epilog=f"A set is a folder with {FAQ} (an FAQ file). Exit codes: 0 fine, 2 wrong usage or "
        "unusable sets.",
    )
    model = Settings().model
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--sets", type=command.names, metavar="A,B", help="only these sets (default: all)")
    add(
        "--share",
        type=partial(command.between, low=0.001, high=0.5),
        default=_SHARE,
        help=f"of the wordings are moved (default: {_SHARE:g})",
    )
    add("--seeds", type=command.positive, default=_SEEDS, help=f"times (default: {_SEEDS})")
    add(
        "--wordings",
        type=command.positive,
        metavar="K",
        help="give each entry its first K wordings, the question included (default: all)",
    )
    add("--model", default=model, help=f"a model's name or folder ({model})")
    add("--cache", type=Path, metavar="FOLDER", help="keep vectors here for the next run")
    add("--json", action="store_true", help="one JSON object, for machines")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> None:
    folders = find_asked(options.folder, options.sets, FAQ)
    model = load_remembering(options.model, options.cache)
    found = []
    with tqdm(total=len(folders), disable=None, leave=False) as progress:
        for name, folder in folders.items():
            faq = load_faq(folder / FAQ, Settings().thresholds)
            group = _embedded(faq, options.wordings, model)
            found.append(measure(name, group, options.share, options.seeds))
            progress.update()
            model.save()
    conditions = {**command.machine(), "model": options.model, "share": f"{options.share:g}"}
    if options.json:
        print(json.dumps({**conditions, "sets": [asdict(each) for each in found]}))
        return
    print(_table(found))
    print(command.machine_line(conditions))


def _embedded(faq: Faq, most: int | None, model: RememberingEncoder) -> PhrasingVectors:
    wordings = wordings_of(Settings(), shortened(faq, most))
    return wordings.embedded(model.encoder.phrasings.encode(wordings.texts))


def measure(name: str, group: PhrasingVectors, share: float, seeds: int) -> Found:
    """Move and look, once a seed."""
    once, twice, findings = [], [], []
    for seed in range(seeds):
        owners, moved = moved_owners(group.entry_ids, share, seed)
        told = [each.row for each in competing(replace(group, entry_ids=owners))]
        once.append(len(moved & set(told[: len(moved)])) / len(moved))
        twice.append(len(moved & set(told[: 2 * len(moved)])) / len(moved))
        findings.append(len(told))
    return Found(
        name,
        len(set(group.entry_ids)),
        len(group),
        len(moved),
        float(np.mean(once)),
        float(np.mean(twice)),
        float(np.mean(findings)),
        len(competing(group)),
    )


def moved_owners(owners: Sequence[str], share: float, seed: int) -> tuple[list[str], set[int]]:
    """The owner of each wording after some have moved, and the rows of these; no entry is left
    without a wording."""
    random = np.random.default_rng(seed)
    names, found = sorted(set(owners)), list(owners)
    moved: set[int] = set()
    for row in random.permutation(len(owners)).tolist():
        if len(moved) == max(1, round(share * len(owners))):
            break
        if found.count(found[row]) > 1:
            others = [name for name in names if name != found[row]]
            found[row] = others[int(random.integers(len(others)))]
            moved.add(row)
    return found, moved


def _table(found: Sequence[Found]) -> str:
    headers = (
        "set",
        "entries",
        "wordings",
        "moved",
        "found among\nas many, %",
        "among twice\nas many, %",
        "told\nin all",
        "told with\nnone moved",
    )
    rows: list[list[Cell]] = [
        [
            *(each.name, each.entries, each.wordings, each.moved),
            *(percent(each.once), percent(each.twice), f"{each.findings:.1f}", each.unmoved),
        ]
        for each in found
    ]
    return table(headers, rows)


if __name__ == "__main__":
    sys.exit(main())
