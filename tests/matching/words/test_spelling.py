"""Which words are spelt right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.matching.words import spelling
from bot.matching.words.spelling import SpelledWords


def test_words_of_every_dictionary_are_spelt_right(tmp_path: Path) -> None:
    words = SpelledWords(tmp_path)
    assert "reactivate" in words  # English
    assert "kasse" in words  # German
    assert "wifi" in words  # of the bot's own list
    assert "reactivte" not in words


def test_a_word_made_of_english_words_is_spelt_right(tmp_path: Path) -> None:
    words = SpelledWords(tmp_path)
    assert "prereturn" in words
    assert "blockback" in words
    assert "rekasse" not in words


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_a_damaged_array_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    SpelledWords(tmp_path).prepare()
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert "return" in SpelledWords(tmp_path)
    assert file.read_bytes() != damage


def test_the_array_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SpelledWords(tmp_path).prepare()
    monkeypatch.setattr(spelling, "compiled", None)
    words = SpelledWords(tmp_path)
    words.prepare()
    assert "return" in words


def test_where_nothing_can_be_written_words_are_known_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = SpelledWords(tmp_path / "file")
    words.prepare()
    assert "return" in words
