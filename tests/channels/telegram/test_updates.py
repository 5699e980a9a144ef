"""Who sent what, where, and whether it is meant for the bot.

How updates come in, test_polling.py and test_webhook.py tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram import Bot, Update

from bot.channels.telegram import arrivals, updates
from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.updates import MAX_CHARS, Command
from bot.domain import Incoming, Press

Json = dict[str, Any]

ME = cast(Bot, SimpleNamespace(id=999, username="Faq_Bot", name="@Faq_Bot"))
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "en-GB"}
BOT = {"id": 999, "is_bot": True, "first_name": "Faq", "username": "Faq_Bot"}
OTHER_BOT = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
AS_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -42, "type": "group", "title": "Shop"}
SUPERGROUP = {"id": -10042, "type": "supergroup", "title": "Shop"}
CHANNEL = {"id": -10043, "type": "channel", "title": "News"}


def said(text: str | None = None, *, chat: Json = PRIVATE, user: Json = ADA, **more: Any) -> Update:
    """An update as it is sent: a message."""
    data = {"message_id": 3, "date": 1_700_000_000, "chat": chat, "from": user, **more}
    if text is not None:
        data["text"] = text
    return updates.read_update(json.dumps({"update_id": 5, "message": data}), ME)


@dataclass
class Read:
    """What is read off a message."""

    is_addressed: bool
    text: str | None
    command: Command | None


def read(text: str | None = None, **more: Any) -> Read:
    update = said(text, **more)
    assert not updates.is_from_nobody(update)
    is_addressed = updates.is_addressed(update)
    return Read(is_addressed, updates.text_of(update), updates.command_of(update))


def marked(kind: str, text: str, part: str, **more: Any) -> Json:
    """An entity over a part of a text; Telegram counts in UTF-16 code units."""
    before = text[: text.index(part)]
    offset, length = (len(one.encode("utf-16-le", "surrogatepass")) // 2 for one in (before, part))
    return {"type": kind, "offset": offset, "length": length, **more}


TOPIC = {"chat": SUPERGROUP, "message_thread_id": 5, "is_topic_message": True}


@pytest.mark.parametrize(
    ("more", "address", "conversation"),
    [
        pytest.param({}, Address(7), "7:0:7", id="in private"),
        pytest.param({"chat": GROUP}, Address(-42, None, 3), "-42:0:7", id="in a group"),
        pytest.param(TOPIC, Address(-10042, 5, 3), "-10042:5:7", id="in a forum topic"),
        pytest.param(
            {**TOPIC, "is_topic_message": False},
            Address(-10042, None, 3),
            "-10042:0:7",
            id="in a thread of replies, which is no topic",
        ),
    ],
)
def test_a_reply_goes_to_where_it_was_said_and_whoever_presses_there_has_the_same_conversation(
    more: Json, address: Address, conversation: str
) -> None:
    update = said("hello", **more)
    assert updates.address_of(update) == address
    assert updates.conversation_of(update) == conversation
    pressed = press(message=json.loads(said("?", user=BOT, **more).message.to_json()))  # type: ignore[union-attr]
    assert updates.address_of(pressed) == address
    assert updates.conversation_of(pressed) == conversation


def test_an_incoming_names_who_says_what_in_which_conversation() -> None:
    update = said("hello")
    found = updates.read_incoming(update, "hello")
    said_at = update.message.date.timestamp()  # type: ignore[union-attr]  # it holds a message
    assert found == Incoming(
        "7:0:7", "hello", "en-GB", "7", decision_id=found.decision_id, at=said_at
    )
    press = updates.read_incoming(update, Press("refund"), only_if_sure=True)
    assert (press.content, press.only_if_sure) == (Press("refund"), True)
    assert press.decision_id == found.decision_id  # so that it is remembered once
    assert (len(found.decision_id), int(found.decision_id, 16) > 0) == (16, True)


@pytest.mark.parametrize(
    ("raw", "lane", "person"),
    [
        ({"message": {"chat": {"id": -9}, "from": {"id": 7}}}, -9, "7"),
        ({"callback_query": {"message": {"chat": {"id": -9}}, "from": {"id": 7}}}, -9, "7"),
        ({"callback_query": {"from": {"id": 7}}}, 7, "7"),
        ({"message": {"chat": {"id": "9"}, "from": [7]}}, 0, None),
        ({"message": {"chat": {"id": True}, "from": {"id": None}}}, 0, None),
        ({"poll": {}}, 0, None),
    ],
)
def test_an_update_is_recorded_with_its_chat_and_its_person(
    raw: Json, lane: int, person: str | None
) -> None:
    """Whatever it holds; one chat's updates are answered in order."""
    (item,) = arrivals.inbox_items([{"update_id": 5, **raw}])
    assert (item.update_id, item.person) == (5, person)
    assert arrivals.lane_of(json.loads(item.payload)) == lane
    assert json.loads(item.payload) == {"update_id": 5, **raw}


