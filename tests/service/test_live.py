"""The bot that is served: what it remembers of conversations, and how it is swapped."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain import SILENCE, Faq, Incoming, Press, Reply, Unanswered
from bot.errors import BotError, FileProblems, ModelError, Problem, StoreError
from bot.files.config import Score, Settings
from bot.files.config_texts import shipped
from bot.matching.build import Matcher, Rebuilt
from bot.matching.language.route import Routes
from bot.service import live as module
from bot.service.health import Health
from bot.service.live import Live
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind, Record
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder, FakeStore
from tests.service.conftest import LONG_S

TEXTS, CHINESE = shipped()["en"], shipped()["zh"]
CHAT, ID = "42:0:7", "0123456789abcdef"
DAY_S = 24 * 3600.0
FULL = StoreError("the disk is full")
VECTORS = {
    "Refund?": (1.0, 0.0, 0.0, 0.0),
    "Return?": (0.0, 1.0, 0.0, 0.0),
    "Hours?": (0.0, 0.0, 1.0, 0.0),
    "back": (0.68, 0.7, 0.2, 0.0),  # a follow-up: return, refund
    **dict.fromkeys(
        ("weather", "rain", "1", "2", "none", "Hello!", "谢谢", "yes", "x" * 4096), (0, 0, 0, 1.0)
    ),
}


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    folder = tmp_path_factory.mktemp("bot")
    settings = Settings(cache=folder, score=Score.COSINE, head=False)
    entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Hours")]
    return bot_over(folder, *entries, embedder=FakeEmbedder(VECTORS), settings=settings)


class NotingStore(FakeStore):
    """Notes what it was told to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        self.records.append(record)
        super().record(record)


