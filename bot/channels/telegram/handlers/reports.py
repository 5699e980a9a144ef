"""What admins are told: why something was decided, and how the week was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from bot.domain import Action, Hit
from bot.formatting import in_short
from bot.store.counts import Counts, EntryCounts, Stats
from bot.store.store import Label, LabelKind, Record
from bot.texts import TeamTexts, fill

STATS_DAYS = 7
_MAX_ENTRIES = 10
_MAX_WORDS = 300
_THUMBS = {LabelKind.UP: "👍", LabelKind.DOWN: "👎"}
_BARS = "▁▂▃▄▅▆▇█"


def explanation(found: Record, texts: TeamTexts, fingerprint: str) -> str:
    """Why the bot said something: what was compared, what decided, what became of it.

    Args:
        fingerprint: of what is served now.
    """
    actions = {
        Action.ANSWER: texts.action_answer,
        Action.FOLLOW_UP: texts.action_follow_up,
        Action.FALLBACK: texts.action_fallback,
    }
    decision = found.decision
    did = texts.action_tentative if decision.tentative else actions[decision.action]
    if found.small_talk or decision.small_talk is not None:
        did = texts.action_small_talk
    elif decision.unavailable:
        did = texts.action_unavailable
    lines = [did]
    if decision.candidates:
        first, *others = decision.candidates
        lines += ["", texts.why_matched, _hit(first)]
        if others:
            lines += [texts.why_others, *map(_hit, others)]
    if decision.guard is not None:
        lines += ["", texts.why_guard.replace("{guard}", _guard(decision.guard, texts))]
    lines += ["", f"{texts.why_reason} {decision.reason}"]
    if found.labels:
        lines.append(
            f"{texts.why_labels} {', '.join(label_told(each, texts) for each in found.labels)}"
        )
    present = texts.why_now if decision.fingerprint == fingerprint else texts.why_then
    return "\n".join([*lines, "", present.replace("{fingerprint}", decision.fingerprint)])


def statistics(lately: Stats, both: Stats, now: float, texts: TeamTexts) -> str:
    """What was asked in the last days.

    Args:
        lately: of these days.
        both: of these days and as many before.
        now: seconds since 1970, UTC.
    """
    lines = [texts.stats.replace("{days}", str(STATS_DAYS)), ""]
    if lately.total.asked == 0:
        lines.append(texts.stats_empty)
    else:
        lines += [filled(texts.counts, lately.total), filled(texts.thumbs, lately.total)]
        lines += ["", texts.stats_days, *trends(lately.total, both, now, texts)]
        day, counts = lately.by_day[0]
        lines.append(filled(texts.stats_day.replace("{day}", day), counts))
    if lately.by_entry:
        lines += ["", texts.stats_entries]
        lines += [
            filled(texts.stats_entry.replace("{entry}", counts.entry_id), counts)
            for counts in lately.by_entry[:_MAX_ENTRIES]
        ]
    if lately.helped or lately.unhelped:
        helped = fill(texts.stats_helped, helped=lately.helped, unhelped=lately.unhelped)
        lines += ["", helped]
    return "\n".join(lines)


def trends(lately: Counts, both: Stats, now: float, texts: TeamTexts) -> list[str]:
    """The days, and a line for each figure: by day, and against the days before."""
    before = Counts(*(getattr(both.total, n) - getattr(lately, n) for n in _names(Counts)))
    days, by_day = _last_days(now), dict(both.by_day)
    counts = [by_day.get(day, Counts()) for day in days]

    def line(sentence: str, of_day: Sequence[int], value: str, change: str) -> str:
        change = f"({change})" if before.asked else ""
        return fill(sentence, line=_sparkline(of_day), value=value, change=change).rstrip()

    def share(sentence: str, *names: str) -> str:
        of_day = [sum(getattr(each, name) for name in names) for each in counts]
        now_, then = (
            round(100 * sum(getattr(each, name) for name in names) / max(1, each.asked))
            for each in (lately, before)
        )
        return line(sentence, of_day, str(now_), signed(now_ - then))

    asked = [each.asked for each in counts]
    sentence = texts.stats_span if before.asked else texts.stats_span_alone
    span = sentence.replace("{first}", days[0]).replace("{last}", days[-1])
    return [
        span,
        line(texts.trend_asked, asked, str(lately.asked), signed(lately.asked - before.asked)),
        share(texts.trend_resolved, "answered", "resolved"),
        share(texts.trend_answered, "answered"),
        share(texts.trend_unanswered, "unanswered"),
    ]


def _last_days(now: float) -> list[str]:
    """The days in UTC, oldest first, as in `Stats.by_day`."""
    today = datetime.fromtimestamp(now, UTC).date()
    return [str(today - timedelta(days=ago)) for ago in reversed(range(STATS_DAYS))]


def _sparkline(values: Sequence[int]) -> str:
    most = max(1, *values)
    return "".join(_BARS[value * (len(_BARS) - 1) // most] for value in values)


def signed(number: int) -> str:
    """A number with its sign, as people write it."""
    return f"+{number}" if number > 0 else f"−{-number}" if number else "±0"


def _guard(name: str, texts: TeamTexts) -> str:
    """What a guard looks for; its name where that is of another version."""
    guards = {
        "polarity": texts.guard_polarity,
        "numbers": texts.guard_numbers,
        "one_word": texts.guard_one_word,
        "close_call": texts.guard_close_call,
    }
    return guards.get(name, name)


def label_told(label: Label, texts: TeamTexts) -> str:
    """What somebody said of a decision."""
    if label.kind in _THUMBS:
        return _THUMBS[label.kind]
    if label.kind is LabelKind.NONE:
        return texts.label_none
    if label.kind in {LabelKind.HELPED, LabelKind.UNHELPED}:
        return texts.label_helped if label.kind is LabelKind.HELPED else texts.label_unhelped
    if label.kind is LabelKind.REPLIED:
        return texts.label_replied
    return texts.label_choice.replace("{entry}", label.entry_id or "")


def _hit(hit: Hit) -> str:
    return f"{hit.score:.2f} {hit.entry_id} “{hit.phrasing}”"


def filled(sentence: str, counts: Counts | EntryCounts) -> str:
    """A sentence with counts in the place of its marks."""
    return fill(sentence, **{name: getattr(counts, name) for name in _names(type(counts))})


def _names(kind: type[Counts] | type[EntryCounts]) -> list[str]:
    return [field.name for field in fields(kind)]


def shortened(text: str, most: int = _MAX_WORDS) -> str:
    """What somebody wrote, in quotation marks: at most so many characters of it."""
    return f"“{in_short(text, most)}”"
