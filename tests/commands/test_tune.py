"""`evaluate` and `tune` on the command line, over a model whose vectors are made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import cli
from bot.commands.tune import OUTCOMES
from bot.domain import Faq, Thresholds
from bot.files.config import Settings
from bot.files.load import load_project
from bot.matching.build import Matcher, assemble
from bot.matching.policy_lock import load_lock
from bot.tuning.labels.outcomes import Outcome
from tests.fakes import FakeEmbedder, fake_encoder

WORDS = ["refund", "parcel", "invoice", "voucher", "repair", "account", "colour", "kettle"]
FAQ = "".join(
    f"- id: {word}\n  question: all about my {word} please\n  answer: x\n  phrasings:\n"
    f"    - the {word} question again\n    - tell me of {word} now\n    - {word}\n"
    for word in WORDS
)
CONFIG = "faq: faq.yaml\nthresholds:\n  answer: 0.75     # above\n  follow_up: 0.60  # below\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def build(settings: Settings, faq: Faq) -> Matcher:
        return assemble(settings, faq, fake_encoder(FakeEmbedder()), "fake model")

    monkeypatch.setattr("bot.matching.build.build_matcher", build)
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


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


def test_evaluate_writes_json_and_a_table(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "set.jsonl", "--json", "--csv", "out.csv"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["in_scope"], record["out_of_scope"]) == (128, 90)
    assert len((project / "out.csv").read_text("utf-8-sig").splitlines()) == 1 + 218


def test_words_of_strangers_move_nothing_on_the_terminal(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"text": "all about my refund please \u202e\x1b[2J", "expected": None},
        {"text": "all about my parcel please", "expected": "parcel"},
    ]
    (project / "set.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert cli.main(["evaluate", "set.jsonl"]) == 0
    shown = capsys.readouterr().out
    assert r"all about my refund please \u202e\u001b[2J" in shown
    assert "\x1b" not in shown


def test_tune_prints_what_machines_rely_on_and_evaluate_then_finds_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["tune", "set.jsonl", "--json", "--max-wrong", "5%", "--write"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record["thresholds"]) == {"answer", "follow_up"}
    assert (record["promise"]["max_wrong"], record["promise"]["confidence"]) == (0.05, 0.95)
    assert record["promise"]["proven"] is True
    assert record["expected"]["wrong_answers"] <= 0.05
    assert record["checked"]["wrong_answers_upper"] <= 0.05
    assert record["example"]["thresholds"] == {"answer": 0.75, "follow_up": 0.6}
    cli.main(["evaluate", "set.jsonl", "--json"])
    found = json.loads(capsys.readouterr().out)["measures"]
    expected = record["expected"]
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected)


def test_two_runs_say_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        cli.main(["tune", "set.jsonl"])
        said.append(capsys.readouterr().out)
    rows = (project / "set.jsonl").read_text("utf-8").splitlines()
    (project / "set.jsonl").write_text("\n".join(reversed(rows)), "utf-8")
    cli.main(["tune", "set.jsonl"])
    said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]


def test_write_changes_two_lines_and_leaves_a_lock(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(project)
    assert cli.main(["tune", "set.jsonl", "--json", "--write"]) == 0
    said = capsys.readouterr()
    lines = json.loads(said.out)["thresholds"]
    after = files(project)
    assert set(after) - set(before) == {"policy.lock"}
    assert [name for name in before if after[name] != before[name]] == ["config.yaml"]
    old, new = (it["config.yaml"].decode().splitlines() for it in (before, after))
    changed = [line.split("#")[0].split() for a, line in zip(old, new, strict=True) if a != line]
    assert changed == [
        ["answer:", f"{lines['answer']:g}"],
        ["follow_up:", f"{lines['follow_up']:g}"],
    ]
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert (lock.labels, lock.proven, lock.max_wrong) == (218, True, 0.05)
    assert said.err == "Written: the two thresholds to config.yaml, and policy.lock.\n"


def test_ask_shows_a_confidence_once_it_is_tuned_and_only_for_the_same_faq(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked() -> dict[str, object]:
        cli.main(["ask", "refund please", "--json"])
        row: dict[str, object] = json.loads(capsys.readouterr().out)
        return row

    assert "confidence" not in asked()
    cli.main(["tune", "set.jsonl", "--write"])
    capsys.readouterr()
    assert 0 < float(str(asked()["confidence"])) < 1
    cli.main(["ask", "refund please"])
    assert " % that refund is asked for" in capsys.readouterr().out
    (project / "faq.yaml").write_text(f"{FAQ}    - kettles\n", "utf-8")
    assert "confidence" not in asked()


def test_an_entry_with_one_line_of_its_own_is_no_change_of_the_faq(
    project: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its other line is the shared one, which --write has just changed."""
    (project / "faq.yaml").write_text(f"{FAQ}  thresholds: {{answer: 0.99}}\n", "utf-8")
    assert cli.main(["tune", "set.jsonl", "--write"]) == 0
    settings, faq = load_project()
    bot = assemble(settings, faq, fake_encoder(FakeEmbedder()), "fake model")
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert settings.thresholds == lock.thresholds
    assert faq.by_id["kettle"].thresholds == Thresholds(0.99, lock.thresholds.follow_up)
    assert bot.drift is None
    assert bot.calibration is not None


