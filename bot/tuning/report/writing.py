"""Where reports are written to."""

from __future__ import annotations

from pathlib import Path

from bot.errors import BotError
from bot.files.policy_lock import Calibration
from bot.files.whole import write_whole
from bot.tuning.report.charts import chart
from bot.tuning.report.fates import Fates
from bot.tuning.scored import Scored
from bot.tuning.tuning import Tuning


class TargetError(BotError):
    """A report cannot be written to where it should be."""


def check_targets(report: str | None, png: str | None) -> None:
    """Find out what cannot be written before anything is computed.

    Args:
        report: a file of HTML.
        png: a file whose name ends in .png for all pictures in one; else a folder.
    Raises:
        TargetError: something else is there already.
    """
    if report is not None and Path(report).is_dir():
        raise TargetError(
            f"{report}: this is a folder; --report needs the name of a file, such as "
            f"{Path(report) / 'report.html'}."
        )
    if png is None:
        return
    if _is_picture(png) and Path(png).is_dir():
        raise TargetError(f"{png}: this is a folder; give --png a name without .png, or a file.")
    if not _is_picture(png) and Path(png).exists() and not Path(png).is_dir():
        raise TargetError(
            f"{png}: this is a file; --png needs a folder, or a name that ends in .png."
        )


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
        report: see `check_targets`.
        png: see `check_targets`.
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

        if _is_picture(png):
            files[Path(png)] = as_png(charts)
        else:
            files.update({Path(png) / name: data for name, data in as_pngs(charts).items()})
    for path, data in files.items():
        write_whole(path, data)
    return [str(path) for path in files]


def _is_picture(name: str) -> bool:
    return name.lower().endswith(".png")
