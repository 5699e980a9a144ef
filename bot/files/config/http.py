"""The http: section of config.yaml → HttpSettings, and the keys of its keys_file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain import is_web_address
from bot.errors import Problem, ProblemList
from bot.files.config.telegram import Limit
from bot.files.section import Section, known_keys, read_keys, setting
from bot.files.yamlfile import Fields, Scalar, read_yaml

_HASH = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[\w.-]{1,64}")
_MAKE_KEY = "Make a key with: python -m bot key NAME"
_ORIGIN = "the address of a site is needed, without a page in it: https://www.example.com"


_NETWORK = "the address of a proxy, or of its network, is needed: 172.18.0.0/16"

Network = IPv4Network | IPv6Network


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone, by its name or number."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _origins(section: Section, key: str) -> tuple[str, ...]:
    """Where pages may come from: scheme, host and port, without a path."""
    found = []
    needed = "a list of addresses, each in a line of its own after a dash, is needed"
    for node in section.items(key, needed, may_be_empty=True):
        written = node.text.strip().rstrip("/") if isinstance(node, Scalar) else ""
        if is_web_address(written) and not any(urlsplit(written)[2:]):
            usual = ":443" if written.lower().startswith("https") else ":80"
            found.append(written.lower().removesuffix(usual))  # as browsers name it
        else:
            section.refuse_item(key, node, _ORIGIN)
    return tuple(found)


def _networks(section: Section, key: str) -> tuple[Network, ...]:
    found = []
    needed = "a list of addresses, each in a line of its own after a dash, is needed"
    for node in section.items(key, needed, may_be_empty=True):
        try:
            found.append(ip_network(node.text.strip() if isinstance(node, Scalar) else "", False))
        except ValueError:
            section.refuse_item(key, node, _NETWORK)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WidgetSettings:
    """Pages that may chat with the bot without a key.

    Attributes:
        origins: of those pages, such as https://www.example.com.
    """

    origins: tuple[str, ...] = setting((), _origins)


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How much may be sent with one key, or from this machine where no key is needed; from one
    address without a key; and in one conversation."""

    key: Limit = setting(Limit(3_000, 1_800.0))
    address: Limit = setting(Limit(120, 60.0))
    conversation: Limit = setting(Limit(60, 30.0))


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What the http: section says, checked. Keys it leaves out have the values below.

    Attributes:
        port: where the bot listens.
        keys_file: where the keys stand; None: no key is needed, and `host` is this machine alone.
        trusted_proxies: whose X-Forwarded-For is believed, beside that of proxies on this machine.
        cors: origins of pages that may call the API, with a key where one is needed.
    """

    port: int = setting(0, partial(Section.whole, low=1, high=65_535))
    host: str = setting("127.0.0.1", partial(Section.text, max_chars=255))
    keys_file: Path | None = setting(None, Section.path)
    trusted_proxies: tuple[Network, ...] = setting((), _networks)
    cors: tuple[str, ...] = setting((), _origins)
    widget: WidgetSettings = setting(WidgetSettings())
    limits: HttpLimits = setting(HttpLimits())


def read_http(top: Section, key: str) -> HttpSettings | None:
    """The section; None where there is none."""
    part = top.part(key, known=known_keys(HttpSettings))
    if not part.keys:
        return None
    part.require("port", "the port that the bot listens on, such as 8080")
    http = read_keys(HttpSettings(), part)
    if http.keys_file is None and "keys_file" not in part and not is_loopback(http.host):
        part.refuse(
            "host",
            f'is "{http.host}", where others reach the bot, so keys are needed. Write keys_file: '
            "keys.yaml here and make a key with python -m bot key NAME; or take host: 127.0.0.1.",
        )
    return http


def read_keys_file(path: Path) -> tuple[Mapping[str, str], list[Problem]]:
    """Who may call the API.

    Returns:
        The SHA-256 of each key, in hexadecimal digits → the key's name; and what is wrong with the
        file. No problem shows what stands in a line, which may be a key.
    """
    notes = ProblemList(str(path))
    root = read_yaml(notes)
    found = {}
    lines = root if isinstance(root, Fields) else Fields(1, {}, {})
    if root is not None and root is not lines:
        notes.note(root.line, f"the file holds no lines such as  website: HASH. {_MAKE_KEY}")
    for name, node in lines.values.items():
        hashed = node.text.strip().lower() if isinstance(node, Scalar) else ""
        if NAME.fullmatch(name) and _HASH.fullmatch(hashed):
            found[hashed] = name
        else:
            told = f"this line is not a name and the hash of a key. {_MAKE_KEY}"
            notes.note(lines.key_lines[name], told)
    return found, notes.problems
