"""Reviews of FAQ files in a folder of their own, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from bot.authoring.review.meanings import Meanings
from bot.authoring.review.review import Review, review
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.files.faq.load import load_project


class Reviewed(Protocol):
    """Reviews an FAQ."""

    def __call__(self, content: str, code: str = "") -> list[str]:
        """What is found in faq.yaml, a line each.

        Args:
            code: only findings of this kind.
        """
        ...


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; no meanings are compared in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("faq: faq.yaml\n", "utf-8")
    monkeypatch.setattr("bot.authoring.review.meanings.read_meanings", without_model)
    return tmp_path


def without_model(settings: Settings, faq: Faq, _: object) -> Meanings:
    """Meanings of nothing."""
    return Meanings((), {}, frozenset(), ())


def review_of(content: str) -> Review:
    """The review of an FAQ of one file in the working folder."""
    Path("faq.yaml").write_text(content, "utf-8")
    return review(*load_project(reviews=True))


@pytest.fixture
def reviewed(looked: Path) -> Reviewed:
    """Reviews an FAQ; see `Reviewed`."""

    def reviewed(content: str, code: str = "") -> list[str]:
        findings = review_of(content).findings
        return [str(finding) for finding in findings if code in ("", finding.code)]

    return reviewed
