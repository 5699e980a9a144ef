"""The bot that is served: what it remembers of conversations, and how it is swapped."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain import SILENCE, Faq, Incoming, Press, Reply, Unanswered
from bot.errors import BotError, FileProblems, ModelError, Problem, StoreError
from bot.files.config import Score, Settings
from bot.files.config_texts import shipped
from bot.matching.build import Matcher, Rebuilt
from bot.service import live as module
from bot.service.health import Health
from bot.service.live import Live
from bot.service.reload_outcome import ReloadOutcome
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind, Record, Store
from bot.texts import Phrasebook
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder, FakeStore

TEXTS = shipped()["en"]
DAY_S = 24 * 3600.0
LONG_S = 10.0  # how long a test waits for what takes milliseconds
FAQ = (entry("refund", "Refund?"), entry("return", "Return?"), entry("hours", "Hours?"))
VECTORS = {
    "Refund?": (1.0, 0.0, 0.0, 0.0),
    "Return?": (0.0, 1.0, 0.0, 0.0),
    "Hours?": (0.0, 0.0, 1.0, 0.0),
    "back": (0.68, 0.7, 0.2, 0.0),  # a follow-up: return, refund
    **dict.fromkeys(("weather", "rain", "1", "2", "none", "Hello!", "谢谢", "yes"), (0, 0, 0, 1.0)),
    "x" * 4096: (0, 0, 0, 1.0),
}
Script = Callable[[Live], Awaitable[None]]


class NotingStore(FakeStore):
    """Notes what it was told to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        self.records.append(record)
        super().record(record)


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    folder = tmp_path_factory.mktemp("bot")
    settings = Settings(cache=folder, score=Score.COSINE, head=False)
    return bot_over(folder, *FAQ, embedder=FakeEmbedder(VECTORS), settings=settings)


class Process:
    """Runs scripts over a store, each in a process of its own.

    Attributes:
        load: what a reload reads.
    """

    def __init__(self, matcher: Matcher, store: NotingStore) -> None:
        self.matcher = matcher
        self.store = store
        self.health = Health()
        self.load: Callable[[], tuple[Settings, Faq]] = lambda: (matcher.settings, matcher.faq)

    def run(self, *scripts: Script, thread: AsyncStore | None = None) -> None:
        for script in scripts:
            own = AsyncStore(lambda: self.store) if thread is None else thread

            async def run(script: Script = script, own: AsyncStore = own) -> None:
                with Worker() as worker:
                    await script(Live(self.matcher, self.load, worker, own, self.health))

            asyncio.run(asyncio.wait_for(run(), LONG_S))
            own.close(0.1)


@pytest.fixture
def process(matcher: Matcher) -> Process:
    return Process(matcher, NotingStore())


async def said(
    live: Live, *contents: str | Press, chat: str = "42:0:7", person: str | None = "7"
) -> Reply:
    """The reply to the last of several messages of one chat."""
    for content in contents:
        reply = await live.reply(Incoming(chat, content, "en-GB", person))
    return reply


# --- what is kept ---------------------------------------------------------------------------------


def test_every_decision_is_recorded_with_who_asked_what_and_where(process: Process) -> None:
    replies: list[Reply] = []

    async def script(live: Live) -> None:
        replies.extend([await said(live, text) for text in ("Refund?", "back", "weather")])

    process.run(script)
    records = process.store.records
    assert [(r.person, r.conversation, r.text, r.lang, r.small_talk) for r in records] == [
        ("7", "42:0:7", text, "en-GB", False) for text in ("Refund?", "back", "weather")
    ]
    assert [record.decision for record in records] == [reply.decision for reply in replies]
    ids = [record.id for record in records]
    assert [reply.decision_id for reply in replies] == ids
    assert len(set(ids)) == 3
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)
    assert all(abs(record.at - time.time()) < 60 for record in records)
    assert process.health.decisions == {"answer": 1, "follow_up": 1, "fallback": 1}


