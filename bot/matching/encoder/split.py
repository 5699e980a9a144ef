"""Long texts → pieces that an encoder reads whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|(?<=[。！？；])|\n")


def split_to_fit(text: str, limit: int, count: Callable[[str], int]) -> list[tuple[str, int]]:
    """Split a text at sentence ends into as few pieces as fit the limit.

    A sentence that is too long by itself is halved at the space nearest its middle, or at the
    middle where it has none.

    Args:
        limit: the most tokens of a piece, at least 1.
        count: the number of tokens of a text.
    Returns:
        The pieces in order, each with its number of tokens; together they hold all of the text.
    """
    pieces: list[tuple[str, int]] = []
    for sentence, tokens in _sentences(text, limit, count):
        if pieces and pieces[-1][1] + tokens <= limit:
            pieces[-1] = (f"{pieces[-1][0]} {sentence}", pieces[-1][1] + tokens)
        else:
            pieces.append((sentence, tokens))
    return pieces


def _sentences(text: str, limit: int, count: Callable[[str], int]) -> Iterator[tuple[str, int]]:
    for sentence in _SENTENCE_END.split(text):
        if sentence.strip():
            yield from _halves(sentence.strip(), limit, count)


def _halves(text: str, limit: int, count: Callable[[str], int]) -> Iterator[tuple[str, int]]:
    tokens = count(text)
    if tokens <= limit or len(text) < 2:
        yield text, tokens
        return
    middle = len(text) // 2
    before, after = text.rfind(" ", 0, middle), text.find(" ", middle)
    spaces = [place for place in (before, after) if place > 0]
    cut = min(spaces, key=lambda place: abs(place - middle)) if spaces else middle
    for half in (text[:cut].strip(), text[cut:].strip()):
        if half:
            yield from _halves(half, limit, count)
