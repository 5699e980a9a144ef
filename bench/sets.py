"""Evaluation sets on disk → frozen data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import command
from bot.domain import Faq, Thresholds
from bot.errors import BotError, nearest
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq

FAQ, QUERIES, PAIRS = "faq.yaml", "queries.jsonl", "pairs.jsonl"
SHOP = "shop"
ALL = "all"  # of an entry's wordings
EVERY = ""  # split: asked whatever the split
_ROOT = Path(__file__).parent.parent
_SHOP_FAQ, _SHOP_LABELS = _ROOT / "faq", _ROOT / "tests/data/shop.jsonl"


class SetError(BotError):
    """An evaluation set is missing, or is not in the form that is read here."""


@dataclass(frozen=True, slots=True)
class Query:
    """A message somebody wrote, and the entry it asks for.

    Attributes:
        expected: an entry's id; None where the FAQ has no answer (out of scope).
    """

    text: str
    expected: str | None
    split: str = EVERY


@dataclass(frozen=True, slots=True)
class FaqSet:
    """An FAQ and labelled messages.

    Attributes:
        name: the folder's; one that ends in "-zh" is Chinese, all others are English.
        path: the FAQ's file or folder.
        queries: of all splits.
        is_shipped: it is the FAQ that comes with the bot.
    """

    name: str
    path: Path
    faq: Faq
    queries: tuple[Query, ...]
    is_shipped: bool = False

    @property
    def is_english(self) -> bool:
        """Whether connectives and the like are English."""
        return not self.name.endswith("-zh")

    @property
    def is_in_means(self) -> bool:
        """Whether the set counts in the means: English, and not made along with the bot."""
        return self.is_english and not self.is_shipped

    def of_split(self, split: str) -> tuple[Query, ...]:
        """The messages of one split, and those of none."""
        return tuple(query for query in self.queries if query.split in (split, EVERY))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and what people said about them.

    Attributes:
        score: how alike they are, on the set's own scale.
        label: such as "CONTRADICTION".
    """

    a: str
    b: str
    score: float | None
    label: str | None
    split: str


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs of sentences, of all splits."""

    name: str
    pairs: tuple[Pair, ...]


def find(folder: Path, *files: str) -> dict[str, Path]:
    """The folders in a folder that hold all these files, by name, in order.

    Raises:
        SetError: there is no such folder.
    """
    if not folder.is_dir():
        raise SetError(f"{folder}: there is no such folder; name one whose folders are the sets.")
    return {
        inner.name: inner
        for inner in sorted(folder.iterdir())
        if all((inner / file).is_file() for file in files)
    }


def check_names(asked: Sequence[str], known: Sequence[str], folder: Path) -> None:
    """Refuse names of sets that are not there.

    Raises:
        SetError: one of those asked for is not known.
    """
    for name in asked:
        if name not in known:
            raise SetError(
                f"{folder}: it holds no set named {name!r}.{nearest(name, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )


def find_asked(folder: Path, asked: Sequence[str] | None, *files: str) -> dict[str, Path]:
    """Of the folders that `find` finds, those asked for, in that order; None: all.

    Raises:
        SetError: there is no such folder, or one of those asked for is not in it.
    """
    folders = find(folder, *files)
    if asked is None:
        return folders
    check_names(asked, tuple(folders), folder)
    return {name: folders[name] for name in asked}


def sets_parser(prog: str, description: str, note: str = "") -> command.OneLineParser:
    """The options of a command that asks sets with a model: which ones, and how that is told.

    Args:
        note: what else is to be known of the sets.
    """
    parser = command.OneLineParser(
        prog=prog,
        description=description,
        epilog=f"A set is a folder with {FAQ} (an FAQ file) and {QUERIES}: one JSON object per "
        "line with text, expected (an entry's id, or null where the FAQ has no answer) and split."
        f"{note} Exit codes: 0 fine, 2 wrong usage or unusable sets.",
    )
    model = Settings().model
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds the sets, one folder each")
    add("--sets", type=command.names, metavar="A,B", help="only these sets (default: all)")
    add(
        "--phrasings",
        type=_phrasings,
        metavar="K,K",
        default=(ALL,),
        help="give each entry its first K wordings, the question included; such as 1,5,all",
    )
    add("--model", default=model, help=f"a model's name or folder ({model})")
    add("--cache", type=Path, metavar="FOLDER", help="keep vectors here for the next run")
    add("--json", action="store_true", help="one JSON object, for machines")
    return parser


def _phrasings(text: str) -> tuple[str, ...]:
    asked = command.names(text)
    for k in asked:
        if k != ALL:
            command.positive(k)
    return asked


def load_faq_set(folder: Path, thresholds: Thresholds) -> FaqSet:
    """Read one set.

    Raises:
        SetError: a line of queries.jsonl is not a query, or expects an unknown entry.
        FileProblems: the FAQ has mistakes.
    """
    faq = load_faq(folder / FAQ, thresholds)
    path = folder / QUERIES
    queries = tuple(
        replace(query, split=_text(record, "split", path, line))
        for line, record, query in _queries(path, faq, FAQ)
    )
    return FaqSet(folder.name, folder / FAQ, faq, queries)


def load_shop(thresholds: Thresholds) -> FaqSet:
    """The FAQ that comes with the bot, and its labelled set.

    Raises:
        SetError, FileProblems: as `load_faq_set`.
    """
    faq = load_faq(_SHOP_FAQ, thresholds)
    queries = tuple(query for *_, query in _queries(_SHOP_LABELS, faq, _SHOP_FAQ.name))
    return FaqSet(SHOP, _SHOP_FAQ, faq, queries, is_shipped=True)


def _queries(path: Path, faq: Faq, name: str) -> Iterator[tuple[int, dict[str, object], Query]]:
    """The lines of a labelled set, each with its number and its query.

    Args:
        name: of the FAQ, for errors.
    """
    for line, record in records(path):
        expected = record.get("expected")
        if expected is not None and expected not in faq.by_id:
            raise SetError(f"{path}:{line}: expected is {expected!r}, which {name} does not have.")
        text = _text(record, "text", path, line)
        yield line, record, Query(text, None if expected is None else str(expected))


def load_pair_set(folder: Path) -> PairSet:
    """Read one set of pairs.

    Raises:
        SetError: a line of pairs.jsonl is not a pair.
    """
    path = folder / PAIRS
    pairs = []
    for line, record in records(path):
        score, label = record.get("score"), record.get("label")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise SetError(f"{path}:{line}: score is {score!r}; a number is needed.")
        a, b, split = (_text(record, key, path, line) for key in ("a", "b", "split"))
        pairs.append(Pair(a, b, score, None if label is None else str(label), split))
    return PairSet(folder.name, tuple(pairs))


def shortened(faq: Faq, wordings: int | None) -> Faq:
    """The same FAQ with the first so many wordings of each entry; None keeps all."""
    if wordings is None:
        return faq
    return Faq(
        tuple(replace(entry, phrasings=entry.phrasings[: wordings - 1]) for entry in faq.entries)
    )


def records(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """The JSON objects of a file with one per line, each with its line's number.

    Raises:
        SetError: the file cannot be read, or a line is no JSON object.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"{path}: it cannot be read as UTF-8 ({type(error).__name__}).") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise SetError(f"{path}:{number}: this is not a JSON object; one per line is needed.")
        yield number, record


def _text(record: dict[str, object], key: str, path: Path, line: int) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise SetError(f"{path}:{line}: {key} is {value!r}; text is needed.")
    return value
