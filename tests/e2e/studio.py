"""What tests say about the studio in a browser."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

from selenium.common.exceptions import (
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement

from bot.files.config.texts import studio_texts
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import BAKERY
from tests.e2e.hooking import free_port
from tests.e2e.memories import ADMIN, EASY, ask
from tests.e2e.process import (
    ROOT,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    MakeConfig,
    environment,
    serving,
)
from tests.e2e.widget import findings_of

T = TypeVar("T")
EN = studio_texts("en")
_WIDE = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
_UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true })"
_REPORT = """
    const all = [...document.querySelectorAll("#content div")];
    return all.find((one) => one.shadowRoot?.querySelector("#key dd"))?.shadowRoot ?? null;
"""
_FIELD = ".//label[normalize-space(text())={label}]/*"


def told(config: Path, *arguments: str) -> str:
    """What `python -m bot` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments, "--config", str(config)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@dataclass(frozen=True)
class Beside:
    """A bot that serves Telegram and the studio.

    Attributes:
        file: its FAQ, a copy of the bakery's.
    """

    api: BotApi
    config: Path
    file: Path
    port: int

    def link(self) -> str:
        """What opens the studio once."""
        return told(self.config, "studio", "--link").strip()

    def settle(self) -> str:
        """Wait until all that was said is written; what /stats says of it."""
        return ask(self.api, "/stats", chat_id=ADMIN).text


@contextmanager
def serving_beside(make_config: MakeConfig) -> Iterator[Beside]:
    """Serve both."""
    port = free_port()
    config = make_config(
        f"faq: faq/\nstudio: {{port: {port}}}\ntelegram:\n  admins: [{ADMIN}]\n  {EASY}\n"
    )
    file = config.parent / "faq" / "bakery.yaml"
    file.parent.mkdir()
    file.write_bytes(BAKERY.read_bytes())
    with BotApi() as api, serving(api, config) as process:
        process.wait_for_log("serving the studio")
        yield Beside(api, config, file, port)


