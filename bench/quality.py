"""python -m bench.quality: how well the bot decides, on labelled sets.

It assembles the bot itself over each set's FAQ and asks it every message. Nothing is fetched, and
the same options give the same figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tqdm import tqdm

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.guarding import (
    Counterparts,
    answered_counterparts,
    contradictions,
    entailments,
    silenced,
)
from bench.report import PairRow, Report, Row, as_json, as_text
from bench.sets import (
    ALL,
    FAQ,
    PAIRS,
    QUERIES,
    FaqSet,
    Pair,
    PairSet,
    SetError,
    check_names,
    find,
    load_faq_set,
    load_pair_set,
    load_shop,
    sets_parser,
    shortened,
)
from bench.trial import Extras, Trial, assembled, run_trial
from bot.domain import Faq, Thresholds
from bot.files.config.settings import Score, Settings
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.multilingual import load_multilingual
from bot.tuning.show.tables import told

_DEFAULT = Settings()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    options = _parse(arguments)
    return command.guarded(partial(_run, options))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sets_parser(
        "python -m bench.quality",
        "Assemble the bot over each set's FAQ, ask it every message of a split, and show what "
        "became of them.",
        ' A name that ends in "-zh" says the set is Chinese: it gets rows, but is not in the '
        "means, and the second encoder reads it. A message answered in parts counts as right only "
        "if nothing but the expected entry is answered.",
    )
    parser.set_defaults(phrasings=("1", "5", "10", ALL))
    add = parser.add_argument
    add("--split", default="dev", help="the messages to ask (default: dev)")
    add(
        "--scores",
        type=_scores,
        metavar="A,B",
        default=tuple(Score),
        help="ways of scoring (default: cosine,blended)",
    )
    add(
        "--thresholds",
        type=_thresholds,
        metavar="ANSWER,FOLLOW_UP[,TENTATIVE]",
        default=_DEFAULT.thresholds,
        help="the lines (default: 0.75,0.60,0.69); without the third nothing is tentative",
    )
    add(
        "--shop",
        action="store_true",
        help="also the FAQ that comes with the bot and its labelled set, whatever the split; it is "
        "not in the means",
    )
    add(
        "--typos",
        type=command.shares,
        metavar="SHARE,SHARE",
        default=(),
        help="blended only: also mistype this share of the words with four letters or more, "
        "for example 0.1,0.2",
    )
    add(
        "--pairs",
        type=command.natural,
        metavar="N",
        default=0,
        help="blended only: also ask N messages that hold two questions",
    )
    add(
        "--guards",
        action="store_true",
        help=f"blended only: also compare with and without guards; on folders whose {PAIRS} has "
        "contradictions, count those that are answered, and the pairs that mean the same",
    )
    add("--one-encoder", action="store_true", help="as with multilingual_model: none")
    add(
        "--seed",
        type=command.natural,
        metavar="N",
        default=0,
        help="for typing errors, pairs and bootstrap (default: 0)",
    )
    return parser.parse_args(arguments)


def _scores(text: str) -> tuple[Score, ...]:
    known = [score.value for score in Score]
    asked = command.names(text)
    for name in asked:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(known)}")
    return tuple(map(Score, asked))


def _thresholds(text: str) -> Thresholds:
    parts = text.split(",")
    if not 2 <= len(parts) <= 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not two numbers; write: 0.75,0.60")
    answer, follow_up, *rest = (command.between(part, -1, 1) for part in parts)
    if follow_up > answer:
        raise argparse.ArgumentTypeError(f"follow-up {follow_up:g} exceeds answer {answer:g}")
    tentative = rest[0] if rest else None
    if tentative is not None and not follow_up <= tentative <= answer:
        raise argparse.ArgumentTypeError(f"tentative {tentative:g} is not between the other two")
    return Thresholds(answer, follow_up, tentative)


def _run(options: argparse.Namespace) -> None:
    sets, pair_sets = _load(options)
    model = load_remembering(options.model, options.cache)
    extras = Extras(options.typos, options.pairs, options.guards)
    scores = options.scores
    if extras and Score.BLENDED not in scores:
        scores = (*scores, Score.BLENDED)
    rows: list[Row] = []
    is_needed = not all(faq_set.is_english for faq_set in sets) and not options.one_encoder
    second = load_multilingual(options.cache or Settings().cache) if is_needed else None
    total = len(sets) * len(scores) * len(options.phrasings)
    with tqdm(total=total, unit=" trials", disable=None, leave=False) as progress:
        for faq_set in sets:
            for score in scores:
                told = extras if score is Score.BLENDED else Extras()
                reader = None if faq_set.is_english else second
                for row in _rows(faq_set, score, told, model, reader, options):
                    rows.append(row)
                    progress.update()
            model.save()
    contradicted, entailed = (
        [row for it in pair_sets for row in _rows_of_pairs(it, choose, model, options)]
        for choose in (contradictions, entailments)
    )
    model.save()
    report = Report(
        conditions=_conditions(options),
        rows=tuple(row for row in rows if row.score in options.scores),
        blended=tuple(row for row in rows if row.score == Score.BLENDED),
        contradictions=tuple(contradicted),
        entailments=tuple(entailed),
        seed=options.seed,
    )
    print(as_json(report) if options.json else as_text(report))


def _load(options: argparse.Namespace) -> tuple[list[FaqSet], list[PairSet]]:
    folders = find(options.folder, FAQ, QUERIES)
    pair_folders = find(options.folder, PAIRS) if options.guards else {}
    known = sorted({*folders, *pair_folders})
    asked = known if options.sets is None else options.sets
    check_names(asked, known, options.folder)
    sets = [load_shop(options.thresholds)] if options.shop else []
    for name in asked:
        if name in folders:
            faq_set = load_faq_set(folders[name], options.thresholds)
            if faq_set.of_split(options.split):
                sets.append(faq_set)
            else:
                print(f"{name}: left out, it has no split {options.split}.", file=sys.stderr)
    pairs = [load_pair_set(pair_folders[name]) for name in asked if name in pair_folders]
    pairs = [it for it in pairs if contradictions(it.pairs, options.split).asked]
    if not sets and not pairs:
        raise SetError(f"{options.folder}: there is no set in it with a split {options.split!r}.")
    return sets, pairs


def _rows(
    faq_set: FaqSet,
    score: Score,
    extras: Extras,
    model: RememberingEncoder,
    second: Encoder | None,
    options: argparse.Namespace,
) -> Iterator[Row]:
    known: dict[Faq, Trial] = {}  # where no entry has more wordings, more are the same trial
    for k in options.phrasings:
        faq = shortened(faq_set.faq, None if k == ALL else int(k))
        trial = known.get(faq)
        if trial is None:
            trial = run_trial(
                assembled(faq, score, options.thresholds, model, second),
                faq_set.of_split(options.split),
                extras,
                options.seed,
                is_english=faq_set.is_english,
            )
            known[faq] = trial
        yield Row(faq_set.name, score.value, k, faq_set.is_in_means, trial)


def _rows_of_pairs(
    pair_set: PairSet,
    choose: Callable[[Sequence[Pair], str], Counterparts],
    model: RememberingEncoder,
    options: argparse.Namespace,
) -> Iterator[PairRow]:
    found = choose(pair_set.pairs, options.split)
    if not found.asked:
        return
    texts = [text for text, _ in found.asked]
    cosine = assembled(found.faq, Score.COSINE, options.thresholds, model)
    blended = assembled(found.faq, Score.BLENDED, options.thresholds, model)
    with silenced():
        bare = blended.decide_all(texts)
    for way, decisions in (
        ("cosine", cosine.decide_all(texts)),
        ("blended, no guards", bare),
        ("blended", blended.decide_all(texts)),
    ):
        same, answered = answered_counterparts(found.asked, decisions)
        yield PairRow(pair_set.name, way, len(texts), same, answered)


def _conditions(options: argparse.Namespace) -> dict[str, str]:
    lines = options.thresholds
    return {
        **command.machine(),
        "model": options.model,
        "split": options.split,
        "lines": told(lines),
        "seed": str(options.seed),
    }


if __name__ == "__main__":
    sys.exit(main())
