"""What is written as an FAQ file is read as the entries it was written from."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import FaqEntry, Link, Translation
from bot.files.faq.load import load_faq
from bot.files.writing.faq_writer import faq_text
from tests.factories import LINES

TEXTS = (
    st.one_of(
        st.sampled_from(
            [
                "no",
                "007",
                "~",
                "a: b",
                "a #b",
                "#b",
                "- a",
                "&a",
                "*a",
                "!a",
                "%a",
                "'a'",
                '"',
                "{a",
                "[a",
                "1:30",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), min_size=1),
        st.lists(
            st.sampled_from(["a", "中", " ", "  ", "\n", "\n\n", "#", ":", "\t", "🙂", "|", ">"]),
            min_size=1,
        ).map("".join),
    )
    .map(str.strip)
    .filter(bool)
)
LETTERS = TEXTS.filter(lambda text: any(map(str.isalnum, text)))


@given(question=LETTERS, answer=TEXTS, tag=TEXTS, name=TEXTS)
def test_any_text_is_read_as_it_was_written(
    question: str, answer: str, tag: str, name: str
) -> None:
    entry = FaqEntry(
        id="a.1",
        question=question,
        phrasings=(f"{question} 2",),
        answer=answer,
        tags=(tag,),
        lang="no",
        related=("b",),
        links=(Link(name, "https://x.com"),),
        translations=(Translation("de", f"{question} 3", answer),),
    )
    other = FaqEntry(id="b", question=f"{question} 4", phrasings=(), answer=answer)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_text(faq_text([entry, other]), "utf-8")
        assert load_faq(file, LINES).entries == (entry, other)


def test_a_file_looks_as_a_person_writes_it() -> None:
    entry = FaqEntry("a", "How?", ("how",), "So.\n\n- one", ("x", "y"), related=("b",))
    assert faq_text([entry, FaqEntry("b", "Who?", (), "We.")]) == (
        "- id: a\n  question: How?\n  phrasings:\n    - how\n  answer: |\n    So.\n\n    - one\n"
        "  tags: [x, y]\n  related: [b]\n\n- id: b\n  question: Who?\n  answer: |\n    We.\n"
    )
