"""What the README and the documents tell people to type works, and what they name is there."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from bot.domain import Thresholds
from bot.files.faq.load import load_faq

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "deploy/README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    textwrap.dedent(block)
    for document in DOCUMENTS
    for block in re.findall(r" *```yaml\n( *- id: .*?)```", document.read_text("utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_entry_can_be_added_to_the_shipped_faq(block: str, tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    shutil.copytree(ROOT / "faq", folder)
    (folder / "new.yaml").write_text(block, "utf-8")
    faq = load_faq(folder, Thresholds(0.75, 0.60))
    assert "sharpen-knives" in faq.by_id
    assert faq.remarks == ()


def test_a_first_reader_reads_no_more_than_200_lines() -> None:
    assert README.count("\n") <= 200


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", document.read_text("utf-8"))
    for name, anchor in links:
        target = document.parent / name if name else document
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


def anchors(document: Path) -> list[str]:
    """The names that GitHub gives the headings of a document."""
    headings = re.findall(r"(?m)^#+ (.*)$", document.read_text("utf-8"))
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


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
