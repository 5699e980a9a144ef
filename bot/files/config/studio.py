"""The studio: section of config.yaml → StudioSettings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from bot.files.config.http import is_loopback
from bot.files.section import Section, known_keys, read_keys, setting

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def _address(section: Section, key: str) -> str | None:
    needed = "the number of one machine is needed, such as 10.0.0.5."
    return section.text(key, max_chars=64, fits=_is_address, needed=needed)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _header(section: Section, key: str) -> str | None:
    needed = "the name of a header is needed, such as X-Forwarded-User."
    return section.text(key, max_chars=64, fits=_HEADER.fullmatch, needed=needed)


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """A reverse proxy that says who somebody is.

    Attributes:
        address: where its requests come from, and theirs alone; None: there is none.
        header: in which it names whoever has signed in there.
    """

    address: str | None = setting(None, _address)
    header: str = setting("X-Forwarded-User", _header)


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What the studio: section says, checked. Keys it leaves out have the values below.

    Attributes:
        port: where it listens.
        password_file: holds the hash of the password; need not exist.
        labelled: a labelled set, or a folder of them; need not exist.
    """

    port: int = setting(8420, partial(Section.whole, low=1, high=65_535))
    host: str = setting("127.0.0.1", partial(Section.text, max_chars=255))
    password_file: Path | None = setting(None, Section.path)
    proxy: ProxySettings = setting(ProxySettings())
    labelled: Path | None = setting(None, Section.path)

    @property
    def is_for_others(self) -> bool:
        """Whether people on other machines may be let in."""
        return self.password_file is not None or self.proxy.address is not None


def read_studio(top: Section, key: str) -> StudioSettings | None:
    """The section; None where there is none."""
    part = top.part(key, known=known_keys(StudioSettings))
    if not part.keys:
        return None
    studio = read_keys(StudioSettings(), part)
    is_guarded = studio.is_for_others or "password_file" in part or "proxy" in part
    if not (is_guarded or is_loopback(studio.host)):
        part.refuse(
            "host",
            f'is "{studio.host}", where others reach the studio, so a password is needed. Write '
            "password_file: studio.password here and choose one with python -m bot studio "
            "--password; or take host: 127.0.0.1.",
        )
    return studio