@contextmanager
def visiting(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    """The first page; nothing that is changed about the browser stays."""
    browser.set_window_size(1200, 900)
    page = Studio(browser)
    browser.get(f"http://127.0.0.1:{beside.port}/")
    if not page.all(".chat"):
        browser.get(beside.link())
    page.wait(lambda: page.all(".by-bot"))
    page.complaints()
    yield page
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    page.read_in("en")


@contextmanager
def opened_alone(config: Path, port: int) -> Iterator[str]:
    """`python -m bot studio`; yields the link that it prints."""
    command = [sys.executable, "-m", "bot", "studio", "--config", str(config), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    watch = threading.Timer(START_TIMEOUT_S, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        with process.stdout:
            process.stdout.readline()
            link = process.stdout.readline().strip()
            watch.cancel()
            yield link
            process.terminate()
            assert process.wait(STOP_TIMEOUT_S) == 0
    finally:
        watch.cancel()
        process.kill()
        process.wait()


class Studio:
    """The studio as the person in front of a browser sees it."""

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def go(self, page: str) -> None:
        """Follow the link to a page."""
        self.wait(lambda: self.browser.find_element(By.LINK_TEXT, page)).click()
        self.wait(lambda: self.browser.find_element(By.TAG_NAME, "h1").text == page)

    def pages(self) -> list[str]:
        """What the pages are called, in their order: all that there are."""
        return [link.text for link in self.all("header nav a")]

    def open(self, address: str) -> None:
        """Open a page by its address, and wait until it shows all."""
        self.browser.get(urljoin(self.browser.current_url, address))
        self.wait(lambda: self.all("h1"))
        self.settle()

    def settle(self) -> None:
        """Wait until a page shows all that it looks for, and open all that is folded up."""
        self.wait(lambda: not self.all("[aria-busy=true]"))
        self.browser.execute_script(_UNFOLD)

    def read_in(self, languages: str) -> None:
        """Have the browser ask for pages in languages, as an Accept-Language header names them."""
        self.browser.execute_cdp_cmd("Network.enable", {})
        headers = {"headers": {"Accept-Language": languages}}
        self.browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)

    def ask(self, text: str) -> str:
        """Write a message in the chat; what the bot says to it."""
        count = len(self.all(".by-bot"))
        self.field(EN.your_message).send_keys(text, Keys.ENTER)
        return self.said(count)

    def said(self, count: int) -> str:
        """What the bot says after so many messages of its own."""
        return self.wait(lambda: [one.text for one in self.all(".by-bot")][count:])[0]

    def why(self) -> str:
        """What stands beside the chat."""
        return self.browser.find_element(By.CSS_SELECTOR, ".why").text

    def field(self, label: str, within: WebElement | None = None) -> WebElement:
        """What is filled in under a label."""
        path = _FIELD.replace("{label}", f'"{label}"')
        return self.wait(lambda: (within or self.browser).find_element(By.XPATH, path))

    def button(self, label: str, within: WebElement | None = None) -> WebElement:
        """The first button of a label that can be seen."""

        def found() -> WebElement | None:
            buttons = (within or self.browser).find_elements(By.TAG_NAME, "button")
            return next((one for one in buttons if one.text == label), None)

        return self.wait(found)

    def press(self, label: str, within: WebElement | None = None) -> None:
        """Press a button by the keyboard."""
        self.button(label, within).send_keys(Keys.ENTER)

    def group(self, name: str) -> WebElement:
        """The card of what people asked."""
        return self.wait(lambda: next((one for one in self.all(".card") if name in one.text), None))

    def number(self, label: str) -> WebElement:
        """The number on How it goes that has a label; a link, unless it is 0."""

        def found() -> WebElement | None:
            tiles = [one for one in self.all(".figures li") if label in one.text.split("\n")]
            return next(
                (one.find_element(By.CSS_SELECTOR, "a, b:not(:has(a))") for one in tiles), None
            )

        return self.wait(found)

    def message(self, text: str) -> WebElement | None:
        """The first message with a text behind a number."""
        return next((one for one in self.all(".messages li") if text in one.text), None)

    def section(self, title: str) -> WebElement:
        """The part of a page under a heading."""
        path = f'//section[h2[normalize-space()="{title}"]]'
        return self.wait(lambda: self.browser.find_element(By.XPATH, path))

    def report(self) -> ShadowRoot:
        """The report on Thresholds, once it is drawn."""
        found: ShadowRoot = self.wait(lambda: self.browser.execute_script(_REPORT))
        return found

    def see(self, text: str) -> None:
        """Wait until something stands on the page."""
        self.wait(lambda: text in self.browser.find_element(By.TAG_NAME, "body").text)

    def all(self, selector: str) -> list[WebElement]:
        """Elements of the page."""
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, look: Callable[[], T | None]) -> T:
        """What something gives once it gives something, and what it needs can be used."""
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            try:
                found = look()
            except (StaleElementReferenceException, ElementNotInteractableException, LookupError):
                found = None
            except Exception as error:
                if "no such element" not in str(error):
                    raise
                found = None
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(self.browser.find_element(By.TAG_NAME, "body").text)

    def complaints(self) -> list[str]:
        """What the browser has had to say, such as of what its policy kept it from."""
        log = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in log if "401" not in entry["message"]]

    def show(self, screen: Mapping[str, object], scheme: str) -> None:
        """Show it on another screen, light or dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**screen})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.wait(lambda: bool(self.all("body.body--dark")) is (scheme == "dark"))

    def findings(self) -> list[str]:
        """What axe-core finds serious or critical, and whether it is wider than the screen."""
        return findings_of(self.browser) + ["too wide"] * self.is_too_wide()

    def faint(self) -> list[str]:
        """What axe-core finds too faint to be read: all that dark pages have of their own."""
        return findings_of(self.browser, ["color-contrast"])

    def is_too_wide(self) -> bool:
        """Whether a page has to be moved to the side to be read."""
        return bool(self.browser.execute_script(_WIDE))
