"""`unanswered` on the command line, over a memory that a bot has written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain import KeepText
from bot.files.faq.load import load_project
from bot.matching.build import Matcher
from bot.store.store import LabelKind
from tests.commands.conftest import CONFIG, FAQ, Run, assembled
from tests.logged import Logbook

STRANGE, OTHER = "cat dog", "cat dog bird"
REPLY = "We love all animals."


@pytest.fixture
def bot(project: Path) -> Matcher:
    """The bot of the project's own files."""
    return assembled(*load_project())


@pytest.fixture
def book(project: Path) -> Iterator[Logbook]:
    """The project's log, which keeps the words of what was not answered."""
    (project / "data").mkdir()
    made = Logbook(project / "data/faq-bot.db", KeepText.UNANSWERED)
    (project / "data/faq-bot.key").write_text("00" * 32)
    yield made
    made.close()


@pytest.fixture
def pets(bot: Matcher, book: Logbook) -> Logbook:
    """Two people ask for something that the FAQ lacks, and the team replies to one of them."""
    book.ask(bot, STRANGE, person="ada")
    book.press(LabelKind.REPLIED, text=REPLY)
    book.ask(bot, OTHER, person="ben")
    return book


def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    code, out, _ = run("unanswered", "--json", *arguments)
    assert code == 0
    found: list[dict[str, Any]] = json.loads(out)["listed"]
    return found


def refused(run: Run, *arguments: str) -> str:
    """The one line that says why something is not done."""
    code, out, told = run("unanswered", *arguments)
    assert (code, out, told.count("\n")) == (2, "", 1)
    return told.strip()


def written() -> str:
    return Path("faq.yaml").read_text("utf-8")


def test_it_says_what_people_ask_how_many_they_are_and_what_would_change(
    pets: Logbook, run: Run
) -> None:
    code, out, _ = run("unanswered")
    assert code == 0
    line = FAQ.count("\n") + 1
    assert out.splitlines() == [
        f"1. 2 people: “{STRANGE}”",
        f"   also “{OTHER}”",
        f"   → Add a new entry, with what the team replied as its answer, faq.yaml:{line}:",
        "     - id: cat-dog",
        f"       question: {STRANGE}",
        "       phrasings:",
        f"         - {OTHER}",
        f"       answer: {REPLY}",
        "   Then both wordings get that answer. Tried on 26 messages, tests and wordings; what "
        "else changes: 1 worse.",
        "",
        "To take one over: python -m bot unanswered --apply NUMBER",
        "To hear no more of one: python -m bot unanswered --ignore NUMBER",
    ]
    assert written() == FAQ


def test_what_was_listed_is_added_and_taken_back(pets: Logbook, run: Run) -> None:
    listed(run)
    code, out, _ = run("unanswered", "--apply", "1")
    assert code == 0
    assert out.startswith(f"faq.yaml: added “{STRANGE}” as the entry cat-dog.")
    assert REPLY in written()
    assert listed(run) == []
    code, out, _ = run("unanswered", "--undo")
    assert (code, written()) == (0, FAQ)
    assert out == f"faq.yaml: took back “{STRANGE}” as the entry cat-dog.\n"
    assert [one["name"] for one in listed(run)] == [STRANGE]


def test_an_answer_makes_a_new_entry_of_what_nobody_has_answered(
    bot: Matcher, book: Logbook, run: Run
) -> None:
    for person in ("ada", "ben"):
        book.ask(bot, STRANGE, person=person)
    code, out, _ = run("unanswered")
    assert "→ Nothing in the FAQ answers it yet." in out
    assert '--apply NUMBER --answer "…"' in out
    assert refused(run, "--apply", "1").startswith("number 1 proposes nothing")
    code, *_ = run("unanswered", "--apply", "1", "--answer", "No pets here.")
    assert code == 0
    assert "answer: No pets here." in written()


