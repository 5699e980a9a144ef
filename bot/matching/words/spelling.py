"""Which words are spelt right, in the languages of the dictionaries that pyspellchecker brings.

Its dictionaries are read as data, none of its code is run. They become one sorted array of hashes
on disk, once: 9 MB that are mapped when the first unknown word is looked up, in milliseconds, where
reading the dictionaries takes seconds and 300 MB.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.errors import BotError
from bot.files.atomic import write_whole
from bot.files.packaged import package_folder
from bot.matching.words.languages import en

logger = logging.getLogger(__name__)

Hashes = NDArray[np.uint64]

# Of the languages in Latin letters. Only words in plain ASCII letters are ever repaired.
LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pt")
FILE = "words-{}.npy"
_FORMAT = 1
_PACKAGE = "spellchecker"
_IS_ENGLISH = np.uint64(1)  # the lowest bit, which is no part of the hash
# English makes words of words as it goes, and no dictionary has all of them.
_PREFIXES = ("re", "un", "de", "dis", "pre", "mis", "non", "over", "under", "out", "up", "down")
_PARTICLES = ("up", "out", "off", "back", "down")
# The English dictionary is American: British spelling by its American one.
_AMERICAN = (
    *(("our", "or"), ("oul", "ol"), ("ae", "e"), ("oe", "e"), ("ll", "l"), ("tre", "ter")),
    *(("ise", "ize"), ("isi", "izi"), ("isa", "iza"), ("yse", "yze"), ("ence", "ense")),
)
_FEWEST_BESIDE_A_PREFIX, _FEWEST_BESIDE_A_PARTICLE = 4, 3


class DictionaryError(BotError):
    """The dictionaries are missing."""


class SpelledWords:
    """The words of several languages, in lower case; loaded when the first one is looked up.

    Args:
        folder: where the array is kept; made there if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: Hashes | None = None

    def prepare(self) -> None:
        """Make the array where it is missing."""
        if not _path(self._folder).is_file():
            _save(self._folder, compiled())

    def __contains__(self, word: object, /) -> bool:
        """Whether a word is spelt right, in any of the languages, or is made of English words."""
        if not isinstance(word, str) or not word.isascii():
            return False
        return self._find(word) is not None or any(
            self._find(plainer) is True for plainer in _plainer(word)
        )

    def _find(self, word: str) -> bool | None:
        """Whether a word is English; None for one that is unknown."""
        if self._hashes is None:
            self._hashes = _load(self._folder)
        key = _hashes([word])[0]
        place = int(np.searchsorted(self._hashes, key))
        if place == len(self._hashes) or self._hashes[place] & ~_IS_ENGLISH != key:
            return None
        return bool(self._hashes[place] & _IS_ENGLISH)


def _plainer(word: str) -> Iterator[str]:
    """What would have to be English for a word to be English that no dictionary has."""
    for british, american in _AMERICAN:
        if british in word:
            yield word.replace(british, american)
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _FEWEST_BESIDE_A_PREFIX:
            yield word.removeprefix(prefix)
    for particle in _PARTICLES:
        if word.endswith(particle) and len(word) - len(particle) >= _FEWEST_BESIDE_A_PARTICLE:
            yield word.removesuffix(particle)


def _hashes(words: Iterable[str]) -> Hashes:
    """64 bits of each word, the lowest of them 0."""
    digests = (hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words)
    return np.frombuffer(b"".join(digests), "<u8") & ~_IS_ENGLISH


@cache
def compiled() -> Hashes:
    """The dictionaries as one sorted array, each word once."""
    logger.info("compiling the dictionaries: once, some seconds ...")
    english = {*read_dictionary("en"), *en.WORDS.spelled.split()}
    others = {word for code in LANGUAGES if code != "en" for word in read_dictionary(code)}
    return np.sort(np.concatenate([_hashes(english) | _IS_ENGLISH, _hashes(others - english)]))


def read_dictionary(code: str) -> list[str]:
    """The words of one language in plain letters, in lower case."""
    words = json.loads(gzip.decompress(_dictionary(code).read_bytes()))
    return [word for word in words if word.isascii() and word.isalpha() and word.islower()]


def _dictionary(code: str) -> Path:
    folder = package_folder(_PACKAGE)
    if folder is None:
        raise DictionaryError(
            "The package pyspellchecker, whose dictionaries say which words are spelt right, is "
            "not installed. Run: make run (or pip install -r requirements.txt)."
        )
    return folder / "resources" / f"{code}.json.gz"


def _path(folder: Path) -> Path:
    """Named by what it is made of; the package's version would take longer to find."""
    sizes = [_dictionary(code).stat().st_size for code in LANGUAGES]
    made_of = hashlib.sha256(f"{sizes} {en.WORDS.spelled}".encode()).hexdigest()[:8]
    return folder / FILE.format(f"{_FORMAT}-{made_of}")


def _load(folder: Path) -> Hashes:
    """The array on disk, mapped; made anew where it is missing or damaged."""
    path = _path(folder)
    try:
        found: Hashes = np.load(path, mmap_mode="r", allow_pickle=False)
        if found.dtype == np.uint64 and found.ndim == 1 and len(found):
            return found
        logger.warning("%s is damaged; rebuilding", path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, EOFError) as error:
        logger.warning("%s is damaged (%s); rebuilding", path, type(error).__name__)
    _save(folder, compiled())
    return compiled()


def _save(folder: Path, hashes: Hashes) -> None:
    stream = io.BytesIO()
    np.save(stream, hashes)
    path = _path(folder)
    try:
        write_whole(path, stream.getvalue())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        logger.warning("%s cannot be written (%s); the next start will be slower", path, reason)
