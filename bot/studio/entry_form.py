"""The texts of an entry, each with what there is to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nicegui import html

from bot.authoring.review.finding import Finding
from bot.domain import FaqEntry, Place
from bot.studio import kit
from bot.studio.checks import place_in
from bot.studio.desk import Desk

_ROWS, _ROWS_OF_MORE = 10, 3
_FEW = 3  # phrasings of an entry that is to be made


class EntryForm:
    """The fields; what is written there is an entry.

    Args:
        do: is done while somebody writes.
    Attributes:
        files: to choose from for an entry that is new; none for one that is there.
    """

    def __init__(self, desk: Desk, do: kit.Do) -> None:
        self._desk, self._do = desk, do
        self.files: tuple[str, ...] = ()
        self._shown = html.div()

    def fill(self, entry: FaqEntry, files: Sequence[str]) -> None:
        """Show what an entry says, in place of what is there."""
        self.files, texts = tuple(files), self._desk.texts
        self._shown.clear()
        with self._shown:
            self._whole = _Notes()
            self._question = _Noted(texts.question, entry.question)
            label = texts.phrasing_number
            self._phrasings = [
                _Noted(label.replace("{number}", str(number)), each)
                for number, each in enumerate(entry.phrasings, start=1)
            ]
            if entry.phrasings:
                kit.text(texts.phrasings_hint, "count")
            self._more = _Noted(texts.more_phrasings, rows=_ROWS_OF_MORE)
            self._answer = _Noted(texts.answer, entry.answer, rows=_ROWS)
            with html.details() as others:
                html.summary(texts.others_of_entry)
                self._tags = _Noted(texts.tags, ", ".join(entry.tags))
                self._related = _Noted(texts.related, ", ".join(entry.related))
                self._lang = _Noted(texts.lang, entry.lang or "")
                self._file = None
                if files:
                    own = "" if entry.place is None else entry.place.path
                    options = {"": texts.file_of_nearest, **{file: file for file in files}}
                    self._file = kit.Choice(texts.file, options, own)
            others.props["open"] = bool(entry.tags or entry.related or files)
        self._by_key = {
            "question": self._question,
            "phrasings": self._more,
            "answer": self._answer,
            "tags": self._tags,
            "related": self._related,
            "lang": self._lang,
        }
        for noted in (self._question, self._answer):
            noted.field.on_input(self._written)

    async def _written(self, _: str) -> None:
        await self._do()

    def entry(self, was: FaqEntry) -> FaqEntry:
        """What stands there now; all else, and what nobody has touched, is as it was."""
        file = "" if self._file is None else self._file.value
        lines = [each.field.value for each in self._phrasings]
        lines += self._more.field.value.splitlines()
        known = {_line(each): each for each in was.phrasings}
        phrasings = (known.get(each, each) for each in map(_line, lines) if each)
        question, answer = self._question.field.value, self._answer.field.value.strip()
        return replace(
            was,
            question=was.question if _line(question) == _line(was.question) else _line(question),
            phrasings=tuple(dict.fromkeys(phrasings)),
            answer=was.answer if answer == was.answer.strip() else answer,
            tags=_listed(self._tags.field.value, was.tags),
            related=_listed(self._related.field.value, was.related),
            lang=self._lang.field.value.strip() or None,
            place=Place(file, 1) if file else was.place,
        )

    def note(self, entry: FaqEntry, findings: Sequence[Finding]) -> None:
        """Say beside each text what is found about it.

        Args:
            entry: as it was looked at.
        """
        for notes in (self._whole, *self._phrasings, *self._by_key.values()):
            notes.clear()
        for finding in findings:
            key, number = place_in(entry, finding)
            told = finding.text
            if key == "answer" and number:
                told = f"{self._desk.texts.line.replace('{number}', str(number))} {told}"
            notes = self._of(key, number) if key else self._whole
            notes.say(told)

    def refuse(self, key: str, told: str) -> None:
        """Say beside a text what is wrong with it.

        Args:
            key: one of those of the fields.
        """
        wordings = [each.field.value for each in self._phrasings]
        number = next((place for place, each in enumerate(wordings) if each in told), -1)
        self._of(key, number).refuse(told)

    def _of(self, key: str, number: int) -> _Noted:
        if key == "phrasings" and 0 <= number < len(self._phrasings):
            return self._phrasings[number]
        return self._by_key[key]


class _Notes:
    """What there is to say."""

    def __init__(self) -> None:
        self._notes = html.div().classes("notes")

    def clear(self) -> None:
        """Say nothing any more."""
        self._notes.clear()

    def say(self, told: str, kind: str = "") -> None:
        """Say one thing more."""
        with self._notes:
            kit.text(told, f"note {kind}")


class _Noted(_Notes):
    """A field, and what there is to say about it."""

    def __init__(self, label: str, value: str = "", *, rows: int = 1) -> None:
        self.field = kit.Field(label, value, rows=rows)
        super().__init__()
        self.field.element.props["aria-describedby"] = self._notes.html_id

    def refuse(self, told: str) -> None:
        """Say what is wrong with it, and lead there."""
        self.say(told, "wrong")
        self.field.element.props["aria-invalid"] = "true"
        self.field.element.run_method("focus")


def _line(text: str) -> str:
    return " ".join(text.split())


def _listed(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """What stands between commas; in one of those that are known there may be one, too."""
    if text == ", ".join(known):
        return tuple(known)
    return tuple(dict.fromkeys(each for each in map(_line, text.split(",")) if each))
