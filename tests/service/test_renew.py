"""Reading the files anew beside a bot that serves."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot, remember, renew
from bot.domain import Faq, FaqEntry, Incoming, KeepText, Thresholds
from bot.errors import FileProblems, Problem
from bot.files.config import EncoderKind, Score, Settings
from bot.files.config_store import StoreSettings
from bot.files.config_telegram import TelegramSettings
from bot.matching import build as blended_build
from bot.matching.encoder.encoder import Vectors
from bot.matching.score.fit import fit_blended
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder, FakeStore

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
        """See `Embedder.encode`."""
        self.threads.add(threading.current_thread().name)
        self.sizes.append(len(texts))
        return super().encode(texts)


@pytest.fixture
def embedder() -> WatchedEmbedder:
    return WatchedEmbedder()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def bot(tmp_path: Path, embedder: WatchedEmbedder) -> Bot:
    """The bot that serves."""
    return bot_over(tmp_path, *OLD, embedder=embedder)


def at_once(function: Callable[[], Any]) -> Any:
    return function()


def fresh(folder: Path, bot: Bot, *entries: FaqEntry, settings: Settings | None = None) -> Bot:
    """A bot that was just started over these entries, with nothing in its cache."""
    settings = replace(settings or bot.settings, cache=folder / "fresh")
    return bot_over(folder, *entries, settings=settings)


def test_only_what_is_new_is_encoded_and_on_the_worker_alone(
    bot: Bot, worker: Worker, embedder: WatchedEmbedder
) -> None:
    embedder.encoded.clear()
    embedder.threads.clear()
    renewal = renew(bot, lambda: (bot.settings, Faq(NEW)), worker.in_turn)
    assert set(embedder.encoded) == NEW_TEXTS
    assert len(embedder.encoded) == len(NEW_TEXTS)
    assert embedder.threads == {"matching"}
    assert (renewal.bot.faq, renewal.needs_restart) == (Faq(NEW), ())


def test_what_did_not_change_encodes_nothing(
    bot: Bot, worker: Worker, embedder: WatchedEmbedder
) -> None:
    """Answers and the order of entries are not encoded."""
    embedder.encoded.clear()
    other = tuple(replace(one, answer="Another answer.") for one in reversed(OLD))
    renewal = renew(bot, lambda: (bot.settings, Faq(other)), worker.in_turn)
    assert embedder.encoded == []
    assert renewal.bot.fingerprint == bot.fingerprint
    assert renewal.bot.faq.by_id["refund"].answer == "Another answer."


def test_a_large_faq_is_encoded_a_few_texts_at_a_time(
    bot: Bot, worker: Worker, embedder: WatchedEmbedder
) -> None:
    """Between two of them somebody may be answered."""
    many = tuple(entry(f"e{n}", f"question number {n}") for n in range(200))
    settings = replace(bot.settings, score=Score.COSINE)
    embedder.sizes.clear()
    renew(bot, lambda: (settings, Faq(many)), worker.in_turn)
    assert embedder.sizes == [128, 72]


@pytest.mark.parametrize("score", list(Score))
def test_decisions_are_those_of_a_bot_that_was_just_started(
    tmp_path: Path, worker: Worker, score: Score
) -> None:
    bot = bot_over(tmp_path, *OLD, settings=Settings(cache=tmp_path / "cache", score=score))
    renewed = renew(bot, lambda: (bot.settings, Faq(NEW)), worker.in_turn).bot
    started = fresh(tmp_path, bot, *NEW)
    assert renewed.fingerprint == started.fingerprint != bot.fingerprint
    assert renewed.decide_all(UTTERANCES) == started.decide_all(UTTERANCES)
    assert len({decision.action for decision in started.decide_all(UTTERANCES)}) > 1
    assert renewed.decide_all(["gift wrapping"])[0].entry_id == "gift"


def test_a_bot_can_be_renewed_again_and_again(bot: Bot, tmp_path: Path) -> None:
    again = renew(bot, lambda: (bot.settings, Faq(NEW)), at_once).bot
    back = renew(again, lambda: (bot.settings, Faq(OLD)), at_once).bot
    assert back.encoder is bot.encoder
    assert back.fingerprint == bot.fingerprint
    assert back.decide_all(UTTERANCES) == fresh(tmp_path, bot, *OLD).decide_all(UTTERANCES)


def test_what_is_built_does_not_keep_the_bot_before_it_in_memory(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *OLD)
    settings, old = bot.settings, weakref.ref(bot.matcher)
    renewal = renew(bot, lambda: (settings, Faq(NEW)), at_once)
    bot = renewal.bot
    del renewal
    gc.collect()
    assert old() is None
    assert bot.decide("gift wrapping").entry_id == "gift"


def test_the_bot_that_serves_goes_on_as_it_was(bot: Bot) -> None:
    before = bot.decide_all(UTTERANCES)
    renew(bot, lambda: (bot.settings, Faq(NEW)), at_once)
    assert bot.decide_all(UTTERANCES) == before
    assert bot.faq == Faq(OLD)


def test_thresholds_texts_and_synonyms_are_taken_over(bot: Bot, tmp_path: Path) -> None:
    settings = replace(
        bot.settings, thresholds=Thresholds(0.9, 0.1), synonyms=(("moolah", "money"),)
    )
    renewal = renew(bot, lambda: (settings, Faq(OLD)), at_once)
    assert (renewal.bot.settings, renewal.needs_restart) == (settings, ())
    started = fresh(tmp_path, bot, *OLD, settings=settings)
    texts = [*UTTERANCES, "give me my moolah back"]
    assert renewal.bot.decide_all(texts) == started.decide_all(texts)
    assert renewal.bot.fingerprint != bot.fingerprint


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"model": "another"}, ("model",)),
        ({"encoder": EncoderKind.TORCH, "threads": 3}, ("encoder", "threads")),
        ({"telegram": TelegramSettings(feedback=False)}, ("telegram",)),
        ({"store": StoreSettings(retention_days=5)}, ("store",)),
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
    bot: Bot, changes: dict[str, Any], keys: tuple[str, ...]
) -> None:
    settings = replace(bot.settings, **changes)
    renewal = renew(bot, lambda: (settings, Faq(OLD)), at_once)
    assert renewal.needs_restart == keys
    stayed = {key: getattr(bot.settings, key) for key in keys}
    assert renewal.bot.settings == replace(settings, **stayed)


def test_files_with_mistakes_are_refused_before_anything_is_encoded(
    bot: Bot, embedder: WatchedEmbedder
) -> None:
    embedder.encoded.clear()

    def load() -> tuple[Settings, Faq]:
        raise FileProblems([Problem("faq/a.yaml", 3, "the answer is missing")])

    with pytest.raises(FileProblems, match=r"faq/a\.yaml:3: the answer is missing"):
        renew(bot, load, at_once)
    assert embedder.encoded == []


# --- a large FAQ, of which little changes ---------------------------------------------------------


def large() -> tuple[FaqEntry, ...]:
    """More than a thousand phrasings, in which the fake finds its way."""
    return tuple(
        entry(f"e{n}", f"topic{n} question", *(f"topic{n} place{n % 7} word{k}" for k in range(9)))
        for n in range(110)
    )


LARGE_UTTERANCES = ["topic3 question", "topic7 place0 word2", "wrapping of gifts", "word5", "blorp"]
LARGE_CHANGED = (*large()[1:], entry("gift", "wrapping of gifts", "wrap it"))


@pytest.fixture
def large_bot(tmp_path: Path, embedder: WatchedEmbedder) -> Bot:
    return bot_over(tmp_path, *large(), embedder=embedder)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The measurements of a whole FAQ that are made."""
    made: list[str] = []
    original = fit_blended

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append("fit")
        return original(*arguments, **options)

    monkeypatch.setattr(blended_build, "fit_blended", counted)
    return made


