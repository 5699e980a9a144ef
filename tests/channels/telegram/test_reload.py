"""/reload and SIGHUP."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.channels.telegram import reload as reload_module
from bot.channels.telegram.reload import Reload
from bot.errors import BotError, FileProblems, ModelError, Problem
from bot.files.config_texts import shipped
from bot.matching.build import Matcher, Rebuilt
from bot.service.health import Pulse
from bot.service.worker import Worker
from bot.texts import TeamTexts
from tests.factories import bot_over, entry

EN = shipped()["en"].team
T = TypeVar("T")


@dataclass
class Served:
    """What is served, and on which thread it was taken over."""

    bots: list[Matcher] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)

    def adopt(self, bot: Matcher) -> None:
        self.bots.append(bot)
        self.threads.append(threading.current_thread().name)


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    """Two entries, three wordings."""
    return bot_over(tmp_path, entry("refund", "How to refund?", "money back"), entry("return"))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def english() -> TeamTexts:
    return EN


def failing(error: Exception) -> Callable[[], Rebuilt]:
    def renew() -> Rebuilt:
        raise error

    return renew


def test_a_new_faq_is_taken_over_on_the_thread_that_matches_and_counted(
    bot: Matcher, worker: Worker, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    threads = []

    def renew() -> Rebuilt:
        threads.append(threading.current_thread().name)
        return Rebuilt(bot, ())

    caplog.set_level(logging.INFO)
    told = run(Reload(renew, worker, served.adopt, Pulse()).now(english))
    assert told == "Done: 2 entries, 3 wordings are served now."
    assert served.bots == [bot]
    assert served.threads == ["matching"]
    assert not threads[0].startswith(("matching", "MainThread"))
    assert "the FAQ was read anew: 2 entries, 3 wordings" in caplog.messages


def test_what_only_a_restart_changes_is_named(
    bot: Matcher, worker: Worker, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    reload = Reload(lambda: Rebuilt(bot, ("model", "telegram")), worker, served.adopt, Pulse())
    assert run(reload.now(english)).split("\n") == [
        "Done: 2 entries, 3 wordings are served now.",
        "These take effect only after a restart: model, telegram",
    ]
    assert "changes of model, telegram take effect after a restart" in caplog.messages


def test_with_mistakes_the_old_faq_stays_and_every_mistake_is_named(
    worker: Worker, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    problems = [
        Problem("faq/b.yaml", 3, "the answer is missing"),
        Problem("faq/a.yaml", 12, "the id is taken"),
        Problem("config.yaml", None, "the file cannot be read"),
    ]
    told = run(Reload(failing(FileProblems(problems)), worker, served.adopt, Pulse()).now(english))
    assert told.split("\n") == [
        "Nothing was changed, the old FAQ is still served. To mend: 3",
        "",
        "config.yaml: the file cannot be read",
        "faq/a.yaml:12: the id is taken",
        "faq/b.yaml:3: the answer is missing",
    ]
    assert served.bots == []
    assert "faq/a.yaml:12: the id is taken" in caplog.messages[0]


def test_of_very_many_mistakes_the_first_are_named_and_all_counted(
    worker: Worker, served: Served
) -> None:
    problems = [Problem("faq/a.yaml", line, "bad") for line in range(1, 22)]
    lines = run(Reload(failing(FileProblems(problems)), worker, served.adopt, Pulse()).now(english))
    head, _, *shown = lines.split("\n")
    assert head.endswith("To mend: 21")
    assert (shown[0], shown[-2:]) == ("faq/a.yaml:1: bad", ["faq/a.yaml:20: bad", "…"])


@pytest.mark.parametrize(
    "error",
    [ModelError("the model is away"), OSError("the model is away"), BotError("the model is away")],
)
def test_any_other_trouble_is_told_too_and_the_old_faq_stays(
    worker: Worker, served: Served, error: Exception
) -> None:
    told = run(Reload(failing(error), worker, served.adopt, Pulse()).now(english))
    assert told == "Nothing was changed, the old FAQ is still served: the model is away"
    assert served.bots == []


def test_while_one_is_under_way_a_second_is_told_so(
    bot: Matcher, worker: Worker, served: Served
) -> None:
    """And it is not read twice; afterwards it can be read again."""
    goes_on = threading.Event()
    started = threading.Event()
    reads = []

    def renew() -> Rebuilt:
        reads.append(1)
        started.set()
        assert goes_on.wait(5)
        return Rebuilt(bot, ())

    async def both() -> list[str]:
        reload = Reload(renew, worker, served.adopt, Pulse())
        first = asyncio.create_task(reload.now(english))
        await asyncio.to_thread(started.wait, 5)
        second = await reload.now(english)
        goes_on.set()
        return [await first, second, await reload.now(english)]

    done = "Done: 2 entries, 3 wordings are served now."
    assert run(both()) == [done, EN.reload_running, done]
    assert (len(reads), len(served.bots)) == (2, 2)


@pytest.mark.parametrize(
    "error", [FileProblems([Problem("a", 1, "b")]), RuntimeError("unheard of")]
)
def test_after_a_failure_it_can_be_read_again(
    bot: Matcher, worker: Worker, served: Served, error: Exception
) -> None:
    outcomes: list[Exception | None] = [error, None]

    def renew() -> Rebuilt:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return Rebuilt(bot, ())

    async def twice() -> str:
        reload = Reload(renew, worker, served.adopt, Pulse())
        try:
            await reload.now(english)
        except RuntimeError as raised:  # a defect is the error handler's to tell
            assert raised is error  # noqa: PT017
        return await reload.now(english)

    assert run(twice()).startswith("Done: ")


def test_it_is_told_in_the_words_that_are_served_then(
    bot: Matcher, worker: Worker, served: Served
) -> None:
    """The new FAQ may bring other sentences along."""
    chinese = shipped()["zh"].team
    reload = Reload(lambda: Rebuilt(bot, ()), worker, served.adopt, Pulse())
    told = run(reload.now(lambda: chinese if served.bots else EN))
    assert told == chinese.reloaded.replace("{entries}", "2").replace("{wordings}", "3")


# --- a large FAQ is measured beside the bot that serves -------------------------------------------


def test_what_was_measured_is_taken_over_on_the_same_thread_and_the_log_says_so(
    bot: Matcher,
    worker: Worker,
    served: Served,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot = replace(bot, is_provisional=True)
    caplog.set_level(logging.INFO)
    measured = replace(bot, fingerprint="measured", is_provisional=False)
    may_go_on = threading.Event()

    def settle(provisional: Matcher, turns: Worker) -> Matcher:
        assert may_go_on.wait(10)
        return measured

    monkeypatch.setattr(reload_module, "measure", settle)

    async def reloaded() -> None:
        reload = Reload(lambda: Rebuilt(bot), worker, served.adopt, Pulse())
        await reload.now(english)
        assert served.bots == [bot]
        may_go_on.set()
        await until(lambda: len(served.bots) == 2)
        await asyncio.sleep(0)

    run(reloaded())
    assert served.bots == [bot, measured]
    assert set(served.threads) == {"matching"}
    assert caplog.messages[-2:] == [
        "served with the measurements of the FAQ before; the new one is being measured",
        "the new FAQ is measured; decisions now carry fingerprint measured",
    ]


def test_what_was_measured_never_takes_the_place_of_a_newer_faq(
    bot: Matcher,
    worker: Worker,
    served: Served,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot = replace(bot, is_provisional=True)
    caplog.set_level(logging.INFO)
    newer, may_go_on = replace(bot, fingerprint="newer", is_provisional=False), threading.Event()

    def settle(provisional: Matcher, turns: Worker) -> Matcher:
        assert may_go_on.wait(10)
        return replace(bot, fingerprint="old", is_provisional=False)

    renewals = [Rebuilt(bot), Rebuilt(newer)]

    monkeypatch.setattr(reload_module, "measure", settle)

    async def reloaded() -> None:
        reload = Reload(lambda: renewals.pop(0), worker, served.adopt, Pulse())
        await reload.now(english)
        await reload.now(english)
        may_go_on.set()
        await until(lambda: "the FAQ has changed again" in caplog.text)

    run(reloaded())
    assert served.bots == [bot, newer]


@pytest.mark.parametrize("error", [ModelError("gone"), OSError("gone")])
def test_an_faq_that_cannot_be_measured_is_served_as_it_is(
    bot: Matcher,
    worker: Worker,
    served: Served,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    bot = replace(bot, is_provisional=True)

    def settle(provisional: Matcher, turns: Worker) -> Matcher:
        raise error

    monkeypatch.setattr(reload_module, "measure", settle)

    async def reloaded() -> None:
        reload = Reload(lambda: Rebuilt(bot), worker, served.adopt, Pulse())
        await reload.now(english)
        await until(lambda: "is not measured" in caplog.text)

    run(reloaded())
    assert served.bots == [bot]
    assert caplog.messages == ["the new FAQ is not measured, those before are kept: gone"]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within ten seconds")
