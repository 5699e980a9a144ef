"""Typed values out of a YAML mapping, with a problem noted for each that does not fit; and settings
classes, each field of which is a key of config.yaml, declared by `setting`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import ProblemList, nearest
from bot.files.findings import Code
from bot.files.yamlfile import Fields, Items, Kind, Node, Scalar
from bot.formatting import in_short, is_blank

MAX_PATH_CHARS = 4096
_SHOWN_CHARS = 60

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Section:
    """One mapping of a file, read key by key.

    Every reader returns None (or an empty tuple) where the key is missing or its value does not
    fit; in the second case, and for keys nobody knows, the problem has been noted.

    Args:
        name: how messages call it: "" for the file's top, "thresholds." for a part.
        known: the keys that may stand in it; none: any key.
    Attributes:
        keys: that stand in it, in their order.
    """

    def __init__(
        self, fields: Fields, notes: ProblemList, *, known: Sequence[str] = (), name: str = ""
    ) -> None:
        self._fields = fields
        self._notes = notes
        self._name = name
        self.line = fields.line
        self.keys = tuple(fields.key_lines)
        for key, line in fields.key_lines.items():
            if known and key not in known:
                notes.note(
                    line,
                    f"{name}{_shown(key)} is not a key this bot knows.{nearest(key, known)} "
                    f"Known here: {', '.join(known)}.",
                )

    @property
    def folder(self) -> Path:
        """Of the file; paths in it are relative to that."""
        return Path(self._notes.shown).parent

    def __contains__(self, key: str) -> bool:
        return key in self._fields.key_lines

    def node(self, key: str) -> Node | None:
        """The value of a key, whatever it is."""
        return self._fields.values.get(key)

    def line_of(self, key: str) -> int:
        """The line of a key, or of the section itself where the key is missing."""
        return self._fields.key_lines.get(key, self.line)

    def refuse(self, key: str, text: str) -> None:
        """Note a problem with the value of a key."""
        self.note(self.line_of(key), f"{key} {text}")

    def note(self, line: int, text: str) -> None:
        """Note a problem with a line of this section."""
        self._notes.note(line, f"{self._name}{text}")

    def require(self, key: str, meaning: str) -> None:
        """Note that a key is missing, unless it is there."""
        if key not in self:
            self.note(self.line, f"{key} is missing: {meaning}.")

    def text(
        self,
        key: str,
        *,
        max_chars: int,
        fits: Callable[[str], object] = bool,
        needed: str = "",
    ) -> str | None:
        """A text, stripped of the white space around it.

        Args:
            max_chars: as Telegram counts them: most emoji are two.
            fits: whether it is one that belongs here.
            needed: how a message says what belongs here.
        """
        node = self.node(key)
        if node is None:
            return None
        text = self._text_of(node, f"{self._name}{_shown(key)}", max_chars)
        if text is None or fits(text):
            return text
        self.refuse(key, f"is {describe_text(text)}; {needed}")
        return None

    def path(self, key: str) -> Path | None:
        """A path, relative to the file's folder."""
        written = self.text(key, max_chars=MAX_PATH_CHARS)
        return None if written is None else Path(written)

    def texts(self, key: str, *, max_chars: int) -> tuple[tuple[str, int], ...]:
        """A list of texts, each with its line.

        An item in quotes with nothing in them is left out with a remark: exported tables leave
        such items behind, and no text is lost. A dash with nothing after it is a problem.
        """
        found = []
        needed = "a list of texts, each in a line of its own after a dash, is needed"
        for node in self.items(key, needed):
            if isinstance(node, Scalar) and node.kind is Kind.TEXT and not node.text.strip():
                self._notes.remark(
                    node.line,
                    f"an item of {self._name}{key} is empty and was left out.",
                    Code.EMPTY_WORDING,
                )
                continue
            text = self._text_of(node, f"an item of {self._name}{key}", max_chars)
            if text is not None:
                found.append((text, node.line))
        return tuple(found)

    def number(self, key: str, *, low: float, high: float) -> float | None:
        """A finite number from `low` to `high`."""
        node = self.node(key)
        if node is None:
            return None
        value, kind = (_number(node.text), node.kind) if isinstance(node, Scalar) else (None, None)
        if value is None or kind is not Kind.NUMBER:
            is_text = value is not None and kind is Kind.TEXT
            hint = f" Write {value:g}, with a point and without quotes." if is_text else ""
            self.refuse(key, f"is {describe(node)}; a number is needed.{hint}")
            return None
        if not low <= value <= high:
            hint = f" Did you mean {value / 100:g}?" if high == 1 and 10 <= value <= 100 else ""
            self.refuse(
                key, f"is {describe(node)}; a number from {low:g} to {high:g} is needed.{hint}"
            )
            return None
        return value

    def whole(self, key: str, *, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        value = self.number(key, low=low, high=high)
        if value is None:
            return None
        if value != int(value):
            self.refuse(key, f"is {value:.15g}; a whole number from {low} to {high} is needed.")
            return None
        return int(value)

    def flag(self, key: str) -> bool | None:
        """yes or no, in any of YAML's spellings (true, false, on, off)."""
        node = self.node(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.kind is not Kind.BOOL:
            self.refuse(key, f"is {describe(node)}; true or false is needed, without quotes.")
            return None
        return node.text.lower() in {"true", "yes", "on"}

    def one_of(self, key: str, kind: type[E]) -> E | None:
        """One of a few names."""
        text = self.text(key, max_chars=_SHOWN_CHARS)
        names = [each.value for each in kind]
        if text is None or text in names:
            return None if text is None else kind(text)
        needed = f"{', '.join(names[:-1])} or {names[-1]}"
        self.refuse(key, f'is "{text}"; {needed} is needed.{nearest(text, names)}')
        return None

    def refuse_item(self, key: str, node: Node, needed: str) -> None:
        """Note a problem with one value of a list."""
        self._notes.note(node.line, f"an item of {self._name}{key} is {describe(node)}; {needed}")

    def remark(self, line: int, text: str, code: Code = Code.CONFIG) -> None:
        """Note what is odd about a line of this section, but stops nothing."""
        self._notes.remark(line, f"{self._name}{text}", code)

    def review(
        self, key: str, find: Callable[[str], Iterable[tuple[int, str]]], code: Code
    ) -> None:
        """Note what is odd in a text, by the lines of it, from 0, in which that is found."""
        node = self.node(key)
        if isinstance(node, Scalar):
            for line, text in dict.fromkeys(find(node.text)):
                below = 1 + line if node.keeps_lines else 0
                self.remark(node.line + below, f"{key}: {text}", code)

    def part(self, key: str, *, known: Sequence[str] = (), needed: str = "") -> Section:
        """A mapping inside this one; an empty one where there is none.

        Args:
            needed: how a message says what belongs in its place; "": the known keys.
        """
        node, name = self.node(key), f"{self._name}{key}."
        if isinstance(node, Fields):
            return Section(node, self._notes, known=known, name=name)
        if node is not None and not _is_nothing(node):  # nothing, as when all lines are comments
            needed = needed or f"keys under it are needed: {', '.join(known)}"
            self.refuse(key, f"is {describe(node)}; {needed}.")
        return Section(Fields(self.line_of(key), {}, {}), self._notes, name=name)

    def sections(
        self, key: str, *, known: Sequence[str], example: str, plain: str | None = None
    ) -> tuple[Section, ...]:
        """A list of mappings; an item that is a plain value is that of the key `plain`."""
        found = []
        for node in self.items(key, f"a list is needed, for example: {example}"):
            if plain is not None and isinstance(node, Scalar):
                node = Fields(node.line, {plain: node}, {plain: node.line})
            if isinstance(node, Fields):
                found.append(Section(node, self._notes, known=known, name=f"{self._name}{key}."))
            else:
                self.refuse_item(key, node, f"needed, for example: {example}.")
        return tuple(found)

    def items(self, key: str, needed: str, *, may_be_empty: bool = False) -> Iterable[Node]:
        """The values of a list, whatever they are.

        Args:
            needed: how a message says what belongs in its place.
            may_be_empty: nothing may stand under the key, as when all its lines are comments.
        """
        node = self.node(key)
        if node is None or (may_be_empty and _is_nothing(node)):
            return ()
        if not isinstance(node, Items):
            self.refuse(key, f"is {describe(node)}; {needed}.")
            return ()
        return node.values

    def _text_of(self, node: Node, name: str, max_chars: int) -> str | None:
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if not isinstance(node, Scalar):
            told = (
                f"is {describe(node)}; text is needed. Put it in quotes if the colon, dash or "
                "bracket is meant."
            )
        elif not text:
            told = "is empty; text is needed."
        elif "\0" in text:
            told = "holds the character \\0. Delete it."
        elif is_blank(text):
            # Telegram would refuse it, and a button would have no words.
            told = "holds nothing but characters that nobody can see; text is needed."
        elif node.kind is not Kind.TEXT:
            told = (
                f"is {describe(node)}, which YAML reads as {node.kind.value}; text is needed. Put "
                f'it in quotes: "{_shown(text)}".'
            )
        elif (units := len(text.encode("utf-16-le", "surrogatepass")) // 2) > max_chars:
            counted = ", as Telegram counts them (most emoji as two)" * (units > len(text))
            most = f"at most {max_chars:,} are possible"
            told = f"has {units:,} characters{counted}; {most}. Shorten it."
        else:
            return text
        self._notes.note(node.line, f"{name} {told}")
        return None


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind is Kind.NULL


def describe(node: Node) -> str:
    """How a message shows a value: as it was written, shortened."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Fields):
        return "a group of keys"
    if not node.text.strip():
        return "empty"
    return describe_text(node.text) if node.kind is Kind.TEXT else _shown(node.text)


def describe_text(text: str) -> str:
    """A text in quotes, shortened so that a message stays one line."""
    return f'"{_shown(text)}"'


def wording_key(text: str) -> str:
    """Equal for texts whose difference (case, white space, forms of one character) makes none to
    the encoder.
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _shown(text: str) -> str:
    return in_short(text, _SHOWN_CHARS) or '""'


def _number(text: str) -> float | None:
    """A finite number, with a point or a comma; .inf, 1:30 and 0x1f are numbers to YAML alone."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


# --- settings ---

# Reads one key of a section; None where it is missing, or does not fit, which it has noted.
Reader = Callable[[Section, str], T | None]


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the table.

    Attributes:
        path: where it stands, such as "matching.score"; "": under the field's own name.
        decides: whether the bot's decisions depend on it.
        needs_restart: whether only a restart changes it.
    """

    read: Reader[Any]
    path: str = ""
    decides: bool = False
    needs_restart: bool = False


def setting(
    default: T,
    read: Reader[T] | None = None,
    *,
    path: str = "",
    decides: bool = False,
    needs_restart: bool = False,
) -> T:
    """A field that is read from config.yaml; see `Key`.

    Args:
        read: None: by what the default is, a path, one of a few names, yes or no, or settings of
            their own under a key that may be empty.
    """
    key = Key(read or _reader_of(default), path, decides, needs_restart)
    return field(default=default, metadata={"key": key})


def _reader_of(default: Any) -> Reader[Any]:
    if isinstance(default, Path):
        return Section.path
    if isinstance(default, StrEnum):
        return partial(Section.one_of, kind=type(default))
    return Section.flag if isinstance(default, bool) else partial(_read_group, default)


def _read_group(default: Any, section: Section, key: str) -> Any:
    return read_keys(default, section.part(key, known=known_keys(default)))


def keys_of(settings: Any) -> dict[str, Key]:
    """The rows of a settings class or an object of it, by field, in the order of the file."""
    rows = {each.name: each.metadata["key"] for each in fields(settings) if each.metadata}
    return {name: replace(key, path=key.path or name) for name, key in rows.items()}


def known_keys(settings: Any, part: str = "") -> tuple[str, ...]:
    """The keys that may stand in the section of a settings class, or in a part of that section."""
    beginning = f"{part}." if part else ""
    paths = [key.path for key in keys_of(settings).values() if key.path.startswith(beginning)]
    return tuple(dict.fromkeys(path[len(beginning) :].partition(".")[0] for path in paths))


def read_keys(default: T, section: Section, **given: object) -> T:
    """Settings as a section says them; problems are noted there.

    Args:
        default: its values stand for keys that are missing or do not fit.
        given: values of fields that are not read.
    """
    values = given
    parts = {"": section}
    for name, key in keys_of(default).items():
        if name in given:
            continue
        part, _, last = key.path.rpartition(".")
        if part not in parts:
            parts[part] = section.part(part, known=known_keys(default, part))
        read = key.read(parts[part], last)
        value = getattr(default, name) if read is None else read
        values[name] = section.folder / value if isinstance(value, Path) else value
    return replace(default, **values)  # type: ignore[type-var]
