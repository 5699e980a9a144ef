"""What came of a hot reload, to be told to whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Problem
from bot.texts import TeamTexts

_MAX_SHOWN = 20  # mistakes in one message


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """What came of a hot reload; where it did not succeed, the FAQ before it is still served.

    Attributes:
        entries, wordings: how many are served now.
        needs_restart: the keys of config.yaml whose change takes effect only after a restart.
        problems: the mistakes in the files, all of them.
        trouble: why else it did not succeed; None where it did.
        is_running: another one is under way, and this one was not begun.
    """

    entries: int = 0
    wordings: int = 0
    needs_restart: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    trouble: str | None = None
    is_running: bool = False

    def told(self, texts: TeamTexts) -> str:
        """It, in somebody's language."""
        if self.is_running:
            return texts.reload_running
        if self.problems:
            head = texts.reload_refused.replace("{count}", str(len(self.problems)))
            shown = [str(problem) for problem in self.problems[:_MAX_SHOWN]]
            more = ["…"] if len(self.problems) > _MAX_SHOWN else []
            return "\n".join([head, "", *shown, *more])
        if self.trouble is not None:
            return texts.reload_failed.replace("{reason}", self.trouble)
        done = texts.reloaded.replace("{entries}", str(self.entries))
        lines = [done.replace("{wordings}", str(self.wordings))]
        if self.needs_restart:
            lines.append(texts.restart_needed.replace("{keys}", ", ".join(self.needs_restart)))
        return "\n".join(lines)
