"""Every benchmark is a command that answers quickly and says in one line what is wrong."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import bench.quality
from bench.embedding import RememberingEncoder
from tests.fakes import FakeEmbedder, fake_encoder

FOLDER = Path(bench.quality.__file__).parent
COMMANDS = sorted(
    f"bench.{path.stem}"
    for path in FOLDER.glob("*.py")
    if "def main(arguments" in path.read_text("utf-8")
)
FAQ = """
- {id: refund, question: how do I get a refund, phrasings: [my money back], answer: x}
- {id: track, question: where is my parcel now, answer: x}
"""
QUERIES = [
    '{"text": "how do I get a refund?", "expected": "refund", "split": "dev"}',
    '{"text": "where is my parcel", "expected": "track", "split": "dev"}',
    '{"text": "what is the weather", "expected": null, "split": "dev"}',
]
PAIR = (
    '{"a": "a dog", "b": "no dog", "label": "CONTRADICTION", "split": "dev"}\n'
    '{"a": "a dog", "b": "the dog", "score": 5, "label": "ENTAILMENT", "split": "dev"}\n'
)
HEAVY = ("faiss", "onnxruntime", "sentence_transformers", "sklearn", "torch")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_how_the_command_is_called(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        importlib.import_module(name).main(["--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m {name} ")


def test_help_needs_no_heavy_import() -> None:
    code = (
        f"import importlib, sys\nfor name in {COMMANDS}: importlib.import_module(name)\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True)
    assert (done.returncode, done.stdout.split()) == (0, [])


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a set, the same in Chinese, and the fake model in the real one's place."""
    for name in ("shop", "shop-zh"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "faq.yaml").write_text(FAQ, "utf-8")
        (tmp_path / name / "queries.jsonl").write_text("\n".join(QUERIES), "utf-8")
        (tmp_path / name / "pairs.jsonl").write_text(PAIR, "utf-8")
    model = RememberingEncoder(fake_encoder(FakeEmbedder()), "fake model", None)
    monkeypatch.setattr("bench.quality.load_remembering", lambda *_: model)
    return tmp_path


def test_quality_repeats_itself_and_leaves_chinese_sets_out_of_the_means(
    sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extras = ["--typos", "0.5", "--pairs", "4", "--guards"]
    found = []
    for _ in range(2):
        assert bench.quality.main([str(sets), "--phrasings", "1,all", "--json", *extras]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    assert len(found[0]["rows"]) == 2 * 2 * 2  # sets, scores, wordings per entry
    assert {row["sets"] for row in found[0]["means"]} == {1}
    assert {row["score"] for row in found[0]["guards"]} == {"blended"}
    ways = ["cosine", "blended, no guards", "blended"]
    assert [row["way"] for row in found[0]["contradictions"]] == 2 * ways
    assert [row["way"] for row in found[0]["entailments"]] == 2 * ways


def test_a_bad_line_of_a_labelled_set_is_named(
    sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sets / "shop" / "queries.jsonl"
    path.write_text('{"text": "x", "expected": "gone", "split": "dev"}', "utf-8")
    assert bench.quality.main([str(sets), "--sets", "shop"]) == 2
    problem = "expected is 'gone', which faq.yaml does not have."
    assert capsys.readouterr().err == f"{path}:1: {problem}\n"