class Server:
    """Starts the bot, each time in a process of its own; its store outlasts it.

    Attributes:
        load: what a reload reads.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher, self.store, self.health = matcher, NotingStore(), Health()
        self.load: Callable[[], tuple[Settings, Faq]] = lambda: (matcher.settings, matcher.faq)
        self._stack = ExitStack()

    def start(self, open_store: Callable[[], FakeStore] | None = None) -> None:
        self.stop()
        thread = AsyncStore(open_store or (lambda: self.store))
        self._stack.callback(thread.close, 0.1)
        worker = self._stack.enter_context(closing(Worker()))
        self.live = Live(self.matcher, lambda: self.load(), worker, thread, self.health)

    def stop(self) -> None:
        self._stack.close()

    async def said(
        self, *contents: str | Press, chat: str = CHAT, person: str | None = "7", sure: bool = False
    ) -> Reply:
        """The reply to the last of several messages of one chat."""
        for content in contents:
            decision_id = secrets.token_hex(8)
            incoming = Incoming(chat, content, "en-GB", person, sure, decision_id)
            reply = await self.live.reply(incoming)
        return reply

    def recorded(self) -> list[Record]:
        """All that was recorded, once the bot has stopped."""
        self.stop()
        return self.store.records

    def owed(self, *chats: str) -> list[bool]:
        return [self.live.unanswered(chat) is not None for chat in chats]


@pytest.fixture
def server(matcher: Matcher) -> Iterator[Server]:
    server = Server(matcher)
    server.start()
    yield server
    server.stop()


# --- what is recorded -----------------------------------------------------------------------------


async def test_every_decision_is_recorded_with_who_asked_what_and_where(server: Server) -> None:
    texts = ("Refund?", "back", "weather", "Hello!", "谢谢")
    replies = [await server.said(text) for text in texts]
    records = server.recorded()
    assert [(r.person, r.conversation, r.text, r.lang, r.small_talk) for r in records] == [
        ("7", CHAT, text, "en-GB", text in {"Hello!", "谢谢"}) for text in texts
    ]
    assert [record.decision for record in records] == [reply.decision for reply in replies]
    assert [record.id for record in records] == [reply.decision_id for reply in replies]
    assert all(abs(record.at - time.time()) < 60 for record in records)
    value = server.health.registry.get_sample_value
    counts = {"answer": 1, "follow_up": 1, "fallback": 3}
    assert {a: value("faq_bot_decisions_total", {"action": a}) for a in counts} == counts


async def test_an_update_that_is_handled_again_is_recorded_once(server: Server) -> None:
    for _ in range(2):
        incoming = Incoming("1", "Refund?", person="7", decision_id=ID)
        assert (await server.live.reply(incoming)).decision_id == ID
    server.stop()
    assert server.store.stats(0).total.asked == 1


async def test_of_an_endless_text_no_more_is_recorded_than_is_read(server: Server) -> None:
    """And one character more, which shows that it was cut."""
    await server.said("x" * 5_000)
    assert [record.text for record in server.recorded()] == ["x" * 4_097]


async def test_what_is_passed_over_in_silence_is_not_recorded(server: Server) -> None:
    await server.said("weather", "back", "Hello!", "Refund?", sure=True)
    assert [record.text for record in server.recorded()] == ["Refund?"]


async def test_of_nobody_nothing_is_recorded(server: Server) -> None:
    """An anonymous admin is answered like anybody else."""
    reply = await server.said("back", person=None)
    assert (reply.text, reply.decision_id) == (TEXTS.follow_up, "")
    assert (await server.said("2", person=None)).text == "answer of refund"
    assert server.recorded() == []


# --- conversations --------------------------------------------------------------------------------


async def test_each_conversation_has_a_state_of_its_own(server: Server) -> None:
    await server.said("back", chat="a")
    assert (await server.said("2", chat="b")).text == TEXTS.fallback
    assert (await server.said("2", chat="a")).text == "answer of refund"
    assert server.owed("a", "b", "c") == [False, True, False]


async def test_conversations_are_kept_in_an_lru(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_STATES", 2)
    server.start()
    for chat in ("a", "b", "a", "c"):
        await server.said("weather", chat=chat)
    assert server.owed("a", "b", "c") == [True, False, True]


async def test_a_person_is_forgotten_in_every_conversation_and_in_the_store(server: Server) -> None:
    """With what is under way in another chat."""
    for chat, person in (("a", "7"), ("b", "7"), ("c", "77")):
        await server.said("weather", chat=chat, person=person)
    under_way = asyncio.create_task(server.said("weather", chat="b"))
    await asyncio.sleep(0)
    await server.live.forget("7")
    assert under_way.done()
    assert server.owed("a", "b", "c") == [False, False, True]
    server.stop()
    assert server.store.stats(0).total.asked == 1


# --- after a restart ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [("2", "answer of refund"), ("none", TEXTS.rephrase), ("yes", TEXTS.follow_up)],
)
async def test_a_follow_up_can_be_chosen_from_after_a_restart(
    server: Server, content: str, text: str
) -> None:
    asked = await server.said("back")
    server.start()
    reply = await server.said(content)
    assert (reply.text, reply.decision_id) == (text, asked.decision_id)
    if content == "none":
        unanswered = Unanswered("back", server.store.records[0].decision.candidates)
        assert reply.unanswered == server.live.unanswered(CHAT) == unanswered


async def test_none_of_these_pressed_under_an_older_follow_up_is_about_nothing_that_is_known(
    server: Server,
) -> None:
    ids = [(await server.said("back")).decision_id for _ in range(2)]
    for decision_id, question in zip(ids, (None, "back"), strict=True):
        server.start()
        reply = await server.said(Press(None, decision_id))
        assert reply.unanswered is not None
        assert reply.unanswered.question == question


@pytest.mark.parametrize(
    ("later_s", "text"),
    [
        pytest.param(DAY_S - 60, "answer of refund", id="within a day: it is a choice"),
        pytest.param(DAY_S + 60, TEXTS.fallback, id="after it: it is an utterance"),
    ],
)
async def test_a_follow_up_waits_for_a_day_over_a_restart(
    server: Server, monkeypatch: pytest.MonkeyPatch, later_s: float, text: str
) -> None:
    later = time.time() + later_s
    await server.said("back")
    server.start()
    clock = SimpleNamespace(time=lambda: later, perf_counter=time.perf_counter)
    monkeypatch.setattr(module, "time", clock)
    assert (await server.said("2")).text == text


@pytest.mark.parametrize("choice", ["1", "none", "Refund?", "weather"])
async def test_after_it_was_resolved_or_left_a_number_chooses_nothing_over_a_restart(
    server: Server, choice: str
) -> None:
    asked = await server.said("back")
    press = (await server.said(choice)).choice
    server.stop()
    if press is not None:  # as is done once the reply is out; else it was left
        kind = LabelKind.NONE if press.entry_id is None else LabelKind.CHOICE
        server.store.label(Label(asked.decision_id, kind, "7", 1.0, press.entry_id))
    server.start()
    assert (await server.said("2")).text == TEXTS.fallback


async def test_a_choice_whose_reply_did_not_get_out_can_be_made_again(server: Server) -> None:
    assert (await server.said("back", "2", "2")).text == "answer of refund"
    server.start()
    assert (await server.said("2", chat="42:0:8", person="8")).text == TEXTS.fallback
    assert (await server.said("2")).text == "answer of refund"


# --- a store in trouble ---------------------------------------------------------------------------


class BrokenStore(FakeStore):
    """A store whose database is away."""

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        raise FULL

    def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """See `Store.open_follow_up`."""
        raise FULL


@pytest.mark.parametrize("kind", ["cannot be opened", "cannot be written", "hangs"])
async def test_a_store_in_trouble_stops_no_answer_and_delays_none_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(module, "_RECALL_WAIT_S", 0.02)
    until = threading.Event()

    def opened() -> FakeStore:
        if kind == "cannot be opened":
            raise FULL
        if kind == "hangs":
            until.wait(LONG_S)
        return BrokenStore()

    server.start(opened)
    contents = ["2", "none", "back", "2", "Refund?", "weather"]
    assert [(await server.said(content)).text for content in contents] == [
        TEXTS.fallback, TEXTS.fallback_again, TEXTS.follow_up, "answer of refund",
        "answer of refund", TEXTS.fallback,
    ]  # fmt: skip
    assert await server.said("yes", chat="9", sure=True) == SILENCE
    until.set()


# --- hot reload -----------------------------------------------------------------------------------

NEW = Faq((entry("refund", "Refund?", answer="The new answer."), entry("hours", "Hours?")))
TEAM = TEXTS.team
DONE = "Done: 2 entries, 2 wordings are served now."
KEPT = "Nothing was changed, the old FAQ is still served"
AGAIN = TEXTS.fallback_again
PROBLEMS = [Problem("faq/a.yaml", line, "bad") for line in range(1, 22)]


def reload_success(server: Server) -> float | None:
    return server.health.registry.get_sample_value("faq_bot_reload_success")


async def test_a_hot_reload_swaps_everything_and_conversations_go_on(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    server.load = lambda: (replace(server.matcher.settings, language="zh", model="another"), NEW)
    before = server.live.fingerprint
    for chat, content in (("a", "back"), ("b", "back"), ("c", "weather")):
        await server.said(content, chat=chat)
    assert (
        await server.live.reload(TEAM) == f"{DONE}\nThese take effect only after a restart: model"
    )
    assert (server.live.faq, server.live.texts("xx")) == (NEW, CHINESE)
    assert reload_success(server) == 1
    assert server.live.fingerprint != before
    told = {("a", "2"): "The new answer.", ("b", "1"): TEXTS.gone, ("c", "rain"): AGAIN}
    assert {asked: (await server.said(asked[1], chat=asked[0])).text for asked in told} == told
    assert "the FAQ was read anew: 2 entries, 2 wordings" in caplog.messages
    assert "changes of model take effect after a restart" in caplog.messages


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (
            FileProblems(PROBLEMS[:2]),
            f"{KEPT}. To mend: 2\n\nfaq/a.yaml:1: bad\nfaq/a.yaml:2: bad",
        ),
        (
            FileProblems(PROBLEMS),
            "\n".join([f"{KEPT}. To mend: 21", "", *map(str, PROBLEMS[:20]), "…"]),
        ),
        (ModelError("it is away"), f"{KEPT}: it is away"),
        (OSError("it is away"), f"{KEPT}: it is away"),
        (RuntimeError("a defect"), None),  # is the caller's to tell
    ],
)
async def test_a_reload_that_fails_changes_nothing_and_can_be_done_again(
    server: Server, error: Exception, outcome: str | None
) -> None:
    def failing() -> tuple[Settings, Faq]:
        raise error

    server.load = failing
    if outcome is None:
        with pytest.raises(RuntimeError):
            await server.live.reload(TEAM)
    else:
        assert await server.live.reload(TEAM) == outcome
    assert (server.live.faq, reload_success(server)) == (server.matcher.faq, outcome is None)
    server.load = lambda: (server.matcher.settings, NEW)
    assert await server.live.reload(TEAM) == DONE


async def test_one_reload_is_under_way_at_a_time_and_the_bot_serves_meanwhile(
    server: Server,
) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def load() -> tuple[Settings, Faq]:
        began.set()
        assert goes_on.wait(LONG_S)
        return server.matcher.settings, NEW

    server.load = load
    first = asyncio.create_task(server.live.reload(TEAM))
    await asyncio.to_thread(began.wait, LONG_S)
    assert await server.live.reload(TEAM) == TEAM.reload_running
    assert (await server.said("Refund?")).text == "answer of refund"
    goes_on.set()
    assert await first == DONE


# --- a large FAQ is measured beside the bot that serves -------------------------------------------


@pytest.fixture
def may_measure(monkeypatch: pytest.MonkeyPatch, matcher: Matcher) -> Iterator[threading.Event]:
    """Whatever is read anew is served with the measurements before it, and measured after this."""
    may, numbers = threading.Event(), iter("12")

    def rebuild(*_: Any) -> Rebuilt:
        return Rebuilt(replace(matcher, fingerprint=next(numbers), is_provisional=True))

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


async def test_a_provisional_matcher_serves_until_the_faq_is_measured(
    server: Server, caplog: pytest.LogCaptureFixture, may_measure: threading.Event
) -> None:
    """What was measured never takes the place of a newer FAQ."""
    caplog.set_level(logging.INFO, logger="bot")
    for fingerprint in ("1", "2"):
        await server.live.reload(TEAM)
        assert server.live.fingerprint == fingerprint
    may_measure.set()
    await until(lambda: server.live.fingerprint == "2, measured")
    await until(lambda: "the FAQ has changed again" in caplog.text)
    assert server.live.fingerprint == "2, measured"
    done = "the new FAQ is measured; decisions now carry fingerprint 2, measured"
    assert done in caplog.messages


@pytest.mark.parametrize("error", [BotError("gone"), OSError("gone")])
@pytest.mark.usefixtures("may_measure")
async def test_an_faq_that_cannot_be_measured_is_served_as_it_is(
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def failing(*_: Any) -> Matcher:
        raise error

    monkeypatch.setattr(module, "measure", failing)
    await server.live.reload(TEAM)
    await until(lambda: bool(caplog.messages))
    assert server.live.fingerprint == "1"
    assert caplog.messages == ["the new FAQ is not measured, those before are kept: gone"]


# --- the second encoder -------------------------------------------------------------------------


def incomplete(matcher: Matcher) -> Matcher:
    """A matcher that wants a second encoder, which is not loaded."""
    return replace(matcher, routes=Routes(frozenset()), fingerprint="without")


async def test_the_second_encoder_is_loaded_while_the_bot_serves(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = threading.Event()

    def complete(before: Matcher, turns: Worker) -> Matcher:
        assert turns.in_turn(lambda: threading.current_thread().name).startswith("matching")
        assert may.wait(LONG_S)
        return replace(before, routes=None, fingerprint="whole")

    monkeypatch.setattr(module, "complete", complete)
    server.matcher = incomplete(server.matcher)
    server.start()
    completing = asyncio.create_task(server.live.complete())
    assert (await server.said("Refund?")).answered == ("refund",)
    assert server.live.fingerprint == "without"
    may.set()
    await completing
    assert server.live.fingerprint == "whole"


async def test_a_second_encoder_that_cannot_be_had_stops_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: Any) -> Matcher:
        raise ModelError("gone")

    monkeypatch.setattr(module, "complete", failing)
    server.matcher = incomplete(server.matcher)
    server.start()
    await server.live.complete()
    told = "the second encoder is not loaded, messages in its languages go without it: gone"
    assert caplog.messages == [told]
    assert (await server.said("Refund?")).answered == ("refund",)


async def test_a_reload_that_switches_the_second_encoder_on_has_it_loaded(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuilt = Rebuilt(incomplete(server.matcher))
    monkeypatch.setattr(module, "rebuild", lambda *_: rebuilt)
    monkeypatch.setattr(
        module, "complete", lambda before, _: replace(before, routes=None, fingerprint="whole")
    )
    await server.live.reload(TEAM)
    await until(lambda: server.live.fingerprint == "whole")
