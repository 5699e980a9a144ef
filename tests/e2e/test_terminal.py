"""The true process in a pipe and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.files.config.texts import shipped
from tests.e2e.chatting import ANSWERS
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, environment

TEXTS = shipped()["en"]
NOTICE = "TELEGRAM_BOT_TOKEN is not set, so this is a chat in the terminal."


def test_a_pipe_gets_one_reply_per_line_and_exit_status_0(config: Path) -> None:
    lines = "are you open on sunday?\ncake\n2\ncake\nnone\n\nhow is the weather\n"
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", "--config", str(config)],
        cwd=ROOT,
        env=environment(),
        input=lines,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    follow_up = (
        f"{TEXTS.follow_up}\n  1 How do I cancel a cake order?\n  2 How do I order a cake?\n"
        "  none None of these\n"
        "[follow-up 0.xx · cake-cancel · “I do not need the cake any more”]\n\n"
    )
    assert without_scores(done.stdout) == (
        f"{ANSWERS['opening-hours']}\nRelated questions:\n  · How do I order a cake?\n"
        "[answer 0.xx · opening-hours · “Are you open on Sunday?”]\n\n"
        f"{follow_up}"
        f"{ANSWERS['cake-order']}\n→ Our cakes: https://bakery.example.com/cakes\n\n"
        f"{follow_up}"
        f"{TEXTS.rephrase}\n\n"
        f"{TEXTS.fallback}\n"
        "[fallback: there is no letter or digit to read; nothing to compare]\n\n"
        f"{TEXTS.fallback_again}\n"
        "[fallback 0.xx · opening-hours · “What are your opening hours?”]\n\n"
    )
    assert (done.returncode, done.stderr) == (0, f"{NOTICE}\n")


@contextmanager
def on_a_terminal(config: Path) -> Iterator[Callable[[str], str]]:
    """What shows on the screen when a line is typed, up to the next prompt; Ctrl-D ends it."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "--config", str(config)],
        cwd=ROOT,
        env=environment(TERM="xterm"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)

    def told(line: str) -> str:
        os.write(leader, f"{line}\n".encode())
        return read_until(leader, "you> ")

    try:
        read_until(leader, "you> ")
        yield told
        os.write(leader, b"\x04")  # Ctrl-D
        assert process.wait(START_TIMEOUT_S) == 0
    finally:
        process.kill()
        os.close(leader)


def read_until(descriptor: int, text: str) -> str:
    read = b""
    deadline = time.monotonic() + START_TIMEOUT_S
    while text.encode() not in read:
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"no {text!r} in {read!r}"
        read += os.read(descriptor, 4096)
    return read.decode()


def test_a_terminal_gets_a_prompt_and_scores(config: Path) -> None:
    with on_a_terminal(config) as told:
        screen = without_scores(told("cake") + told("1"))
    assert "  1 How do I cancel a cake order?" in screen
    assert "[follow-up 0.xx · cake-cancel" in screen
    assert "Call us at least one day ahead." in screen


def test_a_terminal_is_answered_from_the_files_as_they_are_now(make_config: MakeConfig) -> None:
    config = make_config("faq: faq.yaml\n")
    faq = config.parent / "faq.yaml"
    old = "- {id: open, question: Are you open on Sunday?, answer: Always.}\n"
    faq.write_text(old, "utf-8")
    with on_a_terminal(config) as told:
        assert "Always." in told("are you open on sunday?")
        faq.write_text(old.replace("Always", "Never"), "utf-8")
        assert "Never." in told("are you open on sunday?")
        faq.write_text("- {id: open}\n", "utf-8")
        screen = told("are you open on sunday?")
        assert "Never." in screen
        assert f"{faq}:1: question is missing" in screen


def test_no_command_shows_a_control_character_of_strangers_or_of_the_faq(
    config: Path, tmp_path: Path
) -> None:
    """They could clear a screen, set its title or show words that are not there."""
    evil = "\x1b]0;t\x07\x9b2J\u202e\u2028"
    faq = tmp_path / "faq.yaml"
    faq.write_text(
        '- id: open\n  question: "When are you \\e[2J\\u202Eopen?"\n'
        '  answer: "Always. \\e]0;t\\a\\x9B2J"\n',
        "utf-8",
    )
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text('- id: "\\e[2J\\u202E"\n  "\\x9B2J": 1\n', "utf-8")
    runs = [
        *([command, "--faq", str(faq)] for command in ("run", "ask", "check")),
        ["ask", "--json", "--faq", str(faq)],
        ["run", "--verbose", "--faq", str(faq)],
        ["check", "--faq", str(wrong)],
    ]
    for arguments in runs:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments, "--config", str(config)],
            cwd=ROOT,
            env=environment(),
            input=f"when are you open {evil}\n",
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        shown = done.stdout + done.stderr
        found = {char for char in shown if (ord(char) < 32 and char not in "\n\t")}
        found |= {char for char in shown if 127 <= ord(char) < 160 or char in "\u202e\u2028"}
        assert (found, bool(shown)) == (set(), True), arguments
        if "--json" in arguments:
            assert json.loads(done.stdout)["text"] == f"when are you open {evil}"


def without_scores(text: str) -> str:
    """Scores move with the model and the scale; test_embedder.py and test_shop.py watch them."""
    return re.sub(r"\d\.\d\d ·", "0.xx ·", text)


def test_ask_decides_line_by_line_in_one_process(config: Path) -> None:
    """Each is answered before the next one is written."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "ask", "--json", "--config", str(config)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("are you open on sunday?", "cake", "", "🤔", "是"):
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            row = json.loads(process.stdout.readline())
            assert row["text"] == text
            assert row["action"] in {"answer", "follow_up", "fallback"}
            assert (row.get("small_talk") is not None) is (text in {"🤔", "是"})
            row.pop("small_talk", None)
            assert row.keys() == {"text", "action", "entry", "score", "raw", "candidates", "reason"}
        process.stdin.close()
        assert process.wait(START_TIMEOUT_S) == 0
