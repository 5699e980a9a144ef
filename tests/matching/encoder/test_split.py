"""Long texts are split, never cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.encoder.split import split_to_fit


def words(text: str) -> int:
    return len(text.split())


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
    assert split_to_fit(text, limit, words) == expected


@given(st.text(alphabet="ab .!?\n。", max_size=80), st.integers(1, 6))
@settings(max_examples=300)
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int) -> None:
    def characters(piece: str) -> int:
        return len(piece.replace(" ", ""))

    pieces = split_to_fit(text, limit, characters)
    assert "".join("".join(piece.split()) for piece, _ in pieces) == "".join(text.split())
    assert all(tokens <= limit for _, tokens in pieces)
