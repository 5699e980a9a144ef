"""From an update to its reply, with all of the channel's parts but the network."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from telegram import Chat, InlineKeyboardMarkup, Message, User
from telegram.error import NetworkError, TelegramError

from bot.channels.telegram.api.client import Account
from bot.channels.telegram.channel import Parts
from bot.channels.telegram.handlers import messages
from bot.channels.telegram.updates.incoming import inbox_item
from bot.domain import Attachment, FileKind
from bot.files.config import Score, Settings
from bot.files.config_telegram import Groups, TelegramSettings
from bot.files.config_texts import shipped
from bot.service.health import Health
from bot.service.live import Live
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import Label
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder, FakeStore

EN = shipped()["en"]
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": "en"}
LONG_S = 5.0
VECTORS = {
    "Refund?": (1.0, 0.0, 0.0, 0.0),
    "Return?": (0.0, 1.0, 0.0, 0.0),
    "Opening?": (0.0, 0.0, 1.0, 0.0),
    "Closing?": (0.0, 0.0, 0.0, 1.0),
    "back": (0.7, 0.68, 0.2, 0.0),
}
MAP = Attachment(FileKind.PHOTO, "https://example.com/map.png", "")


class NotingStore(FakeStore):
    """Notes what was labelled."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[Label] = []

    def label(self, label: Label, *, anyone: bool = False) -> bool:
        """See `Store.label`."""
        self.labels.append(label)
        return super().label(label, anyone=anyone)


class Line:
    """Stands in for an `Account`: notes what goes out.

    Attributes:
        out: every text that was sent, and every edit with "edit: " before it.
        keyboards: under each of them.
        troubles: what the next requests of a kind fail with.
        actions: how often "typing" was shown.
        pause_s: how long a message takes to go out.
    """

    token = "1:x"
    bot = User(1, "FAQ", True, username="faq_bot")

    def __init__(self) -> None:
        self.out: list[str] = []
        self.keyboards: list[InlineKeyboardMarkup | None] = []
        self.troubles: dict[str, list[Exception]] = {}
        self.actions = 0
        self.pause_s = 0.0
        self._numbers = itertools.count(100)

    async def send_message(self, chat_id: int, text: str, **more: Any) -> Message:
        await asyncio.sleep(self.pause_s)
        self._fail("send_message")
        self.out.append(text)
        self.keyboards.append(more["reply_markup"])
        return Message(next(self._numbers), datetime.now(UTC), Chat(chat_id, Chat.PRIVATE))

    async def edit_message_text(self, text: str, **more: Any) -> bool:
        self._fail("edit_message_text")
        self.out.append(f"edit: {text}")
        self.keyboards.append(more["reply_markup"])
        return True

    async def send_photo(self, *names: Any, **more: Any) -> Message:
        raise TelegramError("wrong file identifier")

    async def answer_callback_query(self, *names: Any, **more: Any) -> bool:
        return True

    async def send_chat_action(self, *names: Any, **more: Any) -> bool:
        self.actions += 1
        return True

    def _fail(self, kind: str) -> None:
        if self.troubles.get(kind):
            raise self.troubles[kind].pop(0)


