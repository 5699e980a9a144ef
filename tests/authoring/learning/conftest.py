"""A bot over files that it may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.matching.build import AT_ONCE, Turns
from tests.authoring.learning.shop import Shop


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    shops: list[Shop] = []

    def open_(*, commit: bool = False, turns: Turns = AT_ONCE) -> Shop:
        shops.append(Shop(tmp_path, commit=commit, turns=turns))
        return shops[-1]

    yield open_
    for shop in shops:
        shop.learning.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()
