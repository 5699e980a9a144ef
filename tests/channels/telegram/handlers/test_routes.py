"""From an update to its reply, with all of the channel's parts but the network."""

from __future__ import annotations

import time
from typing import Any

import pytest
from telegram.error import Forbidden, TelegramError

from bot.channels.telegram.callback_data import ButtonKind, Signer, short
from bot.channels.telegram.handlers import people
from bot.files.config.telegram import Groups, Presses, TelegramSettings
from bot.files.config.texts import shipped
from bot.service.queue.carrying import MAX_TRIES
from bot.store.store import Label
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.served import ADA, PRIVATE, TOKEN, Served
from tests.fake_store import FakeStore

EN = shipped()["en"]
NO = TelegramError("no")


class NotingStore(FakeStore):
    """Notes what was labelled."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[Label] = []

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        self.labels.append(label)
        return super().label(label, anyone=anyone)


@pytest.fixture
def store() -> NotingStore:
    return NotingStore()


@pytest.fixture
def served(serve: Serve, store: NotingStore) -> Served:
    return serve(store=store)


@pytest.mark.parametrize(("pause_s", "shown"), [(0.0, 0), (0.2, 1)])
def test_typing_is_shown_only_where_an_answer_takes_long(
    served: Served, monkeypatch: pytest.MonkeyPatch, pause_s: float, shown: int
) -> None:
    monkeypatch.setattr(people, "_TYPING_AFTER_S", 0.01 if pause_s else 0.1)
    served.pause_s = pause_s
    served.says("Refund?")
    served.later(0.15)
    assert [method for method, _ in served.calls].count("sendChatAction") == shown


# --- once it is out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "entry_id", "said"),
    [(0, "refund", "edit: answer of refund"), (-1, None, f"edit: {EN.rephrase}")],
)
def test_a_choice_is_remembered_when_its_reply_is_out(
    served: Served, store: NotingStore, place: int, entry_id: str | None, said: str
) -> None:
    served.says("back")
    served.troubles["editMessageText"] = [NO, NO]
    served.presses(served.keyboard()[place][1])
    assert (served.out[1:], served.set_aside) == ([said], 0)
    assert [(label.entry_id, label.person) for label in store.labels] == [(entry_id, "7")]


def test_a_choice_whose_reply_never_got_out_is_not_remembered(
    served: Served, store: NotingStore
) -> None:
    served.says("back")
    served.troubles["editMessageText"] = [NO] * 5
    served.presses(served.keyboard()[0][1])
    assert (served.out[1:], served.set_aside, store.labels) == ([EN.trouble], 1, [])


def test_an_answer_that_could_not_be_sent_is_sent_as_it_was(
    served: Served, store: NotingStore
) -> None:
    """The number speaks of the follow-up before it, which is over once it was answered."""
    served.says("back")
    served.troubles["sendMessage"] = [NO] * 3
    served.says("1")
    served.troubles["sendMessage"] = [NO] * 3
    served.says("Opening?")
    assert served.out[1:] == ["answer of refund", "answer of opening"]
    assert (served.decided("follow_up"), served.decided("answer")) == (1, 1)
    assert [label.entry_id for label in store.labels] == ["refund"]
    assert store.stats(0).total.asked == 2


def test_an_update_that_is_handled_again_by_another_process_is_counted_once(
    serve: Serve, store: NotingStore
) -> None:
    for _ in range(2):  # a power cut took the mark that it is done
        served = serve(store=store)
        served.says("Refund?")
        assert served.out == ["answer of refund"]
    assert store.stats(0).total.asked == 1


def test_a_file_that_cannot_be_sent_brings_no_answer_twice(served: Served) -> None:
    served.troubles["sendPhoto"] = [NO]
    served.says("Closing?")
    assert served.out == ["answer of closing", f"{EN.file_away}\nhttps://example.com/map.png"]
    assert served.set_aside == 0


# --- what fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [NO, RuntimeError("no"), KeyError("words")])
def test_whoever_gets_no_answer_is_told_so(served: Served, error: Exception) -> None:
    served.troubles["sendMessage"] = [error] * (5 if error is NO else 20)  # sends are retried
    served.says("Refund?")
    served.says("Return?")
    assert served.out == [EN.trouble, "answer of return"]


def test_whoever_has_blocked_the_bot_is_not_written_to_again(served: Served) -> None:
    served.troubles["sendMessage"] = [Forbidden("bot was blocked by the user")]
    served.says("Refund?")
    assert (served.out, served.set_aside) == ([], 0)


# --- what came too late --------------------------------------------------------------------------

LATE_S = 61 * 60.0


def test_what_waited_too_long_gets_one_apology_each_time_the_bot_was_away(
    served: Served, store: NotingStore
) -> None:
    served.says("Refund?", age_s=59 * 60)
    for _ in range(3):
        served.says("Refund?", age_s=LATE_S)
    assert served.out == ["answer of refund", EN.late]
    served.says("Return?")
    served.says("Refund?", age_s=LATE_S)  # it was away again
    assert served.out[2:] == ["answer of return", EN.late]
    assert store.stats(0).total.asked == 2


def test_the_age_from_which_it_is_too_late_is_configured(serve: Serve) -> None:
    served = serve(TelegramSettings(max_age=1.5))
    served.says("Refund?", age_s=80)
    served.says("Refund?", age_s=100)
    assert served.out == ["answer of refund", EN.late]


def test_nothing_is_late_by_a_clock_that_has_jumped(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.says("Refund?")
    real = time.time
    monkeypatch.setattr("bot.store.clock.time.time", lambda: real() + LATE_S)
    monkeypatch.setattr("bot.channels.telegram.handlers.people.time.time", lambda: real() + LATE_S)
    served.says("Return?")
    assert served.out == ["answer of refund", "answer of return"]


def test_each_chat_gets_its_own_apology(served: Served) -> None:
    for number in (7, 8, 7, 8):
        chat: Any = {"id": number, "type": "private"}
        served.says("Refund?", age_s=LATE_S, chat=chat, **{"from": ADA | {"id": number}})
    assert served.out == [EN.late] * 2


def test_in_a_group_only_who_spoke_to_the_bot_hears_an_apology(serve: Serve) -> None:
    served = serve(TelegramSettings(groups=Groups.SILENT_UNLESS_SURE))
    group = {"id": -9, "type": "group", "title": "All"}
    served.says("Refund?", age_s=LATE_S, chat=group)
    assert served.out == []
    served.says("/ask Refund?", age_s=LATE_S, chat=group)
    assert served.out == [EN.late]


def test_replies_that_could_never_be_sent_are_forgotten_beyond_so_many(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is kept to be sent again as it was; whoever is unreachable must not fill the memory."""
    monkeypatch.setattr("bot.channels.telegram.handlers.people._MAX_REPLIES", 2)
    served = serve(TelegramSettings())
    for _ in range(4):
        served.troubles["sendMessage"] = [*[RuntimeError("away")] * 4 * (MAX_TRIES + 1)]
        served.says("Refund?")
    handlers: Any = served._queue._handler
    assert len(handlers._people._replies) == 2


