"""Reading the files anew beside a bot that serves."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.domain import Faq, FaqEntry, KeepText, Thresholds
from bot.files.config.settings import EncoderKind, Score, Settings
from bot.files.config.store import StoreSettings
from bot.files.config.telegram import TelegramSettings
from bot.matching import assembly
from bot.matching.build import AT_ONCE, Matcher, Turns, measure, rebuild
from bot.matching.encoder.encoder import Vectors
from bot.matching.score.fit import fit_blended
from bot.service.worker import Worker
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder, FakeVocabulary

T = TypeVar("T")

OLD = (
    entry("refund", "How do I get a refund?", "give me my money back", "money back please"),
    entry("track", "Where is my parcel?", "track my order", "where is my order now"),
    entry("hours", "When are you open?", "opening hours", "are you open on sunday"),
)
NEW = (
    replace(OLD[0], phrasings=(*OLD[0].phrasings, "i changed my mind")),
    OLD[1],
    entry("gift", "Can I wrap it as a gift?", "gift wrapping"),
)
NEW_TEXTS = {"i changed my mind", "Can I wrap it as a gift?", "gift wrapping"}
UTTERANCES = [
    *("how do i get a refund", "gift wrapping", "can you wrap my gift", "opening hours"),
    *("where is my parcel", "changed my mind", "money", "order", "sunday", "blorp", ""),
]


class WatchedEmbedder(FakeEmbedder):
    """Notes on which threads it is used, and for how many texts at once."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[str] = set()
        self.sizes: list[int] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.threads.add(threading.current_thread().name)
        self.sizes.append(len(texts))
        return super().encode(texts)


@pytest.fixture
def embedder() -> WatchedEmbedder:
    return WatchedEmbedder()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with closing(Worker()) as worker:
        yield worker


@pytest.fixture
def bot(tmp_path: Path, embedder: WatchedEmbedder) -> Matcher:
    """The bot that serves."""
    return bot_over(tmp_path, *OLD, embedder=embedder)


def fresh(
    folder: Path, bot: Matcher, *entries: FaqEntry, settings: Settings | None = None
) -> Matcher:
    """A bot that was just started over these entries, with nothing in its cache."""
    settings = replace(settings or bot.settings, cache=folder / "fresh")
    return bot_over(folder, *entries, settings=settings)


def test_only_what_is_new_is_encoded_and_on_the_worker_alone(
    bot: Matcher, worker: Worker, embedder: WatchedEmbedder
) -> None:
    embedder.encoded.clear()
    embedder.threads.clear()
    rebuilt = rebuild(bot, bot.settings, Faq(NEW), worker)
    assert set(embedder.encoded) == NEW_TEXTS
    assert len(embedder.encoded) == len(NEW_TEXTS)
    assert embedder.threads == {"matching_0"}
    assert (rebuilt.matcher.faq, rebuilt.needs_restart) == (Faq(NEW), ())


