"""Once there is a test, entries that none is about are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import cli

ENTRY = "- id: {0}\n  question: Any {0}?\n  answer: x\n  phrasings: [about {0}, tell me of {0}]\n"
TEST = "  tests: [is there any fee]\n"
TOLD = (
    "faq.yaml:6: hint: pets has no test, so nobody notices when an edit loses its answer. Add one "
    "under tests: what somebody could write to get it. [untested]"
)


@pytest.mark.usefixtures("looked")
@pytest.mark.parametrize(("tests", "told"), [(TEST, [TOLD]), ("", [])], ids=["one", "none"])
def test_entries_without_a_test_are_told_where_others_have_one(
    capsys: pytest.CaptureFixture[str], tests: str, told: list[str]
) -> None:
    Path("faq.yaml").write_text(ENTRY.format("fees") + tests + ENTRY.format("pets"), "utf-8")
    assert cli.main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "[untested]" in line] == told
