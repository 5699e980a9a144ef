"""What people who wait for the team are told, and when."""

from __future__ import annotations

import time

import pytest

from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.served import Served
from tests.fake_store import FakeStore

EN = shipped()["en"]
TEAM = -100
HELPED = TelegramSettings(handoff_chat=TEAM)


def told(served: Served) -> list[str]:
    """What the person was sent."""
    sent = [more for method, more in served.calls if method == "sendMessage"]
    return [more["text"] for more in sent if more["chat_id"] != TEAM]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass."""
    now = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: now)


def test_who_writes_again_after_ten_minutes_is_told_that_they_wait(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once in ten minutes, over a restart too."""
    store = FakeStore()
    served = serve(HELPED, store)
    served.says("/person")
    served.says("back")
    assert told(served) == [EN.person_comes]
    for number in range(1, 3):
        later(monkeypatch, 601)
        served.says("back")
        served.says("back")
        assert told(served) == [EN.person_comes, *[EN.still_waiting] * number]
    again = serve(HELPED, store)
    again.says("back")
    assert told(again) == []
    later(monkeypatch, 601)
    again.says("back")
    assert told(again) == [EN.still_waiting]


def test_the_bots_answer_is_a_sign_too(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(HELPED)
    served.says("/person")
    later(monkeypatch, 601)
    served.says("Refund?")
    served.says("back")
    assert told(served) == [EN.person_comes, f"<i>{EN.while_waiting}</i>\n\nanswer of refund"]
