"""The contract of an embedder, over the real ones and the fake; and the real ones' own rules."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ModelError
from bot.files.config.settings import EncoderKind
from bot.matching.encoder.encoder import (
    Embedder,
    Encoder,
    Tokenizer,
    check_unit_rows,
    split_to_fit,
)
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.torch import _TransformersTokenizer
from bot.matching.encoder.weights import ModelFolder, find_model
from tests.fakes import FakeEmbedder

REAL = [pytest.param(name, marks=pytest.mark.slow) for name in ("compiled", "original")]


@pytest.fixture(params=[*REAL, "fake"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    name = {"compiled": "encoder", "original": "original"}[request.param]
    encoder: Encoder = request.getfixturevalue(name)
    return encoder.utterances


class TestContract:
    def test_every_text_gets_a_unit_row(self, embedder: Embedder) -> None:
        vectors = embedder.encode(["refund", "where is my order", "是", "🤔", "x" * 3000, ""])
        assert len(vectors) == 6
        check_unit_rows(vectors)

    def test_no_texts_give_no_rows_of_the_same_width(self, embedder: Embedder) -> None:
        width = embedder.encode(["a"]).shape[1]
        assert embedder.encode([]).shape == (0, width)

    def test_rows_come_in_the_order_of_the_texts(self, embedder: Embedder) -> None:
        texts = ["a long text about refunds and returns", "hi", "where is my order"]
        together = embedder.encode(texts)
        alone = np.concatenate([embedder.encode([text]) for text in texts])
        np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("Where is my order?", "Where is my order?", 1.0),
        ("Where is my order?", "track my parcel", 0.3138),
        ("I like apples", "I do not like apples", 0.8406),
        ("How do I get a refund?", "I want my money back", 0.5930),
        ("How do I get a refund?", "What is the weather today?", 0.0150),
    ],
)
def test_known_pairs_have_their_known_cosines(
    encoder: Encoder, one: str, other: str, cosine: float
) -> None:
    a, b = encoder.utterances.encode([one, other])
    assert float(a @ b) == pytest.approx(cosine, abs=1e-3)


FILLER = "The weather was nice and we had a good time at the lake with our friends. "


def test_what_stands_behind_the_models_limit_still_counts(encoder: Encoder) -> None:
    texts = [FILLER * 30, FILLER * 30 + "How do I get a refund? " * 20]
    question, without, with_end = encoder.utterances.encode(["How do I get a refund?", *texts])
    assert float(question @ with_end) > float(question @ without) + 0.05


def with_prompts(
    model: ModelFolder, folder: Path, prompts: dict[str, str], kind: EncoderKind
) -> Encoder:
    copy = folder / "model"
    shutil.copytree(model.path, copy)
    path = copy / "config_sentence_transformers.json"
    written = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(written | {"prompts": prompts}), "utf-8")
    return load_encoder(find_model(str(copy)), folder, kind)


@pytest.mark.parametrize("kind", [EncoderKind.ONNX, EncoderKind.TORCH])
def test_a_model_gets_the_prompts_its_configuration_names(
    model: ModelFolder, encoder: Encoder, tmp_path: Path, kind: EncoderKind
) -> None:
    prompts = {"query": "query: ", "document": "passage: "}
    prompted = with_prompts(model, tmp_path, prompts, kind)
    plain = encoder.utterances.encode(["query: refund", "passage: refund"])
    np.testing.assert_allclose(prompted.utterances.encode(["refund"])[0], plain[0], atol=1e-5)
    np.testing.assert_allclose(prompted.phrasings.encode(["refund"])[0], plain[1], atol=1e-5)


@pytest.mark.slow
def test_a_folder_that_is_no_model_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError) as caught:
        load_encoder(find_model(str(tmp_path)), tmp_path)
    assert str(caught.value).startswith(f"model: the folder {str(tmp_path)!r} cannot be loaded: ")
    assert "\n" not in str(caught.value)


def test_what_a_unigram_model_does_not_know_is_unknown_however_it_is_spelt() -> None:
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    bare = Backend(models.Unigram([("<unk>", 0.0), ("\u2581", -2.0), ("é", -2.5)], unk_id=0))
    bare.pre_tokenizer = pre_tokenizers.Metaspace()
    as_transformers = PreTrainedTokenizerFast(tokenizer_object=bare, unk_token="<unk>")
    for tokenizer in (Tokenizer(bare, "<unk>"), _TransformersTokenizer(as_transformers, "<unk>")):
        assert tokenizer.tokens("é ш") == ["\u2581", "é", "\u2581", "<unk>"]
        assert tokenizer.unknown_share("é ш") == 0.25


# --- long texts are split, never cut --------------------------------------------------------------


class Words(Tokenizer):
    def tokens(self, text: str) -> Sequence[str]:
        return text.split()


class Characters(Tokenizer):
    def tokens(self, text: str) -> Sequence[str]:
        return text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("One two. Three.", 3, [("One two. Three.", 3)], id="fits: one piece"),
        pytest.param(
            "One two. Three four. Five.", 3,
            [("One two.", 2), ("Three four. Five.", 3)], id="at sentence ends, as few as fit",
        ),
        pytest.param(
            "a b c d e f", 4, [("a b c", 3), ("d e f", 3)], id="a long sentence is halved",
        ),
        pytest.param("一二。三四。", 1, [("一二。", 1), ("三四。", 1)], id="Chinese sentence ends"),
    ],
)  # fmt: skip
def test_pieces_fit_and_end_at_sentences(
    text: str, limit: int, expected: list[tuple[str, int]]
) -> None:
    assert split_to_fit(text, limit, Words(None, None)) == expected


@given(st.text(alphabet="ab .!?\n。", max_size=80), st.integers(1, 6))
@settings(max_examples=300)
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int) -> None:
    pieces = split_to_fit(text, limit, Characters(None, None))
    assert "".join("".join(piece.split()) for piece, _ in pieces) == "".join(text.split())
    assert all(tokens <= limit for _, tokens in pieces)
