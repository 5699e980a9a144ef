"""The chat on web pages: in a real browser, on a page of another origin, with the true bot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from zlib import compress, crc32

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS
from tests.e2e.handing import GONE_AFTER_HELP, UNKNOWN, Team, delivered, delivered_next, with_team
from tests.e2e.process import MakeConfig, serving
from tests.e2e.site import Site
from tests.e2e.widget import EN, Widget, including, visited

ORDER, CANCEL = "How do I order a cake?", "How do I cancel a cake order?"


@pytest.fixture(scope="module")
def helped(make_config: MakeConfig, site: Site) -> Iterator[BotApi]:
    """The bot that the site includes, with people behind it in Telegram."""
    with BotApi() as api, serving(api, make_config(with_team() + including(site))) as process:
        process.wait_for_log("serving HTTP")
        yield api


def picture() -> bytes:
    """A red one, 8 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + crc32(kind + data).to_bytes(4)

    size = (8).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    rows = (b"\0" + b"\xff\0\0" * 8) * 8
    parts = ((b"IHDR", size), (b"IDAT", compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@contextmanager
def included(site: Site, otherwise: Site) -> Iterator[None]:
    """The site as another one for a while."""
    before = vars(site).copy()
    vars(site).update(vars(otherwise))
    try:
        yield
    finally:
        vars(site).update(before)


@pytest.fixture
def page(browser: Chrome, site: Site) -> Iterator[Widget]:
    """The site's page in a wide window, where nobody has asked anything yet."""
    with visited(browser, site) as page:
        yield page
        assert page.complaints() == []


@pytest.fixture
def widget(page: Widget, helped: BotApi) -> Widget:
    """The chat, opened there."""
    return page.open()


# --- asking and choosing -------------------------------------------------------------------------


def test_an_answer_is_shown_as_text_with_its_links_and_thumbs(widget: Widget) -> None:
    assert widget.said(1)[0][1].startswith(EN.welcome.partition("{")[0])
    widget.say(ORDER)
    assert widget.said(3)[1:] == [("me", ORDER), ("bot", ANSWERS["cake-order"].strip())]
    assert widget.labels() == ["Our cakes"]
    link = widget.find("a.choice")
    assert link.get_attribute("href") == "https://bakery.example.com/cakes"
    widget.press(EN.chat_unhelped)
    assert widget.said(4)[3] == ("bot", EN.not_helpful)
    assert widget.labels() == ["Our cakes", EN.ask_person]
    pressed = [one.get_attribute("aria-pressed") for one in widget.find_all(".thumbs button")]
    assert pressed == ["false", "true"]


def test_a_choice_is_made_by_keyboard_and_the_focus_is_where_one_goes_on(widget: Widget) -> None:
    widget.say("cake")
    widget.said(3)
    first, second, none = widget.wait(lambda: widget.labels() if len(widget.labels()) == 3 else [])
    assert ({first, second}, none) == ({ORDER, CANCEL}, EN.none_of_these)
    widget.back()  # from where one writes: none of these
    widget.keys(Keys.ARROW_UP)
    assert widget.focused is not None
    assert widget.focused.text == second
    widget.keys(Keys.ENTER)
    chosen = ANSWERS["cake-order" if second == ORDER else "cake-cancel"].strip()
    assert widget.said(5)[3:] == [("me", second), ("bot", chosen)]
    assert first not in widget.labels()
    assert widget.focused is not None
    assert widget.focused.tag_name == "textarea"


def test_a_typed_number_chooses_and_none_of_these_asks_for_other_words(widget: Widget) -> None:
    widget.say("cake")
    widget.said(3)
    choices = widget.labels()
    widget.press(EN.none_of_these)
    assert widget.said(5)[3:] == [("me", EN.none_of_these), ("bot", EN.passed_on)]
    widget.say("cake")
    widget.said(7)
    widget.say("2")
    chosen = ANSWERS["cake-order" if choices[1] == ORDER else "cake-cancel"].strip()
    assert widget.said(9)[8] == ("bot", chosen)


def test_not_this_under_a_tentative_answer_offers_what_else_could_be_meant(widget: Widget) -> None:
    widget.say("stop the cake")
    told = f"{EN.tentative.replace('{question}', CANCEL)}\n\n{ANSWERS['cake-cancel']}"
    assert widget.said(3)[2] == ("bot", told)
    assert widget.labels() == [EN.not_this]
    widget.press(EN.not_this)
    assert widget.said(5)[3:] == [("me", EN.not_this), ("bot", EN.follow_up_one)]
    assert widget.labels() == [ORDER, EN.none_of_these]
    widget.press(ORDER)
    assert widget.said(7)[6] == ("bot", ANSWERS["cake-order"].strip())


def test_topics_lead_to_an_answer(widget: Widget) -> None:
    widget.press("cakes")
    widget.said(3)
    assert widget.labels() == [ORDER, CANCEL, EN.all_topics]
    widget.press(CANCEL)
    assert widget.said(5)[1:] == [
        *(("me", "cakes"), ("bot", EN.topic.replace("{topic}", "cakes"))),
        *(("me", CANCEL), ("bot", ANSWERS["cake-cancel"])),
    ]


# --- people --------------------------------------------------------------------------------------


def test_a_person_answers_also_after_a_reload_and_the_bot_goes_on_after_them(
    widget: Widget, helped: BotApi, site: Site
) -> None:
    team = Team(helped)
    widget.say(UNKNOWN)
    assert widget.said(3)[2][1] == EN.passed_on
    widget.press(EN.ask_person)
    widget.said(5)
    post = team.posts()[-1]
    team.say("Leonardo did.", to=post)
    first = ("team", delivered("Leonardo did."))
    assert widget.said(6)[5] == first
    widget.browser.refresh()
    assert widget.said(6)[5] == first
    widget.say("When was that?")
    widget.said(7)
    helped.wait_for(lambda: "When was that?" in team.texts()[-1])
    team.say("About 1503.", to=team.posts()[-1])
    said = widget.said(8)
    assert said[6:] == [("me", "When was that?"), ("team", delivered_next("About 1503."))]
    update = team.say("In 1503.", to=team.posts()[-1])
    assert widget.said(9)[8] == ("team", delivered_next("In 1503."))
    helped.edit(update, "// a note after all")
    widget.wait(lambda: len(widget.said(8)) == 8)
    widget.press(EN.chat_end_talk)
    assert widget.said(9)[8] == ("bot", GONE_AFTER_HELP)
    widget.press(EN.chat_helped)
    assert widget.said(10)[9] == ("note", EN.feedback_thanks)
    widget.say(ORDER)
    assert widget.said(12)[11] == ("bot", ANSWERS["cake-order"].strip())


def test_a_picture_and_a_file_of_the_team_are_shown_also_after_a_reload(
    widget: Widget, helped: BotApi
) -> None:
    team, helped.content = Team(helped), picture()
    widget.press(EN.ask_person)
    widget.said(3)
    post = team.posts()[-1]
    team.show("photo", post)
    team.show("document", post, "Our prices")
    shown = [("team", EN.person_says_first), ("team", f"{EN.person_says}\nOur prices")]
    script = "return arguments[0].complete && arguments[0].naturalWidth"
    for _ in range(2):
        assert widget.said(5)[3:] == shown
        image = widget.find(".team img")
        assert widget.wait(lambda image=image: widget.browser.execute_script(script, image)) == 8  # type: ignore[misc]
        assert widget.find(".team .file a").text == "file.pdf"
        assert widget.findings() == []
        widget.browser.refresh()


# --- the page ------------------------------------------------------------------------------------


def test_the_conversation_goes_on_after_a_reload_where_it_was(widget: Widget) -> None:
    widget.say("cake")
    before = widget.said(3)
    choices = widget.labels()
    widget.browser.refresh()
    assert widget.said(3) == before
    assert widget.labels() == choices
    widget.press(choices[0])
    chosen = ANSWERS["cake-order" if choices[0] == ORDER else "cake-cancel"].strip()
    assert widget.said(5)[4] == ("bot", chosen)


def test_privacy_tells_what_is_kept_and_erases_it_here_and_there(widget: Widget) -> None:
    widget.say(ORDER)
    widget.said(3)
    widget.press(EN.chat_privacy)
    told = widget.said(4)[3][1]
    assert told.startswith(EN.privacy)
    assert told.endswith(EN.chat_browser)
    widget.press(EN.chat_data)
    assert EN.mydata_answered.replace("{entry}", "").strip() in widget.said(5)[4][1]
    widget.press(EN.chat_erase)
    widget.wait(lambda: len(widget.said(1)) == 2)
    assert widget.said(2)[1] == ("note", EN.forgotten)
    kept = widget.browser.execute_script("return JSON.stringify({...sessionStorage})")
    assert ORDER not in kept
    widget.browser.refresh()
    widget.press(EN.chat_privacy)
    widget.press(EN.chat_data)
    assert widget.said(4)[3][1] == EN.mydata_nothing


def test_the_pages_own_style_reaches_nothing_of_the_chat(
    browser: Chrome, site: Site, helped: BotApi
) -> None:
    site.is_hostile = True
    try:
        with visited(browser, site) as page:
            assert page.wait(lambda: page.find(".launcher")).is_displayed()
            page.open()
            style = "return getComputedStyle(arguments[0])[arguments[1]]"
            title = page.find("h2")
            assert browser.execute_script(style, title, "color") == "rgb(27, 31, 36)"
            assert browser.execute_script(style, title, "fontFamily").startswith("system-ui")
            place = page.find("dialog").rect
            assert (place["x"] + place["width"], place["width"]) == (1100 - 16, 400)
    finally:
        site.is_hostile = False


@pytest.mark.parametrize(
    ("lang", "data", "language"),
    [
        pytest.param("zh-TW", "", "zh-hant", id="the page's, the nearest there is"),
        pytest.param("en", ' data-language="zh"', "zh", id="the line's, before the page's"),
        pytest.param("x_1", "", "en", id="one that is none: the bot's own"),
    ],
)
def test_the_chat_speaks_the_language_of_the_page_or_of_its_line(
    browser: Chrome, site: Site, helped: BotApi, lang: str, data: str, language: str
) -> None:
    texts = shipped()[language]
    there = replace(site, lang=lang, data=data)
    with included(site, there), visited(browser, site) as page:
        page.open().say("蛋糕")
        assert page.find("h2").text == texts.chat_title
        assert page.said(3)[0][1].startswith(texts.welcome.partition("{")[0])
        assert page.find(".root").get_attribute("lang") == language


def test_a_page_from_right_to_left_has_the_chat_on_its_left(
    browser: Chrome, site: Site, helped: BotApi
) -> None:
    with included(site, replace(site, more=' dir="rtl"')), visited(browser, site) as page:
        page.open().say(ORDER)
        page.said(3)
        mine, its = page.find(".me").rect, page.find_all(".bot")[-1].rect
        assert page.find("dialog").rect["x"] == 16
        assert mine["x"] < its["x"] + its["width"] - mine["width"]
        assert page.wide() == []


def test_each_line_of_an_answer_has_its_own_direction(widget: Widget) -> None:
    widget.say("كيف أطلب كعكة؟")
    widget.said(3)
    script = """
        const [said, told] = [arguments[0], "\u0646\u0639\u0645.\\nIs it this?"];
        said.replaceChildren(told);
        const [start, end] = ["I", "?"].map((each) => {
            const range = document.createRange();
            range.setStart(said.firstChild, told.indexOf(each));
            range.setEnd(said.firstChild, told.indexOf(each) + 1);
            return range.getBoundingClientRect().left;
        });
        return start < end;
    """
    assert widget.browser.execute_script(script, widget.find_all(".bot .said")[-1])


def test_the_last_line_stays_in_sight_when_a_person_is_called(page: Widget, helped: BotApi) -> None:
    page.on_phone()
    page.open().say(ORDER)
    page.said(3)
    page.press(EN.ask_person)
    page.said(5)
    page.wait(lambda: page.find(".talk").is_displayed())
    script = "const it = arguments[0]; return it.scrollHeight - it.scrollTop - it.clientHeight"
    assert page.browser.execute_script(script, page.find(".log")) < 2


def test_a_link_of_the_page_and_its_scripts_open_the_chat(page: Widget, helped: BotApi) -> None:
    page.wait(lambda: page.find(".launcher"))
    page.browser.find_element(By.ID, "ours").click()
    assert page.find("dialog").is_displayed()
    page.browser.execute_script("document.querySelector('faq-chat').close()")
    assert not page.find("dialog").is_displayed()
    page.browser.execute_script("document.querySelector('faq-chat').open(arguments[0])", ORDER)
    assert page.said(3)[2] == ("bot", ANSWERS["cake-order"].strip())


def test_with_remember_other_tabs_and_later_visits_have_the_conversation_too(
    browser: Chrome, site: Site, helped: BotApi
) -> None:
    with included(site, replace(site, data=" data-remember")), visited(browser, site) as page:
        page.open().say(ORDER)
        before = page.said(3)
        first = browser.current_window_handle
        browser.switch_to.new_window("tab")
        browser.get(site.origin)
        assert page.said(3) == before
        page.say(CANCEL)
        after = page.said(5)
        browser.close()
        browser.switch_to.window(first)
        assert page.said(5) == after


# --- everybody -----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_phone", [False, True], ids=["wide and light", "phone and dark"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    page: Widget, helped: BotApi, is_phone: bool
) -> None:
    if is_phone:
        page.on_phone(is_dark=True)
    page.wait(lambda: page.find(".launcher"))
    assert page.findings() == []
    page.open().say(ORDER)
    page.said(3)
    assert (page.findings(), page.wide()) == ([], [])
    page.say("cake")
    page.said(5)
    page.press(EN.chat_privacy)
    page.said(6)
    assert (page.findings(), page.wide()) == ([], [])


def test_the_tab_key_reaches_all_that_can_be_pressed_and_escape_closes(widget: Widget) -> None:
    widget.say("cake")
    widget.said(3)
    names = [EN.chat_close, EN.chat_log, ORDER, CANCEL, EN.none_of_these, EN.chat_write]
    names += [EN.chat_privacy, EN.ask_person]
    reached = set()
    for _ in range(20):
        if widget.focused is not None:
            reached.add(widget.focused.accessible_name)
        widget.keys(Keys.TAB)
    assert set(names) <= reached
    widget.find("textarea").send_keys(Keys.ESCAPE)
    assert not widget.find("dialog").is_displayed()
    assert widget.focused is not None
    assert widget.focused.accessible_name == EN.chat_open


def test_where_there_is_no_room_it_takes_the_whole_screen_and_keeps_the_focus(
    page: Widget, helped: BotApi
) -> None:
    page.on_phone()
    page.open()
    dialog = page.find("dialog")
    assert (dialog.rect["x"], dialog.rect["width"]) == (0, 360)
    script = "return arguments[0].matches(':modal')"
    assert page.browser.execute_script(script, dialog)
    assert page.focused is not None
    assert page.focused.accessible_name == EN.chat_log  # no keyboard comes up by itself
