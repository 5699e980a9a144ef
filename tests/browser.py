"""A real browser, without a screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
_SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-sync", "--no-first-run"),
)
_SCRIPT_TIMEOUT_S = 300  # it bounds a hang: axe looks through a page for a second, or a busy minute


@contextmanager
def opened() -> Iterator[Chrome]:
    """Chromium, whose log holds all that its pages complain of."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert program is not None, "chromium is not installed: on Debian, apt install chromium"
    assert driver is not None, "chromedriver is missing: on Debian, apt install chromium-driver"
    options = ChromeOptions()
    options.binary_location = program
    for switch in _SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(driver))
    browser.set_script_timeout(_SCRIPT_TIMEOUT_S)
    try:
        yield browser
    finally:
        browser.quit()
