"""A model as sentence-transformers runs it: the original that the compiled one is held against."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.errors import ModelError
from bot.matching.encoder.encoder import Encoder, Reader, Vectors, Vocabulary, WholeTextEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


def load_torch(folder: Path, threads: int) -> Encoder:
    """Load a model's folder with sentence-transformers, on the CPU.

    Raises:
        ModelError: the folder holds no model that sentence-transformers can load, or that is not
            installed.
    """
    return torch_encoder(load_original(folder, threads))


def load_original(folder: Path, threads: int) -> SentenceTransformer:
    """Load a model's folder.

    Args:
        threads: for all of torch; it is set before torch is first used.
    Raises:
        ModelError: see `load_torch`.
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
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        # trust_remote_code stays False: a model folder is data.
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"model: the folder {str(folder)!r} cannot be loaded: {reason}") from error


def torch_encoder(model: SentenceTransformer) -> Encoder:
    """A loaded model's two views of text."""
    reader = torch_reader(model)
    limit, dim = longest_piece(model, reader), int(model.get_embedding_dimension())

    def embedder(encode: Callable[..., Any]) -> WholeTextEmbedder:
        # encode_query and encode_document add the prompt that the model's configuration names for
        # the one or the other.
        return WholeTextEmbedder(partial(_embed, encode), reader, limit, dim)

    return Encoder(
        utterances=embedder(model.encode_query),
        phrasings=embedder(model.encode_document),
        unknown_share=reader.unknown_share,
        vocabulary=Vocabulary(reader),
    )


def torch_reader(model: SentenceTransformer) -> Reader:
    """How a loaded model takes text apart."""
    tokenizer: Any = model.tokenizer
    if not hasattr(tokenizer, "unk_token"):  # bare, as models without a transformer hold it
        return Reader(
            tokens=lambda text: tokenizer.encode(text, add_special_tokens=False).tokens,
            unknown=getattr(tokenizer.model, "unk_token", None),
            all_tokens=tokenizer.get_vocab,
        )
    return Reader(tokenizer.tokenize, tokenizer.unk_token, tokenizer.get_vocab)


def longest_piece(model: SentenceTransformer, reader: Reader) -> int:
    """The most tokens of a text that the model reads whole, beside prompt and special tokens."""
    tokenizer: Any = model.tokenizer
    longest_prompt = max((reader.count(p) for p in model.prompts.values() if p), default=0)
    special = int(tokenizer.num_special_tokens_to_add())
    return max(1, int(model.max_seq_length or 512) - special - longest_prompt)


def _embed(encode: Callable[..., Any], texts: list[str]) -> Vectors:
    vectors = encode(texts, batch_size=_BATCH, show_progress_bar=False, normalize_embeddings=True)
    return np.asarray(vectors, dtype=np.float32)
