"""A model's folder → an encoder that runs it, compiled where it can be."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from bot.errors import ModelError
from bot.files.config.settings import EncoderKind
from bot.matching.arrays import report_damage
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.onnx import (
    NotCompiledError,
    UnusableError,
    load_onnx,
    runtime_version,
    usable_cores,
)
from bot.matching.encoder.torch import load_original, torch_encoder
from bot.matching.encoder.weights import ModelFolder

logger = logging.getLogger(__name__)

_FORMAT = 1
_IN_8_BITS = ":8-bit weights in blocks"
_HASHES = "sha256.json"  # of a compiled model's files, by name
_loading = threading.Lock()
_loaded: WeakValueDictionary[tuple[Path, int | None], Encoder] = WeakValueDictionary()


def load_encoder(
    model: ModelFolder,
    cache: Path,
    kind: EncoderKind = EncoderKind.AUTO,
    threads: int | None = None,
) -> Encoder:
    """Load a model the way it is configured to run; bots of one process share it.

    Args:
        cache: holds what compiling a model gives, so that it is done once.
        threads: that work on one text; None: one, and several texts are worked on side by side,
            on all cores that this process may use.
    Raises:
        ModelError: the model cannot be loaded, or another kind than `EncoderKind.AUTO` is asked for
            and cannot be had.
    """
    if kind is not EncoderKind.TORCH:
        try:
            export = partial(_export, model.path, kind is EncoderKind.ONNX_INT8)
            return load_compiled(vectors_fingerprint(model, kind), export, cache, threads)
        except NotCompiledError as error:
            if kind is not EncoderKind.AUTO:
                raise ModelError(
                    f"encoder: {kind.value} is not possible with this model: {error}. Write auto "
                    "instead, or name another model."
                ) from error
            logger.warning(
                "model: %s; sentence-transformers runs it instead, which is slower. Write "
                "encoder: torch, and no start tries to compile it",
                error,
            )
    return _shared(model.path, threads, lambda: _load_original(model, threads))


def _shared(place: Path, threads: int | None, load: Callable[[], Encoder]) -> Encoder:
    """What is loaded from a place; it is there once for all who use it at the same time."""
    with _loading:
        encoder = _loaded.get((place, threads)) or load()
        _loaded[place, threads] = encoder
        return encoder


def _load_original(model: ModelFolder, threads: int | None) -> Encoder:
    return torch_encoder(load_original(model.path, threads or usable_cores()))


def vectors_fingerprint(model: ModelFolder, kind: EncoderKind) -> str:
    """Of what vectors depend on beside their text: the weights, and whether they are rounded."""
    return f"{model.fingerprint}{_IN_8_BITS if kind is EncoderKind.ONNX_INT8 else ''}"


def load_compiled(
    fingerprint: str, export: Callable[[Path], None], cache: Path, threads: int | None
) -> Encoder:
    """A model's compiled form in the cache, made where it is missing.

    Args:
        fingerprint: of the model.
        export: compiles it into an empty folder.
    Raises:
        NotCompiledError: it cannot be had.
        ModelError: the model cannot be read.
    """
    try:
        folder = _compiled_folder(fingerprint, cache)
    except ImportError as error:
        raise NotCompiledError(f"{error.name} is not installed") from error
    return _shared(folder, threads, lambda: _load_or_compile(export, folder, threads))


def _load_or_compile(export: Callable[[Path], None], folder: Path, threads: int | None) -> Encoder:
    try:
        return load_onnx(folder, threads)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except UnusableError as error:
        report_damage(folder, str(error))
        shutil.rmtree(folder, ignore_errors=True)
    try:
        return _compile(export, folder, threads)
    except OSError as error:
        raise NotCompiledError(f"it cannot be compiled: {error.strerror or error}") from error


def check_compiled(fingerprint: str, cache: Path) -> None:
    """Hash a model's compiled form, where there is one in the cache.

    Raises:
        ModelError: a file is not what was written.
    """
    try:
        folder = _compiled_folder(fingerprint, cache)
        written = json.loads((folder / _HASHES).read_text("utf-8"))
    except (FileNotFoundError, ImportError):  # it was compiled by an earlier version, or not at all
        return
    except (OSError, ValueError):
        written = {_HASHES: ""}
    found = {name: _sha256(folder / name) for name in written}
    if found != written:
        raise ModelError(
            f"model: files in {folder} are not what was written there. Delete the folder; the next "
            "start compiles the model anew"
        )


def _compiled_folder(fingerprint: str, cache: Path) -> Path:
    # Another ONNX Runtime optimises in another way, and may not read what this one saved.
    name = f"{_FORMAT}:{runtime_version()}:{fingerprint}"
    return cache / f"encoder-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _compile(export: Callable[[Path], None], folder: Path, threads: int | None) -> Encoder:
    """Compile a model in a folder beside its place, and move it there whole.

    So nobody ever reads half of one, and of two processes that make it at once the slower takes the
    other's.
    """
    logger.info("compiling the model: once, some seconds ...")
    with _room(folder) as name:
        room = Path(name)
        room.chmod(0o755)  # an image is built by one account and run by another
        export(room)
        hashes = {file.name: _sha256(file) for file in room.iterdir()}
        (room / _HASHES).write_text(json.dumps(hashes), "utf-8")
        with suppress(OSError):  # another process was quicker, or nothing can be written
            room.rename(folder)
        with suppress(OSError, UnusableError):
            return load_onnx(folder, threads)
        return load_onnx(room, threads)  # its files are mapped and may go


def _export(model: Path, in_8_bits: bool, folder: Path) -> None:
    from bot.matching.encoder.onnx_export import export

    export(model, folder, in_8_bits)


def _room(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """An empty folder to make another one in: beside it, or where that cannot be, elsewhere."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=f"{folder.name}-", suffix=".tmp", ignore_cleanup_errors=True
        )
    except OSError as error:
        logger.warning(
            "%s cannot be written (%s); the next start will be slower",
            folder,
            error.strerror or type(error).__name__,
        )
        return tempfile.TemporaryDirectory(prefix="faq-bot-", ignore_cleanup_errors=True)
