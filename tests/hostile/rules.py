"""What holds for any text in the places where people's or authors' words go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.channels.telegram.handoff.posting import posts
from bot.domain import Faq, Reply, Span, Unanswered
from bot.files.config.texts import shipped
from bot.formatting import MAX_UNITS, html_parts, reply_parts, utf16_units
from bot.matching.text import normalise
from tests.e2e.telegram_html import visible_text

TEAM = shipped()["en"].team
# A character becomes at most 18, in the form that compares compatible characters as equal.
MOST_TIMES = 18
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HALF = re.compile("[\ud800-\udfff]")


def assert_normalised_idempotently(text: str) -> str:
    """Returns what it is read as."""
    read = normalise(text)
    assert normalise(read) == read
    assert len(read) <= MOST_TIMES * len(text)
    return read


def assert_within_telegrams_limits(reply: Reply) -> None:
    """Each part of a reply holds something, and not too much."""
    seen = [utf16_units(visible_text(part)) for part in reply_parts(reply)]
    assert all(0 < units <= MAX_UNITS for units in seen)


def assert_cut_without_loss(spans: Sequence[Span], limit: int = MAX_UNITS) -> None:
    """The parts of an answer fit, and hold all of its words in their order."""
    told = "".join(span.text for span in spans)
    seen = [visible_text(part) for part in html_parts(spans, limit)]
    assert seen == [visible_text(part) for part in html_parts([Span(told)], limit)]
    assert "".join("".join(seen).split()) == "".join(told.split())
    assert all(0 < utf16_units(part) <= limit for part in seen)


def isolated(text: str) -> str:
    """What the team sees of somebody's words: their direction ends where they end."""
    return "\u2068" + _HALF.sub("\ufffd", _DIRECTION.sub("", text)) + "\u2069"


def assert_posts_hold(name: str, question: str | None) -> None:
    """A question fits into posts as a whole, and into a digest of several or none."""
    asked, wants = Unanswered(question), question is None
    told = posts.question_posts(name, asked, Faq(()), TEAM, wants_person=wants)
    assert max(utf16_units(visible_text(post)) for post in told) <= MAX_UNITS
    said = (visible_text(post).rsplit("\u2068", 1)[-1].partition("\u2069")[0] for post in told)
    whole = "".join("".join(said).split())
    assert question is None or whole == "".join(isolated(question)[1:-1].split())
    item = posts.digest_item(name, question or "", TEAM)
    if posts.fits_into_digest(item, TEAM):
        digest, held = posts.digest_post([item] * 9, TEAM)
        assert 1 <= len(held) <= 9
        assert utf16_units(visible_text(digest)) <= MAX_UNITS
