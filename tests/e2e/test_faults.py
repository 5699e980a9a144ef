"""The true process while Telegram, the network between, or the database does not do its part."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import pytest

from bot.files.config.texts import shipped
from bot.store.sql.schema import DONE, SET_ASIDE
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import (
    AWAY,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    HALF_OPEN,
    Fault,
    garbage,
    refusal,
    with_result,
)
from tests.e2e.chatting import ANSWERS, texts
from tests.e2e.hooking import free_port
from tests.e2e.memories import EASY, Memories
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig, serving

TEXTS = shipped()["en"]
HOURS, CANCEL, ORDER = (
    "what are your opening hours",
    "How do I cancel a cake order?",
    "how do i order a cake?",
)
TOKEN = "123456:TEST-TOKEN"
WORDS = (HOURS, CANCEL, ORDER, "poppyseed")  # what people wrote
PAGE = f"<html><b>Bad Gateway</b> /bot{TOKEN}/ {HOURS}\n\n</html>".encode()
ONE_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) bot\.[\w.]+: \S.*"
)

# By what goes wrong: the fault, how often, and how many copies of the reply it may bring.
SENDS: dict[str, tuple[Fault, int, int]] = {
    "asked to wait": (refusal(429, "Too Many Requests: retry after 1", retry_after=1), 2, 1),
    "502 with a page": (garbage(PAGE, status=502), 2, 1),
    "the token is refused": (refusal(401, f"Unauthorized {TOKEN}"), 2, 1),
    "the network is away": (AWAY, 2, 1),
    "dropped before it takes effect": (DROPPED_BEFORE, 2, 1),
    "dropped after it took effect": (DROPPED_AFTER, 1, 2),
    "half an answer": (HALF_OPEN, 1, 2),
    "cut JSON": (garbage(b'{"ok": true, "result": {"mess', takes_effect=True), 1, 2),
    "no message": (with_result(lambda _: {}), 1, 2),
}
UNREADABLE = [1, HOURS, None, [], {}, {"update_id": "7"}, {"update_id": True}]
POLLS: dict[str, Fault] = {
    "asked to wait": SENDS["asked to wait"][0],
    "502 with a page": SENDS["502 with a page"][0],
    "the token is refused": SENDS["the token is refused"][0],
    "another bot polls": refusal(409, "Conflict: terminated by other getUpdates request"),
    "the network is away": AWAY,
    "dropped after": DROPPED_AFTER,
    "half an answer": HALF_OPEN,
    "cut JSON": garbage(b'{"ok": true, "result": [{"upda', takes_effect=True),
    "a text for updates": with_result(lambda _: HOURS),
    "what are no updates": with_result(lambda updates: [*UNREADABLE, *updates]),  # type: ignore[misc]
}


@dataclass(frozen=True)
class Running:
    """A bot, the server it talks to, and its database."""

    api: BotApi
    process: BotProcess
    memories: Memories

    def lines(self, text: str) -> int:
        """How many lines of the log hold a text."""
        return sum(text in line for line in self.process.log)

    def fate(self, update_id: int) -> tuple[str, str | None, int]:
        """What the database says of an update, once nobody works on it: state, reason, tries."""

        def over() -> list[tuple[str, str | None, int]]:
            query = (
                "SELECT state, reason, tries FROM received WHERE update_id = ? AND state IN (?, ?)"
            )
            return self.memories.rows(query, update_id, DONE, SET_ASIDE)

        (found,) = self.api.wait_for(over, START_TIMEOUT_S)
        return found


@pytest.fixture(scope="module")
def bot(make_config: MakeConfig) -> Iterator[Running]:
    """One bot for all faults that it lives through, with one readable line of the log for each."""
    config = make_config(f"telegram: {{{EASY}}}\n")
    with BotApi(TOKEN, max_poll_s=0.5) as api, serving(api, config) as process:
        yield Running(api, process, Memories(config))
    assert [line for line in process.log if not ONE_LINE.fullmatch(line)] == []
    assert_discreet(process.log)


@pytest.mark.parametrize("trouble", SENDS)
def test_a_failed_send_is_retried_until_it_succeeds_and_before_the_next_reply(
    bot: Running, chat_id: int, trouble: str
) -> None:
    fault, times, copies = SENDS[trouble]
    bot.api.faults.plan("sendMessage", fault, times, chat_id if fault.is_read else None)
    first = bot.api.say(HOURS, chat_id=chat_id)
    bot.api.say(CANCEL, chat_id=chat_id)
    told = texts(bot.api, chat_id, copies + 1)
    assert told == [ANSWERS["opening-hours"]] * copies + [ANSWERS["cake-cancel"]]
    assert bot.fate(first)[:2] == (DONE, None)
    assert bot.api.faults.left("sendMessage") == 0


@pytest.mark.parametrize("trouble", POLLS)
def test_a_failed_poll_is_retried_and_loses_or_repeats_no_update(
    bot: Running, chat_id: int, trouble: str
) -> None:
    bot.api.faults.plan("getUpdates", POLLS[trouble])
    bot.api.say(HOURS, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.api.faults.left("getUpdates") == 0)
    bot.api.say(CANCEL, chat_id=chat_id)
    bot.api.say(ORDER, chat_id=chat_id)
    wanted = [ANSWERS["opening-hours"], ANSWERS["cake-cancel"], ANSWERS["cake-order"]]
    assert texts(bot.api, chat_id, 3) == wanted
    if trouble == "another bot polls":
        assert bot.lines("another program polls Telegram with this token; stop one of the two")


def test_an_update_that_fails_five_times_is_set_aside_with_an_apology_and_delays_nobody(
    bot: Running, chat_id: int
) -> None:
    unreachable, other = chat_id + 10_000, chat_id + 20_000
    refused = refusal(400, "Bad Request: something is wrong with it")
    bot.api.faults.plan("sendMessage", refused, 5, chat_id)
    bot.api.forbid(unreachable, "Bad Request: chat not found", 400)
    broken = [bot.api.say(HOURS, chat_id=chat) for chat in (chat_id, unreachable)]
    bot.api.say(CANCEL, chat_id=chat_id)
    bot.process.wait_for_log("an update failed, try 1 of 5")
    bot.api.say(CANCEL, chat_id=other)
    assert texts(bot.api, other, 1) == [ANSWERS["cake-cancel"]]
    assert texts(bot.api, chat_id, 2) == [TEXTS.trouble, ANSWERS["cake-cancel"]]
    for update_id in broken:
        assert bot.fate(update_id) == (SET_ASIDE, "BadRequest", 5)
        bot.process.wait_for_log(f"update {update_id} is set aside: BadRequest")
    bot.process.wait_for_log("the apology could not be sent: Chat not found")
    bot.api.allow(unreachable)
    bot.api.say(CANCEL, chat_id=unreachable)
    assert texts(bot.api, unreachable, 1) == [ANSWERS["cake-cancel"]]


def test_a_network_outage_loses_no_question(bot: Running, chat_id: int) -> None:
    told, back = bot.lines("Telegram cannot be polled"), bot.lines("Telegram is polled again")
    bot.api.faults.is_away = True
    bot.api.say(HOURS, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.lines("Telegram cannot be polled") > told)
    bot.api.faults.is_away = False
    bot.api.say(CANCEL, chat_id=chat_id)
    assert texts(bot.api, chat_id, 2) == [ANSWERS["opening-hours"], ANSWERS["cake-cancel"]]
    bot.api.wait_for(lambda: bot.lines("Telegram is polled again") > back)


def locked(memories: Memories) -> sqlite3.Connection:
    """Another program that writes to the database, until it is closed."""
    database = sqlite3.connect(memories.path, timeout=30, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    return database


def assert_discreet(log: list[str]) -> None:
    """Neither the token nor what people wrote stands in a log, nor a task nobody looked after."""
    unwanted = (TOKEN.partition(":")[2], *WORDS, "never retrieved", "<html>")
    found = [line for line in log if any(one.lower() in line.lower() for one in unwanted)]
    # That alone shows what was asked, as --verbose promises.
    assert [line for line in found if " DEBUG bot.matching.matcher: answer: " not in line] == []
    assert TOKEN.partition(":")[2] not in "\n".join(found)


def test_the_verbose_log_holds_neither_token_nor_utterances_after_any_fault(
    make_config: MakeConfig,
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    with BotApi(TOKEN, max_poll_s=0.1) as api:
        for method in ("getMe", "deleteWebhook", "setMyCommands"):
            api.faults.plan(method, garbage(PAGE, status=502))
        with serving(api, config, "--verbose") as process:
            for fault in POLLS.values():
                api.faults.plan("getUpdates", fault)
                api.faults.plan("getUpdates", Fault())  # a poll that succeeds, between two
            for chat_id, (fault, times, _) in enumerate(SENDS.values(), start=1):
                where = chat_id if fault.is_read else None
                api.faults.plan("sendMessage", fault, times, where)
                api.say(HOURS, chat_id=chat_id)
            api.push({"message": {"text": "poppyseed", "chat": {"id": 99}}})
            api.forbid(98)
            api.say(CANCEL, chat_id=98)
            for chat_id, (_, _, copies) in enumerate(SENDS.values(), start=1):
                assert texts(api, chat_id, copies) == [ANSWERS["opening-hours"]] * copies
            api.wait_for(lambda: api.faults.left("getUpdates") == 0, START_TIMEOUT_S)
            api.say(ORDER, chat_id=97)
            assert texts(api, 97, 1) == [ANSWERS["cake-order"]]
    assert "opening-hours 1.00" in process.wait_for_log("above the answer line")
    assert any("Traceback" in line for line in process.log)
    assert_discreet(process.log)


def test_start_retries_until_the_network_is_back_and_needs_no_command_menu(config: Path) -> None:
    port = free_port()
    with BotProcess(config, TOKEN, f"http://127.0.0.1:{port}") as process:
        process.wait_for_log("has not answered for 10 s; still trying. Check the network")
        with BotApi(TOKEN, port=port) as api:
            api.faults.plan("deleteWebhook", garbage(PAGE))
            api.faults.plan("setMyCommands", refusal(400, "Bad Request: BOT_COMMAND_INVALID"))
            api.say(HOURS, chat_id=1)
            assert texts(api, 1, 1) == [ANSWERS["opening-hours"]]
            process.wait_for_log("the commands could not be announced: ")
            assert process.stop() == 0
    assert [line for line in process.log if not ONE_LINE.fullmatch(line)] == []


def test_a_kill_while_the_database_is_locked_loses_no_question(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    with serving(api, config) as process:
        api.say(HOURS, chat_id=1)
        texts(api, 1, 1)
        with closing(locked(Memories(config))):
            api.faults.plan("sendMessage", DROPPED_BEFORE, 1_000, 3)
            api.say(HOURS, chat_id=2)
            api.say(HOURS, chat_id=3)
            texts(api, 2, 1)
            api.say(CANCEL, chat_id=1)
            api.say(CANCEL, chat_id=3)
            api.wait_for(lambda: api.faults.left("sendMessage") < 1_000)
            process.stop(SIGKILL)
    api.faults.end("sendMessage")
    with BotProcess(config, api.token, api.url) as process:
        assert texts(api, 3, 2) == [ANSWERS["opening-hours"], ANSWERS["cake-cancel"]]
        api.wait_for(lambda: texts(api, 1)[-1] == ANSWERS["cake-cancel"])
        assert set(texts(api, 2, 1)) == {ANSWERS["opening-hours"]}
        assert process.stop() == 0
    told = texts(api, 1)
    assert (told[0], told[-1]) == (ANSWERS["opening-hours"], ANSWERS["cake-cancel"])
    assert len(told) <= 4  # at least once, and none more than twice
    assert len(api.sent(2)) <= 2


def test_the_watchdog_ends_a_stuck_bot_and_open_updates_are_answered_after_it(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(f"telegram: {{watchdog_s: 5, {EASY}}}\n")
    with serving(api, config) as process:
        api.delay("sendMessage", 600)
        api.say(HOURS, chat_id=1)
        api.say(CANCEL, chat_id=1)
        assert process.wait() == 1
    assert "no update was dealt with for " in process.log[-1]
    assert process.log[-1].endswith("; the process ends, to be started again")
    api.delay("sendMessage", 0)
    copies = len(api.sent(1))
    with BotProcess(config, api.token, api.url) as process:
        wanted = [ANSWERS["opening-hours"]] * (1 + copies) + [ANSWERS["cake-cancel"]]
        assert texts(api, 1, len(wanted)) == wanted
        assert process.stop() == 0
