"""The report of `tune` in a real browser: lines are dragged, and what the page says is compared
with what `evaluate` finds at the same thresholds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from bot.domain import Place, Thresholds
from bot.matching.decide.thresholds import Policy
from bot.tuning.evaluate.evaluation import Evaluation, evaluate
from bot.tuning.evaluate.intervals import intervals
from bot.tuning.evaluate.metrics import as_share, count, measures
from bot.tuning.evaluate.outcomes import OUTCOMES, Outcome
from bot.tuning.labels.labelled import Label
from bot.tuning.labels.scored import Scored, score
from bot.tuning.report.fates import find_fates
from bot.tuning.show.evaluation import OF_ALL, OF_ANSWERS, OF_IN_SCOPE, OF_OUT_OF_SCOPE
from bot.tuning.show.tables import percent
from tests.factories import LINES
from tests.reports import large_page, page_of
from tests.tuning.thresholds.test_regions import IDS, MESSAGES, decider, labels_of

HOSTILE = "</script><script>window.bad = 1</script><img src=x onerror='window.bad = 1'>"
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-sync", "--no-first-run"),
)
FIGURES = [
    name for group in (OF_IN_SCOPE, OF_OUT_OF_SCOPE, OF_ALL, OF_ANSWERS) for name, *_ in group
]
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert program is not None, "chromium is not installed"
    assert driver is not None, "chromedriver is not installed"
    options = ChromeOptions()
    options.binary_location = program
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def scored() -> Scored:
    labels = [*labels_of(MESSAGES), Label(HOSTILE, "a", Place("<b>x</b>", 1))]
    return score(decider(Policy(LINES, own={"b": Thresholds(0.9, 0.8)})), IDS, labels)


@pytest.fixture(scope="module")
def file(scored: Scored, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page_of(scored, find_fates(scored), 0.3), "utf-8")
    return path


@pytest.fixture
def page(browser: Chrome, file: Path) -> Iterator[Chrome]:
    """The report, opened anew in a wide window."""
    browser.set_window_size(1100, 900)
    opened(browser, file)
    yield browser
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def opened(browser: Chrome, path: Path) -> None:
    browser.get(path.as_uri())
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".handle.answer"))


def handle(page: Chrome, name: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, f".handle.{name}")


def lines(page: Chrome) -> Thresholds:
    values = [handle(page, name).get_attribute("aria-valuenow") for name in ("answer", "followUp")]
    return Thresholds(*(float(value or "nan") for value in values))


def figures(page: Chrome) -> dict[str, float | None]:
    cells = page.find_elements(By.CSS_SELECTOR, "[data-figure]")
    told = {cell.get_attribute("data-figure"): cell.get_attribute("data-value") for cell in cells}
    return {
        str(name): None if value in (None, "NaN") else float(value) for name, value in told.items()
    }


def sides(page: Chrome) -> dict[str, float]:
    """Lower and upper sides of the intervals of all figures that have one."""
    cells = page.find_elements(By.CSS_SELECTOR, "[data-figure]:not([data-low=null])")
    return {
        f"{cell.get_attribute('data-figure')} {side}": float(
            cell.get_attribute(f"data-{side}") or ""
        )
        for cell in cells
        for side in ("low", "high")
    }


def flat(found: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    return {
        f"{name} {side}": value
        for name, its in found.items()
        if name in FIGURES
        for side, value in zip(("low", "high"), its, strict=True)
    }


def evaluated(scored: Scored, at: Thresholds) -> Evaluation:
    return evaluate(replace(scored, policy=scored.by(at)))


def agrees(page: Chrome, scored: Scored) -> Evaluation:
    """Compare everything the page says with what `evaluate` finds."""
    found = evaluated(scored, lines(page))
    expected = {name: found.figures[name].value for name in FIGURES}
    assert figures(page) == expected
    told = [
        page.find_element(By.CSS_SELECTOR, f"[data-figure={name}]").text.split("\n")[0]
        for name in FIGURES
    ]
    assert told == ["–" if value is None else f"{percent(value)} %" for value in expected.values()]
    rows = page.find_elements(By.CSS_SELECTOR, "#entries tbody tr")
    entries = {
        row.find_element(By.TAG_NAME, "th").text: [
            int(cell.text) for cell in row.find_elements(By.TAG_NAME, "td")
        ]
        for row in rows
    }
    assert entries == {
        entry.entry_id: [
            *(entry.asked, *entry.counts.values()),
            *(entry.answered, entry.answered - entry.rightly),
        ]
        for entry in found.entries
    }
    counts = np.bincount([OUTCOMES.index(row.outcome) for row in found.rows], minlength=8)
    assert sides(page) == pytest.approx(flat(intervals(counts)))
    pairs = page.find_elements(By.CSS_SELECTOR, "#pairs tbody tr")
    assert [[cell.text for cell in row.find_elements(By.XPATH, "*")] for row in pairs] == [
        [it.expected or "(out of scope)", it.best, str(it.messages), str(it.answered)]
        for it in found.confusions[:25]
    ]
    number = len(found.errors())
    assert page.find_element(By.ID, "error-count").text.startswith(f"{number} errors")
    return found


def flag_of(page: Chrome, name: str) -> WebElement:
    flag = handle(page, name).find_element(By.CSS_SELECTOR, ".knob")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", flag)
    return flag


def drag(page: Chrome, name: str, pixels: int) -> None:
    """Take a line by its flag and move it with a mouse."""
    actions = ActionChains(page, duration=20)
    actions.move_to_element(flag_of(page, name)).click_and_hold()
    for _ in range(4):
        actions.move_by_offset(pixels // 4, 0)
    actions.release().perform()


def swipe(page: Chrome, name: str, pixels: int) -> None:
    """Take a line by its flag and move it with a finger."""
    script = """
        const box = arguments[0].getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    """
    x, y = page.execute_script(script, flag_of(page, name))
    touch = "Input.dispatchTouchEvent"
    page.execute_cdp_cmd(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        points = [{"x": x + pixels * step / 8, "y": y}]
        page.execute_cdp_cmd(touch, {"type": "touchMove", "touchPoints": points})
    page.execute_cdp_cmd(touch, {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("name", ["answer", "followUp"])
def test_a_line_that_is_dragged_takes_every_number_with_it(
    page: Chrome, scored: Scored, name: str
) -> None:
    agrees(page, scored)
    before, said = lines(page), figures(page)
    drag(page, name, -120)
    after = lines(page)
    moved = (after.answer < before.answer, after.follow_up < before.follow_up)
    assert moved == (name == "answer", name == "followUp")
    assert figures(page) != said
    agrees(page, scored)
    drag(page, name, 60)
    agrees(page, scored)


def test_a_finger_drags_as_well(browser: Chrome, file: Path, scored: Scored) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        opened(browser, file)
        before = lines(browser)
        swipe(browser, "answer", -80)
        assert lines(browser).answer < before.answer
        expected = evaluated(scored, lines(browser))
        assert figures(browser) == {name: expected.figures[name].value for name in FIGURES}
    finally:
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("oos_share", [None, 0.2])
def test_labels_count_for_as_many_messages_as_they_stand_for(
    browser: Chrome, scored: Scored, tmp_path: Path, oos_share: float | None
) -> None:
    """As presses do, of which there are fewer under answers than under follow-ups."""
    weights = np.where(np.arange(len(scored.labels)) % 3 == 0, 7.5, 1.25)
    heavy = replace(scored, weights=weights)
    path = tmp_path / "heavy.html"
    path.write_text(page_of(heavy, find_fates(heavy), 0.3, oos_share), "utf-8")
    opened(browser, path)
    codes = heavy.regions().at(lines(browser))
    counts, squares = (count(codes, weights**power) for power in (1, 2))
    found = measures(counts, oos_share)
    expected = {name: as_share(found[name]) for name in FIGURES}
    assert figures(browser) == pytest.approx(expected)
    assert sides(browser) == pytest.approx(flat(intervals(counts, oos_share, squares)))
    labels = browser.find_element(By.CSS_SELECTOR, "[data-figure=right] .number").text
    assert labels == str(int((codes == Outcome.RIGHT.code).sum()))


def test_percents_are_rounded_as_python_does(page: Chrome) -> None:
    shares = [hits / of for of in (7, 400, 1600) for hits in range(of + 1)]
    told = page.execute_script("return arguments[0].map(percent)", shares)
    assert told == [f"{percent(share)} %" for share in shares]


def test_keys_move_a_line_by_its_steps(page: Chrome, scored: Scored) -> None:
    line = handle(page, "answer")
    start = lines(page).answer
    assert (line.get_attribute("role"), line.get_attribute("tabindex")) == ("slider", "0")
    assert line.accessible_name == "Answer line: scores above it are answered"
    line.send_keys(Keys.ARROW_RIGHT)
    assert lines(page).answer == pytest.approx(start + 0.005)
    line.send_keys(Keys.PAGE_DOWN)
    assert lines(page).answer == pytest.approx(start - 0.045)
    agrees(page, scored)
    line.send_keys(Keys.END)
    assert lines(page).answer == 1.0
    agrees(page, scored)


def test_all_that_can_be_pressed_is_reached_with_the_tab_key(page: Chrome) -> None:
    reached = []
    for _ in range(40):
        ActionChains(page).send_keys(Keys.TAB).perform()
        element = page.switch_to.active_element
        reached.append(
            element.get_attribute("id") or element.get_attribute("class") or element.text
        )
    for wanted in ("answer-value", "tuned", "handle answer", "handle followUp", "error-kind"):
        assert wanted in reached


def test_neither_line_passes_the_other(page: Chrome, scored: Scored) -> None:
    handle(page, "answer").send_keys(Keys.HOME)
    assert lines(page).answer == lines(page).follow_up
    agrees(page, scored)
    handle(page, "followUp").send_keys(Keys.END)
    assert lines(page).answer == lines(page).follow_up


def test_a_threshold_can_be_typed(page: Chrome, scored: Scored) -> None:
    box = page.find_element(By.ID, "follow-up-value")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("0.4", Keys.TAB)
    assert lines(page).follow_up == 0.4
    agrees(page, scored)


def test_buttons_put_both_lines_where_they_are_now(page: Chrome, scored: Scored) -> None:
    page.find_element(By.XPATH, "//button[text()='now']").click()
    assert lines(page) == LINES
    agrees(page, scored)


def test_entries_are_sorted_by_any_column(page: Chrome) -> None:
    def column(place: int) -> list[str]:
        selector = f"#entries tbody tr > :nth-child({place})"
        return [cell.text for cell in page.find_elements(By.CSS_SELECTOR, selector)]

    head = page.find_element(By.CSS_SELECTOR, "th[data-column=asked] button")
    head.click()
    numbers = [int(text) for text in column(2)]
    assert numbers == sorted(numbers, reverse=True)
    head.click()
    assert [int(text) for text in column(2)] == sorted(numbers)
    page.find_element(By.CSS_SELECTOR, "th[data-column=id] button").click()
    assert column(1) == sorted(IDS)


def test_errors_are_those_of_evaluate_and_can_be_filtered(page: Chrome, scored: Scored) -> None:
    def shown() -> list[tuple[str, ...]]:
        while (more := page.find_element(By.ID, "errors-more")).is_displayed():
            more.click()
        return [
            (
                item.find_element(By.CLASS_NAME, "said").text,
                *(value.text for value in item.find_elements(By.TAG_NAME, "dd")[:2]),
            )
            for item in page.find_elements(By.CSS_SELECTOR, "#errors li")
        ]

    expected = [
        (row.text, row.expected or "(out of scope)", ", ".join(row.got) or "–")
        for row in agrees(page, scored).errors()
    ]
    assert sorted(shown()) == sorted(expected)
    missed = [
        row.text for row in evaluated(scored, lines(page)).errors() if row.outcome == "missed"
    ]
    Select(page.find_element(By.ID, "error-kind")).select_by_visible_text("? asked, without it")
    assert sorted(text for text, *_ in shown()) == sorted(missed)
    page.find_element(By.ID, "error-find").send_keys("plain")
    assert all("plain" in text for text, *_ in shown())


def test_what_people_wrote_stays_text(page: Chrome) -> None:
    page.find_element(By.ID, "error-find").send_keys("window.bad")
    handle(page, "answer").send_keys(Keys.END)
    handle(page, "followUp").send_keys(Keys.END)
    said = [item.text for item in page.find_elements(By.CSS_SELECTOR, "#errors .said")]
    assert said == [HOSTILE]
    assert page.execute_script("return window.bad") is None
    assert page.find_elements(By.TAG_NAME, "img") == []


def test_a_phone_needs_no_sideways_scrolling(browser: Chrome, file: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        opened(browser, file)
        script = """
            document.querySelectorAll('details').forEach((one) => { one.open = true; });
            const wide = [...document.querySelectorAll('body *')]
                .filter((one) => one.getBoundingClientRect().right > 360.5 && !one.closest('svg'));
            return [document.documentElement.scrollWidth, wide.map((one) => one.outerHTML)];
        """
        assert browser.execute_script(script) == [360, []]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_50_000_messages_are_counted_anew_at_every_move(browser: Chrome, tmp_path: Path) -> None:
    scored, page = large_page()
    path = tmp_path / "many.html"
    path.write_text(page, "utf-8")
    opened(browser, path)
    script = """
        const line = document.querySelector('.handle.answer'), taken = [];
        for (let i = 0; i < 41; i++) {
            const start = performance.now();
            line.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
            document.body.getBoundingClientRect();
            taken.push(performance.now() - start);
            if (i === 20) for (let j = 0; j < 20; j++) {
                line.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }));
            }
        }
        return taken.sort((a, b) => a - b)[20];
    """
    median: Any = browser.execute_script(script)
    print(f"{median:.1f} ms")  # not compared: how fast a machine is proves nothing
    expected = evaluated(scored, lines(browser))
    assert figures(browser) == {name: expected.figures[name].value for name in FIGURES}
