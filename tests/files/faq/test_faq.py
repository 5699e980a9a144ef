"""FAQ files become entries; what must hold between them, and all mistakes, are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import FaqEntry, Link, Thresholds, Translation
from tests.files.faq.faq_files import (
    KNOWN,
    REFUND,
    load,
    problems_now,
    problems_of,
    with_key,
    write,
)


def test_every_key_of_an_entry_is_read() -> None:
    content = """\
# The whole of it.
- id: Refund-1.a_b
  question: "  Can I get a refund? "
  phrasings:
    - money back
    - '退款'
  answer: |
    Yes: within 30 days.

    See "My orders".
  tags: [returns]
  lang: zh-Hant
  related: [other]
  links:
    - {text: Start, url: "https://shop.example.com/?a=1#b"}
    - text: Plain
      url: http://shop.example.com
  thresholds:
    answer: 0.9
    follow_up: 0.0
- {id: other, question: Q, answer: A}
"""
    assert load(content) == (
        FaqEntry(
            id="Refund-1.a_b",
            question="Can I get a refund?",
            phrasings=("money back", "退款"),
            answer='Yes: within 30 days.\n\nSee "My orders".',
            tags=("returns",),
            lang="zh-Hant",
            related=("other",),
            links=(
                Link("Start", "https://shop.example.com/?a=1#b"),
                Link("Plain", "http://shop.example.com"),
            ),
            thresholds=Thresholds(answer=0.9, follow_up=0.0),
        ),
        FaqEntry(id="other", question="Q", phrasings=(), answer="A"),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tags: []", None),
        ("thresholds: {}", None),
        ("thresholds: {answer: 0.9}", Thresholds(0.9, 0.60)),
        ("thresholds: {follow_up: 0.0}", Thresholds(0.75, 0.0)),
        ("thresholds: {answer: 0.0, follow_up: 0.0}", Thresholds(0.0, 0.0)),
    ],
)
def test_a_line_an_entry_leaves_out_is_the_configured_one(
    written: str, expected: Thresholds | None
) -> None:
    assert load(with_key(written))[0].thresholds == expected


def test_translations_are_read_with_their_languages() -> None:
    written = "translations: {de: {question: Geld?, answer: Ja.}, pt-BR: {question: Q, answer: A}}"
    assert load(with_key(written))[0].translations == (
        Translation("de", "Geld?", "Ja."),
        Translation("pt-BR", "Q", "A"),
    )


def test_a_translated_question_stands_under_one_entry_only() -> None:
    content = with_key("translations: {de: {question: Geld zurück?, answer: Ja.}}")
    content += "- {id: other, question: geld zurück?, answer: A}\n"
    assert problems_of(content)[0].startswith(
        "faq/a.yaml:5: \"geld zurück?\" stands under two entries: here under 'other', and in "
        "faq/a.yaml:4 under 'refund'."
    )


# --- what holds between entries ------------------------------------------------------------------


def test_an_id_used_again_is_told_with_both_places_each_time() -> None:
    other = "\n- question: Q\n  answer: A\n  id: refund\n"
    told = "the id 'refund' is taken: it stands in faq/a.yaml:1 too. Give one of the two entries"
    assert problems_of(REFUND, b=other, c=other) == [
        f"faq/b.yaml:4: {told} another id.",
        f"faq/c.yaml:4: {told} another id.",
    ]


def test_ids_that_differ_in_case_are_two() -> None:
    content = "- {id: a, question: Q, answer: A}\n- {id: A, question: R, answer: A}\n"
    assert [entry.id for entry in load(content)] == ["a", "A"]


@pytest.mark.parametrize("wording", ["money back", "  Money   BACK", "ｍｏｎｅｙ　ｂａｃｋ"])
@pytest.mark.parametrize("first", ["question: '{}'", "question: Q\n  phrasings: ['{}']"])
@pytest.mark.parametrize("second", ["question: '{}'", "question: R\n  phrasings: ['{}']"])
def test_a_wording_under_two_entries_is_told_with_both_places(
    wording: str, first: str, second: str
) -> None:
    """Case, white space and the width of letters make no other wording."""
    one = f"- id: one\n  answer: A\n  {first.format('money back')}\n"
    two = f"- id: two\n  answer: A\n  {second.format(wording)}\n"
    line, other = 3 + second.count("\n"), 3 + first.count("\n")
    assert problems_of(one, b=two) == [
        f'faq/b.yaml:{line}: "{" ".join(wording.split())}" stands under two entries: here under '
        f"'two', and in faq/a.yaml:{other} under 'one'. The bot could not tell them apart. Remove "
        "one."
    ]


def test_a_long_wording_is_shortened_in_the_message() -> None:
    content = f"- {{id: a, answer: A, question: {'q' * 70}}}\n"
    assert problems_of(content + content.replace("id: a", "id: b")) == [
        f"faq/a.yaml:2: \"{'q' * 59}…\" stands under two entries: here under 'b', and in "
        "faq/a.yaml:1 under 'a'. The bot could not tell them apart. Remove one."
    ]


def test_a_wording_twice_under_one_entry_is_no_harm() -> None:
    content = with_key("phrasings: [money back, Money back, can i get a refund?]")
    assert load(content)[0].phrasings == ("money back", "Money back", "can i get a refund?")


def test_related_entries_must_exist_and_be_others() -> None:
    content = with_key("related:\n    - refund\n    - refnud\n    - zzz\n    - b")
    other = "- {id: b, question: Q, answer: A, related: [refund]}\n"
    assert problems_of(content, b=other) == [
        "faq/a.yaml:5: related names 'refund', the entry itself. Remove it.",
        "faq/a.yaml:6: related names 'refnud', but no entry has this id. Did you mean 'refund'?",
        "faq/a.yaml:7: related names 'zzz', but no entry has this id. Correct or remove it.",
    ]


def test_a_related_entry_of_a_file_that_cannot_be_read_is_not_told_as_missing() -> None:
    assert problems_of(with_key("related: [b]"), b="- id: b\n  question: [\n") == [
        "faq/b.yaml:2: a bracket, brace or comma stands here where none can, or is never closed. "
        "Put the text in quotes if it is meant."
    ]


# --- all at once ---------------------------------------------------------------------------------


def test_all_problems_of_all_files_are_told_at_once_in_order() -> None:
    write(
        {
            "a.yaml": REFUND + "  answer: No.\n  tgas: [x]\n  lang: no\n",
            "b.yaml": "- id: refund\n  question: *q\n  answer: &a A\n  phrasings:\n  - 1.10\n",
            "c.yaml": "- id: c\n  question: What: now?\n",
            "d.yml": "",
            "e.yaml": '- id: e\n  question: ""\n  answer:\n  related: [nobody]\n',
            "f.yaml": "",
        }
    )
    Path("faq/g.yaml").write_bytes(b"- id: g\n  question: caf\xe9?\n")
    assert problems_now() == [
        "faq/a.yaml:4: the key 'answer' stands here a second time (first in line 3). Remove one of "
        "the two.",
        f"faq/a.yaml:5: tgas is not a key this bot knows. Did you mean 'tags'? {KNOWN}",
        "faq/a.yaml:6: lang is no, which YAML reads as yes/no; text is needed. Put it in quotes: "
        '"no".',
        "faq/b.yaml:1: the id 'refund' is taken: it stands in faq/a.yaml:1 too. Give one of the "
        "two entries another id.",
        "faq/b.yaml:2: *q is an alias, which this bot does not allow. Write the value out, or put "
        "the text in quotes if the * is meant.",
        "faq/b.yaml:3: &a is an anchor, which this bot does not allow. Remove it, or put the text "
        "in quotes if the & is meant.",
        "faq/b.yaml:5: an item of phrasings is 1.10, which YAML reads as a number; text is needed. "
        'Put it in quotes: "1.10".',
        "faq/c.yaml:2: there is a colon where none can stand, or the line is indented wrongly. Put "
        'a text that holds ": " in quotes, and begin keys of one entry in the same column.',
        "faq/d.yml: this file is not read: the names of FAQ files end in .yaml. Rename it or move "
        "it out of the folder.",
        "faq/e.yaml:2: question is empty; text is needed.",
        "faq/e.yaml:3: answer is empty; text is needed.",
        "faq/f.yaml:1: the file holds no entry. Add one (- id: …), or delete the file.",
        "faq/g.yaml:2: byte 0xe9 is not UTF-8. Save the file as UTF-8.",
    ]
