"""Runs the bot and notes which of its files a message enters; started by `bench.message_path`.

It is run as a file, in the checkout that is followed, and imports nothing of the project. A line of
JSON on standard input, a message's text or null, begins the notes; an empty line ends them, and
they are written to standard output as one line of JSON. `sys.monitoring` tells of every function
that begins; before Python 3.12, `sys.setprofile` does.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
from dataclasses import is_dataclass
from pathlib import Path
from types import CodeType, FrameType

ROOT = str(Path.cwd()) + os.sep
PACKAGE = ROOT + "bot" + os.sep
LIBRARY_NOUNS = ("telegram._update.Update", "telegram._message.Message")


class Notes:
    """What was entered and made while notes were taken, each once, in the order it came first."""

    def __init__(self) -> None:
        self.is_on = False
        self._words = ""
        self._files: dict[str, str] = {}  # file → the first of its functions
        self._made: dict[
            str, tuple[str, bool]
        ] = {}  # class → who made it, whether it has the words

    def serve(self) -> None:
        """Begin and end as standard input says, until it ends."""
        for line in sys.stdin:
            if line.strip():
                self._words, self._files, self._made = _letters(json.loads(line) or ""), {}, {}
                self.is_on = True
                told: object = "on"
            else:
                self.is_on = False
                made = [(name, *how) for name, how in self._made.items()]
                told = {"files": list(self._files.items()), "made": made}
            os.write(1, f"{json.dumps(told)}\n".encode())

    def enter(self, code: CodeType) -> None:
        """A function begins or goes on."""
        path = code.co_filename
        if path.startswith(PACKAGE):
            self._files.setdefault(path.removeprefix(ROOT), code.co_qualname)

    def make(self, frame: FrameType) -> None:
        """An `__init__` returns: a dataclass of the bot's or a noun of the library's is there.

        A dataclass's file counts as entered: its `__init__` stands in no file.
        """
        made = frame.f_locals.get("self")
        kind = type(made)
        name = f"{kind.__module__}.{kind.__qualname__}"
        is_own = kind.__module__.startswith("bot.") and is_dataclass(kind)
        if not is_own and name not in LIBRARY_NOUNS:
            return
        maker = "" if frame.f_back is None else frame.f_back.f_code.co_qualname
        if is_own:
            path = str(sys.modules[kind.__module__].__file__)
            self._files.setdefault(path.removeprefix(ROOT), kind.__qualname__)
        has_words = self._words in _letters(repr(made))
        was = self._made.setdefault(name, (maker, has_words))
        self._made[name] = (was[0], was[1] or has_words)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def watch(notes: Notes) -> None:
    """Have every thread tell the notes what it enters."""
    if sys.version_info >= (3, 12):
        monitoring, tool = sys.monitoring, sys.monitoring.PROFILER_ID
        events = monitoring.events

        def starts(code: CodeType, _: int) -> None:
            if notes.is_on:
                notes.enter(code)

        def returns(code: CodeType, _: int, __: object) -> None:
            if notes.is_on and code.co_name == "__init__":
                notes.make(sys._getframe(1))

        monitoring.use_tool_id(tool, "message_path")
        monitoring.register_callback(tool, events.PY_START, starts)
        monitoring.register_callback(tool, events.PY_RESUME, starts)
        monitoring.register_callback(tool, events.PY_RETURN, returns)
        monitoring.set_events(tool, events.PY_START | events.PY_RESUME | events.PY_RETURN)
        return

    def profile(frame: FrameType, event: str, _: object) -> None:
        if not notes.is_on:
            return
        if event == "call":
            notes.enter(frame.f_code)
        elif event == "return" and frame.f_code.co_name == "__init__":
            notes.make(frame)

    threading.setprofile(profile)
    sys.setprofile(profile)


if __name__ == "__main__":
    sys.path.insert(0, ROOT)
    taken = Notes()
    threading.Thread(target=taken.serve, daemon=True).start()
    watch(taken)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
