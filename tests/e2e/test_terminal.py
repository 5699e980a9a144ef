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
from pathlib import Path

from bot.files.config_texts import shipped
from tests.e2e.chatting import ANSWERS
from tests.e2e.process import ROOT, START_TIMEOUT_S, environment

TEXTS = shipped()["en"]
NOTICE = "TELEGRAM_BOT_TOKEN is not set, so this is a chat in the terminal."


def run_bot(
    config: Path, *arguments: str, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments, "--config", str(config)],
        cwd=ROOT,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


def test_a_pipe_gets_one_reply_per_line_and_exit_status_0(config: Path) -> None:
    lines = "are you open on sunday?\ncake\n2\ncake\nnone\n\nhow is the weather\n"
    done = run_bot(config, "run", stdin=lines)
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


def test_a_terminal_gets_a_prompt_and_dimmed_scores(config: Path) -> None:
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
    try:
        screen = read_until(leader, "you> ")
        os.write(leader, b"cake\n")
        screen += read_until(leader, "you> ")
        os.write(leader, b"1\n")
        screen += read_until(leader, "you> ")
        os.write(leader, b"\x04")  # Ctrl-D
        assert process.wait(START_TIMEOUT_S) == 0
    finally:
        process.kill()
        os.close(leader)
    screen = without_scores(screen)
    assert "\x1b[1m1\x1b[0m How do I cancel a cake order?" in screen
    assert "\x1b[2m[follow-up 0.xx · cake-cancel" in screen
    assert "Call us at least one day ahead." in screen


def without_scores(text: str) -> str:
    """Scores move with the model and the scale; test_embedder.py and test_shop.py watch them."""
    return re.sub(r"\d\.\d\d ·", "0.xx ·", text)


def read_until(descriptor: int, text: str) -> str:
    read = b""
    deadline = time.monotonic() + START_TIMEOUT_S
    while text.encode() not in read:
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"no {text!r} in {read!r}"
        read += os.read(descriptor, 4096)
    return read.decode()


def test_ask_decides_on_a_thousand_lines_in_one_process(config: Path) -> None:
    lines = [f"what are your opening hours in week {n}" for n in range(997)] + ["", "🤔", "是"]
    done = run_bot(config, "ask", "--json", stdin="\n".join(lines))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["text"] for row in rows] == lines
    assert {row["action"] for row in rows} <= {"answer", "follow_up", "fallback"}
    assert rows[0].keys() == {"text", "action", "entry", "score", "raw", "candidates", "reason"}
    assert rows[0]["candidates"][0].keys() == {"entry", "score", "raw", "phrasing"}
    assert (done.returncode, done.stderr) == (0, "")


def test_ask_replies_to_a_line_before_the_next_one_is_written(config: Path) -> None:
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
        for text in ("are you open on sunday?", "cake"):
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(START_TIMEOUT_S) == 0


def test_ask_shows_a_person_why(config: Path) -> None:
    done = run_bot(config, "ask", "are you open on sunday?")
    assert done.stdout.splitlines()[:3] == [
        "“are you open on sunday?”",
        "answer: word for word a phrasing; 1.0000 is above the answer line 0.75",
        "  1.0000  opening-hours  “Are you open on Sunday?”",
    ]


def test_a_missing_model_is_one_line_and_exit_status_2(tmp_path: Path) -> None:
    faq = ROOT / "tests" / "data" / "bakery.yaml"
    (tmp_path / "model").mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(f"faq: {faq}\nmodel: model\n", "utf-8")
    done = run_bot(config, "ask", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"model: the folder {str(tmp_path / 'model')!r} holds no model (neither modules.json nor "
        "config.json is in it). Name the folder that holds them.\n",
    )
    assert not (tmp_path / ".cache").exists()
