"""What answers of the true process look like, and the pictures and documents that go with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from bot.formatting import MAX_UNITS
from tests.e2e.bot_api import BotApi, SentMessage, Upload
from tests.e2e.chatting import THUMBS, ask, labels, press, replies, replies_in_thread
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
PICTURE, PAGES = b"\x89PNG a picture", b"%PDF some pages"
URL = "https://shop.example.com/map.png"
LONG_LINES = "\n".join(f"Shelf {number:03} holds nails, screws & bolts." for number in range(250))
FAQ = f"""
- id: deposit
  question: How do I get my deposit back?
  answer: |
    Bring **the bottle** <empty> to [our shop](https://shop.example.com/?a=1&b=2).
- id: fees
  question: What are the fees?
  answer: |
    ### Fees
    | Group | Fee |
    |-------|-----|
    | Adults | 8.00 |

    > Boxes of 60*80*30 cm &amp; *more*: ask.
    ```sh
    ls *a*
    ```
    <ul><li>Cash</li></ul>
- id: shelves
  question: What is on the shelves?
  answer: |
    **SHELVES
    {LONG_LINES.replace(chr(10), chr(10) + "    ")}**
- id: address
  question: Where is your shop?
  answer: We are beside the town hall.
  attachments:
    - photo: pictures/shop.png
      caption: Our shop & its <door>
    - document: way.pdf
- id: parking
  question: Where can I park my car?
  answer: Behind the town hall.
  attachments:
    - photo: {URL}
      caption: A map
- id: bicycle
  question: Who repairs bicycles?
  answer: We do.
  attachments:
    - photo: pictures/gone.png
    - document: prices.pdf
- id: invoice-post
  question: How do I get an invoice by post?
  answer: Write to us.
- id: invoice-mail
  question: How do I get an invoice by e-mail?
  answer: Here is **how**.
  attachments:
    - document: invoices.pdf
      caption: See page 2
"""


REFUSAL = 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'
PLAIN = "Bring the bottle <empty> to our shop (https://shop.example.com/?a=1&b=2)."


@dataclass(frozen=True)
class Shop:
    """A running bot over an FAQ with formatted answers and files."""

    api: BotApi
    folder: Path


@pytest.fixture(scope="module")
def shop(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "shop.png").write_bytes(PICTURE)
    (folder / "pictures" / "gone.png").write_bytes(PICTURE)
    for name in ("way.pdf", "prices.pdf", "invoices.pdf"):
        (folder / name).write_bytes(PAGES)
    (folder / "faq.yaml").write_text(FAQ, "utf-8")
    config = make_config(f"faq: '{folder}'\n")
    with BotApi() as api, serving(api, config):
        yield Shop(api, folder)


def seen(messages: list[SentMessage]) -> list[tuple[str, str]]:
    """What people see of messages: their kind and their words."""
    return [(message.kind, message.text) for message in messages]


def file_id(api: BotApi, sent: SentMessage) -> str:
    """What Telegram calls the file of a message."""
    calls = [call for call in api.calls if call.method in {"sendPhoto", "sendDocument"}]
    (message,) = [c.result for c in calls if c.result["message_id"] == sent.message_id]
    held = message["photo"][-1] if sent.kind == "photo" else message["document"]
    return str(held["file_id"])


def test_bold_and_links_are_sent_as_html_and_as_plain_text_where_that_is_refused(
    shop: Shop, chat_id: int
) -> None:
    message = ask(shop.api, "How do I get my deposit back?", chat_id=chat_id)
    assert message.text == "Bring the bottle <empty> to our shop."
    link = '<a href="https://shop.example.com/?a=1&amp;b=2">our shop</a>'
    assert message.raw_text == f"Bring <b>the bottle</b> &lt;empty&gt; to {link}."
    shop.api.fail_next("sendMessage", 400, REFUSAL)
    plain = ask(shop.api, "How do I get my deposit back?", chat_id=chat_id)
    assert plain.raw_text == PLAIN


def test_an_answer_from_a_wiki_is_shown_so_that_people_can_read_it(
    shop: Shop, chat_id: int
) -> None:
    assert ask(shop.api, "What are the fees?", chat_id=chat_id).raw_text == (
        "<b>Fees</b>\nGroup: Adults\nFee: 8.00\n\n"
        "<blockquote>Boxes of 60*80*30 cm &amp; <i>more</i>: ask.</blockquote>\n"
        "<code>ls *a*</code>\n\n- Cash"
    )


def test_a_long_answer_stays_bold_in_every_part_but_one_that_is_refused(
    shop: Shop, chat_id: int
) -> None:
    shop.api.say("What is on the shelves?", chat_id=chat_id)
    parts = replies(shop.api, chat_id, 3)
    assert "\n".join(part.text for part in parts) == f"SHELVES\n{LONG_LINES}"
    assert max(len(part.text) for part in parts) <= MAX_UNITS
    assert {(part.raw_text[:3], part.raw_text[-4:]) for part in parts} == {("<b>", "</b>")}
    shop.api.fail_next("sendMessage", 400, REFUSAL)
    shop.api.say("What is on the shelves?", chat_id=chat_id)
    again = replies(shop.api, chat_id, 6)[3:]
    assert [part.text for part in again] == [part.text for part in parts]
    assert [part.raw_text[:3] for part in again] == ["SHE", "<b>", "<b>"]


def test_attachments_follow_their_answer_and_are_uploaded_once(shop: Shop, chat_id: int) -> None:
    shop.api.say("Where is your shop?", chat_id=chat_id)
    first = replies(shop.api, chat_id, 3)
    assert seen(first) == [
        ("text", "We are beside the town hall."),
        ("photo", "Our shop & its <door>"),
        ("document", ""),
    ]
    assert list(map(labels, first)) == [THUMBS, [], []]
    _, photo, document = first
    assert photo.file == Upload("shop.png", "image/png", PICTURE)
    assert document.file == Upload("way.pdf", "application/pdf", PAGES)
    shop.api.say("Where is your shop?", chat_id=chat_id)
    again = replies(shop.api, chat_id, 6)[3:]
    assert seen(again) == seen(first)
    assert [message.file for message in again] == [
        None,
        file_id(shop.api, photo),
        file_id(shop.api, document),
    ]


def test_a_changed_attachment_is_uploaded_anew(shop: Shop, chat_id: int) -> None:
    shop.api.say("Where is your shop?", chat_id=chat_id)
    replies(shop.api, chat_id, 3)
    newer = PAGES + b" and one more"
    path = shop.folder / "way.pdf"
    path.write_bytes(newer)
    os.utime(path, (1_900_000_000, 1_900_000_000))  # the clock of some file systems is coarse
    shop.api.say("Where is your shop?", chat_id=chat_id)
    *_, document = replies(shop.api, chat_id, 6)
    assert document.file == Upload("way.pdf", "application/pdf", newer)


def test_attachments_stay_in_the_forum_topic_of_the_question(shop: Shop, chat_id: int) -> None:
    forum = -3_000_000 - chat_id
    shop.api.say("/ask Where is your shop?", chat_id=forum, user_id=701, thread_id=5)
    sent = replies_in_thread(shop.api, forum, 5, 3)
    assert [message.kind for message in sent] == ["text", "photo", "document"]
    assert {message.reply_to for message in sent} == {sent[0].reply_to}
    shop.api.say("/ask invoice", chat_id=forum, user_id=701, thread_id=6)
    (message,) = replies_in_thread(shop.api, forum, 6)
    assert message.text == TEXTS.follow_up
    shop.api.fail_next("editMessageText", 400, REFUSAL)
    press(shop.api, message, "How do I get an invoice by e-mail?", user_id=701)
    _, *sent = replies_in_thread(shop.api, forum, 6, 3)  # a refused edit is answered below
    assert seen(sent) == [("text", "Here is how."), ("document", "See page 2")]


def test_a_photo_by_url_is_fetched_by_telegram_or_sent_as_text(shop: Shop, chat_id: int) -> None:
    shop.api.say("Where can I park my car?", chat_id=chat_id)
    _, photo = replies(shop.api, chat_id, 2)
    assert (photo.kind, photo.text, photo.file) == ("photo", "A map", URL)
    shop.api.chats.refuses_urls = True
    shop.api.say("Where can I park my car?", chat_id=chat_id)
    told = seen(replies(shop.api, chat_id, 4)[2:])
    shop.api.chats.refuses_urls = False
    assert told == [("text", "Behind the town hall."), ("text", f"{TEXTS.file_away}\n{URL}")]


def test_a_deleted_attachment_is_said_to_be_away_and_the_others_come(
    shop: Shop, chat_id: int
) -> None:
    (shop.folder / "pictures" / "gone.png").unlink()
    shop.api.say("Who repairs bicycles?", chat_id=chat_id)
    assert seen(replies(shop.api, chat_id, 3)) == [
        ("text", "We do."),
        ("text", TEXTS.file_away),
        ("document", ""),
    ]
