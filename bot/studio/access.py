"""Who may open the studio: whoever has the link, knows the password, or comes through the proxy."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.errors import BotError
from bot.files.atomic import write_whole
from bot.files.config.http import is_loopback
from bot.files.config.settings import Settings
from bot.files.config.studio import StudioSettings
from bot.service.http.asgi import Message
from bot.service.http.callers import host_name, is_of, read_address

SESSION_S = 8 * 86_400  # a page left open for a week is still let in
LINK_S = 600
_LINK, _SESSION = "link", "session"
_KEY_BYTES = 32


class Access:
    """Signs links and sessions, and says whose a request is.

    All of that hangs on a key that lies beside the store's: whoever deletes it, or changes the
    password, ends all sessions.

    Raises:
        BotError: the key can neither be read nor made.
    """

    def __init__(self, studio: StudioSettings, settings: Settings) -> None:
        self._studio = studio
        self._key = _key(settings.store.key_file.with_name("studio.key"))
        self._used: set[str] = set()
        self._since = int(time.time())

    def link(self) -> str:
        """What opens the studio once, within ten minutes; made by any process that has the key."""
        return self._signer(_LINK).dumps(secrets.token_urlsafe(16))

    def opened(self, link: str) -> str | None:
        """Whom a link lets in; None where it was used, is too old, or is none."""
        try:
            nonce, at = self._signer(_LINK).loads(link, LINK_S, return_timestamp=True)
        except BadData:
            return None
        if nonce in self._used or at.timestamp() < self._since:  # what was used then is not known
            return None
        self._used.add(nonce)
        return account()

    def session(self, who: str, *, is_secure: bool = False) -> str:
        """A session of somebody, as their cookie holds it.

        Args:
            is_secure: it was opened over https, and its cookie is to be sent over that alone.
        """
        return self._signer(_SESSION).dumps([who, secrets.token_urlsafe(8), is_secure])

    def is_secure(self, session: str) -> bool:
        """Whether a session was opened over https."""
        return self._held(session)[2:] == [True]

    def refusal(self, scope: Message, headers: Mapping[str, str]) -> str | None:
        """Why a request is not even looked at; None: it may be."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not (self._studio.is_for_others or is_loopback(host_name(host))):
            return "The studio answers this machine alone; open it as 127.0.0.1 or localhost."
        if scope["method"] not in {"GET", "HEAD"} and origin is None:
            return "Only pages of the studio may send something here."
        if origin is not None and not is_of(origin, host):
            return "Pages of other sites may not call the studio."
        return None

    def who(self, scope: Message, headers: Mapping[str, str], session: str) -> str | None:
        """Whose request it is; None where nobody let them in.

        Args:
            session: of their cookie; "" where they have none.
        """
        proxy = self._studio.proxy
        peer = read_address(scope["client"][0])
        if proxy.address is not None and peer == ip_address(proxy.address):
            name = headers.get(proxy.header.lower(), "").strip()
            if name:
                return name
        held = self._held(session)
        return str(held[0]) if held else None

    def _held(self, session: str) -> list[object]:
        """What a session holds; nothing where it is none."""
        try:
            held: list[object] = self._signer(_SESSION).loads(session, SESSION_S)
        except BadData:
            return []
        return held

    @property
    def has_password(self) -> bool:
        """Whether a password opens the studio, too."""
        return self._studio.password_file is not None

    def is_password(self, text: str) -> bool:
        """Whether a text is the password; takes a tenth of a second."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return PasswordHasher().verify(self._hash(), text)
        except (VerificationError, InvalidHashError):
            return False

    def _hash(self) -> str:
        path = self._studio.password_file
        try:
            return "" if path is None else path.read_text("utf-8").strip()
        except (OSError, UnicodeError):
            return ""

    def _signer(self, kind: str) -> URLSafeTimedSerializer:
        secret = hashlib.sha256(self._key + self._hash().encode()).digest()
        digest = {"digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(secret, salt=kind, signer_kwargs=digest)


def write_password(path: Path, text: str) -> None:
    """Write the hash of a password into its file, for the file's owner alone.

    Raises:
        BotError: it cannot be written.
    """
    from argon2 import PasswordHasher

    try:
        write_whole(path, f"{PasswordHasher().hash(text)}\n".encode(), 0o600)
    except OSError as error:
        raise BotError(f"{path} cannot be written ({error.strerror}).") from None


def account() -> str:
    """What the account is called that this process runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # one without a name
        return "the studio"


def _key(path: Path) -> bytes:
    try:
        if not path.exists():
            write_whole(path, secrets.token_bytes(_KEY_BYTES), 0o600)
        key = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BotError(f"the key {path} can neither be read nor made: {reason}.") from None
    if len(key) < _KEY_BYTES:
        raise BotError(f"{path} holds no key. Delete it; then a new one is made.")
    return key
