"""What is served beside the API: the chat as a script, and a page that shows it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from weakref import ref

from starlette.responses import Response

from bot.channels.http.widget.script import FOLDER, widget_script
from bot.matching.build import Matcher
from bot.service.serving import Parts

SCRIPT: Final = "/widget.js"
# The page that shows the chat keeps to what docs/widget.md asks of other pages, and to more.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_FILES: Final = {"/": "page.html", "/page.css": "page.css", "/page.js": "page.js"}
_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class _Page:
    """A file as it is sent."""

    body: bytes
    kind: str
    headers: Mapping[str, str]
    packed: bytes = field(init=False)
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", gzip.compress(self.body, mtime=0))
        object.__setattr__(self, "tag", f'"{hashlib.sha256(self.body).hexdigest()[:32]}"')

    def response(self, asked: Mapping[str, str]) -> Response:
        """The file, or that whoever asks has it already."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        headers |= self.headers
        if asked.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        if "gzip" not in asked.get("accept-encoding", ""):
            return Response(self.body, headers=headers, media_type=self.kind)
        headers["Content-Encoding"] = "gzip"
        return Response(self.packed, headers=headers, media_type=self.kind)


class Pages:
    """Answers for the addresses that are none of the API's.

    Args:
        feedback: 👍 and 👎 stand under answers.
    """

    def __init__(self, parts: Parts, *, feedback: bool) -> None:
        self._parts = parts
        self._feedback = feedback
        self._pages = {path: _file(name) for path, name in _FILES.items()}
        self._script: tuple[ref[Matcher], bool, _Page] | None = None

    def response(self, path: str, asked: Mapping[str, str]) -> Response | None:
        """What is at a path; None where that is nothing.

        Args:
            asked: the request's headers, by name in small letters.
        """
        page = self._widget() if path == SCRIPT else self._pages.get(path)
        return None if page is None else page.response(asked)

    def _widget(self) -> _Page:
        """The script, made anew where the FAQ or the sentences have changed."""
        live, has_team = self._parts.live, self._parts.line.team is not None
        known, matcher = self._script, live.matcher
        if known is None or known[0]() is not matcher or known[1] is not has_team:
            told = widget_script(live, has_team=has_team, feedback=self._feedback)
            # Pages of other origins include it, those too that are isolated from them.
            headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
            # Nobody else holds a matcher, which goes when the FAQ is read anew.
            page = _Page(told.encode(), _TYPES["js"], headers)
            known = self._script = ref(matcher), has_team, page
        return known[2]


def _file(name: str) -> _Page:
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    body = (FOLDER / name).read_bytes()
    return _Page(body, _TYPES[name.rpartition(".")[2]], headers)
