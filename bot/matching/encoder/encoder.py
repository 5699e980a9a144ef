"""Texts → unit vectors: what is asked of a model, and what every way of running one shares."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoder.split import split_to_fit

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors whose inner product says how close they are in meaning."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Returns:
            float32, shape (len(texts), dim); rows have L2 norm 1 (±1e-3), so an inner product is
            a cosine in [-1, 1]. For no texts the shape is (0, dim).
        """
        ...


@dataclass(frozen=True, slots=True)
class Encoder:
    """One model's two views of text.

    Attributes:
        utterances: embeds what users send.
        phrasings: embeds what the FAQ holds. The two differ for models that were trained with a
            prefix for queries and another for documents.
        unknown_share: the share of a text's words, 0 to 1, that the model does not know.
        vocabulary: whole words that it does know, in lower case.
    """

    utterances: Embedder
    phrasings: Embedder
    unknown_share: Callable[[str], float]
    vocabulary: Container[str]


@dataclass(frozen=True)
class Reader:
    """How a model takes text apart.

    Attributes:
        tokens: the tokens of a text: all of them, without the special ones.
        unknown: the token that stands for what the model does not know; None where it has none.
        all_tokens: every token there is.
    """

    tokens: Callable[[str], Sequence[str]]
    unknown: str | None
    all_tokens: Callable[[], Iterable[str]]

    def count(self, text: str) -> int:
        """The number of a text's tokens."""
        return len(self.tokens(text))

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

    @cached_property
    def words(self) -> frozenset[str]:
        """Whole words that the model knows, in lower case."""
        tokens = list(self.all_tokens())
        begins = "\u2581" if any(token.startswith("\u2581") for token in tokens) else ""
        return frozenset(
            token.removeprefix(begins).casefold() for token in tokens if token.startswith(begins)
        )


class Vocabulary:
    """The words a reader knows, gathered when the first one is looked up."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __contains__(self, word: object) -> bool:
        return word in self._reader.words


class WholeTextEmbedder:
    """An `Embedder` over something that embeds texts of a limited length.

    A text longer than that is split at sentences, and its vector is the mean of the pieces'
    vectors, weighted by their tokens: nothing is cut off.

    Args:
        embed: texts of at most `limit` tokens → unit rows, float32, shape (n, dim).
        limit: at least 1; what the prompt and the special tokens take is off already.
    """

    def __init__(
        self, embed: Callable[[list[str]], Vectors], reader: Reader, limit: int, dim: int
    ) -> None:
        self._embed = embed
        self._reader = reader
        self._limit = limit
        self._dim = dim

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
        vectors = self._embed(pieces)
        if len(pieces) == len(texts):
            return np.ascontiguousarray(vectors, dtype=np.float32)
        means = np.zeros((len(texts), self._dim), dtype=np.float64)
        np.add.at(means, owners, vectors * np.array(weights, dtype=np.float64)[:, None])
        units: Vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return units

    def _pieces(self, text: str) -> list[tuple[str, int]]:
        if len(text.encode("utf-8", "replace")) <= self._limit:
            return [(text, 1)]  # no token is shorter than a byte, so there is nothing to count
        return split_to_fit(text, self._limit, self._reader.count) or [(text, 1)]
