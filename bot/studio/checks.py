"""What `check` says of the FAQ, in its files or as somebody would have it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from bot.authoring.regression.cases import cases_of
from bot.authoring.review.finding import Finding
from bot.authoring.review.meanings import readers_of
from bot.authoring.review.review import Review, review
from bot.domain import Faq, FaqEntry
from bot.files.faq.load import load_faq
from bot.gently import beside
from bot.matching.build import Matcher
from bot.service.live import Live
from bot.service.worker import Worker
from bot.texts import wall_clock

_AS_IT_IS: Mapping[Path, bytes] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Checked:
    """An FAQ as its files have it, and what there is to mend in it."""

    faq: Faq
    review: Review

    @cached_property
    def by_entry(self) -> Mapping[str, Sequence[Finding]]:
        """What is found about each entry; nothing about those that are not named."""
        found: dict[str, list[Finding]] = {}
        for one in self.review.findings:
            found.setdefault(one.entry, []).append(one)
        return found


class Checks:
    """Looks at the FAQ on a thread of its own, with the models of the bot that serves.

    What was found last is kept, for as long as the files say the same.
    """

    def __init__(self, live: Live, worker: Worker) -> None:
        self._live, self._worker = live, worker
        self._alone = asyncio.Lock()
        self._known: tuple[object, Checked] | None = None

    async def faq(self) -> Faq:
        """What the files say now.

        Raises:
            FileProblems: they hold mistakes.
        """
        return await asyncio.to_thread(_loaded, self._live.matcher, _AS_IT_IS)

    async def checked(self, instead: Mapping[Path, bytes] = _AS_IT_IS) -> Checked:
        """Look for everything that `check` looks for.

        Args:
            instead: what some files are taken to hold.
        Raises:
            FileProblems: the FAQ holds mistakes.
        """
        async with self._alone:
            bot = self._live.matcher
            faq = await asyncio.to_thread(_loaded, bot, instead)
            its = [(one, one.place, one.lines, one.silence) for one in faq.entries]
            state = bot.settings, its
            if self._known is not None and self._known[0] == state:
                return self._known[1]
            found = await asyncio.to_thread(_checked, bot, faq, self._worker)
            if not instead:
                self._known = state, found
            return found


def _loaded(bot: Matcher, instead: Mapping[Path, bytes]) -> Faq:
    settings = bot.settings
    return load_faq(settings.faq, settings.thresholds, reviews=True, instead=instead)


def _checked(bot: Matcher, faq: Faq, worker: Worker) -> Checked:
    from threadpoolctl import threadpool_limits

    valid = faq.at(wall_clock(time.time(), bot.settings.zone))
    tested = {case.expected for case in cases_of(valid) if case.expected is not None}
    readers = readers_of(bot, worker)
    # More threads would take twice the time of the processor.
    with beside(worker.give_way), threadpool_limits(1, "blas"):
        return Checked(faq, review(bot.settings, valid, tested=tested, readers=readers))


def place_in(entry: FaqEntry, finding: Finding) -> tuple[str, int]:
    """The key of an entry under which a finding is shown, and which of its texts is meant.

    Of phrasings, their number from 0; of an answer, the line from 1, or 0 for all of it. The key is
    "" where none of these is meant.
    """
    about = finding.about
    if not about and finding.line is not None:
        above = [each for each, line in entry.lines.items() if line <= finding.line]
        about = max(above, key=entry.lines.__getitem__, default="")
    if about == entry.question:
        return "question", 0
    if about in entry.phrasings:
        return "phrasings", entry.phrasings.index(about)
    if about == entry.answer.strip():
        return "answer", max(0, (finding.line or 0) - entry.lines.get(about, 0))
    return "", 0
