"""A tokenizer of SentencePiece's kind, Unigram, whose pieces are mapped into memory.

It takes a text apart into the pieces whose probabilities have the largest product (Kudo 2018). The
`tokenizers` package does the same; for 128 000 pieces it wants 125 MB, this one 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.matching.encoder.encoder import Tokenizer

PIECES, NUMBERS, SCORES, CHARACTERS = "pieces.trie", "ids.npy", "scores.npy", "characters.bin"
UNIGRAM_FILES = (PIECES, NUMBERS, SCORES, CHARACTERS)
LONGEST = 16  # characters of a piece: SentencePiece's own bound

_SPACE = "\u2581"  # stands before the first piece of a word
_UNKNOWN = "<unk>"
_UNKNOWN_PENALTY = 10.0  # SentencePiece's: below the score of the least likely piece


@dataclass(frozen=True, slots=True)
class Specials:
    """The numbers of the tokens that stand for no text: begin, end, and what is unknown."""

    begin: int
    end: int
    unknown: int


class Unigram(Tokenizer):
    """A Unigram tokenizer of the files that `save_unigram` wrote.

    Args:
        folder: holds `UNIGRAM_FILES`.
    Raises:
        OSError: one of them cannot be read; damaged ones raise whatever their readers raise.
    """

    def __init__(self, folder: Path, specials: Specials = Specials(1, 2, 0)) -> None:
        import marisa_trie
        from tokenizers import Regex, normalizers

        super().__init__(None, _UNKNOWN)
        self._specials = specials
        self._trie: Any = marisa_trie.Trie()
        self._trie.mmap(str(folder / PIECES))
        # Reading one number of a view takes a third of the time that an array takes.
        self._ids = memoryview(np.load(folder / NUMBERS, mmap_mode="r"))
        self._scores = memoryview(np.load(folder / SCORES, mmap_mode="r"))
        self._unknown_score = float(np.min(np.asarray(self._scores))) - _UNKNOWN_PENALTY
        self._normaliser: Any = normalizers.Sequence(
            [
                normalizers.Precompiled((folder / CHARACTERS).read_bytes()),
                normalizers.Replace(Regex(" {2,}"), " "),
                normalizers.Strip(),
            ]
        )

    def ids(self, text: str, max_tokens: int) -> list[int]:
        """The numbers of a text's pieces between those of begin and end, at most so many.

        A run of unknown characters is one, as in SentencePiece.
        """
        unknown, found = self._specials.unknown, [self._specials.begin]
        for number, _ in self._split(text):
            if number != unknown or found[-1] != unknown:
                found.append(number)
        if len(found) == 1:
            found.append(unknown)  # a text of nothing
        return [*found[: max_tokens - 1], self._specials.end]

    def tokens(self, text: str) -> Sequence[str]:
        """See `Tokenizer.tokens`."""
        unknown = self._specials.unknown
        return [_UNKNOWN if number == unknown else piece for number, piece in self._split(text)]

    def unknown_share(self, text: str) -> float:
        """Characters that no piece holds, among the pieces that hold letters or digits."""
        if text.isascii():
            return 0.0  # the model reads these letters
        words = "".join(character if character.isalnum() else " " for character in text)
        numbers = [number for number, piece in self._split(words) if piece != _SPACE]
        return numbers.count(self._specials.unknown) / len(numbers) if numbers else 0.0

    def __contains__(self, word: object, /) -> bool:
        if not isinstance(word, str):
            return False
        # Looked up one by one: a set of all words would take more memory than the model.
        return any(_SPACE + form in self._trie for form in (word, word.capitalize(), word.upper()))

    def _split(self, text: str) -> list[tuple[int, str]]:
        """The pieces of a text, each with its number."""
        found: list[tuple[int, str]] = []
        words: str = self._normaliser.normalize_str(text.encode("utf-8", "replace").decode())
        for word in words.split(" "):
            if word:
                found += self._split_word(_SPACE + word)
        return found

    def _split_word(self, word: str) -> list[tuple[int, str]]:
        """The likeliest pieces of a word (Viterbi 1967).

        `best[end]` is the largest sum of scores with which pieces make up `word[:end]`; the last of
        them begins at `begins[end]`.
        """
        size = len(word)
        best, begins, numbers = [0.0] + [-float("inf")] * size, [0] * (size + 1), [0] * (size + 1)
        for begin in range(size):
            so_far, is_known = best[begin], False
            ahead = word[begin : begin + LONGEST]
            for piece, key in self._trie.iter_prefixes_with_ids(ahead):
                end, score = begin + len(piece), so_far + self._scores[key]
                is_known = is_known or end == begin + 1
                if score > best[end]:
                    best[end], begins[end], numbers[end] = score, begin, self._ids[key]
            score = so_far + self._unknown_score
            if not is_known and score > best[begin + 1]:
                end = begin + 1
                best[end], begins[end], numbers[end] = score, begin, self._specials.unknown
        found, end = [], size
        while end > 0:
            found.append((numbers[end], word[begins[end] : end]))
            end = begins[end]
        return found[::-1]


def save_unigram(folder: Path, pieces: Sequence[tuple[int, str, float]], characters: bytes) -> None:
    """Write the files of a `Unigram`.

    Args:
        pieces: number, spelling and logarithm of the probability of each, the special ones left
            out.
        characters: SentencePiece's precompiled map of what is written in several ways.
    Raises:
        ValueError: a piece is longer than `LONGEST`.
    """
    if any(len(piece) > LONGEST for _, piece, _ in pieces):
        raise ValueError(f"a piece has more than {LONGEST} characters")
    import marisa_trie

    trie: Any = marisa_trie.Trie([piece for _, piece, _ in pieces])
    numbers, scores = np.zeros(len(pieces), np.int32), np.zeros(len(pieces), np.float32)
    for number, piece, score in pieces:
        key = trie[piece]
        numbers[key], scores[key] = number, score
    trie.save(str(folder / PIECES))
    np.save(folder / NUMBERS, numbers)
    np.save(folder / SCORES, scores)
    (folder / CHARACTERS).write_bytes(characters)
