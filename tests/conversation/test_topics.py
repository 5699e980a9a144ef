"""The FAQ by topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.topics import Topics
from bot.domain import Faq, FaqEntry
from tests.factories import entry


def tagged(entry_id: str, *tags: str, lang: str | None = None) -> FaqEntry:
    return replace(entry(entry_id), tags=tags, lang=lang)


TOPICS = Topics(
    Faq(
        (
            tagged("a", "orders", "money"),
            tagged("b", "money"),
            tagged("c", "订单", lang="zh"),
            tagged("d", "money", lang="zh-Hant"),
            tagged("e"),
        )
    )
)


@pytest.mark.parametrize(
    ("lang", "names", "money"),
    [
        pytest.param("en", ("orders", "money"), ["a", "b"], id="no entry of their own: the others"),
        pytest.param(None, ("orders", "money"), ["a", "b"], id="unknown"),
        pytest.param("zh-hans", ("money", "订单"), ["d"], id="entries of their own alone"),
    ],
)
def test_people_see_the_topics_of_their_language(
    lang: str | None, names: tuple[str, ...], money: list[str]
) -> None:
    assert TOPICS.names(lang) == names
    assert [item.id for item in TOPICS.entries("money", lang)] == money


def test_a_topic_that_is_gone_holds_nothing() -> None:
    assert TOPICS.entries("gone", "en") == ()
