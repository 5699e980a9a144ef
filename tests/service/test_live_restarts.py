"""What a bot knows of conversations after a restart, and with a store in trouble."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from bot.domain import SILENCE, Press, Unanswered
from bot.errors import StoreError
from bot.files.config.texts import shipped
from bot.service import live, recall
from bot.store.store import Label, LabelKind, Record
from tests.fake_store import FakeStore
from tests.service.served import CHAT, LONG_S, Server

TEXTS = shipped()["en"]
DAY_S = 24 * 3600.0
WHICH = TEXTS.which_one.replace("{count}", "2")
FULL = StoreError("the disk is full")


@pytest.mark.parametrize(
    ("content", "text"), [("2", "answer of refund"), ("none", TEXTS.rephrase), ("yes", WHICH)]
)
async def test_a_follow_up_can_be_chosen_from_after_a_restart(
    server: Server, content: str, text: str
) -> None:
    asked = await server.said("back")
    server.start()
    reply = await server.said(content)
    assert (reply.text, reply.decision_id) == (text, asked.decision_id)
    if content == "none":
        candidates = server.store.records[0].decision.candidates
        unanswered = Unanswered("back", candidates, is_refused=True)
        assert reply.unanswered == server.live.asked_last(CHAT) == unanswered


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
        pytest.param(890, "answer of refund", id="within a quarter of an hour: it is a choice"),
        pytest.param(910, TEXTS.fallback, id="after it: it is an utterance"),
    ],
)
async def test_a_follow_up_waits_for_a_typed_choice_over_a_restart(
    server: Server, later_s: float, text: str
) -> None:
    later = time.time() + later_s
    await server.said("back")
    server.start()
    assert (await server.said("2", at=later)).text == text


@pytest.mark.parametrize(("later_s", "question"), [(DAY_S - 60, "back"), (DAY_S + 60, None)])
async def test_for_a_day_a_button_has_the_words_of_its_follow_up_over_a_restart(
    server: Server, monkeypatch: pytest.MonkeyPatch, later_s: float, question: str | None
) -> None:
    later = time.time() + later_s
    asked = await server.said("back")
    server.start()
    clock = SimpleNamespace(time=lambda: later, perf_counter=time.perf_counter)
    monkeypatch.setattr(live, "time", clock)
    reply = await server.said(Press(None, asked.decision_id), at=later)
    assert reply.unanswered is not None
    assert reply.unanswered.question == question


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
    assert (await server.said("back", "2")).text == "answer of refund"
    server.start()
    assert (await server.said("2", chat="42:0:8", person="8")).text == TEXTS.fallback
    assert (await server.said("2")).text == "answer of refund"


# --- a store in trouble ---------------------------------------------------------------------------


class BrokenStore(FakeStore):
    """A store whose database is away."""

    def record(self, record: Record) -> None:
        raise FULL

    def last_decision(self, conversation: str, *, is_shown: bool = False) -> Record | None:
        raise FULL


@pytest.mark.parametrize("kind", ["cannot be opened", "cannot be written", "hangs"])
async def test_a_store_in_trouble_stops_no_answer_and_delays_none_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(recall, "_WAIT_S", 0.02)
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
