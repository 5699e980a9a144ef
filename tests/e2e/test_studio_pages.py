"""What all pages of the studio keep to, and what How it goes shows, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from bot.channels.telegram.handlers.reports import filled
from bot.files.config.texts import shipped, studio_texts
from bot.store.counts import Counts, EntryCounts
from tests.browser import PHONE
from tests.e2e.chatting import ask
from tests.e2e.hooking import free_port
from tests.e2e.process import MakeConfig
from tests.e2e.studio import EN, Beside, Studio, opened_alone, serving_beside, told, visiting
from tests.e2e.test_digest import let_people_ask

FALLBACK, TEAM = shipped()["en"].fallback, shipped()["en"].team
VAIN = "do you repair bicycles"
_LINKS = """
    const links = [...document.querySelectorAll("header nav a, #content a")];
    return links.map((one) => one.getAttribute("href"));
"""
UNASKED = TEAM.weekly_unasked.partition("{")[0]
UNANSWERED = "#c0506b"  # its colour in the chart
ANSWERED = "How do I order a cake?"


@pytest.fixture(scope="module")
def beside(make_config: MakeConfig) -> Iterator[Beside]:
    """A bot that people have asked something, of every kind."""
    with serving_beside(make_config) as bot:
        for person in (801, 802):
            for text in (VAIN, ANSWERED, "cake"):
                ask(bot.api, text, chat_id=person)
        bot.settle()
        yield bot


@pytest.fixture
def studio(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    with visiting(browser, beside) as page:
        yield page


@pytest.fixture(scope="module")
def crawled(browser: Chrome, beside: Beside) -> dict[str, list[str]]:
    """The pages to which links lead; of those that are asked for the like, one.

    With each stands what is wrong with it on a phone.
    """
    with visiting(browser, beside) as studio:
        ways, left, found = {"/": "/"}, ["/"], {}
        while left:
            address = left.pop()
            studio.open(address)
            for link in browser.execute_script(_LINKS):
                parts = urlsplit(link)
                kind = f"{parts.path} {max(parse_qs(parts.query), default='')}".rstrip()
                if not parts.netloc and parts.path and kind not in ways:
                    ways[kind] = link
                    left.append(link)
            studio.show(PHONE, "light")
            found[address] = studio.findings()
            studio.show(PHONE, "dark")
            found[address] += studio.faint() + studio.complaints()
        return found


@pytest.fixture(scope="module")
def addresses(crawled: Mapping[str, object]) -> Sequence[str]:
    """The pages to which links lead."""
    return [*crawled]


def test_on_a_phone_nothing_of_any_page_is_cut_off_or_kept_from_anybody(
    studio: Studio, crawled: Mapping[str, Sequence[str]]
) -> None:
    assert {address: found for address, found in crawled.items() if found} == {}
    studio.show(PHONE, "light")
    studio.ask("cake")
    assert studio.findings() == []


@pytest.mark.parametrize(("code", "most"), [("zh", None), ("zh-hant", 2)])
def test_every_page_is_in_the_language_that_the_browser_asks_for(
    studio: Studio, addresses: Sequence[str], code: str, most: int | None
) -> None:
    texts = studio_texts(code)
    english = {text for name, text in EN.sentences.items() if text != texts.sentences[name]}
    studio.read_in(f"{code},en;q=0.5")
    studio.show(PHONE, "light")
    for address in addresses[:most]:  # all in one language show that none has words of its own
        studio.open(address)
        shown = {
            line.strip() for line in studio.browser.find_element(By.ID, "content").text.splitlines()
        }
        assert shown & english == set()
        assert studio.all("h1")[0].text in texts.sentences.values()
        assert studio.all("html")[0].get_attribute("lang") == code
        assert (address, studio.is_too_wide()) == (address, False)


def test_every_page_left_open_finds_its_way_back_after_a_restart(
    browser: Chrome, make_config: MakeConfig, addresses: Sequence[str]
) -> None:
    config, port, studio = make_config(""), free_port(), Studio(browser)
    with opened_alone(config, port) as link:
        browser.get(link)
        studio.wait(studio.pages)
        left_open = {}
        for address in {urlsplit(each).path: each for each in addresses}.values():
            browser.switch_to.new_window("window")  # of a tab behind, timers are slowed
            studio.open(f"http://127.0.0.1:{port}{address}")
            browser.execute_script("window.isOld = true")
            left_open[browser.current_window_handle] = address
    with opened_alone(config, port):
        for window, address in left_open.items():
            browser.switch_to.window(window)
            studio.wait(lambda: not browser.execute_script("return window.isOld"))
            studio.wait(lambda: studio.all("h1"))
            studio.settle()
            assert browser.current_url.endswith(address)
            if address.startswith("/goes"):
                studio.see(EN.goes_empty)
            if address == "/":
                assert studio.ask("what about zebras") == FALLBACK
            browser.close()
    browser.switch_to.window(browser.window_handles[0])


def test_how_it_goes_has_the_figures_of_the_command_and_what_is_behind_them(
    studio: Studio, beside: Beside
) -> None:
    stats = beside.settle()
    studio.go(EN.goes)
    studio.browser.find_element(By.LINK_TEXT, "7 days").click()
    studio.settle()

    def of(label: str) -> int:
        return int(studio.number(label).text.replace(",", ""))

    tentative, only_asked = of(EN.figure_tentative), of(EN.figure_only_asked)
    found = Counts(
        *(of(EN.figure_asked), of(EN.figure_answered), tentative + only_asked),
        *(of(EN.figure_unanswered), of(EN.figure_resolved), of(EN.figure_up), of(EN.figure_down)),
    )
    assert found.asked >= 6
    assert found.unanswered >= 2
    assert filled(TEAM.counts, found) in stats
    assert filled(TEAM.thumbs, found) in stats
    assert entries_of(studio)
    for entry in entries_of(studio):
        assert filled(TEAM.stats_entry.replace("{entry}", entry.entry_id), entry) in stats

    studio.number(EN.figure_unanswered).click()
    message = studio.wait(lambda: studio.message(VAIN))
    message.find_element(By.LINK_TEXT, EN.try_it).click()
    assert studio.said(1) == FALLBACK
    assert EN.action_fallback in studio.why()
    studio.browser.back()
    studio.wait(lambda: studio.message(VAIN)).find_element(By.LINK_TEXT, EN.missed).click()
    assert studio.wait(lambda: VAIN in studio.all(".card")[0].text)


def entries_of(studio: Studio) -> list[EntryCounts]:
    """The rows of the table of entries."""

    def entry_of(row: WebElement) -> str:
        link = row.find_element(By.CSS_SELECTOR, "th a")
        return parse_qs(urlsplit(link.get_dom_attribute("href")).query)["entry"][0]

    rows = studio.all(f".table[aria-label='{EN.by_entry}'] tbody tr")
    return [
        EntryCounts(entry_of(row), *(int(one.text) for one in row.find_elements(By.TAG_NAME, "td")))
        for row in rows
    ]


def test_behind_a_number_it_says_why_there_are_no_words(studio: Studio) -> None:
    studio.go(EN.goes)
    studio.number(EN.figure_answered).click()
    studio.see(EN.words_unanswered)
    assert EN.no_words in studio.all(".messages li")[0].text
    assert studio.all(".messages a[href='/faq?entry=cake-order']")
    assert not studio.all(".messages a[href^='/?']")


def test_a_bar_of_the_chart_opens_its_day(studio: Studio) -> None:
    studio.go(EN.goes)
    studio.settle()
    assert studio.all(f".chart[role=img][aria-label='{EN.chart_told}'] svg")
    bars = studio.wait(lambda: studio.all(f".chart path[fill='{UNANSWERED}']"))
    bar = max(bars, key=lambda one: one.rect["width"])  # the legend has its colour as well
    ActionChains(studio.browser).move_to_element(bar).click().perform()
    studio.wait(lambda: studio.message(VAIN))
    day = studio.all(".behind h2")[0].text.rpartition(" ")[2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)


def test_what_is_worth_a_look_is_what_the_digest_says(studio: Studio, beside: Beside) -> None:
    let_people_ask(beside.config)
    studio.go(EN.goes)
    studio.settle()
    unasked = studio.section(EN.unasked)
    named = [one.text for one in unasked.find_elements(By.TAG_NAME, "code")]
    digest = told(beside.config, "digest")
    (line,) = [line for line in digest.splitlines() if line.startswith(UNASKED)]
    assert line.removeprefix(UNASKED).startswith(", ".join(named[:8]))
