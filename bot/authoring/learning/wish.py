"""What somebody wishes to have in the FAQ, as it would be written there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bot.authoring.edit.edits import Edit, Editor
from bot.authoring.transfer.entries import make_id
from bot.domain import Faq, base_language
from bot.matching.build import Matcher
from bot.matching.decide.thresholds import Reading
from bot.matching.mask import Known, masked
from bot.service.admins.learning import Adds, LearningError, Proposal, Refusal, Written

_NOTHING_LEFT = (
    "nothing of this message is left to ask without its greeting and what tells whose it is."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be added or changed; see `Proposal`.

    Attributes:
        path: of the file; of a phrasing, its entry's.
    """

    adds: Adds
    text: str
    entry_id: str
    answer: str = ""
    phrasings: tuple[str, ...] = ()
    lang: str | None = None
    path: str = ""
    written: Written | None = None

    @classmethod
    def of(cls, proposal: Proposal) -> Wish:
        """What was proposed."""
        its = proposal
        more = its.answer, its.phrasings, its.lang, its.path, its.written
        return cls(its.adds, its.text, its.entry_id, *more)

    @classmethod
    def of_written(cls, written: Written) -> Wish:
        """What somebody wrote, whole."""
        its, adds = written.entry, Adds.ENTRY if written.was is None else Adds.CHANGE
        path = "" if its.place is None else its.place.path
        return cls(adds, its.question, its.id, its.answer, its.phrasings, its.lang, path, written)

    @property
    def new_wordings(self) -> list[str]:
        """What the entry is found by from then on, and was not before."""
        if self.written is None:
            return [self.text]
        its, was = self.written.entry, self.written.was
        known = set() if was is None else set(was.wordings)
        return [each for each in its.wordings if each not in known]

    def masked(self, known: Telling) -> Wish:
        """Without what tells whose a message is. What somebody wrote for all stays as it is.

        Raises:
            LearningError: nothing is left.
        """
        if self.written is not None:
            return self
        text, *others = (masked_line(each, known) for each in (self.text, *self.phrasings))
        if not text:
            raise LearningError(Refusal.NOTHING_LEFT, _NOTHING_LEFT)
        phrasings = tuple(dict.fromkeys(each for each in others if each and each != text))
        return replace(self, text=text, phrasings=phrasings)

    def placed(self, faq: Faq, reading: Reading) -> Wish:
        """A new entry with an id, in the file of the entry that is most like it.

        Args:
            reading: of its question.
        """
        like = [faq.by_id[hit.entry_id] for hit in reading.whole.hits[:1]]
        place = next(one.place for one in (*like, *faq.entries) if one.place is not None)
        language = base_language(reading.language or "")
        named = (one.lang for one in faq.entries if one.lang is not None)
        lang = next((each for each in named if base_language(each) == language), None)
        base = make_id(self.text) or Path(place.path).stem
        taken = {one.id for one in faq.every or faq.entries}
        names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
        entry_id = next(name for name in names if name not in taken)
        its = self.path or place.path, self.lang if self.written is not None else lang
        return replace(self, entry_id=entry_id, path=its[0], lang=its[1])

    def edit(self, bot: Matcher) -> Edit:
        """The edit of the FAQ's files; see `Editor`."""
        editor, written = editor_of(bot), self.written
        if self.adds is Adds.PHRASING:
            return editor.add_phrasing(self.entry_id, self.text)
        if written is not None and written.was is not None:
            return editor.change(written.was, written.entry)
        more = () if written is None else (written.entry.tags, written.entry.related)
        its = self.entry_id, self.text, self.answer, self.phrasings, self.lang
        return editor.add_entry(Path(self.path), *its, *more)


class Telling:
    """Amounts and dates stay where the FAQ's own wordings hold some; whose it is never does."""

    def __init__(self, faq: Faq) -> None:
        self._known = Known([wording for entry in faq.entries for wording in entry.wordings])

    def __contains__(self, item: object, /) -> bool:
        is_telling = item in {"amount", "date"} or (isinstance(item, str) and " " in item)
        return is_telling and item in self._known


def masked_line(text: str, known: Telling) -> str:
    """A text as it is written into the FAQ; "" where nothing is left to ask."""
    line = " ".join(masked(text, known=known).split())
    return line if any(character.isalnum() for character in line) else ""


def editor_of(bot: Matcher) -> Editor:
    """What changes the files of the FAQ that is served."""
    return Editor(bot.settings.faq, bot.settings.thresholds)
