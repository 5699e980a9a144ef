"""Reports → files."""

from __future__ import annotations

from pathlib import Path

from bot.files.atomic import write_whole
from bot.matching.decide.confidence import Calibration
from bot.tuning.labels.scored import Scored
from bot.tuning.report.charts import chart
from bot.tuning.report.fates import Fates
from bot.tuning.report.targets import is_picture
from bot.tuning.thresholds.tune import Tuning


def write_reports(
    report: str | None,
    png: str | None,
    scored: Scored,
    fates: Fates,
    tuning: Tuning,
    calibration: Calibration | None,
) -> list[str]:
    """Write the page, the pictures, or both.

    Args:
        report: see `targets.check_targets`.
        png: see `targets.check_targets`.
        calibration: of the bot's scores, where it has one.
    Returns:
        The names of what was written.
    Raises:
        OSError: a folder cannot be made or written to.
    """
    charts = chart(scored, fates.outcomes(), tuning, calibration)
    files: dict[Path, bytes] = {}
    if report is not None:
        from bot.tuning.report.page import as_html

        files[Path(report)] = as_html(scored, fates, charts).encode()
    if png is not None:
        from bot.tuning.report.pictures import as_png, as_pngs

        if is_picture(png):
            files[Path(png)] = as_png(charts)
        else:
            files.update({Path(png) / name: data for name, data in as_pngs(charts).items()})
    for path, data in files.items():
        write_whole(path, data)
    return [str(path) for path in files]
