"""What people are told of what is remembered of them."""

from __future__ import annotations

from bot.domain import Action, KeepText
from bot.files.config.settings import EncoderKind, Settings
from bot.formatting import minute
from bot.store.store import Kept, Label, LabelKind, Record, Ticket
from bot.texts import Texts

_THUMBS = {LabelKind.UP: "👍", LabelKind.DOWN: "👎"}


def privacy_told(settings: Settings, texts: Texts, has_team: bool) -> str:
    """What is remembered of people, as it is configured.

    Args:
        has_team: there are people behind the bot.
    """
    kept = settings.store
    words = {
        KeepText.ALL: texts.privacy_all,
        KeepText.UNANSWERED: texts.privacy_unanswered,
        KeepText.NONE: texts.privacy_none,
    }[kept.keep_text]
    days = texts.privacy_kept.replace("{days}", str(kept.retention_days))
    team = [texts.privacy_team, texts.privacy_block] if has_team else []
    sent = [texts.privacy_encoder] if settings.encoder is EncoderKind.REMOTE else []
    told = [texts.privacy, words, texts.privacy_at_hand, *sent, days, *team, texts.privacy_mydata]
    return "\n\n".join(told)


def listed(kept: Kept, texts: Texts, *, is_blocked: bool = False) -> str:
    """All that is kept about a person, oldest first."""
    lines = [
        *(_question(record, texts) for record in kept.records),
        *(f"{minute(at)}  {_said(Label('', kind, '', at), texts)}" for kind, at in kept.said),
        *(_ticket(ticket, texts) for ticket in kept.tickets),
    ]
    lines.sort()
    if kept.set_aside:
        lines.append(texts.mydata_set_aside.replace("{count}", str(kept.set_aside)))
    if kept.helped:
        lines.append(texts.mydata_helper)
    if is_blocked:
        lines.append(texts.mydata_blocked)
    if not lines:
        return texts.mydata_nothing
    return "\n".join([texts.mydata, "", *lines, "", texts.mydata_end])


def _question(record: Record, texts: Texts) -> str:
    words = texts.mydata_no_words if record.text is None else f"“{record.text}”"
    said = ", ".join(_said(label, texts) for label in record.labels)
    return "  ".join(filter(None, [minute(record.at), words, _did(record, texts), said]))


def _did(record: Record, texts: Texts) -> str:
    decision = record.decision
    if decision.action is Action.ANSWER:
        entries = ", ".join(str(answer.entry_id) for answer in decision.answers)
        return texts.mydata_answered.replace("{entry}", entries)
    if decision.action is Action.FOLLOW_UP:
        return texts.mydata_asked
    return texts.mydata_small_talk if record.small_talk else texts.mydata_unanswered


def _said(label: Label, texts: Texts) -> str:
    kind = label.kind
    if kind in _THUMBS:
        return _THUMBS[kind]
    if kind is LabelKind.CHOICE:
        return texts.mydata_chose.replace("{entry}", label.entry_id or "")
    if kind is LabelKind.NONE:
        return texts.none_of_these
    if kind is LabelKind.REPLIED:
        return texts.mydata_replied + ("" if label.text is None else f" “{label.text}”")
    return texts.mydata_helped if kind is LabelKind.HELPED else texts.mydata_unhelped


def _ticket(ticket: Ticket, texts: Texts) -> str:
    told = texts.mydata_team_open if ticket.is_open else texts.mydata_team
    words = f"  “{ticket.question}”" if ticket.question else ""
    return f"{minute(ticket.last_at)}  {told}{words}"
