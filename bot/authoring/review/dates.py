"""What is over: entries whose last day has passed, and a notice that nobody is shown any more."""

from __future__ import annotations

from collections.abc import Iterator

from bot.authoring.review.finding import Finding, Level, of_entry
from bot.domain import Faq
from bot.files.config import Settings
from bot.files.findings import Code
from bot.texts import wall_clock


def over(settings: Settings, faq: Faq, at: float) -> Iterator[Finding]:
    """What has expired at a time (seconds since 1970)."""
    moment = wall_clock(at, settings.zone)
    for entry in faq.every or faq.entries:
        if entry.valid_until is not None and entry.valid_until <= moment:
            told = f"{entry.id} has expired, by its valid_until, and nobody is shown it any more."
            yield of_entry(entry, "", Code.EXPIRED, f"{told} Delete it, or move the date.")
    notice = settings.notice
    if notice is None or notice.place is None or notice.until is None or notice.until > moment:
        return
    place = notice.place
    told = "notice has expired, and nobody is shown it any more. Delete it, or move its until."
    yield Finding(place.path, place.line, Level.HINT, Code.EXPIRED, told)
