"""Whether people ask otherwise than when the thresholds were tuned.

Once a day the last four weeks are held against what policy.lock tells of the messages that were
tuned on. No label is needed, and no words: scores, the share of words that the FAQ does not have,
and the mix of entries are compared, as Rabanser et al. (2019) found to work best of simple tests.
Words that come up are compared with the four weeks before, as far as words are kept.

Of each person one message counts, as messages of one are alike. Each test is held to a level that
is shared out evenly over all tests of all days of a year (Bonferroni), so that with nothing changed
a year passes without any alarm in at least 95 of 100 bots, however the tests hang together.

An FAQ that is edited answers more and knows more words: so only lower scores and more unknown words
are told, and the mix is compared with the FAQ alone that was tuned on.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.matching import fingerprint
from bot.matching.decide.known_words import KnownWords
from bot.matching.mask import masked
from bot.matching.matcher import Matcher
from bot.matching.policy_lock import PolicyLock, load_lock
from bot.matching.traffic import Message, Traffic
from bot.service.admins.two_samples import differ, more_often, shifted
from bot.service.live import Live
from bot.store.async_store import AsyncStore
from bot.store.counts import Glimpse
from bot.texts import TeamTexts, fill

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
DAYS = 28  # that are looked at
FALSE_ALARMS = 0.05  # a year, of bots with which nothing changes
TESTS = 4
LEVEL = FALSE_ALARMS / (365 * TESTS)  # of one test on one day
FEWEST = 50  # people, and messages that were tuned on; fewer tell nothing
MOST = 10_000  # messages that are looked at, the newest
MIN_PEOPLE = 2  # who wrote a word that is shown
_MOST_WORDS = 5
_PART = 0.8  # of the people who wrote a word: if they all wrote a longer name, that is told instead
_NOTE = "drift"


class Kind(StrEnum):
    """What is told."""

    SCORES = "scores"  # lower
    UNKNOWN = "unknown"  # more words that the FAQ does not have
    ENTRIES = "entries"  # another mix
    WORDS = "words"  # one that comes up
    BLIND = "blind"  # policy.lock does not say what was tuned on


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is otherwise.

    Attributes:
        then, now: of scores the medians, of unknown words their mean share, of entries the share of
            the one that rose most, of a word how many people wrote it.
        what: that entry's id, or the word.
    """

    kind: Kind
    then: float = 0.0
    now: float = 0.0
    what: str = ""

    @property
    def key(self) -> str:
        """The same where it is nothing new; it tells no word."""
        if self.kind is not Kind.WORDS:
            return self.kind.value
        return f"words {hashlib.sha256(self.what.encode()).hexdigest()[:16]}"


def traffic_of(glimpses: Iterable[Glimpse], at: float) -> Traffic:
    """Of each person the first message, counted."""
    first: dict[str, Glimpse] = {}
    for each in glimpses:
        first.setdefault(each.asker, each)
    return Traffic.of((Message(it.score, it.nearest, it.unknown) for it in first.values()), at)


def compare(then: Traffic, now: Traffic, *, is_same_faq: bool) -> list[Finding]:
    """What is otherwise than when the thresholds were tuned."""
    if min(then.messages, now.messages) < FEWEST:
        return []
    found = []
    if shifted(then.scores, now.scores, up=False) <= LEVEL:
        found.append(Finding(Kind.SCORES, _median(then.scores) / 100, _median(now.scores) / 100))
    if shifted(then.unknown, now.unknown, up=True) <= LEVEL:
        found.append(Finding(Kind.UNKNOWN, _mean(then.unknown) / 100, _mean(now.unknown) / 100))
    if is_same_faq and differ(then.entries, now.entries) <= LEVEL:
        entry_id = max(sorted(now.entries), key=lambda it: now.share_of(it) - then.share_of(it))
        shares = then.share_of(entry_id), now.share_of(entry_id)
        found.append(Finding(Kind.ENTRIES, *shares, what=entry_id))
    return found


def _median(counts: Mapping[int, int]) -> float:
    half, passed = sum(counts.values()) / 2, 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= half:
            return value
    return 0.0


def _mean(counts: Mapping[int, int]) -> float:
    return sum(value * count for value, count in counts.items()) / sum(counts.values())


Writers = tuple[Counter[str], int]  # how many people wrote each word; and how many people there are


def come_up(before: Writers, now: Writers) -> list[Finding]:
    """The words that the FAQ does not have and that more people write, those of most people first.

    Args:
        before, now: of as many days each.
    """
    (people_before, of_before), (people, of) = before, now
    if min(of, of_before) < FEWEST:
        return []
    shown = [word for word, count in people.items() if count >= MIN_PEOPLE]
    found = {
        word
        for word in shown
        if people[word] * of_before > people_before[word] * of
        and more_often(people[word], of, people_before[word], of_before) <= LEVEL / len(shown)
    }
    names = [word for word in found if not _is_part(word, found, people)]
    names.sort(key=lambda word: (-people[word], word))
    return [Finding(Kind.WORDS, people_before[it], people[it], it) for it in names[:_MOST_WORDS]]


def writers(words: KnownWords, glimpses: Iterable[Glimpse]) -> Writers:
    """How many people wrote each word that the FAQ does not have."""
    of_person: dict[str, set[str]] = {}
    for each in glimpses:
        if each.text is not None:
            its = of_person.setdefault(each.asker, set())
            its |= words.unknown(masked(each.text))
    return Counter(word for its in of_person.values() for word in its), len(of_person)


