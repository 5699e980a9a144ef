"""Messages that lean on the question before them: "and for e-bikes?", "how much?", 那周末呢.

Such a message is read together with that question, and counts as asking what both of them point to.
An entry is taken only if it fits the two together better than it fits either of them alone: what
changes the subject pulls to an entry that the question before it knows nothing of, and then the
message stands alone. The entry that was answered just before is taken again only for "how much?",
"when?" and the like, and only if its answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from bot.domain import Action, Decision, FaqEntry, Hit, Thresholds
from bot.matching.text import normalise, same_wording

_AFTER_ANSWER_S: Final = 300.0  # a message leans on an answer of the last minutes, if on any
_IN_PARTS_S: Final = 10.0  # so soon after one that was not answered, a message may go on with it
MAX_CHARS: Final = 300  # of two texts that are read together; beyond it each says enough by itself
_MAX_WORDS = 4  # of a message that leans on another, though it does not begin with "and"
_MAX_HAN = 8
_MAX_CHOICES = 3
_GAIN = 0.02  # over the question before, of an entry that the message by itself is not nearest to
_GAIN_IN_PARTS = 0.05
_NEAR_ALONE = 0.20  # so far below the line at most lies what the message by itself points to
_LEAD = 0.03  # over the next entry, with which an answer is shown as what was probably meant
_CLOSE_CALL = "close_call"  # the guard that doubts two entries which fit alike: one was answered
_HAN = re.compile("[\u4e00-\u9fff]")
_ENDING = " .!?。！？…,，"
_LEADING = re.compile(
    r"(?:(?:and|or|but|so|ok|also|then|what about|how about|what if it's|und|oder|et|ou|y|o|e)"
    r"(?=[ ,])|那么|那|还有|以及|然后|要是|如果)[ ,，]*",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:\b(?:too|as well|then)|呢|也是吗|也一样吗)$", re.IGNORECASE)
_ONES = re.compile(r"(?<=\w) ones?$", re.IGNORECASE)
# What is asked of the thing that was spoken of, and what shows that an answer tells it.
_SMALL = (
    r"and|or|but|so|ok|then|what|what's|whats|is|are|was|it|it's|its|that|this|they|them|there|the|a|"
    r"an|of|for|in|to|do|does|did|will|would|be|about|much|many|exactly|roughly|please|i|me|you|"
    r"have|has|take|takes|pay|get|one|und|das|es|ist|et|ça|c'est|y|e|eso|es"
)
_ASKED = (
    (
        rf"(?:(?:{_SMALL}|how) )*(?:how much|price|prices|cost|costs|pricing|fee|fees|charge|"
        rf"charges|rate|rates|expensive|(?:for )?free|wie teuer|was kostet|preis|combien|prix|"
        rf"cuánto|precio)"
        rf"(?: (?:{_SMALL}))*",
        r"(?:那|要|需要|得|一共|大概|请问)*(?:多少钱|什么价格?|价格|价钱|费用|怎么收费|收费|收费吗|要钱吗|贵吗|贵不贵|免费吗)"
        r"(?:是?多少)?(?:呢|啊|呀|的)*",
        r"[€$£¥₹₽]|\b(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|pence|cents?|free|no charge|"
        r"kostenlos|gratuit|gratis)\b|[元块欧镑]|免费|收费",
    ),
    (
        rf"(?:(?:{_SMALL}) )*(?:when|how long|what time|which days?|how many (?:days|hours|weeks)|"
        rf"wann|wie lange|quand|cuándo)(?: (?:{_SMALL}))*",
        r"(?:那|要|需要|得|大概|请问|是)*(?:什么时候|几点|多久|多长时间|哪天|几天)(?:呢|啊|呀|的)*",
        r"\d|\b(?:minutes?|hours?|days?|weeks?|months?|years?|daily)\b|[点天日周月年时]",
    ),
)
_QUESTIONS = tuple(
    (re.compile(f"{words}|{han}", re.IGNORECASE), re.compile(told, re.IGNORECASE))
    for words, han, told in _ASKED
)


class Decides(Protocol):
    """What of the matching a conversation needs."""

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        """What is done with one utterance of a person of some language."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked before.

    Attributes:
        text: its words; None where they are not known.
        answered: the entries that were shown as its answer; none where it was not answered.
        nearest: the entries that came closest, best first.
        said_at, shown_at: when it was said, and when something was said back; seconds since 1970.
        decision_id: under which the decision on it is remembered; "" where it is not.
        is_quoted: the message now at hand is a reply to its answer.
        previous: the question before it, in case its words are changed.
    """

    text: str | None
    answered: tuple[str, ...] = ()
    nearest: tuple[Hit, ...] = ()
    said_at: float = 0.0
    shown_at: float = 0.0
    decision_id: str = ""
    is_quoted: bool = False
    previous: Asked | None = None

    def may_bear(self, text: str, at: float) -> bool:
        """Whether a message may lean on it, going by how soon it comes and how it is put.

        Args:
            at: when the message was said; seconds since 1970.
        """
        if self.text is None:
            return False
        if not self.answered:
            return at - self.said_at <= _IN_PARTS_S
        return self.is_quoted or (at - self.shown_at <= _AFTER_ANSWER_S and _leans(text))


@dataclass(frozen=True, slots=True)
class Joined:
    """A message that was read together with the question before it.

    Attributes:
        text: both, as they were read.
        words: both, as they were typed.
        decision: what is done about it.
    """

    text: str
    words: str
    decision: Decision


def joined(
    matcher: Decides,
    text: str,
    alone: Decision,
    before: Asked,
    entries: Mapping[str, FaqEntry],
    lang: str | None,
) -> Joined | None:
    """A message, read with a question that it may lean on; None where it says more alone.

    Args:
        alone: what is done about the message by itself.
        before: see `Asked.may_bear`.
        entries: of the FAQ, by id.
        lang: the code of the person's language; None if unknown.
    """
    if alone.action is Action.ANSWER or (alone.tentative and before.answered):
        return None  # it stands well alone
    both = _both(before.text or "", text, goes_on=not before.answered)
    if both is None:
        return None
    decision = matcher.decide(both, lang)
    if before.answered:
        core = _core(text)
        if _ONES.search(core):  # which say nothing, but hide what the others say: "children's ones"
            alone = matcher.decide(_ONES.sub("", core), lang)
        found = _of_another(decision, alone, before)
        found = found or _of_the_same(text, decision, before, entries)
    else:
        found = _in_parts(text, decision, alone, before)
    if found is None or decision.small_talk is not None:
        return None
    reason = f"{found.reason}; read together with the question before it"
    words = f"{before.text}\n{text}"
    return Joined(both, words, replace(found, reason=reason, parts=()))


def _leans(text: str) -> bool:
    """Whether a message is put like one that goes on: it begins with "and", or is very short."""
    plain = normalise(text).strip(_ENDING)
    if _LEADING.match(plain) or _TRAILING.search(plain):
        return True
    return _is_short(plain)


def _is_short(text: str) -> bool:
    return len(text) <= _MAX_HAN if _HAN.search(text) else len(text.split()) <= _MAX_WORDS


def _both(before: str, text: str, *, goes_on: bool) -> str | None:
    """Both texts as one question, without what only ties them together.

    Args:
        goes_on: the text may be the second part of one sentence.
    """
    head, tail = normalise(before).rstrip(_ENDING), normalise(text)
    if same_wording(head) == same_wording(tail):
        return None
    if not goes_on:
        tail = _core(text)
    if not head or not tail or len(head) + len(tail) > MAX_CHARS:
        return None
    return f"{head}{'' if _HAN.search(head[-1]) else ' '}{tail}"


def _core(text: str) -> str:
    """A text without what only ties it to the one before: "and", "too"."""
    tail = normalise(text).rstrip(_ENDING)
    while (rest := _LEADING.sub("", tail, count=1) if _LEADING.match(tail) else tail) != tail:
        tail = rest
    return _TRAILING.sub("", tail).rstrip(_ENDING)


def _in_parts(text: str, decision: Decision, alone: Decision, before: Asked) -> Decision | None:
    """What is done about two parts of one message; None where that is no more than about one.

    Two that say little by themselves may be asked about together; others must be answered.
    """
    best, lines, begins_short = decision.best, decision.thresholds, _is_short(before.text or "")
    if best is None or lines is None:
        return None
    fell_back = not before.nearest or before.nearest[0].score < lines.follow_up
    least = 0 if begins_short and _is_short(text) else 1
    if not (fell_back or begins_short) or _rank(decision) <= max(_rank(alone), least):
        return None
    known = max(_score(before.nearest, best), _score(alone.candidates, best))
    return decision if best.score - known >= _GAIN_IN_PARTS else None


def _of_another(decision: Decision, alone: Decision, before: Asked) -> Decision | None:
    """The entry beside the one that was answered before that both texts point to."""
    others = [hit for hit in decision.candidates if hit.entry_id not in before.answered]
    lines = decision.thresholds
    if not others or lines is None:
        return None
    first = others[0]
    if _score(alone.candidates, first) < lines.follow_up - _NEAR_ALONE:
        return None
    gained = first.score - _score(before.nearest, first)
    is_near_alone = alone.candidates[0].entry_id == first.entry_id
    if gained <= (0 if is_near_alone else _GAIN) or first.score < lines.follow_up:
        return None
    if first.score <= _score(alone.candidates, first):
        return None
    if decision.action is Action.ANSWER and decision.entry_id == first.entry_id:
        return decision
    offered = [hit for hit in (*others, *alone.candidates) if hit.score >= lines.follow_up]
    by_id = {hit.entry_id: hit for hit in reversed(offered) if hit.entry_id not in before.answered}
    offered = [by_id.pop(hit.entry_id) for hit in offered if hit.entry_id in by_id]
    return replace(
        decision,
        reason=f"{first.entry_id} at {first.score:.4f} fits it and what was answered before",
        action=Action.FOLLOW_UP,
        entry_id=first.entry_id,
        score=first.score,
        candidates=tuple(offered[:_MAX_CHOICES]),
        tentative=(decision.tentative and decision.entry_id == first.entry_id)
        or (_is_clear(offered, lines) and decision.guard in {None, _CLOSE_CALL}),
    )


def _of_the_same(
    text: str, decision: Decision, before: Asked, entries: Mapping[str, FaqEntry]
) -> Decision | None:
    """The entry that was answered before, where its answer tells what is now asked about it."""
    entry_id = decision.entry_id
    if decision.action is not Action.ANSWER or entry_id not in before.answered:
        return None
    asked, entry = normalise(text).strip(_ENDING), entries.get(entry_id)
    is_told = entry is not None and any(
        question.fullmatch(asked) and told.search(entry.answer) for question, told in _QUESTIONS
    )
    return decision if is_told else None


def _is_clear(offered: Sequence[Hit], lines: Thresholds) -> bool:
    """Whether the first of some entries is near enough, and far enough before the next, to be shown
    as what was probably meant. Both texts point to it, so less will do than of one alone."""
    first, *others = offered
    if lines.tentative is None or first.score < (lines.follow_up + lines.tentative) / 2:
        return False
    return not others or first.score - others[0].score >= _LEAD


def _score(hits: Sequence[Hit], wanted: Hit) -> float:
    """The score of an entry among others; -1 where it is not among them."""
    return next((hit.score for hit in hits if hit.entry_id == wanted.entry_id), -1.0)


def _rank(decision: Decision) -> int:
    """How much is done about a message: nothing, asked, shown what is probably meant, answered."""
    if decision.action is Action.FOLLOW_UP:
        return 2 if decision.tentative else 1
    return 3 if decision.action is Action.ANSWER else 0
