"""The store: section of config.yaml: what the bot remembers, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import KeepText
from bot.files.config import StoreSettings, read_settings

WRITE = "Write sqlite:/// and a file's path, such as sqlite:///data/faq-bot.db."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an FAQ folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faq").mkdir()
    return tmp_path


def read(section: str, config: str = "config.yaml") -> tuple[StoreSettings, list[str]]:
    """The settings and the problems of a section whose first line is line 2."""
    Path(config).write_text(f"store:\n{section}", encoding="utf-8")
    found, problems = read_settings(config, faq="faq")
    return found.store, [str(problem) for problem in problems]


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["", "  # keep_text: all\n"])
def test_a_key_left_out_has_its_default(section: str) -> None:
    assert read(section) == (
        StoreSettings(
            url="sqlite:///data/faq-bot.db",
            key_file=Path("data/key"),
            keep_text=KeepText.UNANSWERED,
            retention_days=90,
        ),
        [],
    )


def test_every_key_is_read() -> None:
    section = """\
  url: sqlite:////var/lib/faq-bot/memory.db
  key_file: /etc/faq-bot/key
  keep_text: all
  retention_days: 3650
"""
    assert read(section) == (
        StoreSettings(
            url="sqlite:////var/lib/faq-bot/memory.db",
            key_file=Path("/etc/faq-bot/key"),
            keep_text=KeepText.ALL,
            retention_days=3650,
        ),
        [],
    )


@pytest.mark.parametrize(
    ("section", "url", "key_file"),
    [
        pytest.param(
            "  url: sqlite:///here.db\n  key_file: secrets/key\n",
            "sqlite:///sub/here.db",
            Path("sub/secrets/key"),
            id="written",
        ),
        pytest.param("", "sqlite:///sub/data/faq-bot.db", Path("sub/data/key"), id="left out"),
        pytest.param(
            "  retention_days: 90\n",
            "sqlite:///sub/data/faq-bot.db",
            Path("sub/data/key"),
            id="only others written",
        ),
    ],
)
def test_paths_are_relative_to_the_folder_of_the_config(
    folder: Path, section: str, url: str, key_file: Path
) -> None:
    (folder / "sub").mkdir()
    assert read(section, "sub/config.yaml") == (StoreSettings(url=url, key_file=key_file), [])


@pytest.mark.parametrize("written", ["none", '"none"', "unanswered", "all"])
def test_whose_words_are_kept_is_one_of_three_with_quotes_or_without(written: str) -> None:
    found, problems = read(f"  keep_text: {written}\n")
    assert (found.keep_text, problems) == (KeepText(written.strip('"')), [])


# --- problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param(
            "postgresql://bot:hunter2@db.example.com/faq",
            f"begins with postgresql://; only sqlite is possible. {WRITE}",
            id="another database, with a password",
        ),
        pytest.param(
            "sqlite://bot:hunter2@/data/x.db",
            f"does not begin with sqlite:///, as is needed. {WRITE}",
            id="a password before the path",
        ),
        pytest.param(
            "sqlite:///bot:hunter2@data/x.db",
            f"holds more than a file's path: a password or options (?…). {WRITE}",
            id="a password in the path",
        ),
        pytest.param(
            "sqlite:///data/x.db?key=hunter2",
            f"holds more than a file's path: a password or options (?…). {WRITE}",
            id="a password after the path",
        ),
        pytest.param(
            "hunter2", f"does not begin with sqlite:///, as is needed. {WRITE}", id="a word"
        ),
        pytest.param(
            "data/hunter2.db",
            f"does not begin with sqlite:///, as is needed. {WRITE}",
            id="a path alone",
        ),
        pytest.param(
            "SQLite:///hunter2.db",
            f"begins with SQLite://; only sqlite is possible. {WRITE}",
            id="in capitals",
        ),
        pytest.param("sqlite:///", f"names no file. {WRITE}", id="no path"),
        pytest.param("sqlite:///:memory:", f"names no file. {WRITE}", id="no file"),
        pytest.param("sqlite:///hunter2/", f"names no file. {WRITE}", id="a folder by its name"),
        pytest.param("sqlite:///faq", f"names no file. {WRITE}", id="a folder that is there"),
        pytest.param("", "is empty; text is needed.", id="nothing"),
    ],
)
def test_the_database_is_a_file_and_what_is_refused_is_never_shown(written: str, told: str) -> None:
    found, problems = read(f'  url: "{written}"\n' if written else "  url:\n")
    assert (found, problems) == (StoreSettings(), [f"config.yaml:2: store.url {told}"])
    assert "hunter2" not in f"{found}{problems}"


@pytest.mark.parametrize("path", ["a b@c.db", "100%.db", "é 你好.db", "../x.db", "C:/x.db"])
def test_a_database_may_be_called_as_files_are(path: str) -> None:
    found, problems = read(f'  url: "sqlite:///{path}"\n')
    assert (found.url, problems) == (f"sqlite:///{path}", [])


@pytest.mark.parametrize(
    ("key", "written", "told"),
    [
        pytest.param("keep_text", "some", 'is "some"; {} is needed.', id="another word"),
        pytest.param(
            "keep_text", "None", "is \"None\"; {} is needed. Did you mean 'none'?", id="in capitals"
        ),
        pytest.param(
            "keep_text", "no", 'is no, which YAML reads as yes/no; text is needed. Put it in '
            'quotes: "no".', id="no",
        ),
        pytest.param(
            "keep_text", "~", 'is ~, which YAML reads as nothing; text is needed. Put it in '
            'quotes: "~".', id="nothing, as YAML writes it",
        ),
        pytest.param("keep_text", "", "is empty; text is needed.", id="nothing"),
        pytest.param(
            "retention_days", "0", "is 0; a number from 1 to 3650 is needed.", id="no day"
        ),
        pytest.param(
            "retention_days", "3651", "is 3651; a number from 1 to 3650 is needed.", id="decades"
        ),
        pytest.param(
            "retention_days",
            "1.5",
            "is 1.5; a whole number from 1 to 3650 is needed.",
            id="part of a day",
        ),
        pytest.param("retention_days", "never", 'is "never"; a number is needed.', id="never"),
        pytest.param("key_file", "[]", "is a list; text is needed. Put it in quotes if the colon, "
                     "dash or bracket is meant.", id="a list"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_and_its_default_stands(
    key: str, written: str, told: str
) -> None:
    names = "none, unanswered or all"
    assert read(f"  {key}: {written}\n") == (
        StoreSettings(),
        [f"config.yaml:2: store.{key} {told.format(names)}"],
    )


def test_an_unknown_key_is_told_with_the_known_ones() -> None:
    assert read("  retention: 90\n")[1] == [
        "config.yaml:2: store.retention is not a key this bot knows. Did you mean "
        "'retention_days'? Known here: url, key_file, keep_text, retention_days."
    ]
