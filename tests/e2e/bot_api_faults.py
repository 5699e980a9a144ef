"""What goes wrong between a bot and the stand-in for Telegram's Bot API: lines and bodies."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.bot_api_types import Json

HUNG_S = 2.0  # before a half-open connection is closed after all


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    Attributes:
        is_read: False: the connection ends before the request is read, as with a network away.
        takes_effect: whether the server carries the call out.
        spoil: makes of the true answer what is sent; None: nothing is.
        status: of what is sent.
        hangs: half of the answer is sent, then nothing for two seconds, then the connection ends.
    """

    is_read: bool = True
    takes_effect: bool = True
    spoil: Callable[[bytes], bytes] | None = lambda answer: answer
    status: int | None = None
    hangs: bool = False


AWAY = Fault(is_read=False, takes_effect=False)
DROPPED_BEFORE = Fault(takes_effect=False, spoil=None)  # read, and not carried out
DROPPED_AFTER = Fault(spoil=None)  # carried out, and never said so
HALF = Fault(hangs=True)


def garbage(body: bytes, *, status: int = 200, takes_effect: bool = False) -> Fault:
    """The answer is something else."""
    return Fault(takes_effect=takes_effect, spoil=lambda _: body, status=status)


def refusal(status: int, description: str, **parameters: int) -> Fault:
    """The server refuses the call, in the Bot API's form."""
    body = {"ok": False, "error_code": status, "description": description}
    return garbage(json.dumps({**body, "parameters": parameters}).encode(), status=status)


def with_result(change: Callable[[object], object], *, takes_effect: bool = True) -> Fault:
    """The answer's "result" is another."""

    def spoil(answer: bytes) -> bytes:
        body = json.loads(answer)
        return json.dumps({**body, "result": change(body.get("result"))}).encode()

    return Fault(takes_effect=takes_effect, spoil=spoil)


class Faults:
    """The faults that tests ordered beforehand; called from many threads.

    Attributes:
        closed: set when the server stops: nothing hangs any longer.
    """

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._guard = threading.Lock()
        self._planned: list[tuple[str, int | None, Fault]] = []
        self._is_away = False

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

    def go_away(self, away: bool = True) -> None:
        """Be unreachable until told otherwise: every connection ends before it says anything."""
        with self._guard:
            self._is_away = away

    def unread(self, method: str) -> bool:
        """Whether the connection ends before this request is read."""
        with self._guard:
            if self._is_away:
                return True
            return self._take(method, lambda fault: not fault.is_read, {}) is not None

    def next(self, method: str, params: Json) -> Fault | None:
        """What goes wrong with a request that was read."""
        with self._guard:
            return self._take(method, lambda fault: fault.is_read, params)

    def _take(self, method: str, fits: Callable[[Fault], bool], params: Json) -> Fault | None:
        for number, (planned, chat_id, fault) in enumerate(self._planned):
            is_here = chat_id is None or chat_id == params.get("chat_id")
            if planned == method and is_here and fits(fault):
                del self._planned[number]
                return fault
        return None
