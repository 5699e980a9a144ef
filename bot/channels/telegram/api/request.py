"""HTTP to a Bot API server, over aiohttp.

python-telegram-bot brings a class of its own for that, over httpx. With many connections that one
takes several times as long as all the rest of a reply together.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

if TYPE_CHECKING:
    from aiohttp import ClientSession, FormData

TIMEOUT_S = 20.0  # of one request; Telegram is at times slow, and a lost answer is worse
_UPLOAD_TIMEOUT_S = 60.0


class Request(BaseRequest):
    """Sends requests over connections that stay open. Use it on one event loop.

    Args:
        connections: at once; what is more waits for one.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """How long an answer is waited for, in seconds, where nothing else is asked for."""
        return TIMEOUT_S

    async def initialize(self) -> None:
        """Open for requests."""
        from aiohttp import ClientSession, DummyCookieJar, TCPConnector

        if self._session is None:
            connector = TCPConnector(limit=self._connections, ssl=_certificates())
            # trust_env: a proxy that the environment names, as HTTPS_PROXY, is used.
            self._session = ClientSession(
                connector=connector, cookie_jar=DummyCookieJar(), trust_env=True
            )

    async def shutdown(self) -> None:
        """Close all connections."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request: the HTTP status, and the body of the answer.

        Raises:
            TimedOut: there was no answer in time.
            NetworkError: the server cannot be reached, or does not speak HTTP. The errors under
                these two can hold the address, and so the token: neither has a cause.
        """
        from aiohttp import ClientConnectorError, ClientError, ClientTimeout

        if self._session is None:
            await self.initialize()
        assert self._session is not None  # noqa: S101
        has_files = request_data is not None and request_data.contains_files
        usual_s = _UPLOAD_TIMEOUT_S if has_files else TIMEOUT_S
        timeout = ClientTimeout(
            connect=_seconds(pool_timeout, TIMEOUT_S) + _seconds(connect_timeout, TIMEOUT_S),
            sock_connect=_seconds(connect_timeout, TIMEOUT_S),
            sock_read=_seconds(read_timeout, usual_s),
        )
        try:
            async with self._session.request(
                method,
                url,
                data=None if request_data is None else _body(request_data),
                headers={"User-Agent": self.USER_AGENT},
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError:
            raise TimedOut from None
        except ClientConnectorError as error:
            reason = error.os_error.strerror or type(error).__name__
            raise NetworkError(f"{error.host}:{error.port}: {reason}") from None
        except (ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


def _seconds(asked: Any, usual: float) -> float:
    return usual if asked is None or isinstance(asked, DefaultValue) else float(asked)


def _body(data: RequestData) -> dict[str, str] | FormData:
    if not data.contains_files:
        return data.json_parameters
    from aiohttp import FormData

    form = FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


def _certificates() -> ssl.SSLContext:
    """Those of the system, and certifi's where a system has none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
