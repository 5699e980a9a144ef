"""What tests say about the studio in a browser."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from bot.files.config_texts import studio_texts
from tests.e2e.process import ROOT, START_TIMEOUT_S, STOP_TIMEOUT_S, environment
from tests.e2e.widget import findings_of

T = TypeVar("T")
EN = studio_texts("en")
_WIDE = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
_FIELD = ".//label[normalize-space(text())={label}]/*"


def told(config: Path, *arguments: str) -> str:
    """What `python -m bot` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments, "--config", str(config)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


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

    def see(self, text: str) -> None:
        """Wait until something stands on the page."""
        self.wait(lambda: text in self.browser.find_element(By.TAG_NAME, "body").text)

    def all(self, selector: str) -> list[WebElement]:
        """Elements of the page."""
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, look: Callable[[], T | None]) -> T:
        """What something gives once it gives something."""
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            try:
                found = look()
            except (StaleElementReferenceException, LookupError):
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
        wide = ["too wide"] if self.browser.execute_script(_WIDE) else []
        return findings_of(self.browser) + wide
