"""The encoder that OpenVINO runs: that it is the model, what it may change, what it may not."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from bot.errors import ModelError
from bot.files.config import EncoderKind
from bot.matching.encoder import onnx_export as embedder_export
from bot.matching.encoder import openvino as embedder_openvino
from bot.matching.encoder.compiled import Run, Threads
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.onnx import start_onnx
from bot.matching.encoder.onnx_export import SENTENCES
from bot.matching.encoder.weights import ModelFolder

ROOT = Path(__file__).parent.parent.parent.parent
KINDS = tuple(EncoderKind)


def processor_with(flag: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "cpuinfo"
    file.write_text(f"processor\t: 0\nflags\t\t: fpu sse2 {flag} ssse3\n\npower: \n")
    monkeypatch.setattr(embedder_openvino, "_PROCESSOR", file)


def started(
    model: ModelFolder, cache: Path, kind: EncoderKind = EncoderKind.OPENVINO
) -> tuple[Encoder, list[Path]]:
    """An encoder, and the marks of what was compared."""
    return load_encoder(model, cache, kind), sorted(cache.glob("encoder-*/*.checked"))


@pytest.mark.parametrize("flag", [pytest.param(None, id="this processor"), "avx512_vnni"])
def test_the_vectors_are_those_of_the_model_as_far_as_the_precision_lets_them(
    model: ModelFolder,
    cache: Path,
    encoder: Encoder,
    flag: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    if flag is not None:
        processor_with(flag, tmp_path, monkeypatch)
    processor = embedder_openvino._PROCESSOR.read_text().split()
    precision = "bf16" if {"amx_bf16", "avx512_bf16"} & set(processor) else "f32"
    found, _ = started(model, cache)
    cosines = np.sum(
        found.utterances.encode(SENTENCES) * encoder.utterances.encode(SENTENCES), axis=1
    )
    off = 1 - float(cosines.min())
    assert off < 1e-6 if precision == "f32" else 1e-6 < off < 1e-4
    (line,) = caplog.messages
    assert line.startswith(f"model: run by OpenVINO in {precision}")


@pytest.mark.parametrize(
    ("flag", "precision"),
    [
        ("amx_bf16", "bf16"),
        ("avx512_bf16", "bf16"),
        pytest.param("avx512_vnni", "f32", id="bf16 would be imitated"),
        pytest.param(None, "f32", id="nothing is known of it"),
    ],
)
def test_bf16_is_for_processors_that_multiply_in_it(
    small: ModelFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flag: str | None,
    precision: str,
) -> None:
    asked: list[str] = []

    def start(precision: str, graph: Path, threads: Threads) -> Run:
        asked.append(precision)
        return start_onnx(graph, threads)

    monkeypatch.setattr(embedder_openvino, "_start", start)
    monkeypatch.setattr(embedder_openvino, "_PROCESSOR", tmp_path / "none")
    if flag is not None:
        processor_with(flag, tmp_path, monkeypatch)
    load_encoder(small, tmp_path / "cache", EncoderKind.OPENVINO)
    assert set(asked) == {precision}


def test_phrasings_have_the_vectors_of_the_exact_model(small: ModelFolder, tmp_path: Path) -> None:
    exact, _ = started(small, tmp_path, EncoderKind.ONNX)
    found, _ = started(small, tmp_path)
    np.testing.assert_array_equal(
        found.phrasings.encode(SENTENCES), exact.phrasings.encode(SENTENCES)
    )


def test_a_start_with_all_phrasings_in_the_cache_loads_one_runtime(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    started(small, tmp_path)
    monkeypatch.setattr(onnxruntime, "InferenceSession", None)
    found, _ = started(small, tmp_path)
    assert found.utterances.encode(["refund"]).shape == (1, 32)
    with pytest.raises(ModelError):
        found.phrasings.encode(["refund"])


def test_the_vectors_are_compared_once(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Encoder] = []
    compare = embedder_export.agreement

    def agreement(one: Encoder, other: Encoder) -> float:
        compared.append(other)
        return compare(one, other)

    monkeypatch.setattr(embedder_export, "agreement", agreement)
    load_encoder(small, tmp_path, EncoderKind.ONNX)
    compared.clear()
    marks = [started(small, tmp_path)[1] for _ in range(2)]
    assert len(compared) == 1
    assert marks[0] == marks[1] != []


def test_a_runtime_that_computes_something_else_is_refused(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = embedder_openvino._start

    def wrong_in_batches(precision: str, graph: Path, threads: Threads) -> Run:
        run = start(precision, graph, threads)
        return lambda ids: run(ids) if len(ids) == 1 else np.roll(run(ids), 1, axis=1)

    monkeypatch.setattr(embedder_openvino, "_start", wrong_in_batches)
    for _ in range(2):
        with pytest.raises(ModelError) as caught:
            load_encoder(small, tmp_path, EncoderKind.OPENVINO)
        told = str(caught.value)
        assert told.startswith("encoder: openvino is not possible with this model: in ")
        assert " it gives other vectors: a cosine of " in told
        assert told.endswith(" is needed. Write auto instead, or name another model.")


def test_without_the_package_one_line_names_the_command_that_installs_it(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError) as caught:
        load_encoder(small, tmp_path, EncoderKind.OPENVINO)
    assert str(caught.value) == (
        "encoder: openvino needs the package openvino, which cannot be imported. Run: "
        ".venv/bin/pip install -r requirements-openvino.txt -c constraints.txt (or write auto)."
    )
    assert list(tmp_path.iterdir()) == []
    assert (ROOT / "requirements-openvino.txt").is_file()


LOADED = """
import sys
from bot.matching.encoder.openvino import openvino_version
openvino_version()
print([name for name in sys.modules if name.startswith("openvino_telemetry.")])
"""


def test_nothing_is_told_to_the_makers_of_the_package(tmp_path: Path) -> None:
    assert version("openvino-telemetry"), "else this proves nothing"
    usual = {key: value for key, value in os.environ.items() if "CI" not in key}
    nowhere = {"https_proxy": "http://127.0.0.1:9"}  # nobody hears of it if this test fails, either
    environment = usual | nowhere | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
