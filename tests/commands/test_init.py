"""`init`: three questions, and a small FAQ, a configuration and tests in an empty folder."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import cli
from bot.authoring.start.start import LANGUAGES
from bot.files import atomic
from bot.files.faq.load import load_project
from bot.matching.encoder.encoder import Encoder

ASKED = (
    "What is the bot for? The name of your shop, say [My FAQ]: ",
    "Which language does it speak, en, zh or zh-hant? [en]: ",
    "A file with questions and answers to take over (Enter for a small example): ",
)
MADE = ["config.yaml", "faq", "faq/questions.tests.yaml", "faq/questions.yaml"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(monkeypatch: pytest.MonkeyPatch, typed: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return cli.main(["init", *arguments])


def there(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_three_questions_are_asked_and_three_files_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, "Bob's: #1 $hop\nzh\n\n") == 0
    assert capsys.readouterr().out == (
        f"{''.join(ASKED)}Made: config.yaml, faq/questions.tests.yaml, faq/questions.yaml.\n"
        "Open them in an editor, then run: python -m bot check --tests\n"
    )
    assert there(folder) == MADE
    settings, faq = load_project()
    assert settings.language == "zh"
    assert list(faq.by_id) == ["opening-hours", "location", "prices"]
    for name in ("config.yaml", "faq/questions.yaml"):
        assert "# Bob's: #1 $hop" in (folder / name).read_text("utf-8")


def test_what_cannot_be_is_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.csv").write_text("question,answer\nWhy $name?,So\n", "utf-8")
    assert answer(monkeypatch, "\nfr\nEN\ngone.csv\nold.csv\n") == 0
    name, language, file = ASKED
    assert capsys.readouterr().out.startswith(
        f"{name}{language}fr: the bot has sentences of its own in other languages only; your FAQ "
        f"may be in any. Type en, zh, zh-hant.\n{language}"
        f"{file}gone.csv: there is no such file.\n{file}Made: "
    )
    assert [entry.question for entry in load_project()[1].entries] == ["Why $name?"]
    assert "# Questions and answers of My FAQ." in Path("faq/questions.yaml").read_text("utf-8")


@pytest.mark.parametrize("typed", ["", "Bob\n", "Bob\nen\n", "Bob\nen\ngone.csv\n"])
def test_the_end_of_the_input_leaves_nothing_half_made(
    typed: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, typed) == 1
    assert capsys.readouterr().out.endswith("\nNothing was made.\n")
    assert there(folder) == []


def test_control_c_leaves_nothing_half_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", SimpleNamespace(readline=interrupted))
    assert cli.main(["init"]) == 1
    assert capsys.readouterr().out.endswith("\nNothing was made.\n")
    assert there(folder) == []


def test_an_interrupted_write_takes_back_what_was_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = atomic.write_whole

    def interrupted(path: Path, *more: object, **others: object) -> None:
        if path.name == "config.yaml":
            raise KeyboardInterrupt
        real(path, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.authoring.start.start.write_whole", interrupted)
    cli.main(["init", "--name", "Bob"])
    assert [path for path in folder.rglob("*") if path.is_file()] == []


class _Killed(BaseException):
    """Nothing of what follows happens."""


def test_init_begins_anew_wherever_it_was_killed_and_leaves_what_was_edited_since(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after `kill -9`: nothing is tidied up."""
    real, unlink, steps = atomic.write_whole, Path.unlink, 0

    def counted(path: Path, *more: object, **others: object) -> None:
        nonlocal steps
        steps -= 1
        if steps < 0:
            monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
            raise _Killed
        real(path, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.authoring.start.start.write_whole", counted)
    for killed_after in (1, 2, 3):
        steps = killed_after
        with pytest.raises(_Killed):
            cli.main(["init", "--name", "Killed"])
        monkeypatch.setattr(Path, "unlink", unlink)
    questions = folder / "faq/questions.yaml"
    made = questions.read_text("utf-8")
    questions.write_text(f"{made}# mine\n", "utf-8")
    steps = 9
    assert cli.main(["init", "--name", "Bob"]) == 2
    assert "faq/questions.yaml is there already." in capsys.readouterr().err
    questions.write_text(made, "utf-8")
    assert cli.main(["init", "--name", "Bob"]) == 0
    assert there(folder) == MADE
    assert "of Bob." in questions.read_text("utf-8")


@pytest.mark.parametrize("name", ["config.yaml", "faq"])
def test_nothing_that_is_there_is_overwritten(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text("mine", "utf-8")
    assert cli.main(["init", "--name", "Bob"]) == 2
    assert capsys.readouterr().err == (
        f"{name} is there already. Name an empty folder: init FOLDER.\n"
    )
    assert Path(name).read_text("utf-8") == "mine"
    assert cli.main(["init", "new/shop", "--name", "Bob"]) == 0
    assert there(Path("new/shop")) == MADE


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_made_passes_the_strictest_check(
    language: str, encoder: Encoder, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".cache").symlink_to(cache)  # the models are compiled in it
    assert cli.main(["init", "--name", "Bob", "--language", language]) == 0
    assert cli.main(["check", "--strict", "--tests", "--all"]) == 0
    assert "All 5 tests pass." in capsys.readouterr().out
