"""The HTTP side of the stand-in for Telegram's Bot API: connections, forms and uploads."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.e2e.bot_api_faults import HUNG_S, Faults
from tests.e2e.bot_api_rules import RefusedError
from tests.e2e.bot_api_types import Json, Upload

# Forms do not tell text from JSON: a text such as "123" or "[1]" must stay the text it is.
_TEXT_FIELDS = {"text", "caption", "parse_mode", "callback_query_id", "url", "language_code"}


class Server(ThreadingHTTPServer):
    """Serves on a port of 127.0.0.1 from `start` to `stop`.

    Args:
        answer: carries out one request, given token, method and parameters; returns the HTTP
            status and body. Called from many threads.
        faults: what goes wrong on the way.
        port: 0: a free one.
    """

    daemon_threads = False  # so that server_close() waits for every connection's thread

    def __init__(
        self,
        answer: Callable[[str, str, Json], tuple[int, Json]],
        faults: Faults,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.faults = faults
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address, "http://127.0.0.1:<port>"."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what has begun, then end every connection and thread."""
        self.shutdown()
        self._thread.join()
        with self._guard:
            for connection in self._open:  # the thread of an idle one waits for a next request
                with suppress(OSError):  # the other side was faster
                    connection.shutdown(socket.SHUT_RD)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a bot that was killed in mid-request; all else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte; bounds a client that stops in mid-request
    disable_nagle_algorithm = True  # head and body leave in two writes

    server: Server

    def do_POST(self) -> None:
        """Answer /bot<token>/<method>."""
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", unquote(self.path))
        faults = self.server.faults
        if found is not None and faults.unread(found[2]):
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = None
        status, answer = 404, RefusedError(404, "Not Found").body
        if found is not None:
            fields = _fields(self.headers.get("Content-Type", ""), body)
            params = {name: _decoded(name, value) for name, value in fields.items()}
            fault = faults.next(found[2], params)
            status, answer = 200, {}
            if fault is None or fault.takes_effect:
                status, answer = self.server.answer(found[1], found[2], params)
        data = json.dumps(answer).encode()
        if fault is None:
            self._send(status, data)
        elif fault.spoil is None:
            self.close_connection = True
        else:
            self._send(fault.status or status, fault.spoil(data), hangs=fault.hangs)

    def _send(self, status: int, data: bytes, *, hangs: bool = False) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if hangs else data)
        except OSError:
            self.close_connection = True  # a bot that was killed no longer listens
        if hangs:
            self.server.faults.closed.wait(HUNG_S)
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing: `BotApi.calls` is the log."""


def _fields(content_type: str, body: bytes) -> Json:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return dict(json.loads(body or b"{}"))
    if kind != "multipart/form-data":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    fields: Json = {}
    boundary = message_from_bytes(f"Content-Type: {content_type}\n\n".encode()).get_boundary("")
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        headers = message_from_bytes(head.lstrip())
        content = content.removesuffix(b"\r\n")
        name = str(headers.get_param("name", header="Content-Disposition"))
        file_name = headers.get_filename()
        if file_name is None:
            fields[name] = content.decode()
        else:
            fields[name] = Upload(file_name, headers.get_content_type(), content)
    return fields


def _decoded(name: str, value: Any) -> Any:
    if name in _TEXT_FIELDS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
