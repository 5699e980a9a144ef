"""What stands before the pages: what is shown to whom, and what browsers are told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.files.config.settings import Settings
from bot.files.config.store import StoreSettings
from bot.files.config.studio import StudioSettings
from bot.files.config.texts import studio_texts
from bot.service.http.asgi import Message, Receive, Send
from bot.studio.access import Access, write_password
from bot.studio.site import StudioSite

EN = studio_texts("en")
HOST = {"host": "127.0.0.1:8420"}
OWN = HOST | {"origin": "http://127.0.0.1:8420"}
PAGE = b"<!doctype html><html dir='ltr'><script>1</script>&lt;script&gt;</html>"
PASSWORD = "correct horse"


async def pages(scope: Message, receive: Receive, send: Send) -> None:
    """Pages that say who looks at them."""
    kind = [(b"x-nicegui-content", b"page")] if scope["path"] == "/" else []
    who = (b"x-who", scope["who"].encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*kind, who]})
    await send({"type": "http.response.body", "body": PAGE})


class Asked:
    """A site of somebody who has a password, and what it answers."""

    def __init__(self, folder: Path, *, has_password: bool = True) -> None:
        path = folder / "studio.password" if has_password else None
        studio = StudioSettings(password_file=path)
        self.access = Access(
            studio, replace(Settings(), store=StoreSettings(key_file=folder / "key"))
        )
        self._site = StudioSite(studio, self.access, pages)

    def get(
        self,
        path: str = "/",
        headers: dict[str, str] = HOST,
        form: dict[str, str] | None = None,
        session: str = "",
        method: str = "",
    ) -> tuple[int, dict[str, str], str]:
        """Its status, headers and body."""
        sent: list[Message] = []
        headers = headers | ({"cookie": f"studio-8420={session}"} if session else {})
        path, _, query = path.partition("?")
        scope: Message = {
            "type": "http",
            "method": method or ("GET" if form is None else "POST"),
            "path": path,
            "query_string": query.encode(),
            "client": ("127.0.0.1", 5),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": urlencode(form or {}).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        self.most = self._site.most_bytes(scope)
        asyncio.run(self._site(scope, receive, send))
        told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], told, b"".join(one.get("body", b"") for one in sent[1:]).decode()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    folder = tmp_path_factory.mktemp("studio")
    write_password(folder / "studio.password", PASSWORD)
    return Asked(folder)


def test_a_page_keeps_to_the_strictest_policy_it_runs_under(asked: Asked) -> None:
    status, headers, body = asked.get(session=asked.access.session("ada"))
    nonce = headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
    assert status == 200
    assert headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert body == (
        f'<!doctype html><html lang="en" dir=\'ltr\'><script nonce="{nonce}">1</script>'
        "&lt;script&gt;</html>"
    )


def test_a_session_is_renewed_by_every_page_in_a_cookie_that_only_the_studio_reads(
    asked: Asked,
) -> None:
    _, headers, _ = asked.get(session=asked.access.session("ada"))
    assert headers["set-cookie"].endswith("; Path=/; Max-Age=691200; HttpOnly; SameSite=Strict")


def test_without_a_session_nothing_is_shown_and_nothing_read(asked: Asked) -> None:
    assert asked.get()[0] == 401
    status, _, body = asked.get("/_nicegui_ws/socket.io", OWN, {"a": "b"})
    assert (status, body, asked.most) == (401, f"{EN.closed}\n", 0)


def test_where_there_is_no_password_it_says_how_to_get_a_link(tmp_path: Path) -> None:
    status, headers, body = Asked(tmp_path, has_password=False).get()
    assert status == 401
    assert "python -m bot studio --link" in body
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "<form" not in body


def test_a_link_opens_a_session_without_a_redirect_and_then_nothing_more(asked: Asked) -> None:
    path = f"/open?link={asked.access.link()}"
    status, headers, body = asked.get(path)
    assert (status, "url=/" in body) == (200, True)
    session = headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert asked.get(session=session)[0] == 200
    assert asked.get(path)[0] == 401
    assert asked.get(path, session=session)[0] == 200  # whoever is in stays in


def test_the_password_opens_a_session_and_over_https_in_a_secure_cookie(asked: Asked) -> None:
    status, headers, _ = asked.get("/login", OWN, {"it": PASSWORD})
    assert (status, headers["location"]) == (303, "/")
    host = {"host": "s.example.com", "origin": "https://s.example.com"}
    cookie = asked.get("/login", host, {"it": PASSWORD})[1]["set-cookie"]
    assert cookie.endswith("; Secure")
    session = cookie.partition("=")[2].partition(";")[0]
    page = asked.get(headers={"host": "s.example.com"}, session=session)[1]
    assert page["set-cookie"].endswith("; Secure")


def test_a_password_cannot_be_tried_for_long(asked: Asked) -> None:
    tried = [asked.get("/login", OWN, {"it": "wrong"}) for _ in range(11)]
    assert [status for status, _, _ in tried][:2] == [403, 403]
    assert (tried[-1][0], EN.too_many_tries in tried[-1][2]) == (429, True)
    assert "set-cookie" not in tried[0][1]


def test_nor_can_it_by_whoever_has_many_addresses_or_makes_them_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(tmp_path)
    monkeypatch.setattr(asked.access, "is_password", lambda text: False)
    told = [
        asked.get("/login", OWN | {"x-forwarded-for": f"192.0.2.{n}"}, {"it": "wrong"})[0]
        for n in range(101)
    ]
    assert told == [*[403] * 100, 429]


def test_a_link_is_used_up_by_nobody_who_only_asks_what_it_is(asked: Asked) -> None:
    path = f"/open?link={asked.access.link()}"
    assert asked.get(path, method="HEAD")[0] == 401
    assert asked.get(path)[0] == 200


def test_another_site_cannot_send_the_password_for_somebody(asked: Asked) -> None:
    other = HOST | {"origin": "https://evil.example.com"}
    assert asked.get("/login", other, {"it": PASSWORD})[0] == 403