def test_what_is_ignored_is_listed_no_more_whoever_asks_it_then(
    pets: Logbook, bot: Matcher, run: Run
) -> None:
    listed(run)
    code, out, _ = run("unanswered", "--ignore", "1")
    assert (code, out) == (0, f"“{STRANGE}” is listed no more, nor is what asks the same.\n")
    for person in ("cleo", "dan"):
        pets.ask(bot, STRANGE, person=person)
    assert listed(run) == []
    assert [one["people"] for one in listed(run, "--ignored")] == [4]
    assert "--heed NUMBER" in run("unanswered", "--ignored")[1]
    code, out, _ = run("unanswered", "--heed", "1")
    assert (code, out.endswith(" is listed again.\n")) == (0, True)
    assert [one["people"] for one in listed(run)] == [4]
    run("unanswered", "--ignore", "1")
    for person in ("ada", "ben", "cleo", "dan"):
        pets.forget(person)
    for person in ("eve", "fay"):
        pets.ask(bot, STRANGE, person=person)
    assert [one["people"] for one in listed(run)] == [2]  # what was ignored is forgotten, too


def test_who_is_forgotten_is_in_no_group(pets: Logbook, run: Run) -> None:
    pets.forget("ben")
    assert listed(run) == []
    (alone,) = listed(run, "--min-people", "1")
    assert alone["wordings"] == [STRANGE]
    assert not re.search(STRANGE, " ".join(map(str, Path(".cache").rglob("*.json"))))


@pytest.mark.parametrize("arguments", [("--apply", "1"), ("--ignore", "1")])
def test_a_number_does_nothing_but_what_was_listed_under_it(
    pets: Logbook, bot: Matcher, run: Run, arguments: tuple[str, str]
) -> None:
    assert refused(run, *arguments).startswith("nothing was listed yet, so there is no number 1.")
    listed(run)
    assert refused(run, arguments[0], "2").startswith("there is no number 2: 1 was listed.")
    pets.ask(bot, "cat dog bird elk fox", person="eve")  # asks the same, in other words
    pets.ask(bot, "cat dog bird elk", person="fay")
    before = written()
    changed = "what stood at number 1 has changed since it was listed. To see what is proposed now"
    assert refused(run, *arguments).startswith(changed)
    assert written() == before


def test_a_number_stands_for_what_was_listed_whoever_was_counted_then(
    book: Logbook, bot: Matcher, run: Run
) -> None:
    book.ask(bot, STRANGE)
    listed(run, "--min-people", "1")
    code, out, _ = run("unanswered", "--ignore", "1")
    assert (code, out.startswith(f"“{STRANGE}” is listed no more")) == (0, True)


def test_a_proof_holds_for_the_faq_that_it_was_made_of(pets: Logbook, run: Run) -> None:
    listed(run)
    Path("faq.yaml").write_text(f"{FAQ}- id: new\n  question: something new\n  answer: x\n")
    told = refused(run, "--apply", "1")
    assert told.startswith("what would come of number 1 is not what was listed.")
    assert "cat-dog" not in written()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        pytest.param("store:\n  keep_text: none\n", "store.keep_text is none, so", id="no words"),
        pytest.param("store:\n  url: sqlite:///no.db\n", "no.db: there is no such", id="no store"),
    ],
)
def test_what_there_is_nothing_to_list_from_is_said_in_a_line(
    pets: Logbook, run: Run, config: str, told: str
) -> None:
    Path("config.yaml").write_text(CONFIG + config, "utf-8")
    assert refused(run).startswith(told)


def test_where_nothing_was_missed_that_is_said(book: Logbook, bot: Matcher, run: Run) -> None:
    book.ask(bot, "all about my refund please")
    assert refused(run).endswith("nothing was missed yet.")
    book.ask(bot, STRANGE)
    code, out, _ = run("unanswered")
    assert (code, out) == (0, "There is nothing that 2 people or more asked in vain.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--apply", "0"), "'0' is no number from 1 on"),
        (("--min-people", "two"), "'two' is no number from 1 on"),
        (("--apply", "1", "--undo"), "not allowed with argument"),
        (("--answer", "Yes."), "--answer goes with --apply"),
        (("--apply", "1", "--answer", " "), "--answer is empty"),
        (("--undo", "--json"), "--json goes with a list"),
        (("--heed", "1"), "python -m bot unanswered --ignored"),
        (("--undo",), "there is nothing to take back"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    pets: Logbook, run: Run, arguments: tuple[str, ...], told: str
) -> None:
    assert told in refused(run, *arguments)
