"""The compiled encoder: that it is the original, when it is refused, what its cache survives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.errors import ModelError
from bot.files.config.settings import EncoderKind
from bot.matching.encoder import onnx_export
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.load import check_compiled, load_encoder, vectors_fingerprint
from bot.matching.encoder.onnx import (
    AGREEMENT,
    AGREEMENT_IN_8_BITS,
    CARD,
    GRAPH,
    TOKENIZER,
    WEIGHTS,
)
from bot.matching.encoder.onnx_export import BLOCK, SENTENCES, agreement, in_blocks
from bot.matching.encoder.weights import ModelFolder, find_model

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every model that is compiled from now on."""
    seen: list[Path] = []
    compile_it = onnx_export.export

    def export(model: Path, folder: Path, in_8_bits: bool = False) -> None:
        seen.append(model)
        compile_it(model, folder, in_8_bits)

    monkeypatch.setattr(onnx_export, "export", export)
    return seen


def compiled_folder(cache: Path) -> Path:
    (folder,) = (path for path in cache.glob("encoder-*") if path.is_dir())
    return folder


def test_the_compiled_model_gives_the_vectors_of_the_original(
    original: Encoder, encoder: Encoder
) -> None:
    assert agreement(original, encoder) > 0.999999
    for text in SENTENCES:
        assert encoder.vocabulary.unknown_share(text) == original.vocabulary.unknown_share(text)
    for word in ("refund", "order", "xqzv", "Ing"):
        assert (word in encoder.vocabulary) == (word in original.vocabulary)


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_threads_change_nothing(
    small: ModelFolder,
    tmp_path_factory: pytest.TempPathFactory,
    threads: int | None,
) -> None:
    cache = tmp_path_factory.getbasetemp() / "small-cache"
    one = load_encoder(small, cache, EncoderKind.ONNX, 1).utterances.encode(SENTENCES)
    found = load_encoder(small, cache, EncoderKind.ONNX, threads).utterances.encode(SENTENCES)
    np.testing.assert_allclose(found, one, atol=1e-6)


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    texts = ["where is my order", "can i return these shoes", "hi", "what do you sell"] * 9
    together = encoder.utterances.encode(texts)
    alone = np.concatenate([encoder.utterances.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-7, rtol=0)


def test_a_model_is_compiled_once(
    small: ModelFolder, tmp_path: Path, exports: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    for _ in range(2):
        load_encoder(small, tmp_path, EncoderKind.AUTO)
    assert exports == [small.path]
    assert caplog.messages == ["compiling the model: once, some seconds ..."]
    assert [path.name for path in tmp_path.iterdir()] == [compiled_folder(tmp_path).name]


def test_a_byte_that_changes_in_a_compiled_model_is_found_though_its_vectors_are_right(
    small: ModelFolder, tmp_path: Path
) -> None:
    fingerprint = vectors_fingerprint(small, EncoderKind.ONNX)
    check_compiled(fingerprint, tmp_path)  # there is none yet
    load_encoder(small, tmp_path, EncoderKind.ONNX)
    check_compiled(fingerprint, tmp_path)
    folder = compiled_folder(tmp_path)
    with (folder / TOKENIZER).open("a") as file:
        file.write(" ")
    load_encoder(small, tmp_path, EncoderKind.ONNX)
    with pytest.raises(ModelError, match=f"files in {folder} are not what was written there"):
        check_compiled(fingerprint, tmp_path)


def cut_the_weights(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:1000])


def cut_the_graph(folder: Path) -> None:
    (folder / GRAPH).write_bytes((folder / GRAPH).read_bytes()[:1000])


def another_probe(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    card["probe"] = card["probe"][1:] + card["probe"][:1]
    (folder / CARD).write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(cut_the_weights, "Fail", id="part of the weights"),
        pytest.param(cut_the_graph, "InvalidProtobuf", id="part of the graph"),
        pytest.param(lambda f: (f / TOKENIZER).unlink(), "Exception", id="a file is gone"),
        pytest.param(lambda f: (f / CARD).write_text("{"), "JSONDecodeError", id="no JSON"),
        pytest.param(lambda f: (f / CARD).write_text("[]"), "TypeError", id="other JSON"),
        pytest.param(another_probe, "its vectors are wrong", id="other vectors"),
    ],
)
def test_a_damaged_folder_is_made_anew_with_one_log_line(
    small: ModelFolder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
    reason: str,
) -> None:
    first = load_encoder(small, tmp_path, EncoderKind.ONNX).utterances.encode(SENTENCES)
    folder = compiled_folder(tmp_path)
    damage(folder)
    again = load_encoder(small, tmp_path, EncoderKind.ONNX).utterances.encode(SENTENCES)
    np.testing.assert_array_equal(again, first)
    (line,) = caplog.messages
    assert line.startswith(f"{folder} is damaged ({reason}")
    assert line.endswith("); rebuilding")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_cache_that_cannot_be_written_costs_one_log_line_and_leaves_nothing_behind(
    small: ModelFolder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocked, elsewhere = tmp_path / "file", tmp_path / "tmp"
    blocked.write_text("not a folder")
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    found = load_encoder(small, blocked / "cache", EncoderKind.ONNX)
    usual = load_encoder(small, tmp_path / "cache", EncoderKind.ONNX)
    assert agreement(usual, found) > AGREEMENT
    (line,) = caplog.messages
    assert "cannot be written" in line
    assert list(elsewhere.iterdir()) == []


PROCESS = """
import sys
from pathlib import Path
from bot.files.config.settings import EncoderKind
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.weights import find_model
encoder = load_encoder(find_model(sys.argv[1]), Path(sys.argv[2]), EncoderKind.ONNX)
print(encoder.utterances.encode(["where is my order"])[0].tolist())
"""


def test_two_processes_may_compile_at_once(small: ModelFolder, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", PROCESS, str(small.path), str(cache)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    one, other = (process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert one == other != ""
    assert list(cache.iterdir()) == [compiled_folder(cache)]


WARM = """
import sys
from bot.matching.build import build_matcher
from bot.files.faq.load import load_project
bot = build_matcher(*load_project(sys.argv[1], None))
bot.decide("Where is my parcel? And can I return it?")
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "onnx", "sklearn",
    "scipy", "tqdm", "sqlalchemy", "cryptography", "telegram", "numpy.ma"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.mark.usefixtures("encoder")
def test_a_warm_start_imports_neither_torch_nor_anything_else_it_does_not_need(
    cache: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    faq = ROOT / "tests" / "data" / "bakery.yaml"
    config.write_text(f"faq: {faq}\ncache: {cache}\n")
    command = [sys.executable, "-c", WARM, str(config)]
    outputs = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert outputs[-1] == "[]\n"


@pytest.fixture
def with_prompt_left_out(small: ModelFolder, tmp_path: Path) -> ModelFolder:
    """A model that leaves the prompt out of the mean, which a compiled one cannot."""
    folder = tmp_path / "model"
    shutil.copytree(small.path, folder)
    for name, more in (
        ("1_Pooling/config.json", {"include_prompt": False}),
        ("config_sentence_transformers.json", {"prompts": {"query": "search for this: "}}),
    ):
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | more))
    return find_model(str(folder))


def test_a_model_whose_vectors_change_is_refused_and_runs_as_it_is(
    with_prompt_left_out: ModelFolder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model, cache = with_prompt_left_out, tmp_path / "cache"
    true = load_encoder(model, cache, EncoderKind.TORCH).utterances.encode(SENTENCES)
    caplog.clear()
    found = load_encoder(model, cache, EncoderKind.AUTO).utterances.encode(SENTENCES)
    np.testing.assert_allclose(found, true, atol=1e-6)
    (line,) = caplog.messages
    assert line.startswith("model: compiled, it gives other vectors (a cosine of 0.")
    assert line.endswith("Write encoder: torch, and no start tries to compile it")
    assert list(cache.iterdir()) == []


def test_a_graph_that_computes_something_else_is_refused(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    class Wrong(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any) -> Any:
            return torch.nn.functional.normalize(self.model(ids) + 0.01, dim=1)

    export = torch.onnx.export
    monkeypatch.setattr(
        torch.onnx, "export", lambda model, *rest, **more: export(Wrong(model), *rest, **more)
    )
    with pytest.raises(ModelError) as caught:
        load_encoder(small, tmp_path, EncoderKind.ONNX)
    start = "encoder: onnx is not possible with this model: compiled, it gives other vectors (a cos"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(". Write auto instead, or name another model.")
    assert "\n" not in str(caught.value)


# --- weights of 8 bits ---------------------------------------------------------------------------


def test_weights_of_8_bits_give_almost_the_vectors_of_the_original(
    small: ModelFolder, tmp_path: Path, exports: list[Path]
) -> None:
    usual = load_encoder(small, tmp_path, EncoderKind.ONNX)
    for _ in range(2):
        rounded = load_encoder(small, tmp_path, EncoderKind.ONNX_INT8)
    assert AGREEMENT_IN_8_BITS <= agreement(usual, rounded) < 1 - 1e-6
    assert len(exports) == len(list(tmp_path.iterdir())) == 2  # each kind is compiled once


def test_vectors_of_rounded_weights_are_never_used_for_others(small: ModelFolder) -> None:
    usual = {vectors_fingerprint(small, kind) for kind in EncoderKind if kind != "onnx-int8"}
    assert usual == {small.fingerprint}
    assert vectors_fingerprint(small, EncoderKind.ONNX_INT8) not in usual


def test_weights_in_blocks_are_off_by_half_a_step_at_most() -> None:
    weights = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    weights[:64, 1] = 0
    numbers, scales = in_blocks(weights)
    assert (numbers.shape, scales.shape) == ((3, 2, BLOCK), (3, 2))
    found = (numbers.astype(np.float32) - 128) * scales[:, :, None]
    error = np.abs(found.reshape(3, -1)[:, :100].T - weights)
    assert (error <= np.repeat(scales, BLOCK, axis=1)[:, :100].T / 2 + 1e-7).all()


def test_rounded_weights_that_change_the_vectors_are_refused(
    small: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(weights: Any) -> Any:
        numbers, scales = in_blocks(weights)
        return (numbers // 100 * 100).astype(np.uint8), scales

    monkeypatch.setattr("bot.matching.encoder.onnx_export.in_blocks", coarse)
    with pytest.raises(ModelError) as caught:
        load_encoder(small, tmp_path, EncoderKind.ONNX_INT8)
    start = "encoder: onnx-int8 is not possible with this model: compiled, it gives other vectors"
    assert str(caught.value).startswith(start)
    assert "0.99 is needed" in str(caught.value)
