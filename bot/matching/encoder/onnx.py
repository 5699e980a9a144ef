"""A compiled model, run by ONNX Runtime: without torch, from a folder that `onnx_export` made."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import BotError
from bot.matching.encoder.encoder import Encoder, Tokenizer, Vectors, WholeTextEmbedder
from bot.matching.encoder.unigram import PIECES, Unigram

GRAPH, WEIGHTS, TOKENIZER, CARD = "graph.onnx", "weights.bin", "tokenizer.json", "encoder.json"
AGREEMENT = 0.9999  # the least cosine between a vector and the original's
AGREEMENT_IN_8_BITS = 0.99
PROBE = "Where is my order?"
INPUT, OUTPUT = "input_ids", "unit_vectors"

_BATCH = 32
_BATCH_TOKENS = 2048  # bounds the memory of long texts; larger batches gain nothing


class UnusableError(BotError):
    """A compiled model's folder is damaged, or not all there."""


class NotCompiledError(BotError):
    """A model cannot be compiled, or what comes of it is not the same."""


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
        least_agreement: the least cosine between a vector and the original's.
    """

    query: str
    document: str
    unknown: str | None
    max_tokens: int
    limit: int
    probe: list[float]
    least_agreement: float = AGREEMENT

    def save(self, folder: Path) -> None:
        """Write the card into a folder."""
        (folder / CARD).write_text(json.dumps(asdict(self)), "utf-8")


def load_onnx(folder: Path, threads: int | None) -> Encoder:
    """Load a compiled model.

    Args:
        threads: see `load.load_encoder`.
    Raises:
        UnusableError: the folder is damaged, or its vectors are not what they were.
        FileNotFoundError: there is no such folder.
    """
    text = (folder / CARD).read_text("utf-8", "replace")
    try:
        record = json.loads(text)
        record.pop("files", None)  # which earlier versions wrote
        card = Card(**record)
    except (ValueError, TypeError, AttributeError) as error:
        raise UnusableError(type(error).__name__) from error
    encoder = open_onnx(folder, card, threads)
    agreement = float(encoder.utterances.encode([PROBE])[0] @ np.array(card.probe))
    if not agreement >= card.least_agreement:
        raise UnusableError(f"its vectors are wrong: a cosine of {agreement:.6f} to what was made")
    return encoder


def open_onnx(folder: Path, card: Card, threads: int | None) -> Encoder:
    """Load a compiled model as it is, whatever its vectors are.

    Raises:
        UnusableError: what is in the folder cannot be read.
    """
    try:
        tokenizer = (
            Unigram(folder)
            if (folder / PIECES).is_file()
            else read_tokenizer(folder / TOKENIZER, card.unknown)
        )
        graph = _Graph(folder / GRAPH, tokenizer, card.max_tokens, threads)
        dim = len(card.probe)
        encoder = Encoder(
            utterances=_OnnxEmbedder(graph, card.query, tokenizer, card.limit, dim),
            phrasings=_OnnxEmbedder(graph, card.document, tokenizer, card.limit, dim),
            vocabulary=tokenizer,
        )
        encoder.utterances.encode([PROBE])  # the first run costs more than those after it
    except Exception as error:
        raise UnusableError(type(error).__name__) from error
    return encoder


def read_tokenizer(file: Path, unknown: str | None) -> Tokenizer:
    """Read a tokenizer of the tokenizers package.

    Args:
        unknown: see `Tokenizer`.
    """
    from tokenizers import Tokenizer as Backend

    backend = Backend.from_file(str(file))
    backend.no_padding()
    backend.no_truncation()
    return Tokenizer(backend, unknown)


def runtime_version() -> str:
    """The version of ONNX Runtime, and so of the graphs it saves.

    Raises:
        ImportError: ONNX Runtime or tokenizers is not installed.
    """
    import onnxruntime
    import tokenizers  # noqa: F401

    return str(onnxruntime.__version__)


class _Graph:
    """Token ids → unit vectors, by a session of ONNX Runtime over an optimised graph.

    Only texts of the same number of tokens share a batch. So nothing is padded, which costs time
    and moves the last places of a vector with the texts around it.
    """

    def __init__(
        self, file: Path, tokenizer: Tokenizer, max_tokens: int, threads: int | None
    ) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 1
        options.log_severity_level = 3  # errors; they come as exceptions, too
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        # A core that another program has taken holds up a small block of work, not half of it.
        options.add_session_config_entry("session.dynamic_block_base", "4")
        self._session: Any = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._side_by_side = usable_cores() if threads is None else 1
        self._pool: ThreadPoolExecutor | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, shape (len(texts), dim)."""
        ids = [self._tokenizer.ids(text, self._max_tokens) for text in texts]
        batches = self._batches([len(row) for row in ids])
        inputs = [np.array([ids[row] for row in rows], dtype=np.int64) for rows in batches]
        found = np.concatenate(self._run_all(inputs))
        vectors = np.empty_like(found)
        vectors[np.concatenate(batches)] = found
        return vectors

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

    def _run(self, ids: NDArray[np.int64]) -> Vectors:
        vectors: Vectors = self._session.run([OUTPUT], {INPUT: ids})[0]
        return vectors


class _OnnxEmbedder(WholeTextEmbedder):
    """Embeds texts with a prompt before each."""

    def __init__(
        self, graph: _Graph, prompt: str, tokenizer: Tokenizer, limit: int, dim: int
    ) -> None:
        super().__init__(tokenizer, limit, dim)
        self._graph = graph
        self._prompt = prompt

    def embed(self, pieces: list[str]) -> Vectors:
        return self._graph.embed([self._prompt + piece for piece in pieces])


def usable_cores(root: Path = Path("/")) -> int:
    """The cores this process may be scheduled on, but no more than its cgroups pay for.

    A quota of one and a half cores counts as one: a second thread would spend it early, and then
    all threads stand still until the next period.

    Args:
        root: where /proc and /sys are.
    Returns:
        1 or more.
    """
    quotas = list(_quotas(root))
    scheduled = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, int(min([scheduled, *quotas])))


def _quotas(root: Path) -> Iterator[float]:
    """The limits, in cores, of this process's cgroup and of all cgroups around it (man 7 cgroups).

    In a container the path can be the host's, which is not there: then the root of what is mounted
    is the container's own cgroup.
    """
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        if line.startswith("0::"):
            own = PurePosixPath(line.removeprefix("0::"))
            for folder in (own, *own.parents):
                file = root / "sys" / "fs" / "cgroup" / str(folder).lstrip("/") / "cpu.max"
                # Microseconds of processor time and of wall clock; "max" is no limit.
                words = _read(file).split()
                if len(words) == 2 and all(word.isdigit() and int(word) > 0 for word in words):
                    yield int(words[0]) / int(words[1])


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""
