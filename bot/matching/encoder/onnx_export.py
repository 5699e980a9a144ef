"""A model's folder → the same model, compiled, and proof that it is the same.

With weights of 8 bits, each matrix product with fixed weights becomes ONNX Runtime's MatMulNBits:
the weights of a block of 64 inputs are whole numbers from -127 to 127 times one scale, the largest
of them over 127. What comes from the text is rounded to 8 bits on the way, block by block (accuracy
level 4), so that the processor multiplies whole numbers. Biases, norms and the table of tokens stay
as they are. Blocks of 128 are a fifth faster with all-MiniLM-L6-v2, and change up to 2.6 instead of
1.3 in 100 decisions.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.onnx import (
    AGREEMENT_IN_8_BITS,
    GRAPH,
    INPUT,
    OUTPUT,
    PROBE,
    TOKENIZER,
    WEIGHTS,
    Card,
    NotCompiledError,
    open_onnx,
)
from bot.matching.encoder.torch import load_original, longest_piece, torch_encoder, torch_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_OPSET = 17
_LEAST_BYTES = "1024"  # of a weight that stands in a file of its own, where it can be mapped
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")  # sentence-transformers looks in this order
# Of all lengths, scripts and cases, what has no letters too; the last is longer than models read.
SENTENCES = (
    PROBE,
    "a",
    "?",
    "refund",
    "I LOST MY PASSWORD AND CANNOT LOG IN!!!",
    "How do I get a refund for an order that I placed more than thirty days ago?",
    "Grüße aus Österreich: können Sie nach Österreich liefern?",
    "¿Dónde está mi pedido?",
    "我的包裹在哪里",
    "Где мой заказ?",
    "أين طلبي؟",
    "注文はどこですか",
    "🤔 42 % off -- http://shop.example/sale?id=7",
    "naïve café, e\u0301clair\u00a0and\u200b more",
    "x" * 300,
    "My parcel has not come yet. The tracking page says delivered, but nobody has seen it here. "
    * 4,
    "We ordered two knives and a pan, and one knife was blunt when it came out of its box. " * 40,
)
BLOCK, _BITS = 64, 8
_MIDDLE, _LARGEST = 128, 127
_ACCURACY_LEVEL = 4
_DOMAIN = "com.microsoft"


def export(model: Path, folder: Path, in_8_bits: bool = False) -> None:
    """Compile a model into a folder, and hold the outcome against the original.

    The graph takes token ids, shape (texts, tokens), and gives unit vectors, shape (texts, dim);
    ONNX Runtime optimises it once, here. The weights stand beside it as they are, so that a start
    maps them into memory instead of reading them.

    Args:
        folder: exists, and is empty.
        in_8_bits: with weights of 8 bits; then the vectors need not agree as closely.
    Raises:
        NotCompiledError: the model cannot be compiled, or what comes of it gives other vectors.
        ModelError: sentence-transformers cannot load the model.
    """
    original_model = load_original(model, threads=1)
    original = torch_encoder(original_model)
    try:
        _save_tokenizer(original_model, folder)
        _save_graph(original_model, folder, in_8_bits)
        card = _card(original_model, original)
        if in_8_bits:
            card = replace(card, least_agreement=AGREEMENT_IN_8_BITS)
        card.save(folder)
        compiled = open_onnx(folder, card, threads=1)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise NotCompiledError(f"it cannot be compiled: {reason}") from error
    found = agreement(original, compiled)
    if not found >= card.least_agreement:
        raise NotCompiledError(
            f"compiled, it gives other vectors (a cosine of {found:.6f} to the original's, "
            f"{card.least_agreement} is needed)"
        )


def agreement(one: Encoder, other: Encoder) -> float:
    """The least cosine between two encoders' vectors of the same text, alone and among others."""
    cosines = []
    for first, second in ((one.utterances, other.utterances), (one.phrasings, other.phrasings)):
        expected = first.encode(SENTENCES)
        alone = np.concatenate([second.encode([text]) for text in SENTENCES])
        for found in (alone, second.encode(SENTENCES), second.encode(SENTENCES * 3)[-len(alone) :]):
            cosines.append(np.sum(expected * found, axis=1))
    return float(np.min(cosines))  # no number, which is refused, where a row is none


def _save_tokenizer(model: SentenceTransformer, folder: Path) -> None:
    from tokenizers import Tokenizer

    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise NotCompiledError("its tokenizer is not one of the tokenizers package")
    own = Tokenizer.from_str(backend.to_str())
    own.no_padding()
    own.no_truncation()
    own.save(str(folder / TOKENIZER), pretty=False)