def test_the_vocabulary_is_asked_about_new_texts_only_and_on_the_worker_alone(
    bot: Matcher, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tokenizer bears no two threads at once."""
    asked: dict[str, str] = {}
    unknown_share = FakeVocabulary.unknown_share

    def noting(vocabulary: FakeVocabulary, text: str) -> float:
        asked[text] = threading.current_thread().name
        return unknown_share(vocabulary, text)

    monkeypatch.setattr(FakeVocabulary, "unknown_share", noting)
    rebuild(bot, bot.settings, Faq(NEW), worker)
    assert asked == dict.fromkeys(NEW_TEXTS, "matching_0")


def test_what_did_not_change_encodes_nothing(
    bot: Matcher, worker: Worker, embedder: WatchedEmbedder
) -> None:
    """Answers and the order of entries are not encoded; which of their words are rare decides."""
    embedder.encoded.clear()
    other = tuple(replace(one, answer=f"{one.answer} of!") for one in reversed(OLD))
    rebuilt = rebuild(bot, bot.settings, Faq(other), worker)
    turned = rebuild(bot, bot.settings, Faq(OLD[::-1]), worker)
    assert embedder.encoded == []
    assert rebuilt.matcher.fingerprint == turned.matcher.fingerprint == bot.fingerprint
    assert rebuilt.matcher.faq.by_id["refund"].answer == "answer of refund of!"


def test_a_large_faq_is_encoded_a_few_texts_at_a_time(
    bot: Matcher, worker: Worker, embedder: WatchedEmbedder
) -> None:
    """Between two of them somebody may be answered."""
    many = tuple(entry(f"e{n}", f"question number {n}") for n in range(200))
    settings = replace(bot.settings, score=Score.COSINE)
    embedder.sizes.clear()
    rebuild(bot, settings, Faq(many), worker)
    assert embedder.sizes == [128, 72]


@pytest.mark.parametrize("score", list(Score))
def test_a_hot_reload_decides_as_a_fresh_start(
    tmp_path: Path, worker: Worker, score: Score
) -> None:
    bot = bot_over(tmp_path, *OLD, settings=Settings(cache=tmp_path / "cache", score=score))
    renewed = rebuild(bot, bot.settings, Faq(NEW), worker).matcher
    started = fresh(tmp_path, bot, *NEW)
    assert renewed.fingerprint == started.fingerprint != bot.fingerprint
    assert renewed.decide_all(UTTERANCES) == started.decide_all(UTTERANCES)
    assert len({decision.action for decision in started.decide_all(UTTERANCES)}) > 1
    assert renewed.decide_all(["gift wrapping"])[0].entry_id == "gift"


def test_a_matcher_can_be_rebuilt_again_and_again_and_stays_as_it_is(
    bot: Matcher, tmp_path: Path
) -> None:
    before = bot.decide_all(UTTERANCES)
    again = rebuild(bot, bot.settings, Faq(NEW), AT_ONCE).matcher
    back = rebuild(again, bot.settings, Faq(OLD), AT_ONCE).matcher
    assert back.encoder is bot.encoder
    assert back.fingerprint == bot.fingerprint
    assert back.decide_all(UTTERANCES) == fresh(tmp_path, bot, *OLD).decide_all(UTTERANCES)
    assert (bot.decide_all(UTTERANCES), bot.faq) == (before, Faq(OLD))


def test_a_rebuilt_matcher_does_not_keep_the_one_before_in_memory(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *OLD)
    settings, old = bot.settings, weakref.ref(bot.decider)
    bot = rebuild(bot, settings, Faq(NEW), AT_ONCE).matcher
    gc.collect()
    assert old() is None
    assert bot.decide("gift wrapping").entry_id == "gift"


def test_thresholds_texts_and_synonyms_are_taken_over(bot: Matcher, tmp_path: Path) -> None:
    settings = replace(
        bot.settings, thresholds=Thresholds(0.9, 0.1), synonyms=(("moolah", "money"),)
    )
    rebuilt = rebuild(bot, settings, Faq(OLD), AT_ONCE)
    assert (rebuilt.matcher.settings, rebuilt.needs_restart) == (settings, ())
    started = fresh(tmp_path, bot, *OLD, settings=settings)
    texts = [*UTTERANCES, "give me my moolah back"]
    assert rebuilt.matcher.decide_all(texts) == started.decide_all(texts)
    assert rebuilt.matcher.fingerprint != bot.fingerprint


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"encoder": EncoderKind.TORCH, "threads": 3}, ("encoder", "threads")),
        (
            {
                "telegram": TelegramSettings(admins=frozenset({1})),
                "model": "another",
                "store": StoreSettings(keep_text=KeepText.ALL),
            },
            ("model", "store", "telegram"),
        ),
        ({"follow_up_choices": 5}, ()),
    ],
)
def test_what_needs_a_restart_is_named_and_stays_as_it_is(
    bot: Matcher, changes: dict[str, Any], keys: tuple[str, ...]
) -> None:
    settings = replace(bot.settings, **changes)
    rebuilt = rebuild(bot, settings, Faq(OLD), AT_ONCE)
    assert rebuilt.needs_restart == keys
    stayed = {key: getattr(bot.settings, key) for key in keys}
    assert rebuilt.matcher.settings == replace(settings, **stayed)


# --- a large FAQ, of which little changes ---------------------------------------------------------


def large() -> tuple[FaqEntry, ...]:
    """More than a thousand phrasings, in which the fake finds its way."""
    return tuple(
        entry(f"e{n}", f"topic{n} question", *(f"topic{n} place{n % 7} word{k}" for k in range(9)))
        for n in range(110)
    )


IMPOSTORS = 900  # phrasings that a scale is measured on, at least
LARGE_UTTERANCES = ["topic3 question", "topic7 place0 word2", "wrapping of gifts", "word5", "blorp"]
LARGE_CHANGED = (*large()[1:], entry("gift", "wrapping of gifts", "wrap it"))


@pytest.fixture
def large_bot(tmp_path: Path, embedder: WatchedEmbedder) -> Matcher:
    return bot_over(tmp_path, *large(), embedder=embedder)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The measurements of a whole FAQ that are made."""
    made: list[str] = []
    original = fit_blended

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append("fit")
        return original(*arguments, **options)

    monkeypatch.setattr(assembly, "fit_blended", counted)
    return made


def test_after_a_small_change_a_large_faq_serves_with_carried_over_measurements(
    large_bot: Matcher, fits: list[str]
) -> None:
    rebuilt = rebuild(large_bot, large_bot.settings, Faq(LARGE_CHANGED), AT_ONCE)
    assert fits == []
    assert rebuilt.matcher.is_provisional
    assert rebuilt.matcher.decide("wrapping of gifts").entry_id == "gift"
    assert rebuilt.matcher.decide("topic0 question").entry_id != "e0"
    assert not measure(rebuilt.matcher, AT_ONCE).is_provisional
    assert fits == ["fit"]


def test_once_measured_a_hot_reload_decides_as_a_fresh_start(
    large_bot: Matcher, tmp_path: Path
) -> None:
    """To the last bit: the way there leaves no trace."""
    rebuilt = rebuild(large_bot, large_bot.settings, Faq(LARGE_CHANGED), AT_ONCE)
    settled, started = measure(rebuilt.matcher, AT_ONCE), fresh(tmp_path, large_bot, *LARGE_CHANGED)
    assert settled.fingerprint == started.fingerprint
    assert repr(settled.measured) == repr(started.measured)
    assert settled.decide_all(LARGE_UTTERANCES) == started.decide_all(LARGE_UTTERANCES)


class CountingTurns(Turns):
    """Knows how often somebody gave way."""

    given = 0

    def in_turn(self, function: Callable[[], T]) -> T:
        return function()

    def give_way(self) -> None:
        self.given += 1


def test_messages_go_first_while_an_faq_that_is_served_is_measured(large_bot: Matcher) -> None:
    """They wait for one of the phrasings that it is measured on; it is read at once."""
    read, measured = CountingTurns(), CountingTurns()
    rebuilt = rebuild(large_bot, large_bot.settings, Faq(LARGE_CHANGED), read)
    measure(rebuilt.matcher, measured)
    assert read.given == 0
    assert measured.given >= IMPOSTORS


def test_provisional_decisions_have_a_fingerprint_of_their_own(large_bot: Matcher) -> None:
    rebuilt = rebuild(large_bot, large_bot.settings, Faq(LARGE_CHANGED), AT_ONCE)
    found = {
        large_bot.fingerprint,
        rebuilt.matcher.fingerprint,
        measure(rebuilt.matcher, AT_ONCE).fingerprint,
    }
    assert len(found) == 3


def test_carried_over_measurements_are_not_kept_for_the_next_start(
    large_bot: Matcher, tmp_path: Path, fits: list[str], embedder: WatchedEmbedder
) -> None:
    """Those made anew are, and no text is encoded a second time."""
    (fit,) = (tmp_path / "cache").glob("fit-*.npz")
    before = fit.read_bytes()
    rebuilt = rebuild(large_bot, large_bot.settings, Faq(LARGE_CHANGED), AT_ONCE)
    assert fit.read_bytes() == before
    embedder.encoded.clear()
    measure(rebuilt.matcher, AT_ONCE)
    bot_over(tmp_path, *LARGE_CHANGED, embedder=embedder)
    assert (embedder.encoded, fits) == ([], ["fit"])


@pytest.mark.parametrize(
    ("changes", "entries"),
    [
        pytest.param({}, large()[10:], id="much has changed"),
        pytest.param({}, large(), id="nothing has"),
        pytest.param({"head": False}, LARGE_CHANGED, id="another way of measuring"),
        pytest.param({"synonyms": (("a", "b"),)}, LARGE_CHANGED, id="other synonyms"),
        pytest.param({"score": Score.COSINE}, LARGE_CHANGED, id="nothing to be measured"),
    ],
)
def test_measurements_are_carried_over_only_where_little_changed(
    large_bot: Matcher, tmp_path: Path, changes: dict[str, Any], entries: tuple[FaqEntry, ...]
) -> None:
    settings = replace(large_bot.settings, **changes)
    rebuilt = rebuild(large_bot, settings, Faq(entries), AT_ONCE)
    assert not rebuilt.matcher.is_provisional
    started = fresh(tmp_path, large_bot, *entries, settings=settings)
    assert rebuilt.matcher.decide_all(LARGE_UTTERANCES) == started.decide_all(LARGE_UTTERANCES)
