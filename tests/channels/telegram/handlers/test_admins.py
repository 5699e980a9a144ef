"""What admins are told, and who is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from telegram.error import BadRequest, Forbidden

from bot.channels.telegram.callback_data import ButtonKind, Signer
from bot.channels.telegram.handlers.reports import explanation
from bot.domain import Action, Decision, Hit, KeepText, Thresholds
from bot.errors import StoreError
from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.service.admins.learning import Advice, Group
from bot.store.counts import Stats
from bot.store.store import Label, LabelKind, Missed, Record
from tests.channels.telegram.editing.tapping import buttons, standing
from tests.channels.telegram.editing.tapping import tap as tap_as
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.served import ADA, PRIVATE, TOKEN, Served
from tests.fake_store import FakeStore

EN, ZH = shipped()["en"].team, shipped()["zh"].team
SIGNER = Signer(TOKEN)
ADMINS = TelegramSettings(admins=frozenset({7, 1_087_968_824}))
REFUND, RETURN = Hit("refund", 0.812, "money back"), Hit("return", 0.4, "send it back")
DAY_S = 86_400.0
NOON = 1_700_000_000.0 // DAY_S * DAY_S + DAY_S / 2  # of 2023-11-14


class AwayStore(FakeStore):
    """A store that cannot be read."""

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        raise StoreError("the disk is full")

    def stats(self, since: float) -> Stats:
        raise StoreError("the disk is full")

    def missed(self, limit: int) -> Sequence[Missed]:
        raise StoreError("the disk is full")


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: NOON)
    monkeypatch.setattr("bot.channels.telegram.handlers.admins.time", clock)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def served(serve: Serve, store: FakeStore) -> Served:
    return serve(ADMINS, store)


def told(served: Served, command: str, replied: int | None = None, **more: Any) -> str:
    """What an admin's command says."""
    if replied is not None:
        more["reply_to_message"] = {"message_id": replied, "date": 1, "chat": PRIVATE}
    served.says(command, **more)
    return served.out[-1]


def ask(store: FakeStore, ago_s: int, decision: Decision, text: str = "why?") -> str:
    """Have something asked so long ago; returns its id."""
    asked = Record(f"{ago_s:016x}", NOON - ago_s, text, None, decision, "1", "1:0:1")
    store.record(asked)
    return asked.id


def decision(action: Action, *hits: Hit) -> Decision:
    entry_id = None if action is Action.FALLBACK else hits[0].entry_id
    score = hits[0].score if hits else 0.0
    return Decision(action, entry_id, score, hits, "why it is so", "now")


# --- who is one ----------------------------------------------------------------------------------

