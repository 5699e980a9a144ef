"""A compiled model's graph, run by OpenVINO: in bf16 where the processor multiplies in it."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.compiled import (
    AGREEMENT,
    Run,
    Threads,
    UnusableError,
    load_compiled,
)
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.encoder.onnx import load_onnx

logger = logging.getLogger(__name__)

_PROCESSOR = Path("/proc/cpuinfo")
_BF16_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})
# The least cosine to the vectors of ONNX Runtime. bf16 keeps 8 bits of 24, which costs
# all-MiniLM-L6-v2 up to 0.0001 in its six layers; deeper models round more often.
_AGREEMENTS = {"f32": AGREEMENT, "bf16": 0.999}


def openvino_version() -> str:
    """The version of OpenVINO, without what its build is called.

    Raises:
        ImportError: it is not installed.
    """
    return str(_openvino().__version__).split("-")[0]


def load_openvino(folder: Path, threads: Threads) -> Encoder:
    """Load a compiled model, and hold it once against what ONNX Runtime makes of it.

    Raises:
        UnusableError: the folder is damaged, or OpenVINO gives other vectors.
        FileNotFoundError: there is no such folder.
    """
    precision = "bf16" if _BF16_FLAGS & _flags() else "f32"
    needed = _AGREEMENTS[precision]
    encoder = load_compiled(folder, threads, partial(_start, precision), needed)
    _check(encoder, folder, precision, needed)
    why = "" if precision == "bf16" else "; this processor has no bf16, so encoder: auto is faster"
    logger.info("model: run by OpenVINO in %s%s", precision, why)
    return encoder


def _start(precision: str, graph: Path, threads: Threads) -> Run:
    core = _openvino().Core()
    settings = {
        # By itself OpenVINO takes bf16 also where it must be imitated, which is far slower.
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads.each * threads.batches,
        "NUM_STREAMS": threads.batches,
        # A thread may leave a core that another program has taken.
        "ENABLE_CPU_PINNING": False,
    }
    compiled = core.compile_model(core.read_model(str(graph)), "CPU", settings)
    own = threading.local()  # a request serves one thread

    def run(ids: NDArray[np.int64]) -> Vectors:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        own.request.infer([ids], share_inputs=True)
        vectors: Vectors = own.request.get_output_tensor().data.copy()
        return vectors

    return run


def _check(encoder: Encoder, folder: Path, precision: str, needed: float) -> None:
    """Compare all vectors once per version and precision; a file in the folder says that it was."""
    checked = folder / f"openvino-{openvino_version()}-{precision}.checked"
    if checked.exists():
        return
    from bot.matching.encoder.onnx_export import agreement

    found = agreement(load_onnx(folder, Threads(each=1, batches=1)), encoder)
    if not found >= needed:
        raise UnusableError(
            f"in {precision} it gives other vectors: a cosine of {found:.6f}, {needed} is needed"
        )
    with suppress(OSError):  # then the next start compares them again
        checked.write_text(f"{found}\n", "ascii")


def _flags() -> frozenset[str]:
    """What the processor can do, where Linux tells."""
    with suppress(OSError):
        for line in _PROCESSOR.read_text("ascii", "replace").splitlines():
            name, _, flags = line.partition(":")
            if name.strip() == "flags":
                return frozenset(flags.split())
    return frozenset()


def _openvino() -> Any:
    """OpenVINO, kept from telling its makers by way of openvino_telemetry that it was imported."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino
