"""The package's weights → USE-multilingual-3 as an ONNX graph, and proof that it is the same.

A text's tokens are looked up in a table of 8-bit rows. Of every two, three and five neighbours two
convolutions with a shortcut make features, whose sum goes through a small network:

    e      = scale · table[token] + low                                    (tokens, 512)
    x      = layer norm of (e · proj + b), cut into three parts            (tokens, 256) each
    h      = relu(window(x) · w1 + b1) + x;  c = relu(window(h) · w2 + b2) + h
    s      = Σ layer norm of (e, c2, c3, c5) · out + tokens · out_b        (512)
    y      = s / √tokens → relu, relu, relu, tanh → unit length            (512)

The package's numbers are taken as they are. The table stays in 8 bits, in a file that is mapped: a
message needs a few rows of it, and only the pages that hold them come into memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Encoder, Vectors, WholeTextEmbedder
from bot.matching.encoder.multilingual import PUBLISHED_PIECES, PUBLISHED_WEIGHTS
from bot.matching.encoder.onnx import (
    AGREEMENT,
    GRAPH,
    INPUT,
    OUTPUT,
    PROBE,
    WEIGHTS,
    Card,
    NotCompiledError,
    open_onnx,
)
from bot.matching.encoder.onnx_export import agreement
from bot.matching.encoder.unigram import Unigram, save_unigram

_LIMIT = 256  # tokens; a longer text is split at sentences, and takes no more memory for it
_BEGIN_AND_END = 2
# Of a piece in SentencePiece's model file (sentencepiece_model.proto): unknown, and control.
_NO_TEXT = frozenset({2, 3})
_FIXED = {1: 8, 5: 4}  # bytes of a value, by the kind of its field in Protocol Buffers
ORDERS = ((2, 0), (3, 1), (5, 2))  # neighbours taken together, and how many of them before a token
CHUNKS = 17  # token t stands in the package's block t % 17, each with a scale and a low of its own
WIDTH, PART = 512, 256

_OPSET, _IR = 17, 8
_PAGE = 4096
_LEAST_BYTES = 1024  # of a weight that stands in the file that is mapped
_TO_THE_END = 2**62

Weights = Mapping[str, NDArray[Any]]


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


def save_graph(weights: Weights, table: NDArray[np.uint8], folder: Path) -> None:
    """Write the graph and its weights: token ids, shape (texts, tokens) → unit vectors.

    Args:
        weights: the package's arrays by name.
        table: one row a token, shape (tokens, WIDTH).
    """
    with _Writer(folder) as graph:
        embedded = _embedded(graph, weights, table)
        features = graph.op("Concat", embedded, *_neighbours(graph, weights, embedded), axis=-1)
        normed = _norm(graph, weights, features, "ln_g", "ln_b")
        summed = graph.op("ReduceSum", normed, graph.number([1]), keepdims=0)
        _finish(graph, weights, summed)
        graph.save()


def _embedded(graph: _Writer, weights: Weights, table: NDArray[np.uint8]) -> str:
    block = graph.op("Mod", INPUT, graph.number(CHUNKS))
    rows = graph.op("Gather", graph.weight("table", table), INPUT)
    last = graph.number([-1])
    scale, low = (
        graph.op("Unsqueeze", graph.op("Gather", graph.weight(key, weights[key]), block), last)
        for key in ("scale", "lo")
    )
    return graph.op("Add", graph.op("Mul", graph.floats(rows), scale), low)


def _neighbours(graph: _Writer, weights: Weights, embedded: str) -> list[str]:
    product = graph.op("MatMul", embedded, graph.weight("proj", weights["proj"]))
    projected = graph.op("Add", product, graph.weight("proj_b", weights["proj_b"]))
    normed = _norm(graph, weights, projected, "norm_g", "norm_b")
    found = []
    for place, (order, before) in enumerate(ORDERS):
        features = graph.part(normed, place * PART, (place + 1) * PART, axis=2)
        for step in ("1", "2"):
            window = _window(graph, features, order, before)
            key, bias = f"w{step}_{order}", f"b{step}_{order}"
            product = graph.op("MatMul", window, graph.weight(key, weights[key]))
            raised = graph.op("Add", product, graph.weight(bias, weights[bias]))
            features = graph.op("Add", graph.op("Relu", raised), features)
        found.append(features)
    return found


def _window(graph: _Writer, features: str, order: int, before: int) -> str:
    """Each token's neighbours side by side, zeros where a text has none."""
    after = order - 1 - before
    padded = graph.op("Pad", features, graph.number([0, before, 0, 0, after, 0]))
    ends = [place - order + 1 or _TO_THE_END for place in range(order)]
    shifted = [graph.part(padded, place, end, axis=1) for place, end in enumerate(ends)]
    return graph.op("Concat", *shifted, axis=-1)


