"""One entry of the FAQ: its texts to be changed, and what comes of that before it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nicegui import html, ui

from bot.domain import FaqEntry
from bot.errors import FileProblems
from bot.service.admins.learning import Applied, LearningError, Refusal, Written
from bot.studio import kit
from bot.studio.desk import Desk
from bot.studio.done import Done
from bot.studio.entry_form import EntryForm
from bot.studio.preview import preview_html
from bot.studio.trial import Trial

_BLANK = FaqEntry("", "", (), "")
_KEYS = ("question", "phrasings", "answer", "tags", "related", "lang")
_ADDRESS = "history.replaceState(history.state, '', {address})"


def show(desk: Desk, entry_id: str) -> None:
    """Fill the page.

    Args:
        entry_id: "" for one that is to be made.
    """
    _Entry(desk, entry_id)


class _Entry:
    """An entry, as it was when somebody opened it, and as they would have it."""

    def __init__(self, desk: Desk, entry_id: str) -> None:
        self._desk, self._id, texts = desk, entry_id, desk.texts
        self._was: FaqEntry | None = None
        html.a(texts.all_entries, href="/faq").classes("link")
        self._done = Done(desk, self._open)
        with html.div().classes("two"):
            with kit.section(texts.entry) as self._section:
                self._place = html.div()
                self._form = EntryForm(desk, self._preview)
                kit.button(texts.try_change, self._try, texts)
                self._trial = Trial(desk, self._settled)
            with kit.section(texts.preview, "preview"):
                self._preview_shown = kit.raw("")
        self._section.set_visibility(False)
        kit.beside(self._open)

    async def _open(self) -> None:
        """Show the entry as its file has it now."""
        try:
            faq = await self._desk.checks.faq()
        except FileProblems as error:
            self._done.say(kit.escape(str(error)))
            return
        self._trial.say("")
        now, shown = faq.by_id.get(self._id), _BLANK
        if now is None and self._was is not None:  # it was taken back: it may become another one
            shown, self._id = self._form.entry(self._was), ""
        if now is None and self._id:
            self._done.say(kit.escape(self._desk.team.entry_gone))
            return
        self._was = now
        self._section.set_visibility(True)
        self._place.clear()
        with self._place:
            ui.run_javascript(
                _ADDRESS.replace("{address}", json.dumps(kit.entry_address(self._id)))
            )
            if self._was is not None:
                html.code(f"{self._was.id} · {self._was.place}")
        files = dict.fromkeys(each.place.path for each in faq.entries if each.place is not None)
        self._form.fill(self._was or shown, () if self._was else tuple(files))
        await self._preview()
        if self._was is not None:
            await self._note(self._was.id, {})

    async def _preview(self) -> None:
        entry = self._form.entry(self._was or _BLANK)
        self._preview_shown.content = preview_html(entry, self._desk.texts)

    async def _note(self, entry_id: str, instead: Mapping[Path, bytes]) -> None:
        """Say beside each text what `check` finds about it."""
        try:
            checked = await self._desk.checks.checked(instead)
        except FileProblems:
            return  # it was told when the entry was opened, or what is wrong with the change
        entry = checked.faq.by_id.get(entry_id)
        if entry is not None:
            self._form.note(entry, checked.by_entry.get(entry_id, ()))

    async def _try(self) -> None:
        entry = self._form.entry(self._was or _BLANK)
        self._form.fill(entry, self._form.files)
        if entry == self._was:
            self._trial.say(kit.escape(self._desk.texts.unchanged))
            return
        learning = self._desk.parts.learning
        proposal = await self._trial.of(
            learning.propose_written(Written(entry, self._was)), self._refused
        )
        if proposal is not None:
            await self._note(proposal.entry_id, {Path(proposal.path): proposal.content})

    async def _refused(self, error: LearningError) -> bool:
        """Whether a refusal is told elsewhere than below the form."""
        if error.key in _KEYS:
            self._form.refuse(error.key, str(error))
            self._trial.say("")
            return True
        if error.refusal in {Refusal.CHANGED, Refusal.NO_ENTRY} and self._was is not None:
            await self._meet()
            return True
        return False

    async def _meet(self) -> None:
        """Somebody else has changed the entry, or taken it away: keep what both have done."""
        texts, was = self._desk.texts, self._was
        assert was is not None  # noqa: S101
        mine = self._form.entry(was)
        now = (await self._desk.checks.faq()).by_id.get(was.id)
        if now is None:
            self._was = None
            self._trial.say(kit.escape(texts.gone_meanwhile))
            return
        both = {key: getattr(now, key) for key in _KEYS if getattr(mine, key) == getattr(was, key)}
        lost = [
            key
            for key in _KEYS
            if key not in both and getattr(now, key) not in {getattr(was, key), getattr(mine, key)}
        ]
        self._was = now
        self._form.fill(replace(mine, **both), ())
        told = [f"<p>{kit.escape(texts.changed_meanwhile)}</p>"]
        for key in lost:
            theirs = getattr(now, key) or "–"
            shown = theirs if isinstance(theirs, str) else "\n".join(theirs)
            label = kit.escape(texts.theirs.replace("{field}", getattr(texts, key)))
            told.append(f"<p>{label}</p><pre>{kit.escape(shown)}</pre>")
        self._trial.say("".join(told))

    async def _settled(self, told: str, applied: Applied | None) -> None:
        if applied is not None:
            self._id = applied.entry_id
        await self._done.settled(told, applied)
