"""The tests of an FAQ: what people could write, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain import Action, Decision, Expect, Faq, Place
from bot.errors import Problem
from bot.files.section import describe_text
from bot.labels.labelled import load_labelled
from bot.labels.outcomes import Done, Outcome, done, got, judge, shown_entries
from bot.labels.scored import read_all
from bot.matching.build import Matcher, complete_for
from bot.matching.decide.thresholds import Rules

_UNKNOWN_PLACE = Place("the FAQ", 1)
_PASSES = {
    None: (Outcome.RIGHT, Outcome.RIGHT_TENTATIVE),
    Expect.ANSWER: (Outcome.RIGHT,),
    Expect.ASKED: (Outcome.HELD,),
    Expect.FALLBACK: (Outcome.FALLBACK,),
}
_PASSES_OUT_OF_SCOPE = (Outcome.OOS_REFUSED, Outcome.OOS_ASKED)


@dataclass(frozen=True, slots=True)
class Case:
    """An utterance, and what must come of it.

    Attributes:
        expected: the entry that it is about; None: the FAQ has no answer, and none is shown.
        expect: what is done with the utterance; None: the entry's answer is shown, firmly or
            tentatively.
        place: where the test stands.
        lang: the code of the language of the person who asks; None if unknown.
    """

    text: str
    expected: str | None
    expect: Expect | None
    place: Place
    lang: str | None = None

    def passes(self, decision: Decision) -> bool:
        """Whether that is what must come of it."""
        passes = _PASSES_OUT_OF_SCOPE if self.expected is None else _PASSES[self.expect]
        return judge(self.expected, decision) in passes


def cases_of(faq: Faq) -> tuple[Case, ...]:
    """The tests under entries, then those of labelled sets in the FAQ's folder.

    Those of entries that are not valid now are left out.

    Raises:
        FileProblems: all mistakes of the labelled sets.
    """
    cases = [
        Case(test.text, entry.id, test.expect, test.place or _UNKNOWN_PLACE, entry.lang)
        for entry in faq.entries
        for test in entry.tests
    ]
    if faq.labelled:
        known = [entry.id for entry in faq.every or faq.entries]
        for label in load_labelled(faq.labelled, known, may_be_one_sided=True):
            cases.append(Case(label.text, label.expected, None, label.place, label.language))
    return tuple(case for case in cases if case.expected in {None, *faq.by_id})


def decide_all(
    bot: Matcher, texts: Iterable[tuple[str, str | None]], doing: str | None = None
) -> list[Decision]:
    """What a bot does with utterances, each by itself.

    Args:
        texts: each with the code of the language of the person who asks; None if unknown.
        doing: what a progress bar says; None: there is none.
    """
    rules = Rules(bot.decider.policy)
    return [rules.decide(reading) for reading in read_all(bot.decider, list(texts), doing=doing)]


def failed(bot: Matcher, cases: Sequence[Case]) -> list[Problem]:
    """The tests that a bot does not pass, each with what came instead and what to do."""
    asked = [(case.text, case.lang) for case in cases]
    decisions = decide_all(complete_for(bot, asked), asked, doing="testing")
    return [
        Problem(case.place.path, case.place.line, told(case, decision))
        for case, decision in zip(cases, decisions, strict=True)
        if not case.passes(decision)
    ]


def told(case: Case, decision: Decision) -> str:
    """What must have come of a test, what did, why, and what to do."""
    return (
        f"{describe_text(case.text)} {_wanted(case)}, but {_came(decision)} ({decision.reason}). "
        f"{_advice(case, decision)}"
    )


def _wanted(case: Case) -> str:
    if case.expected is None:
        return "must be shown no answer"
    if case.expect is Expect.ANSWER:
        return f"must be answered with {case.expected}"
    if case.expect is Expect.ASKED:
        return f"must be asked about, with {case.expected} among the choices"
    if case.expect is Expect.FALLBACK:
        return "must be met with “I don't know”"
    return f"must show the answer of {case.expected}"


def _came(decision: Decision) -> str:
    entries = ", ".join(got(decision))
    best = decision.best
    if decision.small_talk is not None:
        return "it is taken for small talk"
    if decision.action is Action.FALLBACK:
        nearest = "" if best is None else f"; nearest is {best.entry_id}, {best.score:.4f}"
        return f"the bot doesn't know{nearest}"
    if done(decision) is Done.FOLLOW_UP:
        return f"people are asked to choose: {entries}, {decision.score:.4f}"
    if decision.tentative:
        return f"{decision.entry_id} is shown tentatively, {decision.score:.4f}"
    return f"{entries} is answered, {decision.score:.4f}"


def _advice(case: Case, decision: Decision) -> str:
    shown, best = shown_entries(decision), decision.best
    near = "the wording" if best is None else f"{describe_text(best.phrasing)} of {best.entry_id}"
    if case.expected is None or case.expect is Expect.FALLBACK:
        return f"Reword {near}, or give the entry stricter thresholds."
    if case.expect is Expect.ASKED and shown == {case.expected}:
        return "If that is right, drop expect: asked; else give the entry stricter thresholds."
    if case.expect is Expect.ANSWER and shown == {case.expected}:
        return f"Give {case.expected} a phrasing like it, or drop expect: answer."
    if shown - {case.expected}:
        return f"Reword {near}, or give {case.expected} a phrasing like the test."
    return f"Give {case.expected} a phrasing like it."
