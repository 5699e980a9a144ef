"""Taps under a missed question: what they show, what they write, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from telegram.error import Forbidden, NetworkError

from bot.channels.telegram.callback_data import ButtonKind, Signer
from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.service.admins.learning import Applied, LearningError, Refusal
from tests.channels.telegram.editing.conftest import ADMIN, missed
from tests.channels.telegram.editing.tapping import (
    OTHER,
    buttons,
    last,
    shown,
    standing,
    tap,
    toasts,
)
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import HELPER, asks, digest, replies, sent
from tests.channels.telegram.served import TOKEN, Served
from tests.fake_store import FakeStore

TEXTS = shipped()["en"]
EN = TEXTS.team
ADD = EN.edit_add.replace("{question}", "Closing?")
SIGNER = Signer(TOKEN)
TEAM_MAY = TelegramSettings(handoff_chat=TEAM, team_may_edit=True)


def test_a_missed_question_can_be_added_to_the_nearest_or_another_entry_or_be_a_new_one(
    edited: Served,
) -> None:
    labels = list(buttons(standing(edited, last(edited))))
    assert labels[3:7] == [ADD, EN.edit_pick, EN.edit_new, EN.edit_ignore]
    assert labels[7:] == [EN.take, EN.block]


def test_the_second_tap_writes_what_the_first_has_shown_and_a_third_takes_it_back(
    edited: Served,
) -> None:
    post = last(edited)
    before = shown(edited, post)
    tap(edited, post, ADD)
    assert toasts(edited) == [EN.edit_checking]
    assert shown(edited, post).startswith(before)
    assert "“weather” will be another way to ask “Closing?”." in shown(edited, post)
    assert edited.learning.applied == []

    tap(edited, post, EN.edit_write)
    (applied,) = edited.learning.applied
    assert (applied.entry_id, applied.text, applied.who) == ("closing", "weather", "Tom")
    assert sent(edited, 5)[1:] == [f"<i>{TEXTS.person_says}</i>\n\nanswer of closing"]
    done = "Tom added “weather” to “Closing?”.\nP5 has been sent the answer."
    assert shown(edited, post) == f"{before}\n\n{done}"

    tap(edited, post, EN.edit_undo, OTHER)
    assert [each.undoes for each in edited.learning.applied] == [None, 1]
    assert shown(edited, post) == f"{before}\n\nUma took “weather” out of the FAQ again."
    assert ADD in buttons(standing(edited, post))


def test_another_entry_is_chosen_from_those_that_come_near(edited: Served) -> None:
    post = last(edited)
    tap(edited, post, EN.edit_pick)
    assert [each for each in buttons(standing(edited, post)) if each.startswith("＋")] == [
        "＋ Refund?", "＋ Return?", "＋ Opening?", "＋ Closing?"
    ]  # fmt: skip
    tap(edited, post, EN.edit_back)
    assert ADD in buttons(standing(edited, post))
    tap(edited, post, EN.edit_pick)
    tap(edited, post, "＋ Refund?")
    tap(edited, post, EN.edit_write)
    assert [each.entry_id for each in edited.learning.applied] == ["refund"]


def add_to(question: str) -> str:
    return EN.edit_add.replace("{question}", question)


def test_what_whoever_asked_did_not_mean_stands_before_the_team_no_more(serve: Serve) -> None:
    """And nor does it once somebody has looked at other entries."""
    served = missed(serve(TEAM_MAY), text="back")
    asked = last(served, 5)
    assert list(buttons(standing(served, asked)))[:2] == ["Refund?", "Return?"]
    tap(served, asked, TEXTS.none_of_these, {**HELPER, "id": 5})
    post = last(served)
    assert "Refund?" not in shown(served, post)
    assert [each for each in buttons(standing(served, post)) if "?" in each][-1] == add_to(
        "Opening?"
    )
    tap(served, post, EN.edit_pick)
    tap(served, post, EN.edit_back)
    assert add_to("Opening?") in buttons(standing(served, post))


def test_the_entry_whose_answer_the_team_has_sent_is_the_one_to_be_added_to(edited: Served) -> None:
    post = last(edited)
    send = list(buttons(standing(edited, post)))[1]
    question = next(each for each in ("Refund?", "Return?", "Opening?") if each in send)
    tap(edited, post, send)
    labels = buttons(standing(edited, post))
    assert (ADD in labels, add_to(question) in labels) == (False, True)
    tap(edited, post, EN.edit_pick)
    tap(edited, post, EN.edit_back)
    assert add_to(question) in buttons(standing(edited, post))


def test_what_was_ignored_is_listed_no_more_and_can_be_taken_up_after_all(serve: Serve) -> None:
    store = FakeStore()
    served = missed(serve(TEAM_MAY, store))
    post = last(served)
    tap(served, post, EN.edit_ignore)
    assert [one.is_ignored for one in store.missed(10)] == [True]
    assert toasts(served) == [EN.edit_ignored]
    assert shown(served, post).endswith("\n\nTom left the FAQ as it is.")
    tap(served, post, EN.edit_open)
    assert ADD in buttons(standing(served, post))
    assert [one.is_ignored for one in store.missed(10)] == [False]


# --- who may -------------------------------------------------------------------------------------


def test_only_admins_may_unless_the_team_may_and_others_are_told_in_a_line(serve: Serve) -> None:
    settings = TelegramSettings(handoff_chat=TEAM, admins=frozenset({ADMIN}))
    served = missed(serve(settings))
    post = last(served)
    before = standing(served, post)
    for label in (ADD, EN.edit_pick, EN.edit_new, EN.edit_ignore):
        tap(served, post, label)
    assert toasts(served) == [EN.edit_refused] * 4
    assert standing(served, post) == before
    tap(served, post, ADD, HELPER | {"id": ADMIN})
    tap(served, post, EN.edit_write)
    assert toasts(served)[4:] == [EN.edit_checking, EN.edit_refused]
    tap(served, post, EN.edit_write, HELPER | {"id": ADMIN})
    assert len(served.learning.applied) == 1


def test_where_nobody_may_there_are_no_buttons(serve: Serve) -> None:
    served = missed(serve(TelegramSettings(handoff_chat=TEAM)))
    labels = list(buttons(standing(served, last(served))))
    assert labels[3:] == [EN.take, EN.block]


def test_a_button_counts_under_its_own_post_alone(edited: Served) -> None:
    """Whoever knows what it carries can hand it back from anywhere."""
    first, add = last(edited), buttons(standing(edited, last(edited)))[ADD]
    missed(edited, 6, "Unknown?")
    elsewhere = standing(edited, first) | {"chat": {"id": -7, "type": "supergroup"}}
    for message in (standing(edited, last(edited)), elsewhere):
        edited.presses(add, **{"from": HELPER, "message": message})
    assert toasts(edited) == [TEXTS.old_button, EN.edit_refused]


# --- what could go wrong between two taps --------------------------------------------------------


def test_what_does_harm_says_so_and_takes_a_third_tap(edited: Served) -> None:
    edited.learning.harmful = {"weather"}
    post = last(edited)
    tap(edited, post, ADD)
    assert f"{EN.edit_harm}\n“money back” would get: {EN.action_fallback}" in shown(edited, post)
    assert EN.edit_write not in buttons(standing(edited, post))
    tap(edited, post, EN.edit_anyway)
    assert edited.learning.applied == []
    tap(edited, post, EN.edit_sure)
    assert len(edited.learning.applied) == 1


def test_of_two_who_press_at_once_one_writes_and_the_other_is_told(edited: Served) -> None:
    post = last(edited)
    seen = tap(edited, post, ADD)
    tap(edited, seen, EN.edit_write)
    done = standing(edited, post)
    tap(edited, seen, EN.edit_write, OTHER)
    tap(edited, seen, EN.edit_back, OTHER)
    assert toasts(edited)[2:] == [EN.edit_settled] * 2
    assert (len(edited.learning.applied), standing(edited, post)) == (1, done)
    assert len(sent(edited, 5)) == 2
    tap(edited, done, EN.edit_undo)
    tap(edited, done, EN.edit_undo, OTHER)
    assert toasts(edited)[-1] == EN.edit_undone_already


def test_a_button_of_a_new_entry_writes_nothing_under_a_post_that_shows_none(
    edited: Served,
) -> None:
    post = standing(edited, last(edited))
    data = SIGNER.data(ButtonKind.SURE, "", *SIGNER.read(buttons(post)[ADD]).fields[1:])  # type: ignore[union-attr]
    edited.presses(data, **{"from": HELPER, "message": post})
    assert edited.learning.applied == []


def test_what_would_do_something_else_by_now_is_shown_once_more(edited: Served) -> None:
    post = last(edited)
    tap(edited, post, ADD)
    edited.learning.harmful = {"weather"}
    tap(edited, post, EN.edit_write)
    assert toasts(edited)[-1] == EN.edit_changed
    assert (edited.learning.applied, EN.edit_harm in shown(edited, post)) == ([], True)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refusal.NOTHING_LEFT, EN.edit_nothing_left),
        (Refusal.KNOWN, EN.edit_known),
        (Refusal.NO_ENTRY, EN.entry_gone),
        (Refusal.CHANGED, EN.edit_changed),
        (Refusal.NOT_WRITABLE, "I can't write to the FAQ's files here: it is refused."),
    ],
)
def test_what_is_refused_is_told_in_words(edited: Served, refusal: Refusal, told: str) -> None:
    post = last(edited)
    tap(edited, post, ADD)
    edited.learning.refusals = {"": refusal}
    tap(edited, post, EN.edit_write)
    assert shown(edited, post).endswith(f"\n\n{told}")
    assert ADD in buttons(standing(edited, post))


def test_nothing_is_written_that_the_message_does_not_show(edited: Served) -> None:
    post = last(edited)
    shows_other = tap(edited, post, ADD)
    shows_other["text"] = shows_other["text"].replace(
        "\u2068weather\u2069”", "\u2068weathep\u2069”"
    )
    tap(edited, shows_other, EN.edit_write)
    assert toasts(edited)[-1] == EN.edit_changed
    assert edited.learning.applied == []


def test_whoever_has_heard_from_the_team_gets_no_other_answer(edited: Served) -> None:
    post = last(edited)
    replies(edited, "Look up.", post)
    tap(edited, post, ADD)
    tap(edited, post, EN.edit_write)
    assert len(edited.learning.applied) == 1
    assert len(sent(edited, 5)) == 2


def test_what_changes_without_changing_the_edit_keeps_nobody_waiting(
    edited: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another encoder is loaded between the trial and the write."""
    apply, refusals = edited.learning.apply, [LearningError(Refusal.CHANGED, "changed")]

    async def apply_late(*args: Any, **named: Any) -> Applied:
        if refusals:
            raise refusals.pop()
        return await apply(*args, **named)

    post = last(edited)
    tap(edited, post, ADD)
    monkeypatch.setattr(edited.learning, "apply", apply_late)
    tap(edited, post, EN.edit_write)
    assert len(edited.learning.applied) == 1


