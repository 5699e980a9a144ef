"""What admins are told, and who is one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from telegram import CallbackQuery, InlineKeyboardMarkup, Message, User

from bot.channels.telegram.api.sender import Edited, Markup, Sender
from bot.channels.telegram.handlers.admins import Admins, explanation
from bot.channels.telegram.keyboard.callback_data import Buttons, Kind
from bot.channels.telegram.keyboard.topic_menu import Browser
from bot.channels.telegram.updates.incoming import Address, Arrival, Command
from bot.domain import Action, Decision, Hit, KeepText
from bot.errors import StoreError
from bot.files.config_texts import shipped
from bot.service.live import Live
from bot.service.reload_outcome import ReloadOutcome
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind, Record, Stats
from bot.texts import Phrasebook, Texts
from tests.fakes import FakeStore

ADMIN, OTHER = User(7, "Ada", False, language_code="en"), User(8, "Eve", False)
ANYONE = Arrival(Address(7), ADMIN, is_group=False)
EN, ZH = shipped()["en"].team, shipped()["zh"].team
BUTTONS = Buttons("1:token")
REFUND, RETURN = Hit("refund", 0.812, "money back"), Hit("return", 0.4, "send it back")
DAY_S = 86_400.0
NOON = 1_700_000_000.0 // DAY_S * DAY_S + DAY_S / 2  # of 2023-11-14


class Outbox(Sender):
    """A sender that keeps what was to be sent.

    Attributes:
        said: (text, buttons) of every message.
        edits: of every edit.
        edited: what becomes of an edit.
    """

    def __init__(self) -> None:
        self.said: list[tuple[str, Markup]] = []
        self.edits: list[tuple[str, Markup]] = []
        self.edited = Edited.DONE

    async def text(self, address: Address, text: str, markup: Markup = None) -> list[Message]:
        """See `Sender.text`."""
        self.said.append((text, markup))
        return []

    async def edit(
        self, query: CallbackQuery, text: str, markup: Markup, parse_mode: str | None = None
    ) -> Edited:
        """See `Sender.edit`."""
        self.edits.append((text, markup))
        return self.edited


class AwayStore(FakeStore):
    """A store that cannot be read."""

    def decision_shown(self, chat: str, message_id: int) -> Record | None:
        """See `Store.decision_shown`."""
        raise StoreError("the disk is full")

    def stats(self, since: float) -> Stats:
        """See `Store.stats`."""
        raise StoreError("the disk is full")

    def unanswered(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        """See `Store.unanswered`."""
        raise StoreError("the disk is full")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


class Served(Live):
    """A bot that serves, as far as admins are told of it."""

    fingerprint, drift = "now", None

    def __init__(self, drift: str | None = None) -> None:
        self.drift = drift

    def texts(self, lang: str | None) -> Texts:
        """See `Live.texts`."""
        return Phrasebook(shipped(), "en").of(lang)

    async def reload(self) -> ReloadOutcome:
        """See `Live.reload`."""
        return ReloadOutcome(trouble="the model is away")


def admins_over(memory: AsyncStore, outbox: Outbox, drift: str | None = None) -> Admins:
    return Admins(frozenset({7}), outbox, memory, Browser(BUTTONS), Served(drift))


@pytest.fixture
def admins(store: FakeStore, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Admins]:
    monkeypatch.setattr(
        "bot.channels.telegram.handlers.admins.time", SimpleNamespace(time=lambda: NOON)
    )
    memory = AsyncStore(lambda: store)
    yield admins_over(memory, outbox)
    memory.close()


def message(replied: int | None = None) -> Message:
    data = {"message_id": 9, "date": 0, "chat": {"id": 7, "type": "private"}}
    if replied is not None:
        data["reply_to_message"] = {**data, "message_id": replied}
    read = Message.de_json(data, None)
    assert read is not None
    return read


def told(
    admins: Admins, outbox: Outbox, name: str, replied: int | None = None, lang: str = "en"
) -> str:
    """What an admin's command says."""
    command = admins.command(Command(name, "", is_named=False))
    assert command is not None
    user = User(7, "Ada", False, language_code=lang)
    asyncio.run(command(replace(ANYONE, user=user), message(replied)))  # type: ignore[arg-type]
    return outbox.said[-1][0]


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