def _norm(graph: _Writer, weights: Weights, rows: str, gain: str, bias: str) -> str:
    names = [graph.weight(key, weights[key]) for key in (gain, bias)]
    return graph.op("LayerNormalization", rows, *names, axis=-1, epsilon=float(weights["eps"]))


def _finish(graph: _Writer, weights: Weights, summed: str) -> None:
    def through(rows: str, key: str) -> str:
        return graph.op("MatMul", rows, graph.weight(key, weights[key]))

    tokens = graph.floats(graph.op("Gather", graph.op("Shape", INPUT), graph.number(1)))
    bias = graph.op("Mul", tokens, graph.weight("cnn_b", weights["cnn_b"]))
    total = graph.op("Add", through(summed, "cnn_W"), bias)
    mean = graph.op("Div", total, graph.op("Sqrt", tokens))
    first = graph.op("Relu", through(mean, "d0"))
    second = graph.op("Relu", graph.op("Add", through(mean, "p1"), through(first, "d1")))
    third = graph.op("Relu", through(second, "d2"))
    last = graph.op("Tanh", graph.op("Add", through(second, "p3"), through(third, "d3")))
    graph.op("LpNormalization", last, axis=-1, p=2, name=OUTPUT)


class _Writer:
    """A graph in the making: nodes in order, and weights in a file beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._numbers: dict[str, str] = {}
        self._file: BinaryIO = (folder / WEIGHTS).open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def op(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node; what it gives has this name, or its number."""
        from onnx import helper

        name = name or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def floats(self, values: str) -> str:
        """Turn values of another type into float32."""
        from onnx import TensorProto

        return self.op("Cast", values, to=TensorProto.FLOAT)

    def part(self, rows: str, start: int, end: int, axis: int) -> str:
        """Cut a part out along an axis."""
        bounds = (self.number([place]) for place in (start, end, axis))
        return self.op("Slice", rows, *bounds)

    def number(self, value: int | list[int]) -> str:
        """A constant."""
        name = self._numbers.setdefault(str(value), f"c{len(self._numbers)}")
        if all(known.name != name for known in self._weights):
            self.weight(name, np.array(value, np.int64))
        return name

    def weight(self, name: str, values: NDArray[Any]) -> str:
        """Add a weight: a small one to the graph, a large one to the file."""
        from onnx import TensorProto, helper, numpy_helper

        values = np.ascontiguousarray(values) if values.ndim else values
        if values.nbytes < _LEAST_BYTES:
            self._weights.append(numpy_helper.from_array(values, name))
            return name
        self._file.write(bytes(-self._file.tell() % _PAGE))
        place = {"location": WEIGHTS, "offset": self._file.tell(), "length": values.nbytes}
        self._file.write(values.data)
        tensor = TensorProto(
            name=name,
            data_type=helper.np_dtype_to_tensor_dtype(values.dtype),
            dims=values.shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self._weights.append(tensor)
        return name

    def save(self) -> None:
        """Write the graph, from `INPUT` to `OUTPUT`."""
        from onnx import TensorProto, helper

        ids = helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["texts", "tokens"])
        units = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", WIDTH])
        graph = helper.make_graph(self._nodes, "encoder", [ids], [units], self._weights)
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR)
        (self._folder / GRAPH).write_bytes(model.SerializeToString())
