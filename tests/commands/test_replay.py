"""`replay` and `tune --log` on the command line, over a memory that a bot has written."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain import KeepText
from bot.files.faq.load import load_project
from bot.matching.build import Matcher
from bot.store.store import LabelKind
from tests.commands.conftest import CONFIG, FAQ, Run, assembled, files
from tests.logged import Logbook
from tests.reports import facts_of

DAY_S = 86_400.0
SURE, VAGUE, STRANGE = "all about my refund", "refund cat dog bird elk", "cat dog"
LINES = "0.75 / 0.69 / 0.6"


@pytest.fixture
def bot(project: Path) -> Matcher:
    """The bot of the project's own files."""
    return assembled(*load_project())


@pytest.fixture
def book(project: Path) -> Iterator[Logbook]:
    """The project's log, which keeps the words of what was not answered."""
    (project / "data").mkdir()
    made = Logbook(project / "data/faq-bot.db", KeepText.UNANSWERED)
    yield made
    made.close()


def ask(matcher: Matcher, book: Logbook, *asked: tuple[str, LabelKind | None]) -> None:
    """Have messages decided on and remembered, and what people press under them."""
    for text, kind in asked:
        book.ask(matcher, text)
        if kind is not None:
            book.press(kind, None if kind is LabelKind.NONE else "refund")


