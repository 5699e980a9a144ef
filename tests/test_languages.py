"""What the bot says, in every language, and what config.yaml puts in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.files.config import Settings, read_settings
from bot.files.languages import shipped
from bot.texts import TEXT_NAMES, Phrasebook


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an FAQ, to work in."""
    (tmp_path / "faq").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(content: str) -> tuple[Settings, list[str]]:
    Path("config.yaml").write_text(content, "utf-8")
    found, problems = read_settings()
    return found, [str(problem) for problem in problems]


def problems_of(content: str) -> list[str]:
    return read(content)[1]


@pytest.mark.parametrize("key", TEXT_NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_of_the_bot_can_be_replaced_in_every_language(key: str, language: str) -> None:
    found, problems = read(f"texts:\n  {language}:\n    {key}: '  Grüezi! {{topic}} 你好 '\n")
    texts = replace(shipped()[language], **{key: "Grüezi! {topic} 你好"})
    assert (found.phrasebook.languages, problems) == ({**shipped(), language: texts}, [])


def test_a_language_the_bot_does_not_ship_needs_every_text() -> None:
    lines = "".join(f"    {name}: Hallo {{topic}}\n" for name in TEXT_NAMES)
    found, problems = read(f"language: de\ntexts:\n  de:\n{lines}")
    assert problems == []
    assert found.phrasebook.of("de-ch").welcome == "Hallo {topic}"
    assert found.phrasebook.of("fr").welcome == "Hallo {topic}"
    assert problems_of("texts:\n  de:\n    welcome: Hallo\n") == [
        "config.yaml:2: texts.de is a language the bot does not ship, so it needs every text; "
        f"missing: {', '.join(TEXT_NAMES[1:])}. Shipped: en, zh."
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "language: fr\n",
            'config.yaml:1: language is "fr"; one of en, zh is needed, or all of its texts under '
            "texts.",
            id="a language nobody speaks",
        ),
        pytest.param(
            "texts:\n  welcome: Hi\n",
            "config.yaml:2: texts.welcome stands outside of a language. Put it under one, such as "
            "en:.",
            id="a text outside of a language",
        ),
        pytest.param(
            "texts:\n  en:\n    topic: Questions\n",
            "config.yaml:3: texts.en.topic lacks {topic}, where the topic's name goes.",
            id="a text without its mark",
        ),
    ],
)
def test_what_is_wrong_with_a_language_is_said(content: str, expected: str) -> None:
    assert problems_of(content) == [expected]


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh", "zh"), ("zh-hans", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("fr", "en"), (None, "en")],
)
def test_a_person_is_spoken_to_in_their_language_or_the_default(
    code: str | None, language: str
) -> None:
    assert Phrasebook(shipped(), "en").of(code) == shipped()[language]
