"""Where reports can be written to."""

from __future__ import annotations

from pathlib import Path

from bot.errors import BotError


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
    if is_picture(png) and Path(png).is_dir():
        raise TargetError(f"{png}: this is a folder; give --png a name without .png, or a file.")
    if not is_picture(png) and Path(png).exists() and not Path(png).is_dir():
        raise TargetError(
            f"{png}: this is a file; --png needs a folder, or a name that ends in .png."
        )


def is_picture(name: str) -> bool:
    """Whether a name is that of one picture and not of a folder."""
    return name.lower().endswith(".png")
