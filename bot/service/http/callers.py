"""Who sends an HTTP request, from where, and on behalf of which page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from bot.files.config.http import Network
from bot.service.http.asgi import Message

_HOST = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::\d*)?")
FORWARDED = "x-forwarded-for"


def headers_of(scope: Message) -> dict[str, str]:
    """A request's headers by name, in small letters; of one that stands there twice, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def address_of(scope: Message, trusted: Sequence[Network]) -> str:
    """Where a request comes from: who is connected, or who proxies that are trusted say is.

    Each proxy adds to X-Forwarded-For, behind what others have written, whom it was asked by. Of
    IPv6 it is the network, of which whoever has it has all addresses.
    """
    peer: str = scope["client"][0]
    written = b",".join(value for name, value in scope["headers"] if name == FORWARDED.encode())
    found = None
    for hop in (peer, *reversed(written.decode("latin-1").split(","))):
        address = read_address(hop.strip())
        if address is None:
            break
        found = address
        if not (found.is_loopback or any(found in network for network in trusted)):
            break
    if isinstance(found, IPv6Address):
        return str(int(found) >> 64)
    return peer if found is None else str(found)


def read_address(written: str) -> IPv4Address | IPv6Address | None:
    """An address, which some proxies tell with a port; None where it is none."""
    for text in (written, written.rpartition(":")[0].strip("[]")):
        try:
            found = ip_address(text)
        except ValueError:
            continue
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def host_name(host: str) -> str:
    """The name in a Host header, without the port; "" of one that is none."""
    found = _HOST.fullmatch(host)
    return "" if found is None else found[1]


def is_of(origin: str, host: str) -> bool:
    """Whether an Origin header names the site that a Host header names."""
    return origin.lower().partition("://")[2] == host.lower()
