"""Messages whose words somebody has changed: a rule for each state."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.files.config.telegram import Groups, Limit, Limits, TelegramSettings
from bot.files.config.texts import shipped
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.served import ADA, PRIVATE, Json, Served
from tests.fake_store import FakeStore

EN = shipped()["en"]
NOT_KNOWN = "weather"
MAX_AGE_S = 3_600
GROUP = {"id": -9, "type": "supergroup", "title": "Shop"}


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


def edits(served: Served, text: str, number: int = 1, *, age_s: float = 0, **more: Any) -> None:
    """Somebody changes a message that they wrote a minute ago."""
    now = int(time.time())
    message: Json = {"message_id": number, "date": now - 60, "edit_date": int(now - age_s)}
    message |= {"chat": PRIVATE, "from": ADA, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    served.update(edited_message=message | more)


def test_an_edited_question_that_was_not_answered_is_answered_in_its_place(served: Served) -> None:
    served.says(NOT_KNOWN)
    edits(served, "Refund?")
    assert served.out == [EN.fallback, "edit: answer of refund"]


def test_an_answered_question_is_answered_anew_only_if_the_answer_differs(served: Served) -> None:
    served.says("Refund?")
    edits(served, "my money")
    assert served.out == ["answer of refund"]
    assert served.decided("answer") == 1  # nor is it counted twice
    edits(served, "Return?")
    assert served.out == ["answer of refund", "edit: answer of return"]
    edits(served, "Refund?")
    assert served.out[2:] == ["edit: answer of refund"]


def test_what_is_not_the_last_thing_said_is_answered_below_in_reply(served: Served) -> None:
    served.says("Refund?")
    served.says("Return?", message_id=2)
    edits(served, "Opening?")
    assert served.out == ["answer of refund", "answer of return", "answer of opening"]
    assert served.calls[-1][1]["reply_parameters"]["message_id"] == 1


def test_a_choice_that_was_typed_can_be_changed(served: Served) -> None:
    served.says("back")
    served.says("1", message_id=2)
    edits(served, "2", 2)
    assert served.out[1:] == ["answer of refund", "edit: answer of return"]


def test_an_edit_that_changes_no_words_is_none(served: Served) -> None:
    """Telegram tells of pages that are shown beneath a message, too."""
    served.says(NOT_KNOWN)
    edits(served, NOT_KNOWN)
    assert (served.out, served.decided("fallback")) == ([EN.fallback], 1)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("Refund?", "my money", [], id="the same answer"),
        pytest.param("Refund?", "Return?", ["answer of return"], id="another answer"),
        pytest.param(NOT_KNOWN, "Refund?", ["answer of refund"], id="now it is known"),
        pytest.param(NOT_KNOWN, NOT_KNOWN, [], id="not its words were changed"),
        pytest.param(None, "Refund?", ["answer of refund"], id="nothing is known of it"),
    ],
)
def test_an_edit_after_a_restart_is_held_against_what_was_said_last(
    serve: Serve, before: str | None, after: str, told: list[str]
) -> None:
    store = FakeStore()
    if before is not None:
        serve(store=store).says(before, age_s=60)
    again = serve(store=store)
    edits(again, after)
    assert again.out == told


@pytest.mark.parametrize(
    ("text", "more"),
    [
        pytest.param("/help", {}, id="a command"),
        pytest.param("Refund?", {"age_s": MAX_AGE_S + 1}, id="older than telegram.max_age"),
        pytest.param("Refund?", {"chat": GROUP}, id="in a group, to nobody"),
        pytest.param(
            "Refund?", {"from": {"id": 8, "is_bot": True, "first_name": "B"}}, id="by a bot"
        ),
        pytest.param("Refund?", {"chat": {"id": -5, "type": "channel"}}, id="in a channel"),
    ],
)
def test_an_edit_that_fits_no_state_is_dropped(
    served: Served, text: str, more: dict[str, Any]
) -> None:
    edits(served, text, **more)
    assert (served.out, served.set_aside) == ([], 0)


def test_an_edit_that_holds_no_words_is_dropped(served: Served) -> None:
    now = int(time.time())
    sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 9, "height": 9}
    sticker |= {"is_animated": False, "is_video": False}
    message = {"message_id": 1, "date": now, "edit_date": now, "chat": PRIVATE, "from": ADA}
    served.update(edited_message=message | {"sticker": sticker})
    assert served.out == []


def test_edits_are_charged_to_the_limits(serve: Serve) -> None:
    served = serve(TelegramSettings(limits=Limits(person=Limit(burst=2, per_minute=1))))
    for text in ("Refund?", "Return?", "Opening?", "Closing?"):
        edits(served, text)
    answers = ["answer of refund", "edit: answer of return"]
    assert served.out == [*answers, EN.slow_down.replace("{seconds}", "120")]


def test_where_the_bot_reads_along_an_edit_is_answered_if_that_is_sure(serve: Serve) -> None:
    served = serve(TelegramSettings(groups=Groups.SILENT_UNLESS_SURE))
    for text in (NOT_KNOWN, "back", "Refund?"):
        edits(served, text, chat=GROUP)
    assert served.out == ["answer of refund"]
