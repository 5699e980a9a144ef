"""Files that are read anew while the bot serves."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import Faq
from bot.errors import BotError, FileProblems, ModelError, Problem
from bot.files.config.settings import Settings
from bot.files.config.texts import shipped
from bot.matching.build import Matcher, Rebuilt
from bot.service import live as module
from bot.service.worker import Worker
from tests.factories import entry
from tests.service.served import LONG_S, Server, until

TEXTS, CHINESE = shipped()["en"], shipped()["zh"]


NEW = Faq((entry("refund", "Refund?", answer="The new answer."), entry("hours", "Hours?")))
TEAM = TEXTS.team
DONE = "Done: I'm now answering from 2 entries with 2 wordings."
KEPT = "Nothing has changed, and I'm still answering from the old FAQ"
REFUSED = "Nothing has changed: I'm still answering from the old FAQ."
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
            f"{REFUSED} 2 problems to fix:\n\nfaq/a.yaml:1: bad\nfaq/a.yaml:2: bad",
        ),
        (
            FileProblems(PROBLEMS),
            "\n".join([f"{REFUSED} 21 problems to fix:", "", *map(str, PROBLEMS[:20]), "…"]),
        ),
        (
            FileProblems([Problem("faq/a.yaml", 1, "bad")]),
            f"{REFUSED} 1 problem to fix:\n\nfaq/a.yaml:1: bad",
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