def test_a_large_faq_of_which_little_changed_serves_before_it_is_measured(
    large_bot: Bot, fits: list[str]
) -> None:
    renewal = renew(large_bot, lambda: (large_bot.settings, Faq(LARGE_CHANGED)), at_once)
    assert fits == []
    assert renewal.bot.is_provisional
    assert renewal.bot.decide("wrapping of gifts").entry_id == "gift"
    assert renewal.bot.decide("topic0 question").entry_id != "e0"
    assert renewal.settle is not None
    assert not renewal.settle().is_provisional
    assert fits == ["fit"]


def test_once_measured_it_decides_as_a_bot_that_was_just_started(
    large_bot: Bot, tmp_path: Path
) -> None:
    """To the last bit: the way there leaves no trace."""
    renewal = renew(large_bot, lambda: (large_bot.settings, Faq(LARGE_CHANGED)), at_once)
    assert renewal.settle is not None
    settled, started = renewal.settle(), fresh(tmp_path, large_bot, *LARGE_CHANGED)
    assert settled.fingerprint == started.fingerprint
    assert repr(settled.measured) == repr(started.measured)
    assert settled.decide_all(LARGE_UTTERANCES) == started.decide_all(LARGE_UTTERANCES)


def test_decisions_before_and_after_it_is_measured_can_be_told_apart(large_bot: Bot) -> None:
    renewal = renew(large_bot, lambda: (large_bot.settings, Faq(LARGE_CHANGED)), at_once)
    assert renewal.settle is not None
    found = {large_bot.fingerprint, renewal.bot.fingerprint, renewal.settle().fingerprint}
    assert len(found) == 3


