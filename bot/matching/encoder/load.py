"""A model's folder → an encoder that runs it, compiled where it can be."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import ModelError
from bot.files.atomic import write_whole
from bot.files.config import EncoderKind
from bot.matching.arrays import report_damage
from bot.matching.encoder.cpu_quota import usable_cores
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.onnx import Threads, UnusableError, load_onnx, runtime_version
from bot.matching.encoder.torch import load_torch
from bot.matching.encoder.weights import ModelFolder

logger = logging.getLogger(__name__)

_FORMAT = 1
_COMPILED_WITH = ("torch", "transformers", "sentence-transformers", "onnx", "onnxruntime")


def load_encoder(
    model: ModelFolder,
    cache: Path,
    kind: EncoderKind = EncoderKind.AUTO,
    threads: int | None = None,
) -> Encoder:
    """Load a model the way it is configured to run.

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
            return _Compiled(model, cache).load(threads)
        except _RefusedError as error:
            if kind is EncoderKind.ONNX:
                raise ModelError(
                    f"encoder: onnx is not possible with this model: {error}. Write auto instead, "
                    "or name another model."
                ) from error
            logger.warning(
                "model: %s; sentence-transformers runs it instead, which is slower", error
            )
    return load_torch(model.path, usable_cores() if threads is None else threads)


class _RefusedError(Exception):
    """A model does not run compiled: why."""


class _Compiled:
    """A model's compiled form in the cache, made where it is missing.

    It is made in a folder beside its place and moved there whole. So nobody ever reads half of
    one, and of two processes that make it at once the slower takes the other's.
    """

    def __init__(self, model: ModelFolder, cache: Path) -> None:
        self._model = model
        self._cache = cache
        # Another ONNX Runtime optimises in another way, and may not read what this one saved.
        try:
            made_of = f"{_FORMAT}:{runtime_version()}:{model.fingerprint}"
        except ImportError as error:
            raise _RefusedError(f"{error.name} is not installed") from error
        name = f"encoder-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
        self._folder = cache / name
        self._refusal = cache / f"{name}-refused.json"

    def load(self, threads: int | None) -> Encoder:
        """The encoder.

        Raises:
            _RefusedError: it cannot be had, or could not before.
            ModelError: sentence-transformers cannot load the model.
        """
        spread = Threads(1, usable_cores()) if threads is None else Threads(threads, 1)
        try:
            return load_onnx(self._folder, spread)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except UnusableError as error:
            report_damage(self._folder, str(error))
            self._discard()
        self._heed_refusal()
        return self._make(spread)

    def _make(self, spread: Threads) -> Encoder:
        from bot.matching.encoder.onnx_export import NotCompiledError, export

        logger.info("compiling the model: once, some seconds ...")
        try:
            with self._room() as room:
                export(self._model.path, room)
                with suppress(OSError):  # another process was quicker, or nothing can be written
                    room.rename(self._folder)
                    return load_onnx(self._folder, spread)
                with suppress(OSError, UnusableError):
                    return load_onnx(self._folder, spread)
                return load_onnx(room, spread)  # its files are mapped and may go
        except NotCompiledError as error:
            self._remember(str(error))
            raise _RefusedError(str(error)) from error
        except OSError as error:
            raise _RefusedError(f"it cannot be compiled: {error.strerror or error}") from error

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """An empty folder to make it in: beside its place, or where that cannot be, elsewhere."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            room = tempfile.mkdtemp(dir=self._cache, prefix=f"{self._folder.name}-", suffix=".tmp")
        except OSError as error:
            logger.warning(
                "%s cannot be written (%s); the next start will be slower",
                self._folder,
                error.strerror or type(error).__name__,
            )
            room = tempfile.mkdtemp(prefix="faq-bot-")
        path = Path(room)
        try:
            path.chmod(0o755)  # an image is built by one account and run by another
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _discard(self) -> None:
        """Move what is damaged out of the way, at once, and then remove it."""
        with suppress(OSError):
            away = Path(tempfile.mkdtemp(dir=self._cache, suffix=".tmp"))
            try:
                self._folder.rename(away / "damaged")
            finally:
                shutil.rmtree(away, ignore_errors=True)

    def _heed_refusal(self) -> None:
        try:
            known = json.loads(self._refusal.read_text("utf-8"))
            reason, compiled_with = str(known["reason"]), known["compiled_with"]
        except (OSError, ValueError, KeyError, TypeError):
            return  # so it is tried once more
        if compiled_with == _versions():
            raise _RefusedError(reason)

    def _remember(self, reason: str) -> None:
        """Keep a refusal, so that the next start does not try for nothing."""
        text = json.dumps({"reason": reason, "compiled_with": _versions()})
        with suppress(OSError):
            write_whole(self._refusal, text.encode("utf-8"))


def _versions() -> dict[str, str]:
    from importlib import metadata

    found = {}
    for package in _COMPILED_WITH:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "none"
    return found
