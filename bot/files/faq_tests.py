"""The tests of an FAQ entry."""

from __future__ import annotations

from bot.domain import Expect, FaqTest, Place
from bot.files.section import Section

TESTS_ENDING = ".tests.yaml"  # of labelled sets in an FAQ's folder, which hold tests and no entry
_KEYS = ("text", "expect")
_EXAMPLE = "- can i send it back"
_MAX_CHARS = 4_096  # a message of Telegram's


def read_tests(section: Section, shown: str) -> tuple[FaqTest, ...]:
    """What an entry must be shown for; problems are noted there.

    Args:
        shown: the path of its file, as the person named it.
    """
    found = []
    for part in section.sections("tests", known=_KEYS, example=_EXAMPLE, plain="text"):
        part.require("text", "what somebody could write")
        text = part.text("text", max_chars=_MAX_CHARS)
        expect = part.one_of("expect", Expect)
        if text is not None:
            found.append(FaqTest(text, expect, Place(shown, part.line)))
    return tuple(found)
