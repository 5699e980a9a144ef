"""Versions of an FAQ: folders, files, and what git has of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.authoring.regression.cases import cases_of
from bot.authoring.regression.versions import version
from bot.errors import BotError, FileProblems
from bot.files.config.settings import Settings

WHO = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), *WHO, *arguments]
    subprocess.run(command, check=True, capture_output=True)


def commit(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "An edit")


def one(entry_id: str) -> str:
    return f"- {{id: {entry_id}, question: about {entry_id}, answer: x}}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: an FAQ in a folder, then other entries in the same files."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    labelled = {"faq__a.tests": "- {text: hello, expected: old}\n"}
    commit(folder, faq__a=one("old"), faq__sub__b=one("both"), **labelled)
    commit(folder, faq__a=one("new"), **{"faq__a.tests": "- {text: hello, expected: new}\n"})
    return folder


def ids(name: str, faq: Path) -> list[str]:
    with version(name, Settings(faq=faq)) as found:
        return sorted(found.faq.by_id)


def test_a_revision_is_what_git_has_in_the_faqs_place(repository: Path) -> None:
    faq = repository / "faq"
    assert ids("HEAD~1", faq) == ["both", "old"]
    assert ids("HEAD", faq) == ids(str(faq), faq) == ["both", "new"]


def test_an_faq_of_one_file_comes_with_its_labelled_set(repository: Path) -> None:
    with version("HEAD~1", Settings(faq=repository / "faq/a.yaml")) as found:
        assert sorted(found.faq.by_id) == ["old"]
        (case,) = cases_of(found.faq)
        assert found.named(str(case.place)) == "HEAD~1:faq/a.tests.yaml:1"


def test_a_folder_is_itself_even_where_a_revision_is_called_so(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    git(repository, "branch", "faq", "HEAD~1")
    assert ids("faq", Path("faq")) == ["both", "new"]


def test_a_repository_that_is_the_faq_is_read_whole(repository: Path) -> None:
    assert ids("HEAD~1", repository) == ["both", "old"]


def test_mistakes_of_a_revision_are_told_as_git_calls_its_files(repository: Path) -> None:
    commit(repository, faq__a="- {id: new}\n")
    with pytest.raises(FileProblems) as caught:
        ids("HEAD", repository / "faq")
    assert str(caught.value).startswith("HEAD:faq/a.yaml:1: ")


def test_a_hook_of_git_sees_the_same_revisions(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is run with the repository in its environment, as seen from another folder."""
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert ids("HEAD~1", repository / "faq") == ["both", "old"]


def test_what_is_neither_file_nor_revision_is_told_in_one_line(
    repository: Path, tmp_path: Path
) -> None:
    with pytest.raises(BotError) as caught:
        ids("HEAD~9", repository / "faq")
    assert str(caught.value) == (
        f"HEAD~9: there is no such folder or file, and no such revision in {repository}."
    )
    (tmp_path / "faq").mkdir()
    with pytest.raises(BotError) as caught:
        ids("--help", tmp_path / "faq")
    assert str(caught.value) == (
        "--help: there is no such folder or file, and it can be no revision either, as "
        f"{tmp_path}/faq lies in no git repository."
    )
    git(repository, "rm", "-r", "--quiet", "faq")
    git(repository, "commit", "--quiet", "--message", "Gone")
    (repository / "faq").mkdir()
    with pytest.raises(BotError) as caught:
        ids("HEAD", repository / "faq")
    assert str(caught.value) == "HEAD: there is no faq in this revision."
