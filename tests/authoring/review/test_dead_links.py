"""`--online` asks for every web address, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot import cli

ASKED: list[str] = []


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        self.send_response({"/gone": 404, "/broken": 503, "/closed": 403}.get(self.path, 200))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "*")
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.usefixtures("looked")
def test_pages_that_are_gone_are_told_where_they_stand(
    site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("faq.yaml").write_text(
        "- id: a\n  question: Where is it?\n  phrasings: [here, there]\n"
        f"  answer: See [this]({site}/gone), [that]({site}/fine) and [all]({site}/closed).\n"
        f"  links:\n    - text: One\n      url: {site}/broken\n    - text: Two\n"
        f"      url: {site}/gone\n",
        "utf-8",
    )
    assert cli.main(["check", "--online"]) == 0
    gone = f"{site}/gone: there is no such page (404). Correct or remove the address. [dead-link]"
    lines = [line for line in capsys.readouterr().out.splitlines() if "[dead-link]" in line]
    assert lines == [
        f"faq.yaml:4: warning: {gone}",
        f"faq.yaml:9: warning: {gone}",
        f"faq.yaml:7: hint: {site}/broken: the website has a problem (503). Try again later. "
        "[dead-link]",
    ]
    assert sorted(ASKED) == ["/broken", "/closed", "/fine", "/gone"]
    cli.main(["check"])
    assert len(ASKED) == 4
