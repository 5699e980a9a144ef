"""Phrasings that are searched elsewhere: the same decisions, vectors that are let go, an outage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, Faq, FaqEntry
from bot.errors import SearchError, StoreError
from bot.files.config.settings import EncoderKind, Score, Settings
from bot.matching.build import AT_ONCE, Matcher, assemble, build_matcher, measure, rebuild
from bot.matching.encoder.encoder import Vectors
from bot.matching.encoder.supply import Supply, supplied
from bot.matching.index import Mask, Nearest, PhrasingVectors, VectorIndex
from tests.embeddings_server import serving_embeddings
from tests.factories import entry
from tests.fakes import FakeEmbedder, FakeIndex, fake_encoder
from tests.matching.test_rebuild import NEW, OLD, UTTERANCES
from tests.matching.test_second import ENTRIES, GERMAN, second


class Elsewhere:
    """`Indexes` that may be away."""

    are_elsewhere = True

    def __init__(self) -> None:
        self.is_away = False

    def make(
        self, name: str, faq: PhrasingVectors, again: Callable[[], PhrasingVectors]
    ) -> VectorIndex:
        return _Index(self, faq.vectors)

    def close(self) -> None:
        pass


class _Index(FakeIndex):
    def __init__(self, home: Elsewhere, vectors: Vectors) -> None:
        super().__init__(vectors)
        self._home = home

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        if self._home.is_away:
            raise SearchError("the database is away")
        return super().search(vector, k, kept)


def bot_of(
    folder: Path,
    entries: Sequence[FaqEntry],
    indexes: Elsewhere | None = None,
    score: Score = Score.BLENDED,
) -> Matcher:
    settings = Settings(cache=folder, score=score)
    parts = settings, Faq(tuple(entries)), fake_encoder(FakeEmbedder()), "fake"
    if indexes is None:
        return assemble(*parts, second=second())
    return assemble(*parts, second=second(), indexes=indexes)


def decided(bot: Matcher) -> list[tuple[Action, str | None, float]]:
    decisions = bot.decide_all([*UTTERANCES, GERMAN])
    return [(it.action, it.entry_id, it.score) for it in decisions]


@pytest.mark.parametrize("score", list(Score))
def test_decisions_are_the_same_after_a_start_and_after_edits(tmp_path: Path, score: Score) -> None:
    """Vectors are let go once they are kept, and read again for the next edit."""
    here = bot_of(tmp_path / "here", OLD, score=score)
    there = bot_of(tmp_path / "there", OLD, Elsewhere(), score)
    for entries in (OLD, NEW, [*NEW, *ENTRIES], OLD):
        here, there = (
            measure(rebuild(bot, bot.settings, Faq(tuple(entries)), AT_ONCE).matcher, AT_ONCE)
            for bot in (here, there)
        )
        assert decided(there) == decided(here)
        kept = [there.vectors, *([] if there.second is None else [there.second.vectors])]
        assert not any(each.are_at_hand for each in kept)


def test_vectors_stay_where_they_cannot_be_kept_on_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the place of a folder")
    assert bot_of(tmp_path / "file", OLD, Elsewhere()).vectors.are_at_hand


def test_while_it_is_away_only_what_words_alone_tell_is_said(tmp_path: Path) -> None:
    """In whatever language; whoever decides without anybody waiting meets the error."""
    indexes = Elsewhere()
    more = replace(ENTRIES[0], id="parcel", question="Where is my parcel now?")
    bot = bot_of(tmp_path, [more, entry("gift", "Can I wrap it as a gift?")], indexes)
    assert not bot.decide("my parcel is where").unavailable
    indexes.is_away = True
    with pytest.raises(SearchError):
        bot.decide("my parcel is where")
    with supplied(Supply()):
        assert bot.decide("my parcel is where").unavailable
        assert bot.decide(GERMAN).unavailable
        assert bot.decide("Where is my parcel now?").entry_id == "parcel"
    indexes.is_away = False
    assert not bot.decide("my parcel is where").unavailable


def test_a_bot_that_cannot_be_built_lets_go_of_the_server_of_its_encoder(
    tmp_path: Path,
) -> None:
    """One of several bots is begun anew again and again, and each time would leave a thread."""

    class Full(Elsewhere):
        def make(
            self, name: str, faq: PhrasingVectors, again: Callable[[], PhrasingVectors]
        ) -> VectorIndex:
            raise StoreError("the disk is full")

    (tmp_path / "house-model").mkdir()
    with serving_embeddings(FakeEmbedder().encode) as server:
        settings = Settings(
            model=str(tmp_path / "house-model"), encoder=EncoderKind.REMOTE,
            encoder_url=f"{server.url}/embeddings", encoder_model="house-model", cache=tmp_path,
        )  # fmt: skip
        before = set(threading.enumerate())
        with pytest.raises(StoreError):
            build_matcher(settings, Faq(tuple(OLD)), indexes=Full())
        left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name == "embeddings"]
