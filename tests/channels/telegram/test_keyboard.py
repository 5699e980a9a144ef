"""The buttons under a reply, and the pages of /topics."""

from __future__ import annotations

from dataclasses import replace

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.callback_data import ButtonKind, Signer, short
from bot.channels.telegram.keyboard import PER_PAGE, Keyboards, Page
from bot.domain import Choice, Faq, FaqEntry, Link, Reply, Unanswered
from bot.files.config.texts import shipped
from tests.factories import entry

EN = shipped()["en"]
TOKEN = "123456789:AAF3vJ9-secret_part_of_a_token_qwerty"
SIGNER = Signer(TOKEN)
DECISION, ASKER = "a1b2c3d4e5f60718", SIGNER.asker("7", 7)
ALL = Keyboards(TOKEN, feedback=True, has_team=True)
NONE = Keyboards(TOKEN, feedback=False, has_team=False)
ANSWER = Reply(
    "!",
    related=(Choice("b", "B?"), Choice("c", "C?")),
    links=(Link("Shop", "https://example.com"),),
    decision_id=DECISION,
    answered=("a",),
)
FALLBACK = Reply(
    "?", topics=("orders", "money"), decision_id=DECISION, unanswered=Unanswered("why?")
)
ASKING = Reply("?", choices=(Choice("a", "A?"), Choice("b", "B?")), decision_id=DECISION)


def rows(markup: InlineKeyboardMarkup | None) -> list[list[tuple[str, str]]]:
    """(label, data or address) of every button."""
    shown = () if markup is None else markup.inline_keyboard
    return [[(one.text, str(one.callback_data or one.url)) for one in row] for row in shown]


def under(reply: Reply, keyboards: Keyboards = ALL) -> list[list[str]]:
    """The labels alone."""
    found = rows(keyboards.under(reply, EN, ASKER))
    return [[label for label, _ in row] for row in found]


def data(kind: ButtonKind, *fields: str) -> str:
    return SIGNER.data(kind, *fields)


def test_a_follow_up_has_a_row_per_choice_and_a_way_out() -> None:
    assert rows(ALL.under(ASKING, EN, ASKER)) == [
        [("A?", data(ButtonKind.CHOICE, short("a"), DECISION, ASKER))],
        [("B?", data(ButtonKind.CHOICE, short("b"), DECISION, ASKER))],
        [(EN.none_of_these, data(ButtonKind.NONE, DECISION, ASKER))],
    ]


def test_under_an_answer_stand_links_then_related_questions_then_thumbs() -> None:
    assert rows(ALL.under(ANSWER, EN, ASKER)) == [
        [("Shop", "https://example.com")],
        [("B?", data(ButtonKind.RELATED, short("b")))],
        [("C?", data(ButtonKind.RELATED, short("c")))],
        [
            ("👍", data(ButtonKind.UP, DECISION, short("a"), ASKER)),
            ("👎", data(ButtonKind.DOWN, DECISION, short("a"), ASKER)),
        ],
    ]


def test_under_a_tentative_answer_stands_first_the_way_to_what_else_could_be_meant() -> None:
    assert rows(ALL.under(replace(ANSWER, tentative=True), EN, ASKER)) == [
        [(EN.not_this, data(ButtonKind.OTHERS, DECISION, ASKER))],
        *rows(ALL.under(ANSWER, EN, ASKER)),
    ]


def test_under_a_fallback_stand_topics_then_the_way_to_a_person() -> None:
    assert rows(ALL.under(FALLBACK, EN, ASKER)) == [
        [("orders", data(ButtonKind.LOOK, short("orders")))],
        [("money", data(ButtonKind.LOOK, short("money")))],
        [("Ask a person", data(ButtonKind.PERSON, DECISION, ASKER))],
    ]


def test_under_a_fallback_a_button_leads_to_the_topics_that_have_no_room() -> None:
    many = replace(FALLBACK, topics=tuple(map(str, range(PER_PAGE + 1))))
    assert rows(ALL.under(many, EN, ASKER))[PER_PAGE:] == [
        [("All topics ›", data(ButtonKind.LOOK, ""))],
        [("Ask a person", data(ButtonKind.PERSON, DECISION, ASKER))],
    ]


@pytest.mark.parametrize(
    ("keyboards", "reply"),
    [
        pytest.param(
            Keyboards(TOKEN, feedback=False, has_team=True), ANSWER, id="no feedback is wanted"
        ),
        pytest.param(ALL, replace(ANSWER, decision_id=""), id="nothing is kept of it"),
        pytest.param(ALL, replace(ANSWER, answered=()), id="it is no answer"),
    ],
)
def test_thumbs_stand_only_under_answers_to_what_was_asked(
    keyboards: Keyboards, reply: Reply
) -> None:
    assert ["👍", "👎"] in under(ANSWER)
    assert under(reply, keyboards) == [["Shop"], ["B?"], ["C?"]]


def test_thumbs_of_answers_in_parts_name_the_first() -> None:
    both = rows(ALL.under(replace(ANSWER, answered=("b", "a")), EN, ASKER))
    assert both[-1][0][1] == data(ButtonKind.UP, DECISION, short("b"), ASKER)


