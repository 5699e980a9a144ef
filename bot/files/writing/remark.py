"""What is said of files to whoever looks after the FAQ, in the language that they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import BotError
from bot.files.config.texts import shipped
from bot.texts import TeamTexts, fill


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that is put into words where it is read; as a text, English.

    Attributes:
        name: of the sentence, among `TeamTexts`.
        words: what is filled in, by mark; a remark in the same language.
    """

    name: str
    words: Mapping[str, str | Remark] = field(default_factory=dict)

    def told(self, texts: TeamTexts) -> str:
        """In a language."""
        words = self.words.items()
        told = {mark: it.told(texts) if isinstance(it, Remark) else it for mark, it in words}
        return fill(texts.sentences[self.name], **told)

    def __str__(self) -> str:
        return self.told(shipped()["en"].team)


class RemarkError(BotError):
    """Something cannot be done; the remark says why in one line."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(str(remark))
        self.remark = remark
