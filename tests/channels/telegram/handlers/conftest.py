"""A channel over a small FAQ, whose scores can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Attachment, FileKind, Thresholds
from bot.files.config.settings import Score, Settings
from bot.files.config.telegram import TelegramSettings
from tests.channels.telegram.served import Served
from tests.factories import bot_over, entry
from tests.fake_store import FakeStore
from tests.fakes import FakeEmbedder

VECTORS = {
    "Refund?": (1.0, 0.0, 0.0, 0.0),
    "Return?": (0.0, 1.0, 0.0, 0.0),
    "Opening?": (0.0, 0.0, 1.0, 0.0),
    "Closing?": (0.0, 0.0, 0.0, 1.0),
    "Unknown?": (-1.0, -1.0, -1.0, -1.0),
    "back": (0.7, 0.68, 0.2, 0.0),
    "my money": (0.98, 0.1, 0.0, 0.0),  # an answer: refund
    "weather": (0.5, 0.5, 0.5, 0.5),  # a fallback
}
MAP = Attachment(FileKind.PHOTO, "https://example.com/map.png", "")
Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a channel, as a process does, over what outlasts it."""
    entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Opening")]
    entries.append(replace(entry("closing", "Closing?"), attachments=(MAP,)))
    with ExitStack() as stack:

        def start(
            telegram: TelegramSettings | None = None,
            store: FakeStore | None = None,
            drift: str | None = None,
            thresholds: Thresholds = Settings().thresholds,  # noqa: B008
        ) -> Served:
            telegram = TelegramSettings() if telegram is None else telegram
            settings = Settings(
                cache=tmp_path, score=Score.COSINE, head=False, telegram=telegram,
                thresholds=thresholds, lock=tmp_path / "policy.lock",
            )  # fmt: skip
            embedder = FakeEmbedder(VECTORS)
            matcher = bot_over(tmp_path, *entries, embedder=embedder, settings=settings)
            if store is not None:
                store.lose_arrivals()  # the numbers of updates begin again
            return stack.enter_context(Served(replace(matcher, stale=drift), store))

        yield start
