"""Texts → unit vectors: what is asked of a model, and what every way of running one shares."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import VectorError

Vectors = NDArray[np.float32]

_UNIT_TOLERANCE = 1e-3
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|(?<=[。！？；])|\n")


class Embedder(Protocol):
    """Turns texts into vectors whose inner product says how close they are in meaning."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Returns:
            float32, shape (len(texts), dim); rows have L2 norm 1 (±1e-3), so an inner product is
            a cosine in [-1, 1]. For no texts the shape is (0, dim).
        """


class Vocabulary(Protocol):
    """What a model can read."""

    def unknown_share(self, text: str) -> float:
        """The share of a text's words, 0 to 1, that the model does not know."""

    def tokens(self, text: str) -> Sequence[str]:
        """The tokens of a text; no token is shorter than a byte."""

    def __contains__(self, word: object, /) -> bool:
        """Whether it knows a whole word, which is in lower case."""


class Elsewhere(Protocol):
    """A server that runs a model.

    Attributes:
        has_local: the same model is on this machine and takes over where the server does not serve.
    """

    has_local: bool

    @property
    def trouble(self) -> str | None:
        """Why it does not serve, in a few words; None where it does."""

    def close(self) -> None:
        """End the connections; nothing can be asked any more."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Encoder:
    """One model's two views of text, and its words.

    Attributes:
        utterances: embeds what users send.
        phrasings: embeds what the FAQ holds. The two differ for models that were trained with a
            prefix for queries and another for documents.
        server: where the model runs; None: on this machine.
    """

    utterances: Embedder
    phrasings: Embedder
    vocabulary: Vocabulary
    server: Elsewhere | None = None

    @property
    def trouble(self) -> str | None:
        """Why its server does not serve; None where it does, and where there is none."""
        return None if self.server is None else self.server.trouble

    def close(self) -> None:
        """Let go of its server, if it has one."""
        if self.server is not None:
            self.server.close()


class Tokenizer:
    """How a model takes text apart, which makes it a `Vocabulary` too.

    Args:
        tokenizer: one of the tokenizers package.
        unknown: the token that stands for what the model does not know; None where it has none.
    """

    def __init__(self, tokenizer: Any, unknown: str | None) -> None:
        self._tokenizer = tokenizer
        self.unknown = unknown

    def tokens(self, text: str) -> Sequence[str]:
        """The tokens of a text: all of them, without the special ones.

        Whatever the model does not know is `unknown`, however it is spelt.
        """
        found: Any = self._tokenizer.encode(text, add_special_tokens=False)
        tokens: list[str] = found.tokens
        if self.unknown is None:
            return tokens
        return self._with_unknown(tokens, found.ids, self._tokenizer.token_to_id(self.unknown))

    def _with_unknown(
        self, tokens: list[str], numbers: Sequence[int | None], unknown: int | None
    ) -> list[str]:
        """The tokens, but `self.unknown` where the number is that of an unknown one.

        A Unigram model spells out what it does not know, so only the numbers tell.
        """
        if self.unknown is None or unknown not in numbers:
            return tokens
        pairs = zip(tokens, numbers, strict=True)
        return [self.unknown if number == unknown else token for token, number in pairs]

    @property
    def special_tokens(self) -> int:
        """How many stand around each text."""
        return int(self._tokenizer.num_special_tokens_to_add(is_pair=False))

    def ids(self, text: str, max_tokens: int) -> list[int]:
        """The numbers of a text's tokens, the special ones among them, at most so many."""
        ids: list[int] = self._tokenizer.encode(text).ids
        if len(ids) > max_tokens:  # a prompt and a text can make more tokens than each
            self._tokenizer.enable_truncation(max_tokens)
            ids = self._tokenizer.encode(text).ids
            self._tokenizer.no_truncation()
        return ids

    def unknown_share(self, text: str) -> float:
        """Tokens that say nothing: unknown ones, and words of a foreign script in letters."""
        if text.isascii():
            return 0.0  # every model reads these letters
        words = "".join(character if character.isalnum() else " " for character in text)
        tokens = self.tokens(words)
        unknown = sum(
            token == self.unknown
            or (token.startswith("##") and len(token) == 3 and not token.isascii())
            for token in tokens
        )
        return unknown / len(tokens) if tokens else 0.0

    def __contains__(self, word: object, /) -> bool:
        if not isinstance(word, str):
            return False
        # Some models tell cases apart.
        forms = (word, word.capitalize(), word.upper())
        return any(self._has(self._begins + form) for form in forms)

    @cached_property
    def _begins(self) -> str:
        """What the token of a word's beginning begins with."""
        return "\u2581" if self._has("\u2581") else ""

    def _has(self, token: str) -> bool:
        return self._tokenizer.token_to_id(token) is not None