def test_an_update_that_is_handled_again_is_recorded_by_the_same_id(process: Process) -> None:
    async def script(live: Live) -> None:
        again = Incoming("1", "Refund?", person="7", decision_id="0123456789abcdef")
        assert [(await live.reply(again)).decision_id for _ in range(2)] == ["0123456789abcdef"] * 2

    process.run(script)
    assert process.store.stats(0).total.asked == 1


def test_of_an_endless_text_no_more_is_recorded_than_is_read(process: Process) -> None:
    """And one character more, which shows that it was cut."""

    async def script(live: Live) -> None:
        await said(live, "x" * 5_000)

    process.run(script)
    assert [record.text for record in process.store.records] == ["x" * 4_097]


def test_greetings_and_thanks_are_recorded_as_small_talk(process: Process) -> None:
    async def script(live: Live) -> None:
        await said(live, "Hello!", "谢谢")

    process.run(script)
    assert [record.small_talk for record in process.store.records] == [True, True]


def test_what_is_passed_over_in_silence_is_not_recorded(process: Process) -> None:
    async def script(live: Live) -> None:
        for text in ("weather", "back", "Hello!", "Refund?"):
            await live.reply(Incoming("1", text, person="7", only_if_sure=True))

    process.run(script)
    assert [record.text for record in process.store.records] == ["Refund?"]


def test_of_nobody_nothing_is_recorded(process: Process) -> None:
    """An anonymous admin is answered like anybody else."""

    async def script(live: Live) -> None:
        incoming = Incoming("1", "back", decision_id="0123456789abcdef")
        reply = await live.reply(incoming)
        assert (reply.text, reply.decision_id) == (TEXTS.follow_up, "")
        assert (await said(live, "2", chat="1", person=None)).text == "answer of refund"

    process.run(script)
    assert process.store.records == []


# --- conversations --------------------------------------------------------------------------------


def test_each_conversation_has_a_state_of_its_own(process: Process) -> None:
    async def script(live: Live) -> None:
        await said(live, "back", chat="a")
        assert (await said(live, "2", chat="b")).text == TEXTS.fallback
        assert (await said(live, "2", chat="a")).text == "answer of refund"

    process.run(script)


def test_what_a_conversation_is_owed_an_answer_to_is_known_until_it_goes_on(
    process: Process,
) -> None:
    async def script(live: Live) -> None:
        assert live.unanswered("42:0:7") is None
        reply = await said(live, "weather")
        assert live.unanswered("42:0:7") == reply.unanswered != None  # noqa: E711
        await said(live, "Refund?")
        assert live.unanswered("42:0:7") is None

    process.run(script)


def test_the_least_recent_conversations_are_forgotten_where_there_are_too_many(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_STATES", 2)

    async def script(live: Live) -> None:
        for chat in ("a", "b", "c"):
            await said(live, "weather", chat=chat)
        owed = [live.unanswered(chat) is None for chat in ("a", "b", "c")]
        assert owed == [True, False, False]

    process.run(script)


def test_a_person_is_forgotten_in_every_conversation_and_in_the_store(process: Process) -> None:
    async def script(live: Live) -> None:
        for chat, person in (("a", "7"), ("b", "7"), ("c", "77")):
            await said(live, "weather", chat=chat, person=person)
        assert (await live.forget("7")).decisions == 2
        owed = [live.unanswered(chat) is None for chat in ("a", "b", "c")]
        assert owed == [True, True, False]

    process.run(script)
    assert process.store.stats(0).total.asked == 1


# --- after a restart ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"), [("2", "answer of refund"), ("none", TEXTS.rephrase), ("yes", None)]
)
def test_a_follow_up_can_be_chosen_from_after_a_restart(
    process: Process, content: str, text: str | None
) -> None:
    async def before(live: Live) -> None:
        await said(live, "back")

    async def after(live: Live) -> None:
        reply = await said(live, content)
        asked = process.store.records[0]
        assert (reply.text, reply.decision_id) == (text or TEXTS.follow_up, asked.id)
        if content == "none":
            unanswered = Unanswered("back", asked.decision.candidates)
            assert reply.unanswered == live.unanswered("42:0:7") == unanswered

    process.run(before, after)


