"""What deploy/ has for the repository of an FAQ: a hook of git's, and a workflow of GitHub's."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.matching.encoder.encoder import Encoder

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / "deploy/faq-checks.yml"
HOOK = ROOT / "deploy/pre-commit"
WHO = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
FAQ = """\
- id: refund
  question: Can I get a refund?
  phrasings: [money back, I want my money back, give me a refund]
  answer: Yes.
  tests:
    - please give me my money back
- id: hours
  question: When are you open?
  phrasings: [opening hours, are you open on Sunday, what time do you close]
  answer: From 9 to 5.
"""
STOLEN = FAQ.replace("give me a refund]", "give me a refund, refund]").replace(
    "what time do you close]", "what time do you close, please give me my money back]"
)


@pytest.fixture
def repository(tmp_path: Path, cache: Path, encoder: Encoder) -> Path:
    """A company's, with one commit; it runs the bot of this checkout."""
    folder = tmp_path / "company"
    (folder / "faq").mkdir(parents=True)
    (folder / "config.yaml").write_text(f"cache: {cache}\nmultilingual_model: none\n", "utf-8")
    (folder / "faq/all.yaml").write_text(FAQ, "utf-8")
    git(folder, "init", "--quiet")
    git(folder, "config", "faq-bot.path", str(ROOT))
    git(folder, "config", "faq-bot.python", sys.executable)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "First")
    return folder


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(folder), *WHO, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def commit(folder: Path, content: str) -> tuple[int, str]:
    """Stage an FAQ and commit it."""
    (folder / "faq/all.yaml").write_text(content, "utf-8")
    git(folder, "add", "--all")
    done = git(folder, "commit", "--message", "An edit")
    return done.returncode, done.stdout + done.stderr


# --- the hook ------------------------------------------------------------------------------------


def test_hook_stops_a_commit_of_a_mistake_or_a_broken_test_and_lets_others_through(
    repository: Path,
) -> None:
    shutil.copy(HOOK, repository / ".git/hooks/pre-commit")
    code, said = commit(repository, FAQ.replace("question: When", "qestion: When"))
    assert code == 1
    assert "\nfaq/all.yaml:8: qestion is not a key this bot knows. Did you mean 'question'?" in said
    code, said = commit(repository, STOLEN)
    assert code == 1
    assert re.search('(?m)^faq/all.yaml:6: "please give me my money back" must show the', said)
    code, said = commit(repository, FAQ.replace("From 9 to 5", "From 9 to 6"))
    assert (code, git(repository, "rev-list", "--count", "HEAD").stdout) == (0, "2\n"), said


def test_hook_checks_what_is_staged_and_only_if_files_of_the_faq_are(repository: Path) -> None:
    shutil.copy(HOOK, repository / ".git/hooks/pre-commit")
    (repository / "faq/all.yaml").write_text("[broken", "utf-8")
    (repository / "notes.txt").write_text("x", "utf-8")
    git(repository, "add", "notes.txt")
    git(repository, "config", "faq-bot.python", "/nowhere/python")
    assert git(repository, "commit", "--message", "No file of the FAQ").returncode == 0
    git(repository, "config", "faq-bot.python", sys.executable)
    (repository / "faq/more.yaml").write_text("- {id: a, question: A, answer: B}\n", "utf-8")
    git(repository, "add", "faq/more.yaml")
    done = git(repository, "commit", "--message", "What lies beside it is not staged")
    assert done.returncode == 0, done.stderr


def test_hook_says_what_it_lacks(repository: Path) -> None:
    shutil.copy(HOOK, repository / ".git/hooks/pre-commit")
    git(repository, "config", "--unset", "faq-bot.path")
    code, said = commit(repository, STOLEN)
    assert code == 1
    assert "Say so: git config faq-bot.path /path/to/faq-bot" in said


# --- the workflow --------------------------------------------------------------------------------


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["check"][
        "steps"
    ]
    return found


def test_workflow_may_write_comments_and_nothing_else() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "pull_request_target" not in workflow[True], "code of strangers gets no secrets"
    (ours,) = [step for step in steps() if step.get("with", {}).get("path") == ".faq-bot"]
    assert workflow["jobs"]["check"]["env"]["PYTHONPATH"].endswith("/" + ours["with"]["path"])


def test_workflow_installs_torch_as_it_is_pinned() -> None:
    (install,) = [step["run"] for step in steps() if "torch" in step.get("run", "")]
    (command,) = re.findall(r"\$\((.*?)\)", install)
    inside = command.replace(".faq-bot/", "")
    done = subprocess.run(inside, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"torch==[\d.]+\n", done.stdout)


def test_what_the_workflow_runs_shows_a_broken_test_beside_its_line_and_in_a_comment(
    repository: Path, tmp_path: Path
) -> None:
    commit(repository, STOLEN)
    runs = [run for step in steps() if (run := step.get("run", "")).startswith("python -m bot")]
    check, diff = (shlex.quote(sys.executable) + run.removeprefix("python") for run in runs)
    own = {**os.environ, "PYTHONPATH": str(ROOT), "RUNNER_TEMP": str(tmp_path)}
    options: dict[str, Any] = {"shell": True, "cwd": repository, "env": own, "text": True}
    done = subprocess.run(check, capture_output=True, check=False, **options)
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=faq/all.yaml,line=6,title=failed-test::")
    assert subprocess.run(diff, capture_output=True, check=False, **options).returncode == 1
    comment = (tmp_path / "diff.md").read_text("utf-8")
    assert comment.startswith("### What changes in the FAQ\n\n`HEAD^1` → `HEAD`: ")
    assert "| ❌ broke | `please give me my money back` | `refund` |" in comment
