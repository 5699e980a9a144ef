"""What the keys of an entry may hold, and what is told of what they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.faq.load import load_faq
from tests.files.faq.faq_files import (
    KNOWN,
    LINES,
    entry_with,
    load,
    problems_of,
    with_key,
    write,
)
from tests.files.reading import rows_of


def test_id_question_and_answer_are_needed() -> None:
    assert problems_of("\n- lang: en\n") == [
        "faq/a.yaml:2: answer is missing: what the bot replies.",
        "faq/a.yaml:2: id is missing: a short name of the entry, unique over all files.",
        "faq/a.yaml:2: question is missing: the wording people see on buttons.",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("no", 'is no, which YAML reads as yes/no; text is needed. Put it in quotes: "no".'),
        ("007", 'is 007, which YAML reads as a number; text is needed. Put it in quotes: "007".'),
        *((empty, "is empty; text is needed.") for empty in ("", "''", "|\n    \n", '"\\n\\t"')),
    ],
)
@pytest.mark.parametrize("key", ["id", "question", "answer"])
def test_a_value_must_be_text_to_yaml_and_not_empty(key: str, written: str, told: str) -> None:
    content, line = entry_with(key, written)
    assert problems_of(content) == [f"faq/a.yaml:{line}: {key} {told}"]


NAMES = {
    "TEXT": "text is needed. Put it in quotes if the colon, dash or bracket is meant.",
    "LIST": "a list of texts, each in a line of its own after a dash, is needed.",
    "ASK": "or the bot can never ask back. Lower follow_up or raise answer.",
    "LINK": "needed, for example: {text: Start a return, url: https://shop.example.com/returns}.",
    "WEB": "an address that begins with https:// or http:// is needed.",
    "KNOWN": KNOWN,
}
# What stands in line 4 → what is told of it.
CASES = """
answers: [x] → answers is not a key this bot knows. Did you mean 'answer'? <KNOWN>
tags: returns → tags is "returns"; <LIST>
phrasings: → phrasings is empty; <LIST>
phrasings: {a: b} → phrasings is a group of keys; <LIST>
phrasings: [a: b] → an item of phrasings is a group of keys; <TEXT>
phrasings: [[a]] → an item of phrasings is a list; <TEXT>
lang: english language → lang is "english language"; a language code is needed, such as en or
    zh.
lang: no → lang is no, which YAML reads as yes/no; text is needed. Put it in quotes: "no".
phrasings: [a, ~] → an item of phrasings is ~, which YAML reads as nothing; text is needed. Put it
    in quotes: "~".
phrasings: [a, 007] → an item of phrasings is 007, which YAML reads as a number; text is needed.
    Put it in quotes: "007".
