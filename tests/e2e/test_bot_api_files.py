"""The stand-in takes and tells photos, documents and the like as Telegram does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, get_args

import pytest
from telegram import Bot, Update

from tests.e2e.bot_api import BotApi, Upload
from tests.e2e.bot_api_client import ask, description, messages, updates, upload
from tests.e2e.bot_api_files import MediaKind

PICTURE = Upload("a.png", "image/png", b"\x89PNG\r\n--X?")
KINDS = get_args(MediaKind)


@pytest.mark.parametrize("kind", KINDS)
def test_python_telegram_bot_reads_whatever_a_person_sends(api: BotApi, kind: Any) -> None:
    api.send_media(kind, chat_id=5)
    message = Update.de_json(updates(api)[0], None).message
    assert message is not None
    assert (message.api_kwargs, message.text, message.caption) == ({}, None, None)
    held = getattr(message, kind)
    (part,) = held if kind == "photo" else (held,)
    assert part.api_kwargs == {}


def test_an_album_is_one_message_for_each_file(api: BotApi) -> None:
    api.send_media("photo", "Which cake is this?", media_group_id="g1", chat_id=5)
    api.send_media("photo", media_group_id="g1", chat_id=5)
    told = [(message["media_group_id"], message.get("caption")) for message in messages(api)]
    assert told == [("g1", "Which cake is this?"), ("g1", None)]


@pytest.mark.parametrize("kind", ["sticker", "video_note", "location", "contact"])
def test_what_has_no_caption_in_telegram_has_none_here(api: BotApi, kind: Any) -> None:
    with pytest.raises(ValueError, match="has no caption"):
        api.send_media(kind, "look")


@pytest.mark.parametrize("kind", ["photo", "document"])
@pytest.mark.parametrize("attached", [False, True])
def test_an_upload_is_kept_by_either_way_of_sending(api: BotApi, kind: str, attached: bool) -> None:
    method = f"send{kind.capitalize()}"
    params = {kind: "attach://a1"} if attached else {}
    name = "a1" if attached else kind
    answer = upload(api, method, {name: PICTURE}, chat_id=1, caption="Our shop", **params)
    assert answer["ok"] is True
    (message,) = api.sent(1)
    assert (message.kind, message.file, message.text) == (kind, PICTURE, "Our shop")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        pytest.param({}, "there is no photo in the request", id="nothing"),
        pytest.param({"photo": ""}, "there is no photo in the request", id="an empty name"),
        pytest.param(
            {"photo": "attach://a1"}, "there is no photo in the request", id="nothing attached"
        ),
        pytest.param(
            {"photo": "AgACAgIAAx"}, "wrong file identifier/HTTP URL specified", id="unknown"
        ),
        pytest.param(
            {"photo": "document-1"}, "can't use file of type Document as Photo", id="not a photo"
        ),
    ],
)
def test_a_photo_that_telegram_cannot_find_is_refused(
    api: BotApi, params: dict[str, str], refusal: str
) -> None:
    api.send_media("document")
    answer = ask(api, "sendPhoto", chat_id=1, **params)
    assert description(answer) == f"Bad Request: {refusal}"
    assert api.sent(1) == []


def test_an_empty_file_is_refused(api: BotApi) -> None:
    answer = upload(api, "sendPhoto", {"photo": Upload("a.png", "image/png", b"")}, chat_id=1)
    assert description(answer) == "Bad Request: file must be non-empty"


def test_a_url_is_fetched_unless_the_test_says_otherwise(api: BotApi) -> None:
    url = "https://x.example/a.png"
    assert ask(api, "sendPhoto", chat_id=1, photo=url)["ok"] is True
    assert [message.file for message in api.sent(1)] == [url]
    api.refuse_urls()
    refused = description(ask(api, "sendPhoto", chat_id=1, photo=url))
    assert refused == "Bad Request: failed to get HTTP URL content"
    api.refuse_urls(False)
    assert ask(api, "sendPhoto", chat_id=1, photo=url)["ok"] is True


def test_a_file_sent_before_can_be_sent_by_its_id(api: BotApi) -> None:
    sent = upload(api, "sendPhoto", {"photo": PICTURE}, chat_id=1)["result"]["photo"][-1]
    again = ask(api, "sendPhoto", chat_id=2, photo=sent["file_id"])["result"]["photo"][-1]
    assert again == sent
    assert [message.file for message in api.sent(2)] == [sent["file_id"]]


def test_each_file_has_an_id_of_its_own(api: BotApi) -> None:
    api.send_media("photo")
    api.send_media("photo")
    ids = {message["photo"][0]["file_id"] for message in messages(api)}
    assert len(ids) == 2


@pytest.mark.parametrize(("more", "caption"), [({}, "look"), ({"caption": "new"}, "new")])
def test_a_copy_holds_the_file_and_its_caption(
    api: BotApi, more: dict[str, str], caption: str
) -> None:
    api.send_media("photo", "look")
    file_id = messages(api)[0]["photo"][0]["file_id"]
    ask(api, "copyMessage", chat_id=-5, from_chat_id=1, message_id=1, **more)
    (message,) = api.sent(-5)
    assert (message.kind, message.file, message.text) == ("photo", file_id, caption)
    assert message.raw_text == caption


def test_what_python_telegram_bot_sends_arrives(api: BotApi, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE.content)

    async def send() -> None:
        async with Bot(api.token, base_url=f"{api.url}/bot") as bot:
            await bot.send_photo(1, path, caption="a < b")
            with path.open("rb") as file:
                await bot.send_document(1, file)
            await bot.send_photo(1, "https://x.example/a.png")

    asyncio.run(send())
    told = [(message.kind, message.file, message.text) for message in api.sent(1)]
    assert told == [
        ("photo", PICTURE, "a < b"),
        ("document", PICTURE, ""),
        ("photo", "https://x.example/a.png", ""),
    ]
