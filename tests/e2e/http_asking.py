"""What tests ask of the bot's API."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.hooking import free_port
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig


@dataclass(frozen=True)
class Told:
    """An answer; its headers are by name, in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        """Its status and its one sentence; it must be a problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.json["status"] == self.status
        return self.status, self.json["detail"]


@dataclass(frozen=True)
class Asking:
    """A running bot with an API."""

    port: int
    process: BotProcess
    config: Path

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Told:
        """Send a request; a body that is no bytes is sent as JSON."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), {"Content-Type": "application/json"} | sent
        timeout = START_TIMEOUT_S
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as to:
            to.request(method, path, body, sent)
            answer = to.getresponse()
            pairs = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, pairs, answer.read())

    def post(self, path: str, **body: object) -> Told:
        """Post JSON."""
        return self.send("POST", f"/v1/{path}", body)

    def get(self, path: str) -> Told:
        """Get something."""
        return self.send("GET", f"/v1/{path}")

    def ask(self, text: str, **more: object) -> Any:
        """Ask; what is answered."""
        told = self.post("ask", text=text, **more)
        assert told.status == 200, told
        return told.json


@contextmanager
def serving_http(make_config: MakeConfig, http: str = "", more: str = "") -> Iterator[Asking]:
    """A bot with an API and without Telegram.

    Args:
        http: more keys under `http`, such as "keys_file: keys.yaml".
        more: more YAML.
    """
    port = free_port()
    config = make_config(f"http: {{port: {port}, {http}}}\n{more}")
    with BotProcess(config, "", "") as process:
        process.wait_for_log("serving HTTP")
        yield Asking(port, process, config)
        if process.is_running:
            assert process.stop() == 0