@pytest.mark.parametrize(
    ("arrival", "is_admin"),
    [
        pytest.param(ANYONE, True, id="an admin"),
        pytest.param(replace(ANYONE, is_group=True), True, id="in a group"),
        pytest.param(replace(ANYONE, user=OTHER), False, id="somebody else"),
        pytest.param(replace(ANYONE, user=None), False, id="an anonymous admin of a group"),
        pytest.param(replace(ANYONE, is_forward=True), False, id="who forwards a command"),
        pytest.param(
            replace(ANYONE, user=User(8, "Ada", False, username="7")), False, id="of a like name"
        ),
    ],
)
def test_an_admin_is_known_by_number_and_speaks_for_themselves(
    admins: Admins, arrival: Arrival, is_admin: bool
) -> None:
    assert admins.includes(arrival) is is_admin


@pytest.mark.parametrize("name", ["start", "help", "whynot", "", "Why"])
def test_other_commands_are_not_the_admins(admins: Admins, name: str) -> None:
    assert admins.command(Command(name, "", is_named=True)) is None


# --- /why ----------------------------------------------------------------------------------------


def test_why_explains_the_answer_it_replies_to(
    admins: Admins, store: FakeStore, outbox: Outbox
) -> None:
    """In the admin's language."""
    store.shown(ask(store, 1, decision(Action.ANSWER, REFUND)), "7", 5)
    recorded = store.decision_shown("7", 5)
    assert recorded is not None
    assert told(admins, outbox, "why", 5) == explanation(recorded, EN, "now")
    assert told(admins, outbox, "why", 5, "zh-hans") == explanation(recorded, ZH, "now")


def test_why_of_something_else_says_what_it_is_for(admins: Admins, outbox: Outbox) -> None:
    assert told(admins, outbox, "why", 5) == EN.why_unknown
    assert told(admins, outbox, "why") == EN.why_usage


# --- /stats --------------------------------------------------------------------------------------


def test_stats_count_the_last_days_by_day_and_by_entry(
    admins: Admins, store: FakeStore, outbox: Outbox
) -> None:
    answered = [ask(store, ago, decision(Action.ANSWER, REFUND)) for ago in (1, 86_400)]
    back = ask(store, 3, decision(Action.FOLLOW_UP, RETURN, REFUND))
    ask(store, 4, decision(Action.FALLBACK))
    ask(store, 8 * 86_400, decision(Action.FALLBACK))
    store.label(Label(answered[0], LabelKind.UP, "1", NOON, "refund"))
    store.label(Label(answered[1], LabelKind.DOWN, "1", NOON, "refund"))
    store.label(Label(back, LabelKind.CHOICE, "1", NOON, "return"))
    assert told(admins, outbox, "stats").split("\n") == [
        "The last 7 days",
        "",
        "4 asked: 2 answered, 1 asked back (1 of them resolved), 1 not known",
        "👍 1  👎 1",
        "",
        "By day:",
        "2023-11-14  3 asked, 1 answered, 1 asked back, 1 not known",
        "2023-11-13  1 asked, 1 answered, 0 asked back, 0 not known",
        "",
        "By entry:",
        "refund  2 answered, 0 chosen, 👍 1 👎 1",
        "return  0 answered, 1 chosen, 👍 0 👎 0",
    ]


def test_stats_name_the_entries_that_were_answered_most(
    admins: Admins, store: FakeStore, outbox: Outbox
) -> None:
    for number in range(12):
        ask(store, number, decision(Action.ANSWER, Hit(f"e{number:02}", 0.9, "…")))
    entries = told(admins, outbox, "stats").split("By entry:\n")[1].split("\n")
    assert [line.split()[0] for line in entries] == [f"e{number:02}" for number in range(10)]


def test_where_nothing_was_asked_stats_say_so(admins: Admins, outbox: Outbox) -> None:
    assert told(admins, outbox, "stats") == f"The last 7 days\n\n{EN.stats_empty}"


def test_stats_say_what_differs_from_what_the_thresholds_were_tuned_on(
    store: FakeStore, outbox: Outbox
) -> None:
    memory = AsyncStore(lambda: store)
    admins = admins_over(memory, outbox, "Changed since the thresholds were tuned: the FAQ.")
    last = told(admins, outbox, "stats").split("\n")[-2:]
    memory.close()
    assert last == ["", "Changed since the thresholds were tuned: the FAQ."]


