"""Files that are read again and again: what did not change is not read anew, and nobody sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import Faq
from bot.errors import FileProblems
from bot.files import yamlfile
from bot.files.faq import file as faq_file
from bot.files.faq.load import load_faq
from tests.files.faq.faq_files import LINES, REFUND, problems_now, write

ENTRY = "- id: {id}\n  question: {question}\n  answer: Yes.\n{more}"
FILES = st.dictionaries(
    st.sampled_from(("a.yaml", "b.yaml", "c.yaml")),
    st.builds(
        ENTRY.format,
        id=st.sampled_from(("refund", "order", "hours")),
        question=st.sampled_from(("Refund?", "Where is it?", "Open?")),
        more=st.sampled_from(
            (
                "",
                "  related: [refund]\n",
                "  tags: [a]\n",
                "  tags: a\n",
                "  lang: de\n",
                "  x: [\n",
            )
        ),
    ),
    min_size=1,
)


def read() -> Faq | str:
    try:
        return load_faq(Path("faq"), LINES)
    except FileProblems as error:
        return str(error)


@given(st.lists(FILES, min_size=2, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_again_is_what_is_read_for_the_first_time(
    versions: list[dict[str, str]],
) -> None:
    for version in versions:
        for file in Path("faq").glob("*"):
            file.unlink()
        write(version)
        again = read()
        faq_file._KNOWN.clear()
        yamlfile._KNOWN.clear()
        assert again == read()


def test_only_files_that_changed_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    other = REFUND.replace("refund", "other")
    write({"a.yaml": REFUND, "b.yaml": other})
    first = load_faq(Path("faq"), LINES).by_id
    write({"b.yaml": other.replace("Yes", "No")})
    second = load_faq(Path("faq"), LINES).by_id
    assert second["refund"] is first["refund"]
    assert second["other"].answer == "No."


def test_a_picture_is_looked_for_again_though_its_entry_did_not_change() -> None:
    write({"a.yaml": f"{REFUND}  attachments: [{{photo: label.png}}]\n", "label.png": "a picture"})
    load_faq(Path("faq"), LINES)
    Path("faq/label.png").unlink()
    assert len(problems_now()) == 1
