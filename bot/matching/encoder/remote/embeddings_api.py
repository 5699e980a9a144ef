"""OpenAI's /v1/embeddings, as a client: one request, and what is wrong with its answer.

No text of a person and no key stands in any error, nor anything that the server says: it may repeat
them.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from bot import network
from bot.files.config.encoder import KEY, KEY_FILE, is_private
from bot.matching.encoder.encoder import Vectors

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

_CONNECT_S = 3.0
_MOST_BYTES = 64 << 20
_CONNECTIONS = 8
_REFUSES_TEXT = (400, 413, 422)
_TOLD = {
    401: f"it refuses the key of {KEY} or {KEY_FILE} (401)",
    403: f"it refuses the key of {KEY} or {KEY_FILE} (403)",
    404: "it has no such page or no such model (404)",
    429: "it is asked too much (429)",
}
_WAIT_AND_TRY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Embedded:
    """An answer.

    Attributes:
        vectors: float32, unit rows, one for each text in their order.
        model: as the server calls it; "" where it does not say.
    """

    vectors: Vectors
    model: str


class RequestError(Exception):
    """One request was in vain.

    Args:
        reason: in a few words.
    Attributes:
        may_pass: it may be answered if it is tried again.
        after_s: not before so many seconds; the server says so.
        refuses_text: the server runs, and does not take these texts.
    """

    def __init__(
        self,
        reason: str,
        *,
        may_pass: bool = True,
        after_s: float = 0.0,
        refuses_text: bool = False,
    ) -> None:
        super().__init__(reason)
        self.may_pass, self.after_s, self.refuses_text = may_pass, after_s, refuses_text


class EmbeddingsApi:
    """Asks one server for vectors of one model. Use it from one event loop.

    It follows no redirect, which could lead anywhere. A proxy of the environment is used for
    https:// alone, where it sees nothing; certificates are always checked.

    Args:
        url: the whole address.
        model: as the server calls it.
        key: sent as a bearer token; None: none.
    """

    def __init__(self, url: str, model: str, key: str | None) -> None:
        self.url, self.model = url, model
        self._key = key
        server = urlsplit(url)
        self.address = f"{server.scheme}://{server.netloc}"
        is_open = server.scheme == "https" and not is_private(server.hostname or "")
        self._proxy = network.proxy_of(url) if is_open else None
        self._session: ClientSession | None = None

    async def embed(self, texts: Sequence[str], within_s: float) -> Embedded:
        """Have texts embedded.

        Args:
            within_s: all of it, from the look-up of the server's name to the last byte.
        Raises:
            RequestError: they are not.
        """
        import aiohttp

        asked = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        limits = aiohttp.ClientTimeout(total=within_s, sock_connect=_CONNECT_S)
        try:
            async with self._opened().post(
                self.url, json=asked, timeout=limits, proxy=self._proxy, allow_redirects=False
            ) as response:
                _check_status(response)
                content = await _read(response)
        except TimeoutError as error:
            raise RequestError("it does not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _explained(error) from error
        # Thousands of numbers take a while to read, in which the next answer may come.
        return await asyncio.to_thread(_parsed, content, len(texts))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> ClientSession:
        if self._session is None:
            from aiohttp import ClientSession, DummyCookieJar, TCPConnector

            headers = {} if self._key is None else {"Authorization": f"Bearer {self._key}"}
            self._session = ClientSession(
                connector=TCPConnector(limit=_CONNECTIONS, ssl=network.certificates()),
                headers={"Accept": "application/json", **headers},
                cookie_jar=DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def _check_status(response: ClientResponse) -> None:
    status = response.status
    if status == 200:
        return
    if 300 <= status < 400:
        told = f"it leads elsewhere ({status}), where nothing is sent; write the address it means"
        raise RequestError(told, may_pass=False)
    told = _TOLD.get(status, f"it answers with status {status}")
    if status in _REFUSES_TEXT:
        raise RequestError(f"it does not take a text ({status})", may_pass=False, refuses_text=True)
    may_pass = status >= 500 or status in _WAIT_AND_TRY
    raise RequestError(told, may_pass=may_pass, after_s=_seconds(response.headers))


def _seconds(headers: Any) -> float:
    """How long a server wants to be left alone; 0 where it gives a date or says nothing."""
    told = headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0.0


async def _read(response: ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise RequestError("its answer has no end", may_pass=False)
    return bytes(content)


def _explained(error: Exception) -> RequestError:
    import aiohttp

    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
        return RequestError("its certificate is not valid", may_pass=False)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RequestError("its name is not known")
    if isinstance(error, OSError):
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        return RequestError(f"there is no connection to it ({reason})")
    return RequestError(f"it breaks off in the middle of an answer ({type(error).__name__})")


def _parsed(content: bytes, count: int) -> Embedded:
    """What is in an answer.

    Args:
        count: how many texts were sent.
    """
    try:
        answer = json.loads(content)
        rows = {
            row.get("index", place): row["embedding"] for place, row in enumerate(answer["data"])
        }
        if sorted(rows) != list(range(count)):
            raise RequestError(f"it gives {len(rows)} vectors for {count} texts")
        vectors = np.array([rows[place] for place in range(count)], np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # none where the rows differ
        name = answer.get("model")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RequestError("what it answers with is no list of vectors") from error
    if vectors.ndim != 2 or not np.isfinite(lengths).all() or not lengths.all():
        raise RequestError("it gives vectors that are none (a zero, or no number)")
    units: Vectors = (vectors / lengths).astype(np.float32)
    return Embedded(units, name if isinstance(name, str) else "")
