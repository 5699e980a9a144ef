"""What a conversation leaves in the bot's memory, and takes out of it after a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import pytest

from bot.conversation.conversation import Conversation
from bot.domain import SILENCE, Action, Decision, Faq, Hit, Incoming, Press, Reply, Unanswered
from bot.errors import StoreError
from bot.files.config_texts import shipped
from bot.store.async_store import AsyncStore
from bot.store.store import Label, LabelKind, Record
from bot.texts import Phrasebook
from tests.factories import entry
from tests.fakes import FakeStore, settled

FAQ = Faq((entry("return"), entry("refund"), entry("delete")))
TEXTS = shipped()["en"]
HITS = tuple(Hit(name, 0.7, "…") for name in ("return", "refund", "delete"))
FOLLOW_UP = Decision(Action.FOLLOW_UP, "return", 0.7, HITS, "why")
ANSWER = Decision(Action.ANSWER, "refund", 0.9, HITS[1:2], "why")
FALLBACK = Decision(Action.FALLBACK, None, 0.1, HITS[2:], "why")
DECISIONS = {"unclear": FOLLOW_UP, "refund when": ANSWER}
DAY_S = 24 * 3600.0


class NotingStore(FakeStore):
    """A store that shows what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Record] = []
        self.labels: list[Label] = []

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        self.asked.append(record)
        super().record(record)

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        """See `Store.label`."""
        self.labels.append(label)
        return super().label(label, anyone=anyone)


@pytest.fixture
def store() -> NotingStore:
    return NotingStore()


@pytest.fixture
def memory(store: NotingStore) -> Iterator[AsyncStore]:
    memory = AsyncStore(lambda: store)
    yield memory
    memory.close()


def talk(memory: AsyncStore | None) -> Conversation:
    """A bot that was just started."""
    return Conversation(
        FAQ, lambda text, lang: DECISIONS.get(text, FALLBACK), Phrasebook(shipped(), "en"), memory
    )


def said(conversation: Conversation, *contents: str | Press, person: str | None = "7") -> Reply:
    """The reply to the last of several messages of one chat."""
    return [
        conversation.reply(Incoming("42:0:7", content, "en-GB", person)) for content in contents
    ][-1]


def test_every_decision_is_kept_with_who_asked_what_and_where(
    store: NotingStore, memory: AsyncStore
) -> None:
    conversation = talk(memory)
    replies = [said(conversation, text) for text in ("refund when", "unclear", "weather")]
    settled(memory)
    assert [
        (a.person, a.conversation, a.text, a.lang, a.decision, a.small_talk) for a in store.asked
    ] == [
        ("7", "42:0:7", "refund when", "en-GB", ANSWER, False),
        ("7", "42:0:7", "unclear", "en-GB", FOLLOW_UP, False),
        ("7", "42:0:7", "weather", "en-GB", FALLBACK, False),
    ]
    ids = [asked.id for asked in store.asked]
    assert [reply.decision_id for reply in replies] == ids
    assert len(set(ids)) == 3
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)
    assert all(abs(asked.at - time.time()) < 60 for asked in store.asked)


def test_of_an_endless_text_no_more_is_kept_than_is_read(
    store: NotingStore, memory: AsyncStore
) -> None:
    """And one character more, which shows that it was cut."""
    said(talk(memory), "x" * 5_000)
    settled(memory)
    assert [asked.text for asked in store.asked] == ["x" * 4_097]


def test_greetings_and_thanks_are_kept_as_small_talk(
    store: NotingStore, memory: AsyncStore
) -> None:
    replies = [said(talk(memory), text) for text in ("Hello!", "谢谢")]
    settled(memory)
    assert [(asked.text, asked.small_talk) for asked in store.asked] == [
        ("Hello!", True),
        ("谢谢", True),
    ]
    assert [reply.decision_id for reply in replies] == [asked.id for asked in store.asked]


def test_what_is_passed_over_in_silence_is_not_kept(store: NotingStore, memory: AsyncStore) -> None:
    conversation = talk(memory)
    for text in ("weather", "unclear", "hi", "refund when"):
        conversation.reply(Incoming("1", text, person="7", only_if_sure=True))
    settled(memory)
    assert [asked.text for asked in store.asked] == ["refund when"]


def test_of_nobody_nothing_is_kept(store: NotingStore, memory: AsyncStore) -> None:
    """An anonymous admin is answered like anybody else."""
    conversation = talk(memory)
    reply = said(conversation, "unclear", person=None)
    assert (reply.text, reply.decision_id) == (TEXTS.follow_up, "")
    assert said(conversation, "2", person=None).text == "answer of refund"
    settled(memory)
    assert (store.asked, store.labels) == ([], [])


def test_where_nothing_is_kept_a_decision_has_no_id() -> None:
    assert said(talk(None), "weather").decision_id == ""


@pytest.mark.parametrize(("choice", "entry_id"), [("2", "refund"), ("none", None)])
def test_what_is_chosen_or_not_is_told_to_be_kept(
    store: NotingStore, memory: AsyncStore, choice: str, entry_id: str | None
) -> None:
    """By whoever sends the reply, once it is out. Typed or pressed, it makes no difference."""
    for is_pressed in (False, True):
        conversation = talk(memory)
        asked = said(conversation, "unclear")
        press = Press(entry_id, asked.decision_id)
        reply = said(conversation, press if is_pressed else choice)
        assert (reply.choice, reply.decision_id) == (press, asked.decision_id)
        settled(memory)
        assert store.labels == []


def test_an_entry_that_was_looked_up_is_nobodys_choice(
    store: NotingStore, memory: AsyncStore
) -> None:
    assert said(talk(memory), Press("refund")).decision_id == ""
    settled(memory)
    assert store.labels == []