def test_a_restart_between_two_taps_changes_nothing(serve: Serve) -> None:
    store = FakeStore()
    served = missed(serve(TEAM_MAY, store))
    post = last(served)
    seen = tap(served, post, ADD)
    restarted = serve(TEAM_MAY, store)
    tap_data = buttons(seen)[EN.edit_write]
    restarted.presses(tap_data, **{"from": HELPER, "message": seen})
    assert [each.text for each in restarted.learning.applied] == ["weather"]
    assert len(sent(restarted, 5)) == 1


def test_somebody_who_has_blocked_the_bot_gets_no_answer_and_the_edit_stands(
    edited: Served,
) -> None:
    post = last(edited)
    tap(edited, post, ADD)
    edited.troubles["sendMessage"] = [Forbidden("bot was blocked by the user")]
    tap(edited, post, EN.edit_write)
    assert len(edited.learning.applied) == 1
    assert EN.edit_answered.partition("{name}")[2] not in shown(edited, post)
    assert EN.not_sent.partition("{name}")[2] in sent(edited, TEAM)[-1]


def test_without_words_there_is_nothing_to_add(serve: Serve) -> None:
    """Once they were erased, or where they are never kept."""
    store = FakeStore()
    served = missed(serve(TEAM_MAY, store))
    post = last(served)
    store.forget("5")
    tap(served, post, ADD)
    assert toasts(served) in ([EN.edit_no_words], [TEXTS.old_button])


