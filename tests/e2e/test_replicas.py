"""Several processes on one PostgreSQL: each chat in order, nothing lost, whoever of them dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS
from tests.e2e.memories import EASY
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig
from tests.postgres import OwnServer, own_postgres

CHATS = range(1, 13)
QUESTIONS = {
    "what are your opening hours": "opening-hours",
    "How do I cancel a cake order?": "cake-cancel",
    "how do i order a cake?": "cake-order",
}
ANSWERED = [ANSWERS[entry_id] for entry_id in QUESTIONS.values()]


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_postgres() as started:
        yield started


class Replicas:
    """Processes on one database."""

    def __init__(self, api: BotApi, server: OwnServer, make_config: MakeConfig) -> None:
        self._api, self._server = api, server
        self._open = ExitStack()
        url = server.database()
        whole = make_config("")
        store = f"store: {{url: '{url}', key_file: '{whole.parent / 'shared.key'}'}}\n"
        self._config: Path = make_config(f"{store}telegram: {{{EASY}}}\n")

    def __enter__(self) -> Replicas:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def start(self) -> BotProcess:
        """One more of them, once it serves."""
        process = BotProcess(
            *(self._config, self._api.token, self._api.url), STORE_PASSWORD=self._server.password
        )
        self._open.enter_context(process)
        process.wait_for_log("serving Telegram")
        return process


def asked(api: BotApi) -> None:
    """Have each chat ask all questions, one after the other."""
    for text in QUESTIONS:
        for chat_id in CHATS:
            api.say(text, chat_id=chat_id)


def told(api: BotApi, chat_id: int) -> list[str]:
    return [message.text for message in api.sent(chat_id)]


def calls(api: BotApi, method: str) -> int:
    return sum(call.method == method for call in api.calls)


def answered_twice(api: BotApi) -> bool:
    return all(split(told(api, chat_id))[0] == ANSWERED * 2 for chat_id in CHATS)


def test_a_replica_that_is_killed_loses_nothing_and_another_polls_and_keeps_each_chat_in_order(
    api: BotApi, server: OwnServer, make_config: MakeConfig
) -> None:
    api.delay("sendMessage", 0.05)
    with Replicas(api, server, make_config) as replicas:
        first = replicas.start()  # it polls
        replicas.start()
        asked(api)
        api.wait_for(lambda: calls(api, "sendMessage") >= len(CHATS), START_TIMEOUT_S)
        first.stop(SIGKILL)
        asked(api)
        api.wait_for(lambda: answered_twice(api), START_TIMEOUT_S)
    for chat_id in CHATS:
        once, again = split(told(api, chat_id))
        assert once == ANSWERED * 2
        assert len(again) <= 1  # what was under way in its chat when the first was killed


def test_a_restart_of_the_database_loses_nothing_and_repeats_nothing(
    api: BotApi, server: OwnServer, make_config: MakeConfig
) -> None:
    api.delay("sendMessage", 0.05)
    with Replicas(api, server, make_config) as replicas:
        for _ in range(2):
            replicas.start()
        asked(api)
        api.wait_for(lambda: calls(api, "sendMessage") >= len(CHATS), START_TIMEOUT_S)
        server.stop()
        asked(api)
        server.start()
        api.wait_for(lambda: answered_twice(api), START_TIMEOUT_S)
    assert [told(api, chat_id) for chat_id in CHATS] == [ANSWERED * 2] * len(CHATS)


def split(sent: list[str]) -> tuple[list[str], list[str]]:
    """What was said, and what of it was said twice in a row."""
    once: list[str] = []
    again: list[str] = []
    for text in sent:
        (again if once[-1:] == [text] else once).append(text)
    return once, again
