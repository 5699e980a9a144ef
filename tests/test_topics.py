"""The FAQ by topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.telegram.browse import PER_PAGE, Page, read, show
from bot.channels.telegram.buttons import Kind, encode
from bot.domain import Faq, FaqEntry
from bot.files.languages import shipped
from bot.topics import Topics
from tests.factories import entry

EN, ZH = shipped()["en"], shipped()["zh"]


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


def rows(page: Page, topics: Topics = TOPICS, lang: str = "en") -> list[list[tuple[str, str]]]:
    shown = show(page, topics, lang, EN)
    assert shown is not None
    return [[(b.text, str(b.callback_data)) for b in row] for row in shown[1].inline_keyboard]


def test_a_topic_leads_to_its_questions_and_back() -> None:
    (_, money) = rows(Page(None, 0))
    assert money[0][0] == "money"
    page = read(money[0][1])
    assert page is not None
    assert rows(page) == [
        [("question of a", encode(Kind.RELATED, "a"))],
        [("question of b", encode(Kind.RELATED, "b"))],
        [(f"‹ {EN.all_topics}", "t:0")],
    ]
    shown = show(page, TOPICS, "en", EN)
    assert shown is not None
    assert shown[0] == "Questions about money:"


def test_the_sentences_are_those_of_the_persons_language() -> None:
    shown = show(Page(None, 0), TOPICS, "zh", ZH)
    assert shown is not None
    assert shown[0] == ZH.topics


MANY = Topics(Faq(tuple(tagged(f"e{n:02}", "all") for n in range(2 * PER_PAGE + 1))))


def test_a_long_topic_has_pages_with_ways_on_and_back() -> None:
    first = read(rows(Page(None, 0), MANY)[0][0][1])
    assert first is not None
    counts, turns = [], []
    for number in range(3):
        *entries, turn, _back = rows(Page(first.topic, number), MANY)
        counts.append(len(entries))
        turns.append([(label, read(data)) for label, data in turn])
    assert counts == [PER_PAGE, PER_PAGE, 1]
    assert turns == [
        [("›", Page(first.topic, 1))],
        [("‹", Page(first.topic, 0)), ("›", Page(first.topic, 2))],
        [("‹", Page(first.topic, 1))],
    ]
    assert rows(Page(first.topic, 99), MANY) == rows(Page(first.topic, 2), MANY)


def test_a_button_of_a_topic_that_is_gone_shows_nothing() -> None:
    assert show(Page("0" * 16, 0), TOPICS, "en", EN) is None
    assert show(Page(None, 0), Topics(Faq((tagged("a"),))), "en", EN) is None


@pytest.mark.parametrize(
    "data", ["t", "t:", "t:x", "t:-1", "t:12345", "t:abc:0", "t:" + "0" * 15 + ":0", "n", "c:0"]
)
def test_other_data_is_no_button_of_topics(data: str) -> None:
    assert read(data) is None


def test_every_button_fits_telegrams_64_bytes() -> None:
    wide = Topics(Faq(tuple(tagged(f"e{n}", "标" * 200) for n in range(20))))
    (topic,) = rows(Page(None, 0), wide)
    page = read(topic[0][1])
    assert page is not None
    data = [data for row in rows(page, wide) for _, data in row]
    assert max(len(one.encode()) for one in data) <= 64
