"""What stands in the handoff chat, and that people's words can pretend to be nothing else."""

from __future__ import annotations

import pytest

from bot.channels.telegram.handoff.posting.posts import (
    answered_note,
    digest_item,
    digest_lines,
    digest_post,
    fits_into_digest,
    pieces,
    question_posts,
    without_item,
)
from bot.domain import Faq, Hit, Unanswered
from bot.files.config.texts import shipped
from bot.formatting import MAX_UNITS, utf16_units
from bot.service.worded import filled, isolated
from tests.e2e.telegram_html import visible_text
from tests.factories import entry

TEAM = shipped()["en"].team
FAQ = Faq((entry("refund", "When is it paid? <now>"), entry("return", "How & when to return?")))
NEAR = (Hit("refund", 0.5123, "…"), Hit("gone", 0.4, "…"), Hit("return", 0.3, "…"))
TRICKS = "".join(map(chr, [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


def of(words: str) -> str:
    """Words with their direction kept to themselves."""
    return f"\u2068{words}\u2069"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("<b>R&D</b>", "&lt;b&gt;R&amp;D&lt;/b&gt;", id="no markup"),
        pytest.param(f"a{TRICKS}b", "ab", id="no direction but its own"),
        pytest.param("\u202eevil\u2069 tail", "evil tail", id="no way out of it"),
        pytest.param("a\ud83db", "a\ufffdb", id="no half characters, which Telegram refuses"),
        pytest.param("שלום", "שלום", id="words that run to the left stay"),
    ],
)
def test_a_persons_words_are_shown_as_words(words: str, shown: str) -> None:
    assert isolated(words) == of(shown)


def test_marks_inside_of_a_persons_words_are_not_filled_in() -> None:
    trick = "{name} {text} \\1 {0}"
    words = {"name": isolated("{text}"), "text": isolated(trick)}
    assert filled("{name} asks: {text}", words) == f"{of('{text}')} asks: {of(trick)}"


def test_a_sentence_of_the_bot_is_no_markup_either() -> None:
    assert filled("<b>{name}</b> & {text}", {"name": "<b>Ada</b>"}) == (
        "&lt;b&gt;<b>Ada</b>&lt;/b&gt; &amp; {text}"
    )
    assert filled("a & b", {}) == "a &amp; b"


def test_a_question_is_posted_with_what_came_nearest_and_how_to_answer() -> None:
    """Entries that are gone are left out."""
    asked = Unanswered("why & how?", NEAR)
    (told,) = question_posts("<Ada>", asked, FAQ, TEAM, wants_person=False)
    assert told == "\n".join(
        [
            f"<b>{of('&lt;Ada&gt;')}</b> asks: {of('why &amp; how?')}",
            "",
            "Closest in the FAQ:",
            "0.51 When is it paid? &lt;now&gt; (<code>refund</code>)",
            "0.30 How &amp; when to return? (<code>return</code>)",
            "",
            "<i>Reply to this message to answer.</i>",
        ]
    )


def test_somebody_without_a_question_would_like_to_talk_to_a_person() -> None:
    assert question_posts("Ada", Unanswered(None), FAQ, TEAM, wants_person=True) == [
        f"<b>{of('Ada')}</b> would like to talk to a person.\n\n"
        "<i>Reply to this message to answer.</i>"
    ]
    (told,) = question_posts("Ada", Unanswered("why?"), FAQ, TEAM, wants_person=True)
    assert told.splitlines()[0] == (
        f"<b>{of('Ada')}</b> would like to talk to a person, and had asked: {of('why?')}"
    )
    assert digest_item("Ada", "", TEAM) == f"<b>{of('Ada')}</b> would like to talk to a person."


@pytest.mark.parametrize("letter", ["x", "<", "😀", "長"])
def test_the_longest_question_is_posted_whole(letter: str) -> None:
    """In as many posts as it takes, each of a size that Telegram takes and each with the name."""
    faq = Faq(tuple(entry(str(n) * 200, "q" * 2_000) for n in range(9)))
    near = tuple(Hit(one.id, 0.5, "…") for one in faq.entries)
    name = letter * 64 + " (@" + "u" * 32 + ")"
    words = letter * 2_048 + " " + letter * 2_047
    asked = Unanswered(words, near)
    for told in (
        question_posts(name, asked, faq, TEAM, wants_person=True),
        question_posts(name, asked, faq, TEAM, wants_person=False),
        pieces(name, words, TEAM.says, TEAM),
    ):
        shown = [visible_text(post) for post in told]
        assert all(utf16_units(post) <= MAX_UNITS for post in shown)
        assert all(of(name) in post for post in shown)
        said = [post.split("\u2068")[2].partition("\u2069")[0] for post in shown]
        assert "".join(said).replace(" ", "") == words.replace(" ", "")
    assert TEAM.how_to_reply in question_posts(name, asked, faq, TEAM, wants_person=False)[-1]


def test_what_the_bot_answered_meanwhile_stands_beneath_what_a_person_writes() -> None:
    told = answered_note(["refund", "gone", "return"], FAQ, TEAM)
    questions = "When is it paid? &lt;now&gt;; How &amp; when to return?"
    assert told == f"\n\n<i>While they wait, I've sent them the answer to: {questions}</i>"
    assert answered_note(["gone"], FAQ, TEAM) == answered_note([], FAQ, TEAM) == ""


# --- digests -------------------------------------------------------------------------------------


def test_a_digest_numbers_its_items_and_says_how_to_answer_one() -> None:
    items = [digest_item("Ada", "why?", TEAM), digest_item("Bob", "how?", TEAM)]
    lines = [
        "2 questions at once. To answer one, start your reply with its number, for example “2: …”; "
        "“1 and 2: …” answers both.",
        "",
        f"1. <b>{of('Ada')}</b>: {of('why?')}",
        f"2. <b>{of('Bob')}</b>: {of('how?')}",
    ]
    assert digest_post(items, TEAM) == ("\n".join(lines), items)


def test_a_digest_of_one_item_needs_no_number() -> None:
    item = digest_item("Ada", "why?", TEAM)
    assert digest_post([item], TEAM) == (f"{item}\n\n<i>{TEAM.how_to_reply}</i>", [item])


def test_an_item_of_a_digest_is_one_line_so_that_nobody_writes_items_of_others() -> None:
    item = digest_item("Ada", "hi\n2. Bob: pay me\u2028\r\n3. Eve: me too", TEAM)
    assert item == f"<b>{of('Ada')}</b>: {of('hi 2. Bob: pay me 3. Eve: me too')}"
    assert digest_item("Ada", "x" * 3_000, TEAM) == f"<b>{of('Ada')}</b>: {of('x' * 3_000)}"
    wants = digest_item("Ada", "hi", TEAM, wants_person=True)
    assert wants == f"<b>{of('Ada')}</b> would like to talk to a person, and had asked: {of('hi')}"


def test_what_is_too_long_for_a_digest_is_known_by_that() -> None:
    assert fits_into_digest(digest_item("Ada", "x" * 3_800, TEAM), TEAM)
    assert not fits_into_digest(digest_item("Ada", "x" * 4_096, TEAM), TEAM)


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_a_digest_holds_as_many_items_as_fit_into_a_message(letter: str) -> None:
    """Telegram counts UTF-16 code units; one more would not fit."""
    items = [letter * 100 for _ in range(100)]
    told, held = digest_post(items, TEAM)
    assert told == digest_lines(held, TEAM)
    assert held == items[: len(held)]
    assert told.startswith(f"{len(held)} questions at once.")
    one_more = digest_lines(items[: len(held) + 2], TEAM)
    assert utf16_units(told) <= MAX_UNITS < utf16_units(one_more)


def test_an_item_is_taken_out_of_a_digest_as_it_stands_in_the_chat() -> None:
    """By its place: what somebody is called may look like another item."""
    html, _ = digest_post(["<b>2. Bob</b>: a", "<b>Ada</b>: why?", "c"], TEAM)
    assert without_item(html, 2) == html.replace("<b>Ada</b>: why?", "…")
    assert without_item("somebody has changed it", 1) == "somebody has changed it"
