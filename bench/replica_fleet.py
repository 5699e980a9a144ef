"""Several processes on one PostgreSQL, and groups that ask them, over loopback."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.telegram import write_config
from bot.errors import BotError
from tests.e2e.bot_api import BotApi
from tests.e2e.hooking import free_port
from tests.e2e.process import ROOT, BotProcess
from tests.postgres import OwnServer

CACHE = ROOT / ".cache"  # where the models are compiled once for all runs
PATIENCE_S = 180.0  # without any answer
_FIRST_GROUP = -1_000_001  # in a group each reply names the message that it answers


class Asked(NamedTuple):
    """A message of a group."""

    group: int
    message: int


class Telegram(BotApi):
    """A stand-in that notes when what was answered, and no other call."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[tuple[Asked, float]] = []

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Carry out a request."""
        status, body = super().answer(token, method, params)
        if method == "sendMessage" and "reply_to_message" in (body.get("result") or {}):
            result = body["result"]
            told = Asked(result["chat"]["id"], result["reply_to_message"]["message_id"])
            self.replies.append((told, time.monotonic()))
        with self._changed:
            self.calls.clear()  # or this process grows by them
        return status, body


class Fleet:
    """Replicas on one new database.

    Attributes:
        api: what they serve.
        server: where their database is.
    """

    def __init__(self, api: Telegram, faq: Path, folder: Path, server: OwnServer) -> None:
        self.api, self.server = api, server
        self._url = server.database()
        whole = write_config(folder, faq, free_port()).read_text("utf-8")
        kept = f"store: {{url: '{self._url}', key_file: '{folder / 'key'}'}}"
        ours = ("cache:", "store:", "monitoring:")
        lines = [each for each in whole.splitlines() if not each.startswith(ours)]
        self._config = folder / "replicas.yaml"
        self._config.write_text("\n".join([*lines, kept, f"cache: '{CACHE}'"]), "utf-8")

    def find(self, query: str) -> list[tuple[object, ...]]:
        """What stands in their database."""
        return self.server.run(query, self._url)

    def start(self, root: Path = ROOT) -> BotProcess:
        """Start one of them, with the code of a folder."""

        class Replica(BotProcess):
            """One whose code lies there."""

        Replica.root = root
        return Replica(
            *(self._config, self.api.token, self.api.url), STORE_PASSWORD=self.server.password
        )

    @contextmanager
    def serving(self, count: int, root: Path = ROOT) -> Iterator[list[BotProcess]]:
        """So many, once all serve; whoever replaces one in the list has the new one stopped."""
        replicas = [self.start(root) for _ in range(count)]
        try:
            for each in replicas:
                each.wait_for_log("serving Telegram")
            yield replicas
        finally:
            with ExitStack() as stack:  # which kills whoever does not stop
                for each in replicas:
                    stack.enter_context(each)
                for each in replicas:
                    if each.is_running:
                        each.stop()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of what was asked.

    Attributes:
        disordered: answers that came after one to a later message of their group.
        repeats: answers beyond the first of their message.
        unexplained: those of them for which its replica was not killed just then.
        waits_s: until each message was answered first.
    """

    asked: int
    lost: int
    disordered: int
    repeats: int
    unexplained: int
    waits_s: Sequence[float]

    @property
    def is_fine(self) -> bool:
        """Whether all that is promised was kept."""
        return not (self.lost or self.disordered or self.unexplained)

    def __str__(self) -> str:
        p50, p99, longest = np.percentile(self.waits_s or [0.0], (50, 99, 100))
        return (
            f"{self.asked} messages: {self.lost} lost, {self.disordered} out of order, "
            f"{self.repeats} answered again ({self.unexplained} not under way at a kill); "
            f"answered in {p50:.2f} s (median), {p99:.1f} s (99 %), {longest:.1f} s (longest)"
        )


class Traffic:
    """Groups that ask one after the other.

    Args:
        texts: what they ask.
    """

    def __init__(self, api: Telegram, groups: int, texts: Sequence[str]) -> None:
        self._api, self._groups, self._texts = api, groups, texts
        self._asked: dict[Asked, tuple[int, float]] = {}  # its update, and when
        self._asking = threading.Lock()
        self._speaker: threading.Thread | None = None

    def ask(self, messages: int, per_s: float = 0.0) -> None:
        """Ask so many questions in all; 0 per second: at once."""
        began = time.monotonic()
        for number in range(messages):
            if per_s:
                time.sleep(max(0.0, began + number / per_s - time.monotonic()))
            with self._asking:
                count = len(self._asked)
                text = f"/ask {self._texts[count % len(self._texts)]}"
                group = _FIRST_GROUP - count % self._groups
                at = time.monotonic()
                update_id = self._api.say(text, chat_id=group)
                self._asked[Asked(*self._api.said(update_id))] = update_id, at

    def begin(self, messages: int, per_s: float) -> None:
        """The same, beside what the caller does."""
        self._speaker = threading.Thread(target=self.ask, args=(messages, per_s), daemon=True)
        self._speaker.start()

    @property
    def goes_on(self) -> bool:
        """Whether something is yet to be asked."""
        return self._speaker is not None and self._speaker.is_alive()

    def wait(self) -> None:
        """Wait until all is asked and answered; or until for long nothing was, which is lost."""
        seen, since = -1, time.monotonic()
        while self.goes_on or self._open():
            time.sleep(0.1)
            if (now := len(self._api.replies)) != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > PATIENCE_S:
                if not seen:
                    raise BotError("nothing was answered; the bot's log says why")
                return

    def verdict(self, killed: Mapping[int, int]) -> Verdict:
        """Hold the answers against what was asked.

        Args:
            killed: how often each update was under way in a replica that was killed.
        """
        replies = list(self._api.replies)
        counts = Counter(told for told, _ in replies)
        first = dict(reversed(replies))
        of_group: dict[int, list[int]] = {}
        for told, _ in replies:
            of_group.setdefault(told.group, []).append(told.message)
        again = {told: counts[told] - 1 for told in self._asked if counts[told] > 1}
        return Verdict(
            asked=len(self._asked),
            lost=len(self._open()),
            disordered=sum(one > two for told in of_group.values() for one, two in pairwise(told)),
            repeats=sum(again.values()),
            unexplained=sum(
                max(0, number - killed.get(self._asked[told][0], 0))
                for told, number in again.items()
            ),
            waits_s=[first[told] - at for told, (_, at) in self._asked.items() if told in first],
        )

    def _open(self) -> set[Asked]:
        return set(self._asked) - {told for told, _ in list(self._api.replies)}
