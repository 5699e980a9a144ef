"""The map: every wording of the FAQ by its meaning, and the pairs of which one may win unduly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from nicegui import html, ui
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.domain import Place
from bot.errors import FileProblems
from bot.files.findings import Code
from bot.matching.index import PhrasingVectors
from bot.studio import kit
from bot.studio.checks import Checked
from bot.studio.desk import Desk
from bot.texts import StudioTexts, fill

_PAIRS = frozenset({Code.COMPETING, Code.NEAR_DUPLICATE})
_MOST_LISTED = 200  # pairs
_SIDE = 9_999  # of the plane in which points lie
_GOLDEN = 0.618034  # entries that stand side by side get colours that lie apart
_HUES = ("#c0392b", "#b9770e", "#5d8a1f", "#138d75", "#2874a6", "#6c3483", "#a8327a", "#c0392b")
_SCRIPT = Path(__file__).with_name("map.js")
_DRAW = """(() => {{
{script}
drawMap(getHtmlElement({id}), {data});
}})()"""


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording, and whose it is."""

    entry_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two wordings that compete, and what `check` says about them."""

    first: Wording
    second: Wording
    told: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The wordings of a language.

    Attributes:
        language: its code.
        count: of wordings.
        data: what the script draws, as JSON.
    """

    language: str
    count: int
    data: str


def show(desk: Desk) -> None:
    """Fill the page."""
    _Map(desk)


class _Map:
    """One picture for each language that is read by itself; the largest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        html.a(texts.all_entries, href="/faq").classes("link")
        kit.text(texts.map_intro, "intro")
        self._shown = html.div().props("aria-busy=true")
        with self._shown:
            kit.text(texts.map_drawing).props("role=status")
        kit.beside(self._draw)

    async def _draw(self) -> None:
        texts, script = self._desk.texts, _SCRIPT.read_text("utf-8")
        names = self._desk.parts.live.matcher.settings.phrasebook.language_names
        try:
            checked = await self._desk.checks.checked()
        except FileProblems as error:
            self._say(str(error))
            return
        pairs, pictures = await asyncio.to_thread(drawn, checked)
        if not pictures:
            self._say(checked.review.left_out or texts.map_none)
            return
        self._shown.clear()
        self._shown.props("aria-busy=false")
        with self._shown:
            for picture in pictures:
                name = names.get(picture.language, picture.language)
                html.h2(fill(texts.map_of, language=name, count=f"{picture.count:,}"))
                with html.div().classes("map") as host:
                    host.props["role"], host.props["aria-label"] = "img", texts.map_label
                    html.canvas()
                    html.p().props("hidden").classes("named")
                ui.run_javascript(_DRAW.format(script=script, id=host.id, data=picture.data))
            with kit.section(texts.pairs):
                kit.region(_table(pairs, texts), texts.pairs)

    def _say(self, told: str) -> None:
        self._shown.clear()
        self._shown.props("aria-busy=false")
        with self._shown:
            kit.text(told)


@lru_cache(maxsize=1)
def drawn(checked: Checked) -> tuple[Sequence[Pair], Sequence[Picture]]:
    """The pairs, and a picture of each language; those of the FAQ that was looked at last are kept.

    Args:
        checked: told from others by being itself.
    """
    pairs, meanings = pairs_of(checked), checked.review.meanings
    if meanings is None:
        return pairs, ()
    groups = zip(meanings.languages, meanings.groups, strict=True)
    largest = sorted(groups, key=lambda its: len(its[1]), reverse=True)
    return pairs, [Picture(code, len(its), _data(its, pairs)) for code, its in largest]


def projected(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Vectors on the plane on which they differ most (principal components, Pearson 1901).

    Args:
        vectors: shape (n, dim).
    Returns:
        Shape (n, 2); the same vectors lie at the same place every time.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    with threadpool_limits(1, "blas"):  # more threads would take ten times as much of the processor
        _, axes = np.linalg.eigh(centred.T @ centred)
        two = axes[:, :-3:-1]
        signs = np.sign(two[np.abs(two).argmax(axis=0), [0, 1]])  # either way would do as well
        plane: NDArray[np.float64] = centred @ (two * signs)
    return plane


def pairs_of(checked: Checked) -> list[Pair]:
    """The wordings that compete, as `check` says, the worst first."""
    by_place: dict[Place, Wording] = {}
    for entry in checked.faq.entries:
        for text in entry.wordings:
            by_place.setdefault(entry.place_of(text), Wording(entry.id, text))
    found = (one for one in checked.review.findings if one.code in _PAIRS and one.other)
    pairs = ((one, by_place.get(one.other)) for one in found if one.other is not None)
    return [Pair(Wording(one.entry, one.about), other, one.text) for one, other in pairs if other]


def _data(group: PhrasingVectors, pairs: Sequence[Pair]) -> str:
    """What is drawn, as JSON; see `map.js`."""
    plane = projected(group.vectors)
    least = plane.min(axis=0)
    sides = np.maximum(plane.max(axis=0) - least, 1e-9)
    x, y = np.rint((plane - least) / sides * _SIDE).astype(int).T
    names, owners = group.numbered
    wordings = [Wording(*each) for each in zip(group.entry_ids, group.phrasings, strict=True)]
    points = {wording: point for point, wording in enumerate(wordings)}
    joined = [
        (points[pair.first], points[pair.second])
        for pair in pairs
        if pair.first in points and pair.second in points
    ]
    whole = {
        "x": x.tolist(),
        "y": (_SIDE - y).tolist(),
        "owners": owners.tolist(),
        "entries": names,
        "colours": _colours(len(names)),
        "texts": list(group.phrasings),
        "pairs": joined,
    }
    return json.dumps(whole, separators=(",", ":")).replace("<", "\\u003c")


def _colours(count: int) -> list[str]:
    """So many, each between two of the hues."""
    hues = np.array([[int(hue[at : at + 2], 16) for at in (1, 3, 5)] for hue in _HUES])
    at = np.arange(count) * _GOLDEN % 1.0 * (len(_HUES) - 1)
    channels = np.stack([np.interp(at, np.arange(len(_HUES)), each) for each in hues.T], axis=1)
    return ["#" + bytes(row).hex() for row in np.rint(channels).astype(np.uint8)]


def _table(pairs: Sequence[Pair], texts: StudioTexts) -> str:
    """The same pairs for whoever cannot see or point at the picture."""
    if not pairs:
        return f"<p>{kit.escape(texts.pairs_none)}</p>"
    heads = (texts.wording, texts.pair_other, texts.pair_told)
    rows = (
        (_linked(pair.first), _linked(pair.second), kit.escape(pair.told))
        for pair in pairs[:_MOST_LISTED]
    )
    more = len(pairs) - _MOST_LISTED
    told = f"<p>{kit.escape(texts.pairs_more.replace('{count}', f'{more:,}'))}</p>"
    return kit.table(heads, rows) + told * (more > 0)


def _linked(wording: Wording) -> str:
    link = kit.entry_link(wording.entry_id, wording.entry_id)
    return f"{kit.escape(wording.text)}<br>{link}"