def _save_graph(model: SentenceTransformer, folder: Path, in_8_bits: bool) -> None:
    import onnxruntime
    import torch

    class Units(torch.nn.Module):  # type: ignore[misc]
        """All modules of a model in a row: token ids → unit vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any) -> Any:
            vectors = self.model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})[
                "sentence_embedding"
            ]
            if model.truncate_dim is not None:
                vectors = vectors[:, : model.truncate_dim]
            return torch.nn.functional.normalize(vectors.float(), p=2, dim=1)

    tokenizer: Any = model.tokenizer
    row = tokenizer(PROBE)["input_ids"]
    exported = io.BytesIO()
    stream: Any = exported  # the tracing exporter takes one, whatever its annotation says
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter by tracing has a successor. That one takes four times as long, needs two more
        # packages, and its graph runs 15 % slower in batches.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Units().eval(),
            (torch.tensor([row, row]),),
            stream,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "texts", 1: "tokens"}, OUTPUT: {0: "texts"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    graph = exported.getvalue()
    if in_8_bits:
        graph = with_block_weights(graph)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Beyond "extended" come forms that are tied to this very processor.
    extended = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.graph_optimization_level = extended
    options.optimized_model_filepath = str(folder / GRAPH)
    for key, value in (
        ("external_initializers_file_name", WEIGHTS),
        ("external_initializers_min_size_in_bytes", _LEAST_BYTES),
    ):
        options.add_session_config_entry(f"session.optimized_model_{key}", value)
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _card(model: SentenceTransformer, original: Encoder) -> Card:
    tokenizer = torch_tokenizer(model)
    return Card(
        query=_prompt(model, ("query",)),
        document=_prompt(model, _DOCUMENT_PROMPTS),
        unknown=tokenizer.unknown,
        max_tokens=int(model.max_seq_length or 512),
        limit=longest_piece(model, tokenizer),
        probe=[float(value) for value in original.utterances.encode([PROBE])[0]],
    )


def _prompt(model: SentenceTransformer, names: tuple[str, ...]) -> str:
    """The prompt that sentence-transformers puts before a text where none is given."""
    prompts = model.prompts
    name = next((name for name in names if name in prompts), model.default_prompt_name)
    return "" if name is None else prompts.get(name) or ""


def with_block_weights(model: bytes) -> bytes:
    """The graph with 8-bit weights.

    Args:
        model: an ONNX model whose weights stand in it.
    """
    import onnx
    from onnx import helper, numpy_helper

    graph = (loaded := onnx.load_from_string(model)).graph
    fixed = {it.name: it for it in graph.initializer}
    nodes, made, replaced = [], [], set()
    for node in graph.node:
        weights = fixed.get(node.input[1]) if node.op_type == "MatMul" else None
        if weights is None or len(weights.dims) != 2:
            nodes.append(node)
            continue
        inputs, outputs = weights.dims
        replaced.add(weights.name)
        names = [f"{weights.name}_blocks", f"{weights.name}_scales"]
        blocks, scales = in_blocks(numpy_helper.to_array(weights))
        made += [
            numpy_helper.from_array(blocks, names[0]),
            numpy_helper.from_array(scales, names[1]),
        ]
        nodes.append(
            helper.make_node(
                "MatMulNBits",
                [node.input[0], *names],
                node.output,
                name=f"{node.name}_8_bit",
                domain=_DOMAIN,
                K=inputs,
                N=outputs,
                bits=_BITS,
                block_size=BLOCK,
                accuracy_level=_ACCURACY_LEVEL,
            )
        )
    used: set[str] = {name for node in nodes for name in node.input}
    kept = [it for it in graph.initializer if it.name not in replaced or it.name in used]
    _put(graph.node, nodes)
    _put(graph.initializer, [*kept, *{it.name: it for it in made}.values()])
    loaded.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    whole: bytes = loaded.SerializeToString()
    return whole


def in_blocks(weights: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Weights, shape (inputs, outputs) → whole numbers 1 to 255 (128 is 0), shape (outputs, blocks,
    `BLOCK`), and scales, shape (outputs, blocks)."""
    inputs, outputs = weights.shape
    blocks = -(-inputs // BLOCK)
    padded = np.zeros((outputs, blocks * BLOCK), np.float32)
    padded[:, :inputs] = weights.T
    rows = padded.reshape(outputs, blocks, BLOCK)
    scales = np.abs(rows).max(axis=2) / _LARGEST
    steps = rows / np.where(scales == 0, 1, scales)[:, :, None]
    return (np.rint(steps) + _MIDDLE).astype(np.uint8), scales.astype(np.float32)


def _put(field: Any, values: list[Any]) -> None:
    del field[:]
    field.extend(values)
