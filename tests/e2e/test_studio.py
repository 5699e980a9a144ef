"""The studio with the true process, in a real browser, as people use it."""

from __future__ import annotations

import csv
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from bot.files.config.texts import shipped
from tests.e2e.chatting import BAKERY, ask
from tests.e2e.process import MakeConfig
from tests.e2e.studio import EN, Beside, Studio, serving_beside, told, visiting

FALLBACK, NONE = shipped()["en"].fallback, shipped()["en"].none_of_these
ASKED = ("do you repair bicycles", "can you repair my bicycle")
_PUT_IN = """
    arguments[0].value = arguments[1];
    arguments[0].dispatchEvent(new Event("change"));
"""
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="


@pytest.fixture(scope="module")
def beside(make_config: MakeConfig) -> Iterator[Beside]:
    with serving_beside(make_config) as bot:
        yield bot


@pytest.fixture
def studio(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    with visiting(browser, beside) as page:
        yield page


def test_what_was_asked_in_vain_is_found_answered_and_taken_back_by_keyboard_alone(
    studio: Studio, beside: Beside
) -> None:
    for person, text in enumerate(ASKED, start=701):
        assert ask(beside.api, text, chat_id=person).text == FALLBACK
    beside.settle()
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
    beside.settle()
    studio.go(EN.missed)
    group = studio.group("zebra")
    studio.settle()
    studio.field(EN.find_entry, group).send_keys("gluten")
    studio.wait(lambda: "allergens" in group.find_element(By.CSS_SELECTOR, ".choosing").text)
    option = ".//label[contains(., 'allergens')]/input"

    def chosen() -> bool:  # what is found while somebody writes takes the place of what was
        studio.settle()
        group.find_element(By.XPATH, option).send_keys(Keys.SPACE)
        return True

    studio.wait(chosen)
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


def test_a_table_is_downloaded_in_which_no_spreadsheet_takes_a_cell_for_a_formula(
    studio: Studio, tmp_path: Path
) -> None:
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    studio.browser.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    batch = studio.field(EN.batch_hint.replace("{most}", "1,000"))
    batch.send_keys("=1+1\nHow do I order a cake?")
    studio.press(EN.decide_all)
    studio.wait(lambda: len(studio.all("tbody tr")) == 2)
    studio.press(EN.download)
    file = studio.wait(lambda: next(tmp_path.glob("*.csv"), None))
    rows = [*csv.reader(studio.wait(lambda: file.read_text("utf-8-sig")).splitlines())]
    assert rows[0] == [EN.message, EN.action, EN.entry, EN.score, EN.why]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "How do I order a cake?"]


def test_what_takes_long_is_cancelled_and_shows_what_was_done_by_then(studio: Studio) -> None:
    batch = studio.field(EN.batch_hint.replace("{most}", "1,000"))
    lines = "\n".join(f"is cake number {number} sweet" for number in range(1_000))
    studio.browser.execute_script(_PUT_IN, batch, lines)
    studio.press(EN.decide_all)
    told = studio.all(".result")[-1]
    studio.wait(lambda: told.text.startswith(tuple("123456789")))
    studio.press(EN.cancel)
    studio.wait(lambda: told.text.startswith("Cancelled after"))
    done = int(told.text.split()[2].replace(",", ""))
    assert 0 < done < 1_000
    assert len(studio.all("tbody tr")) == done


def test_two_sentences_that_are_one_are_alike(studio: Studio) -> None:
    studio.field(EN.first).send_keys("How do I order a cake?")
    studio.field(EN.second).send_keys("How do I order a cake?")
    studio.press(EN.compare)
    studio.see(EN.alike_told.replace("{percent}", "100.0"))


def test_whoever_is_not_let_in_reads_nothing(studio: Studio, beside: Beside) -> None:
    port = beside.port
    cookie = studio.browser.get_cookie(f"studio-{port}")
    assert cookie is not None
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
    let_in = own | {"Cookie": f"studio-{port}={cookie['value']}"}
    assert status("/missed", let_in) == 200
    assert status(f"{SOCKET}websocket", let_in | socket) == 400  # there is one way alone
