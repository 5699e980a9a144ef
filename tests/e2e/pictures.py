"""Takes the pictures of docs/widget.md and docs/studio.md anew: python -m tests.e2e.pictures

They show the FAQ that comes with the bot, in a chat on the page that comes with it and in the
studio.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import sleep
from urllib.request import Request, urlopen

from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.browser import PHONE, opened
from tests.e2e.hooking import free_port
from tests.e2e.process import ROOT, BotProcess
from tests.e2e.studio import EN, Studio, told
from tests.e2e.widget import Widget

FOLDER = ROOT / "docs" / "pictures"
_WIDE = {"width": 1000, "height": 720, "deviceScaleFactor": 1, "mobile": False}
_SCREENS = {"desktop": _WIDE, "phone": PHONE}
_CLIPS = {
    "desktop": {"clip": {"x": 540, "y": 0, "width": 460, "height": 720, "scale": 1}},
    "phone": {},
}
_SAID = {"desktop": "Where's my parcel?", "phone": "can i send it back"}
_QUALITY = 80
_STUDIO_SCREENS = {"desktop": {**_WIDE, "width": 1100, "height": 800}, "phone": PHONE}
_LINES = "thresholds:\n  answer: 0.75\n  follow_up: 0.60"
_STEPS = 50  # that a line is moved
_TO_LINES = "scrollTo(0, scrollY + arguments[0].getBoundingClientRect().top - 60)"
# Files are named as whoever starts the bot in its own folder sees them.
_SHORTEN = """
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        texts.currentNode.data = texts.currentNode.data.replaceAll(arguments[0], "");
    }
"""
_ENTRY = "return-item"
_ASKED, _MOST_ASKED = ROOT / "tests" / "data" / "shop.jsonl", 100
_MISSED = ("how loud is the mixer", "is the mixer loud")


def main(folder: Path = FOLDER) -> None:
    """Take them, into a folder."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as own:
        config = Path(own) / "config.yaml"
        store = f"{{url: 'sqlite:///{own}/bot.db', key_file: '{own}/key'}}"
        lines = f"faq: {ROOT / 'faq'}", f"cache: {ROOT / '.cache'}", f"store: {store}"
        config.write_text(
            "\n".join(
                (*lines, _LINES, f"http: {{port: {port}}}", f"studio: {{port: {free_port()}}}", "")
            ),
            "utf-8",
        )
        with BotProcess(config, "", "") as process, opened() as browser:
            process.wait_for_log("serving HTTP")
            for screen in _SCREENS:
                for scheme in ("light", "dark"):
                    browser.get(f"http://127.0.0.1:{port}/")
                    browser.execute_script("sessionStorage.clear()")
                    _take(browser, port, screen, scheme, folder / f"widget-{screen}-{scheme}.webp")
            process.wait_for_log("serving the studio")
            _take_studio(browser, config, port, folder)


def _take(browser: Chrome, port: int, screen: str, scheme: str, to: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", _SCREENS[screen])
    wanted = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [wanted]})
    browser.get(f"http://127.0.0.1:{port}/")
    widget = Widget(browser).open()
    widget.say(_SAID[screen])
    widget.said(3)
    _shoot(browser, to, **_CLIPS[screen])


def _ask(port: int, text: str) -> None:
    body, kind = json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
    urlopen(Request(f"http://127.0.0.1:{port}/v1/ask", body, kind), timeout=30).close()


def _take_studio(browser: Chrome, config: Path, port: int, folder: Path) -> None:
    for text in _MISSED:
        _ask(port, text)
    studio = Studio(browser)
    browser.get(told(config, "studio", "--link").strip())
    studio.wait(lambda: studio.all(".by-bot"))
    studio.show(_STUDIO_SCREENS["desktop"], "light")
    studio.ask(_SAID["desktop"])
    _shoot(browser, folder / "studio-try-desktop-light.webp")
    for screen, scheme in (("desktop", "light"), ("phone", "dark")):
        studio.show(_STUDIO_SCREENS[screen], scheme)
        studio.go(EN.missed)
        group = studio.group(_MISSED[0])
        studio.field(EN.answer, group).send_keys("At most 72 decibels.")
        studio.press(EN.try_change, group)
        studio.button(EN.add, group)
        _shoot(browser, folder / f"studio-missed-{screen}-{scheme}.webp")
    studio.show(_STUDIO_SCREENS["desktop"], "light")
    studio.go(EN.thresholds)
    studio.press(EN.work_out)
    drawn = studio.report()
    line = drawn.find_element(By.CSS_SELECTOR, "input[type=range][data-line=answer]")
    line.send_keys(*[Keys.ARROW_RIGHT] * _STEPS)
    browser.execute_script(_TO_LINES, drawn.find_element(By.ID, "lines"))
    _shoot(browser, folder / "studio-thresholds-desktop-light.webp")
    studio.open(f"/faq?entry={_ENTRY}")
    studio.wait(lambda: studio.all(".telegram"))
    _shoot(browser, folder / "studio-faq-desktop-light.webp")
    studio.open("/faq/map")
    studio.wait(lambda: studio.all(".map canvas"))
    _shoot(browser, folder / "studio-map-desktop-light.webp")
    _let_two_weeks_pass(config, port)
    studio.open("/goes")
    studio.wait(lambda: studio.all(".chart svg"))
    _shoot(browser, folder / "studio-goes-desktop-light.webp")


def _let_two_weeks_pass(config: Path, port: int) -> None:
    """Ask what the FAQ is tried on, as though it had been asked day by day."""
    for line in _ASKED.read_text("utf-8").splitlines()[:_MOST_ASKED]:
        _ask(port, json.loads(line)["text"])
    sleep(2)  # until all is written
    with closing(sqlite3.connect(config.parent / "bot.db")) as database, database:
        ago = "(number * 5 % 14)"
        database.execute(f"UPDATE decisions SET at = at - 86400 * {ago}, day = day - {ago}")


def _shoot(browser: Chrome, to: Path, **more: object) -> None:
    browser.execute_script(_SHORTEN, f"{ROOT}/")
    how = {"format": "webp", "quality": _QUALITY, **more}
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", how)
    to.write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
