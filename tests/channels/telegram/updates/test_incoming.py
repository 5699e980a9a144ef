"""Who sent what, where, and whether it is meant for the bot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram import CallbackQuery, Message, User

from bot.channels.telegram.updates.incoming import (
    MAX_CHARS,
    Address,
    Arrival,
    Command,
    inbox_item,
    name_of,
    read_message,
    read_press,
)

Json = dict[str, Any]

ME = User(999, "Faq", is_bot=True, username="Faq_Bot")
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


def message(
    text: str | None = None, *, chat: Json = PRIVATE, user: Json = ADA, **more: Any
) -> Message:
    data = {"message_id": 3, "date": 1_700_000_000, "chat": chat, "from": user, **more}
    if text is not None:
        data["text"] = text
    read = Message.de_json(data, None)
    assert read is not None
    return read


def marked(kind: str, text: str, part: str, **more: Any) -> Json:
    """An entity over a part of a text; Telegram counts in UTF-16 code units."""
    before = text[: text.index(part)]
    offset, length = (len(one.encode("utf-16-le", "surrogatepass")) // 2 for one in (before, part))
    return {"type": kind, "offset": offset, "length": length, **more}


def read(text: str | None = None, **more: Any) -> Arrival:
    arrival = read_message(message(text, **more), ME)
    assert arrival is not None
    return arrival


def test_in_private_every_message_is_meant_for_the_bot() -> None:
    arrival = read("hello")
    assert arrival == Arrival(Address(7), arrival.user, is_group=False, text="hello")
    assert (arrival.person, arrival.conversation) == ("7", "7:0:7")
    assert (arrival.lang, arrival.name) == ("en-GB", "Ada L")


@pytest.mark.parametrize("chat", [GROUP, SUPERGROUP])
def test_in_a_group_a_message_of_nobodys_is_only_overheard(chat: Json) -> None:
    arrival = read("hello", chat=chat)
    assert (arrival.is_group, arrival.is_addressed, arrival.text) == (True, False, "hello")
    assert arrival.address == Address(chat["id"], None, reply_to=3)
    assert arrival.conversation == f"{chat['id']}:0:7"


def test_a_forum_topic_is_part_of_where_and_of_the_conversation() -> None:
    arrival = read("hello", chat=SUPERGROUP, message_thread_id=5, is_topic_message=True)
    assert arrival.address == Address(-10042, 5, 3)
    assert arrival.conversation == "-10042:5:7"


def test_a_thread_of_replies_is_no_topic() -> None:
    arrival = read("hello", chat=SUPERGROUP, message_thread_id=5)
    assert arrival.address == Address(-10042, None, 3)


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
        pytest.param("@faq_BOT where", "where", id="in other letters"),
    ],
)
def test_the_bots_name_anywhere_addresses_it_and_is_cut_out(
    field: str, text: str, rest: str
) -> None:
    name = next(part for part in text.replace(",", " ").split() if part.startswith("@"))
    entities = {"text": "entities", "caption": "caption_entities"}[field]
    more: Json = {field: text, entities: [marked("mention", text, name)]}
    arrival = read(chat=GROUP, **more)
    assert (arrival.is_addressed, arrival.text) == (True, rest)


def test_all_mentions_are_cut_out_and_those_of_others_stay() -> None:
    text = "@Faq_Bot ask @ada or @FAQ_bot"
    names = [marked("mention", text, name) for name in ("@Faq_Bot", "@ada", "@FAQ_bot")]
    assert read(text, chat=GROUP, entities=names).text == "ask @ada or"


@pytest.mark.parametrize("text", ["@ada help", "@Faq_Bot2 help", "mail me@Faq_Bot"])
def test_another_name_addresses_nobody(text: str) -> None:
    name = text.split()[0] if text.startswith("@") else "me@Faq_Bot"
    kind = "mention" if text.startswith("@") else "email"
    arrival = read(text, chat=GROUP, entities=[marked(kind, text, name)])
    assert (arrival.is_addressed, arrival.text) == (False, text)


@pytest.mark.parametrize(("user", "is_addressed"), [(BOT, True), (ADA, False)])
def test_a_name_that_is_a_link_to_the_account_counts_too(user: Json, is_addressed: bool) -> None:
    text = "😀 Robot, where"
    entity = marked("text_mention", text, "Robot", user=user)
    arrival = read(text, chat=GROUP, entities=[entity])
    assert arrival.is_addressed is is_addressed
    assert arrival.text == ("😀 , where" if is_addressed else text)


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


def command(text: str, **more: Any) -> Arrival:
    entity = marked("bot_command", text, text.split()[0])
    return read(text, **{"chat": GROUP, "entities": [entity], **more})


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
    arrival = command(text)
    assert (arrival.command, arrival.is_addressed) == (expected, True)


def test_a_command_of_another_bot_is_nobodys() -> None:
    arrival = command("/help@other_bot")
    assert (arrival.command, arrival.is_addressed) == (None, False)


def test_a_command_is_read_though_all_of_the_message_is_bold() -> None:
    text = "/ask where"
    entities = [marked("bold", text, text), marked("bot_command", text, "/ask")]
    arrival = command(text, entities=entities)
    assert arrival.command == Command("ask", "where", is_named=False)


def test_a_command_amid_a_text_is_none() -> None:
    text = "try /ask"
    arrival = read(text, entities=[marked("bot_command", text, "/ask")])
    assert (arrival.command, arrival.text) == (None, text)


def test_a_command_under_a_picture_is_one() -> None:
    entity = marked("bot_command", "/why", "/why")
    arrival = read(caption="/why", caption_entities=[entity])
    assert arrival.command == Command("why", "", is_named=False)


def test_an_anonymous_admin_is_nobody_but_is_answered() -> None:
    arrival = command("/ask where", user=ANONYMOUS, sender_chat=GROUP)
    assert (arrival.user, arrival.person, arrival.lang, arrival.name) == (None, None, None, "")
    assert (arrival.is_addressed, arrival.conversation) == (True, "-42:0:0")


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
def test_what_no_person_says_is_not_read(more: Json) -> None:
    assert read_message(message("@Faq_Bot hello", **more), ME) is None


def test_a_message_without_a_sender_is_not_read() -> None:
    data = {"message_id": 3, "date": 1_700_000_000, "chat": GROUP, "text": "hello"}
    nobodys = Message.de_json(data, None)
    assert nobodys is not None
    assert read_message(nobodys, ME) is None


def test_a_forward_is_read_as_somebody_elses_words() -> None:
    origin = {"type": "user", "date": 1_600_000_000, "sender_user": ADA}
    arrival = read("/reload", forward_origin=origin)
    assert (arrival.is_forward, arrival.person, arrival.text) == (True, "7", "/reload")
    assert read("/reload").is_forward is False


def test_a_message_without_words_has_no_text() -> None:
    assert read(dice={"emoji": "🎲", "value": 3}).text is None


def test_a_text_is_cut_at_the_length_of_a_message() -> None:
    assert read("x" * (MAX_CHARS + 1)).text == "x" * MAX_CHARS
    cut = command("/ask " + "x" * (MAX_CHARS + 1)).command
    assert cut == Command("ask", "x" * MAX_CHARS, is_named=False)


def test_half_a_character_harms_nothing() -> None:
    text = "\ud83d @Faq_Bot \udc00 where"
    arrival = read(text, chat=GROUP, entities=[marked("mention", text, "@Faq_Bot")])
    assert (arrival.is_addressed, arrival.text) == (True, "\ud83d  \udc00 where")


def press(**more: Any) -> Arrival | None:
    data = {"id": "1", "from": ADA, "chat_instance": "1", "data": "x", **more}
    query = CallbackQuery.de_json(data, None)
    assert query is not None
    return read_press(query)


@pytest.mark.parametrize(
    ("chat", "more", "address", "conversation"),
    [
        (PRIVATE, {}, Address(7), "7:0:7"),
        (GROUP, {}, Address(-42, None, 3), "-42:0:7"),
        (
            SUPERGROUP,
            {"message_thread_id": 5, "is_topic_message": True},
            Address(-10042, 5, 3),
            "-10042:5:7",
        ),
    ],
)
def test_a_press_belongs_to_the_conversation_of_who_pressed(
    chat: Json, more: Json, address: Address, conversation: str
) -> None:
    """Whose message it is under makes no difference."""
    under = message("?", chat=chat, user=BOT, **more).to_dict()
    arrival = press(message=under)
    assert arrival is not None
    assert (arrival.address, arrival.conversation, arrival.is_group) == (
        address, conversation, chat is not PRIVATE,
    )  # fmt: skip


def test_a_press_under_a_message_that_telegram_no_longer_tells_is_answered_there() -> None:
    arrival = press(message={"message_id": 3, "date": 0, "chat": GROUP})
    assert arrival is not None
    assert (arrival.address, arrival.conversation) == (Address(-42, None, 3), "-42:0:7")


def test_a_press_under_no_message_or_of_a_bot_is_not_read() -> None:
    assert press(inline_message_id="1") is None
    assert press(**{"message": message("?", user=BOT).to_dict(), "from": OTHER_BOT}) is None


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User(1, "Ada", False, last_name="Lovelace", username="ada"), "Ada Lovelace (@ada)"),
        (User(1, "A" * 70, False), "A" * 64),
    ],
)
def test_a_person_is_named_with_what_telegram_finds_them_by(user: User, name: str) -> None:
    assert name_of(user) == name


# --- the chat and the person of an update --------------------------------------------------------

PRESS = {"id": "1", "from": {"id": 5}, "message": {"message_id": 1, "chat": {"id": -9}}}


@pytest.mark.parametrize(
    ("update", "lane", "person"),
    [
        pytest.param(
            {"message": {"chat": {"id": 7}, "from": {"id": 7}}}, 7, "7", id="a private message"
        ),
        pytest.param(
            {"message": {"chat": {"id": -9}, "from": {"id": 5}}}, -9, "5", id="a message in a group"
        ),
        pytest.param({"message": {"chat": {"id": -9}}}, -9, None, id="a message of nobody"),
        pytest.param({"callback_query": PRESS}, -9, "5", id="a press in a group"),
        pytest.param({"callback_query": {"from": {"id": 5}}}, 5, "5", id="a press on nothing"),
        pytest.param({"poll": {"id": "1"}}, 0, None, id="something else"),
        pytest.param({"message": "text"}, 0, None, id="no message"),
        pytest.param({"message": {"chat": 4, "from": "x"}}, 0, None, id="no chat"),
        pytest.param({"message": {"chat": {"id": "4"}, "from": {"id": True}}}, 0, None, id="words"),
        pytest.param({"callback_query": {"message": 3, "from": []}}, 0, None, id="no press"),
    ],
)
def test_an_update_belongs_to_a_chat_and_a_person(
    update: dict[str, Any], lane: int, person: str | None
) -> None:
    item = inbox_item({"update_id": 1, **update})
    assert (item.lane, item.person) == (lane, person)
    assert json.loads(item.payload) == {"update_id": 1, **update}
