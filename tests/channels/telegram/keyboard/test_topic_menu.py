"""/topics, looked through in Telegram."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.telegram.keyboard.callback_data import (
    ButtonKind,
    ButtonSigner,
    button_label,
    short,
)
from bot.channels.telegram.keyboard.keyboards import PER_PAGE, Keyboards, Page
from bot.conversation.topics import Topics
from bot.domain import Faq, FaqEntry
from bot.files.config_texts import shipped
from bot.texts import Texts
from tests.factories import entry

EN, ZH = shipped()["en"], shipped()["zh"]


def tagged(entry_id: str, *tags: str) -> FaqEntry:
    return replace(entry(entry_id), tags=tags)


TOPICS = Topics(Faq((tagged("a", "orders", "money"), tagged("b", "money"))))

SIGNER = ButtonSigner("1:token")
MENU = Keyboards(SIGNER, feedback=False, has_team=False)
Rows = list[list[tuple[str, str]]]


def rows(page: Page | None) -> Rows:
    """(label, data) of a page's buttons."""
    assert page is not None
    return [[(one.text, str(one.callback_data)) for one in row] for row in page[1].inline_keyboard]


def turned(data: str, topics: Topics = TOPICS, lang: str = "en", texts: Texts = EN) -> Page | None:
    button = SIGNER.read(data)
    assert button is not None
    return MENU.opened(button, topics, lang, texts)


def test_a_topic_leads_to_its_questions_and_back() -> None:
    first = MENU.topics(TOPICS, "en", EN)
    (_, ((label, to_money),)) = rows(first)
    assert label == "money"
    page = turned(to_money)
    assert rows(page) == [
        [("question of a", SIGNER.data(ButtonKind.RELATED, short("a")))],
        [("question of b", SIGNER.data(ButtonKind.RELATED, short("b")))],
        [(f"‹ {EN.all_topics}", SIGNER.data(ButtonKind.TOPICS, "0"))],
    ]
    assert page is not None
    assert page[0] == "Questions about money:"
    back = turned(rows(page)[-1][0][1])
    assert back == first


def test_the_sentences_are_those_of_the_persons_language() -> None:
    page = MENU.topics(TOPICS, "zh", ZH)
    assert page is not None
    assert page[0] == ZH.topics


def test_where_there_are_no_topics_there_is_no_page() -> None:
    assert MENU.topics(Topics(Faq((tagged("a"),))), "en", EN) is None


MANY_NAMES = [f"topic {n}" for n in range(2 * PER_PAGE + 1)]
MANY_ENTRIES = tuple(tagged(f"e{n:02}", "all") for n in range(2 * PER_PAGE + 1))
MANY = {
    ButtonKind.TOPIC: Topics(Faq(MANY_ENTRIES)),
    ButtonKind.TOPICS: Topics(Faq((tagged("e", *MANY_NAMES),))),
}


@pytest.mark.parametrize("kind", [ButtonKind.TOPIC, ButtonKind.TOPICS])
def test_a_long_list_has_pages_with_ways_on_and_back(kind: ButtonKind) -> None:
    topic = (short("all"),) if kind is ButtonKind.TOPIC else ()
    back = 1 if kind is ButtonKind.TOPIC else 0

    def data(number: int) -> str:
        return SIGNER.data(kind, *topic, str(number))

    pages = [rows(turned(data(number), MANY[kind])) for number in range(3)]
    shown = [page[: len(page) - back] for page in pages]
    assert [len(page) - 1 for page in shown] == [PER_PAGE, PER_PAGE, 1]
    assert len({label for page in shown for ((label, _),) in page[:-1]}) == 2 * PER_PAGE + 1
    assert [page[-1] for page in shown] == [
        [("›", data(1))],
        [("‹", data(0)), ("›", data(2))],
        [("‹", data(1))],
    ]


def test_a_page_that_is_gone_is_the_last_one_there_is() -> None:
    data = SIGNER.data(ButtonKind.TOPIC, short("all"), "99")
    last = SIGNER.data(ButtonKind.TOPIC, short("all"), "2")
    assert turned(data, MANY[ButtonKind.TOPIC]) == turned(last, MANY[ButtonKind.TOPIC])


def test_a_button_of_a_topic_that_is_gone_shows_nothing() -> None:
    assert turned(SIGNER.data(ButtonKind.TOPIC, short("gone"), "0")) is None
    assert turned(SIGNER.data(ButtonKind.TOPICS, "0"), Topics(Faq((tagged("a"),)))) is None


def test_every_button_fits_telegrams_64_bytes_and_its_label_a_telephone() -> None:
    wide = Topics(Faq(tuple(tagged(f"e{n}", "标" * 200) for n in range(20))))
    page = rows(MENU.topics(wide, "en", EN))
    shown = page + rows(turned(page[0][0][1], wide))
    assert max(len(data.encode()) for row in shown for _, data in row) <= 64
    assert max(len(label) for row in shown for label, _ in row) == 100


def test_a_label_is_shortened_where_it_is_too_long() -> None:
    assert [button_label("x" * n) for n in (100, 101)] == ["x" * 100, "x" * 99 + "…"]