@pytest.mark.parametrize("field", ["text", "caption"])
@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("@Faq_Bot where is it", "where is it", id="before"),
        pytest.param("where is it @Faq_Bot", "where is it", id="behind"),
        pytest.param("hey @Faq_Bot, where", "hey , where", id="in between"),
        pytest.param(
            "😀👩‍🚀 @Faq_Bot 😀 where", "😀👩‍🚀  😀 where", id="behind emoji, of two units each"
        ),
        pytest.param("@faq_BOT where @ada", "where @ada", id="in other letters"),
    ],
)
def test_the_bots_name_anywhere_addresses_it_and_is_cut_out(
    field: str, text: str, rest: str
) -> None:
    name = next(part for part in text.replace(",", " ").split() if part.startswith("@"))
    entities = {"text": "entities", "caption": "caption_entities"}[field]
    more: Json = {field: text, entities: [marked("mention", text, name)]}
    found = read(chat=GROUP, **more)
    assert (found.is_addressed, found.text) == (True, rest)


@pytest.mark.parametrize(("user", "is_addressed"), [(BOT, True), (ADA, False)])
def test_a_name_that_is_a_link_to_the_account_counts_too(user: Json, is_addressed: bool) -> None:
    text = "😀 Robot, where"
    entity = marked("text_mention", text, "Robot", user=user)
    found = read(text, chat=GROUP, entities=[entity])
    assert found.is_addressed is is_addressed
    assert found.text == ("😀 , where" if is_addressed else text)


@pytest.mark.parametrize(
    ("text", "name", "kind", "said"),
    [
        pytest.param("@ada help", "@ada", "mention", "@ada help", id="somebody else"),
        pytest.param("@Faq_Bot2 help", "@Faq_Bot2", "mention", "@Faq_Bot2 help", id="longer"),
        pytest.param("mail me@Faq_Bot", "me@Faq_Bot", "email", "mail me@Faq_Bot", id="an address"),
        pytest.param("try /ask", "/ask", "bot_command", "try /ask", id="a command amid a text"),
        pytest.param(
            "/help@other", "/help@other", "bot_command", "/help@other", id="another bot's"
        ),
        pytest.param("where?", "where", "bold", "where?", id="nothing"),
    ],
)
def test_in_a_group_what_names_neither_the_bot_nor_a_command_of_it_is_only_overheard(
    text: str, name: str, kind: str, said: str
) -> None:
    more: Json = {"entities": [marked(kind, text, name)]}
    assert read(text, chat=GROUP, **more) == Read(is_addressed=False, text=said, command=None)
    assert read(text, **more) == Read(is_addressed=True, text=said, command=None)  # in private


def replied(user: Json, **more: Any) -> Json:
    chat = {"message_id": 2, "date": 1_700_000_000, "chat": SUPERGROUP, "from": user}
    return {"reply_to_message": {**chat, **more}}


@pytest.mark.parametrize(
    ("reply", "is_addressed"),
    [
        pytest.param(replied(BOT, text="?"), True, id="to the bot"),
        pytest.param(replied(ADA, text="?"), False, id="to somebody else"),
        pytest.param(
            replied(BOT, forum_topic_created={"name": "T", "icon_color": 1}, message_thread_id=2),
            False,
            id="to the beginning of a topic that the bot made",
        ),
    ],
)
def test_a_reply_to_the_bot_addresses_it(reply: Json, is_addressed: bool) -> None:
    assert read("where", chat=SUPERGROUP, **reply).is_addressed is is_addressed
    to_another = {"entities": entities_of("/help@other_bot"), **reply}
    assert not read("/help@other_bot", chat=SUPERGROUP, **to_another).is_addressed


def entities_of(command: str) -> list[Json]:
    return [marked("bot_command", command, command.split()[0])]