GROUP = {"id": -9, "type": "group", "title": "All"}
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
CHANNEL = {"id": -8, "type": "channel", "title": "News"}
FORWARD = {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Eve"}}


@pytest.mark.parametrize(
    ("more", "is_admin"),
    [
        pytest.param({}, True, id="an admin"),
        pytest.param({"chat": GROUP}, True, id="in a group"),
        pytest.param({"from": ADA | {"id": 8}}, False, id="somebody else"),
        pytest.param(
            {"from": ANONYMOUS, "chat": GROUP, "sender_chat": GROUP}, False, id="an anonymous admin"
        ),
        pytest.param({"chat": GROUP, "sender_chat": CHANNEL}, False, id="a channel"),
        pytest.param({"from": ADA | {"is_bot": True}}, False, id="a bot"),
        pytest.param(FORWARD, False, id="who forwards a command"),
        pytest.param({"from": ADA | {"id": 8, "username": "7"}}, False, id="of a like name"),
    ],
)
def test_an_admin_is_known_by_number_and_speaks_for_themselves(
    served: Served, more: dict[str, Any], is_admin: bool
) -> None:
    for command in ("/stats", "/why", "/unanswered", "/reload"):
        served.calls.clear()
        served.says(command, **more)
        told = {EN.why_usage, EN.unanswered_empty, f"The last 7 days\n\n{EN.stats_empty}"}
        if command != "/reload":
            assert bool(told & set(served.out)) is is_admin
        elif not is_admin:
            assert "old FAQ" not in "".join(served.out)


# --- /why ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "chat", "is_told"), [(7, 7, True), (7, -5, False), (8, 8, False)])
def test_help_names_the_admins_commands_to_an_admin_where_nobody_else_reads_it(
    served: Served, who: int, chat: int, *, is_told: bool
) -> None:
    place = {"id": chat, "type": "private" if chat > 0 else "supergroup"}
    more: dict[str, Any] = {"from": {**ADA, "id": who}, "chat": place}
    served.says("/help@faq_test_bot", **more)
    told = served.out[-1].splitlines()
    assert (EN.help_admins in told) == is_told
    assert (f"/unanswered – {EN.command_unanswered}" in told) == is_told


def test_why_explains_the_answer_it_replies_to_in_the_admins_language(
    served: Served, store: FakeStore
) -> None:
    store.shown(ask(store, 1, decision(Action.ANSWER, REFUND)), "7", 5)
    recorded = store.decision_shown("7", 5)
    assert recorded is not None
    now = served.live.fingerprint
    assert told(served, "/why", 5) == explanation(recorded, EN, now)
    chinese = ADA | {"language_code": "zh-hans"}
    assert told(served, "/why", 5, **{"from": chinese}) == explanation(recorded, ZH, now)


def test_why_of_something_else_says_what_it_is_for(served: Served) -> None:
    assert told(served, "/why", 5) == EN.why_unknown
    assert told(served, "/why") == EN.why_usage


def test_why_decides_a_text_on_the_spot_and_keeps_nothing(served: Served, store: FakeStore) -> None:
    lines = told(served, "/why Refund?").split("\n")
    assert lines[:4] == ["Answered", "", "Closest wording:", "1.00 refund “Refund?”"]
    assert lines[-1].startswith("Decided with today's FAQ and settings")
    assert told(served, "/why Unknown?").startswith("Didn't know")
    assert served.decided("answer") is None
    assert store.stats(0).total.asked == 0
    assert served.live.asked_last("7:0:7") is None


# --- /stats --------------------------------------------------------------------------------------


def test_stats_count_the_last_days_by_day_by_entry_and_against_the_week_before(
    served: Served, store: FakeStore
) -> None:
    answered = [ask(store, ago, decision(Action.ANSWER, REFUND)) for ago in (1, 86_400)]
    back = ask(store, 3, decision(Action.FOLLOW_UP, RETURN, REFUND))
    ask(store, 4, decision(Action.FALLBACK))
    ask(store, 8 * 86_400, decision(Action.FALLBACK))
    ask(store, 9 * 86_400, decision(Action.ANSWER, REFUND))
    store.label(Label(answered[0], LabelKind.UP, "1", NOON, "refund"))
    store.label(Label(answered[1], LabelKind.DOWN, "1", NOON, "refund"))
    store.label(Label(back, LabelKind.CHOICE, "1", NOON, "return"))
    assert told(served, "/stats").split("\n") == [
        "The last 7 days",
        "",
        "4 asked: 2 answered, 1 asked to choose (1 of them resolved), 1 not known",
        "👍 1  👎 1",
        "",
        "By day:",
        "2023-11-08 to 2023-11-14, and against the week before:",
        "▁▁▁▁▁▃█  4 asked (+2)",
        "▁▁▁▁▁▄█  75 % resolved, at once or by a choice (+25)",
        "▁▁▁▁▁██  50 % answered (±0)",
        "▁▁▁▁▁▁█  25 % not known (−25)",
        "2023-11-14  3 asked, 1 answered, 1 asked to choose, 1 not known",
        "",
        "By entry:",
        "refund  2 answered, 0 chosen, 👍 1 👎 1",
        "return  0 answered, 1 chosen, 👍 0 👎 0",
    ]


def test_stats_of_the_first_week_are_held_against_none(served: Served, store: FakeStore) -> None:
    ask(store, 1, decision(Action.FALLBACK))
    lines = told(served, "/stats").split("\n")
    assert "2023-11-08 to 2023-11-14:" in lines
    assert "▁▁▁▁▁▁█  100 % not known" in lines


def test_stats_of_a_week_in_which_nobody_asked_do_not_say_that_nobody_ever_has(
    served: Served, store: FakeStore
) -> None:
    ask(store, 8 * 86_400, decision(Action.FALLBACK))
    assert told(served, "/stats") == "The last 7 days\n\nNobody asked anything in these days."


def test_stats_name_the_entries_that_were_answered_most(served: Served, store: FakeStore) -> None:
    for number in range(12):
        ask(store, number, decision(Action.ANSWER, Hit(f"e{number:02}", 0.9, "…")))
    entries = told(served, "/stats").split("By entry:\n")[1].split("\n")
    assert [line.split()[0] for line in entries] == [f"e{number:02}" for number in range(10)]


def test_stats_say_what_differs_from_what_the_thresholds_were_tuned_on(serve: Serve) -> None:
    drift = "Changed since the thresholds were tuned: the FAQ."
    assert told(serve(ADMINS, drift=drift), "/stats").split("\n")[-2:] == ["", drift]


@pytest.mark.parametrize(
    ("follow_up", "is_old", "is_said"),
    [
        pytest.param(0.55, True, True, id="set by hand, with scores of before"),
        pytest.param(0.55, False, False, id="with scores of now alone"),
        pytest.param(0.60, True, False, id="as it comes"),
    ],
)
def test_stats_say_that_a_line_set_by_hand_means_something_else_now(
    serve: Serve, store: FakeStore, *, follow_up: float, is_old: bool, is_said: bool
) -> None:
    served = serve(ADMINS, store, thresholds=Thresholds(0.75, follow_up))
    store.has_old_scores = is_old
    assert ("thresholds.follow_up (0.55, set by hand)" in told(served, "/stats")) is is_said


# --- /unanswered ---------------------------------------------------------------------------------


def to_page(number: int) -> str:
    return SIGNER.data(ButtonKind.UNANSWERED, str(number))


def tap(served: Served, message: int, label: str) -> None:
    tap_as(served, message, label, ADA)


def group(*texts: str, people: int = 2, advice: Advice = Advice.ENTRY, **more: Any) -> Group:
    """People who ask the same."""
    ids = tuple(f"{hash(text) % 16**8:016x}" for text in texts)
    return Group(texts[0], texts, people, ids, advice, **more)


def test_groups_are_listed_with_what_is_best_done_and_what_one_person_asked_is_counted(
    served: Served, store: FakeStore
) -> None:
    ask(store, 60, decision(Action.FALLBACK), "my secret")
    phrasing = group("why\n\n is\tit?", "why?", advice=Advice.PHRASING, entry_ids=("refund",))
    served.learning.found = [phrasing, group("x" * 301, people=3)]
    assert told(served, "/unanswered").split("\n") == [
        EN.unanswered.replace("{total}", "4"),
        "",
        "1. 2 asked “why is it?”: another way to ask for refund",
        "",
        f"2. 3 asked “{'x' * 299}…”: needs an answer of its own",
        "",
        EN.unanswered_rest.replace("{count}", "1"),
    ]


def test_a_group_opens_with_the_buttons_of_a_missed_question(served: Served) -> None:
    conflict = group("why", "why?", advice=Advice.CONFLICT, entry_ids=("refund", "return"))
    served.learning.found = [conflict]
    told(served, "/unanswered")
    tap(served, 100, "✎ 1")
    assert standing(served, 100)["text"].split("\n") == [
        "2 asked “why”: could be any of these: refund, return",
        "",
        "“why”",
        "“why?”",
    ]
    assert [*buttons(standing(served, 100))] == [
        EN.edit_add.replace("{question}", "Refund?"),
        *(EN.edit_pick, EN.edit_new, EN.edit_ignore, f"‹ {EN.unanswered_list}"),
    ]
    tap(served, 100, EN.edit_add.replace("{question}", "Refund?"))
    tap(served, 100, EN.edit_write)
    assert [each.text for each in served.learning.applied] == ["why"]
    served.learning.found = []  # the FAQ answers it now
    tap(served, 100, EN.edit_undo)
    assert [each.undoes for each in served.learning.applied] == [None, 1]
    tap(served, 100, "‹")
    assert standing(served, 100)["text"] == EN.unanswered_empty


def test_a_group_that_is_ignored_is_noted_whole(serve: Serve, store: FakeStore) -> None:
    served = serve(ADMINS, store)
    ids = [ask(store, ago, decision(Action.FALLBACK), "why") for ago in (1, 2)]
    served.learning.found = [replace(group("why"), decision_ids=tuple(ids))]
    told(served, "/unanswered")
    tap(served, 100, "✎ 1")
    tap(served, 100, EN.edit_ignore)
    assert [one.is_ignored for one in store.missed(10)] == [True, True]
    served.learning.found = []
    tap(served, 100, "‹")
    assert standing(served, 100)["text"] == EN.unanswered_empty


def test_in_a_group_the_words_of_people_go_to_the_admin_alone(served: Served) -> None:
    served.learning.found = [group(f"q{number}") for number in range(6)]
    served.says("/unanswered", chat=GROUP)
    in_group = {"message_id": 9, "date": 1, "chat": GROUP, "text": "…"}
    served.presses(to_page(1), message=in_group)
    sent = [(more["chat_id"], "“" in more["text"]) for _, more in served.calls if "chat_id" in more]
    assert sent == [(7, True), (-9, False), (7, True), (-9, False)]
    assert served.out[1] == EN.sent_privately


def test_an_admin_who_has_not_started_the_bot_is_told_to(served: Served) -> None:
    served.learning.found = [group("my secret")]
    served.troubles["sendMessage"] = [Forbidden("bot can't initiate conversation with a user")]
    served.says("/unanswered", chat=GROUP)
    assert served.out == [EN.start_privately]


def test_where_the_words_are_not_kept_they_are_counted(serve: Serve) -> None:
    store = FakeStore(KeepText.NONE)
    ask(store, 60, decision(Action.FALLBACK, RETURN))
    assert told(serve(ADMINS, store), "/unanswered").split("\n") == [
        EN.unanswered.replace("{total}", "1"), "", EN.unanswered_rest.replace("{count}", "1")
    ]  # fmt: skip


def test_unanswered_questions_have_pages(served: Served) -> None:
    """One that is gone is the last there is."""
    served.learning.found = [group(f"q{number}") for number in range(11)]
    served.says("/unanswered")
    for page in (1, 2, 99):
        served.presses(to_page(page))
    asked = [re.findall(r"“(q\d+)”", text) for text in served.out]
    pages = [["q0", "q1", "q2", "q3", "q4"], ["q5", "q6", "q7", "q8", "q9"], ["q10"], ["q10"]]
    assert asked == pages
    arrows = [
        [data for label, data in served.keyboard(place) if label in "‹›"] for place in range(4)
    ]
    assert arrows == [[to_page(1)], [to_page(0), to_page(2)], [to_page(1)], [to_page(1)]]


@pytest.mark.parametrize(
    ("error", "prefix"), [("Message can't be edited", [""]), ("Message is not modified", [])]
)
def test_a_page_is_sent_anew_only_where_its_message_cannot_be_changed(
    served: Served, error: str, prefix: list[str]
) -> None:
    served.troubles["editMessageText"] = [BadRequest(error)]
    served.presses(to_page(0))
    assert served.out == [each + EN.unanswered_empty for each in prefix]


# --- in trouble ----------------------------------------------------------------------------------


def test_where_the_store_is_away_every_command_says_why(serve: Serve) -> None:
    served = serve(ADMINS, AwayStore())
    for command in ("/why", "/stats", "/unanswered"):
        told(served, command, 5)
    served.presses(to_page(0))
    away = "The bot's memory can't be reached right now: the disk is full"
    assert served.out == [away] * 4


def test_reload_says_what_came_of_it(serve: Serve) -> None:
    served = serve(ADMINS)
    assert told(served, "/reload") == (
        "Nothing has changed, and I'm still answering from the old FAQ: the model is away"
    )
