"""What an edit of an FAQ changes: both versions are asked everything that is known of it.

That is every test, every wording that both have, held out, and every message of the log whose words
are kept. No file is read or written: an edit can be tried before it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.authoring.regression.cases import Case, cases_of, decide_all
from bot.domain import Decision, Expect, Faq, Place
from bot.domain.flip import Flip, Kind, Turn
from bot.files.section import wording_key
from bot.labels.from_log import people_say, said
from bot.labels.outcomes import WRONGLY_SHOWN, Outcome, fate, judge
from bot.labels.trials import HeldOut, Trials, held_out, in_few_folds, read_held_out, trials
from bot.matching.build import AT_ONCE, Matcher, Turns
from bot.matching.decide.thresholds import Reading, Rules
from bot.store.store import Record

# The worst first; outcomes of one row are as good as each other.
_ROWS = (
    (Outcome.WRONG, Outcome.OOS_ANSWERED),
    (Outcome.WRONG_TENTATIVE, Outcome.OOS_TENTATIVE),
    (Outcome.MISSED, Outcome.FALLBACK, Outcome.OOS_ASKED),
    (Outcome.HELD,),
    (Outcome.RIGHT_TENTATIVE,),
    (Outcome.RIGHT, Outcome.OOS_REFUSED),
)
_RANKS = {outcome: rank for rank, its in enumerate(_ROWS) for outcome in its}
_PASSED = len(_ROWS)  # what a passed test ranks above one that is not


@dataclass(frozen=True, slots=True)
class Diff:
    """What an edit changes.

    Attributes:
        asked: how many utterances of each kind both versions were asked.
        flips: tests first; of each kind those that broke or got worse first.
        failing: how many tests are not passed after the edit.
    """

    asked: Mapping[Kind, int]
    flips: tuple[Flip, ...]
    failing: int

    @property
    def turns(self) -> Mapping[Turn, int]:
        """How many flips go which way."""
        counts = Counter(flip.turn for flip in self.flips)
        return {turn: counts[turn] for turn in Turn}

    @property
    def broken(self) -> tuple[Flip, ...]:
        """The tests that broke."""
        return tuple(flip for flip in self.flips if flip.broke)


@dataclass(frozen=True, slots=True)
class _Asked:
    """An utterance that both versions are asked.

    Attributes:
        case: of a test.
        record: of a message of the log.
    """

    kind: Kind
    text: str
    lang: str | None
    expected: str | None
    place: Place | None = None
    case: Case | None = None
    record: Record | None = None

    @property
    def said(self) -> tuple[str, str | None]:
        """What a decision hangs on."""
        return self.text, self.lang

    def flip(self, before: Decision, after: Decision) -> Flip | None:
        """How its decision changes; None: not at all."""
        then, now = self._rank(before), self._rank(after)
        if then == now and fate(before) == fate(after):
            return None
        turn = Turn.UNKNOWN if then == now else Turn.BETTER if now > then else Turn.WORSE
        broke = self.case is not None and self.case.passes(before) and not self.case.passes(after)
        misleads = turn is Turn.WORSE and self._is_misled(after)
        both = before, after
        return Flip(self.kind, self.text, self.expected, *both, turn, broke, misleads, self.place)

    def _is_misled(self, decision: Decision) -> bool:
        """Whether whoever wrote it is shown an answer to something else."""
        if self.record is not None:
            return people_say(self.record, decision) is False
        return judge(self.expected, decision) in WRONGLY_SHOWN

    def _rank(self, decision: Decision) -> int:
        """How good a decision on it is, beside others on it."""
        if self.record is not None:
            return {False: 0, None: 1, True: 2}[people_say(self.record, decision)]
        passed = self.case is not None and self.case.passes(decision)
        if self.case is not None and self.case.expect is Expect.ASKED:
            return passed  # to answer is worse there, and to fall back may be
        return _PASSED * passed + _RANKS[judge(self.expected, decision)]


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a version does.

    Attributes:
        held_out: by entry id and wording what it decides without that wording.
        logged: what it decides on messages of the log, by what was said in which language.
    """

    faq: Faq
    bot: Matcher
    held_out: Mapping[tuple[str, str], Decision]
    logged: dict[tuple[str, str | None], Decision]


