"""git, in the repository that a file lies in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bot.files.writing.remark import Remark, RemarkError

_PATIENCE_S = 60.0  # with a hook, say


class GitError(RemarkError):
    """git cannot do what is asked."""


def ask(folder: str | Path, *arguments: str) -> str:
    """What git prints; nothing where it fails.

    Raises:
        GitError: there is no git.
    """
    done = _run(folder, *arguments)
    return done.stdout if done.returncode == 0 else ""


def why_not(path: Path, *, is_new: bool) -> Remark | None:
    """Why a change of a file that is about to be written cannot be committed by itself; None where
    it can.

    Args:
        is_new: there is no such file yet.
    """
    folder, named = path.parent, {"path": str(path)}
    top = _run(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        is_outside = "not a git repository" in top.stderr
        return Remark("git_nowhere", named) if is_outside else _refusal(top)
    if not ask(folder, "symbolic-ref", "--quiet", "HEAD"):
        return Remark("git_detached")
    if ask(folder, "check-ignore", "--", path.name):
        return Remark("git_ignored", named)
    if ask(folder, "status", "--porcelain", "--", path.name):
        return Remark("git_changed", named)
    if not is_new and not ask(folder, "ls-files", "--", path.name):
        return Remark("git_unknown", named)
    return None


def commit(path: Path, message: str) -> str:
    """Commit how a file is now, and nothing else; whatever is staged stays so.

    Returns:
        The commit's name.
    Raises:
        GitError: it fails; the file stays as it is.
    """
    folder, name = path.parent, path.name
    is_new = path.exists() and not ask(folder, "ls-files", "--", name)
    if is_new:
        _do(folder, "add", "--", name)
    is_known = all(ask(folder, "config", key).strip() for key in ("user.name", "user.email"))
    whose = () if is_known else _NOBODY
    try:
        _do(folder, *whose, "commit", "--quiet", "--only", "--message", message, "--", name)
    except GitError:
        if is_new:
            _run(folder, "rm", "--cached", "--quiet", "--", name)
        raise
    return ask(folder, "rev-parse", "--short", "HEAD").strip()


_NOBODY = ("-c", "user.name=FAQ bot", "-c", "user.email=faq-bot@localhost")


def _do(folder: Path, *arguments: str) -> None:
    done = _run(folder, *arguments)
    if done.returncode:
        raise GitError(_refusal(done))


def _refusal(done: subprocess.CompletedProcess[str]) -> Remark:
    """What git says first."""
    said = (done.stderr or done.stdout).split("\n")
    told = next((line.strip() for line in said if line.strip()), f"exit code {done.returncode}")
    return Remark("git_refused", {"words": told})


def _run(folder: str | Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A hook of git's names the repository in its environment, which holds from its own folder only.
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    git = shutil.which("git")
    if git is None:
        raise GitError(Remark("git_missing"))
    try:
        return subprocess.run(  # noqa: S603  (no shell, and what people give stands behind --)
            [git, "-C", str(folder), *arguments],
            env={**own, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"},
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
            timeout=_PATIENCE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GitError(Remark("git_slow", {"seconds": f"{_PATIENCE_S:.0f}"})) from None
