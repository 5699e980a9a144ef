"""`evaluate` and `tune` on the command line, over a model whose vectors are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.commands.tune import OUTCOMES
from bot.domain import Thresholds
from bot.files.faq.load import load_project
from bot.labels.outcomes import Outcome
from bot.matching.policy_lock import load_lock
from tests.commands.conftest import CONFIG, FAQ, Run, assembled, files

# --- evaluate ------------------------------------------------------------------------------------


def test_words_of_strangers_move_nothing_on_the_terminal(project: Path, run: Run) -> None:
    rows = [
        {"text": "all about my refund please \u202e\x1b[2J", "expected": None},
        {"text": "all about my parcel please", "expected": "parcel"},
    ]
    (project / "set.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    code, shown, _ = run("evaluate", "set.jsonl")
    assert code == 0
    assert r"all about my refund please \u202e\u001b[2J" in shown
    assert "\x1b" not in shown


def test_evaluate_writes_json_and_a_table(project: Path, run: Run) -> None:
    code, out, _ = run("evaluate", "set.jsonl", "--json", "--csv", "out.csv")
    record = json.loads(out)
    assert (code, record["in_scope"], record["out_of_scope"]) == (0, 128, 90)
    rows = (project / "out.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + 218


# --- tune ----------------------------------------------------------------------------------------


def test_tune_prints_what_machines_rely_on_and_evaluate_then_finds_it(run: Run) -> None:
    record = json.loads(run("tune", "set.jsonl", "--json", "--max-wrong", "5%", "--write")[1])
    lines = record["thresholds"]
    assert set(lines) == {"answer", "follow_up", "tentative"}
    assert lines["follow_up"] <= lines["tentative"] <= lines["answer"]
    assert record["promise"]["max_wrong_shown"] == 0.1
    assert record["expected"]["wrong_shown"] <= record["checked"]["wrong_shown_upper"] <= 0.1
    assert (record["promise"]["max_wrong"], record["promise"]["confidence"]) == (0.05, 0.95)
    assert record["promise"]["proven"] is True
    assert record["expected"]["wrong_answers"] <= 0.05
    assert record["checked"]["wrong_answers_upper"] <= 0.05
    assert record["example"]["thresholds"] == {
        **{"answer": 0.75, "follow_up": 0.6, "tentative": 0.69}
    }
    found = json.loads(run("evaluate", "set.jsonl", "--json")[1])["measures"]
    expected = record["expected"]
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected)


def test_runs_say_the_same_whatever_the_order_of_labels(project: Path, run: Run) -> None:
    said = [run("tune", "set.jsonl") for _ in range(2)]
    rows = (project / "set.jsonl").read_text("utf-8").splitlines()
    (project / "set.jsonl").write_text("\n".join(reversed(rows)), "utf-8")
    assert said == [run("tune", "set.jsonl")] * 2


def test_without_labels_the_faq_gives_a_guess(project: Path, run: Run) -> None:
    record = json.loads(run("tune", "--json")[1])
    assert record["labels"]["source"] == "faq"
    assert (record["promise"]["proven"], record["promise"]["oos_share"]) == (False, 0.3)
    assert record["thresholds"]["tentative"] is not None
    assert record["calibration"] is None  # nothing that --write would keep
    code, out, _ = run("tune", "--write")
    assert code == 1
    assert "Provisional:" in out
    assert not (project / "policy.lock").exists()


def test_an_faq_too_small_for_a_guess_says_so(project: Path, run: Run) -> None:
    (project / "faq.yaml").write_text("- {id: a, question: How are you?, answer: x}\n", "utf-8")
    assert run("tune") == (
        2,
        "",
        "The FAQ is too small to find thresholds by: at least two entries, one of them with two "
        "wordings, are needed. Add phrasings, or give a labelled set.\n",
    )


# --- tune --write --------------------------------------------------------------------------------


def test_write_changes_three_lines_and_leaves_a_lock(project: Path, run: Run) -> None:
    config = CONFIG.replace("  follow", "  tentative: 0.7  # perhaps\n  follow")
    (project / "config.yaml").write_text(config, "utf-8")
    before = files(project)
    code, out, err = run("tune", "set.jsonl", "--json", "--write")
    lines = json.loads(out)["thresholds"]
    after = files(project)
    assert set(after) - set(before) == {"policy.lock"}
    assert [name for name in before if after[name] != before[name]] == ["config.yaml"]
    old, new = (it["config.yaml"].decode().splitlines() for it in (before, after))
    changed = [line.split("#")[0].split() for a, line in zip(old, new, strict=True) if a != line]
    assert changed == [
        ["answer:", f"{lines['answer']:g}"],
        ["tentative:", f"{lines['tentative']:g}"],
        ["follow_up:", f"{lines['follow_up']:g}"],
    ]
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert (lock.labels, lock.proven, lock.max_wrong) == (218, True, 0.05)
    assert (lock.max_wrong_shown, lock.thresholds) == (0.1, Thresholds(**lines))
    assert lock.traffic is not None
    assert 200 < lock.traffic.messages == sum(lock.traffic.unknown.values()) <= 218
    assert lock.traffic.unknown[100] > 80  # zebras, of which the FAQ knows nothing
    assert lock.traffic.entries["kettle"] >= 16
    written = "Written: the thresholds to config.yaml, and policy.lock.\n"
    assert (code, err) == (0, written)


def test_a_lock_of_before_the_scale_changed_is_told_and_its_confidence_left_out(
    project: Path, run: Run
) -> None:
    """It says nothing of tentative answers, nor by which rules scores were put on their scale."""
    run("tune", "set.jsonl", "--write")
    path = project / "policy.lock"
    record = json.loads(path.read_text("utf-8"))
    del record["max_wrong_shown"], record["thresholds"]["tentative"]
    del record["fingerprints"]["scale"]
    path.write_text(json.dumps(record), "utf-8")
    matcher = assembled(*load_project())
    assert matcher.stale is not None
    assert "what scores mean in this version of the bot" in matcher.stale
    assert matcher.calibration is None


@pytest.mark.parametrize(
    ("config", "arguments", "is_off"),
    [
        pytest.param("  tentative: off\n", [], True, id="switched off: it stays off"),
        pytest.param("  tentative: off\n", ["--max-wrong-shown", "9%"], False, id="asked for"),
        pytest.param("matching: {score: cosine}\n", [], True, id="plain cosines have none"),
        pytest.param("", [], False, id="by default there is one"),
    ],
)
def test_tentative_answers_are_tuned_where_there_may_be_any(
    project: Path, run: Run, config: str, arguments: list[str], is_off: bool
) -> None:
    (project / "config.yaml").write_text(f"{CONFIG}{config}", "utf-8")
    record = json.loads(run("tune", "set.jsonl", "--json", *arguments)[1])
    assert (record["thresholds"]["tentative"] is None) is is_off
    assert (record["promise"]["max_wrong_shown"] is None) is is_off
    assert run("tune", "set.jsonl", *arguments)[1].count("tentative: off") == is_off


def test_ask_shows_a_confidence_once_it_is_tuned_and_only_for_the_same_faq(
    project: Path, run: Run
) -> None:
    def asked() -> dict[str, Any]:
        row: dict[str, Any] = json.loads(run("ask", "refund please", "--json")[1])
        return row

    assert "confidence" not in asked()
    run("tune", "set.jsonl", "--write")
    assert 0 < asked()["confidence"] < 1
    assert " % that refund is asked for" in run("ask", "refund please")[1]
    (project / "faq.yaml").write_text(f"{FAQ}    - kettles\n", "utf-8")
    assert "confidence" not in asked()


def test_an_entry_with_one_line_of_its_own_is_no_change_of_the_faq(project: Path, run: Run) -> None:
    """Its other line is the shared one, which --write has just changed."""
    (project / "faq.yaml").write_text(f"{FAQ}  thresholds: {{answer: 0.99}}\n", "utf-8")
    assert run("tune", "set.jsonl", "--write")[0] == 0
    settings, faq = load_project()
    matcher = assembled(settings, faq)
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert settings.thresholds == lock.thresholds
    assert faq.by_id["kettle"].thresholds == Thresholds(0.99, lock.thresholds.follow_up)
    assert (matcher.stale, matcher.calibration is None) == (None, False)


def test_thresholds_by_which_the_bot_could_not_start_are_not_written(
    project: Path, run: Run
) -> None:
    """An entry's own answer line must not lie below the shared follow-up line."""
    (project / "faq.yaml").write_text(f"{FAQ}  thresholds: {{answer: 0.61}}\n", "utf-8")
    before = files(project)
    costly = ["--cost", "held=90", "--cost", "missed=90", "--cost", "oos_asked=90"]
    code, _, err = run("tune", "set.jsonl", "--write", *costly)
    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("Nothing was written, as the bot could not read its FAQ by 0.")
    assert "faq.yaml:57: thresholds.answer is 0.61 but must not be below" in err
    assert files(project) == before


