"""FAQ files and configurations: whatever looks like YAML, and whatever YAML can hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import FaqEntry
from bot.errors import FileProblems
from bot.files.config.settings import Settings, read_settings
from bot.files.faq.load import load_faq
from tests.factories import LINES
from tests.fuzz.texts import TEXTS
from tests.hostile.cases import lines, written_out

# Between bars, since most begin or end with white space.
_BARRED = (
    "- id: a\n|  question: Q?\n|  answer: A.\n|  phrasings:\n|    - x\n|- |thresholds:\n|"
    "  answer: 0.8\n|  follow_up: 0.9\n|telegram:\n|texts:\n|  en:\n|\n|\n  |\n    |\t| |: |:|? |"
    "#| #1|\r|\r\n|- - |-\n|&x |*x|<<: |!!str |!x |! |!!python/name:os.system |%YAML 1.1\n|%|"
    '[|]|{|}|, |"|\'|>-\n|\\|"\\ud800"|---\n|...\n|no|007|1.10|~|2024-01-31|.inf|'
    "\x00|\x85|\u2028|\ufeff|你好|🙂"
)
_FRAGMENTS = [*_BARRED.split("|"), "|\n", "|2\n"]
_SMALL = [
    line["content"].encode(line.get("encoding", "utf-8"), "surrogatepass")
    for line in map(written_out, (one for one in lines("files.jsonl") if len(str(one)) < 1_000))
    if len(line["content"]) < 2_000
]
RAW = st.one_of(
    st.binary(),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(_FRAGMENTS)).map(lambda parts: "".join(parts).encode()),
    st.tuples(
        st.sampled_from(_SMALL), st.integers(0, 300), st.integers(0, 9), st.sampled_from(_FRAGMENTS)
    ).map(lambda cut: cut[0][: cut[1]] + cut[3].encode() + cut[0][cut[1] + cut[2] :]),
)
_WORDS = """
id question phrasings answer tags lang related links attachments thresholds text url photo document
caption follow_up faq model matching score head follow_up_choices synonyms cache language telegram
store texts en zh team admins handoff_chat handoff_timeout groups limits person chat burst
per_minute keep_text retention_days key_file presses feedback welcome slow_down handoff_on
"""
_KEYS = _WORDS.split()
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates(),
        st.datetimes(),
        st.binary(max_size=8),
        TEXTS,
        st.sampled_from(
            ["a", "https://x.com", "https://[::1", "sqlite:///x.db", "0.5", "../x", "en"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
        st.dictionaries(
            st.one_of(st.integers(), st.none(), st.text(max_size=4)), inner, max_size=3
        ),
    ),
    max_leaves=12,
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(_KEYS[:10], VALUES) | {"id": st.sampled_from("abc")}
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "faq").mkdir()
    return folder


def check(folder: Path, content: bytes) -> tuple[FaqEntry, ...]:
    """Read a file as a configuration and as an FAQ; the entries it holds."""
    file = folder / "f.yaml"
    file.write_bytes(content)
    settings, problems = read_settings(str(file))
    assert isinstance(settings, Settings)
    assert -1 <= settings.thresholds.follow_up <= settings.thresholds.answer <= 1
    assert 1 <= settings.follow_up_choices <= 10
    entries: tuple[FaqEntry, ...] = ()
    try:
        entries = load_faq(file, LINES).entries
    except FileProblems as error:
        problems += error.problems
    lines_in_all = len(re.findall(rb"\r\n|\r|\n", content)) + 1
    for problem in problems:
        assert problem.path == str(file)
        assert len(str(problem).splitlines()) == 1
        assert problem.line is None or 1 <= problem.line <= lines_in_all
    return entries


@given(RAW)
def test_any_bytes_load_or_give_problems_of_one_line(folder: Path, content: bytes) -> None:
    for found in check(folder, content):
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,200}", found.id)
        assert found.question.strip()
        assert found.answer.strip()


@given(st.one_of(ENTRIES, VALUES), st.booleans(), st.booleans())
def test_any_yaml_values_load_or_give_problems_of_one_line(
    folder: Path, values: Any, is_flow: bool, is_unicode: bool
) -> None:
    written = yaml.safe_dump(values, default_flow_style=is_flow, allow_unicode=is_unicode)
    check(folder, written.encode("utf-8", "surrogatepass"))


WORDS = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), include_characters="\n\t"), max_size=60
).map(str.strip)
ASKED = WORDS.filter(lambda text: any(character.isalnum() for character in text))


@given(
    st.lists(st.tuples(ASKED, WORDS.filter(bool)), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_a_written_faq_is_loaded_word_for_word(
    folder: Path, written: list[tuple[str, str]], is_flow: bool, is_unicode: bool
) -> None:
    entries = [
        {"id": f"e{number}", "question": f"{number} {question}", "answer": f"{answer} {number}x"}
        for number, (question, answer) in enumerate(written)
    ]
    told = yaml.safe_dump(entries, default_flow_style=is_flow, allow_unicode=is_unicode)
    found = check(folder, told.encode())
    assert [
        {"id": one.id, "question": one.question, "answer": one.answer} for one in found
    ] == entries
