"""Who may open the studio: links that work once, sessions that end, a proxy that vouches."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.files.config.store import StoreSettings
from bot.files.config.studio import ProxySettings, StudioSettings
from bot.studio.access import SESSION_S, Access, account, write_password

SCOPE = {"method": "GET", "client": ("127.0.0.1", 5)}
LOCAL = {"host": "127.0.0.1:8420"}


def access(folder: Path, **studio: Any) -> Access:
    settings = replace(Settings(), store=StoreSettings(key_file=folder / "key"))
    return Access(StudioSettings(**studio), settings)


def later(seconds: float) -> Any:
    now = time.time()
    return patch("time.time", lambda: now + seconds)


def test_a_link_opens_the_studio_once_whichever_process_made_it(tmp_path: Path) -> None:
    mine, link = access(tmp_path), access(tmp_path).link()
    assert mine.opened(link) == account()
    assert mine.opened(link) is None


def test_a_link_is_no_use_when_it_is_old_or_the_process_has_started_anew(tmp_path: Path) -> None:
    mine = access(tmp_path)
    link = mine.link()
    with later(3):
        assert access(tmp_path).opened(link) is None
    with later(601):
        assert mine.opened(link) is None


def test_a_session_outlives_a_restart_and_ends_by_itself(tmp_path: Path) -> None:
    session = access(tmp_path).session("ada")
    restarted = access(tmp_path)
    with later(SESSION_S - 5):
        assert restarted.who(SCOPE, LOCAL, session) == "ada"
    with later(SESSION_S + 5):
        assert restarted.who(SCOPE, LOCAL, session) is None


@pytest.mark.parametrize("session", ["", "x", "WyJhZGEiLCJ4Il0.aaaaaa.bbbb"])
def test_a_session_that_is_not_signed_lets_nobody_in(tmp_path: Path, session: str) -> None:
    assert access(tmp_path).who(SCOPE, LOCAL, session) is None


def test_a_link_is_no_session_and_a_session_no_link(tmp_path: Path) -> None:
    mine = access(tmp_path)
    assert mine.who(SCOPE, LOCAL, mine.link()) is None
    assert mine.opened(mine.session("ada")) is None


def test_a_session_of_https_stays_one(tmp_path: Path) -> None:
    mine = access(tmp_path)
    sessions = mine.session("ada", is_secure=True), mine.session("ada"), "x"
    assert [mine.is_secure(session) for session in sessions] == [True, False, False]
    assert mine.who(SCOPE, LOCAL, sessions[0]) == "ada"


def test_a_new_password_ends_all_sessions(tmp_path: Path) -> None:
    path = tmp_path / "studio.password"
    write_password(path, "correct horse")
    mine = access(tmp_path, password_file=path)
    session = mine.session("ada")
    assert (mine.is_password("correct horse"), mine.is_password("wrong horse")) == (True, False)
    write_password(path, "battery staple")
    assert mine.who(SCOPE, LOCAL, session) is None
    assert mine.is_password("battery staple")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("peer", "who"),
    [
        pytest.param("10.0.0.5", "ada", id="from the proxy"),
        pytest.param("::ffff:10.0.0.5", "ada", id="from the proxy, by IPv6"),
        pytest.param("10.0.0.6", None, id="from elsewhere"),
    ],
)
def test_a_proxy_vouches_for_people_from_its_own_address_alone(
    tmp_path: Path, peer: str, who: str | None
) -> None:
    mine = access(tmp_path, proxy=ProxySettings("10.0.0.5"))
    headers = {"host": "studio.example.com", "x-forwarded-user": "ada"}
    assert mine.who({"method": "GET", "client": (peer, 5)}, headers, "") == who
    assert mine.who({"method": "GET", "client": (peer, 5)}, {}, "") is None


@pytest.mark.parametrize(
    ("method", "headers", "is_refused"),
    [
        pytest.param("GET", LOCAL, False, id="by number"),
        pytest.param("GET", {"host": "localhost:8420"}, False, id="by name"),
        pytest.param("GET", {"host": "[::1]:8420"}, False, id="by the number of IPv6"),
        pytest.param("GET", {"host": "evil.example.com:8420"}, True, id="a name led here"),
        pytest.param("GET", {}, True, id="no host"),
        pytest.param("POST", LOCAL, True, id="something is sent by no page"),
        pytest.param(
            "POST", LOCAL | {"origin": "http://127.0.0.1:8420"}, False, id="by a page of its own"
        ),
        pytest.param(
            "POST", LOCAL | {"origin": "http://127.0.0.1:9000"}, True, id="of another port"
        ),
        pytest.param("GET", LOCAL | {"origin": "null"}, True, id="of nowhere"),
    ],
)
def test_only_pages_of_its_own_on_this_machine_are_answered(
    tmp_path: Path, method: str, headers: dict[str, str], is_refused: bool
) -> None:
    scope = {"method": method, "client": ("127.0.0.1", 5)}
    assert (access(tmp_path).refusal(scope, headers) is not None) is is_refused


def test_where_others_are_let_in_it_may_have_any_name_but_still_no_other_page(
    tmp_path: Path,
) -> None:
    mine = access(tmp_path, password_file=tmp_path / "studio.password")
    headers = {"host": "studio.example.com"}
    assert mine.refusal(SCOPE, headers) is None
    assert mine.refusal(SCOPE, headers | {"origin": "https://studio.example.com"}) is None
    assert mine.refusal(SCOPE, headers | {"origin": "https://example.com"}) is not None


def test_a_key_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "studio.key").write_bytes(b"short")
    with pytest.raises(BotError) as caught:
        access(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/studio.key holds no key. Delete it; then a new one is made."
    )
