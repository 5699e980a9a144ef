"""The nouns: the FAQ by topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Faq, FaqEntry
from tests.factories import entry


def tagged(entry_id: str, *tags: str, lang: str | None = None) -> FaqEntry:
    return replace(entry(entry_id), tags=tags, lang=lang)


FAQ = Faq(
    (
        tagged("a", "orders", "money"),
        tagged("b", "money", "money"),
        tagged("c", "订单", lang="zh"),
        tagged("d", "money", lang="zh-Hant"),
        tagged("e"),
        tagged("f", lang="de"),
    )
)


@pytest.mark.parametrize(
    ("lang", "topics"),
    [
        pytest.param("en", {"orders": "a", "money": "ab"}, id="no entry of their own: the others"),
        pytest.param("de", {"orders": "a", "money": "ab"}, id="no tag of their own: the others"),
        pytest.param(None, {"orders": "a", "money": "ab"}, id="unknown"),
        pytest.param("zh-hans", {"订单": "c", "money": "d"}, id="entries of their own alone"),
    ],
)
def test_people_see_the_topics_of_their_language(lang: str | None, topics: dict[str, str]) -> None:
    found = {name: "".join(item.id for item in items) for name, items in FAQ.topics(lang).items()}
    assert (found, list(found)) == (topics, list(topics))
