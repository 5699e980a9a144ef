"""The numbers of How it goes, as a chart and as tables; each opens the messages that it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from bot.domain import FaqEntry
from bot.service.admins.two_samples import interval
from bot.store.counts import Counts, EntryCounts, Figure, Stats
from bot.studio.behind import TICKETS, Stretch, seconds_told
from bot.studio.kit import entry_link, escape, table
from bot.texts import StudioTexts, fill

_MOST_ENTRIES = 200
# One above the other, these are all that was asked. By how each is coloured.
_STACKED = {
    Figure.ANSWERED: "#1b8a6b",
    Figure.TENTATIVE: "#4a86c5",
    Figure.ONLY_ASKED: "#b97a2f",
    Figure.UNANSWERED: "#c0506b",
}
_OF_DAY = (Figure.ASKED, *_STACKED, Figure.RESOLVED, Figure.UP, Figure.DOWN)
_OF_ENTRY = (Figure.ANSWERED, Figure.CHOSEN, Figure.UP, Figure.DOWN)
_OF_TEAM = (Figure.HELPED, Figure.UNHELPED)
_TEXT, _LINES = {"color": "currentColor"}, {"lineStyle": {"color": "#8887"}}


def name_of(figure: Figure, texts: StudioTexts) -> str:
    """What a number is called."""
    told: str = getattr(texts, f"figure_{figure.value}")
    return told


def tiles_html(stats: Stats, tickets: int, stretch: Stretch, texts: StudioTexts) -> str:
    """The numbers of all days together.

    Args:
        tickets: how many are open now.
    """
    total = stats.total
    counted = [(each, getattr(total, each.value)) for each in _OF_DAY]
    counted += [(each, getattr(stats, each.value)) for each in _OF_TEAM]
    tiles = [_tile(_link(each, n, stretch, texts), name_of(each, texts)) for each, n in counted]
    if total.asked:
        resolved = total.answered + total.resolved
        low, high = (f"{100 * each:.0f}" for each in interval(resolved, total.asked))
        within = fill(texts.share_within, low=low, high=high)
        share = f"{round(100 * resolved / total.asked)} %"
        tiles.insert(1, _tile(share, texts.share, within))
    waiting = f"<a href='{stretch.link(TICKETS)}'>{tickets:,}</a>" if tickets else "0"
    tiles.append(_tile(waiting, texts.figure_tickets))
    return f"<ul class='figures'>{''.join(tiles)}</ul><p>{_took(stats, stretch, texts)}</p>"


def _tile(value: str, name: str, more: str = "") -> str:
    return f"<li><b>{value}</b> {escape(name)} <small>{escape(more)}</small></li>"


def _took(stats: Stats, stretch: Stretch, texts: StudioTexts) -> str:
    if stats.typical_s is None or stats.slow_s is None:
        return escape(texts.took_unknown)
    href = stretch.link(Figure.ASKED, least=f"{stats.slow_s:.3f}")
    slow = f"<a href='{escape(href)}'>{seconds_told(stats.slow_s)}</a>"
    return fill(escape(texts.took), typical=seconds_told(stats.typical_s), slow=slow)


def _link(
    figure: Figure, value: int, stretch: Stretch, texts: StudioTexts, of: str = "", **more: str
) -> str:
    """A number that opens what it counts.

    Args:
        of: whose number it is, for those who hear it by itself.
        more: see `Stretch.link`.
    """
    if not value:
        return "0"
    label = f"{value:,} {name_of(figure, texts)}{', ' * bool(of)}{of}"
    href = stretch.link(figure, **more)
    return f"<a href='{escape(href)}' aria-label='{escape(label)}'>{value:,}</a>"


def days_html(stats: Stats, stretch: Stretch, texts: StudioTexts) -> str:
    """The days on which something was asked, newest first."""
    heads = [texts.day, *(name_of(each, texts) for each in _OF_DAY)]
    rows = (
        [day, *(_link(e, getattr(n, e.value), stretch, texts, day, day=day) for e in _OF_DAY)]
        for day, n in stats.by_day
    )
    return table(heads, rows, are_named=True)


def entries_html(
    stats: Stats, stretch: Stretch, entries: Mapping[str, FaqEntry], texts: StudioTexts
) -> str:
    """The entries, those first that answered most."""
    heads = [texts.entry, *(name_of(each, texts) for each in _OF_ENTRY)]
    rows = (_of_entry(each, stretch, entries, texts) for each in stats.by_entry[:_MOST_ENTRIES])
    return table(heads, rows, are_named=True)


def _of_entry(
    counts: EntryCounts, stretch: Stretch, entries: Mapping[str, FaqEntry], texts: StudioTexts
) -> list[str]:
    its, entry = counts.entry_id, entries.get(counts.entry_id)
    numbers = ((each, getattr(counts, each.value)) for each in _OF_ENTRY)
    links = [_link(*each, stretch, texts, its, entry=its) for each in numbers]
    return [escape(its) if entry is None else entry_link(its, entry.question), *links]


def list_html(entries: Iterable[FaqEntry]) -> str:
    """Entries, as a list."""
    items = (
        f"<li>{entry_link(each.id, each.question)} <code>{escape(each.id)}</code></li>"
        for each in entries
    )
    return f"<ul>{''.join(items)}</ul>"


def chart(stats: Stats, stretch: Stretch, texts: StudioTexts) -> ui.echart:
    """The days one beside the other, from the first on which something was asked to the last."""
    by_day = dict(stats.by_day)
    first, last = (date.fromisoformat(day) for day in (min(by_day), max(by_day)))
    days = [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    counts = [by_day.get(day, Counts()) for day in days]
    stacked = {each: [getattr(one, each.value) for one in counts] for each in _STACKED}

    def open_day(event: EChartPointClickEventArguments) -> None:
        figure = [*_STACKED][event.series_index]
        ui.navigate.to(stretch.link(figure, day=days[event.data_index]))

    options = {
        "animation": False,
        "color": [*_STACKED.values()],
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"textStyle": _TEXT, "top": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {"type": "category", "data": days, "axisLabel": _TEXT, "axisLine": _LINES},
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": _TEXT, "splitLine": _LINES},
        "series": [
            {"type": "bar", "stack": "all", "name": name_of(each, texts), "data": data}
            for each, data in stacked.items()
        ],
    }
    made = ui.echart(options, on_point_click=open_day, renderer="svg").classes("chart")
    made.props["role"], made.props["aria-label"] = "img", texts.chart_told
    return made
