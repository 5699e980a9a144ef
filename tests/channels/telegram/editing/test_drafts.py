"""A new entry out of a missed question: its words come as replies, and reach nobody else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from tests.channels.telegram.editing.conftest import ADMIN, missed
from tests.channels.telegram.editing.tapping import answer, buttons, last, shown, standing, tap
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import HELPER, replies, sent
from tests.channels.telegram.served import Served

EN = shipped()["en"].team
EDITS = (EN.edit_pick, EN.edit_new, EN.edit_ignore, EN.edit_open)
TEAM_MAY = TelegramSettings(handoff_chat=TEAM, team_may_edit=True)


def test_a_new_entry_is_asked_for_shown_and_written(edited: Served) -> None:
    post = last(edited)
    left = buttons(tap(edited, post, EN.edit_new))
    assert [label for label in left if label in EDITS] == [EN.edit_open]
    asks_question = last(edited)
    assert shown(edited, asks_question) == f"P5 · en: weather\n\n{EN.edit_ask_question}"
    asks_answer = answer(edited, asks_question, "How's the weather?")
    assert shown(edited, asks_answer).endswith(
        EN.edit_ask_answer.replace("{question}", "How's the weather?")
    )
    preview = answer(edited, asks_answer, "Look *up*.\n\n<b>Really.</b>")
    assert f"{EN.edit_entry}\nHow's the weather?\nLook *up*.\n\n<b>Really.</b>\n" in shown(
        edited, preview
    )
    preview = answer(edited, preview, "Look up.")  # which is another answer
    assert f"{EN.edit_entry}\nHow's the weather?\nLook up.\n" in shown(edited, preview)
    assert sent(edited, 5)[1:] == []  # none of which is for the person

    tap(edited, preview, EN.edit_write)
    (applied,) = edited.learning.applied
    assert (applied.adds, applied.text) == ("entry", "How's the weather?")
    assert shown(edited, preview).endswith("\n\nTom added the entry “How's the weather?”.")
    tap(edited, preview, EN.edit_undo)
    assert len(edited.learning.applied) == 2


def test_what_the_team_has_replied_is_the_answer_of_a_new_entry(edited: Served) -> None:
    post = last(edited)
    replies(edited, "Look up.", post)
    tap(edited, post, EN.edit_new)
    preview = answer(edited, last(edited), "How's the weather?")
    assert "How's the weather?\nLook up.\n" in shown(edited, preview)
    tap(edited, preview, EN.edit_write)
    assert len(edited.learning.applied) == 1
    assert len(sent(edited, 5)) == 2  # who asked has read it


def test_what_asks_for_words_can_be_dropped(edited: Served) -> None:
    tap(edited, last(edited), EN.edit_new)
    asks_question = last(edited)
    tap(edited, asks_question, EN.edit_cancel)
    assert ("deleteMessage", {"chat_id": TEAM, "message_id": asks_question}) in edited.calls


def test_words_of_a_new_entry_reach_nobody_even_when_they_are_changed(edited: Served) -> None:
    tap(edited, last(edited), EN.edit_new)
    asks_question, now = standing(edited, last(edited)), int(time.time())
    message: dict[str, Any] = {"message_id": 77, "date": now, "chat": asks_question["chat"]}
    message |= {"from": HELPER, "text": "How?", "reply_to_message": asks_question}
    edited.update(message=message)
    edited.update(edited_message=message | {"text": "Why?", "edit_date": now})
    edited.update(message=message | {"text": "// who knows?"})  # a note
    assert "“Why?”" in shown(edited, last(edited))
    assert len(sent(edited, 5)) == 1


def test_whoever_may_not_edit_gives_no_words(serve: Serve) -> None:
    served = missed(serve(replace(TEAM_MAY, team_may_edit=False, admins=frozenset({ADMIN}))))
    tap(served, last(served), EN.edit_new, HELPER | {"id": ADMIN})
    answer(served, last(served), "How?")
    assert sent(served, TEAM)[-1] == EN.edit_refused
    assert len(sent(served, 5)) == 1