def test_what_is_not_proven_is_written_only_when_told(project: Path, run: Run) -> None:
    rows = (project / "set.jsonl").read_text("utf-8").splitlines()
    (project / "set.jsonl").write_text("\n".join([*rows[:20], *rows[-20:]]), "utf-8")
    before = files(project)
    code, out, err = run("tune", "set.jsonl", "--write")
    assert "(unproven: there are too few labels)" in out
    assert "At least 19 more labels like these are missing for a proof." in out
    assert (code, err) == (
        1,
        "Nothing was written: the thresholds are not proven. To write them all the same, add "
        "--unproven.\n",
    )
    assert files(project) == before
    assert run("tune", "set.jsonl", "--write", "--unproven")[0] == 0
    lock = load_lock(project / "policy.lock")
    assert lock is not None
    assert not lock.proven


# --- what cannot be read or written --------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["tune", "--write", "--unproven"], ["evaluate", "--csv", "out.csv"]]
)
@pytest.mark.parametrize("text", ["", '{"text": "a", "expected": "refnd"}'])
def test_bad_labels_are_one_line_and_nothing_is_written(
    project: Path, run: Run, command: list[str], text: str
) -> None:
    (project / "set.jsonl").write_text(text, "utf-8")
    before = files(project)
    code, out, err = run(*command, "set.jsonl")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("set.jsonl:")
    assert files(project) == before


