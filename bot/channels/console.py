"""A chat in the terminal, or one reply per line of a pipe."""

from __future__ import annotations

import time
from typing import TextIO

from bot.conversation.conversation import Conversation
from bot.conversation.state import START
from bot.domain import Decision, Incoming, Reply
from bot.errors import BotError
from bot.files.project import Project
from bot.matching.build import AT_ONCE, Matcher, MatcherOnDemand, rebuild, valid
from bot.service.worker import Worker

_CHAT = "console"
_PROMPT = "you> "


class ConsoleChannel:
    """Reads lines, writes replies: with a prompt on a terminal, one per line from a pipe.

    Who changes the files beside a terminal is answered from the new ones; a pipe is answered from
    the same files to its end.

    Args:
        worker: makes replies, and waits for an encoder elsewhere no longer than people do.
    """

    def __init__(
        self, matcher: Matcher, project: Project, worker: Worker, stdin: TextIO, stdout: TextIO
    ) -> None:
        self._project = project
        self._worker = worker
        self._in = stdin
        self._out = stdout
        self._is_terminal = stdin.isatty() and stdout.isatty()
        self._answer_from(matcher)

    def _answer_from(self, matcher: Matcher) -> None:
        self._bot = MatcherOnDemand(matcher)
        self._conversation = Conversation(matcher.faq, self._bot, matcher.settings.phrasebook)
        self._texts = self._conversation.phrasebook.of(None)

    def serve(self) -> None:
        """Chat until the input ends (Ctrl-D on a terminal) or Ctrl-C."""
        if self._is_terminal:
            self._write("Ask a question; Ctrl-D ends the chat.")
        state = START
        try:
            while (line := self._read()) is not None:
                if line.strip() or not self._is_terminal:
                    self._catch_up()
                    incoming = Incoming(_CHAT, line, at=time.time())
                    made = self._worker.submit(
                        self._conversation.reply, incoming, state, utterance=line
                    )
                    reply, state = made.result()
                    self._show(reply)
        except KeyboardInterrupt:
            self._write("")

    def _catch_up(self) -> None:
        """Answer from the files as they are now, or say what is wrong with them."""
        before, project = self._bot.matcher, self._project
        faq = valid(before, time.time())
        if faq is not before.faq:
            before = rebuild(before, before.settings, faq, AT_ONCE).matcher
            self._answer_from(before)
        if not (
            self._is_terminal and before.settings.hot_reload and project.look() != project.seen
        ):
            return
        try:
            rebuilt = rebuild(before, *project.load(), AT_ONCE)
        except (BotError, OSError) as error:
            self._write(f"{error}\nThe old FAQ is still used.\n")
            return
        self._answer_from(rebuilt.matcher)
        if rebuilt.needs_restart:
            self._write(
                f"Changes of {', '.join(rebuilt.needs_restart)} take effect at the next start."
            )

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
