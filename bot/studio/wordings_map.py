"""The map: every wording of the FAQ by its meaning, and the pairs of which one may win unduly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
from bot.texts import StudioTexts

_PAIRS = frozenset({Code.COMPETING, Code.NEAR_DUPLICATE})
_MOST_LISTED = 200  # pairs
_DIGITS = 3  # of a coordinate
_GOLDEN = 0.618034  # entries that stand side by side get colours that lie apart
_HUES = ("#c0392b", "#b9770e", "#5d8a1f", "#138d75", "#2874a6", "#6c3483", "#a8327a", "#c0392b")


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
        texts = self._desk.texts
        try:
            checked = await self._desk.checks.checked()
        except FileProblems as error:
            self._say(str(error))
            return
        meanings = checked.review.meanings
        groups = [] if meanings is None else sorted(meanings.groups, key=len, reverse=True)
        if not groups:
            self._say(checked.review.left_out or texts.map_none)
            return
        pairs = await asyncio.to_thread(pairs_of, checked)
        options = [await asyncio.to_thread(_options, group, pairs) for group in groups]
        self._shown.clear()
        self._shown.props("aria-busy=false")
        with self._shown:
            for option in options:
                chart = ui.echart(option, self._open).classes("map")
                chart.props["role"], chart.props["aria-label"] = "img", texts.map_label
            with kit.section(texts.pairs):
                kit.region(_table(pairs, texts), texts.pairs)

    def _say(self, told: str) -> None:
        self._shown.clear()
        self._shown.props("aria-busy=false")
        with self._shown:
            kit.text(told)

    def _open(self, event: Any) -> None:
        entry_id = str(event.name).rpartition(" · ")[2]
        if event.series_type == "scatter":
            ui.navigate.to(kit.entry_address(entry_id))


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


def _options(group: PhrasingVectors, pairs: Sequence[Pair]) -> dict[str, Any]:
    """What is drawn, as Apache ECharts takes it."""
    plane = projected(group.vectors).round(_DIGITS).tolist()
    _, owners = group.numbered
    hues = ((owners * _GOLDEN) % 1.0).round(_DIGITS).tolist()
    wordings = [Wording(*each) for each in zip(group.entry_ids, group.phrasings, strict=True)]
    at = dict(zip(wordings, plane, strict=True))
    points = [
        {"name": f"{one.text} · {one.entry_id}", "value": [*place, hue]}
        for one, place, hue in zip(wordings, plane, hues, strict=True)
    ]
    lines = [
        {"coords": [at[pair.first], at[pair.second]]}
        for pair in pairs
        if pair.first in at and pair.second in at
    ]
    axis = {"show": False, "scale": True}
    how = {"type": "inside", "zoomOnMouseWheel": "ctrl", "moveOnMouseWheel": False}
    return {
        "animation": False,
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8},
        "xAxis": axis,
        "yAxis": axis,
        "dataZoom": [{**how, f"{each}AxisIndex": 0} for each in "xy"],
        "tooltip": {"formatter": "{b}", "confine": True},
        "visualMap": {
            "show": False,
            "dimension": 2,
            "min": 0,
            "max": 1,
            "seriesIndex": 0,
            "inRange": {"color": list(_HUES)},
        },
        "series": [
            {"type": "scatter", "data": points, "symbolSize": 7},
            {
                "type": "lines",
                "coordinateSystem": "cartesian2d",
                "data": lines,
                "silent": True,
                "lineStyle": {"color": "#888", "opacity": 0.8, "width": 1.5},
            },
        ],
    }


def _table(pairs: Sequence[Pair], texts: StudioTexts) -> str:
    """The same pairs for whoever cannot see or point at the picture."""
    if not pairs:
        return f"<p>{kit.escape(texts.pairs_none)}</p>"
    heads = (texts.wording, texts.pair_other, texts.pair_told)
    head = "".join(f"<th scope='col'>{kit.escape(each)}</th>" for each in heads)
    rows = "".join(
        f"<tr><td>{_linked(pair.first)}</td><td>{_linked(pair.second)}</td>"
        f"<td>{kit.escape(pair.told)}</td></tr>"
        for pair in pairs[:_MOST_LISTED]
    )
    more = len(pairs) - _MOST_LISTED
    told = f"<p>{kit.escape(texts.pairs_more.replace('{count}', f'{more:,}'))}</p>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return table + told * (more > 0)


def _linked(wording: Wording) -> str:
    link = kit.entry_link(wording.entry_id, wording.entry_id)
    return f"{kit.escape(wording.text)}<br>{link}"
