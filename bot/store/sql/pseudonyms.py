"""Who is named in the database stands there under a pseudonym.

With one key, which lies beside the database and not in it, names become hashes, and what must be
read again is sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.errors import StoreError
from bot.files.atomic import write_whole

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

logger = logging.getLogger(__name__)

KEY_BYTES = 32
_WRITTEN_KEY = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")


class Pseudonyms:
    """Tells people apart without knowing them.

    Args:
        key: 32 bytes. Whoever has it can try names against the hashes; without it they say nothing.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls, key_file: Path) -> Pseudonyms:
        """Read the key, or make one at random where there is none yet.

        Raises:
            StoreError: the file holds no key, or can neither be read nor made.
        """
        try:
            try:
                written = key_file.read_bytes()
            except FileNotFoundError:
                made = secrets.token_hex(KEY_BYTES).encode() + b"\n"
                key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(FileExistsError):  # of processes that start at once, the first's
                    write_whole(key_file, made, replaces=False)
                    logger.info("made the key %s; keep it as long as the database", key_file)
                written = key_file.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a character that no name can hold
            reason = getattr(error, "strerror", None) or str(error)
            raise StoreError(f"the key {key_file} can neither be read nor made: {reason}") from None
        found = _WRITTEN_KEY.fullmatch(written)
        if found is None:
            raise StoreError(
                f"{key_file} holds no key; 64 hexadecimal digits are needed. Put back the right "
                "file, or delete it: then a new key is made, and what was remembered with the old "
                "one belongs to nobody any more and goes by its age"
            )
        return cls(bytes.fromhex(found[1].decode()))

    @property
    def fingerprint(self) -> str:
        """Tells this key from others, and nothing of it: 32 hexadecimal digits."""
        return self._digest("fingerprint").hex()[:32]

    def hashed(
        self, kind: Literal["person", "conversation", "chat", "bucket", "lane"], name: str
    ) -> str:
        """A name as 32 hexadecimal digits; the same name of another kind gives others."""
        return self._digest(f"{kind}\0{name}").hex()[:32]

    def seal(self, text: str) -> str:
        """Encrypt a text, so that only this key reads it again."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def unseal(self, sealed: str) -> str | None:
        """The text; None where it was sealed with another key, or is damaged."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed.encode()).decode("utf-8", "surrogatepass")
        except (InvalidToken, UnicodeError):
            return None

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # slow to import, and only tickets need it

        return Fernet(base64.urlsafe_b64encode(self._digest("seal")))

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
