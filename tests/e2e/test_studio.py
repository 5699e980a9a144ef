"""The studio with the true process, in a real browser, as people use it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from bot.files.config_texts import shipped
from tests.browser import PHONE, opened
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import BAKERY
from tests.e2e.hooking import free_port
from tests.e2e.memories import ADMIN, EASY, ask
from tests.e2e.process import MakeConfig, serving
from tests.e2e.studio import EN, Studio, opened_alone, told

FALLBACK, NONE = shipped()["en"].fallback, shipped()["en"].none_of_these
ASKED = ("do you repair bicycles", "can you repair my bicycle")
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="


@dataclass(frozen=True)
class Beside:
    """A bot that serves Telegram and the studio."""

    api: BotApi
    config: Path
    file: Path
    port: int

    def link(self) -> str:
        return told(self.config, "studio", "--link").strip()


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with opened() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def beside(make_config: MakeConfig) -> Iterator[Beside]:
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


@pytest.fixture
def studio(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    """The first page; nothing that a test has changed about the browser stays."""
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


def test_what_was_asked_in_vain_is_found_answered_and_taken_back_by_keyboard_alone(
    studio: Studio, beside: Beside
) -> None:
    for person, text in enumerate(ASKED, start=701):
        assert ask(beside.api, text, chat_id=person).text == FALLBACK
    ask(beside.api, "/stats", chat_id=ADMIN)  # until then all is written
    assert studio.ask(ASKED[0]) == FALLBACK
    assert EN.action_fallback in studio.why()
    assert "below the follow-up line" in studio.why()

    studio.go(EN.missed)
    group = studio.group(ASKED[0])
    assert "2 people" in group.text
    studio.field(EN.answer, group).send_keys("No, we only bake.")
    buttons = [one for one in group.find_elements(By.TAG_NAME, "button") if one.is_displayed()]
    buttons[[one.text for one in buttons].index(EN.try_change)].send_keys(Keys.ENTER)
    studio.press(EN.add, group)
    studio.see("Added to")
    assert studio.browser.switch_to.active_element.text == EN.undo

    studio.go(EN.try_it)
    assert studio.ask(ASKED[1]).startswith("No, we only bake.")
    assert ask(beside.api, ASKED[0], chat_id=703).text.startswith("No, we only bake.")

    studio.go(EN.missed)
    studio.press(EN.undo_last)
    studio.see("Taken back")
    assert beside.file.read_bytes() == BAKERY.read_bytes()
    studio.go(EN.try_it)
    assert studio.ask(ASKED[0]) == FALLBACK


def test_a_wording_is_added_to_the_entry_that_somebody_chooses(
    studio: Studio, beside: Beside
) -> None:
    for person, text in enumerate(("zebra stripes please", "stripes of a zebra please"), 711):
        ask(beside.api, text, chat_id=person)
    ask(beside.api, "/stats", chat_id=ADMIN)
    studio.go(EN.missed)
    group = studio.group("zebra")
    if not group.find_elements(By.CSS_SELECTOR, "details[open] .choosing"):
        group.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    studio.field(EN.find_entry, group).send_keys("gluten")
    studio.wait(lambda: "allergens" in group.find_element(By.CSS_SELECTOR, ".choosing").text)
    option = ".//label[contains(., 'allergens')]/input"
    studio.wait(lambda: group.find_element(By.XPATH, option)).send_keys(Keys.SPACE)
    studio.press(EN.try_change, group)
    studio.wait(
        lambda: [
            one
            for one in group.find_elements(By.TAG_NAME, "button")
            if one.text in {EN.add, EN.add_despite}
        ]
    )[0].send_keys(Keys.ENTER)
    studio.see("Added to")
    assert b"zebra" in beside.file.read_bytes()
    studio.press(EN.undo)
    studio.see("Taken back")
    assert beside.file.read_bytes() == BAKERY.read_bytes()
    studio.press(EN.ignore, studio.group("zebra"))
    studio.see("won't be listed any more")
    studio.wait(lambda: not [one for one in studio.all(".card") if "zebra" in one.text])


def test_choices_are_pressed_as_in_telegram_and_every_term_of_a_score_is_shown(
    studio: Studio,
) -> None:
    assert NONE in studio.ask("cake")
    why = studio.why()
    assert EN.action_follow_up in why
    for term in (EN.term_phrasing, EN.term_centroid, EN.term_letters):
        assert term in why
    count = len(studio.all(".by-bot"))
    studio.press(NONE)
    assert studio.said(count) == shipped()["en"].rephrase


def test_many_messages_are_decided_on_as_the_command_does(studio: Studio, beside: Beside) -> None:
    lines = ["How do I order a cake?", "cake", "what about zebras"]
    batch = studio.field(EN.batch_hint.replace("{most}", "1,000"))
    batch.send_keys("\n".join(lines))
    studio.press(EN.decide_all)
    rows = studio.wait(lambda: studio.all("tbody tr"))
    shown = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]
    asked = (json.loads(told(beside.config, "ask", "--json", line)) for line in lines)
    assert [(row[2], row[3], row[4]) for row in shown] == [
        (one["entry"] or "", f"{one['score']:.4f}", one["reason"]) for one in asked
    ]


def test_two_sentences_that_are_one_are_alike(studio: Studio) -> None:
    studio.field(EN.first).send_keys("How do I order a cake?")
    studio.field(EN.second).send_keys("How do I order a cake?")
    studio.press(EN.compare)
    studio.see(EN.alike_told.replace("{percent}", "100.0"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off_or_kept_from_anybody(studio: Studio, scheme: str) -> None:
    studio.show(PHONE, scheme)
    studio.ask("cake")
    assert studio.findings() == []
    studio.go(EN.missed)
    studio.wait(lambda: studio.all("[aria-busy=false]"))
    assert studio.findings() == []
    assert studio.complaints() == []


def test_whoever_is_not_let_in_reads_nothing(beside: Beside) -> None:
    port = beside.port
    own = {"Host": f"127.0.0.1:{port}"}
    socket = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    socket |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}

    def status(path: str, headers: dict[str, str], method: str = "GET") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, b"40" if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    rebound = {"Host": f"evil.example.com:{port}"}
    assert status("/", own) == 401
    assert status("/", rebound) == 403
    assert status(f"{SOCKET}polling", own) == 401
    assert status(f"{SOCKET}polling", own | {"Origin": "http://evil.example.com"}) == 403
    assert status(f"{SOCKET}polling", own, "POST") == 403
    assert status(f"{SOCKET}websocket", rebound | socket) == 403
    assert status(f"{SOCKET}websocket", own | socket) == 401


def test_a_page_left_open_finds_its_way_back_after_a_restart(
    browser: Chrome, make_config: MakeConfig
) -> None:
    config, port, studio = make_config(""), free_port(), Studio(browser)
    with opened_alone(config, port) as link:
        browser.get(link)
        studio.wait(lambda: studio.all(".by-bot"))
        studio.ask("cake")
        mark = studio.browser.find_element(By.CSS_SELECTOR, ".log").id
    with opened_alone(config, port):
        studio.wait(lambda: studio.all(".log")[0].id != mark and studio.all(".by-bot"))
        assert NONE in studio.ask("cake")
