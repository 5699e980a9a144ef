"""`encoder_url` of config.yaml: the server that makes vectors of what people write."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bot.files.section import MAX_PATH_CHARS, Section

KEY, KEY_FILE = "ENCODER_API_KEY", "ENCODER_API_KEY_FILE"
_EXAMPLE = "Write it such as https://embeddings.example.com/v1, or http://127.0.0.1:8080/v1."
# Names that no server on the open net can have (RFC 6761, RFC 6762, RFC 8375; Kubernetes).
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc")


def read_encoder_url(top: Section, key: str) -> str | None:
    """The whole address of the server's embeddings. What is refused is never shown: it may hold a
    key."""
    written = top.text(key, max_chars=MAX_PATH_CHARS)
    if written is None:
        return None
    try:
        return _address(written)
    except ValueError as problem:
        top.refuse(key, str(problem))
        return None


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a network of one's own, going by its name alone."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_NAMES)
    return address.is_loopback or address.is_private or address.is_link_local


def _address(written: str) -> str:
    """The address to which texts are posted; /v1/embeddings is added as far as it is missing.

    Raises:
        ValueError: it is none, or none that people's words may be sent to.
    """
    try:
        url = urlsplit(written)
        host, login, _ = url.hostname, url.username or url.password, url.port
    except ValueError:
        host, login = None, None
    if not host or url.scheme not in ("http", "https"):
        raise ValueError(f"is no address of a server. {_EXAMPLE}")
    if login is not None or url.query or url.fragment:
        raise ValueError(
            "holds more than an address: a name, a password, or something behind a ? or #. Put a "
            f"key in {KEY}, or the path of a file that holds it in {KEY_FILE}. {_EXAMPLE}"
        )
    if url.scheme == "http" and not is_private(host):
        raise ValueError(
            "begins with http://, so that anybody on the way could read what people write. Write "
            "https://; http:// is for this machine and networks of your own."
        )
    path = url.path.rstrip("/")
    if not path.endswith("/embeddings"):
        path = f"{path or '/v1'}/embeddings"
    return f"{url.scheme}://{url.netloc}{path}"