def _is_part(word: str, names: Iterable[str], people: Mapping[str, int]) -> bool:
    longer = (name for name in names if word != name and word in name)
    return any(people[name] >= _PART * people[word] for name in longer)


def lines_of(findings: Sequence[Finding], texts: TeamTexts) -> list[str]:
    """What was found, and what to do about it; nothing of nothing."""
    lines = [told(finding, texts) for finding in findings]
    is_otherwise = any(finding.kind is not Kind.BLIND for finding in findings)
    return [*lines, texts.drift_advice] if is_otherwise else lines


def told(finding: Finding, texts: TeamTexts) -> str:
    """A finding in one line."""
    its = "{:.2f}" if finding.kind is Kind.SCORES else "{:.0f}"
    is_share = finding.kind in {Kind.UNKNOWN, Kind.ENTRIES}
    then, now = (
        f"{100 * number:.0f} %" if is_share else its.format(number)
        for number in (finding.then, finding.now)
    )
    line = {
        Kind.SCORES: texts.drift_scores,
        Kind.UNKNOWN: texts.drift_unknown,
        Kind.ENTRIES: texts.drift_entries,
        Kind.WORDS: texts.drift_word,
        Kind.BLIND: texts.drift_blind,
    }[finding.kind]
    return fill(line, then=then, now=now, what=finding.what)


class DriftWatch:
    """Looks once a day, and remembers what was told. Use it from the event loop.

    All it remembers stands in the store, and no words: several may share it.
    """

    def __init__(self, live: Live, store: AsyncStore) -> None:
        self._live = live
        self._store = store

    async def look(self, at: float) -> None:
        """Look, if the last look is a day ago, and have the log tell what is new.

        Raises:
            StoreError: the memory cannot be asked.
        """
        memory = await self._memory()
        if abs(at - memory.at) < DAY_S:
            return
        lock = await asyncio.to_thread(self._lock)
        tuned = 0.0 if lock is None or lock.traffic is None else lock.traffic.at
        seen = {} if tuned != memory.tuned else memory.seen
        findings = await self._find(at)
        texts = self._live.texts("en").team
        for finding in findings:
            if finding.key not in seen:
                logger.warning("%s", told(finding, texts))
        lasting = {key: last for key, last in seen.items() if at - last < DAYS * DAY_S}
        now = {finding.key: at for finding in findings}
        await self._store.take_note(_NOTE, _Memory(at, tuned, {**lasting, **now}).as_text())

    async def found(self) -> Sequence[Finding]:
        """What the last look found; words anew, as somebody may have been forgotten since.

        Raises:
            StoreError: the memory cannot be asked.
        """
        memory = await self._memory()
        found = await self._find(memory.at) if memory.seen else []
        return [finding for finding in found if finding.key in memory.seen]

    async def _memory(self) -> _Memory:
        return _Memory.read(await self._store.note(_NOTE))

    async def _find(self, at: float) -> Sequence[Finding]:
        """What is otherwise in the weeks up to a time."""
        now = await self._store.glimpses(at - DAYS * DAY_S, at, MOST)
        before = await self._store.glimpses(at - 2 * DAYS * DAY_S, at - DAYS * DAY_S, MOST)
        return await asyncio.to_thread(self._compared, at, before, now)

    def _compared(
        self, at: float, before: Sequence[Glimpse], now: Sequence[Glimpse]
    ) -> list[Finding]:
        """In a thread, as the FAQ may be large."""
        matcher, lock = self._live.matcher, self._lock()
        written = (writers(matcher.known_words, weeks) for weeks in (before, now))
        return [*_since_tuned(matcher, lock, now, at), *come_up(*written)]

    def _lock(self) -> PolicyLock | None:
        try:
            return load_lock(self._live.matcher.settings.lock)
        except ValueError:  # the log has told, when the FAQ was read
            return None


def _since_tuned(
    matcher: Matcher, lock: PolicyLock | None, now: Sequence[Glimpse], at: float
) -> list[Finding]:
    if lock is None:
        return []
    then = lock.traffic
    if then is None:
        return [Finding(Kind.BLIND)]
    prints = fingerprint.of_scores(matcher.settings, matcher.faq, matcher.model_fingerprint)
    if replace(prints, faq=lock.fingerprints.faq) != lock.fingerprints:
        return []  # scores mean something else now; /stats says that it is to be tuned again
    since = traffic_of((each for each in now if each.at >= then.at), at)
    return compare(then, since, is_same_faq=prints == lock.fingerprints)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is remembered of the last look.

    Attributes:
        at: when it was; 0: there was none.
        tuned: when the thresholds were tuned that it was held against; 0: they were not.
        seen: what was told, by key, and when it was last so.
    """

    at: float = 0.0
    tuned: float = 0.0
    seen: Mapping[str, float] = ()  # type: ignore[assignment]

    @classmethod
    def read(cls, text: str | None) -> _Memory:
        return cls(0.0, 0.0, {}) if text is None else cls(**json.loads(text))

    def as_text(self) -> str:
        return json.dumps({"at": self.at, "tuned": self.tuned, "seen": self.seen})
