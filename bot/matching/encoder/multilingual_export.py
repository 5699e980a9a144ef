"""The package's weights → USE-multilingual-3, compiled, and proof that it is the same."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Encoder, Vectors, WholeTextEmbedder
from bot.matching.encoder.multilingual import PUBLISHED_PIECES, PUBLISHED_WEIGHTS
from bot.matching.encoder.multilingual_graph import (
    CHUNKS,
    ORDERS,
    PART,
    WIDTH,
    Weights,
    save_graph,
)
from bot.matching.encoder.onnx import AGREEMENT, PROBE, Card, NotCompiledError, open_onnx
from bot.matching.encoder.onnx_export import agreement
from bot.matching.encoder.unigram import Unigram, save_unigram

_LIMIT = 256  # tokens; a longer text is split at sentences, and takes no more memory for it
_BEGIN_AND_END = 2
# Of a piece in SentencePiece's model file (sentencepiece_model.proto): unknown, and control.
_NO_TEXT = frozenset({2, 3})
_FIXED = {1: 8, 5: 4}  # bytes of a value, by the kind of its field in Protocol Buffers


def export(resources: Path, folder: Path) -> None:
    """Compile the weights into a folder, and hold the outcome against their plain arithmetic.

    Args:
        resources: holds `PUBLISHED_WEIGHTS` and `PUBLISHED_PIECES`.
        folder: exists, and is empty.
    Raises:
        NotCompiledError: they cannot be compiled, or what comes of it gives other vectors.
    """
    from threadpoolctl import threadpool_limits

    try:
        save_unigram(folder, *read_pieces((resources / PUBLISHED_PIECES).read_bytes()))
        weights, table = read_weights(resources / PUBLISHED_WEIGHTS)
        save_graph(weights, table, folder)
        plain = PlainEmbedder(weights, table, Unigram(folder))
        card = Card(
            query="",
            document="",
            unknown=plain.vocabulary.unknown,
            max_tokens=_LIMIT + _BEGIN_AND_END,
            limit=_LIMIT,
            probe=[float(value) for value in plain.encode([PROBE])[0]],
        )
        card.save(folder)
        compiled = open_onnx(folder, card, threads=1)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise NotCompiledError(f"it cannot be compiled: {reason}") from error
    with threadpool_limits(1, "blas"):  # a second thread waits more than it works
        found = agreement(Encoder(plain, plain, plain.vocabulary), compiled)
    if not found >= AGREEMENT:
        raise NotCompiledError(
            f"compiled, it gives other vectors (a cosine of {found:.6f}, {AGREEMENT} is needed)"
        )


def read_weights(file: Path) -> tuple[Weights, NDArray[np.uint8]]:
    """The package's arrays, and its table with the rows in the order of the tokens.

    What it keeps of each order, and is used for all three together, stands side by side under the
    names `proj`, `proj_b`, `norm_g` and `norm_b`.
    """
    with np.load(file, allow_pickle=False) as arrays:
        weights = {key: arrays[key] for key in arrays.files if not key.startswith("q")}
        rows = len(arrays["q1"])
        table = np.empty((CHUNKS * rows, WIDTH), dtype=np.uint8)
        for block in range(CHUNKS):
            table[block::CHUNKS] = arrays[f"q{block + 1}"]
    for name, theirs in (
        ("proj", "proj"),
        ("proj_b", "proj_b"),
        ("norm_g", "ln_g"),
        ("norm_b", "ln_b"),
    ):
        parts = [weights[f"{theirs}{order}"] for order, _ in ORDERS]
        weights[name] = np.concatenate(parts, axis=-1)
    return weights, table


class PlainEmbedder(WholeTextEmbedder):
    """The model in plain arithmetic, one text after the other; see `multilingual_graph`."""

    def __init__(self, weights: Weights, table: NDArray[np.uint8], tokenizer: Unigram) -> None:
        super().__init__(tokenizer, _LIMIT, WIDTH)
        self._weights = weights
        self._table = table
        self.vocabulary = tokenizer

    def embed(self, pieces: list[str]) -> Vectors:
        """See `WholeTextEmbedder.embed`."""
        most = _LIMIT + _BEGIN_AND_END
        return np.stack([self._vector(self.vocabulary.ids(piece, most)) for piece in pieces])

    def _vector(self, ids: Sequence[int]) -> Vectors:
        w, size = self._weights, len(ids)
        block = np.array(ids) % CHUNKS
        rows = self._table[ids].astype(np.float32)
        embedded = rows * w["scale"][block, None] + w["lo"][block, None]
        normed = self._norm(embedded @ w["proj"] + w["proj_b"], w["norm_g"], w["norm_b"])
        features: list[Vectors] = [embedded]
        for place, (order, before) in enumerate(ORDERS):
            x = normed[:, place * PART : (place + 1) * PART]
            for step in ("1", "2"):
                padded = np.pad(x, ((before, order - 1 - before), (0, 0)))
                window = np.hstack([padded[at : at + size] for at in range(order)])
                product = window @ w[f"w{step}_{order}"] + w[f"b{step}_{order}"]
                x = np.maximum(product, 0) + x
            features.append(x)
        summed = self._norm(np.hstack(features), w["ln_g"], w["ln_b"]).sum(axis=0)
        mean = (summed @ w["cnn_W"] + size * w["cnn_b"]) / np.sqrt(size)
        first = np.maximum(mean @ w["d0"], 0)
        second = np.maximum(mean @ w["p1"] + first @ w["d1"], 0)
        third = np.maximum(second @ w["d2"], 0)
        last = np.tanh(second @ w["p3"] + third @ w["d3"])
        unit: Vectors = (last / np.linalg.norm(last)).astype(np.float32)
        return unit

    def _norm(self, rows: Vectors, gain: Vectors, bias: Vectors) -> Vectors:
        centred = rows - rows.mean(axis=1, keepdims=True)
        variance = (centred**2).mean(axis=1, keepdims=True)
        normed: Vectors = centred / np.sqrt(variance + float(self._weights["eps"])) * gain + bias
        return normed


def read_pieces(model: bytes) -> tuple[list[tuple[int, str, float]], bytes]:
    """What is in a model file of SentencePiece, as `save_unigram` takes it.

    Of this file the third field holds the normaliser; later files have the fields in another order.
    """
    pieces, characters = [], b""
    number = 0
    for field, value in _fields(model):
        if field == 1:
            piece = dict(_fields(value))
            kind = piece.get(3, b"\1")[0]
            (score,) = struct.unpack("<f", piece.get(2, bytes(4)))
            if kind not in _NO_TEXT:
                pieces.append((number, piece[1].decode("utf-8"), score))
            number += 1
        elif field == 3:
            characters = dict(_fields(value))[2]
    return pieces, characters


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message of Protocol Buffers: number and bytes, those of a number too."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind, start = key & 7, at
        if kind == 0:
            _, at = _varint(message, at)
        elif kind == 2:
            size, start = _varint(message, at)
            at = start + size
        else:
            at += _FIXED[kind]
        yield key >> 3, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the least first, and where it ends."""
    value = shift = 0
    while True:
        value |= (message[at] & 0x7F) << shift
        at, shift, is_last = at + 1, shift + 7, message[at] < 0x80
        if is_last:
            return value, at
