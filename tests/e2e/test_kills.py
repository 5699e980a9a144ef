"""kill -9 at any moment: every question is answered all the same."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from signal import SIGKILL
from typing import Protocol

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import AWAY, Fault
from tests.e2e.chatting import ANSWERS, replies, texts
from tests.e2e.handing import UNKNOWN
from tests.e2e.hooking import Courier, free_port
from tests.e2e.memories import EASY, Memories
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig

KILLS = int(os.environ.get("KILLS", "15"))  # while it polls, and as many behind a webhook
SEED = int(os.environ.get("KILLS_SEED", "1"))
CHATS = range(1, 21)
QUESTIONS = {  # of each chat, in this order: by question the entry that answers it
    "what are your opening hours": "opening-hours",
    "How do I cancel a cake order?": "cake-cancel",
    "how do i order a cake?": "cake-order",
}
HOURS, CANCEL, ORDER = QUESTIONS
SAYS = [HOURS, UNKNOWN, CANCEL, ORDER]  # each chat; the third is an edit of the second
AT_EACH_POINT = 2
TEXTS = shipped()["en"]
SECRET = "a-secret-of-this-file_0123456789"


class Line(Protocol):
    """What brings messages and edits of them to the bot; see `BotApi`."""

    def say(self, text: str, *, chat_id: int) -> int:
        """Have a message brought; return its update id."""
        ...

    def edit(self, update_id: int, text: str) -> int:
        """Have it brought that a message has other words now; return the update id."""
        ...


class People:
    """Whoever writes in the chats."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._said: dict[int, int] = {}

    def say(self, chat_id: int, text: str) -> None:
        """Write, or change what was written last."""
        if text == CANCEL:
            self._line.edit(self._said[chat_id], text)
        else:
            self._said[chat_id] = self._line.say(text, chat_id=chat_id)


