"""No proposal that is shown as harmless breaks a test, whatever is added to whatever FAQ."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st

from bot.authoring.learning.audit import Audit
from bot.authoring.learning.learning import FaqLearning
from bot.authoring.regression.cases import cases_of, decide_all
from bot.files.config.settings import Settings
from bot.files.faq.load import load_faq
from bot.matching.build import Matcher
from bot.service.admins.learning import LearningError
from tests.factories import LINES, bot_over

# So few words that texts share some, and stand in each other's way.
words = st.sampled_from(
    [
        "oak",
        "elm",
        "fir",
        "ash",
        "yew",
        "red",
        "blue",
        "old",
        "my",
        "the",
        "where",
        "how",
        "back",
        "lost",
        "cost",
    ]
)
texts = st.lists(words, min_size=1, max_size=5).map(" ".join)
# A test of an entry, and what must come of it.
tests = st.tuples(texts, st.sampled_from([None, "answer", "asked", "fallback"]))
Entries = list[tuple[list[str], list[tuple[str, str | None]]]]
ENTRIES = st.lists(
    st.tuples(
        st.lists(texts, min_size=1, max_size=4, unique=True),
        st.lists(tests, max_size=3, unique_by=lambda test: test[0]),
    ),
    min_size=2,
    max_size=5,
)
OUTSIDE = st.lists(texts, max_size=3, unique=True)
# What is added, and to which entry; past the last one, as a new entry.
EDITS = st.lists(st.tuples(texts, st.integers(0, 5)), min_size=1, max_size=3)


def written(folder: Path, entries: Entries, outside: list[str]) -> Settings:
    """The entries as an FAQ's file, in which no wording stands twice, and what they do not answer
    as a labelled set beside it."""
    known: set[str] = set()
    rows: list[dict[str, object]] = []
    for number, (wordings, its) in enumerate(entries):
        own = [each for each in wordings if each not in known]
        known.update(own)
        if own:
            row = {"id": f"e{number}", "question": own[0], "answer": "The answer."}
            wanted = [text if how is None else {"text": text, "expect": how} for text, how in its]
            more = {"phrasings": own[1:], "tests": wanted}
            rows.append(row | {key: value for key, value in more.items() if value})
    labels = [{"text": text, "expected": None} for text in outside]
    (folder / "faq").mkdir()
    (folder / "faq" / "a.yaml").write_text(json.dumps(rows, indent=1), "utf-8")
    if labels:
        (folder / "faq" / "a.tests.yaml").write_text(json.dumps(labels, indent=1), "utf-8")
    return Settings(faq=folder / "faq", cache=folder / "cache")


def bot(folder: Path, settings: Settings) -> Matcher:
    """One that knows nothing of what was measured before."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        own = replace(settings, cache=Path(cache))
        faq = load_faq(settings.faq, LINES)
        served = bot_over(folder, *faq.entries, settings=own)
        return replace(served, faq=faq)  # with its labelled sets


def passed(served: Matcher) -> set[tuple[str, str | None]]:
    cases = cases_of(served.faq)
    decisions = decide_all(served, [(case.text, case.lang) for case in cases])
    pairs = zip(cases, decisions, strict=True)
    return {(case.text, case.expected) for case, said in pairs if case.passes(said)}


@given(entries=ENTRIES, outside=OUTSIDE, edits=EDITS)
def test_what_is_shown_as_harmless_breaks_no_test(
    entries: Entries, outside: list[str], edits: list[tuple[str, int]]
) -> None:
    """Edits one after the other: what was found out for one serves the next."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = written(folder, entries, outside)
        served = [bot(folder, settings)]
        learning = FaqLearning(lambda: served[-1], lambda: (), Audit(folder / "data"))
        try:
            for text, choice in edits:
                event(asyncio.run(_learned(learning, text, choice, len(entries))))
                served.append(bot(folder, settings))
                assert passed(served[-2]) <= passed(served[-1])
        finally:
            learning.close()


async def _learned(learning: FaqLearning, text: str, choice: int, entries: int) -> str:
    """Have an edit made where it is said to be harmless."""
    try:
        if choice < entries:
            proposal = await learning.propose_phrasing(text, None, f"e{choice}")
        else:
            proposal = await learning.propose_entry(text, "Another answer.", None)
        if not proposal.harmless:
            return "harmful"
        await learning.apply(proposal, "Anna")
    except LearningError as error:
        return error.refusal
    return "applied"
