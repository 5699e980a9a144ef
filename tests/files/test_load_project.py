"""Configuration and FAQ are read together: everything fits, or every problem is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import FaqEntry, Thresholds
from bot.errors import FileProblems, Problem, nearest
from bot.files.config.settings import Settings
from bot.files.faq.load import load_project

ENTRY = "- id: a\n  question: Q\n  answer: A\n"
THE_ENTRY = FaqEntry(id="a", question="Q", phrasings=(), answer="A")


def write(files: dict[str, str]) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")


def problems(config: str = "config.yaml", faq: str | None = None) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_project(config, faq)
    return str(caught.value).split("\n")


# --- the project ---------------------------------------------------------------------------------


def test_the_working_folder_is_a_project() -> None:
    write({"config.yaml": "", "faq/a.yaml": ENTRY})
    found, faq = load_project()
    assert (found, faq.entries) == (Settings(), (THE_ENTRY,))


def test_a_line_an_entry_leaves_out_is_that_of_the_config() -> None:
    own = f"{ENTRY}  thresholds: {{answer: 0.5}}\n"
    write({"config.yaml": "thresholds: {follow_up: 0.0}", "faq/a.yaml": own})
    (entry,) = load_project()[1].entries
    assert entry.thresholds == Thresholds(answer=0.5, follow_up=0.0)


def test_problems_of_config_and_faq_are_told_together() -> None:
    write(
        {
            "config.yaml": "modle: m\ncache: [\n",
            "ok.yaml": "modle: m\nthresholds: {answer: 2}\n",
            "faq/a.yaml": ENTRY.replace("A\n", "\n"),
            "faq/b.yaml": ENTRY.replace("Q\n", "no\n"),
        }
    )
    of_faq = [
        "faq/a.yaml:3: answer is empty; text is needed.",
        "faq/b.yaml:1: the id 'a' is taken: it stands in faq/a.yaml:1 too. Give one of the two "
        "entries another id.",
        "faq/b.yaml:2: question is no, which YAML reads as yes/no; text is needed. Put it in "
        'quotes: "no".',
    ]
    assert problems("ok.yaml") == [
        *of_faq,
        "ok.yaml:1: modle is not a key this bot knows. Did you mean 'model'? Known here: faq, "
        "model, multilingual_model, encoder, encoder_url, encoder_model, index, "
        "threads, matching, thresholds, follow_up_choices, synonyms, small_talk, hot_reload, "
        "cache, timezone, notice, language, telegram, token_file, store, http, "
        "studio, authoring, monitoring, texts.",
        "ok.yaml:2: thresholds.answer is 2; a number from -1 to 1 is needed.",
    ]
    assert problems("config.yaml") == [
        "config.yaml:2: a bracket, brace or comma stands here where none can, or is never closed. "
        "Put the text in quotes if it is meant.",
        *of_faq,
    ]


def test_what_is_missing_is_told_once(folder: Path) -> None:
    (folder / "faq").rmdir()
    assert problems("config.yaml") == ["config.yaml: there is no such file."]
    write({"config.yaml": "faq: questions"})
    assert problems() == [
        'config.yaml:1: faq is "questions"; there is no such file or folder. Give a folder of '
        "*.yaml files, or one such file."
    ]
    assert problems(faq="q") == ["q: there is no such file or folder (given with --faq)."]


# --- problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem("a.yaml", 3, "wrong."), "a.yaml:3: wrong."),
        (Problem("a.yaml", None, "gone."), "a.yaml: gone."),
        (
            Problem("a\nb.yaml", 1, "x\r\ny\u2028z\x1b[31m\ud800"),
            "a\\nb.yaml:1: x\\r\\ny\\u2028z\\x1b[31m\\ud800",
        ),
        (Problem("a.yaml", 1, "\u202ex\u2066"), "a.yaml:1: \\u202ex\\u2066"),
        (Problem("é/你好.yaml", 1, "“…” 🙂"), "é/你好.yaml:1: “…” 🙂"),
    ],
)
def test_a_problem_is_one_line_that_an_editor_can_jump_to(problem: Problem, expected: str) -> None:
    assert str(problem) == expected


def test_problems_are_told_once_each_by_file_and_line() -> None:
    error = FileProblems(
        [
            Problem("b", 1, "x"),
            Problem("a", 10, "x"),
            Problem("a", 9, "y"),
            Problem("a", 9, "x"),
            Problem("a", None, "z"),
            Problem("a", 9, "y"),
        ]
    )
    assert str(error).split("\n") == ["a: z", "a:9: x", "a:9: y", "a:10: x", "b:1: x"]
    assert [str(problem) for problem in error.problems] == str(error).split("\n")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("anwser", " Did you mean 'answer'?"),
        ("ANSWER", " Did you mean 'answer'?"),
        ("tag", " Did you mean 'Tags'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_word_is_offered_if_one_is_near(word: str, expected: str) -> None:
    assert nearest(word, ["question", "answer", "Tags"]) == expected
