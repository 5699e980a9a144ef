"""The tests that stand with an FAQ: under an entry, and in labelled sets beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.domain import Expect, FaqTest, Place
from bot.files.faq.load import load_faq
from tests.files.faq.faq_files import (
    LINES,
    REFUND,
    load,
    problems_now,
    problems_of,
    with_key,
    write,
)

SET = "- {text: is it going to rain, expected: null}\n"


def test_a_test_is_an_utterance_or_says_what_is_expected() -> None:
    written = "tests:\n    - can i send it back\n    - {text: money, expect: asked}\n"
    (entry,) = load(with_key(written))
    assert entry.tests == (FaqTest("can i send it back"), FaqTest("money", Expect.ASKED))
    assert [test.place for test in entry.tests] == [Place("faq/a.yaml", 5), Place("faq/a.yaml", 6)]
    assert entry.wordings == ("Can I get a refund?",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param(
            "tests: money back",
            'faq/a.yaml:4: tests is "money back"; a list is needed, for example: - can i send it '
            "back.",
            id="no list",
        ),
        pytest.param(
            "tests: [{text: money, expect: fallbck}]",
            'faq/a.yaml:4: tests.expect is "fallbck"; answer, asked or fallback is needed. Did you '
            "mean 'fallback'?",
            id="misspelt",
        ),
        pytest.param(
            "tests: [{expect: answer}]",
            "faq/a.yaml:4: tests.text is missing: what somebody could write.",
            id="no text",
        ),
        pytest.param(
            "tests: [007]",
            "faq/a.yaml:4: tests.text is 007, which YAML reads as a number; text is needed. Put it "
            'in quotes: "007".',
            id="no text, but a number",
        ),
    ],
)
def test_what_is_wrong_with_a_test_is_told_with_its_line(written: str, told: str) -> None:
    assert problems_of(with_key(written)) == [told]


def test_a_labelled_set_in_the_folder_is_named_and_is_no_faq_file() -> None:
    write({"a.yaml": REFUND, "sub/a.tests.yaml": SET, "b.tests.yaml": "[broken"})
    faq = load_faq(Path("faq"), LINES)
    assert [entry.id for entry in faq.entries] == ["refund"]
    assert faq.labelled == ("faq/b.tests.yaml", "faq/sub/a.tests.yaml")


def test_the_labelled_set_of_an_faq_of_one_file_lies_beside_it() -> None:
    write({"a.yaml": REFUND, "a.tests.yaml": SET, "b.tests.yaml": SET})
    assert load_faq(Path("faq/a.yaml"), LINES).labelled == ("faq/a.tests.yaml",)


def test_a_folder_of_labelled_sets_alone_is_no_faq() -> None:
    write({"a.tests.yaml": SET})
    assert problems_now() == ["faq: no *.yaml file is in this folder. Add one FAQ file."]


def test_dates_are_days_by_the_clock_on_the_wall_and_the_last_one_counts() -> None:
    written = "valid_from: 2026-12-01\n  valid_until: 2026-12-24"
    (entry,) = load(with_key(written))
    assert entry.valid_from == datetime(2026, 12, 1)
    assert entry.valid_until == datetime(2026, 12, 25)


@pytest.mark.parametrize("written", ["2026-12-24 18:30", "2026-12-24T18:30", "2026-12-24 18:30:00"])
def test_a_time_may_stand_with_a_date(written: str) -> None:
    (entry,) = load(with_key(f"valid_until: {written}"))
    assert entry.valid_until == datetime(2026, 12, 24, 18, 30)


@pytest.mark.parametrize("written", ["tomorrow", "24.12.2026", "2026-11-31", "2026-12-24 18:30Z"])
def test_what_is_no_date_is_told_with_what_is_needed(written: str) -> None:
    (told,) = problems_of(with_key(f"valid_until: {written}"))
    assert told.startswith("faq/a.yaml:4: valid_until is ")
    assert told.endswith(
        "; a date such as 2026-12-24 is needed, or a date and a time such as 2026-12-24 18:00."
    )


def test_an_entry_that_would_never_be_valid_is_told() -> None:
    written = "valid_from: 2026-12-24 18:00\n  valid_until: 2026-12-24 18:00"
    assert problems_of(with_key(written)) == [
        "faq/a.yaml:5: valid_until is not after valid_from (line 4), so the entry would never be "
        "valid. Correct one of the two."
    ]


@pytest.mark.parametrize(
    ("until", "begin", "is_told"),
    [
        ("2026-12-23", "2026-12-24", False),
        ("2026-12-24 18:00", "2026-12-24 18:00", False),
        ("2026-12-24", "2026-12-24", True),
    ],
)
def test_entries_that_are_never_valid_at_once_may_share_their_wordings(
    until: str, begin: str, is_told: bool
) -> None:
    later = REFUND.replace("id: refund", "id: later")
    content = f"{REFUND}  valid_until: {until}\n{later}  valid_from: {begin}\n"
    if is_told:
        (told,) = problems_of(content)
        assert "stands under two entries: here under 'later'" in told
    else:
        assert len(load(content)) == 2
