"""What tests say about the chat on a web page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from bot.files.config.texts import shipped
from bot.files.packaged import package_folder
from tests.browser import PHONE
from tests.e2e.hooking import free_port
from tests.e2e.process import START_TIMEOUT_S
from tests.e2e.site import Site

T = TypeVar("T")
EN = shipped()["en"]
_SAID = """
    return [...document.querySelector("faq-chat").shadowRoot.querySelectorAll(".item")]
        .map((item) => [item.classList[1], item.querySelector(".said").innerText]);
"""
_LABELS = """
    return [...document.querySelector("faq-chat").shadowRoot.querySelectorAll(".log .choice")]
        .filter((one) => !one.disabled).map((one) => one.innerText);
"""
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = """
    const [rules, done] = arguments;
    axe.run({ runOnly: rules, resultTypes: ["violations"] })
        .then((found) => done(found.violations
            .filter((one) => ["serious", "critical"].includes(one.impact))
            .map((one) => `${one.id} ${one.nodes.map((node) => node.target.flat())}`)));
"""
_WIDE = """
    const width = document.documentElement.clientWidth;
    return [...document.querySelector("faq-chat").shadowRoot.querySelectorAll("dialog, dialog *")]
        .filter((one) => !one.closest(".unseen") && one.getBoundingClientRect().right > width + 0.5)
        .map((one) => one.outerHTML);
"""


def including(site: Site, more: str = "") -> str:
    """The section of a configuration by which a site may include the chat, from a port of its own.

    Args:
        more: other keys of it.
    """
    port = free_port()
    site.bot = f"http://127.0.0.1:{port}"
    return f"http: {{port: {port}, widget: {{origins: ['{site.origin}']}}{more}}}\n"


def findings_of(browser: Chrome, rules: Sequence[str] = _RULES) -> list[str]:
    """What axe-core finds serious or critical on the page that a browser shows."""
    folder = package_folder("axe_playwright_python")
    assert folder is not None
    if not browser.execute_script("return 'axe' in window"):
        browser.execute_script((folder / "axe.min.js").read_text("utf-8"))
    found: list[str] = browser.execute_async_script(_AXE, list(rules))
    return found


@contextmanager
def visited(browser: Chrome, site: Site) -> Iterator[Widget]:
    """The page of a site in a wide window, which the browser knows nothing of; none of it stays."""
    browser.set_window_size(1100, 900)
    page = Widget(browser)
    browser.get(site.origin)
    browser.execute_script("sessionStorage.clear(); localStorage.clear()")
    browser.get(site.origin)
    page.complaints()
    yield page
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


class Widget:
    """The chat on the page that a browser shows, as a person sees it."""

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def open(self) -> Widget:
        """Press the button in the corner."""
        self.wait(lambda: self.find("button.launcher")).click()
        return self

    def say(self, text: str) -> None:
        """Write something, and send it with the Enter key."""
        self.find("textarea").send_keys(text, Keys.ENTER)

    def press(self, label: str) -> None:
        """Press the last button that says this to whoever sees or hears it."""

        def it() -> WebElement | None:
            found = self.root.find_elements(By.CSS_SELECTOR, "button:not(:disabled)")
            named = [one for one in found if label in (one.text.strip(), one.accessible_name)]
            return named[-1] if named else None

        self.wait(it).click()

    def said(self, count: int) -> list[tuple[str, str]]:
        """Who said what, once there are so many messages and nothing more is awaited."""

        def found() -> list[tuple[str, str]]:
            said = [(who, what.strip()) for who, what in self.browser.execute_script(_SAID)]
            return said if len(said) >= count and not self.find_all(".waiting") else []

        return self.wait(found)

    def labels(self) -> list[str]:
        """What stands on the buttons that can be pressed, and on links."""
        told: list[str] = self.browser.execute_script(_LABELS)
        return told

    def complaints(self) -> list[str]:
        """What the browser has had to say since it was last asked."""
        told = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in told]

    def on_phone(self, *, is_dark: bool = False) -> None:
        """Show the page on a narrow screen that is touched."""
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def findings(self) -> list[str]:
        """What axe-core finds serious or critical on the page and in the chat."""
        return findings_of(self.browser)

    def wide(self) -> list[str]:
        """What of the chat reaches over the page's edge."""
        found: list[str] = self.browser.execute_script(_WIDE)
        return found

    def under(self, number: int) -> list[str]:
        """What can be pressed under a message, but thumbs; by its number among all, from 0 on."""
        script = f"""
            const item = [...arguments[0].querySelectorAll(".item")].at({number});
            return [...item.querySelectorAll(".choice")].map((one) => one.innerText);
        """
        told: list[str] = self.browser.execute_script(script, self.find(".log"))
        return told

    def keys(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def back(self) -> None:
        """Move the focus back to what can be pressed before."""
        ActionChains(self.browser).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(
            Keys.SHIFT
        ).perform()

    @property
    def focused(self) -> WebElement | None:
        """What has the focus within the chat."""
        script = "return document.querySelector('faq-chat').shadowRoot.activeElement"
        found: WebElement | None = self.browser.execute_script(script)
        return found

    @property
    def root(self) -> Any:
        """What the chat stands in."""
        return self.browser.find_element(By.TAG_NAME, "faq-chat").shadow_root

    def find(self, selector: str) -> WebElement:
        """The only element of its kind."""
        found: WebElement = self.root.find_element(By.CSS_SELECTOR, selector)
        return found

    def find_all(self, selector: str) -> list[WebElement]:
        """All elements of a kind."""
        found: list[WebElement] = self.root.find_elements(By.CSS_SELECTOR, selector)
        return found

    def wait(self, look: Callable[[], T | None]) -> T:
        """What there is to see, once there is something."""
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                found = look()
            except Exception:  # the page has changed while it was looked at
                found = None
                if time.monotonic() > end:
                    raise
            if found:
                return found
            assert time.monotonic() < end, f"never seen; said: {self.browser.execute_script(_SAID)}"
            time.sleep(0.05)