def shares(choose: random.Random, count: int) -> list[list[tuple[int, str]]]:
    """All that is said in all chats, each chat's in its order, in so many shares."""
    order = [chat_id for chat_id in CHATS for _ in SAYS]
    choose.shuffle(order)
    left = {chat_id: iter(SAYS) for chat_id in CHATS}
    dealt = [(chat_id, next(left[chat_id])) for chat_id in order]
    cuts = [number * len(dealt) // count for number in range(count + 1)]
    return [dealt[begin:end] for begin, end in pairwise(cuts)]


def sends(api: BotApi) -> list[tuple[int, str]]:
    """The chat and the text of every message that the server took, new or changed, oldest first."""
    return [
        (call.result["chat"]["id"], call.result["text"])
        for call in api.calls
        if call.method in {"sendMessage", "editMessageText"} and call.error is None
    ]


@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_random_kills_lose_no_question_and_no_edit_and_repeat_only_replies_under_way(
    api: BotApi, make_config: MakeConfig, way: str
) -> None:
    if way == "polling":
        kill_and_ask(api, make_config(f"telegram: {{{EASY}}}\n"), api)
        return
    port = free_port()
    hook = f"webhook: {{url: 'https://bot.example.com/telegram', port: {port}, secret: {SECRET}}}"
    with Courier(port, SECRET) as courier:
        config = make_config(f"telegram: {{{EASY}, {hook}}}\n")
        kill_and_ask(api, config, courier)


def kill_and_ask(api: BotApi, config: Path, line: Line) -> None:
    """Kill one process after another while all questions come in, and count what came of them."""
    choose, people = random.Random(SEED), People(line)
    api.delay("sendMessage", 0.02)
    api.delay("editMessageText", 0.02)
    ends = []  # how many messages were sent when each process was dead
    for number, share in enumerate(shares(choose, KILLS)):
        before, after = share[: len(share) // 2], share[len(share) // 2 :]
        for chat_id, text in before:
            people.say(chat_id, text)
        with BotProcess(config, api.token, api.url) as process:
            process.wait_for_log(choose.choice(["connecting to Telegram", "serving Telegram"]))
            for chat_id, text in after:
                people.say(chat_id, text)
            # Not after a time alone: a busy machine would kill every process before it did a thing.
            # In three of four something is sent first: after ten ends a message is set aside.
            least = 0 if number % 4 == 0 else min(1, len(share))
            so_far, more = len(sends(api)), choose.randint(least, len(share))
            api.wait_for(lambda: len(sends(api)) >= so_far + more, START_TIMEOUT_S)  # noqa: B023
            time.sleep(choose.uniform(0, 0.1))
            process.stop(SIGKILL)
        ends.append(len(sends(api)))
    hours, cancel, order = (ANSWERS[entry_id] for entry_id in QUESTIONS.values())
    wanted = [hours, TEXTS.fallback, cancel, order]
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")  # all may be answered already
        api.wait_for(
            lambda: {(chat_id, text) for chat_id in CHATS for text in wanted} <= set(sends(api)),
            START_TIMEOUT_S,
        )
        assert process.stop() == 0
    sent = sends(api)
    lives = [sent[begin:end] for begin, end in pairwise([0, *ends, len(sent)])]
    for life in lives:
        for chat_id in CHATS:
            told = [text for chat, text in life if chat == chat_id]
            assert told == [text for text in wanted if text in told]  # in order, none twice
    for chat_id in CHATS:
        firsts = dict.fromkeys(text for chat, text in sent if chat == chat_id)
        assert list(firsts) == wanted
    again = Counter(sent) - Counter(set(sent))
    assert sum(again.values()) <= sum(under_way(life) for life in lives[:-1])
    print(f"{KILLS} kills: {len(set(sent))} answered, {sum(again.values())} of them again")


def under_way(life: list[tuple[int, str]]) -> int:
    """How many messages a process can have sent without having noted it: one of each chat."""
    return len({chat_id for chat_id, _ in life})


def test_a_kill_after_the_record_and_before_the_next_poll_answers_exactly_once(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    memories = Memories(config)

    def then_be_deaf(answer: bytes) -> bytes:
        if json.loads(answer)["result"]:
            api.faults.plan("getUpdates", AWAY, 1_000)
        return answer

    for round_ in range(AT_EACH_POINT):
        api.faults.plan("sendMessage", AWAY, 1_000)
        api.faults.plan("getUpdates", Fault(spoil=then_be_deaf), 1_000)
        update_id = api.say(HOURS, chat_id=1)
        api.say(CANCEL, chat_id=2)
        with BotProcess(config, api.token, api.url) as process:
            api.wait_for(lambda: recorded(memories) == 2, START_TIMEOUT_S)
            process.stop(SIGKILL)
        assert api.updates.confirmed_offset <= update_id
        assert len(api.sent(1)) == round_
        api.faults.end("sendMessage")
        api.faults.end("getUpdates")
        with BotProcess(config, api.token, api.url) as process:
            api.say(ORDER, chat_id=3)  # what is fetched after the two, and answered after them
            for chat_id in (1, 2, 3):
                replies(api, chat_id, round_ + 1)
            assert process.stop() == 0
    for chat_id, entry_id in enumerate(QUESTIONS.values(), start=1):
        told = [message.text for message in api.sent(chat_id)]
        assert told == [ANSWERS[entry_id]] * AT_EACH_POINT


def recorded(memories: Memories) -> int:
    """How many updates stand open in the inbox."""
    return len(memories.rows("SELECT 1 FROM received WHERE state = 'open'"))


def test_a_kill_after_a_reply_and_before_its_mark_repeats_that_reply_alone(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    for round_ in range(AT_EACH_POINT):
        api.delay("sendMessage", 600)  # it takes effect, and the bot is not told
        with BotProcess(config, api.token, api.url) as process:
            chat_id = round_ + 1
            api.say(HOURS, chat_id=chat_id)
            api.say(CANCEL, chat_id=chat_id)
            replies(api, chat_id)
            process.stop(SIGKILL)
        api.delay("sendMessage", 0)
        with BotProcess(config, api.token, api.url) as process:
            told = texts(api, chat_id, 3)
            assert process.stop() == 0
        assert told == [ANSWERS["opening-hours"]] * 2 + [ANSWERS["cake-cancel"]]
        assert len(api.sent(chat_id)) == 3