class Desk:
    """All parts of a process, over what outlasts it."""

    def __init__(self, folder: Path, telegram: TelegramSettings | None = None) -> None:
        self.store, self.line, self.pulse = NotingStore(), Line(), Health()
        self._numbers = itertools.count(1)
        settings = Settings(
            cache=folder,
            score=Score.COSINE,
            head=False,
            telegram=TelegramSettings() if telegram is None else telegram,
        )
        entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Opening")]
        closing = replace(entry("closing", "Closing?"), attachments=(MAP,))
        self._matcher = bot_over(
            folder, *entries, closing, embedder=FakeEmbedder(VECTORS), settings=settings
        )

    def run(self, script: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
        """Run a script in a process of its own."""
        memory: AsyncStore = AsyncStore(lambda: self.store)

        async def run() -> None:
            with Worker() as worker:
                account = cast(Account, self.line)
                live = Live(self._matcher, _never, worker, memory, self.pulse)
                settings = self._matcher.settings
                parts = Parts(settings, live, account, memory, self.pulse)
                parts.queue._first_pause_s = 0.0
                self.take = parts.queue.take
                await script(self)
                await parts.finish()

        asyncio.run(asyncio.wait_for(run(), LONG_S))
        memory.close()

    async def says(self, text: str, *, age_s: float = 0.0, **more: Any) -> None:
        """Somebody says something, and gets an answer or none."""
        chat = {"id": 7, "type": "private"}
        message = {"message_id": 1, "date": int(time.time() - age_s), "chat": chat, "from": ADA}
        await self.update(message=message | {"text": text} | more)

    async def presses(self, keyboard: InlineKeyboardMarkup | None, place: int) -> None:
        """Ada presses a button of a message of the bot's."""
        assert keyboard is not None
        data = [button.callback_data for row in keyboard.inline_keyboard for button in row][place]
        chat = {"id": 7, "type": "private"}
        shown = {"message_id": 100, "date": int(time.time()), "chat": chat, "text": "…"}
        press = {"id": "1", "from": ADA, "chat_instance": "1", "data": data, "message": shown}
        await self.update(callback_query=press)

    async def update(self, **content: Any) -> None:
        await self.take([inbox_item({"update_id": next(self._numbers), **content})])
        while self.pulse.depth:
            await asyncio.sleep(0.001)


def _never() -> Any:
    raise AssertionError("nobody asked for a reload")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(("pause_s", "shown"), [(0.0, 0), (0.2, 1)])
def test_typing_is_shown_only_where_an_answer_takes_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, pause_s: float, shown: int
) -> None:
    monkeypatch.setattr(messages, "_TYPING_AFTER_S", 0.1)
    desk.line.pause_s = pause_s

    async def script(desk: Desk) -> None:
        await desk.says("Refund?")
        await asyncio.sleep(0.15)

    desk.run(script)
    assert desk.line.actions == shown


# --- once it is out ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "entry_id", "said"),
    [(0, "refund", "edit: answer of refund"), (-1, None, f"edit: {EN.rephrase}")],
)
def test_a_choice_is_remembered_when_its_reply_is_out(
    desk: Desk, place: int, entry_id: str | None, said: str
) -> None:
    async def script(desk: Desk) -> None:
        await desk.says("back")
        desk.line.troubles["edit_message_text"] = [TelegramError("no")] * 2
        await desk.presses(desk.line.keyboards[0], place)
        assert desk.line.out[1:] == [said]
        assert desk.pulse.set_aside == 0

    desk.run(script)
    assert [(label.entry_id, label.person) for label in desk.store.labels] == [(entry_id, "7")]


def test_a_choice_whose_reply_never_got_out_is_not_remembered(desk: Desk) -> None:
    async def script(desk: Desk) -> None:
        await desk.says("back")
        desk.line.troubles["edit_message_text"] = [TelegramError("no")] * 5
        await desk.presses(desk.line.keyboards[0], 0)
        assert desk.line.out[1:] == [EN.trouble]

    desk.run(script)
    assert (desk.store.labels, desk.pulse.set_aside) == ([], 1)


def test_an_answer_that_could_not_be_sent_is_sent_as_it_was(desk: Desk) -> None:
    """The number speaks of the follow-up before it, which is over once it was answered."""

    async def script(desk: Desk) -> None:
        await desk.says("back")
        desk.line.troubles["send_message"] = [TelegramError("no")] * 3
        await desk.says("1")
        assert desk.line.out[1:] == ["answer of refund"]
        desk.line.troubles["send_message"] = [TelegramError("no")] * 3
        await desk.says("Return?")
        assert desk.pulse.decisions == {"follow_up": 1, "answer": 1}

    desk.run(script)
    assert [label.entry_id for label in desk.store.labels] == ["refund"]
    assert desk.store.stats(0).total.asked == 2


