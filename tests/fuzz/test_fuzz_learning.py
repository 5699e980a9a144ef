"""No proposal that is shown as harmless breaks a test, whatever is added to whatever FAQ."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st

from bot.authoring.learning.audit import Audit
from bot.authoring.learning.learning import FaqLearning
from bot.authoring.regression.cases import Case, cases_of, decide_all
from bot.files.config import Settings
from bot.files.faq import load_faq
from bot.matching.build import Matcher
from bot.service.learning import LearningError
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
ENTRIES = st.lists(
    st.tuples(
        st.lists(texts, min_size=1, max_size=4, unique=True),
        st.lists(texts, max_size=3, unique=True),
    ),
    min_size=2,
    max_size=5,
)


def written(folder: Path, entries: list[tuple[list[str], list[str]]]) -> Settings:
    """The entries as an FAQ's file; no wording stands there twice."""
    known: set[str] = set()
    lines = []
    for number, (wordings, tests) in enumerate(entries):
        own = [each for each in wordings if each not in known]
        known.update(own)
        if not own:
            continue
        lines.append(f"- id: e{number}\n  question: {own[0]}\n  answer: The answer.")
        for key, its in (("phrasings", own[1:]), ("tests", tests)):
            lines += [f"  {key}: [{', '.join(its)}]"] if its else []
    (folder / "faq").mkdir()
    (folder / "faq" / "a.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return Settings(faq=folder / "faq", cache=folder / "cache")


def bot(folder: Path, settings: Settings) -> Matcher:
    """One that knows nothing of what was measured before."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        own = Settings(faq=settings.faq, cache=Path(cache))
        return bot_over(folder, *load_faq(settings.faq, LINES).entries, settings=own)


def passed(served: Matcher) -> set[Case]:
    cases = cases_of(served.faq)
    decisions = decide_all(served, [(case.text, case.lang) for case in cases])
    return {case for case, said in zip(cases, decisions, strict=True) if case.passes(said)}


@given(entries=ENTRIES, text=texts, choice=st.integers(0, 5))
def test_what_is_shown_as_harmless_breaks_no_test(
    entries: list[tuple[list[str], list[str]]], text: str, choice: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = written(folder, entries)
        before = bot(folder, settings)
        learning = FaqLearning(lambda: before, lambda: (), Audit(folder / "data"))
        try:
            event(asyncio.run(_learned(learning, text, choice, len(entries))))
        finally:
            learning.close()
        still = {(case.text, case.expected) for case in passed(bot(folder, settings))}
        assert {(case.text, case.expected) for case in passed(before)} <= still


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
