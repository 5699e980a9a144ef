"""When the stand-in for Telegram's Bot API refuses a call whatever it says."""

from __future__ import annotations

from collections import defaultdict

from tests.e2e.bot_api_rules import RefusedError
from tests.e2e.bot_api_types import Json

_SENDS = ("send", "copy", "forward")


class Troubles:
    """The refusals that tests ordered beforehand, and those that follow from a chat.

    Attributes:
        migrated: the group each old chat id became.
        heard_from: the chats in which anybody ever wrote.
        strict_private: True: the bot may not be the first to write in a private chat.
    """

    def __init__(self, strict_private: bool) -> None:
        self.strict_private = strict_private
        self.migrated: dict[int, int] = {}
        self.heard_from: set[int] = set()
        self._failures: defaultdict[str, list[tuple[int | None, RefusedError]]] = defaultdict(list)
        self._forbidden: dict[int, RefusedError] = {}

    def fail_next(
        self, method: str, refusal: RefusedError, times: int, chat_id: int | None
    ) -> None:
        """Refuse the next calls of a method, all of them or those of one chat."""
        self._failures[method] += [(chat_id, refusal)] * times

    def forbid(self, chat_id: int, refusal: RefusedError) -> None:
        """Refuse every send to a chat, until `allow`."""
        self._forbidden[chat_id] = refusal

    def allow(self, chat_id: int) -> None:
        """End `forbid`."""
        self._forbidden.pop(chat_id, None)

    def check(self, method: str, params: Json) -> None:
        """Raise the refusal that awaits this call, if any."""
        chat_id = params.get("chat_id")
        for number, (only_chat, refusal) in enumerate(self._failures[method]):
            if only_chat is None or only_chat == chat_id:
                del self._failures[method][number]
                raise refusal
        for chat in (chat_id, params.get("from_chat_id")):
            if chat in self.migrated:
                raise RefusedError(
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    {"migrate_to_chat_id": self.migrated[chat]},
                )
        if not method.startswith(_SENDS) or not isinstance(chat_id, int):
            return
        if chat_id in self._forbidden:
            raise self._forbidden[chat_id]
        if self.strict_private and chat_id > 0 and chat_id not in self.heard_from:
            raise RefusedError(403, "Forbidden: bot can't initiate conversation with a user")
