"""`check --tests`: the tests of the FAQ on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.commands.conftest import FAQ, Run

TEST = "  tests:\n    - tell me of refund\n"


def test_check_runs_the_tests_of_the_faq_where_it_is_told_to(project: Path, run: Run) -> None:
    (project / "faq.yaml").write_text(FAQ + TEST.replace("refund", "kettle"), "utf-8")
    (project / "faq.tests.yaml").write_text("- {text: weather rain, expected: null}\n", "utf-8")
    code, out, _ = run("check", "--tests")
    assert code == 0
    assert out.splitlines()[-1] == "All 2 tests pass."
    assert "All 2 tests" not in run("check")[1]


def test_a_failed_test_stands_where_it_is_written_and_fails_the_check(
    project: Path, run: Run
) -> None:
    (project / "faq.yaml").write_text(FAQ + TEST, "utf-8")
    code, out, _ = run("check", "--tests")
    assert code == 1
    *_, count = out.splitlines()
    told = next(line for line in out.splitlines() if line.startswith("faq.yaml"))
    line = (FAQ + TEST).splitlines().index("    - tell me of refund") + 1
    assert told.startswith(
        f'faq.yaml:{line}: "tell me of refund" must show the answer of kettle, but refund is '
    )
    assert count == "1 of 1 tests failed."


def test_mistakes_of_a_labelled_set_are_told_by_every_check(project: Path, run: Run) -> None:
    (project / "faq.tests.yaml").write_text("- {text: tea, expected: ketle}\n", "utf-8")
    code, out, _ = run("check")
    assert code == 1
    assert out.startswith("faq.tests.yaml:1: expected is 'ketle', but no entry of the FAQ has")


def test_an_faq_without_tests_says_where_they_would_stand(run: Run) -> None:
    code, out, _ = run("check", "--tests")
    assert code == 0
    assert out.splitlines()[-1] == (
        "There are no tests: write some under tests: of an entry, or in FILE.tests.yaml."
    )
