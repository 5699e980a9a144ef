"""Whom a reply of the team is for, and its words as they are formatted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from telegram import Bot, MessageEntity, Update, User

from bot.channels.telegram.handoff.replying.answers import Words, answers_of
from bot.store.store import Ticket

ADA, BOB = (
    Ticket(letter * 16, letter, f"{letter}:0:7", {"chat": 7}, "", is_open=True, last_at=0.0)
    for letter in "ab"
)
DIGEST = [(1, ADA), (2, BOB)]
BOLD = {"type": "bold", "offset": 3, "length": 4}
FACE = "\N{GRINNING FACE}"  # two UTF-16 units


@pytest.fixture
def bot() -> Bot:
    """An account that nothing asks the network about."""
    bot = Bot("123:TEST")
    bot._bot_user = User(123, "FAQ", is_bot=True, username="faq_test_bot")
    return bot


def reply(bot: Bot, text: str | None, **more: Any) -> Update:
    """Somebody of the team replies to a post."""
    chat = {"id": -100, "type": "supergroup"}
    tom = {"id": 1, "is_bot": False, "first_name": "Tom"}
    message: dict[str, Any] = {"message_id": 9, "date": 1, "chat": chat, "from": tom}
    if text is not None:
        message["text"] = text
        if text.startswith("/"):
            end = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": end}]
    return Update.de_json({"update_id": 1, "message": message | more}, bot)


def said(bot: Bot, text: str | None, found: Any = None, **more: Any) -> list[tuple[str, str, bool]]:
    """(ticket, words, whether it closes) of each answer."""
    answers = answers_of(reply(bot, text, **more), DIGEST if found is None else found)
    return [(each.ticket.id[0], each.words.text, each.closes) for each in answers]


def test_a_reply_to_one_post_is_for_its_person_whatever_it_says(bot: Bot) -> None:
    assert said(bot, "2: yes", [(0, ADA)]) == [("a", "2: yes", False)]
    assert said(bot, "/close 2", [(0, ADA)]) == [("a", "", True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2: /close", [("b", "", True)]),
        ("2 /close@faq_test_bot", [("b", "", True)]),
        ("/close 2", [("b", "", True)]),
        ("/close both", [("a", "", True), ("b", "", True)]),
        ("/close 1 and 2", [("a", "", True), ("b", "", True)]),
        ("1: bye\n2: /close", [("a", "bye", False), ("b", "", True)]),
        ("1) and 2) yes", [("a", "yes", False), ("b", "yes", False)]),
        ("@faq_test_bot 2: yes", [("b", "yes", False)]),
        ("2: to /close it", [("b", "to /close it", False)]),
        ("yes", []),
        ("/close", []),
        ("2:", []),
    ],
)
def test_a_reply_to_a_digest_answers_or_closes_the_items_it_names(
    bot: Bot, text: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert said(bot, text) == expected


def test_a_reply_that_begins_with_a_name_is_for_whoever_alone_is_called_so(bot: Bot) -> None:
    names = "Ada Lovelace (@countess)", "Bob (@bob7)", "Bob"
    named = [
        (number, replace(ADA, id=str(number) * 16, address={"chat": 7, "name": name}))
        for number, name in enumerate(names, start=1)
    ]
    for text in ("Ada: yes", "ada lovelace：yes", "@countess: yes"):
        assert said(bot, text, named) == [("1", "yes", False)]
    assert said(bot, "bob7: /close", named) == [("2", "", True)]
    for text in ("Bob: yes", "Ada yes", "Eve: yes", "Note: yes"):
        assert said(bot, text, named) == []


def test_an_item_of_somebody_who_was_forgotten_is_none(bot: Bot) -> None:
    """Nobody is answered, so that it is known that somebody was not."""
    assert said(bot, "1 and 2: yes", [(2, BOB)]) == []
    assert said(bot, "2: yes", [(2, BOB)]) == [("b", "yes", False)]


def test_a_reply_that_quotes_an_item_is_for_its_person(bot: Bot) -> None:
    digest = f"2 questions at once {FACE}\n\n1. Ada: why?\n2. Bob: how?"
    replied: dict[str, Any] = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": -100, "type": "supergroup"},
    }
    replied |= {"text": digest}
    place = len(digest.partition("how")[0]) + 1  # the face is two
    quote = {"text": "how?", "position": place}
    assert said(bot, "yes", reply_to_message=replied, quote=quote) == [("b", "yes", False)]
    head = {"text": "questions", "position": 2}
    assert said(bot, "yes", reply_to_message=replied, quote=head) == []


def test_words_keep_their_formatting_where_a_number_stood_before_them(bot: Bot) -> None:
    link = {"type": "text_link", "offset": 9, "length": 4, "url": "https://example.com/"}
    (answer,) = answers_of(reply(bot, f"2: {FACE}ok, here", entities=[BOLD, link]), DIGEST)
    assert answer.words.text == f"{FACE}ok, here"
    bold, linked = answer.words.entities
    assert (bold.type, bold.offset, bold.length) == ("bold", 0, 4)
    assert (linked.type, linked.offset, linked.length) == ("text_link", 6, 4)
    assert linked.url == "https://example.com/"


def test_formatting_that_begins_before_a_part_goes_on_in_it() -> None:
    words = Words("1: yes, 2: no ", (MessageEntity("bold", 0, 14), MessageEntity("code", 0, 2)))
    part = words.part(10, 14)
    assert part.text == "no"
    assert [(each.type, each.offset, each.length) for each in part.entities] == [("bold", 0, 2)]
