"""What goes wrong between a bot and the stand-in for Telegram's Bot API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.bot_api_rules import RefusedError
from tests.e2e.bot_api_types import Json

HALF_OPEN_S = 2.0  # before a half-open connection is closed after all


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    Attributes:
        refusal: the call is refused with it, and nothing else goes wrong.
        is_read: False: the connection ends before the request is read, as with a network away.
        takes_effect: whether the server carries the call out.
        spoil: makes of the true answer what is sent; None: the connection is dropped instead.
        status: of what is sent.
        hangs: half of the answer is sent, then nothing for two seconds, then the connection ends.
    """

    refusal: RefusedError | None = None
    is_read: bool = True
    takes_effect: bool = True
    spoil: Callable[[bytes], bytes] | None = lambda answer: answer
    status: int | None = None
    hangs: bool = False


AWAY = Fault(is_read=False, takes_effect=False)
DROPPED_BEFORE = Fault(takes_effect=False, spoil=None)  # read, and not carried out
DROPPED_AFTER = Fault(spoil=None)  # carried out, and never said so
HALF_OPEN = Fault(hangs=True)


def refusal(status: int, description: str, **parameters: int) -> Fault:
    """The server refuses the call, in the Bot API's form."""
    return Fault(refusal=RefusedError(status, description, **parameters))


def garbage(body: bytes, *, status: int = 200, takes_effect: bool = False) -> Fault:
    """The answer is something else."""
    return Fault(takes_effect=takes_effect, spoil=lambda _: body, status=status)


def with_result(change: Callable[[object], object]) -> Fault:
    """The answer's "result" is another."""

    def spoil(answer: bytes) -> bytes:
        body = json.loads(answer)
        return json.dumps({**body, "result": change(body.get("result"))}).encode()

    return Fault(spoil=spoil)


class Faults:
    """The faults that tests planned; called from several threads.

    Attributes:
        is_away: the server is unreachable: every connection ends before it says anything.
    """

    def __init__(self) -> None:
        self.is_away = False
        self._guard = threading.Lock()
        self._planned: list[tuple[str, int | None, Fault]] = []

    def plan(self, method: str, fault: Fault, times: int = 1, chat_id: int | None = None) -> None:
        """Let the next calls of a method go wrong, all of them or those of one chat."""
        assert chat_id is None or fault.is_read, (
            "whose a request is, nobody knows before it is read"
        )
        with self._guard:
            self._planned += [(method, chat_id, fault)] * times

    def left(self, method: str) -> int:
        """How many of the faults planned for a method are still to come."""
        with self._guard:
            return sum(planned[0] == method for planned in self._planned)

    def end(self, method: str) -> None:
        """Forget what is planned for a method."""
        with self._guard:
            self._planned = [planned for planned in self._planned if planned[0] != method]

    def is_unread(self, method: str) -> bool:
        """Whether the connection ends before this request is read."""
        return self.is_away or self._take(method, None, is_read=False) is not None

    def next(self, method: str, params: Json) -> Fault:
        """What happens to a request that was read."""
        return self._take(method, params.get("chat_id"), is_read=True) or Fault()

    def _take(self, method: str, chat_id: int | None, *, is_read: bool) -> Fault | None:
        with self._guard:
            for number, (planned, only_chat, fault) in enumerate(self._planned):
                is_here = planned == method and only_chat in {None, chat_id}
                if is_here and fault.is_read is is_read:
                    del self._planned[number]
                    return fault
        return None
