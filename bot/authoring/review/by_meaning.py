"""What shows in the vectors of wordings: competing, saying the same, too general, unread."""

from __future__ import annotations

from collections.abc import Iterator

from bot.authoring.review.finding import Finding, Level, of_entry
from bot.authoring.review.meanings import Meanings
from bot.domain import Faq
from bot.files.findings import Code


def find(faq: Faq, meanings: Meanings) -> Iterator[Finding]:
    """All of it."""
    for entry_id, language in meanings.unread.items():
        told = f"is in a language ({language})" if language else "is in a language"
        yield of_entry(
            faq.by_id[entry_id],
            "",
            Code.LANGUAGE,
            f"{entry_id} {told} that the bot cannot read, so it only finds what is spelt alike. "
            "Add many wordings, or write the entry in a language that it reads "
            "(multilingual_model in config.yaml says which).",
            Level.WARNING,
        )
    for entry_id, wording in sorted(meanings.too_long):
        yield of_entry(
            faq.by_id[entry_id],
            wording,
            Code.LONG_WORDING,
            f"this wording has {len(wording):,} characters, more than the bot reads at once, so "
            "hardly any message is like it. Write what is asked in a sentence or two.",
        )