@pytest.mark.parametrize(("place", "question"), [(-1, "back"), (0, None)])
def test_none_of_these_is_about_the_last_follow_up_before_the_restart(
    process: Process, place: int, question: str | None
) -> None:
    """Pressed under an older one, it is about nothing that is known."""

    async def before(live: Live) -> None:
        await said(live, "back", "back")

    async def after(live: Live) -> None:
        reply = await said(live, Press(None, process.store.records[place].id))
        assert reply.unanswered is not None
        assert reply.unanswered.question == question

    process.run(before, after)


@pytest.mark.parametrize(
    ("later_s", "text"),
    [
        pytest.param(DAY_S - 60, "answer of refund", id="within a day: it is a choice"),
        pytest.param(DAY_S + 60, TEXTS.fallback, id="after it: it is an utterance"),
    ],
)
def test_a_follow_up_waits_for_a_day_over_a_restart(
    process: Process, monkeypatch: pytest.MonkeyPatch, later_s: float, text: str
) -> None:
    now = time.time()

    async def before(live: Live) -> None:
        await said(live, "back")

    async def after(live: Live) -> None:
        clock = SimpleNamespace(time=lambda: now + later_s, perf_counter=time.perf_counter)
        monkeypatch.setattr(module, "time", clock)
        assert (await said(live, "2")).text == text

    process.run(before, after)


@pytest.mark.parametrize("choice", ["1", "none", "Refund?", "weather"])
def test_after_it_was_resolved_or_left_a_number_chooses_nothing_over_a_restart(
    process: Process, choice: str
) -> None:
    async def before(live: Live) -> None:
        asked = await said(live, "back")
        press = (await said(live, choice)).choice
        await live.reply(Incoming("another", "Refund?", person="8"))  # all is written by then
        if press is not None:  # as is done once the reply is out; else it was left
            kind = LabelKind.NONE if press.entry_id is None else LabelKind.CHOICE
            process.store.label(Label(asked.decision_id, kind, "7", 1.0, press.entry_id))

    async def after(live: Live) -> None:
        assert (await said(live, "2")).text == TEXTS.fallback

    process.run(before, after)


def test_a_choice_whose_reply_did_not_get_out_can_be_made_again(process: Process) -> None:
    async def before(live: Live) -> None:
        await said(live, "back", "2")
        assert (await said(live, "2")).text == "answer of refund"

    async def after(live: Live) -> None:
        assert (await said(live, "2", chat="42:0:8", person="8")).text == TEXTS.fallback
        assert (await said(live, "2")).text == "answer of refund"

    process.run(before, after)


# --- a store in trouble ---------------------------------------------------------------------------


class BrokenStore(FakeStore):
    """A store whose database is away."""

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        raise StoreError("the disk is full")

    def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """See `Store.open_follow_up`."""
        raise StoreError("the disk is full")


def never_opened() -> Store:
    raise StoreError("the database is locked by another program")


