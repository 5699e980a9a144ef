"""The FAQ in the studio, with the true process in a real browser: found, changed, seen on a map."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser import PHONE
from tests.e2e.chatting import BAKERY
from tests.e2e.memories import ask
from tests.e2e.process import MakeConfig
from tests.e2e.studio import EN, Beside, Studio, serving_beside, visiting

HOURS, OTHERS = "When are you open?", ("What are your opening hours?", "Are you open on Sunday?")
_POINT = """
    const canvas = document.querySelector(".map canvas"), named = document.querySelector(".named");
    const box = canvas.getBoundingClientRect();
    for (let x = 0; x < box.width; x += 3) for (let y = 0; y < box.height; y += 3) {
        const at = {clientX: box.left + x, clientY: box.top + y};
        canvas.dispatchEvent(new PointerEvent("pointermove", at));
        if (!named.hidden) return [Math.round(x - box.width / 2), Math.round(y - box.height / 2)];
    }
"""
WAY = EN.phrasing_number.replace("{number}", "{}")


@pytest.fixture(scope="module")
def beside(make_config: MakeConfig) -> Iterator[Beside]:
    with serving_beside(make_config) as bot:
        yield bot


@pytest.fixture
def studio(browser: Chrome, beside: Beside) -> Iterator[Studio]:
    beside.file.write_bytes(BAKERY.read_bytes())
    with visiting(browser, beside) as page:
        yield page


def entries(studio: Studio) -> list[WebElement]:
    """Links to the entries that are listed."""
    return studio.all(".entries li a")


def open_entry(studio: Studio, sought: str, question: str) -> None:
    """Look for an entry and open it."""
    studio.go(EN.faq)
    studio.wait(lambda: studio.all(".found"))  # from then on the list is not put together anew
    studio.field(EN.find_entry).send_keys(sought)
    studio.wait(lambda: not studio.all(".entries h2") and entries(studio)[0].text == question)
    entries(studio)[0].send_keys(Keys.ENTER)
    studio.wait(lambda: studio.field(EN.question).get_attribute("value") == question)


def beside_field(studio: Studio, label: str) -> str:
    """What is said about a field."""
    notes = studio.field(label).get_attribute("aria-describedby")
    return studio.browser.find_element(By.ID, str(notes)).text


def test_an_entry_is_found_by_meaning_changed_served_and_taken_back_by_keyboard_alone(
    studio: Studio, beside: Beside
) -> None:
    open_entry(studio, "at what time do you close", HOURS)
    studio.wait(lambda: "allergens" not in studio.all(".preview")[0].text)
    studio.field(EN.answer).send_keys(" *Not* on holidays.")
    studio.wait(lambda: studio.all(".telegram i"))
    assert studio.all(".telegram i")[0].text == "Not"
    studio.field(WAY.format(2)).clear()
    studio.field(EN.more_phrasings).send_keys("do you work on zebra day", Keys.TAB)
    studio.press(EN.try_change)
    studio.button(EN.save)
    assert studio.field(WAY.format(2)).get_attribute("value") == "do you work on zebra day"
    assert beside.file.read_bytes() == BAKERY.read_bytes()

    studio.press(EN.save)
    studio.see("Saved in")
    assert beside.file.read_text("utf-8") == (
        BAKERY.read_text("utf-8")
        .replace(OTHERS[1], "do you work on zebra day")
        .replace("Monday to Saturday.", "Monday to Saturday. *Not* on holidays.", 1)
    )
    assert "Not on holidays" in ask(beside.api, "do you work on zebra day", chat_id=811).text
    assert studio.browser.switch_to.active_element.text == EN.undo
    studio.press(EN.undo)
    studio.see("Taken back")
    assert beside.file.read_bytes() == BAKERY.read_bytes()


def test_what_somebody_else_writes_meanwhile_is_kept_and_so_is_what_is_being_written(
    studio: Studio, beside: Beside
) -> None:
    open_entry(studio, "opening-hours", HOURS)
    studio.field(EN.answer).send_keys(" Mine.")
    theirs = BAKERY.read_text("utf-8").replace("Monday to Saturday.", "every day.", 1)
    theirs = theirs.replace(OTHERS[0], "Since when are you open?")
    beside.file.write_text(theirs, "utf-8")
    studio.press(EN.try_change)
    studio.see("nothing of theirs is overwritten")
    assert "every day." in studio.all(".proposal")[0].text
    assert str(studio.field(EN.answer).get_attribute("value")).endswith("Saturday. Mine.")
    assert studio.field(WAY.format(1)).get_attribute("value") == "Since when are you open?"
    assert beside.file.read_text("utf-8") == theirs
    studio.press(EN.try_change)
    studio.press(EN.save)
    studio.see("Saved in")
    assert "Saturday. Mine." in beside.file.read_text("utf-8")
    assert "Since when" in beside.file.read_text("utf-8")


def test_a_mistake_is_told_beside_its_field_and_so_is_what_check_finds(studio: Studio) -> None:
    open_entry(studio, "cake-cancel", "How do I cancel a cake order?")
    way = WAY.format(1)
    studio.wait(lambda: "fits cake-order better" in beside_field(studio, way))
    studio.field(EN.more_phrasings).send_keys(HOURS, Keys.TAB)
    studio.press(EN.try_change)
    twice = WAY.format(2)
    studio.wait(lambda: "stands under two entries" in beside_field(studio, twice))
    assert studio.browser.switch_to.active_element == studio.field(twice)
    studio.field(twice).clear()
    studio.field(EN.question).clear()
    studio.press(EN.try_change)
    studio.wait(lambda: "is empty; text is needed" in beside_field(studio, EN.question))
    assert not [one for one in studio.all("button") if one.text == EN.save]


def test_a_new_entry_is_written_to_the_end_of_a_file(studio: Studio, beside: Beside) -> None:
    studio.go(EN.faq)
    studio.browser.find_element(By.LINK_TEXT, EN.add_entry).click()
    studio.field(EN.question).send_keys("Do you bake zebras?")
    studio.field(EN.answer).send_keys("Only as biscuits.")
    studio.field(EN.tags).send_keys("cakes, animals", Keys.TAB)
    studio.press(EN.try_change)
    studio.press(EN.add)
    studio.see("Added to")
    assert beside.file.read_text("utf-8") == BAKERY.read_text("utf-8") + (
        "- id: do-you-bake-zebras\n  question: Do you bake zebras?\n  answer: Only as biscuits.\n"
        "  tags:\n    - cakes\n    - animals\n"
    )
    assert ask(beside.api, "Do you bake zebras?", chat_id=812).text == "Only as biscuits."
    studio.press(EN.undo)
    studio.see("Taken back")
    assert beside.file.read_bytes() == BAKERY.read_bytes()


def test_the_map_names_what_competes_and_leads_to_the_entries(studio: Studio) -> None:
    studio.go(EN.faq)
    studio.browser.find_element(By.LINK_TEXT, EN.map).click()
    studio.wait(lambda: studio.all(".map canvas"))
    rows = [row.text for row in studio.all("tbody tr")]
    assert [row for row in rows if "I do not need the cake any more" in row]
    studio.browser.find_element(By.LINK_TEXT, "cake-cancel").send_keys(Keys.ENTER)
    studio.wait(lambda: studio.field(EN.question).get_attribute("value"))
    assert studio.browser.current_url.endswith("/faq?entry=cake-cancel")


def test_a_point_of_the_map_is_named_and_opens_its_entry(studio: Studio) -> None:
    studio.open("/faq/map")
    canvas = studio.wait(lambda: studio.all(".map canvas"))[0]
    count, said = EN.map_of.split("{count}")
    heading = studio.all("#content h2")[0].text
    assert heading.startswith(count.replace("{language}", "English"))
    assert heading.endswith(said)
    place = studio.wait(lambda: studio.browser.execute_script(_POINT))
    actions = ActionChains(studio.browser).move_to_element_with_offset(canvas, *place)
    actions.perform()
    wording, entry_id = studio.all(".named")[0].text.split(" · ")
    assert wording in BAKERY.read_text("utf-8")
    actions.click().perform()
    studio.wait(lambda: studio.browser.current_url.endswith(f"/faq?entry={entry_id}"))


def test_on_a_phone_what_check_finds_and_the_map_are_kept_from_nobody(studio: Studio) -> None:
    studio.show(PHONE, "dark")
    open_entry(studio, "cake-cancel", "How do I cancel a cake order?")
    studio.wait(lambda: "fits cake-order" in studio.all("body")[0].text)
    assert studio.findings() == []
    studio.go(EN.faq)
    studio.wait(lambda: studio.all(".found"))
    assert studio.findings() == []
    studio.browser.find_element(By.LINK_TEXT, EN.map).click()
    studio.wait(lambda: studio.all(".map canvas"))
    assert studio.findings() == []
    assert studio.complaints() == []
