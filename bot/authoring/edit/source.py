"""A file that is edited: what it says, what differs between two texts of it; what is refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from bot.authoring.edit.places import Page
from bot.authoring.edit.written import Data, data_of, read_node
from bot.domain import FaqEntry
from bot.errors import BotError, FileProblems, Problem
from bot.files.writing.remark import RemarkError
from bot.files.yamlfile import Fields, Items


class EditError(BotError):
    """Something cannot be added, changed or taken back; its text says why in one line.

    Attributes:
        key: of the entry, under which it stands; "" where it is none of them.
    """

    key = ""


class NoEntryError(EditError):
    """There is no such entry."""


class KnownError(EditError):
    """It stands in the FAQ already."""


class MeanwhileError(EditError):
    """An entry is not as somebody saw it who changes it.

    Attributes:
        now: as it is.
    """

    def __init__(self, now: FaqEntry) -> None:
        super().__init__(f"{now.place}: somebody has changed {now.id} meanwhile.")
        self.now = now


class MistakeError(FileProblems):
    """What an entry is to say cannot be loaded.

    Attributes:
        key: under which it stands.
        told: the mistake, without its place.
    """

    def __init__(self, problems: Sequence[Problem], key: str, told: str) -> None:
        super().__init__(problems)
        self.key, self.told = key, told


class ByHandError(EditError, RemarkError):
    """What stands there is written in a way that takes a person."""


class Source:
    """A file that is edited.

    Attributes:
        content: None where there is none yet.
        text: without the mark of byte order, `mark`; its line ends are the file's.
    """

    def __init__(self, path: str, content: bytes | None, text: str, mark: bytes) -> None:
        self.path, self.content, self.text, self._mark = path, content, text, mark
        self.ids: list[Data] = []

    @classmethod
    def of(cls, path: Path) -> Source:
        """Read a file."""
        try:
            content = path.read_bytes()
            mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
            return cls(str(path), content, content.removeprefix(mark).decode(), mark)
        except FileNotFoundError:
            raise EditError(f"{path}: the file is gone; nothing was written.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise EditError(f"{path}: the file cannot be read ({error}).") from None

    def encoded(self, text: str) -> bytes:
        """A text as it stands in the file."""
        return self._mark + text.encode("utf-8", "surrogatepass")

    def data(self, text: str) -> Data:
        """What the file would say with another text; None where it would hold mistakes."""
        return data_of(read_node(self.path, self.encoded(text))) if text else []

    def key_at(self, content: bytes, entry_id: str, problem: Problem) -> str | None:
        """The key of an entry under which a mistake stands; None: it is not about this entry.

        Args:
            content: of the file.
        """
        node = read_node(self.path, content)
        if not isinstance(node, Items):
            return None
        named = re.findall(rf"{re.escape(self.path)}:(\d+)", str(problem))
        for line in map(int, named):
            above = [it for it in node.values if isinstance(it, Fields) and it.line <= line]
            if above and data_of(above[-1].values.get("id")) == entry_id:
                lines = above[-1].key_lines
                return max((key for key in lines if lines[key] <= line), key=lines.__getitem__)
        return None

    def page(self) -> Page:
        """The file, taken apart."""
        node = read_node(self.path, self.content or b"")
        entries = node.values if isinstance(node, Items) else ()
        fields = [each for each in entries if isinstance(each, Fields)]
        self.ids = [data_of(each.values.get("id")) for each in fields]
        return Page(self.text, [each.line for each in fields])


def addition(old: Data, new: Data) -> tuple[str, str, Data] | None:
    """The one thing that the second says beyond the first: an entry's id, a key of it ("" for the
    whole entry) and what stands there anew; None where anything else differs.
    """
    if not isinstance(old, list) or not isinstance(new, list):
        return None
    if len(new) == len(old) + 1:
        added = _more(old, new)
        return (str(added["id"]), "", added) if isinstance(added, dict) else None
    changed = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]
    if len(old) != len(new) or len(changed) != 1:
        return None
    before, after = changed[0]
    if not isinstance(before, dict) or not isinstance(after, dict) or before.keys() - after.keys():
        return None
    keys = [key for key, value in after.items() if before.get(key) != value]
    value = _more(before.get(keys[0]) or [], after[keys[0]]) if len(keys) == 1 else None
    return None if value is None else (str(after["id"]), keys[0], value)


def _more(old: Data, new: Data) -> Data:
    """What a list holds beyond what it held; None where it is not one thing."""
    if not isinstance(old, list) or not isinstance(new, list) or len(new) != len(old) + 1:
        return None
    at = next((place for place, each in enumerate(old) if each != new[place]), len(old))
    return new[at] if new[:at] + new[at + 1 :] == old else None


def touched(old: Data, new: Data) -> str | None:
    """The id of the one entry that says something else in the second; None: it is not just one."""
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        return None
    changed = [after for before, after in zip(old, new, strict=True) if before != after]
    if len(changed) != 1 or not isinstance(changed[0], dict):
        return None
    return str(changed[0]["id"])