def test_an_update_that_is_handled_again_by_another_process_is_counted_once(desk: Desk) -> None:
    async def script(desk: Desk) -> None:
        await desk.says("Refund?")

    desk.run(script)
    desk._numbers = itertools.count(1)
    desk.store.lose_arrivals()
    desk.run(script)
    assert desk.line.out == ["answer of refund"] * 2
    assert desk.store.stats(0).total.asked == 1


def test_a_file_that_cannot_be_sent_brings_no_answer_twice(desk: Desk) -> None:
    async def script(desk: Desk) -> None:
        sent = desk.line.send_message

        async def once(chat_id: int, text: str, **more: Any) -> Message:
            if desk.line.out:
                raise TelegramError("no")
            return await sent(chat_id, text, **more)

        desk.line.send_message = once  # type: ignore[method-assign]
        await desk.says("Closing?")
        assert desk.line.out == ["answer of closing"]
        assert desk.pulse.set_aside == 0

    desk.run(script)


@pytest.mark.parametrize("error", [TelegramError("no"), RuntimeError("no"), KeyError("words")])
def test_whoever_gets_no_answer_is_told_so(desk: Desk, error: Exception) -> None:
    async def script(desk: Desk) -> None:
        desk.line.troubles["send_message"] = [error] * 5
        await desk.says("Refund?")
        assert desk.line.out == [EN.trouble]
        await desk.says("Return?")
        assert desk.line.out == [EN.trouble, "answer of return"]

    desk.run(script)


def test_a_network_that_is_back_in_a_moment_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.api.sender._FIRST_PAUSE_S", 0.0)

    async def script(desk: Desk) -> None:
        desk.line.troubles["send_message"] = [NetworkError("away")] * 3
        await desk.says("Refund?")
        assert desk.line.out == ["answer of refund"]

    desk.run(script)


# --- what came too late --------------------------------------------------------------------------

LATE_S = 61 * 60.0


def test_what_waited_too_long_gets_one_apology_each_time_the_bot_was_away(desk: Desk) -> None:
    async def script(desk: Desk) -> None:
        await desk.says("Refund?", age_s=59 * 60)
        for _ in range(3):
            await desk.says("Refund?", age_s=LATE_S)
        assert desk.line.out == ["answer of refund", EN.late]
        await desk.says("Return?")
        await desk.says("Refund?", age_s=LATE_S)  # it was away again
        assert desk.line.out[2:] == ["answer of return", EN.late]

    desk.run(script)
    assert desk.store.stats(0).total.asked == 2


def test_the_age_from_which_it_is_too_late_is_configured(tmp_path: Path) -> None:
    async def script(desk: Desk) -> None:
        await desk.says("Refund?", age_s=80)
        await desk.says("Refund?", age_s=100)
        assert desk.line.out == ["answer of refund", EN.late]

    Desk(tmp_path, TelegramSettings(max_age=1.5)).run(script)


def test_each_chat_gets_its_own_apology(desk: Desk) -> None:
    async def script(desk: Desk) -> None:
        for number in (7, 8, 7, 8):
            chat = {"id": number, "type": "private"}
            await desk.says("Refund?", age_s=LATE_S, chat=chat, **{"from": ADA | {"id": number}})
        assert desk.line.out == [EN.late] * 2

    desk.run(script)


def test_in_a_group_only_who_spoke_to_the_bot_hears_an_apology(tmp_path: Path) -> None:
    group = {"id": -9, "type": "group", "title": "All"}
    command = {"entities": [{"type": "bot_command", "offset": 0, "length": 4}]}

    async def script(desk: Desk) -> None:
        await desk.says("Refund?", age_s=LATE_S, chat=group)
        assert desk.line.out == []
        await desk.says("/ask Refund?", age_s=LATE_S, chat=group, **command)
        assert desk.line.out == [EN.late]

    Desk(tmp_path, TelegramSettings(groups=Groups.SILENT_UNLESS_SURE)).run(script)
