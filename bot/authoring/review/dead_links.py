"""Web addresses of an FAQ that lead nowhere. Each is asked for once, and nothing else is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from bot.authoring.review.finding import Finding, Level, of_entry
from bot.domain import FaqEntry, is_web_address
from bot.files.findings import Code
from bot.markup.answer import parse

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 10.0
_AT_ONCE = 8
_GONE = (404, 410)


def dead_links(entries: Sequence[FaqEntry]) -> Iterator[Finding]:
    """The links that answer with "no such page", or do not answer at all."""
    import httpx

    places: dict[str, list[tuple[FaqEntry, str]]] = {}
    for entry in entries:
        for url, text in _links(entry):
            places.setdefault(url, []).append((entry, text))
    with (
        httpx.Client(follow_redirects=True, timeout=_TIMEOUT_S) as client,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        wrong = pool.map(partial(_wrong_with, client), places)
        for (url, where), (told, level) in zip(places.items(), wrong, strict=True):
            for entry, text in where if told else ():
                yield of_entry(entry, text, Code.DEAD_LINK, f"{url}: {told}", level)


def _links(entry: FaqEntry) -> Iterator[tuple[str, str]]:
    """The addresses, and the text of the entry in which each stands."""
    for link in entry.links:
        yield link.url, link.url
    for answer in (entry.answer, *(each.answer for each in entry.translations)):
        for url in {span.url for span in parse(answer) if span.url is not None}:
            if is_web_address(url):
                yield url, answer.strip()


def _wrong_with(client: httpx.Client, url: str) -> tuple[str, Level]:
    """What is wrong with an address, and how sure that is; "" for nothing."""
    import httpx

    try:
        with client.stream("GET", url) as response:
            status = response.status_code
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        return f"it could not be opened ({reason}). Try it in a browser.", Level.HINT
    except (httpx.InvalidURL, UnicodeError):
        return "this is no web address. Correct it.", Level.WARNING
    if status in _GONE:
        return f"there is no such page ({status}). Correct or remove the address.", Level.WARNING
    if status >= 500:
        return f"the website has a problem ({status}). Try again later.", Level.HINT
    return "", Level.HINT