# --- whose button it is --------------------------------------------------------------------------

BOB = ADA | {"id": 8, "first_name": "Bob"}
GROUP = {"id": -9, "type": "group", "title": "All"}
OTHER_GROUP = GROUP | {"id": -99}
ASKED = [kind for kind in ButtonKind if "asker" in kind.value[1:]]


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("asker", "presses", "chat", "is_taken"),
    [
        pytest.param("7", Presses.ASKER, GROUP, False, id="in the group"),
        pytest.param("7", Presses.ASKER, PRIVATE | {"id": 8}, False, id="from elsewhere"),
        pytest.param("7", Presses.ANYONE, GROUP, True, id="anyone may, in the group"),
        pytest.param("7", Presses.ANYONE, PRIVATE | {"id": 8}, False, id="not from elsewhere"),
        pytest.param("7", Presses.ANYONE, OTHER_GROUP, False, id="nor from another group"),
        pytest.param(None, Presses.ASKER, GROUP, True, id="of an anonymous admin"),
        pytest.param(None, Presses.ASKER, PRIVATE | {"id": 8}, False, id="nor of one elsewhere"),
        pytest.param(None, Presses.ASKER, OTHER_GROUP, False, id="nor in another group"),
        pytest.param("8", Presses.ASKER, PRIVATE | {"id": 8}, True, id="their own"),
    ],
)
def test_a_button_counts_of_whom_it_is_for_wherever_it_is_pressed(
    serve: Serve, kind: ButtonKind, asker: str | None, presses: Presses, chat: Any, is_taken: bool
) -> None:
    served = serve(TelegramSettings(presses=presses))
    for_anyone = presses is Presses.ANYONE
    keyboards = Signer(TOKEN, for_anyone=for_anyone)
    home = 8 if asker == "8" else -9  # where the button was
    values = {"entry": short("refund"), "decision": "0" * 16, "asker": keyboards.asker(asker, home)}
    data = keyboards.data(kind, *(values[name] for name in kind.value[1:]))
    shown = {"message_id": 100, "date": int(time.time()), "chat": chat, "text": "…"}
    served.presses(data, **{"from": BOB, "message": shown})
    toasts = [more.get("text") for method, more in served.calls if "answerCallback" in method]
    assert (EN.not_yours not in toasts) is is_taken


# --- what is forwarded ---------------------------------------------------------------------------

FORWARD: dict[str, Any] = {"forward_origin": {"type": "user", "date": 1, "sender_user": BOB}}
COMMANDS = (
    *("start", "topics", "ask", "person", "close", "privacy", "mydata", "forget"),
    *("why", "stats", "unanswered", "reload", "block", "unblock"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_forwarded_is_not_carried_out(
    serve: Serve, store: NotingStore, command: str
) -> None:
    """Whoever forwards it has not given it; they are told how to ask, as of any unknown one."""
    served = serve(TelegramSettings(admins=frozenset({7}), handoff_chat=-1), store)
    served.says("weather")
    served.calls.clear()
    served.says(f"/{command} 7", **FORWARD)
    (told,) = served.out
    assert told.startswith(EN.help.partition("{")[0])
    assert store.stats(0).total.asked == 1


@pytest.mark.parametrize(
    ("text", "more", "is_heard"),
    [
        pytest.param("/forget", {}, True, id="their wish"),
        pytest.param("/mydata", {}, True, id="and the other"),
        pytest.param("/forget", FORWARD, False, id="somebody else's"),
        pytest.param("/forgetful", {}, False, id="another command"),
        pytest.param("/start", {}, False, id="any other"),
    ],
)
def test_of_who_is_blocked_a_wish_about_their_data_alone_is_heard(
    serve: Serve, store: NotingStore, text: str, more: Any, is_heard: bool
) -> None:
    store.block("7", time.time() + 60)
    served = serve(store=store)
    served.says(text, **more)
    assert bool(served.out) is is_heard
