"""A compiled model's graph, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.compiled import INPUT, OUTPUT, Run, Threads, load_compiled
from bot.matching.encoder.encoder import Encoder, Vectors


def load_onnx(folder: Path, threads: Threads) -> Encoder:
    """Load a compiled model; see `load_compiled`."""
    return load_compiled(folder, threads, start_onnx)


def start_onnx(graph: Path, threads: Threads) -> Run:
    """A session of ONNX Runtime on the CPU, over an optimised graph."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads.each
    options.log_severity_level = 3  # errors; they come as exceptions, too
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # A core that another program has taken holds up a small block of work, not half of it.
    options.add_session_config_entry("session.dynamic_block_base", "4")
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def run(ids: NDArray[np.int64]) -> Vectors:
        vectors: Vectors = session.run([OUTPUT], {INPUT: ids})[0]
        return vectors

    return run


def runtime_version() -> str:
    """The version of ONNX Runtime, and so of the graphs it saves.

    Raises:
        ImportError: ONNX Runtime or tokenizers is not installed.
    """
    import onnxruntime
    import tokenizers  # noqa: F401

    return str(onnxruntime.__version__)
