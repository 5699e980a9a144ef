"""A tuning → pictures, for slides and documents."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.tuning.report.charts import SCORE_BINS, Charts
from bot.tuning.thresholds.regions import Codes, Numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 150
_WIDTH, _HEIGHT = 7.0, 4.6  # inches, of one picture
# Wong 2011 (Nature Methods 8:441): told apart whatever the kind of colour blindness; kinds also
# differ by hatching, lines by their dashes.
_BLUE, _ORANGE, _GREY, _GREEN, _PURPLE = "#0072b2", "#d55e00", "#5b5b66", "#00543c", "#6b2a8a"


def as_png(charts: Charts) -> bytes:
    """All pictures in one."""
    figure, grid = _sheet(2, 2)
    for draw, axes in zip(_DRAWN.values(), grid, strict=True):
        draw(charts, axes)
    return _png(figure)


def as_pngs(charts: Charts) -> dict[str, bytes]:
    """Each picture by itself, by the name of its file."""
    found = {}
    for name, draw in _DRAWN.items():
        figure, (axes,) = _sheet(1, 1)
        draw(charts, axes)
        found[f"{name}.png"] = _png(figure)
    return found


def _sheet(rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    # A figure of its own, without pyplot: that would look for a screen.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH * columns, _HEIGHT * rows), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns, squeeze=False)))


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    # Without the version of the library, the same numbers give the same bytes.
    figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return stream.getvalue()


def _scores(charts: Charts, axes: Axes) -> None:
    its = charts.histogram
    edges = np.arange(SCORE_BINS + 1) / SCORE_BINS
    kinds: list[tuple[str, Codes, dict[str, Any]]] = [
        ("right", its.right, {"color": _BLUE, "alpha": 0.35}),
        ("another entry is nearer", its.wrong, {"color": _ORANGE, "hatch": "///", "fill": False}),
        ("out of scope", its.out_of_scope, {"color": _GREY, "hatch": "...", "fill": False}),
    ]
    for name, counts, style in kinds:
        total = int(counts.sum())
        shares = counts / max(1, total)
        axes.stairs(shares, edges, label=f"{name} ({total:,})", **{"fill": True, **style})
        axes.stairs(shares, edges, color=style["color"], linewidth=1.5)
    lines = charts.tuning.choice.thresholds
    axes.axvline(lines.answer, color=_GREEN, linewidth=2, label=f"answer {lines.answer:g}")
    axes.axvline(
        lines.follow_up,
        color=_PURPLE,
        linewidth=2,
        linestyle="--",
        label=f"ask {lines.follow_up:g}",
    )
    axes.set(title="Scores", xlabel="score of the nearest entry", ylabel="share of its kind")
    axes.set_xlim(0, 1)
    axes.legend()


def _precision(charts: Charts, axes: Axes) -> None:
    trade = charts.trade
    _curve(axes, trade.coverage, trade.precision, trade.precision_band)
    _mark(charts, axes, "precision")
    axes.set(title="Precision by coverage", ylabel="of the answers, those that are right")
    axes.legend(loc="lower left")


def _risk(charts: Charts, axes: Axes) -> None:
    trade = charts.trade
    _curve(axes, trade.coverage, trade.risk, trade.risk_band)
    _mark(charts, axes, "wrong_answers")
    limit = charts.tuning.promise.max_wrong
    axes.axhline(limit, color=_GREY, linestyle=":", label=f"asked for: at most {limit:.1%}")
    axes.set(title="Risk by coverage", ylabel="of all messages, those answered wrongly")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left")


def _curve(axes: Axes, coverage: Numbers, curve: Numbers, band: Numbers) -> None:
    axes.fill_between(coverage, *band, color=_BLUE, alpha=0.2, linewidth=0, label="95 % band")
    axes.plot(coverage, curve, color=_BLUE)
    _percent(axes.xaxis)
    _percent(axes.yaxis)
    axes.set(xlabel="coverage: of all messages, those answered")
    axes.set_xlim(0, 1)


def _mark(charts: Charts, axes: Axes, figure: str) -> None:
    its = charts.tuning
    points = (("tuned", its.recommended, "D"), ("now", its.present, "s"))
    for name, point, shape in (*points, ("0.75 / 0.60", its.example, "^")):
        x, y = point.figures["coverage"], point.figures[figure]
        if x is not None and y is not None:
            at = ([x], [y], shape)
            axes.plot(*at, color="white", markeredgecolor="black", linestyle="none", label=name)


def _reliability(charts: Charts, axes: Axes) -> None:
    its = charts.reliability
    of = "confidence" if its.calibrated else "score, which is no probability"
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="both the same")
    around = [its.right - its.low, its.high - its.right]
    axes.errorbar(
        its.said, its.right, around, color=_BLUE, fmt="o", capsize=3, label="right, 95 % interval"
    )
    fitted = charts.tuning.calibration
    if fitted is not None and not its.calibrated:
        scores = np.linspace(0, 1, 101)
        confidence = fitted.confidence(scores)
        axes.plot(scores, confidence, color=_PURPLE, linestyle="--", label="fitted confidence")
    axes.set(title="Reliability", xlabel=f"{of}, mean of a bin", ylabel="nearest entry is right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _percent(axes.yaxis)
    axes.legend()


def _percent(axis: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1))


_DRAWN: dict[str, Callable[[Charts, Axes], None]] = {
    "scores": _scores,
    "precision-coverage": _precision,
    "risk-coverage": _risk,
    "reliability": _reliability,
}
