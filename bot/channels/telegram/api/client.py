"""The Bot API client: python-telegram-bot's, which shows the token and people's words to nobody."""

from __future__ import annotations

import json
import ssl
import warnings
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from httpx import ConnectError
from telegram.error import EndPointNotFound, InvalidToken, NetworkError, TimedOut
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from telegram.warnings import PTBUserWarning

from bot.errors import ChannelError
from bot.service.health import POLL_TIMEOUT_S

TIMEOUT_S = 20.0  # of one request; Telegram is at times slow, and a lost answer is worse
_UPLOAD_TIMEOUT_S = 60.0
_CONNECTIONS = 256
_POLL_SLACK_S = 10.0
_REFUSED = "the server refuses the token"


class Request(HTTPXRequest):
    """Takes a body that is no answer of the Bot API for a network that does not work.

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
        try:
            super().__init__(
                connection_pool_size=connections,
                read_timeout=TIMEOUT_S,
                write_timeout=TIMEOUT_S,
                connect_timeout=TIMEOUT_S,
                pool_timeout=TIMEOUT_S,
                media_write_timeout=_UPLOAD_TIMEOUT_S,
                proxy=proxy,
                # httpx itself cannot read a NO_PROXY with networks of IPv6, such as fd00::/8.
                httpx_kwargs={
                    "verify": certificates,
                    "follow_redirects": False,
                    "trust_env": False,
                },
            )
        except (RuntimeError, ValueError):  # RuntimeError: a SOCKS proxy, which needs one more
            raise ChannelError(
                "A proxy that the environment names (HTTPS_PROXY, ALL_PROXY) cannot be used; an "
                "address such as http://127.0.0.1:3128 is needed. Correct or unset it."
            ) from None
        self._token = token

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        *arguments: Any,
        **timeouts: Any,
    ) -> tuple[int, bytes]:
        """One request: the HTTP status, and the body of the answer; of a refusal what is known.

        python-telegram-bot puts all else that a server says into its errors, the token too where
        an error page repeats the address.

        Raises:
            TimedOut: there was no answer in time.
            NetworkError: the server cannot be reached, or does not speak HTTP. The errors under
                these two can hold the address, and so the token: neither has a cause.
        """
        is_upload = request_data is not None and request_data.contains_files
        if is_upload and read_timeout is BaseRequest.DEFAULT_NONE:
            read_timeout = _UPLOAD_TIMEOUT_S
        try:
            code, payload = await super().do_request(
                url, method, request_data, read_timeout, *arguments, **timeouts
            )
        except TimedOut:
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


def _reason(error: Exception) -> str:
    """What a log may say; errors about an answer repeat of it what cannot be read, people's words.

    Args:
        error: python-telegram-bot's, or one that it lets through.
    """
    cause = error.__cause__ or error
    told = type(cause).__name__
    return f"{told}: {cause}" if isinstance(cause, ConnectError) else told


def _refusal(payload: bytes, token: str) -> bytes:
    """What a refusal says, without the token; where it is none of the Bot API, nothing."""
    try:
        Request.parse_json_payload(payload)
    except NetworkError:
        return b"{}"
    return payload.replace(token.encode(), b"<token>")


def _certificates() -> ssl.SSLContext:
    """Those of the system, and certifi's where a system has none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _proxy(api_url: str) -> str | None:
    """The proxy that the environment names for a server, as HTTPS_PROXY; None where it does not."""
    server, proxies = urlsplit(api_url), getproxies()
    named = proxies.get(server.scheme) or proxies.get("all")
    if not named or proxy_bypass(server.hostname or ""):
        return None
    return named if "://" in named else f"http://{named}"


class Client(ExtBot[None]):
    """A `Bot` that can also fetch updates as they are sent, before anybody has parsed them.

    One update that python-telegram-bot cannot parse would otherwise be fetched for ever and keep
    all others from being answered.
    """

    def __init__(
        self, token: str, api_url: str, delivery: BaseRateLimiter[None] | None = None
    ) -> None:
        # It would have updates fetched by the method that parses them.
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)
        certificates, proxy = _certificates(), _proxy(api_url)
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=Request(token, _CONNECTIONS, certificates, proxy),
            get_updates_request=Request(token, 1, certificates, proxy),
            rate_limiter=delivery,
        )

    async def initialize(self) -> None:
        """Get to know the account; raises InvalidToken with nothing of the token in its text."""
        try:
            await super().initialize()
        except InvalidToken:
            raise InvalidToken(_REFUSED) from None

    async def raw_updates(
        self, offset: int | None, kinds: list[str], *, wait_s: int = POLL_TIMEOUT_S
    ) -> list[Any]:
        """Wait for updates.

        Args:
            offset: of the first update wanted; those before it are never sent again.
            kinds: of update, as the Bot API calls them.
            wait_s: so long at most.
        Raises:
            TelegramError: they cannot be fetched now.
        """
        wanted: dict[str, Any] = {"timeout": wait_s, "allowed_updates": kinds}
        if offset is not None:
            wanted["offset"] = offset
        try:
            found = await self.do_api_request(
                "getUpdates", wanted, read_timeout=POLL_TIMEOUT_S + _POLL_SLACK_S
            )
        except (EndPointNotFound, InvalidToken):  # one of the two, by whether it was ever taken
            raise InvalidToken(_REFUSED) from None
        if not isinstance(found, list):
            raise NetworkError("the server's answer holds no list of updates")
        return found
