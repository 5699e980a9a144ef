"""What an edit of the FAQ would do, told as HTML to whoever decides on it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.domain import Action, Faq
from bot.domain.flip import Flip, Kind, Turn
from bot.formatting import in_short
from bot.service.admins.learning import Adds, Applied, LearningError, Proposal, Refusal
from bot.service.worded import with_words
from bot.texts import TeamTexts, fill

MAX_CHARS = 500  # of a phrasing: together with the question above it, it fits into a message
_MAX_HARM = 3
_MAX_HARM_CHARS = 120


def proposal_told(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    """A phrasing that is not written yet, as HTML."""
    return "\n".join([phrasing_told(proposal, faq, texts), *effects_told(proposal, faq, texts)])


def refusal(error: LearningError, texts: TeamTexts) -> str:
    """Why something cannot be done."""
    told: Mapping[Refusal, str] = {
        Refusal.NOTHING_LEFT: texts.edit_nothing_left,
        Refusal.KNOWN: texts.edit_known,
        Refusal.NO_ENTRY: texts.entry_gone,
        Refusal.CHANGED: texts.edit_changed,
        Refusal.HARMFUL: texts.edit_changed,  # what does harm is shown before it is written
        Refusal.NOT_APPLIED: texts.edit_undone_already,
        Refusal.NOT_WRITABLE: texts.edit_not_writable,
        Refusal.BY_HAND: texts.edit_hand,
        Refusal.MISTAKE: texts.edit_mistake,
    }
    reason = str(error) if error.remark is None else error.remark.told(texts)
    return told[error.refusal].replace("{reason}", reason)


def remarks_told(applied: Applied, texts: TeamTexts) -> list[str]:
    """What did not go as it should, though it is written."""
    return [each if isinstance(each, str) else each.told(texts) for each in applied.remarks]


def refusal_told(error: LearningError, texts: TeamTexts) -> str:
    """The same as HTML."""
    return html.escape(refusal(error, texts), quote=False)


def phrasing_told(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    """What is added to which entry, as HTML."""
    entry = faq.by_id.get(proposal.entry_id)
    question = proposal.entry_id if entry is None else entry.question
    return added_told(proposal.text, question, texts)


def added_told(phrasing: str, question: str, texts: TeamTexts) -> str:
    """The same in its words, as HTML."""
    return with_words(
        texts.edit_phrasing,
        {"phrasing": in_short(phrasing, MAX_CHARS), "question": in_short(question, MAX_CHARS)},
    )


def effects_told(proposal: Proposal, faq: Faq, texts: TeamTexts) -> list[str]:
    """Where it will stand, and what changes, line by line as HTML."""
    place = f"{Path(proposal.path).name}:{proposal.line}"
    if proposal.hindrance is not None:
        words = {"reason": proposal.hindrance.told(texts), "place": place}
        is_change = proposal.adds is Adds.CHANGE
        told = texts.edit_change_by_hand if is_change else texts.edit_by_hand
        return [with_words(told, words), f"<pre>{html.escape(proposal.added)}</pre>"]
    turns, told = proposal.turns, texts.edit_flips if proposal.flips else texts.edit_no_flips
    told = fill(told, asked=proposal.asked, **{turn.value: turns[turn] for turn in Turn})
    where = with_words(texts.edit_where, {"place": place})
    worse = [
        flip for flip in proposal.flips if flip.turn is Turn.WORSE and flip not in proposal.harmful
    ]
    return [
        *(where, html.escape(told, quote=False)),
        *_flips_told(worse, texts.edit_worse, texts.edit_worse_log, faq, texts),
        *harm_told(proposal, faq, texts),
    ]


def harm_told(proposal: Proposal, faq: Faq, texts: TeamTexts) -> list[str]:
    """What speaks against it. What people wrote is counted, and shown to nobody."""
    return _flips_told(proposal.harmful, texts.edit_harm, texts.edit_harm_log, faq, texts)


def _flips_told(
    flips: Sequence[Flip], above: str, past: str, faq: Faq, texts: TeamTexts
) -> list[str]:
    """Messages that would meet another fate, line by line as HTML; [] for none.

    Args:
        past: how many of them people wrote, whose words are not shown.
    """
    if not flips:
        return []
    ours = [flip for flip in flips if flip.kind is not Kind.LOGGED]
    logged = len(flips) - len(ours)
    lines = [html.escape(above, quote=False)]
    lines += [_harm_line(flip, faq, texts) for flip in ours[:_MAX_HARM]]
    if len(ours) > _MAX_HARM:
        lines.append(f"+ {len(ours) - _MAX_HARM}")
    if logged:
        lines.append(html.escape(past.replace("{count}", str(logged)), quote=False))
    return lines


def _harm_line(flip: Flip, faq: Faq, texts: TeamTexts) -> str:
    after, shown = flip.after, texts.action_fallback
    if after.action is not Action.FALLBACK:
        entry = faq.by_id.get(after.entry_id or "")
        is_shown = entry is not None and (after.action is Action.ANSWER or after.tentative)
        shown = entry.question if entry is not None and is_shown else texts.action_follow_up
    words = {
        "text": in_short(flip.text, _MAX_HARM_CHARS),
        "shown": in_short(shown, _MAX_HARM_CHARS),
    }
    return with_words(texts.edit_harm_line, words)
