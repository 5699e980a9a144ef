"""A compiled model: run without torch, from a folder that `export` made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import BotError
from bot.matching.encoder.encoder import Encoder, Reader, Vectors, Vocabulary, WholeTextEmbedder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GRAPH, WEIGHTS, TOKENIZER, CARD = "graph.onnx", "weights.bin", "tokenizer.json", "encoder.json"
AGREEMENT = 0.9999  # the least cosine between a vector and the original's
PROBE = "Where is my order?"
INPUT, OUTPUT = "input_ids", "unit_vectors"

_BATCH = 32
_BATCH_TOKENS = 2048  # bounds the memory of long texts; larger batches gain nothing


# Token ids, shape (texts, tokens) → unit rows, shape (texts, dim); called from several threads.
Run = Callable[[NDArray[np.int64]], Vectors]


class UnusableError(BotError):
    """A compiled model's folder is damaged, or not all there."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How the work is spread over cores.

    Attributes:
        each: threads that work on one batch together.
        batches: batches that are worked on side by side.
    """

    each: int
    batches: int


Start = Callable[[Path, Threads], Run]  # a graph's file → what runs it


@dataclass(frozen=True, slots=True)
class Card:
    """What is to be known of a compiled model beside its graph and its tokenizer.

    Attributes:
        query: put before what users send.
        document: put before what the FAQ holds.
        unknown: the token for what the model does not know.
        max_tokens: the most that the graph takes, prompt and special tokens included.
        limit: the most tokens of a text that leave room for those.
        probe: the original's vector of `PROBE`.
        files: by name: size in bytes, time of change in ns, SHA-256.
    """

    query: str
    document: str
    unknown: str | None
    max_tokens: int
    limit: int
    probe: list[float]
    files: Mapping[str, tuple[int, int, str]]

    def save(self, folder: Path) -> None:
        """Write the card into a folder."""
        (folder / CARD).write_text(json.dumps(asdict(self)), "utf-8")


def seal(file: Path) -> tuple[int, int, str]:
    """What a file is known by: size in bytes, time of change in ns, SHA-256."""
    status = file.stat()
    return status.st_size, status.st_mtime_ns, _sha256(file)


def load_compiled(
    folder: Path, threads: Threads, start: Start, needed: float = AGREEMENT
) -> Encoder:
    """Load a compiled model.

    Args:
        start: makes the graph ready to run.
        needed: the least cosine between its vector of `PROBE` and the original's.
    Raises:
        UnusableError: the folder is damaged, or its vectors are not what they were.
        FileNotFoundError: there is no such folder.
    """
    card = read_card(folder)
    encoder = open_compiled(folder, card, threads, start)
    agreement = float(encoder.utterances.encode([PROBE])[0] @ np.array(card.probe))
    if not agreement >= needed:
        raise UnusableError(f"its vectors are wrong: a cosine of {agreement:.6f} to what was made")
    return encoder


def open_compiled(folder: Path, card: Card, threads: Threads, start: Start) -> Encoder:
    """Load a compiled model as it is, whatever its vectors are.

    Raises:
        UnusableError: what is in the folder cannot be read.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        run = start(folder / GRAPH, threads)
        graph = _Graph(run, tokenizer, card.max_tokens, threads.batches)
        reader = Reader(
            tokens=lambda text: tokenizer.encode(text, add_special_tokens=False).tokens,
            unknown=card.unknown,
            all_tokens=tokenizer.get_vocab,
        )
        dim = len(card.probe)
        encoder = Encoder(
            utterances=WholeTextEmbedder(graph.behind(card.query), reader, card.limit, dim),
            phrasings=WholeTextEmbedder(graph.behind(card.document), reader, card.limit, dim),
            unknown_share=reader.unknown_share,
            vocabulary=Vocabulary(reader),
        )
        encoder.utterances.encode([PROBE])  # the first run costs more than those after it
    except Exception as error:
        raise UnusableError(type(error).__name__) from error
    return encoder


def read_card(folder: Path) -> Card:
    """What is written about a compiled model, once its files are found to be what was made.

    Raises:
        UnusableError: they are not.
        FileNotFoundError: there is no such folder.
    """
    text = (folder / CARD).read_text("utf-8", "replace")
    try:
        card = Card(**json.loads(text))
        for name, (size, changed, digest) in card.files.items():
            status = (folder / name).stat()
            is_same = (status.st_size, status.st_mtime_ns) == (size, changed)
            if not is_same and (status.st_size != size or _sha256(folder / name) != digest):
                raise UnusableError(f"{name} is not what was made")
    except UnusableError:
        raise
    except Exception as error:
        raise UnusableError(type(error).__name__) from error
    return card


class _Graph:
    """Token ids → unit vectors.

    Only texts of the same number of tokens share a batch. So nothing is padded, which costs time
    and moves the last places of a vector with the texts around it.
    """

    def __init__(self, run: Run, tokenizer: Tokenizer, max_tokens: int, side_by_side: int) -> None:
        self._run = run
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._side_by_side = side_by_side
        self._pool: ThreadPoolExecutor | None = None

    def behind(self, prompt: str) -> Any:
        """What embeds texts of a limited length, each with a prompt before it."""
        return lambda texts: self._embed([prompt + text for text in texts])

    def _embed(self, texts: list[str]) -> Vectors:
        ids = [self._ids(text) for text in texts]
        batches = self._batches([len(row) for row in ids])
        inputs = [np.array([ids[row] for row in rows], dtype=np.int64) for rows in batches]
        found = np.concatenate(self._run_all(inputs))
        vectors = np.empty_like(found)
        vectors[np.concatenate(batches)] = found
        return vectors

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        if len(ids) > self._max_tokens:  # a prompt and a text can make more tokens than each
            self._tokenizer.enable_truncation(self._max_tokens)
            ids = self._tokenizer.encode(text).ids
            self._tokenizer.no_truncation()
        return ids

    def _batches(self, lengths: Sequence[int]) -> list[NDArray[np.int64]]:
        """Row numbers by batch, the most work first."""
        by_length: dict[int, list[int]] = {}
        for row, length in enumerate(lengths):
            by_length.setdefault(length, []).append(row)
        share = -(-len(lengths) // self._side_by_side)
        batches = []
        for length, rows in sorted(by_length.items(), reverse=True):
            size = max(1, min(_BATCH, share, _BATCH_TOKENS // max(1, length)))
            batches += [np.array(rows[at : at + size]) for at in range(0, len(rows), size)]
        return batches

    def _run_all(self, inputs: list[NDArray[np.int64]]) -> list[Vectors]:
        if self._side_by_side == 1 or len(inputs) == 1:
            return [self._run(ids) for ids in inputs]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._side_by_side, thread_name_prefix="encoder")
        return list(self._pool.map(self._run, inputs))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
