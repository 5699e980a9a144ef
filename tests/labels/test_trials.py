"""Bots over other FAQs beside one that serves, and wordings that are held out."""

from __future__ import annotations

import pytest

from bot.domain import Faq
from bot.labels.trials import held_out, in_few_folds
from tests.factories import entry


@pytest.mark.parametrize(
    ("entries", "each", "folds"),
    [
        pytest.param(10, 12, 10, id="all wordings of each are held out"),
        pytest.param(100, 100, 2, id="20 of 100"),
        pytest.param(10, 2, 2, id="of two wordings one stays"),
    ],
)
def test_where_few_wordings_of_an_entry_are_held_out_few_folds_do(
    entries: int, each: int, folds: int
) -> None:
    faq = Faq(
        tuple(
            entry(f"e{number}", *(f"wording {number} {other}" for other in range(each)))
            for number in range(entries)
        )
    )
    rows = in_few_folds(list(held_out(faq)))
    assert {fold for *_, fold in rows} == set(range(folds))
    for number in range(folds):
        out = [it.id for it, _, fold in rows if fold == number]
        assert max(map(out.count, set(out))) < each
