"""What was read in an utterance → a decision: the three bands, the guards, the parts of a message.

Reading is the slow part (vectors, index, scores) and knows no thresholds; deciding is quick and
needs nothing but what was read. So a reading that is kept can be decided on again, by other
thresholds, and gives exactly what the bot would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bot.domain import Action, Decision, Hit, Thresholds
from bot.matching.decide.answer_words import Mention
from bot.matching.decide.guards import Doubt, close_call, doubt_of
from bot.matching.decide.small_talk_words import PERSON, Said
from bot.matching.score.ranker import TENTATIVE, Match

# How far below the best entry another may lie and still be offered beside it, though it misses the
# follow-up line. On five public FAQs that puts the right entry among the choices in 1 to 3 % more
# of the messages, at half a choice more to read. Plain cosines lie closer together.
NEAR = 0.20
NEAR_IN_COSINE = 0.10
SET_ASIDE = "entries in other languages were set aside"


@dataclass(frozen=True, slots=True)
class Policy:
    """What scores are compared with.

    Attributes:
        own: entries that have lines of their own, by entry id.
        choices: a follow-up offers at most so many entries, at least 1.
        near: an entry this close to the best is offered beside it.
        careful: hear the guards, and look for several questions in a message. False is the plain
            rule: one score, two thresholds.
        fingerprint: of FAQ, model and settings; every decision carries it.
        without_second: the fingerprint of decisions on messages for the second encoder, while it is
            not loaded.
        has_team: there are people behind the bot who can be asked for.
    """

    thresholds: Thresholds
    own: Mapping[str, Thresholds] = field(default_factory=lambda: MappingProxyType({}))
    choices: int = 3
    near: float = NEAR
    careful: bool = True
    fingerprint: str = ""
    without_second: str = ""
    has_team: bool = False

    def lines(self, entry_id: str) -> Thresholds:
        """The lines that hold for an entry."""
        return self.own.get(entry_id, self.thresholds)


def decide(hits: Sequence[Hit], policy: Policy, remarks: Sequence[str] = ()) -> Decision:
    """Compare the best scores with the lines.

    Only the best entry may answer, and only strictly above its answer line. Otherwise, if an
    entry is on or above its own follow-up line, the bot asks about it and those near it. If none
    is, it falls back.

    Args:
        hits: one per entry, best first.
        remarks: what else the reason should say, such as that the utterance was cut.
    """
    if not hits:
        return _decision(Action.FALLBACK, (), "nothing to compare", policy, remarks)
    best = hits[0]
    lines = policy.lines(best.entry_id)
    if best.score > lines.answer:
        reason = f"{best.score:.4f} is above the answer line {_shown(lines.answer, best, policy)}"
        return _decision(Action.ANSWER, hits[: policy.choices], reason, policy, remarks)
    offered = _offered(hits, policy)
    if not offered:
        line = _shown(lines.follow_up, best, policy)
        reason = f"{best.score:.4f} is below the follow-up line {line}"
        return _decision(Action.FALLBACK, hits[: policy.choices], reason, policy, remarks)
    first = offered[0]
    lines = policy.lines(first.entry_id)
    if first.score > lines.answer:  # the best entry is stricter than this one
        reason = f"{first.score:.4f} would answer, but {best.entry_id} is nearer"
    else:
        reason = (
            f"{first.score:.4f} is from the follow-up line {_shown(lines.follow_up, first, policy)}"
            f" to the answer line {_shown(lines.answer, first, policy)}"
        )
    return _decision(Action.FOLLOW_UP, offered[: policy.choices], reason, policy, remarks)


def doubted(decision: Decision, hits: Sequence[Hit], policy: Policy, doubt: Doubt) -> Decision:
    """An answer that becomes a follow-up, or one that shows no answer, as a guard doubts it."""
    if decision.action is Action.FOLLOW_UP:
        told = f"{decision.reason}; but {doubt.reason}, so no answer is shown"
        return replace(decision, reason=told, guard=doubt.guard)
    return replace(
        decision,
        action=Action.FOLLOW_UP,
        candidates=_offered(hits, policy)[: policy.choices],
        reason=f"{decision.reason}; but {doubt.reason}, so it asks",
        guard=doubt.guard,
    )


def _unavailable(decision: Decision) -> Decision:
    return Decision(
        action=Action.FALLBACK,
        entry_id=None,
        score=0.0,
        candidates=(),
        reason="nothing could be compared, as the encoder or the index does not serve now",
        fingerprint=decision.fingerprint,
        thresholds=decision.thresholds,
        unavailable=True,
    )


def _as_tentative(decision: Decision) -> Decision:
    return replace(
        decision,
        reason=f"{decision.reason}; one entry leads clearly, so its answer is shown tentatively",
        tentative=True,
    )


def _offered(hits: Sequence[Hit], policy: Policy) -> tuple[Hit, ...]:
    reaching = [hit for hit in hits if hit.score >= policy.lines(hit.entry_id).follow_up]
    if not reaching:
        return ()
    near = reaching[0].score - policy.near
    # An entry with lines of its own is offered by those alone: somebody was careful with it.
    return tuple(
        hit
        for hit in hits
        if hit in reaching or (hit.score >= near and hit.entry_id not in policy.own)
    )


def _shown(value: float, hit: Hit, policy: Policy) -> str:
    owner = f" of {hit.entry_id}" if hit.entry_id in policy.own else ""
    return f"{value:g}{owner}"


def _decision(
    action: Action,
    candidates: Sequence[Hit],
    reason: str,
    policy: Policy,
    remarks: Sequence[str],
) -> Decision:
    return Decision(
        action=action,
        entry_id=None if action is Action.FALLBACK else candidates[0].entry_id,
        score=candidates[0].score if candidates else 0.0,
        candidates=tuple(candidates),
        reason="; ".join([*remarks, reason]),
        fingerprint=policy.fingerprint,
        thresholds=policy.thresholds,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in an utterance, to be decided on as often as one likes.

    Attributes:
        whole: the utterance taken for one question.
        foreign: ids of the entries in other languages than the person's.
        sentences: its sentences, where it has 2 to 4 of them.
        clauses: what stands around its one connective, where it has just one.
        language: its language; None where that is unknown, or makes no difference.
        mentioned: entries in whose answers stands what the utterance says, to be asked about where
            nothing else is.
        small_talk: what it says beside questions, where no phrasing comes nearer; None for nothing.
        lacks_vectors: the encoder or the index does not serve; only what words tell is known.
    """

    whole: Match
    foreign: frozenset[str] = frozenset()
    sentences: tuple[Match, ...] = ()
    clauses: tuple[Match, ...] = ()
    language: str | None = None
    mentioned: tuple[Mention, ...] = ()
    small_talk: Said | None = None
    lacks_vectors: bool = False


