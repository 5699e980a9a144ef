"""The audit tells a mutation that a test notices from one that none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.audit import Mutation, Outcome, is_red, read, tried
from bot.errors import BotError

CODE = "def most():\n    return 3\n\n\ndef least():\n    return 1\n"
TEST = "import code_of_it\n\n\ndef test_most():\n    assert code_of_it.most() == 3\n"
LIST = """
- {file: code_of_it.py, old: return 3, new: return 4, test: test_it.py}
- {file: code_of_it.py, old: return 1, new: return 0, test: test_it.py}
- {file: code_of_it.py, old: return, new: yield, test: test_it.py}
- {file: code_of_it.py, old: return 3, new: return ), test: test_it.py}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code_of_it.py").write_text(CODE)
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "list.yaml").write_text(LIST)
    return tmp_path


@pytest.mark.slow
def test_mutation_is_killed_survives_or_is_stale_and_leaves_the_file_as_it_was(
    project: Path,
) -> None:
    outcomes = [tried(project, each) for each in read(project / "list.yaml")]
    assert outcomes == [Outcome.KILLED, Outcome.SURVIVED, Outcome.STALE, Outcome.KILLED]
    assert (project / "code_of_it.py").read_text() == CODE
    with pytest.raises(BotError, match=r"pytest ended with 4"):
        is_red(project, ["no_such_test.py"])


def test_every_line_of_the_list_names_tests_and_a_line_that_are_there() -> None:
    root = Path(__file__).parent.parent.parent
    listed: list[Mutation] = read(root / "bench" / "mutations.yaml")
    missing = {each.file for each in listed if not (root / each.file).is_file()}
    missing |= {each.test for each in listed if not (root / each.test).exists()}
    assert missing == set()
    stale = [each for each in listed if (root / each.file).read_text().count(each.old) != 1]
    assert stale == []
    assert len(set(listed)) == len(listed) >= 40