def replayed(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, _ = run("replay", "--json", *arguments)
    assert code == 0
    record: dict[str, Any] = json.loads(out)
    return record


# --- replay --------------------------------------------------------------------------------------


def test_replay_shows_totals_and_what_flips(bot: Matcher, book: Logbook, run: Run) -> None:
    book.ask(bot, SURE)
    book.press(LabelKind.DOWN, "refund")
    book.ask(bot, VAGUE)
    book.ask(bot, STRANGE)
    code, out, _ = run("replay", "--thresholds", "0.95,0.9")
    score = [f"{bot.decide(text).score:.4f}" for text in (SURE, VAGUE)]
    assert code == 0
    assert out.splitlines()[:2] == [
        "3 of 3 messages from 2023-11-14 to 2023-11-14: 2 by their words, 1 by the scores recorded "
        "then (words not kept).",
        "Without words nobody can tell whether a message asks several things at once, and a new "
        "answer may still become a question back (a denial, another number), as may what is not "
        "known (a word of an answer): such flips are marked “perhaps”.",
    ]
    assert " ".join(out.splitlines()[3].split()) == "configured proposed"
    assert " ".join(out.splitlines()[4].split()) == f"the bot did {LINES} 0.95 / 0.9 / 0.9"
    totals = [" ".join(line.split()) for line in out.splitlines() if "%)" in line]
    assert totals == [
        "answered 1 (33.3 %) 1 (33.3 %) 0 (0.0 %)",
        "tentatively 0 (0.0 %) 0 (0.0 %) 0 (0.0 %)",
        "asked to choose 1 (33.3 %) 1 (33.3 %) 0 (0.0 %)",
        "not known 1 (33.3 %) 1 (33.3 %) 3 (100.0 %)",
    ]
    assert "2 flip (as configured → as proposed):" in out
    assert [" ".join(line.split()) for line in out.splitlines()[-2:]] == [
        f"2023-11-14 22:13 asked to choose: {offered(bot)} not known {score[1]} - “{VAGUE}”",
        f"2023-11-14 22:13 answered: refund perhaps not known {score[0]} 👎 (words not kept)",
    ]


def offered(bot: Matcher) -> str:
    return ", ".join(hit.entry_id for hit in bot.decide(VAGUE).candidates)


def test_replay_for_machines_holds_every_flip(bot: Matcher, book: Logbook, run: Run) -> None:
    for _ in range(60):
        book.ask(bot, VAGUE)
    book.press(LabelKind.NONE)
    record = replayed(run, "--thresholds", "0.9,0.9")
    flips = record["flips"]
    assert len(flips) == 60
    first = flips[0]
    assert (first["text"], first["certain"]) == (VAGUE, True)
    assert first["at"] == "2023-11-14T22:14:20+00:00"
    actions = [first[name]["action"] for name in ("did", "before", "after")]
    assert actions == ["follow_up", "follow_up", "fallback"]
    assert first["labels"] == [{"kind": "none", "entry": None}]
    totals = [record["totals"][name]["follow_up"] for name in ("did", "configured", "proposed")]
    assert totals == [60, 60, 0]
    kind = {"before": "follow_up", "after": "fallback", "messages": 60}
    assert record["kinds"] == [{**kind, "uncertain": 0, "better": 0, "worse": 0}]
    _, out, _ = run("replay", "--thresholds", "0.9,0.9")
    assert out.splitlines()[-1] == "… and 10 more; --json has them all."


def test_a_change_is_compared_with_the_configuration_and_not_with_older_thresholds(
    bot: Matcher, book: Logbook, project: Path, run: Run
) -> None:
    book.ask(bot, VAGUE)
    (project / "config.yaml").write_text(CONFIG.replace("0.60", "0.70"), "utf-8")
    record = replayed(run, "--thresholds", "0.75,0.72")
    assert (record["compared_with"], record["flips"]) == ("configured", [])
    alone = replayed(run)
    assert (alone["compared_with"], len(alone["flips"])) == ("did", 1)
    assert (alone["totals"]["configured"]["fallback"], alone["totals"]["proposed"]) == (1, None)
    _, out, _ = run("replay", "--thresholds", "0.75,0.72")
    assert out.splitlines()[-1] == "No message would meet another fate."


def test_another_configuration_reads_the_words_with_its_own_faq(
    bot: Matcher, book: Logbook, project: Path, run: Run
) -> None:
    book.ask(bot, SURE)
    book.ask(bot, STRANGE)
    more = f"{FAQ}- {{id: zebra, question: {STRANGE}, answer: x}}\n"
    (project / "other.faq.yaml").write_text(more, "utf-8")
    (project / "other.yaml").write_text("faq: other.faq.yaml\n", "utf-8")
    record = replayed(run, "--config", "other.yaml")
    assert record["messages"] == {
        **{"all": 2, "replayed": 1, "from_words": 1, "of_another_faq": 1, "of_earlier_version": 0},
        **{"in_parts": 0, "unclear": 0, "silent_in_groups": False},
    }
    (flip,) = record["flips"]
    assert (flip["did"]["action"], flip["after"]["entry"]) == ("fallback", "zebra")
    _, out, _ = run("replay", "--config", "other.yaml")
    assert (
        "Left out, as their words are not kept: 1 decided with another FAQ, model or settings."
    ) in out.splitlines()


def test_only_the_last_days_are_replayed(bot: Matcher, project: Path, run: Run) -> None:
    for age, text in ((10, SURE), (2, VAGUE)):
        book = Logbook(project / f"{age}.db", KeepText.ALL, at=time.time() - age * DAY_S)
        book.ask(bot, text)
        book.close()
        with (project / "config.yaml").open("w", encoding="utf-8") as stream:
            stream.write(f"{CONFIG}store:\n  url: sqlite:///{age}.db\n")
        assert run("replay", "--days", "11")[0] == 0
    said = "2.db: nothing was asked in the last 1.5 days.\n"
    assert run("replay", "--days", "1.5") == (2, "", said)


def test_a_memory_in_which_nothing_is_left_is_told(bot: Matcher, book: Logbook, run: Run) -> None:
    book.ask(bot, SURE)
    book.forget()
    said = "data/faq-bot.db: nothing was asked yet.\n"
    assert run("replay") == (2, "", said)
    assert run("tune", "--log") == (2, "", said)


@pytest.mark.parametrize("groups", ["silent_unless_sure", "when_addressed"])
@pytest.mark.parametrize("command", [["replay"], ["tune", "--log"]], ids=["replay", "tune"])
def test_where_the_bot_keeps_silent_in_groups_it_is_said_what_the_log_lacks(
    bot: Matcher, book: Logbook, project: Path, run: Run, command: list[str], groups: str
) -> None:
    config = f"{CONFIG}telegram:\n  groups: {groups}\n"
    (project / "config.yaml").write_text(config, "utf-8")
    ask(bot, book, (SURE, LabelKind.UP), (SURE, LabelKind.DOWN))
    is_silent = groups == "silent_unless_sure"
    _, out, _ = run(*command)
    assert out.count("of groups there are answers alone") == int(is_silent)
    _, out, _ = run(*command, "--json")
    record = json.loads(out)
    where = record["messages"] if command == ["replay"] else record["labels"]["log"]
    assert where["silent_in_groups"] is is_silent


def test_a_greeting_is_no_question_that_nobody_could_answer(
    bot: Matcher, book: Logbook, run: Run
) -> None:
    book.ask(bot, SURE)
    for text in ("hello", "thanks"):
        book.record(text, bot.decide(text), small_talk=True)
    record = replayed(run, "--thresholds", "1,-1")
    assert record["totals"]["did"] == {
        **{"answer": 1, "tentative": 0, "follow_up": 0, "fallback": 0}
    }
    assert (record["messages"]["all"], len(record["flips"])) == (1, 1)


def test_words_of_strangers_stay_on_their_line_and_move_nothing(
    bot: Matcher, book: Logbook, run: Run
) -> None:
    not_known = replace(bot.decide(STRANGE), candidates=(), score=0.0)
    book.record(f"\x1b[2J{SURE}\r\nrefund\u2028now \u202e👩\u200d💻\U000e0041", not_known)
    _, out, _ = run("replay")
    _head, _rule, *rows, end = out.partition("The newest first:\n")[2].split("\n")
    assert [end, *(row.partition("“")[2] for row in rows)] == [
        *("", f"\\u001b[2J{SURE} refund now \\u202e👩\u200d💻\\U000e0041”")
    ]


# --- what cannot be read -------------------------------------------------------------------------


COMMANDS = (["replay", "--thresholds", "0.8,0.5"], ["tune", "--log", "--write", "--unproven"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_log_that_cannot_be_used_is_one_line_and_nothing_is_written(
    bot: Matcher, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """One that is missing is told before the model is loaded."""
    with monkeypatch.context() as patched:
        patched.setattr("bot.matching.build.build_matcher", None)
        assert run(*command) == (
            2,
            "",
            "data/faq-bot.db: there is no such database. The bot makes it when it first serves "
            "Telegram; a chat in the terminal is not remembered. `store: url:` of the "
            "configuration says where it is.\n",
        )
    (project / "data").mkdir()
    book = Logbook(project / "data/faq-bot.db")
    ask(bot, book, (SURE, LabelKind.UP))
    book.close()
    (project / "faq.yaml").write_text("- {id: a, question: How are you?, answer: x}\n", "utf-8")
    before = files(project)
    code, out, err = run(*command)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("data/faq-bot.db: none of its 1 messages can be decided on again")
    assert "1 decided with another FAQ, model or settings" in err
    assert files(project) == before


# --- tune --log ----------------------------------------------------------------------------------


def test_tune_says_what_presses_are_worth_and_writes_nothing_untold(
    bot: Matcher, book: Logbook, project: Path, run: Run
) -> None:
    for number in range(40):
        ask(bot, book, (f"{SURE} {number}", LabelKind.UP))
    for number in range(24):
        ask(bot, book, (VAGUE, LabelKind.NONE if number % 3 else LabelKind.CHOICE))
    ask(bot, book, (VAGUE, None), (STRANGE, None))
    book.close()
    before = files(project)
    code, out, err = run("tune", "--log", "--write", "--max-wrong", "50%")
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith(
        "64 labels from the log: 8 choices, 40 👍, 16 “none of these” and 0 👎 (the last two taken "
        "for out of scope: what was asked for is unknown, but not what was offered)."
    )
    assert lines[1] == (
        "Who presses is not everybody, and not everything can be pressed: labelled are 24 of 25 "
        "follow-ups, 40 of 40 answers and none of 1 fallbacks, so whether a lower follow-up line "
        "would help is not seen. Nothing counts as proven by them."
    )
    assert "(unproven: people who press are not all people)" in out
    assert err.startswith("Nothing was written: the thresholds are not proven.")
    assert files(project) == before
    told = ["tune", "--log", "--json", "--write", "--unproven", "--max-wrong", "50%"]
    code, out, _ = run(*told)
    record = json.loads(out)
    assert (code, record["labels"]["source"], record["promise"]["proven"]) == (0, "log", False)
    assert record["calibration"] is None
    after = files(project)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"config.yaml", "policy.lock"}


def test_presses_count_for_all_that_was_treated_alike(
    bot: Matcher, book: Logbook, run: Run
) -> None:
    """Few press a thumb, most choose: else a log would be of follow-ups nearly alone."""
    ask(bot, book, *((SURE, kind) for kind in (LabelKind.UP, LabelKind.DOWN, *[None] * 8)))
    ask(bot, book, *((f"{VAGUE} {number}", LabelKind.CHOICE) for number in range(4)))
    _, out, _ = run("tune", "--log", "--json")
    record = json.loads(out)
    log, now = record["labels"]["log"], record["present"]["expected"]
    assert log == {
        **{"choices": 4, "none_of_these": 0, "up": 1, "down": 1},
        **{"follow_ups": 4, "follow_ups_labelled": 4, "answers": 10, "answers_labelled": 2},
        **{"fallbacks": 0, "answer_stands_for": 5.0, "follow_up_stands_for": 1.0},
        **{"without_words": 6, "left_out": 0, "gone": 0, "silent_in_groups": False},
    }
    assert (now["coverage"], now["wrong_answers"]) == pytest.approx((10 / 14, 5 / 14))
    assert (now["right"], now["held"], now["oos_answered"]) == pytest.approx((5 / 9, 4 / 9, 1))
    _, out, _ = run("tune", "--log")
    assert out.splitlines()[2] == (
        "So each label counts for as many messages as it stands for, 5.0 under an answer and 1.0 "
        "under a follow-up. All shares are of messages that were answered or asked about; the "
        "0 fallbacks are not in them."
    )


def test_the_report_of_a_log_shows_when_a_message_came_and_no_ids(
    bot: Matcher, book: Logbook, project: Path, run: Run
) -> None:
    """An id says nothing to anybody; without words there is at least a time."""
    ask(bot, book, (SURE, LabelKind.UP), (SURE, LabelKind.DOWN), (VAGUE, LabelKind.NONE))
    assert run("tune", "--log", "--report", "out.html")[0] == 0
    facts = facts_of((project / "out.html").read_text("utf-8"))
    told = {(one["text"], one["place"]) for one in facts["listed"]}
    assert told == {(text, "2023-11-14 22:13 UTC") for text in ("(words not kept)", VAGUE)}
    assert book.last not in json.dumps(facts)
    assert facts["isLog"] is True


def test_presses_under_answers_alone_are_no_figures_of_follow_ups(
    bot: Matcher, book: Logbook, run: Run
) -> None:
    ask(bot, book, (SURE, LabelKind.UP), (SURE, LabelKind.DOWN), (VAGUE, None), (STRANGE, None))
    _, out, _ = run("tune", "--log")
    assert out.splitlines()[2] == (
        "All shares are of answers alone: no label is of a follow-up, and the 1 fallbacks are not "
        "in them."
    )
