"""Thresholds in the studio: lines are moved, put in place and taken back, as people do it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from bot.files.config.texts import shipped
from bot.matching.policy_lock import load_lock
from bot.tuning.show.tables import percent
from tests.browser import PHONE
from tests.e2e.chatting import ANSWERS, ask
from tests.e2e.memories import ADMIN
from tests.e2e.process import MakeConfig
from tests.e2e.studio import EN, Beside, Studio, serving_beside, told, visiting

BIRTHDAY = "ordering a birthday cake"
FALLBACK = shipped()["en"].fallback
ASKED = {
    "opening-hours": ("when do you open", "are you open on sundays"),
    "cake-order": ("i want to order a cake", BIRTHDAY, "cake"),
    "cake-cancel": ("cancel my cake", "i do not want the cake any more"),
    "allergens": ("is there gluten in your bread", "allergens"),
    None: ("do you repair bicycles", "is it going to rain", "zebra", "who won the match"),
}


@pytest.fixture(scope="module")
def beside(make_config: MakeConfig) -> Iterator[Beside]:
    """A bot whose FAQ has tests."""
    with serving_beside(make_config) as bot:
        rows = [{"text": text, "expected": its} for its, texts in ASKED.items() for text in texts]
        labelled_of(bot).write_text(json.dumps(rows), "utf-8")
        with bot.config.open("a", encoding="utf-8") as config:
            config.write("thresholds:\n  answer: 0.75  # ours\n  follow_up: 0.60\n")
        ask(bot.api, "/reload", chat_id=ADMIN)
        yield bot


@pytest.fixture
def studio(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    with visiting(browser, beside) as page:
        page.go(EN.thresholds)
        yield page


def labelled_of(beside: Beside) -> Path:
    return beside.file.with_name("bakery.tests.yaml")


def choose(studio: Studio, name: str) -> None:
    Select(studio.field(EN.labels)).select_by_visible_text(name)


def figures(drawn: ShadowRoot) -> dict[str, str]:
    cells = drawn.find_elements(By.CSS_SELECTOR, "[data-figure]")
    return {str(it.get_attribute("data-figure")): it.text.split("\n")[0] for it in cells}


def shown(values: Mapping[str, float | None]) -> dict[str, str]:
    return {name: "–" if it is None else f"{percent(it)} %" for name, it in values.items()}


def drag(studio: Studio, knob: WebElement, pixels: int) -> None:
    script = """
        arguments[0].scrollIntoView({block: "center"});
        return (arguments[0].value - 0.5) * (arguments[0].clientWidth - 24);
    """
    offset = int(studio.browser.execute_script(script, knob))
    actions = ActionChains(studio.browser, duration=20)
    actions.move_to_element_with_offset(knob, offset, 0).click_and_hold()
    actions.move_by_offset(pixels, 0).release().perform()


def at(drawn: ShadowRoot) -> dict[str, float]:
    """The lines of a report."""
    lines: dict[str, float] = json.loads(
        drawn.find_element(By.ID, "lines").get_attribute("data-at") or ""
    )
    return lines


def test_lines_are_tuned_moved_used_and_taken_back_and_the_bot_goes_by_them_at_once(
    studio: Studio, beside: Beside
) -> None:
    before = beside.config.read_bytes()
    lock = beside.config.with_name("policy.lock")
    studio.press(EN.work_out)
    drawn = studio.report()
    found = json.loads(told(beside.config, "tune", str(labelled_of(beside)), "--json"))
    said = figures(drawn)
    assert said == {name: shown(found["expected"])[name] for name in said}
    assert at(drawn) == found["thresholds"]

    line = drawn.find_element(By.CSS_SELECTOR, "input[type=range][data-line=answer]")
    drag(studio, line, 100)
    assert at(drawn)["answer"] == float(str(line.get_property("value")))
    assert at(drawn)["answer"] > found["thresholds"]["answer"]
    line.send_keys(Keys.END)
    box = drawn.find_element(By.CSS_SELECTOR, "input[type=number][data-line=followUp]")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("0.99", Keys.TAB)
    changed = [one.text for one in drawn.find_elements(By.CSS_SELECTOR, "#changes .said")]
    assert BIRTHDAY in changed
    assert ask(beside.api, BIRTHDAY, chat_id=811).text == ANSWERS["cake-order"]
    studio.press(EN.save_lines)
    studio.see(EN.lines_saved.partition("{")[0])
    assert studio.browser.switch_to.active_element.text == EN.undo
    assert ask(beside.api, BIRTHDAY, chat_id=812).text == FALLBACK
    assert not lock.exists()
    evaluated = json.loads(told(beside.config, "evaluate", str(labelled_of(beside)), "--json"))
    values = {name: its["value"] for name, its in evaluated["measures"].items()}
    assert figures(drawn) == {name: shown(values)[name] for name in said}

    studio.press(EN.undo)
    studio.wait(lambda: beside.config.read_bytes() == before)
    studio.press(EN.save_proposal_unproven)
    studio.wait(lock.exists)
    kept = load_lock(lock)
    assert kept is not None
    assert (kept.proven, kept.labels) == (False, sum(map(len, ASKED.values())))
    studio.press(EN.undo)
    studio.see(EN.lines_undone.rpartition("}")[2].strip())
    assert not lock.exists()
    assert beside.config.read_bytes() == before

    hers = before + b"# hers\n"
    beside.config.write_bytes(hers)
    studio.press(EN.save_lines)
    studio.see("has been changed meanwhile, so nothing was written")
    assert beside.config.read_bytes() == hers
    studio.show(PHONE, "dark")
    assert studio.faint() == []
    studio.show(PHONE, "light")
    assert studio.findings() == []
    assert studio.complaints() == []


def test_what_cannot_be_worked_out_says_what_to_do_and_work_can_be_cancelled(
    studio: Studio, beside: Beside
) -> None:
    most = studio.field(EN.max_wrong)
    most.clear()
    most.send_keys("few", Keys.TAB)
    studio.press(EN.work_out)
    studio.see(EN.no_percentage.replace("{text}", "few"))
    most.clear()
    most.send_keys("5", Keys.TAB)
    choose(studio, EN.set_log)
    studio.press(EN.work_out)
    studio.see("so there is no label")
    choose(studio, EN.set_faq)
    studio.press(EN.work_out)
    studio.wait(lambda: "so there is no label" not in studio.all(".told")[0].text)
    assert tuning(beside)
    studio.press(EN.cancel)
    studio.see(EN.tuning_cancelled)
    assert not tuning(beside)


def test_lines_that_cannot_be_written_are_shown_and_it_says_what_to_do(
    studio: Studio, beside: Beside
) -> None:
    before = beside.config.read_bytes()
    beside.config.write_bytes(before.partition(b"thresholds:")[0] + b"thresholds: {answer: 0.7}\n")
    try:
        studio.press(EN.work_out)
        assert at(studio.report())
        studio.see("each must stand in a line of its own. Write three lines")
        labels = {one.text for one in studio.all("button")}
        assert not labels & {EN.save_lines, EN.save_proposal, EN.save_proposal_unproven}
    finally:
        beside.config.write_bytes(before)


def tuning(beside: Beside) -> list[int]:
    """The processes in which the bot tunes."""
    names, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            names[folder.name] = (folder / "cmdline").read_text("utf-8", "replace")
            parents[folder.name] = (
                (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
            )
        except OSError:  # it has ended meanwhile
            continue
    return [
        int(pid)
        for pid, name in names.items()
        if "spawn_main" in name and str(beside.config) in names.get(parents.get(pid, ""), "")
    ]
