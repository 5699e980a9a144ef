"""People are shown what is kept about them, and nobody else is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import Action, Decision, Hit
from bot.errors import StoreError
from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.service.kept import listed
from bot.store.store import Kept, Label, LabelKind, Record, Ticket
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.served import ADA
from tests.fake_store import FakeStore

EN = shipped()["en"]
NOON = 1_699_963_200.0  # of 2023-11-14
HIT = Hit("refund", 0.9, "money back")
GROUP = {"id": -9, "type": "group", "title": "All"}


def record(action: Action, *kinds: LabelKind, text: str | None = "why?", **more: Any) -> Record:
    entry_id = None if action is Action.FALLBACK else "refund"
    labels = tuple(Label("1" * 16, kind, "", NOON, "refund") for kind in kinds)
    decision = Decision(action, entry_id, 0.9, (HIT,), "so")
    return Record("1" * 16, NOON, text, None, decision, labels=labels, **more)


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (record(Action.ANSWER, LabelKind.UP), "“why?”  I answered: refund  👍"),
        (record(Action.ANSWER, text=None), "(words not kept)  I answered: refund"),
        (
            record(Action.FOLLOW_UP, LabelKind.CHOICE, LabelKind.DOWN),
            "“why?”  I asked what you meant  you chose: refund, 👎",
        ),
        (record(Action.FOLLOW_UP, LabelKind.NONE), "“why?”  I asked what you meant  None of these"),
        (
            record(Action.FALLBACK, LabelKind.HELPED),
            "“why?”  I didn't know  you said our team helped",
        ),
        (
            record(Action.FALLBACK, LabelKind.UNHELPED),
            "“why?”  I didn't know  you said our team didn't help",
        ),
        (record(Action.FALLBACK, text=None, small_talk=True), "(words not kept)  small talk"),
    ],
)
def test_each_question_is_told_with_what_became_of_it(kept: Record, line: str) -> None:
    told = listed(Kept((kept,)), EN).split("\n")
    assert told == [EN.mydata, "", f"2023-11-14 12:00  {line}", "", EN.mydata_end]


def test_what_the_team_replied_is_told_with_the_question() -> None:
    reply = Label("1" * 16, LabelKind.REPLIED, "", NOON, text="At nine.")
    told = listed(Kept((replace(record(Action.FALLBACK), labels=(reply,)),)), EN)
    assert "“why?”  I didn't know  our team replied “At nine.”" in told


def test_chats_with_the_team_labels_and_what_was_set_aside_are_told_in_their_order() -> None:
    ticket = Ticket("1" * 16, "7", "7:0:7", {}, "", True, NOON + 120)
    waiting = replace(ticket, is_open=False, question="is it safe?", last_at=NOON + 60)
    said = ((LabelKind.DOWN, NOON),)
    told = listed(Kept((), said, (ticket, waiting), 2, 1), EN)
    assert told.split("\n")[2:-2] == [
        "2023-11-14 12:00  👎",
        "2023-11-14 12:01  your chat with our team  “is it safe?”",
        "2023-11-14 12:02  your chat with our team, which is still open",
        "Messages I couldn't handle, kept encrypted: 2",
        "That you're on our team: your name, encrypted, with the conversations you've taken.",
    ]


def test_of_whom_nothing_is_kept_that_is_told(serve: Serve) -> None:
    served = serve()
    served.says("/mydata")
    assert served.out == [EN.mydata_nothing]


def test_a_person_is_shown_their_own_and_in_a_private_chat_alone(serve: Serve) -> None:
    served = serve()
    ben: dict[str, Any] = {"from": ADA | {"id": 8}, "chat": {"id": 8, "type": "private"}}
    served.says("Unknown?")
    served.says("Unknown of Ben?", **ben)
    served.calls.clear()
    served.says("/mydata")
    assert [("Unknown?" in text, "Ben" in text) for text in served.out] == [(True, False)]
    served.says("/mydata", chat=GROUP)
    assert served.out[1:] == [EN.mydata_private]


def test_whoever_is_blocked_is_shown_that_too(serve: Serve) -> None:
    store = FakeStore()
    store.block("7", math.inf)
    served = serve(TelegramSettings(handoff_chat=-100), store)
    served.says("Unknown?")
    assert served.out == []
    served.says("/mydata")
    assert served.out == ["\n".join([EN.mydata, "", EN.mydata_blocked, "", EN.mydata_end])]


def test_what_is_too_long_for_a_message_comes_as_a_file(serve: Serve) -> None:
    served = serve()
    for _ in range(40):
        served.says("Unknown? " + "x" * 90)
    served.calls.clear()
    served.says("/mydata")
    ((method, sent),) = served.calls
    assert (method, sent["caption"]) == ("sendDocument", EN.mydata)


def test_where_the_store_is_away_that_is_told(serve: Serve) -> None:
    class Away(FakeStore):
        def kept_of(self, person: str) -> Kept:
            raise StoreError("the disk is full")

    served = serve(store=Away())
    served.says("/mydata")
    assert served.out == [EN.mydata_away]