@pytest.mark.parametrize("kind", ["cannot be opened", "cannot be written", "hangs", "is closed"])
def test_a_store_in_trouble_stops_no_answer_and_delays_none_for_long(
    process: Process, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(module, "_RECALL_WAIT_S", 0.02)
    until = threading.Event()

    def hanging() -> Store:
        until.wait(LONG_S)
        return FakeStore()

    async def script(live: Live) -> None:
        contents = ["2", "none", "back", "2", "Refund?", "weather"]
        assert [(await said(live, content)).text for content in contents] == [
            TEXTS.fallback, TEXTS.fallback_again, TEXTS.follow_up, "answer of refund",
            "answer of refund", TEXTS.fallback,
        ]  # fmt: skip
        silent = Incoming("9", "yes", None, "9", only_if_sure=True)
        assert await live.reply(silent) == SILENCE

    ways: dict[str, Callable[[], Store]] = {
        "cannot be opened": never_opened,
        "cannot be written": BrokenStore,
        "hangs": hanging,
        "is closed": FakeStore,
    }
    thread = AsyncStore(ways[kind])
    if kind == "is closed":
        thread.close()
    try:
        process.run(script, thread=thread)
    finally:
        until.set()


# --- hot reload -----------------------------------------------------------------------------------

NEW = Faq((entry("refund", "Refund?", answer="The new answer."), entry("hours", "Hours?")))
DONE = ReloadOutcome(entries=2, wordings=2)


def test_a_reload_swaps_everything_and_conversations_go_on(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(process.matcher.settings, phrasebook=Phrasebook(shipped(), "zh"))
    process.load = lambda: (settings, NEW)

    async def script(live: Live) -> None:
        old = live.fingerprint
        await said(live, "back", chat="a")
        await said(live, "back", chat="b")
        await said(live, "weather", chat="c")
        assert await live.reload() == DONE
        assert (live.faq, live.fingerprint == old) == (NEW, False)
        assert live.texts("xx") == shipped()["zh"]
        assert (await said(live, "2", chat="a")).text == "The new answer."
        gone = await live.reply(Incoming("b", "1", None, "7"))
        assert gone.text == shipped()["zh"].gone
        again = await live.reply(Incoming("c", "rain", None, "7"))
        assert again.text == shipped()["zh"].fallback_again

    caplog.set_level(logging.INFO, logger="bot")
    process.run(script)
    assert "the FAQ was read anew: 2 entries, 2 wordings" in caplog.messages


def test_what_only_a_restart_changes_is_named(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    process.load = lambda: (replace(process.matcher.settings, model="another"), NEW)

    async def script(live: Live) -> None:
        assert await live.reload() == replace(DONE, needs_restart=("model",))

    process.run(script)
    assert "changes of model take effect after a restart" in caplog.messages


PROBLEM = Problem("faq/a.yaml", 12, "the id is taken")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (FileProblems([PROBLEM]), ReloadOutcome(problems=(PROBLEM,))),
        (ModelError("it is away"), ReloadOutcome(trouble="it is away")),
        (OSError("it is away"), ReloadOutcome(trouble="it is away")),
    ],
)
def test_a_reload_that_fails_changes_nothing_and_can_be_done_again(
    process: Process, caplog: pytest.LogCaptureFixture, error: Exception, outcome: ReloadOutcome
) -> None:
    def failing() -> tuple[Settings, Faq]:
        raise error

    async def script(live: Live) -> None:
        assert await live.reload() == outcome
        assert (live.faq, process.health.reloaded) == (process.matcher.faq, False)

    process.load = failing
    process.run(script)
    assert str(error) in caplog.messages[0]


def test_a_defect_in_a_reload_is_the_callers_to_tell_and_it_can_be_done_again(
    process: Process,
) -> None:
    reads: list[Exception] = [RuntimeError("unheard of")]

    def load() -> tuple[Settings, Faq]:
        if reads:
            raise reads.pop()
        return process.matcher.settings, NEW

    async def script(live: Live) -> None:
        with pytest.raises(RuntimeError):
            await live.reload()
        assert await live.reload() == DONE

    process.load = load
    process.run(script)


def test_one_reload_is_under_way_at_a_time(process: Process) -> None:
    goes_on, reads = threading.Event(), []

    def load() -> tuple[Settings, Faq]:
        reads.append(threading.current_thread().name)
        assert goes_on.wait(LONG_S)
        return process.matcher.settings, NEW

    async def script(live: Live) -> None:
        first = asyncio.create_task(live.reload())
        while not reads:
            await asyncio.sleep(0.001)
        assert await live.reload() == ReloadOutcome(is_running=True)
        assert (await said(live, "Refund?")).text == "answer of refund"  # it serves meanwhile
        goes_on.set()
        assert await first == DONE

    process.load = load
    process.run(script)
    assert len(reads) == 1


# --- a large FAQ is measured beside the bot that serves -------------------------------------------


@pytest.fixture
def may_measure(monkeypatch: pytest.MonkeyPatch, matcher: Matcher) -> Iterator[threading.Event]:
    """Whatever is read anew is served with the measurements before it, and measured after this."""
    may, count = threading.Event(), iter(range(9))

    def rebuild(*_: Any) -> Rebuilt:
        return Rebuilt(replace(matcher, fingerprint=f"new {next(count)}", is_provisional=True))

    def measure(provisional: Matcher, worker: Worker) -> Matcher:
        assert may.wait(LONG_S)
        name = f"{provisional.fingerprint}, measured"
        return replace(provisional, fingerprint=name, is_provisional=False)

    monkeypatch.setattr(module, "rebuild", rebuild)
    monkeypatch.setattr(module, "measure", measure)
    yield may
    may.set()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_provisional_matcher_serves_until_the_faq_is_measured(
    process: Process, caplog: pytest.LogCaptureFixture, may_measure: threading.Event
) -> None:
    async def script(live: Live) -> None:
        await live.reload()
        assert live.fingerprint == "new 0"
        may_measure.set()
        await until(lambda: live.fingerprint == "new 0, measured")

    caplog.set_level(logging.INFO, logger="bot")
    process.run(script)
    assert caplog.messages[-2:] == [
        "served with the measurements of the FAQ before; the new one is being measured",
        "the new FAQ is measured; decisions now carry fingerprint new 0, measured",
    ]


def test_what_was_measured_never_takes_the_place_of_a_newer_faq(
    process: Process, caplog: pytest.LogCaptureFixture, may_measure: threading.Event
) -> None:
    async def script(live: Live) -> None:
        await live.reload()
        await live.reload()
        may_measure.set()
        await until(lambda: "the FAQ has changed again" in caplog.text)
        await until(lambda: live.fingerprint == "new 1, measured")

    caplog.set_level(logging.INFO, logger="bot")
    process.run(script)


@pytest.mark.parametrize("error", [BotError("gone"), OSError("gone")])
def test_an_faq_that_cannot_be_measured_is_served_as_it_is(
    process: Process,
    caplog: pytest.LogCaptureFixture,
    may_measure: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def failing(*_: Any) -> Matcher:
        raise error

    async def script(live: Live) -> None:
        await live.reload()
        await until(lambda: bool(caplog.messages))
        assert live.fingerprint == "new 0"

    monkeypatch.setattr(module, "measure", failing)
    process.run(script)
    assert caplog.messages == ["the new FAQ is not measured, those before are kept: gone"]


# --- told to whoever asked ------------------------------------------------------------------------

MANY = tuple(Problem("faq/a.yaml", line, "bad") for line in range(1, 22))


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (DONE, ["Done: 2 entries, 2 wordings are served now."]),
        (
            replace(DONE, needs_restart=("model", "telegram")),
            [
                "Done: 2 entries, 2 wordings are served now.",
                "These take effect only after a restart: model, telegram",
            ],
        ),
        (
            ReloadOutcome(problems=(PROBLEM,)),
            [
                "Nothing was changed, the old FAQ is still served. To mend: 1",
                "",
                "faq/a.yaml:12: the id is taken",
            ],
        ),
        (
            ReloadOutcome(problems=MANY),
            [
                "Nothing was changed, the old FAQ is still served. To mend: 21",
                "",
                *map(str, MANY[:20]),
                "…",
            ],
        ),
        (
            ReloadOutcome(trouble="the model is away"),
            ["Nothing was changed, the old FAQ is still served: the model is away"],
        ),
        (ReloadOutcome(is_running=True), [TEXTS.team.reload_running]),
    ],
)
def test_whoever_asked_for_a_reload_is_told_what_came_of_it(
    outcome: ReloadOutcome, told: list[str]
) -> None:
    assert outcome.told(TEXTS.team).split("\n") == told
