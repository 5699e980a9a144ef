"""The pages of the studio, and the frame around each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engineio.payload import Payload
from fastapi import FastAPI, Request
from nicegui import core, html, ui

from bot.channels.http.meaning import Meaning
from bot.files.config.settings import Settings
from bot.files.config.texts import studio_texts
from bot.service.serving import Parts
from bot.studio import faq, goes, missed, thresholds, try_it, wordings_map
from bot.studio.checks import Checks
from bot.studio.desk import Desk
from bot.studio.tuner import Tuner

_STYLE = Path(__file__).parent / "studio.css"
_MOST_PACKETS = 200  # of what happens on a page, sent at once
_RECONNECT_S = 30.0  # that a page may be out of reach and go on where it was
# By path: its name among the texts, and what fills it.
PAGES: Mapping[str, tuple[str, Callable[[Desk], None]]] = {
    "/": ("try_it", try_it.show),
    "/faq": ("faq", faq.show),
    "/missed": ("missed", missed.show),
    "/thresholds": ("thresholds", thresholds.show),
    "/goes": ("goes", goes.show),
}
# Those that one of them leads to.
BENEATH: Mapping[str, tuple[str, Callable[[Desk], None]]] = {faq.MAP: ("map", wordings_map.show)}


def make_pages(settings: Settings, parts: Parts) -> FastAPI:
    """The application that shows the pages; what stands before it says who may see them."""
    meaning, tuner = Meaning(parts.live, parts.worker), Tuner(parts.files.project, settings.cache)
    checks = Checks(parts.live, parts.worker)

    def desk_of(request: Request) -> Desk:
        texts = studio_texts(request.headers.get("accept-language", ""))
        team = parts.live.texts(texts.code).team
        who, asked = request.scope["who"], dict(request.query_params)
        return Desk(settings, parts, meaning, tuner, checks, texts, team, who, asked)

    for path, (name, show) in (*PAGES.items(), *BENEATH.items()):
        _add_page(path, name, show, desk_of)
    outer = FastAPI(openapi_url=None)
    ui.run_with(
        outer,
        dark=None,
        reconnect_timeout=_RECONNECT_S,
        binding_refresh_interval=None,
        tailwind=False,
        show_welcome_message=False,
    )
    core.app.config.socket_io_js_transports = ["polling"]  # one kind of request, one guard
    core.sio.eio.transports, core.sio.eio.allow_upgrades = ["polling"], False
    core.sio.eio.cors_allowed_origins = []
    core.sio.eio.http_compression = False  # the bot's loop would pack, and most of it stays here
    Payload.max_decode_packets = _MOST_PACKETS
    return outer


def _add_page(
    path: str, name: str, show: Callable[[Desk], None], desk_of: Callable[[Request], Desk]
) -> None:
    @ui.page(path)
    def page(request: Request) -> None:
        desk = desk_of(request)
        with _framed(desk, path, name):
            show(desk)


@contextmanager
def _framed(desk: Desk, here: str, name: str) -> Iterator[None]:
    """The head of a page with the way to the others."""
    texts = desk.texts
    ui.add_css(_STYLE)
    ui.page_title(f"{getattr(texts, name)} · {texts.title}")
    with ui.header().classes("head"):
        html.a(texts.skip, href="#content").classes("skip")
        with html.nav() as nav:
            nav.props["aria-label"] = texts.pages
            for path, (its, _) in PAGES.items():
                link = html.a(getattr(texts, its), href=path)
                if path == here or (path != "/" and here.startswith(f"{path}/")):
                    link.props["aria-current"] = "page" if path == here else "true"
    with html.div().props("id=content tabindex=-1"):
        html.h1(getattr(texts, name))
        yield
