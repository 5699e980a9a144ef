"""git, in the repository that a file lies in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bot.errors import BotError

_PATIENCE_S = 60.0  # with a hook, say


class GitError(BotError):
    """git cannot do what is asked; its text says why in one line."""


def ask(folder: str | Path, *arguments: str) -> str:
    """What git prints; nothing where it fails.

    Raises:
        GitError: there is no git.
    """
    done = _run(folder, *arguments)
    return done.stdout if done.returncode == 0 else ""


def why_not(path: Path, *, is_new: bool) -> str | None:
    """Why a change of a file that is about to be written cannot be committed by itself, as a
    sentence; None where it can.

    Args:
        is_new: there is no such file yet.
    """
    folder = path.parent
    if not ask(folder, "rev-parse", "--show-toplevel"):
        return f"{path} lies in no git repository."
    if not ask(folder, "symbolic-ref", "--quiet", "HEAD"):
        return "the repository is on no branch."
    if ask(folder, "check-ignore", "--", path.name):
        return f"git ignores {path}."
    if ask(folder, "status", "--porcelain", "--", path.name):
        return f"{path} held changes already that are not committed."
    if not is_new and not ask(folder, "ls-files", "--", path.name):
        return f"git does not know {path}."
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
    whose = () if ask(folder, "config", "user.email").strip() else _NOBODY
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
        said = (done.stderr or done.stdout).split("\n")
        told = next((line.strip() for line in said if line.strip()), "it does not say why")
        raise GitError(f"git: {told}")


def _run(folder: str | Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A hook of git's names the repository in its environment, which holds from its own folder only.
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    git = shutil.which("git")
    if git is None:
        raise GitError("git is needed for this, and is not installed.")
    try:
        return subprocess.run(  # noqa: S603  (no shell, and what people give stands behind --)
            [git, "-C", str(folder), *arguments],
            env={**own, "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"},
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
            timeout=_PATIENCE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GitError(f"git has not finished within {_PATIENCE_S:.0f} s.") from None
