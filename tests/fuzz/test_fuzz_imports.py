"""Files of other programs: whatever they hold, they become entries or are refused in one line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.transfer.formats import FORMATS
from bot.authoring.transfer.transfer import import_faq
from bot.domain import Faq, FaqEntry, Thresholds
from bot.errors import FileProblems, Problem
from bot.files.faq.load import load_faq
from tests.authoring.transfer.files import workbook, zipped
from tests.fuzz.texts import TEXTS

FAQ = Faq((FaqEntry("why", "Why?", ("how come",), "So."),))
KEYS = [
    *("qnas", "data", "questions", "answers", "en", "contexts", "category", "enabled", "content"),
    *("id", "formData", "redirectFlow", "qnaDocuments", "assets", "metadata", "context", "prompts"),
    *("qnaId", "name", "value", "answer", "source", "routes", "utterances", "description"),
    *("@type", "@graph", "mainEntity", "acceptedAnswer", "text", "alternateName", "keywords"),
    *("responses", "messages", "speech", "type", "lang", "userSays", "nlu", "intent", "examples"),
    *("rules", "stories", "steps", "action", "utter_a"),
]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["Question", "a?", "<p>b"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)
PAGE = "<details><summary>Who?</summary><table><tr><th>a<th>b<tr><td>1<td>2</table></details>"
SAMPLES = {
    ".csv": b'id,question,phrasings,answer\na,Why?,"x\ny",=1\n',
    ".xlsx": workbook(("question", "answer"), ("Why?", "So")),
    ".md": b'# a\n## b?\n\n<!-- faq {"id": "a"} -->\n\nc\n',
    ".html": f'{PAGE}<script type="application/ld+json">{{"@type": "Question"}}</script>'.encode(),
    ".zip": zipped({"agent.json": "{}", "intents/a.json": "{}"}),
    ".yml": b"nlu:\n- intent: a\n  examples: |\n    - b\nresponses:\n  utter_a:\n  - text: c\n",
    ".tsv": b"Question\tAnswer\tMetadata\tPrompts\tQnaId\na\tb\tc:d\t[]\t1\n",
}
MUTATED = st.builds(
    lambda ending, at, cut, put: (ending, SAMPLES[ending][:at] + put + SAMPLES[ending][at + cut :]),
    st.sampled_from([*SAMPLES]),
    st.integers(0, 6_000),
    st.integers(0, 40),
    st.one_of(st.binary(max_size=8), TEXTS.map(lambda text: text.encode("utf-8", "replace"))),
)


def is_taken_or_refused(ending: str, data: bytes, form: str | None = None) -> None:
    """Whatever it holds: entries that the bot reads, or one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        path.write_bytes(data)
        refused: list[Problem] = []
        taken = None
        try:
            taken = import_faq([path], FAQ, form=form)
        except FileProblems as error:
            refused += error.problems
        assert len(refused) == (taken is None)
        if taken is not None and taken.entries:
            path.with_name("new.yaml").write_text(taken.text, "utf-8")
            path.with_name("old.yaml").write_text(
                "- {id: why, question: Why?, answer: So.}", "utf-8"
            )
            path.unlink()
            faq = load_faq(Path(folder), Thresholds(0.75, 0.6))
            assert len(faq.entries) == 1 + len(taken.entries)


@given(mutated=MUTATED)
def test_a_damaged_file_is_taken_or_refused(mutated: tuple[str, bytes]) -> None:
    is_taken_or_refused(*mutated)


@given(value=VALUES)
def test_any_json_is_taken_or_refused(value: object) -> None:
    is_taken_or_refused(".json", json.dumps(value).encode())


@pytest.mark.parametrize("form", ["botpress", "faqpage", "qnamaker", "rasa", "semantic-router"])
@given(value=VALUES)
def test_any_value_is_taken_or_refused_by_every_reader(form: str, value: object) -> None:
    assert form in FORMATS
    is_taken_or_refused(".yml" if form == "rasa" else ".json", json.dumps(value).encode(), form)


@given(value=VALUES, said=VALUES)
def test_any_agent_is_taken_or_refused(value: object, said: object) -> None:
    files = {"intents/a.json": value, "intents/a_usersays_en.json": said}
    data = zipped({name: json.dumps(each) for name, each in files.items()})
    is_taken_or_refused(".zip", data, "dialogflow")
