"""Short ways to the nouns that tests are about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.domain import Faq, FaqEntry, Link, Thresholds
from bot.files.config.settings import Settings
from bot.matching.build import Matcher, assemble
from bot.matching.score.ranker import Match
from tests.fakes import FakeEmbedder, fake_encoder

LINES = Thresholds(answer=0.75, follow_up=0.60)


def entry(
    entry_id: str,
    question: str | None = None,
    *phrasings: str,
    answer: str | None = None,
    related: tuple[str, ...] = (),
    links: tuple[Link, ...] = (),
    thresholds: Thresholds | None = None,
    lang: str | None = None,
) -> FaqEntry:
    """An entry that says its id where nothing else is given."""
    return FaqEntry(
        id=entry_id,
        question=f"question of {entry_id}" if question is None else question,
        phrasings=phrasings,
        answer=f"answer of {entry_id}" if answer is None else answer,
        related=related,
        links=links,
        thresholds=thresholds,
        lang=lang,
    )


def bot_over(
    folder: Path,
    *entries: FaqEntry,
    embedder: FakeEmbedder | None = None,
    settings: Settings | None = None,
    small_talk: bool = False,
) -> Matcher:
    """A whole bot over a fake embedder, with its cache in a test's own folder.

    Args:
        small_talk: whether it knows any, which to a fake embedder may be near to anything.
    """
    embedder = embedder or FakeEmbedder()
    settings = replace(settings or Settings(cache=folder / "cache"), small_talk=small_talk)
    return assemble(settings, Faq(entries), fake_encoder(embedder), "fake model")


def matched(bot: Matcher, utterance: str) -> Match:
    """What a bot's FAQ has for an utterance."""
    return bot.decider.read_all([utterance])[0].whole
