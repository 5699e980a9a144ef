"""Why the bot says what it says, as the decision carries it, and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bot.conversation.language import language_of
from bot.domain import Decision, Hit, Incoming, Reply, Thresholds
from bot.matching.build import Matcher
from bot.matching.decide.guards import GUARDS
from bot.matching.decide.thresholds import Reading
from bot.matching.score.ranker import Terms
from bot.studio.kit import entry_link, escape
from bot.texts import StudioTexts, fill

_MOST = 5  # entries
_WIDTH, _BAR, _HIGH = 400, 14, 22  # units of a drawing


@dataclass(frozen=True, slots=True)
class Why:
    """A decision on one message, and what it was made of.

    Attributes:
        doubts: what each guard says against the nearest entry, by its name, whether or not it was
            heard.
        joined: what was read, where that is the message with the one before it.
    """

    decision: Decision
    reading: Reading
    doubts: Mapping[str, str]
    joined: str | None = None


def why_of(matcher: Matcher, incoming: Incoming, reply: Reply) -> Why:
    """Read a message as it was read for its reply; on the thread that matches."""
    assert reply.decision is not None  # noqa: S101
    text = reply.joined or str(incoming.content)
    (reading,) = matcher.decider.read_all([text], language_of(incoming))
    best = reading.whole.own or reading.whole
    said = {name: doubt for name, guard in GUARDS if (doubt := guard(best)) is not None}
    return Why(reply.decision, reading, said, reply.joined)


def why_html(why: Why, texts: StudioTexts, matcher: Matcher) -> str:
    """All of it, for a person."""
    decision = why.decision
    parts = [
        f"<p><strong>{escape(action_told(decision, texts))}</strong></p>",
        f"<p>{escape(decision.reason)}</p>",
        _facts(why, texts, matcher),
        _candidates(why, texts, matcher),
    ]
    return "".join(parts)


def action_told(decision: Decision, texts: StudioTexts) -> str:
    """What the bot does, in words."""
    if decision.small_talk is not None:
        return texts.action_small_talk
    if decision.unavailable:
        return texts.action_unavailable
    if decision.tentative:
        return texts.action_tentative
    told: str = getattr(texts, f"action_{decision.action.value}")
    return told


def _facts(why: Why, texts: StudioTexts, matcher: Matcher) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>"
        for name, told in _told(why, texts, matcher)
    )
    return f"<dl>{rows}</dl>"


def _told(why: Why, texts: StudioTexts, matcher: Matcher) -> Iterator[tuple[str, str]]:
    decision, whole = why.decision, why.reading.whole
    if why.joined is not None:
        yield texts.joined, why.joined
    yield texts.read_as, whole.text
    if whole.remarks:
        yield texts.repairs, "; ".join(whole.remarks)
    if decision.language is not None:
        names = matcher.settings.phrasebook.language_names
        yield texts.language_read, names.get(decision.language, decision.language)
    best = decision.best
    if best is not None:
        yield texts.matched, f"“{best.phrasing}” ({best.entry_id})"
        if matcher.calibration is not None:
            share = f"{100 * matcher.calibration.of(best.score):.0f}"
            told = fill(texts.confidence_told, percent=share, entry=best.entry_id)
            yield texts.confidence, told
    if decision.guard is not None:
        yield texts.guard, decision.guard
    if why.doubts:
        yield texts.doubts, "; ".join(f"{name}: {told}" for name, told in why.doubts.items())
    if decision.parts:
        parts = (f"{part.entry_id} ({action_told(part, texts)})" for part in decision.parts)
        yield texts.in_parts, "; ".join(parts)


def _candidates(why: Why, texts: StudioTexts, matcher: Matcher) -> str:
    whole = why.reading.whole
    if not whole.hits:
        return ""
    policy = matcher.decider.policy
    lines = policy.thresholds
    told = texts.lines if lines.tentative is not None else texts.lines_plain
    told = fill(told, **{name: f"{line or 0:.2f}" for name, line in asdict(lines).items()})
    items = "".join(
        _candidate(hit, whole.terms.get(hit.entry_id), policy.lines(hit.entry_id), texts, matcher)
        for hit in whole.hits[:_MOST]
    )
    head = f"<h3>{escape(texts.candidates)}</h3><p>{escape(told)}</p>"
    return f"{head}<ol class='candidates'>{items}</ol>"


def _candidate(
    hit: Hit, terms: Terms | None, lines: Thresholds, texts: StudioTexts, matcher: Matcher
) -> str:
    entry = matcher.faq.by_id[hit.entry_id]
    named = {}
    if terms is not None:
        named = {getattr(texts, f"term_{name}"): part for name, part in terms._asdict().items()}
    told = ", ".join(f"{name} {part:+.2f}" for name, part in named.items() if part)
    spoken = f"{texts.score} {hit.score:.4f}" + (f"; {texts.terms}: {told}" if told else "")
    legend = "".join(
        f"<li class='term-{number}'>{escape(name)} <b>{part:+.3f}</b></li>"
        for number, (name, part) in enumerate(named.items())
        if part
    )
    return (
        f"<li>{entry_link(entry.id, entry.question)} <code>{escape(entry.id)}</code> "
        f"<b class='score'>{hit.score:.4f}</b><br><q>{escape(hit.phrasing)}</q>"
        f"{_bar(hit, terms, lines, spoken)}<ul class='terms'>{legend}</ul></li>"
    )


def _bar(hit: Hit, terms: Terms | None, lines: Thresholds, spoken: str) -> str:
    """The score as a bar that its terms share, and the lines that it is held against."""
    long = _WIDTH * min(max(hit.score, 0.0), 1.0)
    parts = [long] if terms is None else [max(part, 0.0) for part in terms]
    total, at = sum(parts) or 1.0, 0.0
    drawn = []
    for number, part in enumerate(parts):
        width = long * part / total
        drawn.append(
            f"<rect class='term-{number}' x='{at:.1f}' y='4' width='{width:.1f}' height='{_BAR}'/>"
        )
        at += width
    for line in filter(None, (lines.follow_up, lines.tentative, lines.answer)):
        x = _WIDTH * max(line, 0.0)
        drawn.append(f"<path class='line' d='M{x:.1f} 0V{_HIGH}'/>")
    return (
        f"<svg viewBox='0 0 {_WIDTH} {_HIGH}' preserveAspectRatio='none' role='img' "
        f"aria-label='{escape(spoken)}'>{''.join(drawn)}</svg>"
    )
