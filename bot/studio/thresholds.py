"""Thresholds: the report of `tune`, in which the lines are moved, and put in place."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from pathlib import Path

from nicegui import html, ui

from bot.domain import Thresholds
from bot.errors import BotError
from bot.files.config.texts import report_words
from bot.files.project import Look
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.tuner import Found, Wish
from bot.texts import StudioTexts, fill
from bot.tuning.report.page import read, script_of
from bot.tuning.thresholds.tuned import TunedOn

_ENDINGS = {".jsonl", ".yaml", ".yml"}
_MAX_WRONG = "5"  # percent
_ANSWER_S = 10.0  # that a browser takes to say where the lines are
_VIEW = """(() => {{ "use strict";
{script}
const shadow = getHtmlElement({id}).attachShadow({{ mode: "open" }});
shadow.innerHTML = {markup};
view({data}, shadow, {words});
}})()"""
_LINES = "getHtmlElement({id}).shadowRoot.getElementById('lines').dataset.at"


def show(desk: Desk) -> None:
    """Fill the page."""
    kit.text(desk.texts.thresholds_intro, "intro")
    _Thresholds(desk)


class _Thresholds:
    """What was found last, as long as the page is open."""

    def __init__(self, desk: Desk) -> None:
        self._desk, texts = desk, desk.texts
        self._work: asyncio.Task[tuple[Found, Look]] | None = None
        self._look: Look | None = None
        self._sets = _sets(desk)
        with html.div().classes("row"):
            names = {str(number): name for number, name in enumerate(self._sets)}
            self._on = kit.Choice(texts.labels, names, "0")
            self._most = kit.Field(texts.max_wrong, _MAX_WRONG)
            self._outside = kit.Field(texts.oos_share)
        with html.div().classes("row"):
            kit.button(texts.work_out, self._work_out, texts)
            kit.button(texts.cancel, self._cancel, texts, plain=True)
            kit.button(texts.undo_last, self._undo, texts, plain=True)
        self._told = html.div().props("role=status").classes("told")
        self._place = html.div()
        ui.context.client.on_delete(self._cancel)

    async def _cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()

    async def _work_out(self) -> None:
        texts = self._desk.texts
        self._place.clear()
        try:
            on = list(self._sets.values())[int(self._on.value)]
            outside = self._outside.value.strip()
            out_of_scope = _share(outside, texts) if outside else None
            wish = Wish(on, _share(self._most.value, texts), out_of_scope)
            self._say(texts.loading)
            self._work = asyncio.create_task(self._desk.tuner.tune(wish, self._tell))
            self._found, self._look = await self._work
        except asyncio.CancelledError:
            if self._work is None or not self._work.cancelled():
                raise
            self._say(texts.tuning_cancelled)
        except BotError as error:
            self._say(str(error))
        else:
            self._show()
        finally:
            self._work = None

    def _tell(self, done: int, total: int) -> None:
        texts = self._desk.texts
        told = texts.progress if done < total else texts.counting
        self._say(fill(told, done=f"{done:,}", all=f"{total:,}"))

    def _show(self) -> None:
        """The report, with the buttons that put its lines in place."""
        found, texts = self._found, self._desk.texts
        is_proven = found.lock is not None and found.lock.proven
        self._say(texts.proposal_proven if is_proven else texts.proposal_unproven)
        with self._place, html.div() as host:
            if found.hindrance is not None:
                kit.text(found.hindrance)
            else:
                label = texts.save_proposal if is_proven else texts.save_proposal_unproven
                with html.div().classes("row"):
                    kit.button(label, self._save_proposal, texts)
                    kit.button(texts.save_lines, self._save_lines, texts, plain=True)
        self._host = host
        style = f"<style>{read('report.css')}</style>"
        ui.run_javascript(
            _VIEW.format(
                script=script_of(),
                id=host.id,
                markup=json.dumps(style + read("report.html")),
                data=json.dumps(found.data),
                words=json.dumps(dict(report_words(texts.code))),
            )
        )

    async def _save_proposal(self) -> None:
        await self._save(self._found.lines)

    async def _save_lines(self) -> None:
        told = await ui.run_javascript(_LINES.format(id=self._host.id), timeout=_ANSWER_S)
        await self._save(_lines(told, self._desk.texts))

    async def _save(self, lines: Thresholds) -> None:
        desk, texts = self._desk, self._desk.texts
        self._look = await desk.tuner.save(self._found, self._look, lines, desk.who)
        await self._serve(_with_lines(texts.lines_saved, lines, texts))

    async def _undo(self) -> None:
        change, self._look = await self._desk.tuner.undo(self._look, self._desk.who)
        texts = self._desk.texts
        await self._serve(_with_lines(texts.lines_undone, change.lines, texts))

    async def _serve(self, told: str) -> None:
        """Have what is written served, and say so."""
        remark = await self._desk.parts.live.catch_up()
        self._say(" ".join(filter(None, (told, remark))))
        if self._desk.tuner.last is not None:
            with self._told:
                undo = kit.button(self._desk.texts.undo, self._undo, self._desk.texts, plain=True)
                undo.run_method("focus")

    def _say(self, told: str) -> None:
        self._told.clear()
        with self._told:
            kit.text(told)


def _sets(desk: Desk) -> Mapping[str, TunedOn]:
    """What can be tuned on, by what it is called."""
    texts, tests = desk.texts, desk.parts.live.faq.labelled
    studio = desk.settings.studio
    found = {}
    for path in _files(None if studio is None else studio.labelled):
        found[str(path)] = TunedOn((str(path),))
    if tests:
        found[texts.set_tests] = TunedOn(tests)
    found[texts.set_log] = TunedOn(log=True)
    found[texts.set_faq] = TunedOn()
    return found


def _files(path: Path | None) -> list[Path]:
    """A labelled set, or those in a folder."""
    if path is None:
        return []
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS)


def _share(told: str, texts: StudioTexts) -> float:
    """A share out of a percentage that somebody writes.

    Raises:
        BotError: it is none.
    """
    try:
        value = float(told.replace("%", "").replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        raise BotError(texts.no_percentage.replace("{text}", told.strip()))
    return value / 100


def _lines(told: object, texts: StudioTexts) -> Thresholds:
    """Lines out of what a browser says.

    Raises:
        BotError: they are none, or cross each other.
    """
    try:
        lines = Thresholds(**json.loads(str(told)))
        between = lines.follow_up if lines.tentative is None else lines.tentative
        is_fine = -1 <= lines.follow_up <= between <= lines.answer <= 1
    except (ValueError, TypeError):
        is_fine = False
    if not is_fine:
        raise BotError(texts.lines_cross)
    return lines


def _with_lines(told: str, lines: Thresholds, texts: StudioTexts) -> str:
    tentative = texts.line_off if lines.tentative is None else f"{lines.tentative:g}"
    answer, follow_up = f"{lines.answer:g}", f"{lines.follow_up:g}"
    return fill(told, answer=answer, tentative=tentative, follow_up=follow_up)
