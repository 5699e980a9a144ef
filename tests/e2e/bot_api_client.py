"""A plain HTTP client for the stand-in for Telegram's Bot API, for the tests of the stand-in."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tests.e2e.bot_api import BotApi, Upload


def ask(api: BotApi, method: str, *, token: str | None = None, **params: Any) -> dict[str, Any]:
    """Post a form as the bot does, nested values as JSON; return the decoded answer."""
    form = {name: v if isinstance(v, str) else json.dumps(v) for name, v in params.items()}
    url = f"{api.url}/bot{api.token if token is None else token}/{method}"
    return post(urllib.request.Request(url, urllib.parse.urlencode(form).encode()))


def post(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))


def description(answer: dict[str, Any]) -> str:
    assert answer["ok"] is False
    return str(answer["description"])


def upload(api: BotApi, method: str, files: dict[str, Upload], **params: Any) -> dict[str, Any]:
    """Post a form with files as parts of their own; return the decoded answer."""
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in params.items()
    ]
    for name, file in files.items():
        place = f'form-data; name="{name}"; filename="{file.file_name}"'
        head = f"--XX\r\nContent-Disposition: {place}\r\nContent-Type: {file.mime_type}\r\n\r\n"
        parts.append(head.encode() + file.content + b"\r\n")
    headers = {"Content-Type": "multipart/form-data; boundary=XX"}
    url = f"{api.url}/bot{api.token}/{method}"
    return post(urllib.request.Request(url, b"".join(parts) + b"--XX--\r\n", headers))


def updates(api: BotApi) -> list[dict[str, Any]]:
    """The updates that wait."""
    return list(ask(api, "getUpdates")["result"])


def messages(api: BotApi) -> list[dict[str, Any]]:
    """The messages in the updates that wait."""
    return [update["message"] for update in updates(api) if "message" in update]
