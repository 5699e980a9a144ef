"""What `check` says of entries and notices that are over."""

from __future__ import annotations

from pathlib import Path

from tests.authoring.review.conftest import Reviewed

ENTRY = """\
- id: {id}
  question: {id}?
  phrasings: [{id} one, {id} two]
  answer: Yes.
"""
FAQ = ENTRY.format(id="now") + ENTRY.format(id="then") + "  valid_until: {}\n"
SILENCE = "  silence: {expired: it comes back every year}\n"


def test_an_entry_whose_last_day_has_passed_is_told(reviewed: Reviewed) -> None:
    assert reviewed(FAQ.format("2199-12-24"), "expired") == []
    assert reviewed(FAQ.format("2020-12-24"), "expired") == [
        "faq.yaml:5: hint: then has expired, by its valid_until, and nobody is shown it any more. "
        "Delete it, or move the date. [expired]"
    ]
    assert reviewed(FAQ.format("2020-12-24") + SILENCE, "expired") == []


def test_a_notice_that_is_over_is_told(looked: Path, reviewed: Reviewed) -> None:
    for until, told in (
        ("2199-12-24", []),
        (
            "2020-12-24",
            [
                "config.yaml:2: hint: notice has expired, and nobody is shown it any more. Delete "
                "it, or move its until. [expired]"
            ],
        ),
    ):
        notice = f"notice: {{text: Closed., until: {until}}}\n"
        (looked / "config.yaml").write_text(f"faq: faq.yaml\n{notice}", "utf-8")
        assert reviewed(FAQ.format("2199-12-24"), "expired") == told
