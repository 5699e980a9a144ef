"""Texts → unit vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.matching.split import split_to_fit

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

_BATCH = 32
_LARGE_BATCH, _MANY = 128, 512  # of many texts, larger batches take half the time


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


def load_encoder(folder: Path) -> Encoder:
    """Load a model's folder with sentence-transformers, on the CPU.

    Raises:
        ModelError: the folder holds no model that sentence-transformers can load.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one message has nothing to share
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        # trust_remote_code stays False: a model folder is data.
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"model: the folder {str(folder)!r} cannot be loaded: {reason}") from error
    return Encoder(
        utterances=SentenceEmbedder(model, model.encode_query),
        phrasings=SentenceEmbedder(model, model.encode_document),
        unknown_share=partial(_unknown_share, model.tokenizer),
        vocabulary=_vocabulary(model.tokenizer),
    )


def _unknown_share(tokenizer: Any, text: str) -> float:
    """Tokens that say nothing: unknown ones, and words of a foreign script spelled by letters."""
    if text.isascii():
        return 0.0  # every model reads these letters
    words = "".join(character if character.isalnum() else " " for character in text)
    tokens = tokenizer.convert_ids_to_tokens(
        tokenizer(words, add_special_tokens=False, truncation=False)["input_ids"]
    )
    unknown = sum(
        token == tokenizer.unk_token
        or (token.startswith("##") and len(token) == 3 and not token.isascii())
        for token in tokens
    )
    return unknown / len(tokens) if tokens else 0.0


def _vocabulary(tokenizer: Any) -> frozenset[str]:
    tokens = tokenizer.get_vocab()
    begins = "\u2581" if any(token.startswith("\u2581") for token in tokens) else ""
    return frozenset(
        token.removeprefix(begins).casefold() for token in tokens if token.startswith(begins)
    )


class SentenceEmbedder:
    """An `Embedder` over sentence-transformers.

    A text longer than the model reads is split at sentences, and its vector is the mean of the
    pieces' vectors, weighted by their tokens: nothing is cut off.

    Args:
        encode: `model.encode_query` or `model.encode_document`, which add the prompt that the
            model's configuration names for the one or the other.
    """

    def __init__(self, model: SentenceTransformer, encode: Any) -> None:
        self._encode = encode
        self._tokenizer = model.tokenizer
        self._dim = int(model.get_embedding_dimension())
        # The prompt and the special tokens take their share of what the model reads.
        longest_prompt = max((self._count(p) for p in model.prompts.values() if p), default=0)
        special = int(self._tokenizer.num_special_tokens_to_add())
        self._limit = max(1, int(model.max_seq_length or 512) - special - longest_prompt)

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
        vectors = self._encode(
            pieces,
            batch_size=_BATCH if len(pieces) < _MANY else _LARGE_BATCH,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        if len(pieces) == len(texts):
            return np.ascontiguousarray(vectors, dtype=np.float32)
        means = np.zeros((len(texts), self._dim), dtype=np.float64)
        np.add.at(means, owners, vectors * np.array(weights, dtype=np.float64)[:, None])
        units: Vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return units

    def _pieces(self, text: str) -> list[tuple[str, int]]:
        if len(text.encode("utf-8", "replace")) <= self._limit:
            return [(text, 1)]  # no token is shorter than a byte, so there is nothing to count
        return split_to_fit(text, self._limit, self._count) or [(text, 1)]

    def _count(self, text: str) -> int:
        # The file of a tokenizer can fix a truncation far below the model's own limit.
        tokens = self._tokenizer(text, add_special_tokens=False, truncation=False)
        return len(tokens["input_ids"])