class Baseline:
    """What an FAQ does, to hold edits of it against, one after the other. Made by `baseline`."""

    def __init__(self, beside: Trials, faq: Faq, log: Iterable[Record], *, holds_out: bool) -> None:
        self._beside = beside
        self._rows = in_few_folds(list(held_out(faq))) if holds_out else []
        self._log: list[_Asked] = []
        self._now = self._last = self._tried(faq)
        self.listen(log)

    def listen(self, log: Iterable[Record]) -> None:
        """Ask messages of this log from now on, and no other ones."""
        self._log = [_logged(record, record.text) for record in log if record.text is not None]
        for gone in self._now.logged.keys() - {one.said for one in self._log}:
            del self._now.logged[gone]

    def against(self, faq: Faq) -> Diff:
        """What changes with another version of the FAQ, whose tests count.

        Raises:
            FileProblems: its labelled sets have mistakes.
        """
        now, then = self._tried(faq), self._now
        self._last, cases = now, cases_of(faq)
        tests = [_tested(case) for case in cases]
        after = _decisions(now.bot, tests)
        for each in (then, now):
            self._hear(each)
        compared = [
            *zip(tests, _decisions(then.bot, tests), after, strict=True),
            *_both_without_each(then, now),
            *((one, then.logged[one.said], now.logged[one.said]) for one in self._log),
        ]
        flips = [flip for one, *both in compared if (flip := one.flip(*both)) is not None]
        kinds, turns = list(Kind), list(Turn)
        flips.sort(key=lambda it: (kinds.index(it.kind), not it.broke, turns.index(it.turn)))
        counts = Counter(one.kind for one, *_ in compared)
        failing = sum(not one.passes(decision) for one, decision in zip(cases, after, strict=True))
        return Diff({kind: counts[kind] for kind in Kind}, tuple(flips), failing)

    def go_on(self) -> None:
        """Hold further edits against the version that was tried last."""
        self._now = self._last

    def _tried(self, faq: Faq) -> _Tried:
        bot = self._beside.over(faq)
        rows = list(self._without_each(faq))
        decided = _decided(bot, read_held_out(self._beside, faq, rows, like=bot))
        places = [(entry.id, wording) for entry, wording, _ in rows]
        return _Tried(faq, bot, dict(zip(places, decided, strict=True)), {})

    def _without_each(self, faq: Faq) -> Iterator[HeldOut]:
        """The wordings held out that a version has, where others of the entry are left."""
        known = {entry.id: {wording_key(w) for w in entry.wordings} for entry in faq.entries}
        folds: dict[tuple[str, int], set[str]] = {}
        for entry, wording, fold in self._rows:
            folds.setdefault((entry.id, fold), set()).add(wording_key(wording))
        for entry, wording, fold in self._rows:
            its = known.get(entry.id, set())
            if wording_key(wording) in its and its - folds[entry.id, fold]:
                yield faq.by_id[entry.id], wording, fold

    def _hear(self, tried: _Tried) -> None:
        """Have a version decide on what is new in the log."""
        new = [one for one in self._log if one.said not in tried.logged]
        tried.logged.update(zip((one.said for one in new), _decisions(tried.bot, new), strict=True))


def _both_without_each(then: _Tried, now: _Tried) -> Iterator[tuple[_Asked, Decision, Decision]]:
    """The wordings that both versions have, each decided on by what is left without it."""
    for (entry_id, wording), before in then.held_out.items():
        after = now.held_out.get((entry_id, wording))
        if after is not None:
            entry = now.faq.by_id[entry_id]
            asked = _Asked(Kind.HELD_OUT, wording, entry.lang, entry.id, entry.place)
            yield asked, before, after


@contextmanager
def baseline(
    bot: Matcher,
    faq: Faq,
    log: Iterable[Record] = (),
    *,
    holds_out: bool = True,
    turns: Turns = AT_ONCE,
) -> Iterator[Baseline]:
    """What an FAQ does, to hold edits of it against.

    Args:
        bot: whose encoders and settings serve; complete, where that matters to what is asked.
        log: messages of it whose words are kept are asked, too.
        holds_out: whether wordings are, which takes most of the time.
        turns: where the encoders may be used meanwhile.
    """
    with trials(bot, turns) as beside:
        yield Baseline(beside, faq, log, holds_out=holds_out)


def utterances(faq: Faq, log: Iterable[Record]) -> Iterator[tuple[str, str | None]]:
    """What a version is asked, each with the code of a person's language; see `complete_for`."""
    yield from ((case.text, case.lang) for case in cases_of(faq))
    yield from ((wording, entry.lang) for entry in faq.entries for wording in entry.wordings)
    yield from ((record.text, record.lang) for record in log if record.text is not None)


def _tested(case: Case) -> _Asked:
    return _Asked(Kind.TEST, case.text, case.lang, case.expected, case.place, case)


def _logged(record: Record, text: str) -> _Asked:
    label = said(record)
    meant = None if label is None else label[1]
    return _Asked(Kind.LOGGED, text, record.lang, meant, record=record)


def _decisions(bot: Matcher, asked: Sequence[_Asked]) -> list[Decision]:
    return decide_all(bot, ((one.text, one.lang) for one in asked))


def _decided(bot: Matcher, readings: Iterable[Reading]) -> list[Decision]:
    rules = Rules(bot.decider.policy)
    return [rules.decide(reading) for reading in readings]
