"""What the bot says, in every language, and what config.yaml puts in its place."""

from __future__ import annotations

import re
from textwrap import indent

import pytest

from bot.files.config import texts as languages
from bot.files.config.texts import shipped
from bot.texts import Phrasebook, TeamTexts
from tests.files.reading import TEAM_TEXT_NAMES, TEXT_NAMES, problems_of, read


def marks(language: str) -> dict[str, tuple[str, ...]]:
    """What the bot fills in, by text."""
    texts = shipped()[language]
    said = {**texts.sentences, **texts.team.sentences}
    return {name: tuple(sorted(re.findall(r"\{.*?\}", text))) for name, text in said.items()}


MARKS = {name: found for name, found in marks("en").items() if found}
ALL_MARKS = " ".join(sorted({mark for marks in MARKS.values() for mark in marks}))


def marked(name: str) -> str:
    """A sentence that holds what the bot fills in, and no more."""
    return " ".join(("Grüezi!", *MARKS.get(name, ()), "你好"))


def lines_of(names: tuple[str, ...], indent: int) -> str:
    return "".join(f"{' ' * indent}{name}: '{marked(name)}'\n" for name in names)


# --- every sentence ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(shipped()))
def test_every_text_can_be_replaced_in_every_language(language: str) -> None:
    lines = f"{lines_of(TEXT_NAMES, 4)}    team:\n{lines_of(TEAM_TEXT_NAMES, 6)}"
    found, problems = read(f"texts:\n  {language}:\n{lines}")
    said = found.texts[language]
    assert problems == []
    assert said.sentences == {name: marked(name) for name in TEXT_NAMES}
    assert said.team.sentences == {name: marked(name) for name in TEAM_TEXT_NAMES}
    assert {code for code in shipped() if found.texts[code] != shipped()[code]} == {language}


@pytest.mark.parametrize(
    ("key", "mark"),
    [(key, mark) for key, its in MARKS.items() for mark in its if mark != "{example}"],
)
def test_a_sentence_that_lacks_what_the_bot_fills_in_is_told(key: str, mark: str) -> None:
    text = ALL_MARKS.replace(mark, "")
    is_team = key in TEAM_TEXT_NAMES
    path, line = (f"team.{key}", 4) if is_team else (key, 3)
    content = "    team:\n  " if is_team else ""
    assert problems_of(f"texts:\n  zh:\n{content}    {key}: '{text}'\n") == [
        f"config.yaml:{line}: texts.zh.{path} lacks {mark}, which the bot fills in."
    ]


def test_a_shipped_text_holds_the_marks_of_the_english_one_and_no_others() -> None:
    assert {language: marks(language) for language in shipped()} == dict.fromkeys(
        shipped(), marks("en")
    )


@pytest.mark.parametrize(
    ("key", "most"),
    [
        ("help", 4_096),
        ("command_ask", 256),
        ("team: {command_why", 256),
        ("feedback_thanks", 200),
        ("not_yours", 200),
        ("old_button", 200),
    ],
)
def test_a_text_is_as_long_as_telegram_takes_it(key: str, most: int) -> None:
    end = "}" if "{" in key else ""
    assert problems_of(f"texts:\n  en:\n    {key}: {'x' * most}{end}\n") == []
    assert problems_of(f"texts:\n  en:\n    {key}: {'x' * (most + 1)}{end}\n") == [
        f"config.yaml:3: texts.en.{key.replace(': {', '.')} has {most + 1:,} characters; at most "
        f"{most:,} are possible. Shorten it."
    ]


# --- languages of one's own ----------------------------------------------------------------------


def test_a_language_of_ones_own_may_be_the_default() -> None:
    found, problems = read(f"language: DE\ntexts:\n  de:\n{lines_of(TEXT_NAMES, 4)}")
    assert (problems, found.remarks) == ([], ())
    assert found.phrasebook.of("de-ch").welcome == marked("welcome")
    assert found.phrasebook.of("fr").welcome == marked("welcome")


def test_a_text_that_a_language_of_ones_own_lacks_is_said_in_english_and_named() -> None:
    """English is what the configuration makes of it."""
    lines = lines_of(("welcome", *TEXT_NAMES[3:]), 4)
    english = "{help: Ask!, team: {nearest: Close by}}"
    found, problems = read(f"texts:\n  de:\n{lines}  en: {english}\n")
    de = found.phrasebook.of("de")
    assert (de.welcome, de.help, de.team.nearest) == (marked("welcome"), "Ask!", "Close by")
    assert problems == []
    assert [str(remark) for remark in found.remarks] == [
        f"config.yaml:2: texts.de lacks {', '.join(TEXT_NAMES[1:3])}; the English texts are used "
        "for them."
    ]


@pytest.mark.parametrize(
    ("written", "changes", "lacks"),
    [("", {}, 0), ("    team:\n", {}, 0), ("    team: {nearest: Nah}\n", {"nearest": "Nah"}, 1)],
)
def test_what_a_language_of_ones_own_does_not_say_to_the_team_is_said_in_english(
    written: str, changes: dict[str, str], lacks: int
) -> None:
    found, problems = read(f"language: zh\ntexts:\n  de:\n{lines_of(TEXT_NAMES, 4)}{written}")
    team = TeamTexts({**shipped()["en"].team.sentences, **changes})
    assert (found.phrasebook.of("de").team, problems) == (team, [])
    assert [str(one).count("team.") for one in found.remarks] == [len(TEAM_TEXT_NAMES) - 1] * lacks


# --- language files ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(shipped()))
def test_a_language_file_fits_as_texts_of_ones_own(language: str) -> None:
    """It lacks no text and no mark, and Telegram takes each of its sentences."""
    content = (languages.FOLDER / f"{language}.yaml").read_text("utf-8")
    found, problems = read(f"texts:\n  xx:\n{indent(content, '    ')}")
    assert (problems, found.remarks) == ([], ())
    assert found.texts["xx"] == shipped()[language]


# --- people --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *(("zh", "zh"), ("zh-hans", "zh"), ("ZH", "zh"), ("zh-CN", "zh"), ("zh-hans-hk", "zh")),
        *((code, "zh-hant") for code in ("zh-hant", "zh-TW", "zh-hk", "zh-mo", "zh-Hant-HK")),
        *(("en-GB", "en"), ("fr", "en"), (None, "en")),
    ],
)
def test_a_person_is_spoken_to_in_their_language_or_the_default(
    code: str | None, language: str
) -> None:
    assert Phrasebook(shipped(), "en").of(code) == shipped()[language]
