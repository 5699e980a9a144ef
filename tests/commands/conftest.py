"""What the tests of commands share: a project whose model's vectors are made up."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from bot import cli
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching.build import Matcher, assemble
from bot.matching.index import IN_MEMORY, Indexes
from tests.fakes import FakeEmbedder, fake_encoder

WORDS = ["refund", "parcel", "invoice", "voucher", "repair", "account", "colour", "kettle"]
FAQ = "".join(
    f"- id: {word}\n  question: all about my {word} please\n  answer: x\n  phrasings:\n"
    f"    - the {word} question again\n    - tell me of {word} now\n    - {word}\n"
    for word in WORDS
)
CONFIG = "faq: faq.yaml\nthresholds:\n  answer: 0.75     # above\n  follow_up: 0.60  # below\n"


class Run(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Give its exit code, and what it said on standard output and standard error."""
        ...


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command sets up logging for its process; here that is the process of all tests."""
    logger, root = logging.getLogger("bot"), logging.getLogger()
    level, root_level, handlers = logger.level, root.level, root.handlers[:]
    yield
    logger.setLevel(level)
    root.setLevel(root_level)
    root.handlers[:] = handlers
    logging.captureWarnings(False)


def assembled(settings: Settings, faq: Faq, *, indexes: Indexes = IN_MEMORY) -> Matcher:
    """A matcher without a model."""
    return assemble(settings, faq, fake_encoder(FakeEmbedder()), "fake model", indexes=indexes)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a configuration, an FAQ and a labelled set."""
    monkeypatch.setattr("bot.matching.build.build_matcher", assembled)
    made_up = (fake_encoder(FakeEmbedder()), "fake model")
    monkeypatch.setattr("bot.authoring.review.meanings.first_encoder", lambda _, waits: made_up)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "faq.yaml").write_text(FAQ, "utf-8")
    rows: list[dict[str, str | None]] = [
        {"text": f"{word} {word} {kind} {n}", "expected": word}
        for word in WORDS
        for kind in ("please", "again", "now", "question")
        for n in range(4)
    ]
    rows += [{"text": f"zebra {n} quartz fjord", "expected": None} for n in range(90)]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the project."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as ended:  # argparse refused an option
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def files(folder: Path) -> dict[str, bytes]:
    """What stands in the files of a folder, but for the cache."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }
