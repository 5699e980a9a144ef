"""Requests to the Bot API by aiohttp.

python-telegram-bot's own way, httpx, looks through all its connections at the beginning and at the
end of each request: with fifty chats at once that took a third of the bot's processor time.
"""

from __future__ import annotations

import json
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    FormData,
    TCPConnector,
)
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.errors import ChannelError

TIMEOUT_S = 20.0  # of one request; Telegram is at times slow, and a lost answer is worse
_UPLOAD_TIMEOUT_S = 60.0
_SLOWEST_UPLOAD = 100_000  # bytes a second
_UNQUOTED = re.compile(r'[\s"\\]+')  # which servers do not agree how to read between quotes


class Request(BaseRequest):
    """Carries requests out, and shows the token and people's words to nobody.

    Args:
        token: stands in every address; it is redacted in errors.
        connections: at once; what is more waits for one.
        proxy: the address of the one that is used, if any.
    Raises:
        ChannelError: the proxy cannot be used.
    """

    def __init__(
        self, token: str, connections: int, certificates: ssl.SSLContext, proxy: str | None
    ) -> None:
        if proxy is not None and not _is_proxy(proxy):
            raise ChannelError(
                "A proxy that the environment names (HTTPS_PROXY, ALL_PROXY) cannot be used; an "
                "address such as http://127.0.0.1:3128 is needed. Correct or unset it."
            )
        self._token = token
        self._connections = connections
        self._certificates = certificates
        self._proxy = proxy
        self._session: ClientSession | None = None  # made where it is used: it belongs to a loop

    @property
    def read_timeout(self) -> float:
        """See `BaseRequest.read_timeout`; in seconds."""
        return TIMEOUT_S

    async def initialize(self) -> None:
        """See `BaseRequest.initialize`; a first request does the same."""

    async def shutdown(self) -> None:
        """See `BaseRequest.shutdown`."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        """One request: the HTTP status, and the body of the answer; of a refusal what is known.

        python-telegram-bot puts all else that a server says into its errors, the token too where
        an error page repeats the address.

        Args:
            read_timeout: how long nothing may come, in seconds. Other time-outs are our own.
        Raises:
            TimedOut: there was no answer in time.
            NetworkError: the server cannot be reached, or does not speak HTTP. The errors under
                these two can hold the address, and so the token: neither has a cause.
        """
        if read_timeout is BaseRequest.DEFAULT_NONE:
            read_timeout = _patience_s(request_data)
        try:
            async with self._opened().request(
                method,
                url,
                data=_form(request_data),
                headers={"User-Agent": self.USER_AGENT},
                allow_redirects=False,
                proxy=self._proxy,
                timeout=ClientTimeout(connect=TIMEOUT_S, sock_read=read_timeout),
            ) as answer:
                code, payload = answer.status, await answer.read()
        except TimeoutError:
            raise TimedOut from None
        except Exception as error:  # noqa: BLE001  (whatever it is, its text may hold the address)
            raise NetworkError(_reason(error).replace(self._token, "<token>")) from None
        return code, payload if code in range(200, 300) else _refusal(payload, self._token)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; it may hold people's words, so none of it goes into an error or a log."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NetworkError("the server's answer is none of the Bot API")
        return answer

    def _opened(self) -> ClientSession:
        if self._session is None:
            connector = TCPConnector(limit=self._connections, ssl=self._certificates)
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        return self._session


def _is_proxy(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _patience_s(data: RequestData | None) -> float:
    """How long nothing may come back; while a file goes out, nothing does."""
    if data is None or not data.contains_files:
        return TIMEOUT_S
    files = (content for _, content, _ in (data.multipart_data or {}).values())
    size = sum(len(content) for content in files if isinstance(content, bytes))
    return _UPLOAD_TIMEOUT_S + size / _SLOWEST_UPLOAD


def _form(data: RequestData | None) -> dict[str, str] | FormData | None:
    """The body of a request."""
    if data is None or not data.contains_files:
        return None if data is None else data.json_parameters
    form = FormData(quote_fields=False)  # or Telegram shows names of files with % in them
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=_UNQUOTED.sub(" ", filename), content_type=kind)
    return form


def _reason(error: Exception) -> str:
    """What a log may say; errors about an answer repeat of it what cannot be read, people's words.

    Args:
        error: aiohttp's, or one that it lets through.
    """
    if isinstance(error, ClientConnectorCertificateError):
        return f"no connection to {error.host}: {error.certificate_error}"
    if isinstance(error, ClientConnectorError):
        return f"no connection to {error.host}: {error.os_error.strerror or error.os_error}"
    return type(error).__name__


def _refusal(payload: bytes, token: str) -> bytes:
    """What a refusal says, without the token; where it is none of the Bot API, nothing."""
    try:
        Request.parse_json_payload(payload)
    except NetworkError:
        return b"{}"
    return payload.replace(token.encode(), b"<token>")
