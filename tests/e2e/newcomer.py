"""Times a newcomer's path: python -m tests.e2e.newcomer [--installed]

From `make run` in this checkout to a changed answer that is served, with no file opened in an
editor, as the README and docs/studio.md tell it: a question in the terminal, the studio's packages,
its link in a browser, the entry found by what it is about, its answer changed, tried, saved, and
asked for. Whoever does it types and reads in no time, so what is printed is the machine's part. In
a fresh clone that is mostly what `make run` installs; --installed leaves that out. The FAQ is a
copy.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Keys

from tests.browser import opened
from tests.e2e.hooking import free_port
from tests.e2e.process import ROOT, environment
from tests.e2e.studio import EN, Studio, opened_alone

_QUESTION, _SOUGHT, _ADDED = (
    "How do I return an item for a refund?",
    "send something back",
    "Ask Ada first.",
)


def main(*, installed: bool) -> None:
    """Walk it, and print how long each step took."""
    began = time.perf_counter()
    if installed:
        with _timed("the bot, to the answer to a first question"):
            _run([sys.executable, "-m", "bot"], f"{_QUESTION}\n")
    else:
        with _timed("make run, to the answer to a first question"):
            _run(["make", "run"], f"{_QUESTION}\n")
        with _timed("the studio's packages"):
            python = str(ROOT / ".venv" / "bin" / "python")
            _run([python, "-m", "pip", "install", "-q", "-r", "requirements-studio.lock"])
    with tempfile.TemporaryDirectory() as own, opened() as browser:
        config = Path(own) / "config.yaml"
        shutil.copytree(ROOT / "faq", config.with_name("faq"))
        store = f"store: {{url: 'sqlite:///{own}/bot.db', key_file: '{own}/key'}}"
        config.write_text(f"faq: faq/\ncache: {ROOT / '.cache'}\n{store}\n", "utf-8")
        started = time.perf_counter()
        with opened_alone(config, free_port()) as link:
            browser.get(link)
            studio = Studio(browser)
            studio.wait(lambda: studio.all(".by-bot"))
            _tell("the studio, to its first page", time.perf_counter() - started)
            with _timed("an answer changed, saved and served"):
                _change(studio)
    _tell("all", time.perf_counter() - began)


def _change(studio: Studio) -> None:
    """Find an entry, change its answer, and see it served."""
    studio.go(EN.faq)
    studio.field(EN.find_entry).send_keys(_SOUGHT)
    first = studio.wait(
        lambda: next((one for one in studio.all(".entries li a") if one.text == _QUESTION), None)
    )
    first.send_keys(Keys.ENTER)
    answer = studio.field(EN.answer)
    studio.wait(lambda: answer.get_attribute("value"))
    answer.send_keys(Keys.CONTROL, Keys.END, Keys.NULL, f" {_ADDED}")
    studio.press(EN.try_change)
    studio.press(EN.save)
    studio.see("Saved in")
    studio.go(EN.try_it)
    assert _ADDED in studio.ask(_QUESTION)


def _run(command: list[str], said: str = "") -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), input=said, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    _tell(what, time.perf_counter() - began)


def _tell(what: str, seconds: float) -> None:
    print(f"{what:45} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main(installed="--installed" in sys.argv[1:])