@pytest.mark.parametrize(
    ("keyboards", "reply"),
    [
        pytest.param(
            Keyboards(TOKEN, feedback=True, has_team=False), FALLBACK, id="there is nobody"
        ),
        pytest.param(ALL, replace(FALLBACK, unanswered=None), id="there is no question"),
    ],
)
def test_a_person_can_be_asked_only_where_there_is_one_and_a_question(
    keyboards: Keyboards, reply: Reply
) -> None:
    assert ["Ask a person"] in under(FALLBACK)
    assert under(reply, keyboards) == [["orders"], ["money"]]


def test_a_question_whose_words_are_gone_can_be_passed_on_too() -> None:
    assert under(Reply("?", unanswered=Unanswered(None))) == [["Ask a person"]]


def test_a_reply_without_buttons_has_no_keyboard() -> None:
    assert ALL.under(Reply("!"), EN, ASKER) is None
    assert NONE.under(replace(ANSWER, related=(), links=()), EN, ASKER) is None


def test_long_labels_are_shortened() -> None:
    reply = Reply(
        "?",
        choices=(Choice("a", "A" * 200),),
        related=(Choice("b", "B" * 100),),
        links=(Link("L" * 200, "https://example.com"),),
    )
    assert under(reply) == [["A" * 99 + "…"], [EN.none_of_these], ["L" * 99 + "…"], ["B" * 100]]


# --- a keyboard less some of its rows -------------------------------------------------------------


def test_a_keyboard_loses_the_rows_of_some_kinds_and_keeps_the_others() -> None:
    whole = ALL.under(ANSWER, EN, ASKER)
    less = ALL.without(whole, ButtonKind.UP, ButtonKind.DOWN)
    assert rows(less) == rows(whole)[:-1]
    assert rows(ALL.without(less, ButtonKind.UP, ButtonKind.DOWN)) == rows(less)
    assert under(FALLBACK)[:-1] == [
        [label for label, _ in row]
        for row in rows(ALL.without(ALL.under(FALLBACK, EN, ASKER), ButtonKind.PERSON))
    ]


def test_a_keyboard_that_loses_all_its_rows_is_none() -> None:
    thumbs = ALL.under(replace(ANSWER, related=(), links=()), EN, ASKER)
    assert ALL.without(thumbs, ButtonKind.UP, ButtonKind.DOWN) is None
    assert ALL.without(None, ButtonKind.UP) is None


def test_a_button_that_nobody_can_read_stays() -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("👍", callback_data="u:a:b:c.forged")]])
    assert rows(ALL.without(markup, ButtonKind.UP)) == [[("👍", "u:a:b:c.forged")]]


# --- what a button stands for ---------------------------------------------------------------------


def test_the_entry_of_a_button_is_found_in_the_faq_that_is_served_now() -> None:
    before, now = Faq((entry("a"), entry("b"))), Faq((entry("b"), entry("c")))
    assert [ALL.entry_of(short(name), before) for name in "abc"] == ["a", "b", short("c")]
    assert [ALL.entry_of(short(name), now) for name in "abc"] == [short("a"), "b", "c"]


# --- /topics --------------------------------------------------------------------------------------


def tagged(entry_id: str, *tags: str) -> FaqEntry:
    return replace(entry(entry_id), tags=tags)


def turned(data: str, faq: Faq) -> Page | None:
    button = SIGNER.read(data)
    assert button is not None
    return ALL.opened(button, faq, "en", EN)


def rows_of(page: Page | None) -> list[list[tuple[str, str]]]:
    return [] if page is None else rows(page[1])


MANY_NAMES = [f"topic {n}" for n in range(2 * PER_PAGE + 1)]
MANY_ENTRIES = tuple(tagged(f"e{n:02}", "all") for n in range(2 * PER_PAGE + 1))
MANY = {ButtonKind.TOPIC: Faq(MANY_ENTRIES), ButtonKind.TOPICS: Faq((tagged("e", *MANY_NAMES),))}


@pytest.mark.parametrize("kind", [ButtonKind.TOPIC, ButtonKind.TOPICS])
def test_a_long_list_has_pages_with_ways_on_and_back(kind: ButtonKind) -> None:
    topic = (short("all"),) if kind is ButtonKind.TOPIC else ()
    back = 1 if kind is ButtonKind.TOPIC else 0

    def data(number: int) -> str:
        return SIGNER.data(kind, *topic, str(number))

    pages = [rows_of(turned(data(number), MANY[kind])) for number in range(3)]
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
    assert turned(SIGNER.data(ButtonKind.TOPIC, short("gone"), "0"), MANY[ButtonKind.TOPIC]) is None
    assert turned(SIGNER.data(ButtonKind.TOPICS, "0"), Faq((tagged("a"),))) is None


@pytest.mark.parametrize(
    ("keeps_words", "labels"),
    [
        (True, [["＋ Add to “A?”"], ["Another entry…", "New entry…"], ["Ignore"]]),
        (False, [["New entry…"], ["Ignore"]]),
    ],
)
def test_what_was_missed_can_be_added_only_where_its_words_are_kept(
    *, keeps_words: bool, labels: list[list[str]]
) -> None:
    keyboards = Keyboards(TOKEN, feedback=True, has_team=True, edits=True, keeps_words=keeps_words)
    shown = rows(keyboards.under_post("0" * 16, [entry("a", "A?")], EN.team, DECISION))
    assert [[label for label, _ in row] for row in shown[1:-2]] == labels
    assert all(len(data.encode()) <= 64 for row in shown for _, data in row)
