"""What is behind a number of How it goes: the messages that it counts, as far as words are kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from nicegui import html

from bot.channels.telegram.handlers.reports import label_told
from bot.domain import Action, KeepText
from bot.formatting import minute
from bot.matching.mask import masked
from bot.service.admins.drift import DAY_S
from bot.store.counts import Behind, Figure
from bot.store.store import LabelKind, Record, Ticket
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.why import action_told
from bot.texts import StudioTexts

TICKETS = "tickets"
_MOST = 100  # messages
_LONGEST_S = 1_000_000.0
_REFUSED = {LabelKind.NONE, LabelKind.CHOICE, LabelKind.DOWN, LabelKind.REPLIED}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days that are looked at.

    Attributes:
        at: their end, in seconds since 1970.
        days: how many.
    """

    at: float
    days: int

    @property
    def since(self) -> float:
        """Their beginning, in seconds since 1970."""
        return self.at - self.days * DAY_S

    def link(self, of: str | None = None, **more: str) -> str:
        """Where it is shown what a number counts; of None, the numbers.

        Args:
            more: a "day", an "entry", or at "least" how many seconds.
        """
        asked = {"days": str(self.days)} | ({} if of is None else {"of": of}) | more
        return f"/goes?{urlencode(asked)}"


def seconds_told(seconds: float) -> str:
    """How long something took."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


async def show_behind(desk: Desk, stretch: Stretch) -> None:
    """Show what the page's address asks for, if it does.

    Raises:
        StoreError: the memory cannot be asked.
    """
    number = _number(desk, stretch)
    if desk.asked.get("of") == TICKETS:
        title = desk.texts.figure_tickets
        found = [each for each in await desk.parts.store.tickets() if each.is_open]
        lines, notes = [_ticket_html(each, desk.texts) for each in found], [desk.texts.no_ticket]
    elif number is not None:
        title = _title(desk, number)
        records = await desk.parts.store.behind(number, _MOST + 1)
        lines = [_record_html(each, desk) for each in records[:_MOST]]
        notes = [*_notes(records, desk)]
    else:
        return
    with kit.section(title, "card behind") as made:
        for note in notes if lines else [desk.texts.behind_nothing]:
            kit.text(note)
        kit.raw(f"<ol class='messages'>{''.join(lines)}</ol>")
        html.a(desk.texts.close, href=stretch.link())
        made.props("tabindex=-1").run_method("focus")


def _number(desk: Desk, stretch: Stretch) -> Behind | None:
    """The number that the page's address names; None where it names none."""
    asked = desk.asked
    try:
        number = Behind(Figure(asked.get("of", "")), stretch.since, entry_id=asked.get("entry"))
        if "least" in asked:
            number = replace(number, least_s=min(max(float(asked["least"]), 0.0), _LONGEST_S))
        if "day" in asked:
            day = datetime.strptime(asked["day"], "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
            number = replace(number, since=max(number.since, day), until=day + DAY_S)
    except ValueError:
        return None
    return number


def _title(desk: Desk, number: Behind) -> str:
    """What a number counts, in words."""
    texts, entries = desk.texts, desk.parts.live.faq.by_id
    told: list[str] = [getattr(texts, f"figure_{number.figure.value}")]
    if number.least_s is not None:
        told = [texts.slower.replace("{time}", seconds_told(number.least_s))]
    if math.isfinite(number.until):
        told.append(desk.asked["day"])
    if number.entry_id is not None:
        entry = entries.get(number.entry_id)
        told.append(number.entry_id if entry is None else entry.question)
    return " · ".join(told)


def _notes(records: Sequence[Record], desk: Desk) -> Iterator[str]:
    texts = desk.texts
    if len(records) > _MOST:
        yield texts.behind_newest.replace("{count}", str(_MOST))
    if any(record.text is None for record in records):
        yield {
            KeepText.NONE: texts.words_none,
            KeepText.UNANSWERED: texts.words_unanswered,
            KeepText.ALL: texts.words_all,
        }[desk.settings.store.keep_text]


def _record_html(record: Record, desk: Desk) -> str:
    """One message: its words, what was made of it, and where to go from there."""
    texts, decision = desk.texts, record.decision
    shown = [each.entry_id for each in decision.answers] or [decision.entry_id]
    entries = [each for each in shown if each is not None]
    told = [
        minute(record.at),
        action_told(decision, texts),
        *(each for each in entries if each not in desk.parts.live.faq.by_id),
        f"{texts.score} {decision.score:.4f}",
        *([] if record.took_s is None else [seconds_told(record.took_s)]),
        *(label_told(each, desk.team) for each in record.labels),
    ]
    words = f"<em>{kit.escape(texts.no_words)}</em>"
    if record.text is not None:
        words = f"“{kit.escape(masked(record.text) or '…')}”"
    links = "".join(
        f" <a href='{href}'>{kit.escape(name)}</a>" for name, href in _ways(record, entries, desk)
    )
    return (
        f"<li><p>{words}{links}</p><p class='count'>{kit.escape(' · '.join(told))}</p>"
        f"<p class='count'>{kit.escape(decision.reason)}</p></li>"
    )


def _ways(record: Record, entries: Sequence[str], desk: Desk) -> Iterator[tuple[str, str]]:
    """Where to go from a message: what it says, and where that is."""
    for entry_id in entries:
        if entry_id in desk.parts.live.faq.by_id:
            yield entry_id, kit.entry_address(entry_id)
    if record.text is None:
        return
    yield desk.texts.try_it, f"/?message={record.id}"
    is_refused = any(label.kind in _REFUSED for label in record.labels)
    if is_refused or record.decision.action is Action.FALLBACK:
        yield desk.texts.missed, f"/missed?message={record.id}"


def _ticket_html(ticket: Ticket, texts: StudioTexts) -> str:
    told = [
        texts.ticket_since.replace("{at}", minute(ticket.last_at)),
        ticket.helper_name or texts.ticket_nobody,
        texts.ticket_answered if ticket.answered else texts.ticket_waits,
    ]
    return f"<li>{kit.escape(' · '.join(told))}</li>"
