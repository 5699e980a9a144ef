"""Everything people wrote, read together, so that every mistake is reported at once."""

from __future__ import annotations

from bot.domain import Faq
from bot.errors import FileProblems
from bot.files.config import DEFAULT_PATH, Settings, exists, read_settings
from bot.files.faq import load_faq


def load_project(config: str = DEFAULT_PATH, faq: str | None = None) -> tuple[Settings, Faq]:
    """Read config.yaml and the FAQ it names; nothing is written and nothing half-loaded.

    Args:
        config: the configuration's path, relative to the working folder.
        faq: an FAQ path that replaces the configured one, relative to the working folder.
    Raises:
        FileProblems: all mistakes of the configuration and of all FAQ files.
    """
    settings, problems = read_settings(config, faq)
    entries = None
    if faq != "" and exists(settings.faq):  # where it does not, that is among the problems already
        try:
            entries = load_faq(settings.faq, settings.thresholds)
        except FileProblems as error:
            problems = [*problems, *error.problems]
    if problems or entries is None:
        raise FileProblems(problems)
    return settings, entries
