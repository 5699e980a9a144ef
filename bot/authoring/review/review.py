"""THE DOOR: settings and an FAQ that loads → what to mend in it, the most useful first."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.authoring.review import texts as written
from bot.authoring.review.answer_words import only_in_answers
from bot.authoring.review.dead_links import dead_links
from bot.authoring.review.finding import KINDS, Finding, Level, of_remark
from bot.authoring.review.texts import over, too_general
from bot.authoring.review.twins import twins
from bot.domain import Faq, FaqEntry
from bot.errors import BotError, OtherModelError
from bot.files.config.settings import Settings
from bot.texts import wall_clock

if TYPE_CHECKING:
    from bot.authoring.review.meanings import Meanings, Readers

_LEVELS = tuple(Level)
_MOST_USEFUL = 3


@dataclass(frozen=True, slots=True)
class Review:
    """What was found.

    Attributes:
        findings: errors first, then by kind, those that help most first.
        silenced: what the files themselves say is none, and their reason.
        left_out: why meanings were not compared; "" where they were.
        is_refused: that is a mistake in config.yaml, and keeps the bot from starting.
        meanings: what was compared; None: nothing was.
    """

    findings: tuple[Finding, ...]
    entries: int
    wordings: int
    silenced: tuple[tuple[Finding, str], ...] = ()
    left_out: str = ""
    is_refused: bool = False
    meanings: Meanings | None = field(default=None, repr=False, compare=False)

    def count(self, level: Level) -> int:
        """How many findings there are of a level."""
        return sum(finding.level is level for finding in self.findings)

    def by_kind(self) -> Mapping[str, Sequence[Finding]]:
        """The findings by their code, in order."""
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.code, []).append(finding)
        return found

    def most_useful(self) -> list[str]:
        """What would help most, a line each."""
        kinds = [(KINDS[code], its) for code, its in self.by_kind().items() if code in KINDS]
        kinds.sort(key=lambda one: -one[0].gain * len(one[1]))
        return [
            f"{kind.one if len(its) == 1 else kind.many.format(n=len(its))}. {kind.remedy} "
            f"Start at {its[0].place}."
            for kind, its in kinds[:_MOST_USEFUL]
        ]


def review(
    settings: Settings,
    faq: Faq,
    *,
    online: bool = False,
    tested: Set[str] = frozenset(),
    readers: Readers | None = None,
) -> Review:
    """Look for everything that there is a kind for.

    Vectors are kept for the next time. Where no model can be had, the rest is still found.

    Args:
        online: ask for every web address in the FAQ, too.
        tested: the ids of entries that a test is about; none: there are no tests, or none is
            missed.
        readers: models that are loaded already; None: they are loaded.
    """
    found = [*_remarks(settings, faq), *over(settings, faq, time.time())]
    if tested:
        found += written.untested(faq.entries, tested)
    faq = _with_those_to_come(settings, faq)
    for find in (written.few_wordings, written.too_long, too_general, twins, only_in_answers):
        found += find(faq.entries)
    if online:
        found += dead_links(faq.entries)
    left_out, is_refused, meanings = "", False, None
    try:
        meanings, by_meaning = _by_meaning(settings, faq, readers)
        found += by_meaning
    except BotError as error:
        left_out, is_refused = str(error), isinstance(error, OtherModelError)
    told = reviewed(faq, found, left_out)
    return replace(told, is_refused=is_refused, meanings=meanings)


def _with_those_to_come(settings: Settings, faq: Faq) -> Faq:
    """The FAQ with entries, too, that are not valid yet."""
    now = wall_clock(time.time(), settings.zone)
    every = faq.entries if faq.every is None else faq.every
    entries = tuple(one for one in every if one.valid_until is None or now < one.valid_until)
    return faq if entries == faq.entries else replace(faq, entries=entries)


def reviewed(faq: Faq, findings: Iterable[Finding], left_out: str = "") -> Review:
    """Findings in order, without those that are silenced."""
    told: list[Finding] = []
    silenced: list[tuple[Finding, str]] = []
    by_id = {entry.id: entry for entry in faq.every or faq.entries}
    for finding in findings:
        entry = by_id.get(finding.entry)
        reason = None if entry is None else entry.silence.get(finding.code)
        if reason is None:
            told.append(finding)
        else:
            silenced.append((finding, reason))
    return Review(
        tuple(sorted(told, key=_rank)),
        len(faq.entries),
        sum(len(entry.wordings) for entry in faq.entries),
        tuple(silenced),
        left_out,
    )


def _rank(finding: Finding) -> tuple[object, ...]:
    kind = KINDS.get(finding.code)
    place = (finding.path, finding.line or 0, finding.text)
    gain = 0.0 if kind is None else -kind.gain
    return (_LEVELS.index(finding.level), gain, finding.code, -finding.severity, *place)


def _remarks(settings: Settings, faq: Faq) -> Iterator[Finding]:
    """What was remarked on while the files were read."""
    begins: dict[str, list[tuple[int, FaqEntry]]] = defaultdict(list)
    for entry in faq.entries:
        if entry.place is not None:
            begins[entry.place.path].append((entry.place.line, entry))
    for remark in {*settings.remarks, *faq.remarks}:
        above = [one for line, one in begins[remark.path] if line <= (remark.line or 0)]
        yield of_remark(remark, above[-1].id if above else "")


def _by_meaning(
    settings: Settings, faq: Faq, readers: Readers | None
) -> tuple[Meanings, list[Finding]]:
    """What takes a model to find; all that is slow to import stands behind it."""
    from bot.authoring.review import by_meaning
    from bot.authoring.review.meanings import read_meanings

    meanings = read_meanings(settings, faq, readers)
    return meanings, list(by_meaning.find(faq, meanings))
