"""A model as sentence-transformers runs it: the original that the compiled one is held against."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.errors import ModelError
from bot.matching.encoder.encoder import Encoder, Tokenizer, Vectors, WholeTextEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


def load_original(folder: Path, threads: int) -> SentenceTransformer:
    """Load a model's folder with sentence-transformers, on the CPU.

    Args:
        threads: for all of torch; it is set before torch is first used.
    Raises:
        ModelError: the folder holds no model that sentence-transformers can load, or that is not
            installed.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one message has nothing to share
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise ModelError(
            f"model: {error.name} is not installed, which is needed wherever a model was not "
            "compiled before. Run: make run (or pip install -r requirements.txt)."
        ) from error
    torch.set_num_threads(threads)
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        # trust_remote_code stays False: a model folder is data.
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"model: the folder {str(folder)!r} cannot be loaded: {reason}") from error


def torch_encoder(model: SentenceTransformer) -> Encoder:
    """A loaded model's two views of text."""
    tokenizer = torch_tokenizer(model)
    limit = longest_piece(model, tokenizer)
    return Encoder(
        utterances=_TorchEmbedder(model, tokenizer, limit, is_for_utterances=True),
        phrasings=_TorchEmbedder(model, tokenizer, limit, is_for_utterances=False),
        vocabulary=tokenizer,
    )


def torch_tokenizer(model: SentenceTransformer) -> Tokenizer:
    """How a loaded model takes text apart."""
    tokenizer: Any = model.tokenizer
    if hasattr(tokenizer, "unk_token"):
        return _TransformersTokenizer(tokenizer, tokenizer.unk_token)
    # Bare, of the tokenizers package, as models without a transformer hold it.
    return Tokenizer(tokenizer, getattr(tokenizer.model, "unk_token", None))


def longest_piece(model: SentenceTransformer, tokenizer: Tokenizer) -> int:
    """The most tokens of a text that the model reads whole, beside prompt and special tokens."""
    own: Any = model.tokenizer
    longest_prompt = max((len(tokenizer.tokens(p)) for p in model.prompts.values() if p), default=0)
    special = int(own.num_special_tokens_to_add())
    return max(1, int(model.max_seq_length or 512) - special - longest_prompt)


class _TransformersTokenizer(Tokenizer):
    """One of transformers, of which some are written in Python."""

    def tokens(self, text: str) -> Sequence[str]:
        tokens: list[str] = self._tokenizer.tokenize(text)
        numbers: list[int | None] = self._tokenizer.convert_tokens_to_ids(tokens)
        return self._with_unknown(tokens, numbers, self._tokenizer.unk_token_id)

    def _has(self, token: str) -> bool:
        return token in self._tokens

    @cached_property
    def _tokens(self) -> frozenset[str]:
        return frozenset(self._tokenizer.get_vocab())


class _TorchEmbedder(WholeTextEmbedder):
    def __init__(
        self,
        model: SentenceTransformer,
        tokenizer: Tokenizer,
        limit: int,
        *,
        is_for_utterances: bool,
    ) -> None:
        super().__init__(tokenizer, limit, int(model.get_embedding_dimension()))
        # Each adds the prompt that the model's configuration names for the one or the other.
        self._encode = model.encode_query if is_for_utterances else model.encode_document

    def embed(self, pieces: list[str]) -> Vectors:
        vectors = self._encode(
            pieces, batch_size=_BATCH, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(vectors, dtype=np.float32)