# --- after a restart ------------------------------------------------------------------------------


def test_a_follow_up_can_be_chosen_from_after_a_restart(memory: AsyncStore) -> None:
    asked = said(talk(memory), "unclear")
    reply = said(talk(memory), "2")
    assert (reply.text, reply.decision_id) == ("answer of refund", asked.decision_id)


@pytest.mark.parametrize(("number", "text"), [("3", "answer of delete"), ("1", TEXTS.gone)])
def test_after_a_restart_choices_keep_the_numbers_they_were_shown_with(
    memory: AsyncStore, number: str, text: str
) -> None:
    """Though the entries of some are gone."""
    said(talk(memory), "unclear")
    restarted = talk(memory)
    faq = Faq((entry("delete"),))
    restarted.adopt(faq, lambda text, lang: FALLBACK, Phrasebook(shipped(), "en"))
    assert said(restarted, number).text == text


@pytest.mark.parametrize("word", ["none", Press(None)])
def test_none_of_these_is_about_the_question_before_the_restart(
    memory: AsyncStore, word: str | Press
) -> None:
    asked = said(talk(memory), "unclear")
    pressed = Press(None, asked.decision_id) if isinstance(word, Press) else word
    restarted = talk(memory)
    assert said(restarted, pressed).unanswered == Unanswered("unclear", HITS)
    assert restarted.unanswered("42:0:7") == Unanswered("unclear", HITS)


def test_none_of_these_of_an_older_follow_up_is_about_nothing_that_is_known(
    memory: AsyncStore,
) -> None:
    older = said(talk(memory), "unclear")
    said(talk(memory), "unclear")
    reply = said(talk(memory), Press(None, older.decision_id))
    assert reply.unanswered == Unanswered(None)


@pytest.mark.parametrize(
    ("later_s", "text"),
    [
        pytest.param(DAY_S - 60, "answer of refund", id="within a day: it is a choice"),
        pytest.param(DAY_S + 60, TEXTS.fallback, id="after it: it is an utterance"),
    ],
)
def test_a_follow_up_waits_for_a_day_over_a_restart(
    memory: AsyncStore, monkeypatch: pytest.MonkeyPatch, later_s: float, text: str
) -> None:
    now = time.time()
    said(talk(memory), "unclear")
    monkeypatch.setattr(
        "bot.conversation.conversation.time", SimpleNamespace(time=lambda: now + later_s)
    )
    assert said(talk(memory), "2").text == text


@pytest.mark.parametrize("choice", ["1", "none", "refund when", "weather"])
def test_after_it_was_resolved_or_left_a_number_chooses_nothing_over_a_restart(
    memory: AsyncStore, choice: str
) -> None:
    conversation = talk(memory)
    asked = said(conversation, "unclear")
    chosen = said(conversation, choice).choice
    if chosen is not None:  # else it was left
        kind = LabelKind.NONE if chosen.entry_id is None else LabelKind.CHOICE
        label = Label(asked.decision_id, kind, "7", 1.0, chosen.entry_id)
        memory.label(label).result(5)  # as is done once the reply is out
    assert said(talk(memory), "2").text == TEXTS.fallback


def test_a_choice_whose_reply_did_not_get_out_can_be_made_again_over_a_restart(
    memory: AsyncStore,
) -> None:
    said(talk(memory), "unclear", "2")
    assert said(talk(memory), "2").text == "answer of refund"


def test_others_follow_ups_are_not_chosen_from_over_a_restart(memory: AsyncStore) -> None:
    said(talk(memory), "unclear")
    assert talk(memory).reply(Incoming("42:0:8", "2", None, "8")).text == TEXTS.fallback


# --- a memory in trouble --------------------------------------------------------------------------


class BrokenStore(FakeStore):
    """A store whose database is away."""

    def record(self, record: Record) -> None:
        """See `Store.record`."""
        raise StoreError("the disk is full")

    def open_follow_up(self, conversation: str, since: float) -> Record | None:
        """See `Store.open_follow_up`."""
        raise StoreError("the disk is full")


def hanging(until: threading.Event) -> Callable[[], FakeStore]:
    def opened() -> FakeStore:
        until.wait(10)
        return FakeStore()

    return opened


def broken() -> FakeStore:
    raise StoreError("the database is locked by another program")


@pytest.mark.parametrize("kind", ["cannot be opened", "cannot be written", "hangs", "is closed"])
def test_a_memory_in_trouble_stops_no_answer_and_delays_none_for_long(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("bot.conversation.conversation._RECALL_WAIT_S", 0.02)
    event = threading.Event()
    ways: dict[str, Callable[[], FakeStore]] = {
        "cannot be opened": broken,
        "cannot be written": BrokenStore,
        "hangs": hanging(event),
        "is closed": FakeStore,
    }
    memory = AsyncStore(ways[kind])
    try:
        if kind == "is closed":
            memory.close()
        began = time.monotonic()
        assert _texts(talk(memory), ["2", "none", "unclear", "2", "refund when", "weather"]) == [
            TEXTS.fallback, TEXTS.fallback_again, TEXTS.follow_up, "answer of refund",
            "answer of refund", TEXTS.fallback,
        ]  # fmt: skip
        silent = Incoming("9", "yes", None, "9", only_if_sure=True)
        assert talk(memory).reply(silent) == SILENCE
        assert time.monotonic() - began < 2
    finally:
        event.set()
        memory.close(0.1)


def _texts(conversation: Conversation, contents: Sequence[str]) -> list[str]:
    return [said(conversation, content).text for content in contents]