def test_thresholds_by_which_the_bot_could_not_start_are_not_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An entry's own answer line must not lie below the shared follow-up line."""
    (project / "faq.yaml").write_text(f"{FAQ}  thresholds: {{answer: 0.61}}\n", "utf-8")
    before = files(project)
    costly = ["--cost", "held=90", "--cost", "missed=90", "--cost", "oos_asked=90"]
    assert cli.main(["tune", "set.jsonl", "--write", *costly]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Nothing was written, as the bot could not read its FAQ by 0.")
    assert "faq.yaml:57: thresholds.answer is 0.61 but must not be below" in said
    assert len(said.splitlines()) == 1
    assert files(project) == before


def test_what_is_not_proven_is_written_only_when_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (project / "set.jsonl").read_text("utf-8").splitlines()
    (project / "set.jsonl").write_text("\n".join([*rows[:20], *rows[-20:]]), "utf-8")
    before = files(project)
    assert cli.main(["tune", "set.jsonl", "--write"]) == 1
    said = capsys.readouterr()
    assert "(unproven: there are too few labels)" in said.out
    assert "At least 78 more labels like these are missing for a proof." in said.out
    assert said.err == (
        "Nothing was written: the thresholds are not proven. To write them all the same, add "
        "--unproven.\n"
    )
    assert files(project) == before
    assert cli.main(["tune", "set.jsonl", "--write", "--unproven"]) == 0
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert not lock.proven


def test_without_labels_the_faq_gives_a_guess(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["tune", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["labels"]["source"] == "faq"
    assert record["promise"]["proven"] is False
    assert record["promise"]["oos_share"] == 0.3
    assert record["calibration"] is None  # nothing that --write would keep
    assert cli.main(["tune", "--write"]) == 1
    assert "Provisional:" in capsys.readouterr().out
    assert not (project / "policy.lock").exists()


def test_a_faq_too_small_for_a_guess_says_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "faq.yaml").write_text("- {id: a, question: How are you?, answer: x}\n", "utf-8")
    assert cli.main(["tune"]) == 2
    assert capsys.readouterr().err == (
        "The FAQ is too small to find thresholds by: at least two entries, one of them with two "
        "wordings, are needed. Add phrasings, or give a labelled set.\n"
    )


GOOD = '{"text": "refund", "expected": "refund"}\n{"text": "hi", "expected": null}\n'


@pytest.mark.parametrize("command", ["evaluate --csv out.csv", "tune --write --unproven"])
@pytest.mark.parametrize("text", [f'{GOOD}{{"text": "a", "expected": "refnd"}}', ""])
def test_bad_labels_are_one_line_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str], command: str, text: str
) -> None:
    (project / "set.jsonl").write_text(text, "utf-8")
    before = files(project)
    assert cli.main([*command.split(), "set.jsonl"]) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert said.err.startswith("set.jsonl:")
    assert files(project) == before


def test_what_cannot_be_written_is_told_before_anything_is_scored(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker makes a folder where it is to mount a file that is not there."""
    monkeypatch.setattr("bot.matching.build.build_matcher", None)
    (project / "policy.lock").mkdir()
    assert cli.main(["tune", "set.jsonl", "--write"]) == 2
    assert capsys.readouterr().err == (
        "policy.lock: this is a folder, and --write makes a file of this name. Remove it.\n"
    )
    (project / "config.yaml").write_text("faq: faq.yaml\n", "utf-8")
    assert cli.main(["tune", "set.jsonl", "--write"]) == 2
    assert capsys.readouterr().err.startswith("config.yaml: to write the thresholds, each must")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--png out", "pictures are no longer written, so 'out' was not; --report FILE writes a"),
        ("--max-wrong 2", "2 is not a share from 0 to 1; write 2% or 0.02"),
        ("--max-wrong x", "'x' is not a number; write 2% or 0.02"),
        ("--confidence 1", "1 is not from 50% to below 100%; write 95%"),
        ("--cost wron=5", "'wron' is no outcome. Did you mean 'wrong'?"),
        ("--cost wrong", "'wrong': a number is needed, such as wrong=50"),
    ],
)
def test_an_option_that_says_nothing_sensible_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: str, told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["tune", "set.jsonl", *arguments.split()])
    said = capsys.readouterr().err
    assert (ended.value.code, len(said.splitlines())) == (2, 1)
    assert told in said


def test_the_outcomes_of_the_help_text_are_those_there_are() -> None:
    assert set(OUTCOMES) == set(Outcome)
