"""The chat while its bot is away, slow, or asked too much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest
from selenium.webdriver import Chrome

from tests.e2e.chatting import ANSWERS
from tests.e2e.memories import Memories
from tests.e2e.process import BotProcess, MakeConfig
from tests.e2e.site import Site
from tests.e2e.widget import EN, Widget, including, visited

QUESTION = "Are you open on Sunday?"
ANSWER = ANSWERS["opening-hours"]
LIMITS = ", limits: {conversation: {burst: 6, per_minute: 6}}"


@pytest.fixture(scope="module")
def config(make_config: MakeConfig, site: Site) -> Path:
    return make_config(including(site, LIMITS))


@contextmanager
def running(config: Path) -> Iterator[BotProcess]:
    with BotProcess(config, "", "") as process:
        process.wait_for_log("serving HTTP")
        yield process


def decisions(config: Path) -> int:
    return len(Memories(config).rows("SELECT id FROM decisions"))


def test_a_bot_that_goes_away_is_spoken_of_and_answers_the_message_once_when_it_is_back(
    browser: Chrome, site: Site, config: Path
) -> None:
    with running(config), visited(browser, site) as widget:
        widget.open().say("cake")
        widget.said(3)
    widget.say(QUESTION)
    assert widget.wait(lambda: widget.find(".trouble").text).startswith(EN.chat_away)
    assert widget.find(".unsent .said").text == QUESTION
    browser.refresh()  # the page is there, the bot's script is not
    with running(config) as process:
        browser.refresh()
        assert widget.said(5)[3:] == [("me", QUESTION), ("bot", ANSWER)]
        assert widget.find_all(".unsent") == []
        process.stop()
    assert decisions(config) == 2


def test_a_reload_while_an_answer_is_awaited_gets_it_once(
    browser: Chrome, site: Site, config: Path
) -> None:
    before = decisions(config)
    with running(config) as process, visited(browser, site) as widget:
        widget.open().say("cake")
        widget.said(3)
        process.signal(SIGSTOP)
        widget.say(QUESTION)
        widget.wait(lambda: widget.find(".waiting"))
        # The script comes from the same bot, so the page has to wait for it as well.
        browser.execute_script("setTimeout(() => location.reload(), 200)")
        time.sleep(1)
        process.signal(SIGCONT)
        assert widget.said(5)[3:] == [("me", QUESTION), ("bot", ANSWER)]
        process.stop()
    assert decisions(config) == before + 2


def is_answered(widget: Widget, said: int) -> bool:
    """Whether so much is said, or something keeps it from being said."""
    return len(widget.said(0)) == said or widget.find(".trouble").is_displayed()


def test_too_much_at_once_is_told_kindly_and_sent_later(
    browser: Chrome, site: Site, config: Path
) -> None:
    with running(config), visited(browser, site) as widget:
        widget.open()
        said = 1
        while not widget.find(".trouble").is_displayed():
            widget.say(f"cake number {said}")
            said += 2
            widget.wait(partial(is_answered, widget, said))
        told = widget.find(".trouble").text
        assert told.startswith(EN.chat_slow_down.partition("{")[0])
        assert len(widget.said(said)) == said
        assert not widget.find(".trouble").is_displayed()
