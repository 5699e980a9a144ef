"""A website that includes the chat by one line, and knows nothing else of the bot."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.e2e.process import ROOT

_DOCS = ROOT / "docs" / "widget.md"
# As bad as a page's style can be for what stands in it.
_STYLE = """
* { all: unset !important; position: static !important; display: block !important;
    font: 40px serif !important; color: red !important; width: 3px !important; float: left; }
button, dialog, textarea, faq-chat { display: none !important; }
"""
_PAGE = """<!doctype html>
<html lang="{lang}"{more}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A shop</title><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>A shop</h1><p><a href="#faq-chat" id="ours">Ask us</a></p></main>
<script src="{bot}/widget.js" async{data}></script></body>
</html>
"""


@dataclass
class Site:
    """The website.

    Attributes:
        origin: where it is.
        bot: where the bot is.
        lang: of its page.
        data: attributes of the line that includes the chat.
        more: attributes of the page.
    """

    origin: str
    bot: str = ""
    lang: str = "en"
    data: str = ""
    more: str = ""
    is_hostile: bool = False

    @property
    def policy(self) -> str:
        """What docs/widget.md asks of pages, and nothing more than this page itself needs."""
        found = re.search(r"(?m)^Content-Security-Policy: (.*)$", _DOCS.read_text("utf-8"))
        assert found is not None
        its = found[1].replace("https://bot.example.com", self.bot)
        return f"default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; {its}"

    def page(self) -> str:
        """The only page it has."""
        return _PAGE.format(lang=self.lang, bot=self.bot, data=self.data, more=self.more)


@contextmanager
def served_site() -> Iterator[Site]:
    """A website under an address of its own, with the policy that docs/widget.md names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            is_style = path == "/style.css"
            told = (_STYLE if site.is_hostile else "") if is_style else site.page()
            self.send_response(200 if path in ("/", "/style.css") else 404)
            self.send_header("Content-Type", f"text/{'css' if is_style else 'html'}; charset=utf-8")
            self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
