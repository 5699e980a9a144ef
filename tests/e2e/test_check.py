"""`check` over true files, with the models that come with the bot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from tests.e2e.process import ROOT, START_TIMEOUT_S, environment

PLANTED = """
- id: membership
  question: How do I become a member?
  answer: Fill in the form.
  phrasings:
    - join your club
    - membership form
    - Where is the refund for the kettle I sent back?
- id: svenska
  lang: sv
  question: Hur kan jag betala min beställning?
  answer: Du kan betala med kort eller faktura när du beställer.
  phrasings: [betala med kort, kan jag betala med faktura]
"""
LONG = "- id: essay\n  question: Why?\n  answer: x\n  phrasings: [reason, why so, '{}']\n"


@pytest.fixture
def shipped(tmp_path: Path, cache: Path) -> Path:
    """The folder that comes with the bot, with the models compiled."""
    copytree(ROOT / "faq", tmp_path / "faq")
    (tmp_path / "config.yaml").write_bytes((ROOT / "config.yaml").read_bytes())
    (tmp_path / ".cache").symlink_to(cache)
    return tmp_path


def check(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--config", str(folder / "config.yaml"), *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.mark.usefixtures("encoder", "multilingual")
def test_nothing_is_found_in_what_comes_with_the_bot(shipped: Path) -> None:
    code, lines = check(shipped, "--strict")
    assert (code, lines[0]) == (0, "No problems: 87 entries, 844 wordings.")


@pytest.mark.usefixtures("encoder", "multilingual")
def test_what_takes_a_model_is_found_in_files(shipped: Path) -> None:
    """A wording under a wrong entry, a language that no model reads, a text that is too long."""
    essay = LONG.format("how such a thing could happen to anybody who has bought it, " * 25)
    (shipped / "faq" / "new.yaml").write_text(PLANTED + essay, "utf-8")
    code, lines = check(shipped)
    assert code == 0
    for place, kind, other in (
        (8, "competing", "returns.yaml"),
        (9, "language", "sv"),
        (17, "long-wording", ""),
    ):
        found = [line for line in lines if line.startswith(f"{shipped}/faq/new.yaml:{place}: ")]
        assert [f"[{kind}]" in line and other in line for line in found].count(True) == 1, lines
