"""What an edit of an FAQ changes: both versions are asked everything that is known of it.

That is every test, every wording that both have, held out, and every message of the log whose words
are kept. No file is read or written: an edit can be tried before it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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
_MOST_EACH, _FEW = 12, 3  # wordings of an entry, and folds, where not all of them are asked
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
    """A version, and what it decides on messages of the log, by what was said in which language."""

    bot: Matcher
    logged: dict[tuple[str, str | None], Decision]

    def hear(self, log: Sequence[_Asked]) -> list[Decision]:
        """Decide on messages, on none twice."""
        new = [one for one in log if one.said not in self.logged]
        self.logged.update(zip((one.said for one in new), _decisions(self.bot, new), strict=True))
        return [self.logged[one.said] for one in log]


class Baseline:
    """What an FAQ does, to hold edits of it against, one after the other. Made by `baseline`."""

    def __init__(self, beside: Trials, faq: Faq, log: Iterable[Record], *, holds_out: bool) -> None:
        self._beside = beside
        self._holds_out = holds_out
        self._now = self._last = _Tried(beside.over(faq), {})
        self.listen(log)

    def listen(self, log: Iterable[Record], ignored: Set[str] = frozenset()) -> None:
        """Ask messages of this log from now on, and no other ones.

        Args:
            ignored: ids of those that nothing is to be shown for.
        """
        self._log = [
            _logged(one, one.text, is_ignored=one.id in ignored)
            for one in log
            if one.text is not None
        ]
        for gone in self._now.logged.keys() - {one.said for one in self._log}:
            del self._now.logged[gone]

    def against(self, faq: Faq, among: Set[str] | None = None) -> Diff:
        """What changes with another version of the FAQ, whose tests count.

        Args:
            among: of wordings and messages, ask some of each of these entries: messages for which
                one of them is a candidate, and those that are ignored. None: all.
        Raises:
            FileProblems: its labelled sets have mistakes.
        """
        then, cases = self._now, cases_of(faq)
        # What tests are decided by is exact; to measure a large FAQ takes most of the time.
        is_exact = among is None or bool(cases)
        now = self._last = _Tried(self._beside.over(faq, then.bot, measures=is_exact), {})
        tests = [_tested(case) for case in cases]
        after = _decisions(now.bot, tests)
        log = [
            one
            for one, decision in zip(self._log, then.hear(self._log), strict=True)
            if among is None
            or one.record is None
            or any(hit.entry_id in among for hit in decision.candidates)
        ]
        compared = [
            *zip(tests, _decisions(then.bot, tests), after, strict=True),
            *(self._without_each(then.bot, now.bot, among) if self._holds_out else ()),
            *zip(log, then.hear(log), now.hear(log), strict=True),
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

    def _without_each(
        self, then: Matcher, now: Matcher, among: Set[str] | None
    ) -> Iterator[tuple[_Asked, Decision, Decision]]:
        """The wordings that both versions have, each decided on by what is left without it."""
        if among is None:
            rows = in_few_folds(list(held_out(then.faq)))
        else:
            its = [entry for entry in then.faq.entries if entry.id in among]
            some = held_out(Faq(tuple(its)), _MOST_EACH)
            rows = [(entry, wording, fold % _FEW) for entry, wording, fold in some]
        both = _shared(rows, now.faq)
        decided = (
            _decided(bot, read_held_out(self._beside, bot.faq, its, like=bot))
            for bot, its in ((then, [old for old, _ in both]), (now, [new for _, new in both]))
        )
        for (_, (entry, wording, _)), before, after in zip(both, *decided, strict=True):
            asked = _Asked(Kind.HELD_OUT, wording, entry.lang, entry.id, entry.place)
            yield asked, before, after


def _shared(rows: Sequence[HeldOut], faq: Faq) -> list[tuple[HeldOut, HeldOut]]:
    """Wordings held out of one version, and those of another that are the same, where others of the
    entry are left."""
    known = {entry.id: {wording_key(w) for w in entry.wordings} for entry in faq.entries}
    folds: dict[tuple[str, int], set[str]] = {}
    for entry, wording, fold in rows:
        folds.setdefault((entry.id, fold), set()).add(wording_key(wording))
    found = []
    for row in rows:
        entry, wording, fold = row
        its = known.get(entry.id, set())
        if wording_key(wording) in its and its - folds[entry.id, fold]:
            found.append((row, (faq.by_id[entry.id], wording, fold)))
    return found


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


def _logged(record: Record, text: str, *, is_ignored: bool) -> _Asked:
    if is_ignored:
        return _Asked(Kind.LOGGED, text, record.lang, None)
    label = said(record)
    meant = None if label is None else label[1]
    return _Asked(Kind.LOGGED, text, record.lang, meant, record=record)


def _decisions(bot: Matcher, asked: Sequence[_Asked]) -> list[Decision]:
    return decide_all(bot, ((one.text, one.lang) for one in asked))


def _decided(bot: Matcher, readings: Iterable[Reading]) -> list[Decision]:
    rules = Rules(bot.decider.policy)
    return [rules.decide(reading) for reading in readings]
