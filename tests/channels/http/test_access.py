"""Who a request is from, by way of proxies, and whose pages may chat."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.channels.http.access import Access, Caller
from bot.channels.http.problems import ProblemError
from bot.files.config.http import HttpSettings, WidgetSettings
from bot.service.limits import Buckets

PROXIES = (ip_network("172.18.0.0/16"), ip_network("fd00::/8"))
SITE = "https://www.example.com"
KEYED = HttpSettings(1, keys_file=Path("none"), widget=WidgetSettings((SITE,)))


def asked(
    settings: HttpSettings, peer: str, path: str = "/v1/ask", **headers: str | list[str]
) -> Caller:
    """Who it is that asks; of a header that stands there twice, both values are given."""
    pairs = [
        (name.replace("_", "-").encode(), value.encode())
        for name, values in ({"host": "127.0.0.1:8080"} | headers).items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    scope = {"path": path, "headers": pairs, "client": (peer, 0)}
    return Access(settings, Buckets()).admit(scope)


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        pytest.param("9.9.9.9", "1.1.1.1", "9.9.9.9", id="nobody's word but a proxy's"),
        pytest.param("127.0.0.1", "1.1.1.1", "1.1.1.1", id="on this machine"),
        pytest.param("172.18.0.7", "1.1.1.1", "1.1.1.1", id="a trusted network's"),
        pytest.param("::ffff:172.18.0.7", "1.1.1.1", "1.1.1.1", id="of IPv4 in IPv6"),
        pytest.param("fd00::7", "2001:db8:1:2::9", str(0x20010DB800010002), id="IPv6: the network"),
        pytest.param("172.18.0.7", "6.6.6.6, 1.1.1.1", "1.1.1.1", id="what a visitor makes up"),
        pytest.param("172.18.0.7", "1.1.1.1, 172.18.0.3", "1.1.1.1", id="two proxies"),
        pytest.param("172.18.0.7", ["6.6.6.6", "1.1.1.1"], "1.1.1.1", id="a header twice"),
        pytest.param("172.18.0.7", "1.1.1.1:4711", "1.1.1.1", id="with a port"),
        pytest.param("172.18.0.7", "unknown", "172.18.0.7", id="no address"),
    ],
)
def test_the_address_is_what_trusted_proxies_say(
    peer: str, told: str | list[str], address: str
) -> None:
    settings = HttpSettings(1, trusted_proxies=PROXIES, widget=WidgetSettings((SITE,)))
    caller = asked(settings, peer, origin=SITE, x_forwarded_for=told)
    assert caller == Caller(address, has_key=False)


def test_a_page_at_the_bots_own_address_reads_without_an_origin() -> None:
    visitor = Caller("9.9.9.9", has_key=False)
    assert asked(KEYED, "9.9.9.9", "/v1/topics", host="www.example.com") == visitor
    for path, host in (("/v1/topics", "evil.example.com"), ("/v1/embeddings", "www.example.com")):
        with pytest.raises(ProblemError, match="A key is needed"):
            asked(KEYED, "9.9.9.9", path, host=host)


def test_without_keys_nobody_calls_through_a_proxy() -> None:
    own = HttpSettings(1, widget=WidgetSettings((SITE,)))
    assert asked(own, "127.0.0.1") == Caller("127.0.0.1", has_key=True)
    with pytest.raises(ProblemError, match="came through a proxy"):
        asked(own, "127.0.0.1", x_forwarded_for="1.1.1.1")
    assert asked(own, "127.0.0.1", x_forwarded_for="1.1.1.1", origin=SITE).name == "1.1.1.1"