def command(text: str, **more: Any) -> Read:
    return read(text, **{"chat": GROUP, "entities": entities_of(text), **more})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Command("start", "", is_named=False)),
        ("/Start refund ", Command("start", "refund", is_named=False)),
        ("/ask@Faq_Bot where\nis it", Command("ask", "where\nis it", is_named=True)),
        ("/ask@FAQ_BOT where", Command("ask", "where", is_named=True)),
    ],
)
def test_a_command_is_read_with_what_stands_behind_it(text: str, expected: Command) -> None:
    for more in ({}, {"entities": [marked("bold", text, text), *entities_of(text)]}):
        found = command(text, **more)
        assert (found.command, found.is_addressed) == (expected, True)
    under_a_picture = read(caption=text, caption_entities=entities_of(text))
    assert under_a_picture.command == expected


def test_an_anonymous_admin_is_nobody_but_is_answered() -> None:
    text = "/ask where"
    entities = [marked("bot_command", text, "/ask")]
    update = said(text, chat=GROUP, user=ANONYMOUS, sender_chat=GROUP, entities=entities)
    assert (updates.is_from_nobody(update), updates.is_addressed(update)) == (False, True)
    assert (updates.person_of(update), updates.lang_of(update)) == (None, None)
    assert (updates.name_of(update), updates.conversation_of(update)) == ("", "-42:0:0")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"chat": CHANNEL, "sender_chat": CHANNEL}, id="a post of a channel"),
        pytest.param(
            {"chat": GROUP, "user": AS_CHANNEL, "sender_chat": CHANNEL}, id="as a channel"
        ),
        pytest.param(
            {"chat": GROUP, "user": TELEGRAM, "sender_chat": CHANNEL, "is_automatic_forward": True},
            id="the linked channel",
        ),
        pytest.param({"chat": GROUP, "user": OTHER_BOT}, id="another bot"),
        pytest.param({"chat": PRIVATE, "user": BOT}, id="the bot itself"),
        pytest.param({"chat": GROUP, "user": ANONYMOUS, "sender_chat": CHANNEL}, id="of elsewhere"),
        pytest.param({"chat": GROUP, "user": ANONYMOUS}, id="a bot of that number"),
    ],
)
def test_what_no_person_says_is_nobodys(more: Json) -> None:
    assert updates.is_from_nobody(said("@Faq_Bot hello", **more))


def test_a_text_is_cut_at_the_length_of_a_message() -> None:
    assert read("x" * (MAX_CHARS + 1)).text == "x" * MAX_CHARS
    cut = command("/ask " + "x" * (MAX_CHARS + 1)).command
    assert cut == Command("ask", "x" * MAX_CHARS, is_named=False)


def test_half_a_character_harms_nothing() -> None:
    text = "\ud83d @Faq_Bot \udc00 where"
    found = read(text, chat=GROUP, entities=[marked("mention", text, "@Faq_Bot")])
    assert (found.is_addressed, found.text) == (True, "\ud83d  \udc00 where")


@pytest.mark.parametrize(
    "text",
    [" \n", "\u200b\u2060", "\u3164\u3164", "\u2800", "\ufe0f" * 9, "\0", "\ud83d", "\U000e0041"],
)
def test_what_nobody_can_see_is_nothing_that_was_said(text: str) -> None:
    assert (read(text).text, read(f"{text}hi").text) == ("", f"{text}hi".strip())


def press(**more: Any) -> Update:
    data = {"id": "1", "from": ADA, "chat_instance": "1", "data": "x", **more}
    return updates.read_update(json.dumps({"update_id": 5, "callback_query": data}), ME)


def test_a_press_under_a_message_that_telegram_no_longer_tells_is_answered_there() -> None:
    update = press(message={"message_id": 3, "date": 0, "chat": GROUP})
    assert updates.address_of(update).chat_id == -42
    assert updates.conversation_of(update) == "-42:0:7"


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (ADA | {"username": "ada"}, "Ada L (@ada)"),
        ({"id": 1, "is_bot": False, "first_name": "A" * 70}, "A" * 64),
        (ADA | {"first_name": "A\n2. B\u2028\u202e", "last_name": "\x1b"}, "A 2. B"),
        ({"id": 1, "is_bot": False, "first_name": ""}, ""),
    ],
)
def test_a_person_is_named_with_what_telegram_finds_them_by(user: Json, name: str) -> None:
    assert updates.name_of(said("hello", user=user)) == name
