"""The studio: section of config.yaml, and the sentences of its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.files.config.settings import read_settings
from bot.files.config.studio import ProxySettings, StudioSettings
from bot.files.config.texts import FOLDER, studio_texts


def read(folder: Path, text: str) -> tuple[StudioSettings | None, list[str]]:
    (folder / "faq").mkdir(exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    settings, problems = read_settings(str(path))
    return settings.studio, [str(each).removeprefix(f"{folder}/") for each in problems]


@pytest.mark.parametrize("text", ["", "studio:\n", "studio:\n  # port: 8420\n"])
def test_without_the_section_the_bot_serves_no_studio(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == (None, [])


def test_the_section_is_read_whole(tmp_path: Path) -> None:
    studio = StudioSettings(
        8421, "0.0.0.0", tmp_path / "studio.password", ProxySettings("10.0.0.5", "X-User")
    )
    assert read(
        tmp_path,
        "studio: {host: 0.0.0.0, port: 8421, password_file: studio.password, "
        "proxy: {address: 10.0.0.5, header: X-User}}\n",
    ) == (studio, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "studio: {host: 0.0.0.0}",
            'config.yaml:1: studio.host is "0.0.0.0", where others reach the studio, so a password '
            "is needed. Write password_file: studio.password here and choose one with python -m "
            "bot studio --password; or take host: 127.0.0.1.",
            id="others without a password",
        ),
        pytest.param(
            "studio: {host: 0.0.0.0, proxy: {address: proxy.example.com}}",
            'config.yaml:1: studio.proxy.address is "proxy.example.com"; the number of one machine '
            "is needed, such as 10.0.0.5.",
            id="a proxy by its name",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(tmp_path: Path, text: str, told: str) -> None:
    assert read(tmp_path, text)[1] == [told]


def test_every_language_has_every_sentence_of_the_pages_with_its_marks() -> None:
    codes = sorted(file.stem for file in (FOLDER / "studio").glob("*.yaml"))
    assert codes == sorted(file.stem for file in FOLDER.glob("*.yaml"))
    marks = {
        code: {
            name: set(re.findall(r"\{\w+\}", text))
            for name, text in studio_texts(code).sentences.items()
        }
        for code in codes
    }
    assert marks["zh"] == marks["zh-hant"] == marks["en"]


@pytest.mark.parametrize(
    ("accepted", "code"),
    [("de-DE, zh-TW;q=0.8, en;q=0.5", "zh-hant"), ("zh-CN", "zh"), ("fr", "en"), ("", "en")],
)
def test_the_pages_are_in_the_first_language_that_the_browser_asks_for(
    accepted: str, code: str
) -> None:
    assert studio_texts(accepted).code == code
