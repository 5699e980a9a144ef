"""The weekly digest in words, short enough for one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.channels.telegram.handlers.reports import filled, shortened, signed, trends
from bot.service.admins.digest import Digest, Gain
from bot.service.admins.drift import lines_of
from bot.service.admins.learning import Advice, Group
from bot.texts import TeamTexts, fill

_MOST_UNASKED = 8
_MOST_CHARS = 100  # of what somebody asked


def as_text(digest: Digest, texts: TeamTexts, at: float) -> str:
    """What an admin reads.

    Args:
        at: when it was made; seconds since 1970.
    """
    return "\n\n".join("\n".join(lines) for lines in _parts(digest, texts, at))


def _parts(digest: Digest, texts: TeamTexts, at: float) -> Iterator[Sequence[str]]:
    week = digest.lately.total
    span, asked, resolved, *_ = trends(week, digest.both, at, texts)
    yield [texts.weekly, span]
    if week.asked == 0:
        yield [texts.weekly_empty]
    else:
        yield [filled(texts.counts, week), filled(texts.thumbs, week), asked, resolved]
    if digest.gain is not None:
        yield [gain_line(digest.gain, texts)]
    if digest.groups:
        yield [texts.weekly_groups, *(group_line(each, texts) for each in digest.groups)]
    if digest.unasked:
        yield [_unasked(digest.unasked, texts)]
    if digest.drift:
        yield lines_of(digest.drift, texts)


def gain_line(gain: Gain, texts: TeamTexts) -> str:
    """How many more messages are resolved since the FAQ was changed, and how sure that is."""
    low, high = (round(100 * each) for each in gain.interval)
    (resolved_then, of_then), (resolved, of) = gain.then, gain.now
    then, now = (round(100 * x / n) for x, n in ((resolved_then, of_then), (resolved, of)))
    line = texts.weekly_gain if low > 0 or high < 0 else texts.weekly_gain_unclear
    sides = {"gain": signed(now - then), "low": signed(low), "high": signed(high)}
    return fill(line, now=now, of=of, then=then, of_then=of_then, **sides)


def group_line(group: Group, texts: TeamTexts, most: int = _MOST_CHARS) -> str:
    """How many ask what, and what is best done about it."""
    advice = {
        Advice.PHRASING: texts.advice_phrasing,
        Advice.ENTRY: texts.advice_entry,
        Advice.SPLIT: texts.advice_split,
        Advice.CONFLICT: texts.advice_conflict,
    }[group.advice]
    told = fill(advice, entries=", ".join(group.entry_ids[:2]))
    text = shortened(group.name, most)
    return fill(texts.weekly_group, people=group.people, advice=told, text=text)


def _unasked(entry_ids: Sequence[str], texts: TeamTexts) -> str:
    more = len(entry_ids) - _MOST_UNASKED
    named = ", ".join(entry_ids[:_MOST_UNASKED]) + (f", … (+{more})" if more > 0 else "")
    return texts.weekly_unasked.replace("{entries}", named)