# --- /unanswered ---------------------------------------------------------------------------------


def data(markup: InlineKeyboardMarkup | None) -> list[str]:
    rows = [] if markup is None else markup.inline_keyboard
    return [str(button.callback_data) for row in rows for button in row]


def turn(admins: Admins, number: int) -> None:
    button = BUTTONS.read(BUTTONS.data(Kind.UNANSWERED, str(number)))
    assert button is not None
    asyncio.run(admins.turn(CallbackQuery("1", ADMIN, "1"), ANYONE, button))


def to_page(number: int) -> str:
    return BUTTONS.data(Kind.UNANSWERED, str(number))


def test_unanswered_questions_are_listed_newest_first_with_what_came_nearest(
    admins: Admins, store: FakeStore, outbox: Outbox
) -> None:
    """Each in one line, shortened."""
    ask(store, 3_600, decision(Action.FALLBACK), "x" * 301)
    ask(store, 60, decision(Action.FALLBACK, RETURN), "why\n\n is\tit?")
    ask(store, 1, decision(Action.ANSWER, REFUND))
    assert told(admins, outbox, "unanswered").split("\n") == [
        "Not answered: 2",
        "",
        "2023-11-14 11:59  “why is it?”",
        "0.40 return “send it back”",
        "",
        f"2023-11-14 11:00  “{'x' * 299}…”",
    ]


def test_where_the_words_are_not_kept_that_is_said(outbox: Outbox) -> None:
    store = FakeStore(KeepText.NONE)
    ask(store, 60, decision(Action.FALLBACK, RETURN))
    memory = AsyncStore(lambda: store)
    assert told(admins_over(memory, outbox), outbox, "unanswered").split("\n")[2:] == [
        "2023-11-14 11:59  (words not kept)",
        "0.40 return “send it back”",
    ]
    memory.close()


def test_unanswered_questions_have_pages(admins: Admins, store: FakeStore, outbox: Outbox) -> None:
    for number in range(11):
        ask(store, number, decision(Action.FALLBACK), f"q{number}")
    told(admins, outbox, "unanswered")
    for page in (1, 2):
        turn(admins, page)
    pages = outbox.said + outbox.edits
    asked = [re.findall("“(.*)”", text) for text, _ in pages]
    assert asked == [["q0", "q1", "q2", "q3", "q4"], ["q5", "q6", "q7", "q8", "q9"], ["q10"]]
    assert [data(markup) for _, markup in pages] == [
        [to_page(1)],
        [to_page(0), to_page(2)],
        [to_page(1)],
    ]


def test_a_page_that_is_gone_is_the_last_one_there_is(
    admins: Admins, store: FakeStore, outbox: Outbox
) -> None:
    for number in range(6):
        ask(store, number, decision(Action.FALLBACK))
    turn(admins, 1)
    turn(admins, 99)
    assert outbox.edits[0] == outbox.edits[1]


def test_where_all_is_answered_that_is_said(admins: Admins, outbox: Outbox) -> None:
    turn(admins, 3)
    assert outbox.edits == [(EN.unanswered_empty, None)]


@pytest.mark.parametrize(
    ("edited", "sent"), [(Edited.REFUSED, 1), (Edited.ALREADY, 0), (Edited.DONE, 0)]
)
def test_a_page_is_sent_anew_only_where_its_message_cannot_be_changed(
    admins: Admins, outbox: Outbox, edited: Edited, sent: int
) -> None:
    outbox.edited = edited
    turn(admins, 0)
    assert (len(outbox.edits), len(outbox.said)) == (1, sent)


# --- in trouble ----------------------------------------------------------------------------------


def test_where_the_memory_is_away_every_command_says_why(outbox: Outbox) -> None:
    memory = AsyncStore(AwayStore)
    admins = admins_over(memory, outbox)
    for name in ("why", "stats", "unanswered"):
        told(admins, outbox, name, 5)
    turn(admins, 0)
    away = "The bot's memory cannot be reached right now: the disk is full"
    assert outbox.said + outbox.edits == [(away, None)] * 4
    memory.close()


def test_reload_says_what_came_of_it(admins: Admins, outbox: Outbox) -> None:
    assert told(admins, outbox, "reload") == (
        "Nothing was changed, the old FAQ is still served: the model is away"
    )
