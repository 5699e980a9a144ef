"""The bot's account at a Bot API server."""

from __future__ import annotations

import json
from typing import Any

from telegram import Bot
from telegram.error import InvalidToken, NetworkError

from bot.channels.telegram.api.request import Request
from bot.service.health import POLL_TIMEOUT_S

_CONNECTIONS = 256
_POLL_SLACK_S = 10.0
_MAX_ID = 2**63  # beyond it no database holds a number
_PARAMETERS = ("migrate_to_chat_id", "retry_after")


class _Careful(Request):
    """Takes a body that is no answer of the Bot API for a network that does not work."""

    def __init__(self, token: str, connections: int) -> None:
        super().__init__(connections)
        self._token = token

    async def do_request(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """One request; of a refusal only what is known is left.

        python-telegram-bot puts all else that a server says into its errors, the token too where
        an error page repeats the address.
        """
        code, payload = await super().do_request(*arguments, **options)
        return code, payload if code in range(200, 300) else _refusal(payload, self._token)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; it may hold people's words, so none of it goes into an error or a log."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise NetworkError("the server's answer cannot be read") from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise NetworkError("the server's answer is none of the Bot API")
        return answer


def _refusal(payload: bytes, token: str) -> bytes:
    """What the Bot API is known to say of a refusal; where it is none of its, nothing."""
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        answer = None
    said, parameters = "", {}
    if isinstance(answer, dict):
        if isinstance(answer.get("description"), str):
            said = answer["description"].replace(token, "<token>")
        if isinstance(answer.get("parameters"), dict):
            parameters = answer["parameters"]
    known = {
        key: parameters[key]
        for key in _PARAMETERS
        if type(parameters.get(key)) is int and abs(parameters[key]) < 2**52
    }
    return json.dumps({"result": None, "description": said, "parameters": known}).encode()


class Account(Bot):
    """A `Bot` that can also fetch updates as they are sent, before anybody has parsed them.

    One update that python-telegram-bot cannot parse would otherwise be fetched for ever and keep
    all others from being answered.
    """

    def __init__(self, token: str, api_url: str) -> None:
        self._lines = _Careful(token, _CONNECTIONS), _Careful(token, 1)
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._lines[0],
            get_updates_request=self._lines[1],
        )

    async def initialize(self) -> None:
        """Get to know the account; raises InvalidToken with nothing of the token in its text."""
        try:
            await super().initialize()
        except InvalidToken:
            raise InvalidToken("the server refuses the token") from None

    async def shutdown(self) -> None:
        """Close all connections; those too of an account that nobody got to know."""
        await super().shutdown()
        for line in self._lines:
            await line.shutdown()

    async def raw_updates(self, offset: int | None, kinds: list[str]) -> list[dict[str, Any]]:
        """Wait for updates, for ten seconds at most.

        Args:
            offset: of the first update wanted; those before it are never sent again.
            kinds: of update, as the Bot API calls them.
        Raises:
            TelegramError: they cannot be fetched now.
        """
        wanted = {"timeout": POLL_TIMEOUT_S, "allowed_updates": kinds}
        if offset is not None:
            wanted["offset"] = offset
        found = await self._post("getUpdates", wanted, read_timeout=POLL_TIMEOUT_S + _POLL_SLACK_S)
        updates = readable(found)
        if found and not updates:  # it would say the same again at once
            raise NetworkError("the server's answer holds no update that has a number")
        return updates

    async def confirm(self, offset: int) -> None:
        """Tell the server that the updates before an offset need not be sent again."""
        await self._post("getUpdates", {"offset": offset, "timeout": 0})


def readable(found: object) -> list[dict[str, Any]]:
    """What can be called an update: a mapping with a number."""
    if not isinstance(found, list):
        raise NetworkError("the server's answer holds no list of updates")
    return [update for update in found if isinstance(update, dict) and _is_numbered(update)]


def _is_numbered(update: dict[str, Any]) -> bool:
    number = update.get("update_id")
    return type(number) is int and 0 <= number < _MAX_ID
