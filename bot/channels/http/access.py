"""Who may call the API, and how much."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.channels.http.problems import ProblemError, too_many
from bot.files.config.http import HttpSettings, is_loopback, read_keys_file
from bot.service.http.asgi import Message
from bot.service.http.callers import FORWARDED, address_of, headers_of, host_name, is_of
from bot.service.limits import Buckets

logger = logging.getLogger(__name__)

_LOOK_S = 1.0  # between two looks whether the keys have changed
_FOR_WIDGETS = (
    *("/v1/ask", "/v1/choose", "/v1/feedback", "/v1/topics"),
    *("/v1/person", "/v1/messages", "/v1/close", "/v1/privacy", "/v1/mydata", "/v1/forget"),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request.

    Attributes:
        name: of the key, or the address.
        has_key: or needs none, as it is a program on this machine.
    """

    name: str
    has_key: bool


class Keys:
    """The keys of a file; what is changed there counts within a second or so.

    Args:
        path: None: no key is needed.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._looked_at = 0.0
        self._state: tuple[int, ...] = ()
        self._known: Mapping[str, str] = {}

    @property
    def are_needed(self) -> bool:
        """Whether anybody needs one."""
        return self._path is not None

    def name_of(self, key: str) -> str | None:
        """The name of a key; None of one that is not known (any more)."""
        self._look()
        return self._known.get(hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest())

    def _look(self) -> None:
        now = time.monotonic()
        if self._path is None or now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        try:
            found = self._path.stat()
            state: tuple[int, ...] = (found.st_ino, found.st_size, found.st_mtime_ns)
        except OSError:
            state = ()
        if state == self._state and state:
            return
        known, problems = read_keys_file(self._path)
        if self._state != state or known != self._known:
            for problem in problems:
                logger.error("%s", problem)
            logger.info("%d keys of the API are known", len(known))
        self._state, self._known = state, known


class Access:
    """Says who may ask what, and how much of it."""

    def __init__(self, settings: HttpSettings, buckets: Buckets) -> None:
        self._settings = settings
        self._keys = Keys(settings.keys_file)
        self._buckets = buckets

    def admit(self, scope: Message) -> Caller:
        """Whoever sends a request to a path under /v1/.

        Raises:
            ProblemError: they may not.
        """
        headers, guest = headers_of(scope), self.guest(scope)
        origin, host = headers.get("origin"), headers.get("host", "")
        is_widget = scope["path"] in _FOR_WIDGETS and self._is_widget(origin, host)
        if is_widget and "authorization" not in headers:
            return guest
        if not self._keys.are_needed:
            if not is_loopback(host_name(host)):
                told = "The API answers this machine alone; call it as 127.0.0.1 or localhost."
                raise ProblemError(403, told)
            if not self._is_ours(origin, host):
                named = "http.cors"
                if scope["path"] in _FOR_WIDGETS:
                    named = "http.cors or http.widget.origins"
                told = f"name them under {named} in config.yaml."
                raise ProblemError(403, f"Pages of {_cut(origin)} may not call this; {told}")
            if FORWARDED in headers:
                raise ProblemError(403, _PROXIED)
            return Caller(guest.name, has_key=True)
        kind, _, key = headers.get("authorization", "").partition(" ")
        name = self._keys.name_of(key.strip()) if kind.lower() == "bearer" else None
        if name is not None:
            return Caller(name, has_key=True)
        told = "A key is needed, in the header Authorization: Bearer KEY."
        if key:
            told = f"This key is not known (any more). {told}"
        raise ProblemError(401, told, {"WWW-Authenticate": "Bearer"})

    def guest(self, scope: Message) -> Caller:
        """Whoever sends a request that needs no key."""
        return Caller(address_of(scope, self._settings.trusted_proxies), has_key=False)

    def is_allowed(self, origin: str) -> bool:
        """Whether pages of an origin may read what is answered."""
        return origin.lower() in self._settings.cors or self._is_widget(origin, "")

    async def pay(self, caller: Caller, chars: int, conversation: str = "") -> None:
        """Take what a request costs, by the characters of its words.

        Raises:
            ProblemError: it is too much for now.
        """
        limits = self._settings.limits
        own = "this key" if self._keys.are_needed else "this machine"
        wanted = [
            (f"key {caller.name}", limits.key, own)
            if caller.has_key
            else (f"address {caller.name}", limits.address, "your address")
        ]
        if conversation:
            wanted.append((f"talk {conversation}", limits.conversation, "this conversation"))
        for name, limit, whose in wanted:
            taken = await self._buckets.take(name, limit, chars, shuts=False)
            if taken.wait_s:
                raise too_many(taken.wait_s, whose)

    def _is_widget(self, origin: str | None, host: str) -> bool:
        """Whether a page asks that may chat; to where it comes from itself it sends no origin with
        what it only reads."""
        own = [f"http://{host}", f"https://{host}"]
        named = own if origin is None else [origin]
        return any(each.lower() in self._settings.widget.origins for each in named)

    def _is_ours(self, origin: str | None, host: str) -> bool:
        """Whether no page asks, or one of this server, or one that may."""
        return origin is None or origin.lower() in self._settings.cors or is_of(origin, host)


_PROXIED = (
    "This came through a proxy, and so from anywhere: a key is needed. Name a keys_file under http "
    "in config.yaml; docs/http.md says how."
)


def _cut(text: str | None) -> str:
    shown = "".join(each for each in text or "" if each.isprintable())
    return shown[:60]