def test_what_cannot_be_written_is_told_before_anything_is_scored(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker makes a folder where it is to mount a file that is not there."""
    monkeypatch.setattr("bot.matching.build.build_matcher", None)
    (project / "policy.lock").mkdir()
    told = "policy.lock: this is a folder, and --write makes a file of this name. Remove it.\n"
    assert run("tune", "set.jsonl", "--write") == (2, "", told)
    (project / "config.yaml").write_text("faq: faq.yaml\nthresholds: {answer: 0.7}\n", "utf-8")
    (project / "policy.lock").rmdir()
    code, _, err = run("tune", "set.jsonl", "--write")
    assert code == 2
    assert err.startswith("config.yaml:2: to write the thresholds, each must")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tune", "--max-wrong", "2"], "'2' is not a share from 0 to 1; write 2% or 0.02"),
        (["tune", "--max-wrong", "x"], "'x' is not a share from 0 to 1; write 2% or 0.02"),
        (["tune", "--confidence", "1"], "'1' is not from 50% to below 100%; write 95%"),
        (["tune", "--cost", "wron=5"], "'wron' is no outcome. Did you mean 'wrong'?"),
        (["tune", "--cost", "wrong"], "'wrong': a number is needed, such as wrong=50"),
        (["tune", "--log", "--days", "inf"], "'inf' is no number of days; write 30"),
        (["replay", "--days", "0"], "'0' is no number of days; write 30"),
        (["replay", "--thresholds", "0.8"], "'0.8': two numbers from -1 to 1 are needed"),
        (["replay", "--thresholds", "0.8,x"], "'0.8,x': two numbers from -1 to 1 are needed"),
        (["replay", "--thresholds", "80,50"], "'80,50': two numbers from -1 to 1 are needed"),
        (["replay", "--thresholds", "nan,0"], "'nan,0': two numbers from -1 to 1 are needed"),
        (["replay", "--thresholds", "0.5,0.8"], "'0.5,0.8': two numbers from -1 to 1 are needed"),
        (["replay", "--thresholds", "0.8,0.5,0.9"], "must lie between the other two, or be off"),
        (["replay", "--thresholds", "0.8,0.5,x"], "must lie between the other two, or be off"),
        (["tune", "--max-wrong-shown", "1%"], "so it must not be below --max-wrong (0.05)."),
        (["tune", "set.jsonl", "--log"], "--log takes the place of labelled sets"),
        (["tune", "set.jsonl", "--days", "3"], "--days says how much of the log is used"),
        (["tune", "set.jsonl", "--unproven"], "--unproven says what --write may write: give both."),
    ],
)
def test_an_option_that_says_nothing_sensible_is_one_line(
    run: Run, arguments: list[str], told: str
) -> None:
    code, out, err = run(*arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert told in err


def test_the_outcomes_of_the_help_text_are_those_there_are() -> None:
    assert set(OUTCOMES) == set(Outcome)
