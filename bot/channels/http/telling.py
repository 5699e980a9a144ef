"""A reply of the bot → what programs and pages are told."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.http import shapes
from bot.channels.http.files import attached, mailed
from bot.domain import Choice, Decision, Incoming, Press, Reply, Span
from bot.markup.html import write_html
from bot.matching.decide.as_json import decision_row
from bot.matching.matcher import Matcher
from bot.service.visitors.mailbox import Mail
from bot.texts import Texts


def answer_of(
    reply: Reply,
    incoming: Incoming,
    conversation: str,
    standing: shapes.Standing | None,
    said: shapes.Reply,
    matcher: Matcher,
) -> shapes.Answer:
    """The answer to a message or a choice.

    Args:
        standing: see `shapes.Answer.team`.
        said: the reply, as it is told.
    """
    text = "" if isinstance(incoming.content, Press) else incoming.content
    decision = reply.decision
    if decision is None:
        row = _without_score(text, reply)
    else:
        row = decision_row(text, decision, matcher.calibration)
    return shapes.Answer(
        conversation=conversation,
        decision=reply.decision_id or None,
        language=_language(decision, incoming),
        team=standing,
        reply=said,
        **row,  # type: ignore[arg-type]
    )


def told(reply: Reply, texts: Texts, *, has_team: bool, wants_feedback: bool) -> shapes.Reply:
    """What the bot says.

    Args:
        has_team: there are people behind the bot.
        wants_feedback: people may say whether an answer helped.
    """
    return shapes.Reply(
        text=reply.text,
        html=write_html(reply.spans or (Span(reply.text),)),
        choices=_choices(reply.choices),
        none_of_these=texts.none_of_these if reply.choices else None,
        tentative=reply.tentative,
        not_this=texts.not_this if reply.tentative else None,
        related=_choices(reply.related),
        links=[shapes.Link(text=link.text, url=link.url) for link in reply.links],
        attachments=[attached(file) for file in reply.attachments],
        topics=list(reply.topics),
        ask_person=texts.ask_person if has_team and reply.unanswered is not None else None,
        feedback=bool(wants_feedback and reply.answered and reply.decision_id),
    )


def said(mail: Mail, told: shapes.Reply | None) -> shapes.Said:
    """Something that the team says, or the bot about it.

    Args:
        told: its reply, as it is told.
    """
    if told is not None and mail.file is not None:
        told.attachments.append(mailed(mail.file))
    return shapes.Said(
        id=mail.number,
        message=mail.message,
        at=mail.at,
        decision=None if mail.reply is None else mail.reply.decision_id or None,
        asks_if_helped=mail.asks_if_helped,
        from_team=mail.is_teams,
        reply=told,
    )


def _without_score(text: str, reply: Reply) -> dict[str, object]:
    """What was done without comparing anything: a choice was made, a command given."""
    action = "answer" if reply.answered else "follow_up" if reply.choices else "fallback"
    offered = [choice.entry_id for choice in reply.choices]
    return {
        "text": text,
        "action": action,
        "entry": next(iter([*reply.answered, *offered]), None),
        "score": 0.0,
        "raw": None,
        "candidates": [],
        "reason": "it was chosen, or asked for by a command; nothing was compared",
    }


def _language(decision: Decision | None, incoming: Incoming) -> str | None:
    found = None if decision is None else decision.language
    return found or incoming.lang


def _choices(choices: Sequence[Choice]) -> list[shapes.Choice]:
    return [shapes.Choice(id=choice.entry_id, label=choice.label) for choice in choices]
