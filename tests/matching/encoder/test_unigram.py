"""The Unigram tokenizer: the likeliest pieces, what is unknown, and SentencePiece's own numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.multilingual import PUBLISHED_PIECES, find_weights
from bot.matching.encoder.multilingual_export import read_pieces
from bot.matching.encoder.unigram import LONGEST, Unigram, save_unigram

PIECES = [
    (6, "\u2581", -2.0),
    (7, "\u2581ab", -3.0),
    (8, "a", -2.5),
    (9, "b", -2.5),
    (10, "c", -2.5),
    (11, "bc", -4.0),
    (12, "\u2581Tür", -4.0),
]


@pytest.fixture(scope="module")
def characters() -> bytes:
    """The normaliser of the published model, which a test cannot make up."""
    return read_pieces((find_weights() / PUBLISHED_PIECES).read_bytes())[1]


@pytest.fixture(scope="module")
def tokenizer(characters: bytes, tmp_path_factory: pytest.TempPathFactory) -> Unigram:
    folder = tmp_path_factory.mktemp("unigram")
    save_unigram(folder, PIECES, characters)
    return Unigram(folder)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("ab", [1, 7, 2], id="one piece of -3 beats three of -7 together"),
        pytest.param("abc", [1, 7, 10, 2], id="-5.5 beats \u2581 a bc of -8.5"),
        pytest.param("  ab \t\n c ", [1, 7, 6, 10, 2], id="white space of any kind and number"),
        pytest.param("ａｂ", [1, 7, 2], id="wide letters are letters"),
        pytest.param("xyz", [1, 6, 0, 2], id="a run of unknown characters is one"),
        pytest.param("xay", [1, 6, 0, 8, 0, 2], id="two runs are two"),
        pytest.param("\ud800", [1, 6, 0, 2], id="half a character is unknown"),
        pytest.param("", [1, 0, 2], id="nothing is unknown"),
        pytest.param("\u200b ", [1, 0, 2], id="nothing to see, either"),
    ],
)
def test_a_text_becomes_its_likeliest_pieces(tokenizer: Unigram, text: str, ids: list[int]) -> None:
    assert tokenizer.ids(text, 100) == ids


def test_begin_and_end_stay_where_a_text_is_too_long(tokenizer: Unigram) -> None:
    assert tokenizer.ids("ab ab ab ab", 4) == [1, 7, 7, 2]


def test_an_unknown_token_is_called_so_however_it_is_spelt(tokenizer: Unigram) -> None:
    assert tokenizer.tokens("xa") == ["\u2581", "<unk>", "a"]
    assert len(tokenizer.tokens("xya")) == 4


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("ша", 1.0, id="letters that no piece holds"),
        pytest.param("ша abc", 0.5, id="two of four"),
        pytest.param("ша!?", 1.0, id="punctuation says nothing"),
        pytest.param("zzz", 0.0, id="letters that every model reads"),
        pytest.param("…!?", 0.0, id="no letters"),
    ],
)
def test_the_unknown_share_counts_numbers_not_spellings(
    tokenizer: Unigram, text: str, share: float
) -> None:
    assert tokenizer.unknown_share(text) == share


def test_a_word_is_known_in_any_case_it_begins_with(tokenizer: Unigram) -> None:
    assert "ab" in tokenizer
    assert "tür" in tokenizer
    assert "bc" not in tokenizer  # the end of words, and none itself
    assert 7 not in tokenizer


def test_a_piece_that_is_too_long_is_refused(tmp_path: Path, characters: bytes) -> None:
    with pytest.raises(ValueError, match="a piece has more than 16 characters"):
        save_unigram(tmp_path, [(6, "a" * (LONGEST + 1), -1.0)], characters)


# As sentencepiece 0.2.3 gives them for the published model.
SENTENCEPIECE = [
    ("Wo ist meine Bestellung?", [5325, 176, 1975, 1175, 15728, 21]),
    ("我的包裹在哪里", [6, 1372, 1845, 50492, 171, 744, 795]),
    ("<s> ﬁn №5 Ⅷ", [87, 9, 65, 2186, 395, 323, 21748]),
    ("คืนสินค้าได้ไหม", [6, 32778, 48088, 1557, 83773]),
    ("각 배송 조회", [21233, 14845, 25803, 8637, 5675]),
    ("שלום עולם", [6, 58923, 42597, 27870, 0, 6, 75238, 27870, 42597, 0]),
    ("Ωmega 🤔🤔 hi", [6, 44723, 21529, 6, 0, 3859]),
    ("a ጤና b", [10, 6, 0, 254]),
    ("x\u200by", [257, 51]),
]


def test_the_published_model_gives_the_numbers_of_sentencepiece(multilingual: Encoder) -> None:
    tokenizer = multilingual.vocabulary
    assert isinstance(tokenizer, Unigram)
    for text, ids in SENTENCEPIECE:
        assert tokenizer.ids(text, 100)[1:-1] == ids