def test_what_serves_before_it_is_measured_is_not_kept_for_the_next_start(
    large_bot: Bot, tmp_path: Path, fits: list[str], embedder: WatchedEmbedder
) -> None:
    """What was measured is, and no text is encoded a second time."""
    before = {file: file.read_bytes() for file in (tmp_path / "cache").iterdir()}
    renewal = renew(large_bot, lambda: (large_bot.settings, Faq(LARGE_CHANGED)), at_once)
    assert {file: file.read_bytes() for file in (tmp_path / "cache").iterdir()} == before
    assert renewal.settle is not None
    renewal.settle()
    embedder.encoded.clear()
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
def test_otherwise_it_serves_only_what_is_measured(
    large_bot: Bot, tmp_path: Path, changes: dict[str, Any], entries: tuple[FaqEntry, ...]
) -> None:
    settings = replace(large_bot.settings, **changes)
    renewal = renew(large_bot, lambda: (settings, Faq(entries)), at_once)
    assert (renewal.settle, renewal.bot.is_provisional) == (None, False)
    started = fresh(tmp_path, large_bot, *entries, settings=settings)
    assert renewal.bot.decide_all(LARGE_UTTERANCES) == started.decide_all(LARGE_UTTERANCES)


# --- conversations and memory ---------------------------------------------------------------------


def test_a_conversation_answers_out_of_the_bot_and_remembers(bot: Bot) -> None:
    store = FakeStore(KeepText.ALL)
    memory = AsyncStore(lambda: store)
    reply = bot.converse(memory).reply(Incoming("1", "track my order", "en", "7"))
    memory.close()
    assert reply.text == "answer of track"
    assert (store.stats(0).total.asked, reply.decision_id != "") == (1, True)
    assert bot.converse().reply(Incoming("1", "track my order", "en", "7")).decision_id == ""


def test_the_memory_is_where_the_configuration_says(bot: Bot, tmp_path: Path) -> None:
    """And it is there again after a restart."""
    url, key = f"sqlite:///{tmp_path / 'kept' / 'bot.db'}", tmp_path / "kept" / "key"
    settings = replace(bot.settings, store=StoreSettings(url, key, KeepText.ALL, 5))
    for _ in range(2):
        memory = remember(settings)
        bot.converse(memory).reply(Incoming("1", "track my order", "en", "7"))
        asked = asyncio.run(memory.stats(0)).total.asked
        memory.close()
    assert asked == 2
    assert sorted(path.name for path in key.parent.iterdir())[:2] == ["bot.db", "key"]
