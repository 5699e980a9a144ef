"""What stands before the pages: who is let in, and what browsers are told to refuse."""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from bot.files.config.studio import StudioSettings
from bot.files.config.telegram import Limit
from bot.files.config.texts import studio_texts
from bot.service.http.asgi import Application, Message, Receive, Send
from bot.service.http.callers import address_of, headers_of
from bot.service.limits import Buckets
from bot.studio.access import SESSION_S, Access
from bot.texts import StudioTexts

_MOST = 1_000_000  # bytes that a page sends at once
_MOST_OF_PASSWORD = 4_096
_TRIES = Limit(10, 5.0)
_TRIES_OF_ALL = Limit(100, 20.0)  # whoever has many addresses, or makes them up, has no more
# NiceGUI's own script makes functions out of text (every event of a page is one), so 'unsafe-eval'
# has to stay; and Vue, Quasar and NiceGUI add style elements as they go, so 'unsafe-inline' does
# for styles. Scripts within a page run by a number used once, and nothing comes from elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: a form's Origin would be null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NO_STORE = {"Cache-Control": "no-store"}


class StudioSite:
    """A `Site`: the pages, for whoever is let in.

    Args:
        pages: answers what is admitted; finds in the scope under "who" whose request it is.
    """

    def __init__(self, studio: StudioSettings, access: Access, pages: Application) -> None:
        self._access = access
        self._pages = pages
        self._cookie = f"studio-{studio.port}"  # a browser tells no ports apart
        self._tries = Buckets()
        self._trying = asyncio.Lock()
        self._under_way: set[asyncio.Task[object]] = set()

    def most_bytes(self, scope: Message) -> int:
        """See `Site.most_bytes`."""
        headers = headers_of(scope)
        if scope["method"] != "POST" or self._access.refusal(scope, headers) is not None:
            return 0
        if scope["path"] == "/login":
            return _MOST_OF_PASSWORD
        return 0 if self._who(scope, headers) is None else _MOST

    def stop(self) -> None:
        """End what waits for something to happen, as open pages do."""
        for task in self._under_way:
            task.cancel()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """See `Site`."""
        headers, path = headers_of(scope), scope["path"]
        scope["headers"] = [
            each for each in scope["headers"] if each[0].lower() != b"x-forwarded-prefix"
        ]
        refusal = self._access.refusal(scope, headers)
        if refusal is not None:
            await _plain(send, 403, refusal)
        elif "unread" in scope:
            await _plain(send, scope["unread"], "This is more than can be read at once.")
        elif path == "/open" and scope["method"] == "GET":
            await self._open(scope, headers, send)
        elif path == "/login":
            await self._log_in(scope, headers, receive, send)
        elif (who := self._who(scope, headers)) is None:
            await self._turn_away(scope, headers, send)
        else:
            await self._show({**scope, "who": who}, receive, send)

    async def _show(self, scope: Message, receive: Receive, send: Send) -> None:
        """A page, or what belongs to one."""
        nonce, status, is_page = secrets.token_urlsafe(16), 200, False
        given: list[tuple[bytes, bytes]] = []
        body = bytearray()

        async def guarded(message: Message) -> None:
            nonlocal status, is_page, given
            if message["type"] == "http.response.start":
                status, given = message["status"], list(message["headers"])
                is_page = any(name.lower() == b"x-nicegui-content" for name, _ in given)
                if not is_page:
                    message["headers"] = [*given, *_encoded(_HEADERS)]
                    await send(message)
            elif not is_page:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send_page(send, status, bytes(body), nonce, scope)

        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._under_way.add(task)
        try:
            # A page is changed on its way, so it must not be packed.
            packed = (b"accept-encoding",) if scope["method"] == "GET" and _is_page(scope) else ()
            kept = [each for each in scope["headers"] if each[0].lower() not in packed]
            await self._pages({**scope, "headers": kept}, receive, guarded)
        finally:
            self._under_way.discard(task)

    async def _send_page(
        self, send: Send, status: int, body: bytes, nonce: str, scope: Message
    ) -> None:
        # What people write stands in a page with its < as &lt;, so none of these is theirs.
        marked = body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
        headers = {"Content-Type": "text/html; charset=utf-8"}
        asked = headers_of(scope)
        lang = f'<html lang="{_texts(asked).code}" '.encode()
        marked = marked.replace(b"<html ", lang, 1)
        if self._cookie in asked.get("cookie", ""):  # not of whoever the proxy vouches for
            headers |= self._cookie_of(scope["who"], asked)
        await _send(send, status, marked, headers, nonce)

    async def _open(self, scope: Message, headers: Mapping[str, str], send: Send) -> None:
        """The link that the command prints."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        who = None
        if self._who(scope, headers) is None:
            who = self._access.opened(query.get("link", [""])[0])
            if who is None:
                await self._turn_away(scope, headers, send)
                return
        # No redirect: the cookie would not be sent along with one that began on another site.
        told = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>…</title>'
        cookie = {} if who is None else self._cookie_of(who, headers)
        await _send(send, 200, told.encode(), {"Content-Type": "text/html", **cookie})

    async def _log_in(
        self, scope: Message, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        """The password."""
        texts = _texts(headers)
        if not self._access.has_password or scope["method"] != "POST":
            await self._turn_away(scope, headers, send)
            return
        for name, limit in ((address_of(scope, ()), _TRIES), ("", _TRIES_OF_ALL)):
            if (await self._tries.take(name, limit, 0, shuts=False)).wait_s:
                await self._ask(send, 429, texts, texts.too_many_tries)
                return
        form = parse_qs((await receive()).get("body", b"").decode("utf-8", "replace"))
        async with self._trying:  # a hash takes much memory, and one at a time is enough
            is_right = await asyncio.to_thread(self._access.is_password, form.get("it", [""])[0])
        if not is_right:
            await self._ask(send, 403, texts, texts.wrong_password)
            return
        cookie = self._cookie_of("studio", headers)
        await _send(send, 303, b"", {"Location": "/", **cookie})

    async def _turn_away(self, scope: Message, headers: Mapping[str, str], send: Send) -> None:
        texts = _texts(headers)
        if not _is_page(scope):
            await _plain(send, 401, texts.closed)
        elif self._access.has_password:
            await self._ask(send, 401, texts)
        else:
            told = (
                f"<p>{html.escape(texts.closed)}</p><p><code>python -m bot studio --link</code></p>"
            )
            await _own_page(send, 401, texts, told)

    async def _ask(self, send: Send, status: int, texts: StudioTexts, told: str = "") -> None:
        said = f'<p role="alert">{html.escape(told)}</p>' if told else ""
        form = (
            f'{said}<form method="post" action="/login"><label>{html.escape(texts.password)} '
            '<input type="password" name="it" required autocomplete="current-password"></label> '
            f"<button>{html.escape(texts.log_in)}</button></form>"
        )
        await _own_page(send, status, texts, form)

    def _who(self, scope: Message, headers: Mapping[str, str]) -> str | None:
        return self._access.who(scope, headers, self._session(headers))

    def _session(self, headers: Mapping[str, str]) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            found = None
        return "" if found is None else found.value

    def _cookie_of(self, who: str, headers: Mapping[str, str]) -> dict[str, str]:
        is_secure = headers.get("origin", headers.get("x-forwarded-proto", "")).startswith("https")
        # Browsers name no origin when they open a page.
        is_secure = is_secure or self._access.is_secure(self._session(headers))
        session = self._access.session(who, is_secure=is_secure)
        told = f"{self._cookie}={session}; Path=/; Max-Age={SESSION_S}; HttpOnly; SameSite=Strict"
        return {"Set-Cookie": told + "; Secure" * is_secure}


def _is_page(scope: Message) -> bool:
    """Whether a browser asks for a page, not for what belongs to one."""
    return scope["method"] == "GET" and not scope["path"].startswith(("/_nicegui", "/favicon"))


def _texts(headers: Mapping[str, str]) -> StudioTexts:
    return studio_texts(headers.get("accept-language", ""))


async def _own_page(send: Send, status: int, texts: StudioTexts, told: str) -> None:
    """A page for whoever is not let in yet, without any script."""
    title = html.escape(texts.title)
    whole = (
        f'<!doctype html><html lang="{texts.code}"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;"
        "max-width:34rem;margin:4rem auto;padding:0 1rem}input,button{font:inherit}</style>"
        f"<main><h1>{title}</h1>{told}</main></html>"
    )
    await _send(send, status, whole.encode(), {"Content-Type": "text/html; charset=utf-8"})


async def _plain(send: Send, status: int, told: str) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    await _send(send, status, f"{told}\n".encode(), headers)


async def _send(
    send: Send, status: int, body: bytes, headers: Mapping[str, str], nonce: str = ""
) -> None:
    policy = _POLICY.replace("{nonce}", nonce or secrets.token_urlsafe(16))
    if not nonce:
        policy = policy.replace(" 'unsafe-eval'", "")
    told = {**headers, **_HEADERS, **_NO_STORE, "Content-Security-Policy": policy}
    await send({"type": "http.response.start", "status": status, "headers": _encoded(told)})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