def test_a_question_of_a_digest_gets_the_buttons_in_a_post_of_its_own(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.handoff.posting.team_chat._POSTS_PER_MINUTE", 1)
    monkeypatch.setattr("bot.channels.telegram.handoff.posting.backlog._GATHER_S", 0.0)
    served = serve(TEAM_MAY)
    for person in (1, 2, 3):
        missed(served, person)
    post = digest(served)
    assert [each for each in buttons(standing(served, post)) if each.startswith("✎")] == [
        "✎ 1", "✎ 2"
    ]  # fmt: skip
    tap(served, post, "✎ 2")
    own = last(served)
    assert shown(served, own) == "P3 · en: weather"
    tap(served, own, ADD)
    tap(served, own, EN.edit_write)
    assert len(sent(served, 3)) == 2


def test_what_was_written_before_a_crash_is_not_written_again_and_can_be_undone(
    edited: Served,
) -> None:
    """What is shown of it could not be, and is tried anew: here by the queue."""
    post = last(edited)
    tap(edited, post, ADD)
    edited.troubles["editMessageText"] = [NetworkError("away")] * 4
    tap(edited, post, EN.edit_write)
    assert len(edited.learning.applied) == 1
    assert len(sent(edited, 5)) == 2
    assert EN.edit_undo in buttons(standing(edited, post))
    assert edited.set_aside == 0


def test_whoever_is_forgotten_leaves_no_post_of_the_edit(serve: Serve) -> None:
    served = missed(serve(TEAM_MAY))
    post = last(served)
    tap(served, post, EN.edit_new)
    prompt = last(served)
    tap(served, post, EN.edit_open)
    tap(served, post, ADD)
    asks(served, 5, "/forget")
    gone = [more["message_id"] for method, more in served.calls if method == "deleteMessage"]
    assert gone == [post, prompt]
