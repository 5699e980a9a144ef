"""A chat in the terminal, or one reply per line of a pipe."""

from __future__ import annotations

import time
from typing import TextIO

from bot.conversation.conversation import Conversation
from bot.conversation.state import START
from bot.domain import Decision, Incoming, Reply

_CHAT = "console"
_PROMPT = "you> "


class ConsoleChannel:
    """Reads lines, writes replies: with a prompt on a terminal, one per line from a pipe."""

    def __init__(self, conversation: Conversation, stdin: TextIO, stdout: TextIO) -> None:
        self._conversation = conversation
        self._texts = conversation.phrasebook.of(None)
        self._in = stdin
        self._out = stdout
        self._is_terminal = stdin.isatty() and stdout.isatty()

    def serve(self) -> None:
        """Chat until the input ends (Ctrl-D on a terminal) or Ctrl-C."""
        if self._is_terminal:
            self._write("Ask a question; Ctrl-D ends the chat.")
        state = START
        try:
            while (line := self._read()) is not None:
                if line.strip() or not self._is_terminal:
                    incoming = Incoming(_CHAT, line, at=time.time())
                    reply, state = self._conversation.reply(incoming, state)
                    self._show(reply)
        except KeyboardInterrupt:
            self._write("")

    def _read(self) -> str | None:
        if self._is_terminal:
            import readline  # noqa: F401  (gives input() a history and arrow keys)

            try:
                return input(_PROMPT)
            except EOFError:
                self._write("")
                return None
        line = self._in.readline()
        return line.rstrip("\r\n") if line else None

    def _show(self, reply: Reply) -> None:
        self._write(reply.text)
        for link in reply.links:
            self._write(f"→ {link.text}: {link.url}")
        for number, choice in enumerate(reply.choices, start=1):
            self._write(f"  {number} {choice.label}")
        if reply.choices:
            self._write(f"  none {self._texts.none_of_these}")
        if reply.tentative:
            self._write(f"  no {self._texts.not_this}")
        for file in reply.attachments:
            self._write(f"+ {file.source}")
        if reply.related:
            self._write(self._texts.related)
            for choice in reply.related:
                self._write(f"  · {choice.label}")
        if reply.decision is not None:
            self._write(summary(reply.decision))
        self._write("")

    def _write(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def summary(decision: Decision) -> str:
    """One line on what was decided: action, score, entry and the phrasing that matched."""
    label = decision.action.value.replace("_", "-")
    best = decision.best
    if decision.small_talk is not None:
        return f"[{label}: small talk, {decision.small_talk}]"
    if best is None:
        return f"[{label}: {decision.reason}]"
    return f"[{label} {best.score:.2f} · {best.entry_id} · “{best.phrasing}”]"
