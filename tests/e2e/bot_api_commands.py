"""The command menus of a bot, in the stand-in for Telegram's Bot API."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.e2e.bot_api_rules import bad_request, utf16_units
from tests.e2e.bot_api_types import Json

_MAX_DESCRIPTION = 256  # UTF-16 units
_DEFAULT = {"type": "default"}


class Commands:
    """One list of commands for each scope and language."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, str], list[Json]] = {}

    def of(self, scope: Json | None, language_code: str) -> dict[str, str]:
        """The commands of exactly this scope and language: name to description, in order."""
        listed = self._lists.get(_key(scope, language_code), [])
        return {item["command"]: item["description"] for item in listed}

    def get(self, params: Json) -> list[Json]:
        """The method getMyCommands."""
        return self._lists.get(_params_key(params), [])

    def set(self, params: Json) -> bool:
        """The method setMyCommands."""
        for item in params["commands"]:
            if re.fullmatch(r"[a-z0-9_]{1,32}", item["command"]) is None:
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= utf16_units(item["description"]) <= _MAX_DESCRIPTION:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._lists[_params_key(params)] = params["commands"]
        return True

    def delete(self, params: Json) -> bool:
        """The method deleteMyCommands."""
        self._lists.pop(_params_key(params), None)
        return True


def _params_key(params: Json) -> tuple[str, str]:
    return _key(params.get("scope"), params.get("language_code", ""))


def _key(scope: dict[str, Any] | None, language_code: str) -> tuple[str, str]:
    return json.dumps(scope or _DEFAULT, sort_keys=True), language_code
