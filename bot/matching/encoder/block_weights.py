"""A model's graph with 32-bit weights → the same graph with 8-bit weights in blocks.

Each matrix product with fixed weights becomes ONNX Runtime's MatMulNBits: the weights of a block of
64 inputs are whole numbers from -127 to 127 times one scale, the largest of them over 127. What
comes from the text is rounded to 8 bits on the way, block by block (accuracy level 4), so that the
processor multiplies whole numbers. Biases, norms and the table of tokens stay as they are. Blocks
of 128 are a fifth faster with all-MiniLM-L6-v2, and change up to 2.6 instead of 1.3 in 100
decisions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
_BITS = 8
_MIDDLE, _LARGEST = 128, 127
_ACCURACY_LEVEL = 4
_DOMAIN = "com.microsoft"


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
