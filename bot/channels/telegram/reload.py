"""/reload and SIGHUP: the FAQ is read anew beside the old one, and swapped at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.errors import BotError, FileProblems
from bot.matching.build import Matcher, Rebuilt, measure
from bot.service.health import Pulse
from bot.service.worker import Worker
from bot.texts import TeamTexts

logger = logging.getLogger(__name__)

_MAX_SHOWN = 20  # mistakes in one message


class Reload:
    """Reads the FAQ anew, once at a time.

    Args:
        renew: reads and encodes; raises FileProblems where the files hold mistakes.
        worker: the one thread that matches; the new FAQ is taken over there.
        adopt: takes a new FAQ over; called on the worker.
        pulse: notes whether the last reading succeeded.
    """

    def __init__(
        self,
        renew: Callable[[], Rebuilt],
        worker: Worker,
        adopt: Callable[[Matcher], None],
        pulse: Pulse,
    ) -> None:
        self._pulse = pulse
        self._renew = renew
        self._worker = worker
        self._adopt = adopt
        self._is_running = False
        self._reloads = 0
        self._settling: asyncio.Task[None] | None = None

    async def now(self, texts: Callable[[], TeamTexts]) -> str:
        """Read anew, and say what came of it; with mistakes the old FAQ is still served.

        Args:
            texts: the sentences of whoever asked, by the FAQ that is served when they are told.
        """
        if self._is_running:
            logger.info("the FAQ is being read already")
            return texts().reload_running
        self._is_running = True
        try:
            rebuilt = await asyncio.get_running_loop().run_in_executor(None, self._renew)
            await asyncio.wrap_future(self._worker.submit(self._adopt, rebuilt.matcher))
            self._reloads += 1
            if rebuilt.matcher.is_provisional:
                self._settling = asyncio.create_task(self._settle(rebuilt.matcher, self._reloads))
        except FileProblems as error:
            logger.error("the FAQ is not read anew, the old one is still served:\n%s", error)
            self._pulse.reloaded = False
            return _refused(error, texts())
        except (BotError, OSError) as error:
            logger.error("the FAQ is not read anew, the old one is still served: %s", error)
            self._pulse.reloaded = False
            return texts().reload_failed.replace("{reason}", str(error))
        finally:
            self._is_running = False
        self._pulse.reloaded = True
        return _done(rebuilt, texts())

    async def _settle(self, provisional: Matcher, reload: int) -> None:
        """Measure the new FAQ beside the bot that serves, and take that over too."""
        logger.info("served with the measurements of the FAQ before; the new one is being measured")
        try:
            bot = await asyncio.get_running_loop().run_in_executor(
                None, measure, provisional, self._worker
            )
            if reload != self._reloads:
                logger.info("the FAQ has changed again; what was measured is of no use")
                return
            await asyncio.wrap_future(self._worker.submit(self._adopt, bot))
        except (BotError, OSError) as error:
            logger.error("the new FAQ is not measured, those before are kept: %s", error)
            return
        logger.info("the new FAQ is measured; decisions now carry fingerprint %s", bot.fingerprint)


def _refused(error: FileProblems, texts: TeamTexts) -> str:
    problems = [str(problem) for problem in error.problems]
    shown = problems[:_MAX_SHOWN] + (["…"] if len(problems) > _MAX_SHOWN else [])
    return "\n".join([texts.reload_refused.replace("{count}", str(len(problems))), "", *shown])


def _done(rebuilt: Rebuilt, texts: TeamTexts) -> str:
    faq = rebuilt.matcher.faq
    wordings = sum(len(entry.wordings) for entry in faq.entries)
    told = texts.reloaded.replace("{entries}", str(len(faq.entries)))
    lines = [told.replace("{wordings}", str(wordings))]
    logger.info("the FAQ was read anew: %d entries, %d wordings", len(faq.entries), wordings)
    if rebuilt.needs_restart:
        keys = ", ".join(rebuilt.needs_restart)
        logger.warning("changes of %s take effect after a restart", keys)
        lines.append(texts.restart_needed.replace("{keys}", keys))
    return "\n".join(lines)