related: other → related is "other"; <LIST>
links: https://x.example → links is "https://x.example"; a list is <LINK>
links: [https://x.example] → an item of links is "https://x.example"; <LINK>
links: [{text: Shop, url: "shop.example.com"}] → links.url is "shop.example.com"; <WEB>
links: [{text: Shop, url: "www.shop.example.com/a"}] → links.url is "www.shop.example.com/a"; <WEB>
links: [{text: Shop, url: "ftp://shop.example.com"}] → links.url is "ftp://shop.example.com"; <WEB>
links: [{text: Shop, url: "javascript:alert(1)"}] → links.url is "javascript:alert(1)"; <WEB>
links: [{text: Shop, url: "tg://resolve?domain=x"}] → links.url is "tg://resolve?domain=x"; <WEB>
links: [{text: Shop, url: "https://"}] → links.url is "https://"; <WEB>
links: [{text: Shop, url: "https://:443/a"}] → links.url is "https://:443/a"; <WEB>
links: [{text: Shop, url: "https:///a"}] → links.url is "https:///a"; <WEB>
links: [{text: Shop, url: "https://shop.example.com/a b"}] → links.url is
    "https://shop.example.com/a b"; <WEB>
links: [{text: Shop, url: "https://[shop"}] → links.url is "https://[shop"; <WEB>
links: [text: Shop] → links.url is missing: where the link leads.
links: [url: https://x.example] → links.text is missing: what the link is called.
links: [{text: Shop, urll: u, url: https://x.example}] → links.urll is not a key this bot knows.
    Did you mean 'url'? Known here: text, url.
thresholds: 0.9 → thresholds is 0.9; keys under it are needed: answer, follow_up.
thresholds: {answer: 9} → thresholds.answer is 9; a number from -1 to 1 is needed.
thresholds: {follow_up: 0.8} → thresholds.follow_up is 0.8 but must not exceed
    thresholds.answer (0.75, the configuration), <ASK>
thresholds: {answer: 0.0} → thresholds.answer is 0 but must not be below thresholds.follow_up
    (0.6, the configuration), <ASK>
thresholds: {answer: 0.8, follow_up: 0.9} → thresholds.follow_up is 0.9 but must not exceed
    thresholds.answer (0.8, line 4), <ASK>
translations: [de] → translations is a list; languages are needed, such as  de: {question: …,
    answer: …}.
translations: {german: {question: Q2, answer: A}} → translations.german stands in the place of a
    language; a language code is needed, such as en or zh.
translations: {de: {question: Q2}} → translations.de.answer is missing: what the bot replies to
    them.
translations: {de: {question: Q2, answer: A, title: x}} → translations.de.title is not a key this
    bot knows. Known here: question, answer.
category: x → category is not a key this bot knows. <KNOWN>
"""


@pytest.mark.parametrize(("written", "told"), rows_of(CASES, NAMES))
def test_a_value_that_does_not_fit_is_told_with_what_was_needed(written: str, told: str) -> None:
    assert problems_of(with_key(written)) == [f"faq/a.yaml:4: {told}"]


@pytest.mark.parametrize("entry_id", ["a b", "a/b", "ä", "a:b", "你好", "a\n\nb"])
def test_an_id_is_a_plain_name(entry_id: str) -> None:
    shown = " ".join(entry_id.split())
    assert problems_of(f'- id: "{entry_id}"\n  question: Q\n  answer: A\n') == [
        f'faq/a.yaml:1: id is "{shown}"; only the letters a-z and A-Z, digits, - _ and . may stand '
        "in it."
    ]


@pytest.mark.parametrize(("key", "most"), [("id", 200), ("question", 2_000), ("answer", 40_000)])
def test_a_text_has_a_greatest_length(key: str, most: int) -> None:
    assert len(load(entry_with(key, "x" * most)[0])) == 1
    content, line = entry_with(key, "x" * (most + 1))
    assert problems_of(content) == [
        f"faq/a.yaml:{line}: {key} has {most + 1:,} characters; at most {most:,} are possible. "
        "Shorten it."
    ]


def test_a_quoted_empty_phrasing_is_only_a_remark_and_a_dash_alone_a_problem() -> None:
    """Exported tables leave the former behind, and no text is lost."""
    write({"a.yaml": with_key('phrasings:\n    - ""\n    - money back\n    - "  "')})
    faq = load_faq(Path("faq"), LINES)
    assert [entry.phrasings for entry in faq.entries] == [("money back",)]
    assert [str(remark) for remark in faq.remarks] == [
        "faq/a.yaml:5: an item of phrasings is empty and was left out.",
        "faq/a.yaml:7: an item of phrasings is empty and was left out.",
    ]
    assert problems_of(with_key("phrasings:\n    - a\n    -\n")) == [
        "faq/a.yaml:6: an item of phrasings is empty; text is needed."
    ]


def test_a_phrasing_that_nothing_can_match_is_remarked_upon() -> None:
    write({"a.yaml": with_key("phrasings:\n    - '???'\n    - 是\n")})
    assert [str(remark) for remark in load_faq(Path("faq"), LINES).remarks] == [
        'faq/a.yaml:5: "???" has no letter and no digit, so no message will ever match it.'
    ]
