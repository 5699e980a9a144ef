"""A server of OpenAI's /v1/embeddings on loopback, with whatever can go wrong with one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from bot.matching.encoder.encoder import Vectors

Embed = Callable[[Sequence[str]], Vectors]


@dataclass
class EmbeddingsServer:
    """What is to be answered, and what was asked.

    Attributes:
        embed: gives the vectors.
        model: the name it answers with; "": that which was asked for.
        faults: one for each request to come: a status, or "half" (it breaks off), "fewer" (one
            vector too few), "hang" (until `go_on`), "nonsense", "redirect"; None: none.
        always: the same for all requests after those.
        retry_after: seconds to say with every status that is no 200.
        asked: the texts of each request.
        headers, paths: of each request.
    """

    embed: Embed
    model: str = ""
    faults: list[int | str | None] = field(default_factory=list)
    always: int | str | None = None
    retry_after: str = ""
    asked: list[list[str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/v1"

    @property
    def texts(self) -> list[str]:
        """All that was ever asked for."""
        return [text for texts in self.asked for text in texts]

    def answer(self, asked: dict[str, Any]) -> bytes:
        rows = self.embed(asked["input"]).tolist()
        data = [{"index": index, "embedding": row} for index, row in enumerate(rows)]
        data.reverse()  # OpenAI promises no order
        return json.dumps({"data": data, "model": self.model or asked["model"]}).encode()


@contextmanager
def serving_embeddings(
    embed: Embed, port: int = 0, tls: SSLContext | None = None
) -> Iterator[EmbeddingsServer]:
    """A server while this holds; afterwards nobody listens there.

    Args:
        tls: has its certificate; None: it speaks plain HTTP.
    """
    own = EmbeddingsServer(embed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            own.asked.append(asked["input"])
            own.headers.append(dict(self.headers))
            own.paths.append(self.path)
            fault = own.faults.pop(0) if own.faults else own.always
            if fault == "hang":
                own.go_on.wait()
                fault = None
            if fault == "redirect":
                fault = 307
            if isinstance(fault, int):
                self._send(fault, b"{}")
                return
            body = own.answer(asked)
            if fault == "fewer":
                body = json.dumps({"data": json.loads(body)["data"][1:]}).encode()
            self._send(200, b"<html>" if fault == "nonsense" else body, is_half=fault == "half")

        def _send(self, status: int, body: bytes, *, is_half: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status != 200 and own.retry_after:
                self.send_header("Retry-After", own.retry_after)
            if status == 307:
                self.send_header("Location", f"{own.url}/embeddings")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if is_half else body)
            self.close_connection = self.close_connection or is_half

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            pass  # whoever asked has gone

    with Server(("127.0.0.1", port), Handler) as server:
        own.port = server.server_port
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
            own.scheme = "https"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield own
        finally:
            own.go_on.set()
            server.shutdown()
