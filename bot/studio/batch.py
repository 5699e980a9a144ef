"""Two sentences, and many messages at once."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import html, ui

from bot.authoring.transfer.csv_file import written
from bot.domain import Decision
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.why import action_told
from bot.texts import StudioTexts, fill

_MOST = 1_000  # messages
_AT_ONCE = 8  # between two of people


def show(desk: Desk) -> None:
    """Both, below the chat."""
    with html.div().classes("two"):
        _Alike(desk)
        _Batch(desk)


class _Alike:
    """How alike two sentences are, by the model alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        with kit.section(texts.alike):
            self._first, self._second = kit.Field(texts.first), kit.Field(texts.second)
            kit.button(texts.compare, self._compare, texts)
            self._told = kit.text("", "result").props("role=status")

    async def _compare(self) -> None:
        pair = self._first.value.strip(), self._second.value.strip()
        if all(pair):
            found = await self._desk.meaning.alike([pair], "studio")
            percent = f"{100 * found.scores[0]:.1f}"
            self._told.clear()
            with self._told:
                html.span(self._desk.texts.alike_told.replace("{percent}", percent))


class _Batch:
    """Decides on many messages, each by itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        self._is_cancelled = False
        self._rows: list[Sequence[str]] = []
        with kit.section(texts.batch):
            label = texts.batch_hint.replace("{most}", f"{_MOST:,}")
            self._field = kit.Field(label, rows=5)
            with html.div().classes("row"):
                kit.button(texts.decide_all, self._decide_all, texts)
                kit.button(texts.cancel, self._cancel, texts, plain=True)
                kit.button(texts.download, self._download, texts, plain=True)
            self._told = kit.raw("", "result").props("role=status")
            self._table = kit.region("", texts.batch)

    async def _cancel(self) -> None:
        self._is_cancelled = True

    async def _decide_all(self) -> None:
        texts = self._desk.texts
        lines = [line.strip() for line in self._field.value.splitlines() if line.strip()][:_MOST]
        self._rows, self._is_cancelled = [], False
        parts, told = self._desk.parts, texts.progress
        for start in range(0, len(lines), _AT_ONCE):
            if self._is_cancelled:
                told = texts.cancelled
                break
            chunk = lines[start : start + _AT_ONCE]
            matcher = parts.live.matcher
            decided = await parts.worker.run(matcher.decide_all, chunk, owner="studio")
            self._rows += [_row(*one, texts) for one in zip(chunk, decided, strict=True)]
            self._say(told, len(lines))
        self._say(told, len(lines))
        rows = ([*map(kit.escape, row)] for row in self._rows)
        self._table.content = kit.table(self._heads(), rows)

    def _say(self, told: str, count: int) -> None:
        done = fill(told, done=f"{len(self._rows):,}", all=f"{count:,}")
        self._told.content = kit.escape(done)

    def _heads(self) -> list[str]:
        texts = self._desk.texts
        return [texts.message, texts.action, texts.entry, texts.score, texts.why]

    async def _download(self) -> None:
        if self._rows:
            ui.download.content(written([self._heads(), *self._rows]), "messages.csv", "text/csv")


def _row(text: str, decision: Decision, texts: StudioTexts) -> Sequence[str]:
    entry, score = decision.entry_id or "", f"{decision.score:.4f}"
    return text, action_told(decision, texts), entry, score, decision.reason
