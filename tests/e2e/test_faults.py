"""The true process while Telegram, the network between, or the database does not do its part."""

from __future__ import annotations

import re
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import pytest

from bot.files.config_texts import shipped
from bot.store.sql.schema import DONE, SET_ASIDE
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import (
    AWAY,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    HALF,
    Fault,
    garbage,
    refusal,
    with_result,
)
from tests.e2e.chatting import replies
from tests.e2e.memories import EASY, Memories
from tests.e2e.process import START_TIMEOUT_S, BotProcess

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
    "500": (refusal(500, "Internal Server Error"), 2, 1),
    "502 with a page": (garbage(PAGE, status=502), 2, 1),
    "503": (garbage(b"", status=503), 2, 1),
    "the token is refused": (refusal(401, f"Unauthorized {TOKEN}"), 2, 1),
    "the network is away": (AWAY, 2, 1),
    "dropped before it takes effect": (DROPPED_BEFORE, 2, 1),
    "dropped after it took effect": (DROPPED_AFTER, 1, 2),
    "half an answer": (HALF, 1, 2),
    "a page": (garbage(PAGE), 2, 1),
    "cut JSON": (garbage(b'{"ok": true, "result": {"mess', takes_effect=True), 1, 2),
    "a list": (garbage(b"[]"), 2, 1),
    "an empty mapping": (garbage(b"{}"), 2, 1),
    "a text for a message": (with_result(lambda _: HOURS), 1, 2),
    "no message": (with_result(lambda _: {}), 1, 2),
}
UNREADABLE = [1, HOURS, None, [], {}, {"update_id": "7"}, {"update_id": True}]
POLLS: dict[str, Fault] = {
    "asked to wait": SENDS["asked to wait"][0],
    "500": SENDS["500"][0],
    "502 with a page": SENDS["502 with a page"][0],
    "503": SENDS["503"][0],
    "the token is refused": SENDS["the token is refused"][0],
    "404 with a page": garbage(PAGE, status=404),
    "another bot polls": refusal(409, "Conflict: terminated by other getUpdates request"),
    "the network is away": AWAY,
    "dropped before": DROPPED_BEFORE,
    "dropped after": DROPPED_AFTER,
    "half an answer": HALF,
    "a page": garbage(PAGE),
    "cut JSON": garbage(b'{"ok": true, "result": [{"upda', takes_effect=True),
    "a list": garbage(b"[]"),
    "an empty mapping": garbage(b"{}"),
    "no result": with_result(lambda _: None),
    "a text for updates": with_result(lambda _: HOURS),
    "a mapping for updates": with_result(lambda _: {"update_id": 5}),
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
def bot(make_config: Callable[[str], Path]) -> Iterator[Running]:
    """One bot for all faults that it lives through."""
    config = make_config(f"telegram: {{{EASY}}}\n")
    with BotApi(TOKEN, max_poll_s=0.5) as api, BotProcess(config, TOKEN, api.url) as process:
        process.wait_for_log("serving Telegram")
        yield Running(api, process, Memories(config))
        assert process.stop() == 0


def texts(api: BotApi, chat_id: int, count: int) -> list[str]:
    return [message.text for message in replies(api, chat_id, count)]


@pytest.mark.parametrize("trouble", SENDS)
def test_a_reply_comes_whatever_becomes_of_its_sending_and_before_the_next(
    bot: Running, chat_id: int, answers: dict[str, str], trouble: str
) -> None:
    fault, times, copies = SENDS[trouble]
    bot.api.faults.plan("sendMessage", fault, times, chat_id if fault.is_read else None)
    first = bot.api.say(HOURS, chat_id=chat_id)
    bot.api.say(CANCEL, chat_id=chat_id)
    told = texts(bot.api, chat_id, copies + 1)
    assert told == [answers["opening-hours"]] * copies + [answers["cake-cancel"]]
    assert bot.fate(first)[:2] == (DONE, None)
    assert bot.api.faults.left("sendMessage") == 0


@pytest.mark.parametrize("trouble", POLLS)
def test_what_people_write_arrives_once_whatever_becomes_of_a_poll(
    bot: Running, chat_id: int, answers: dict[str, str], trouble: str
) -> None:
    bot.api.faults.plan("getUpdates", POLLS[trouble], 2)
    bot.api.say(HOURS, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.api.faults.left("getUpdates") < 2)
    bot.api.say(CANCEL, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.api.faults.left("getUpdates") == 0)
    bot.api.say(ORDER, chat_id=chat_id)
    wanted = [answers["opening-hours"], answers["cake-cancel"], answers["cake-order"]]
    assert texts(bot.api, chat_id, 3) == wanted


def test_an_update_that_nobody_can_read_is_set_aside_among_those_that_are_answered(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    bot.api.say(HOURS, chat_id=chat_id)
    broken = bot.api.push({"message": {"text": "poppyseed", "chat": {"id": chat_id}}})
    bot.api.say(CANCEL, chat_id=chat_id)
    told = texts(bot.api, chat_id, 2)
    assert told == [answers["opening-hours"], answers["cake-cancel"]]
    state, reason, tries = bot.fate(broken)
    assert (state, tries) == (SET_ASIDE, 0)
    assert re.fullmatch(r"it cannot be read \(\w+\)", reason or "")


def test_a_reply_that_fails_five_times_is_set_aside_and_the_person_is_told(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    refused = refusal(400, "Bad Request: something is wrong with it")
    bot.api.faults.plan("sendMessage", refused, 5, chat_id)
    broken = bot.api.say(HOURS, chat_id=chat_id)
    bot.api.say(CANCEL, chat_id=chat_id)
    assert texts(bot.api, chat_id, 2) == [TEXTS.trouble, answers["cake-cancel"]]
    assert bot.fate(broken) == (SET_ASIDE, "BadRequest", 5)
    bot.process.wait_for_log(f"update {broken} is set aside: BadRequest")


def test_four_failures_are_not_too_many(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    refused = refusal(400, "Bad Request: something is wrong with it")
    bot.api.faults.plan("sendMessage", refused, 4, chat_id)
    update_id = bot.api.say(HOURS, chat_id=chat_id)
    assert texts(bot.api, chat_id, 1) == [answers["opening-hours"]]
    assert bot.fate(update_id) == (DONE, None, 5)


def test_a_chat_to_which_nothing_can_be_sent_delays_nobody_and_is_answered_again_later(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    other = chat_id + 10_000
    bot.api.forbid(chat_id, "Bad Request: chat not found", 400)
    dead = bot.api.say(HOURS, chat_id=chat_id)
    bot.process.wait_for_log("an update failed, try 1 of 5")
    bot.api.say(CANCEL, chat_id=other)
    assert texts(bot.api, other, 1) == [answers["cake-cancel"]]
    assert not bot.memories.rows(
        "SELECT 1 FROM received WHERE update_id = ? AND state != 'open'", dead
    )
    assert bot.fate(dead) == (SET_ASIDE, "BadRequest", 5)
    bot.process.wait_for_log("the apology could not be sent: Chat not found")
    bot.api.allow(chat_id)
    bot.api.say(CANCEL, chat_id=chat_id)
    assert texts(bot.api, chat_id, 1) == [answers["cake-cancel"]]


def test_whoever_blocked_the_bot_is_not_tried_again_and_answered_once_they_let_it(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    bot.api.forbid(chat_id)
    blocked = bot.api.say(HOURS, chat_id=chat_id)
    assert bot.fate(blocked) == (DONE, None, 1)
    bot.api.allow(chat_id)
    bot.api.say(CANCEL, chat_id=chat_id)
    assert texts(bot.api, chat_id, 1) == [answers["cake-cancel"]]


def test_a_chat_whose_sends_fail_keeps_its_order_and_delays_nobody(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    other = chat_id + 10_000
    bot.api.faults.plan("sendMessage", refusal(502, "Bad Gateway"), 3, chat_id)
    for text in (HOURS, CANCEL, ORDER):
        bot.api.say(text, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.api.faults.left("sendMessage") < 3)
    bot.api.say(HOURS, chat_id=other)
    assert texts(bot.api, other, 1) == [answers["opening-hours"]]
    assert bot.api.sent(chat_id) == []
    wanted = [answers["opening-hours"], answers["cake-cancel"], answers["cake-order"]]
    assert texts(bot.api, chat_id, 3) == wanted


def test_a_network_that_goes_away_and_comes_back_costs_no_question(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    told, back = bot.lines("Telegram cannot be polled"), bot.lines("Telegram is polled again")
    bot.api.faults.go_away()
    bot.api.say(HOURS, chat_id=chat_id)
    bot.api.wait_for(lambda: bot.lines("Telegram cannot be polled") > told)
    bot.api.faults.go_away(False)
    bot.api.say(CANCEL, chat_id=chat_id)
    assert texts(bot.api, chat_id, 2) == [answers["opening-hours"], answers["cake-cancel"]]
    bot.api.wait_for(lambda: bot.lines("Telegram is polled again") > back)


def locked(memories: Memories) -> sqlite3.Connection:
    """Another program that writes to the database, until it is closed."""
    database = sqlite3.connect(memories.path, timeout=30, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    return database


def test_while_the_database_is_locked_answers_go_on_and_nothing_is_lost(
    bot: Running, chat_id: int, answers: dict[str, str]
) -> None:
    begins, ends = "the memory cannot be written (the database is locked", "the memory works again"
    told, over = bot.lines(begins), bot.lines(ends)
    with closing(locked(bot.memories)):
        for number, text in enumerate((HOURS, CANCEL, ORDER), start=1):
            bot.api.say(text, chat_id=chat_id)
            assert len(texts(bot.api, chat_id, number)) == number
        bot.api.wait_for(lambda: bot.lines(begins) > told)
    begun = bot.lines(begins) - told
    bot.api.wait_for(lambda: bot.lines(ends) - over == begun)
    update_id = bot.api.say(HOURS, chat_id=chat_id)
    wanted = [answers["opening-hours"], answers["cake-cancel"], answers["cake-order"]]
    assert texts(bot.api, chat_id, 4) == [*wanted, answers["opening-hours"]]
    assert bot.fate(update_id) == (DONE, None, 1)
    assert begun <= 2  # what arrived is one memory, what was decided is the other


def test_each_line_of_the_log_is_one_that_a_person_can_read(bot: Running, chat_id: int) -> None:
    bot.api.faults.plan("sendMessage", garbage(PAGE, status=502), 1, chat_id)
    bot.api.faults.plan("getUpdates", garbage(PAGE), 1)
    bot.api.faults.plan("sendMessage", refusal(400, f"Bad\nRequest: {TOKEN}"), 1, chat_id)
    bot.api.say(HOURS, chat_id=chat_id)
    texts(bot.api, chat_id, 1)
    bot.process.wait_for_log("an update failed, try 1 of 5 (BadRequest: ")
    assert [line for line in bot.process.log if not ONE_LINE.fullmatch(line)] == []
    assert_discreet(bot.process.log)


def assert_discreet(log: list[str]) -> None:
    """Neither the token nor what people wrote stands in a log, nor a task nobody looked after."""
    unwanted = (TOKEN.partition(":")[2], *WORDS, "never retrieved", "<html>")
    found = [line for line in log if any(one.lower() in line.lower() for one in unwanted)]
    # That alone shows what was asked, as --verbose promises.
    assert [line for line in found if " DEBUG bot.matching.build: answer: " not in line] == []
    assert TOKEN.partition(":")[2] not in "\n".join(found)


def test_no_failure_puts_the_token_or_peoples_words_into_the_log_of_verbose(
    make_config: Callable[[str], Path], answers: dict[str, str]
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    with BotApi(TOKEN, max_poll_s=0.1) as api:
        for method in ("getMe", "deleteWebhook", "setMyCommands"):
            api.faults.plan(method, garbage(PAGE, status=502))
        with BotProcess(config, TOKEN, api.url, "--verbose") as process:
            process.wait_for_log("serving Telegram")
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
                assert texts(api, chat_id, copies) == [answers["opening-hours"]] * copies
            api.wait_for(lambda: api.faults.left("getUpdates") == 0, START_TIMEOUT_S)
            api.say(ORDER, chat_id=97)
            assert texts(api, 97, 1) == [answers["cake-order"]]
            assert process.stop() == 0
    assert any("Traceback" in line for line in process.log)
    assert_discreet(process.log)


def test_a_network_that_is_away_at_the_start_is_waited_for_and_commands_are_no_must(
    config: Path, answers: dict[str, str]
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with BotProcess(config, TOKEN, f"http://127.0.0.1:{port}") as process:
        process.wait_for_log("has not answered for 10 s; still trying. Check the network")
        with BotApi(TOKEN, port=port) as api:
            for method in ("getMe", "deleteWebhook"):
                api.faults.plan(method, garbage(PAGE))
            api.faults.plan("setMyCommands", refusal(400, "Bad Request: BOT_COMMAND_INVALID"))
            api.say(HOURS, chat_id=1)
            assert texts(api, 1, 1) == [answers["opening-hours"]]
            process.wait_for_log("the commands could not be announced: ")
            assert process.stop() == 0
    assert [line for line in process.log if not ONE_LINE.fullmatch(line)] == []


def written(chat_id: int, text: str, minutes_ago: float) -> dict[str, object]:
    """A message of a private chat, some time ago."""
    person = {"id": chat_id, "is_bot": False, "first_name": "Ada", "language_code": "en"}
    chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
    at = int(time.time() - 60 * minutes_ago)
    return {
        "message": {"message_id": 900_000, "date": at, "chat": chat, "from": person, "text": text}
    }


def test_who_wrote_long_before_the_bot_was_back_gets_one_apology_and_the_others_their_answers(
    api: BotApi, make_config: Callable[[str], Path], answers: dict[str, str]
) -> None:
    for chat_id, text, minutes_ago in (
        *((1, HOURS, 90.0), (1, CANCEL, 61.0), (1, ORDER, 59.0), (1, HOURS, 0.0)),
        *((2, HOURS, 300.0), (2, ORDER, 200.0)),
        (3, CANCEL, 58.0),
    ):
        api.push(written(chat_id, text, minutes_ago))
    with BotProcess(make_config(f"telegram: {{{EASY}}}\n"), api.token, api.url) as process:
        assert texts(api, 1, 3) == [TEXTS.late, answers["cake-order"], answers["opening-hours"]]
        assert texts(api, 3, 1) == [answers["cake-cancel"]]
        api.say(CANCEL, chat_id=2)
        assert texts(api, 2, 2) == [TEXTS.late, answers["cake-cancel"]]
        assert process.stop() == 0


def test_a_kill_while_the_database_is_locked_costs_no_question(
    api: BotApi, make_config: Callable[[str], Path], answers: dict[str, str]
) -> None:
    config = make_config(f"telegram: {{{EASY}}}\n")
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
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
        assert texts(api, 3, 2) == [answers["opening-hours"], answers["cake-cancel"]]
        told = texts(api, 1, 2)
        assert (told[0], told[-1]) == (answers["opening-hours"], answers["cake-cancel"])
        assert set(texts(api, 2, 1)) == {answers["opening-hours"]}
        assert process.stop() == 0
    assert len(api.sent(1)) <= 3
    assert len(api.sent(2)) <= 2


@pytest.mark.parametrize(
    ("trouble", "method", "said"),
    [
        ("hangs", "getUpdates", "Telegram has answered no poll for 1"),
        ("fails", "getUpdates", "Telegram has answered no poll for 1"),
        ("hangs", "sendMessage", "no update was dealt with for "),
    ],
)
def test_a_bot_that_stands_still_ends_and_answers_what_was_open_when_it_is_back(
    api: BotApi,
    make_config: Callable[[str], Path],
    answers: dict[str, str],
    trouble: str,
    method: str,
    said: str,
) -> None:
    config = make_config(f"telegram: {{watchdog_s: 5, {EASY}}}\n")
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        if trouble == "hangs":
            api.delay(method, 600)
        else:
            api.faults.plan(method, refusal(502, "Bad Gateway"), 1_000)
            api.wait_for(lambda: api.faults.left(method) < 1_000)
        api.say(HOURS, chat_id=1)
        api.say(CANCEL, chat_id=1)
        assert process.wait() == 1
    assert said in process.log[-1]
    assert process.log[-1].endswith("; the process ends, to be started again")
    api.delay(method, 0)
    api.faults.end(method)
    copies = len(api.sent(1))
    with BotProcess(config, api.token, api.url) as process:
        wanted = [answers["opening-hours"]] * (1 + copies) + [answers["cake-cancel"]]
        assert texts(api, 1, len(wanted)) == wanted
        assert process.stop() == 0