class Rules:
    """Decides on what was read, by one policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(self, reading: Reading) -> Decision:
        """Decide on an utterance."""
        decision = self.decide_match(reading.whole, reading.foreign)
        if self.policy.careful:
            decision = self._in_parts(reading, decision) or decision
        talk = self._as_small_talk(reading, decision)
        if talk is None and reading.lacks_vectors:
            is_exact = reading.whole.word_for_word and decision.action is Action.ANSWER
            return decision if is_exact else _unavailable(decision)
        if talk is not None or not self.policy.careful:
            return talk or decision
        return self._about_answers(reading, decision) or decision

    def _as_small_talk(self, reading: Reading, decision: Decision) -> Decision | None:
        """Small talk asks nothing, so nothing is asked back; None where the FAQ has an answer.

        Who asks for a person gets one where there is a team. Where there is none, the FAQ may say
        how to reach somebody, which is shown; what it only asks back has to be about that.
        """
        said = reading.small_talk
        if said is None:
            return None
        is_call = said.kind == PERSON
        gives_way = decision.entry_id is not None if is_call else decision.action is Action.ANSWER
        if said.is_sure and not (is_call and decision.action is Action.ANSWER):
            gives_way = False
        is_first = said.entry is not None and said.entry.entry_id == decision.entry_id
        if is_first or (said.entry is not None and said.closeness == 1):
            gives_way = decision.action is Action.ANSWER  # else that entry is shown
        if gives_way and not (is_call and self.policy.has_team):
            return None
        if said.entry is not None and not self.policy.has_team:
            return self._how_to_reach_one(said, said.entry, decision)
        return replace(
            decision,
            action=Action.FALLBACK,
            entry_id=None,
            reason=f"small talk ({said.kind}): {said.reason}",
            parts=(),
            guard=None,
            tentative=False,
            small_talk=said.kind,
        )

    def _how_to_reach_one(self, said: Said, hit: Hit, decision: Decision) -> Decision:
        """What the FAQ says to whoever asks for a person, however far that entry is."""
        is_plain = hit.entry_id not in self.policy.own
        return replace(
            decision,
            action=Action.FOLLOW_UP,
            entry_id=hit.entry_id,
            score=hit.score,
            candidates=(hit,),
            reason=f"it asks for a person ({said.reason}); {hit.entry_id} says how to reach one",
            parts=(),
            guard=None,
            tentative=is_plain and self.policy.thresholds.tentative is not None,
        )

    def _about_answers(self, reading: Reading, decision: Decision) -> Decision | None:
        """Instead of falling back, ask about entries whose answers hold what the message says.

        An entry with lines of its own is asked about by those alone.
        """
        mentioned = [one for one in reading.mentioned if one.entry_id not in self.policy.own]
        if decision.action is not Action.FALLBACK or not mentioned:
            return None
        own = [one for one in mentioned if one.entry_id not in reading.foreign]
        offered = (own or mentioned)[: self.policy.choices]
        hits = {hit.entry_id: hit for hit in reading.whole.hits}
        lowest = min((hit.score for hit in hits.values()), default=0.0)
        candidates = tuple(
            hits.get(one.entry_id) or Hit(one.entry_id, lowest, one.question) for one in offered
        )
        words = ", ".join(f"“{word}”" for word in offered[0].words)
        told = f"but the answer of {offered[0].entry_id} has {words}, so it asks"
        return replace(
            decision,
            action=Action.FOLLOW_UP,
            entry_id=candidates[0].entry_id,
            score=candidates[0].score,
            candidates=candidates,
            reason=f"{decision.reason}; {told}",
        )

    def decide_match(self, match: Match, foreign: frozenset[str]) -> Decision:
        """Decide on one text without foreign entries, or with them where that gives nothing.

        A foreign phrasing, word for word, gives way to an answer only. A foreign entry that fits
        better than what is asked about is offered as well: it may be all the FAQ has on the topic.
        """
        among_all = self._by_thresholds(match)
        if match.own is None:
            return among_all
        own = self._by_thresholds(match.own)
        is_exact = among_all.action is Action.ANSWER and among_all.score == 1
        if own.action is Action.FALLBACK or (is_exact and own.action is not Action.ANSWER):
            return among_all
        if own == among_all:
            return own
        aside = SET_ASIDE
        if (
            own.action is Action.FOLLOW_UP
            and among_all.entry_id in foreign
            and self.policy.choices > 1
        ):
            better = among_all.candidates[0]
            aside = f"{aside} except {better.entry_id}, which fits better"
            kept = own.candidates[: self.policy.choices - 1]
            own = replace(own, candidates=(*kept, better), tentative=False)
        return replace(own, reason=f"{aside}; {own.reason}")

    def _by_thresholds(self, match: Match) -> Decision:
        decision = decide(match.hits, self.policy, match.remarks)
        if not self.policy.careful or not self._is_for_guards(decision, match):
            return decision
        doubt = doubt_of(match)
        if doubt is not None:
            return doubted(decision, match.hits, self.policy, doubt)
        line = self.policy.thresholds.tentative
        if decision.action is Action.ANSWER or line is None or decision.score < line:
            return decision
        return _as_tentative(decision)

    def _is_for_guards(self, decision: Decision, match: Match) -> bool:
        """Whether the best entry is answered, or near enough to be shown if nobody doubts.

        What a guard says of the whole counts for its parts, which do not hang on the tentative
        threshold; so it is heard from the anchor on, wherever that threshold is, or if there is
        none. An entry with lines of its own keeps to them: somebody was careful with it.
        """
        if decision.action is not Action.FOLLOW_UP:
            return decision.action is Action.ANSWER
        best, line = match.hits[0], self.policy.thresholds.tentative
        is_first = best.entry_id == decision.entry_id and best.entry_id not in self.policy.own
        return is_first and best.score >= min(TENTATIVE, TENTATIVE if line is None else line)

    def _in_parts(self, reading: Reading, whole: Decision) -> Decision | None:
        """Answer the parts of a message; None where the decision on the whole should stand.

        A whole that is answered gives way only to parts that hold its own answer and something
        more. Else a sentence stands for itself, and what stands around "and" is two questions only
        if both mean something to the FAQ, and not the same entry: "cut my hair and beard" is one.
        """
        if whole.action is Action.ANSWER:
            if whole.score == 1:  # word for word
                return None
            for split in (reading.sentences, reading.clauses):
                parts = self._understood(split, reading.foreign)
                if len(parts) > 1 and whole.entry_id in {part.entry_id for part in _answers(parts)}:
                    return _joined(parts)
            return None
        parts = self._understood(reading.sentences, reading.foreign)
        if self._answers_but(parts, whole):
            return _joined(parts)
        parts = self._understood(reading.clauses, reading.foreign)
        return _joined(parts) if len(parts) > 1 and self._answers_but(parts, whole) else None

    def _answers_but(self, parts: Sequence[Decision], whole: Decision) -> list[Decision]:
        """The answers among parts, without what a guard doubted in the whole.

        An entry that merely had another beside it is no such thing. Below the tentative anchor,
        wherever the threshold is, a doubt on the whole says little about a part of it.
        """
        answers = _answers(parts)
        if whole.guard in (None, close_call.__name__) or whole.entry_id is None:
            return answers
        if whole.score < TENTATIVE and whole.score <= self.policy.lines(whole.entry_id).answer:
            return answers
        return [part for part in answers if part.entry_id != whole.entry_id]

    def _understood(self, parts: Sequence[Match], foreign: frozenset[str]) -> tuple[Decision, ...]:
        """The answers and follow-ups among the decisions on parts, each entry once."""
        by_entry: dict[str, Decision] = {}
        for match in parts:
            decision = self.decide_match(match, foreign)
            if decision.entry_id is None:
                continue
            known = by_entry.get(decision.entry_id)
            if known is None or (not _answers([known]) and _answers([decision])):
                by_entry[decision.entry_id] = decision
        return tuple(by_entry.values())


def _answers(parts: Sequence[Decision]) -> list[Decision]:
    return [part for part in parts if part.action is Action.ANSWER]


def _joined(parts: Sequence[Decision]) -> Decision:
    """One decision out of answers, at least one, and follow-ups."""
    answers = _answers(parts)
    first = answers[0]
    told = ", ".join(f"{part.entry_id}: {part.action.value}" for part in parts)
    others = tuple(part.candidates[0] for part in answers[1:])
    return replace(
        first,
        candidates=(first.candidates[0], *others) if others else first.candidates,
        reason=f"in parts ({told}); {first.reason}",
        parts=tuple(parts),
    )
