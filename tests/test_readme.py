"""What the README tells people to type works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.domain import Thresholds
from bot.files.faq import load_faq

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
def test_the_example_entries_can_be_added_to_the_shipped_faq(tmp_path: Path, block: str) -> None:
    folder = tmp_path / "faq"
    shutil.copytree(ROOT / "faq", folder)
    (folder / "new.yaml").write_text(block, "utf-8")
    faq = load_faq(folder, Thresholds(0.75, 0.60))
    assert "sharpen-knives" in faq.by_id
    assert faq.remarks == ()


def test_every_file_the_readme_links_to_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_folder_of_the_bot_has_its_row() -> None:
    folders = [path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()]
    assert [name for name in folders if f"`bot/{name}/`" not in README] == []


def test_every_file_of_the_tours_is_there() -> None:
    tours, _, _ = ARCHITECTURE.partition("## What a change touches")
    named = re.findall(r"`(?:bot/)?([a-z_/]+\.py)`", tours)
    assert len(named) > 40
    assert [
        name for name in named if not any((ROOT / it / name).is_file() for it in ("bot", ""))
    ] == []
