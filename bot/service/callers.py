"""Who sends an HTTP request, from where, and on behalf of which page."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from bot.files.config_http import is_loopback
from bot.service.asgi import Message


def headers_of(scope: Message) -> dict[str, str]:
    """A request's headers by name, in small letters; of one that stands there twice, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def address_of(scope: Message, headers: Mapping[str, str]) -> str:
    """Where a request comes from: what a proxy on this machine says, or who is connected.

    Of IPv6 it is the network, of which whoever has it has all addresses.
    """
    peer: str = scope["client"][0]
    told = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        found = ip_address(told if told and is_loopback(peer) else peer)
    except ValueError:
        return peer
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return str(found)


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def is_of(origin: str, host: str) -> bool:
    """Whether an Origin header names the site that a Host header names."""
    return origin.lower().partition("://")[2] == host.lower()
