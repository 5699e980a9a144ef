"""The bot that is served: what it keeps of conversations, and in memory."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import closing

import pytest

from bot.domain import Incoming
from bot.errors import ModelError, StoreError
from bot.files.config.texts import shipped
from bot.matching.build import Matcher
from bot.matching.decide.small_talk import SmallTalk
from bot.matching.decide.small_talk_words import Wordings
from bot.service import live as module
from bot.service.incidents import Trouble
from bot.service.judging import Judging
from bot.service.watch import rounds
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind
from bot.texts import talk_of_all
from tests.fake_store import FakeStore
from tests.service.served import CHAT, Server, until

TEXTS = shipped()["en"]
ID = "0123456789abcdef"


async def test_every_decision_is_recorded_with_who_asked_what_and_where(
    server: Server, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Wordings(talk_of_all(texts.talk for texts in shipped().values()), (), ())
    monkeypatch.setattr(matcher.decider, "talk", SmallTalk(words))
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
    assert server.asked_last("a", "b", "c") == ["back", "2", None]


async def test_conversations_are_kept_in_an_lru(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_STATES", 2)
    server.start()
    for chat in ("a", "b", "a", "c"):
        await server.said("weather", chat=chat)
    assert server.asked_last("a", "b", "c") == ["weather", None, "weather"]


async def test_a_person_is_forgotten_in_every_conversation_and_in_the_store(server: Server) -> None:
    for chat, person in (("a", "7"), ("b", "7"), ("c", "77")):
        await server.said("weather", chat=chat, person=person)
    await server.live.forget("7")
    assert server.asked_last("a", "b", "c") == [None, None, "weather"]
    server.stop()
    assert server.store.stats(0).total.asked == 1


async def test_models_files_are_hashed_again_and_again_beside_what_is_served(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[str] = []

    def look(_: Matcher) -> None:
        looks.append(threading.current_thread().name)
        if len(looks) == 2:
            raise ModelError("model: tokenizer.json is not the published file")

    monkeypatch.setattr(rounds, "_WEIGHTS_S", 0.01)
    monkeypatch.setattr(rounds, "check_weights", look)
    watching = asyncio.create_task(rounds.watch_weights(server.live))
    while len(looks) < 3:
        assert not watching.done()
        await asyncio.sleep(0.01)
    watching.cancel()
    assert {"matching", "MainThread"} & {name.partition("_")[0] for name in looks} == set()
    told = [each for each in caplog.messages if each.endswith("is not the published file")]
    assert len(told) == 1


async def test_metrics_tell_of_a_memory_that_cannot_be_written_and_a_team_that_cannot_be_reached(
    server: Server,
) -> None:
    def broken() -> FakeStore:
        raise StoreError("the disk is full")

    server.start(broken)
    value = server.health.registry.get_sample_value
    await until(lambda: value("faq_bot_memory_unwritable") == 1)
    server.live.incidents.begin(Trouble.HANDOFF, "kicked")
    assert value("faq_bot_handoff_unreachable") == 1
    server.live.incidents.end(Trouble.HANDOFF)
    server.start()
    assert value("faq_bot_memory_unwritable") == value("faq_bot_handoff_unreachable") == 0


@pytest.mark.parametrize("is_thumb_first", [True, False])
async def test_a_thumb_down_and_words_that_say_the_same_are_regretted_as_one(
    server: Server, matcher: Matcher, monkeypatch: pytest.MonkeyPatch, is_thumb_first: bool
) -> None:
    words = Wordings(talk_of_all(texts.talk for texts in shipped().values()), (), ())
    monkeypatch.setattr(matcher.decider, "talk", SmallTalk(words))
    told = []
    with closing(AsyncStore(FakeStore)) as store:
        for is_thumb in (is_thumb_first, not is_thumb_first):
            if is_thumb:
                label = Label(ID, LabelKind.DOWN, "7", time.time())
                reply = await Judging(server.live, store).regret(label, CHAT, "en")
            else:
                reply = await server.said("that's not it", at=time.time())
            told.append(reply.text)
    assert told == [TEXTS.not_helpful, TEXTS.not_helpful_again]
