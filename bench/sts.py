"""python -m bench.sts: how well the model's cosine agrees with people about likeness."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.sets import PAIRS, Pair, SetError, check_names, find, load_pair_set
from bot.files.config.settings import Settings
from bot.tuning.show.tables import decimal, table


def pearson(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Pearson's correlation, from -1 to 1; None where one side does not vary."""
    from scipy.stats import pearsonr

    if len(left) < 2 or len(set(left)) == 1 or len(set(right)) == 1:
        return None
    return float(pearsonr(left, right).statistic)


def spearman(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Spearman's correlation: Pearson's, of the average ranks."""
    from scipy.stats import rankdata

    return pearson(rankdata(left).tolist(), rankdata(right).tolist())


@dataclass(frozen=True, slots=True)
class Agreement:
    """Correlations of cosine and gold score, from -1 to 1; None where one does not vary."""

    name: str
    pairs: int
    pearson: float | None
    spearman: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    parser = command.OneLineParser(
        prog="python -m bench.sts",
        description="Correlate the cosine of two sentences with the likeness people gave them.",
        epilog=f"A set is a folder with {PAIRS}: one JSON object per line with a, b, score and "
        "split. Exit codes: 0 fine, 2 wrong usage or unusable sets.",
    )
    add = parser.add_argument
    default = Settings().model
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--model", default=default, help=f"a model's name or folder ({default})")
    add("--split", default="test", help="the pairs to compare (default: test)")
    add("--sets", type=command.names, metavar="A,B", help="only these sets (default: all)")
    add("--cache", type=Path, metavar="FOLDER", help="keep vectors here for the next run")
    add("--json", action="store_true", help="one JSON object, for machines")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def agreement(name: str, pairs: Sequence[Pair], model: RememberingEncoder) -> Agreement:
    """Compare cosine and gold score over pairs that all have one."""
    from scipy.stats import pearsonr, spearmanr

    embedder = model.encoder.utterances
    left, right = (embedder.encode([getattr(pair, side) for pair in pairs]) for side in "ab")
    cosines = (left * right).sum(axis=1).tolist()  # the rows have length 1
    gold = [pair.score for pair in pairs if pair.score is not None]
    if len(set(cosines)) < 2 or len(set(gold)) < 2:
        return Agreement(name, len(pairs), None, None)
    found = (float(measure(cosines, gold).statistic) for measure in (pearsonr, spearmanr))
    return Agreement(name, len(pairs), *found)


def _run(options: argparse.Namespace) -> None:
    folders = find(options.folder, PAIRS)
    asked = list(folders) if options.sets is None else options.sets
    check_names(asked, list(folders), options.folder)
    chosen = {}
    for name in asked:
        pairs = load_pair_set(folders[name]).pairs
        scored = [pair for pair in pairs if pair.split == options.split and pair.score is not None]
        if scored:
            chosen[name] = scored
        else:
            text = f"{name}: left out, it has no scored pairs of split {options.split}."
            print(text, file=sys.stderr)
    if not chosen:
        raise SetError(f"{options.folder}: there are no scored pairs of split {options.split!r}.")
    model = load_remembering(options.model, options.cache)
    found = [agreement(name, pairs, model) for name, pairs in chosen.items()]
    model.save()
    conditions = {**command.machine(), "model": options.model, "split": options.split}
    if options.json:
        print(json.dumps({"conditions": conditions, "rows": [asdict(row) for row in found]}))
        return
    rows = [
        (row.name, row.pairs, decimal(row.pearson, 4), decimal(row.spearman, 4)) for row in found
    ]
    print(command.machine_line(conditions))
    print(table(("set", "pairs", "Pearson", "Spearman"), rows))


if __name__ == "__main__":
    sys.exit(main())