class WholeTextEmbedder(ABC):
    """An `Embedder` over something that embeds texts of a limited length.

    A text longer than that is split at sentences, and its vector is the mean of the pieces'
    vectors, weighted by their tokens: nothing is cut off.

    Attributes:
        tokenizer: counts tokens.
        limit: the most tokens of a piece, at least 1; what the prompt and the special tokens take
            is off already.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int, dim: int) -> None:
        self.tokenizer = tokenizer
        self.limit = limit
        self._dim = dim

    @abstractmethod
    def embed(self, pieces: list[str]) -> Vectors:
        """Texts of at most `limit` tokens → unit rows, float32, shape (n, dim)."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see `Embedder.encode`."""
        if not texts:
            return np.zeros((0, self._dim), dtype=np.float32)
        pieces: list[str] = []
        owners: list[int] = []
        weights: list[int] = []
        for owner, text in enumerate(texts):
            for piece, tokens in self._pieces(text):
                pieces.append(piece)
                owners.append(owner)
                weights.append(tokens)
        vectors = self.embed(pieces)
        if len(pieces) == len(texts):
            return np.ascontiguousarray(vectors, dtype=np.float32)
        means = np.zeros((len(texts), self._dim), dtype=np.float64)
        np.add.at(means, owners, vectors * np.array(weights, dtype=np.float64)[:, None])
        units: Vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return units

    def is_too_long(self, text: str) -> bool:
        """Whether a text is split."""
        return len(self._pieces(text)) > 1

    def _pieces(self, text: str) -> list[tuple[str, int]]:
        if len(text.encode("utf-8", "replace")) <= self.limit:
            return [(text, 1)]  # no token is shorter than a byte, so there is nothing to count
        return split_to_fit(text, self.limit, self.tokenizer) or [(text, 1)]


def beginning(text: str, limit: int, vocabulary: Vocabulary) -> str:
    """As much of the beginning of a text as surely has no more tokens than the limit."""
    while len(text.encode("utf-8", "replace")) > limit:
        count = len(vocabulary.tokens(text))
        if count <= limit:
            break
        text = text[: len(text) * limit // count]
    return text.rstrip()


def fit(texts: Sequence[str], limit: int, vocabulary: Vocabulary) -> bool:
    """Whether texts together have no more tokens than the limit."""
    if sum(len(text.encode("utf-8", "replace")) for text in texts) <= limit:
        return True  # no token is shorter than a byte, so there is nothing to count
    return sum(len(vocabulary.tokens(text)) for text in texts) <= limit


def split_to_fit(text: str, limit: int, tokenizer: Tokenizer) -> list[tuple[str, int]]:
    """Split a text at sentence ends into as few pieces as fit the limit.

    A sentence that is too long by itself is halved at the space nearest its middle, or at the
    middle where it has none.

    Args:
        limit: the most tokens of a piece, at least 1.
    Returns:
        The pieces in order, each with its number of tokens; together they hold all of the text.
    """
    pieces: list[tuple[str, int]] = []
    sentences = (part.strip() for part in _SENTENCE_END.split(text) if part.strip())
    for sentence in sentences:
        for part, tokens in _halves(sentence, limit, tokenizer):
            if pieces and pieces[-1][1] + tokens <= limit:
                pieces[-1] = (f"{pieces[-1][0]} {part}", pieces[-1][1] + tokens)
            else:
                pieces.append((part, tokens))
    return pieces


def _halves(text: str, limit: int, tokenizer: Tokenizer) -> Iterator[tuple[str, int]]:
    tokens = len(tokenizer.tokens(text))
    if tokens <= limit or len(text) < 2:
        yield text, tokens
        return
    middle = len(text) // 2
    before, after = text.rfind(" ", 0, middle), text.find(" ", middle)
    spaces = [place for place in (before, after) if place > 0]
    cut = min(spaces, key=lambda place: abs(place - middle)) if spaces else middle
    for half in (text[:cut].strip(), text[cut:].strip()):
        if half:
            yield from _halves(half, limit, tokenizer)


def check_unit_rows(vectors: Vectors) -> None:
    """Refuse vectors that an inner product would not compare fairly.

    Raises:
        VectorError: not a float32 matrix, or a row is not of unit length (NaN counts as bad).
    """
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise VectorError(
            f"vectors are {vectors.dtype} of shape {vectors.shape}; a float32 matrix is needed."
        )
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))  # without a copy of their size
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= _UNIT_TOLERANCE))
    if bad.size:
        raise VectorError(f"vector {bad[0]} has length {norms[bad[0]]:.4f}; 1 is needed.")
