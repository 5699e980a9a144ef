"""The second encoder, which is loaded while the bot serves."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import ModelError
from bot.files.config.texts import shipped
from bot.matching.build import Matcher, Rebuilt
from bot.matching.language import Routes
from bot.service import live as module
from bot.service.worker import Worker
from tests.service.served import LONG_S, Server, until

TEAM = shipped()["en"].team


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
    told = "the second encoder is not loaded, its languages go without it: gone"
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
