"""Whom a server on the net is trusted by, and whether a proxy stands before it."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def certificates() -> ssl.SSLContext:
    """Those of the system, and certifi's where a system has none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a server, as HTTPS_PROXY; None where it does not."""
    server, proxies = urlsplit(url), getproxies()
    named = proxies.get(server.scheme) or proxies.get("all")
    if not named or proxy_bypass(server.hostname or ""):
        return None
    return named if "://" in named else f"http://{named}"
