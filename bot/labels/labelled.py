"""Labelled sets → utterances and the entries they ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain import Place, base_language
from bot.errors import FileProblems, Names, Problem, ProblemList, nearest
from bot.files.section import describe, describe_text, wording_key
from bot.files.yamlfile import Fields, Items, Kind, Scalar, read_text, read_yaml

_EXAMPLE = '{"text": "can i send it back", "expected": "return-item"}'
_YAML = (".yaml", ".yml")
_MAX_BYTES = 256 * 1024 * 1024
_MAX_PROBLEMS = 20
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Labelled:
    """An utterance, and the entry it asks for.

    Attributes:
        text: as somebody wrote it; any text, even an empty one.
        expected: an entry's id; None where the FAQ has no answer (out of scope).
        place: where it was written.
        language: the code of the language of that person's Telegram, such as "zh-hans"; None if
            unknown.
        count: how often it was sent.
    """

    text: str
    expected: str | None
    place: Place
    language: str | None = None
    count: int = 1


def load_labelled(
    paths: Sequence[str], known: Collection[str], *, may_be_one_sided: bool = False
) -> tuple[Labelled, ...]:
    """Read labelled sets, one after the other; the same utterance once, with how often it stands.

    A set is JSON Lines (one object per line) or a YAML list; each has `text` and `expected`, and
    may have `language` and `count`. Other keys may stand beside these.

    Args:
        known: the ids of the FAQ's entries.
        may_be_one_sided: all labels may be in scope, or all out of scope.
    Raises:
        FileProblems: all mistakes of all files, at most 20 of them and how many more there are.
    """
    labels: list[Labelled] = []
    problems: list[Problem] = []
    for path in paths:
        notes = ProblemList(path)
        labels += _read(path, notes)
        problems += notes.problems
    problems += _unknown(labels, known)
    labels = _merged(labels, problems)
    if not problems:
        problems += _missing_sides(paths, labels, may_be_one_sided=may_be_one_sided)
    if problems:
        raise FileProblems(_shortened(FileProblems(problems).problems))
    return tuple(labels)


def _read(path: str, notes: ProblemList) -> list[Labelled]:
    text = read_text(notes, _MAX_BYTES)
    if text is None:
        return []
    is_yaml = Path(path).suffix.lower() in _YAML or text.lstrip()[:1] in {"[", "-"}
    records = _yaml_records(notes) if is_yaml else _json_records(text, notes)
    labels = [_label(record, Place(path, line), notes) for line, record in records]
    return [label for label in labels if label is not None]


def _json_records(text: str, notes: ProblemList) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=_without_repeats)
        except KeyError as error:
            notes.note(number, f"the key {error} stands here twice. Remove one of the two.")
            continue
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield number, record
        else:
            notes.note(
                number, f"this line is no JSON object; one per line is needed, such as {_EXAMPLE}."
            )


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise KeyError(next(key for key in keys if keys.count(key) > 1))
    return found


def _yaml_records(notes: ProblemList) -> Iterator[tuple[int, Mapping[str, object]]]:
    """As `_json_records`; what YAML takes for anything but text or nothing stays as it was read."""
    root = read_yaml(notes, _MAX_BYTES)
    if root is None or (isinstance(root, Items) and not root.values):
        return
    if not isinstance(root, Items):
        notes.note(root.line, f"the file is {describe(root)}; a list is needed: - {_EXAMPLE}.")
        return
    for node in root.values:
        if isinstance(node, Fields):
            yield node.line, {key: _plain(node.values.get(key)) for key in node.key_lines}
        else:
            notes.note(
                node.line, f"a label is {describe(node)}; needed is, for example: {_EXAMPLE}."
            )


def _plain(value: object) -> object:
    if isinstance(value, Scalar) and value.kind in {Kind.TEXT, Kind.NULL}:
        return value.text if value.kind is Kind.TEXT else None
    return value


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Scalar):
        return f"{value.text}, which YAML reads as {value.kind.value}"
    if isinstance(value, Items | Fields):
        return describe(value)
    return json.dumps(value, ensure_ascii=False)


def _label(record: Mapping[str, object], place: Place, notes: ProblemList) -> Labelled | None:
    text, expected, language = (record.get(key) for key in ("text", "expected", "language"))
    before = len(notes.problems)
    for key in ("text", "expected"):
        if key not in record:
            hint = nearest(key, record)
            notes.note(place.line, f"{key} is missing; needed is, for example: {_EXAMPLE}.{hint}")
    if "text" in record and not isinstance(text, str):
        notes.note(place.line, f"text is {_shown(text)}; text in quotes is needed.")
    if isinstance(expected, str) and not expected.strip():
        said = "expected is empty; an entry's id is needed, or null for out of scope."
        notes.note(place.line, said)
    elif not isinstance(expected, str | None):
        said = f"expected is {_shown(expected)}; an entry's id in quotes, or null, is needed."
        notes.note(place.line, said)
    if language is not None and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        notes.note(
            place.line,
            f"language is {_shown(language)}; a language code in quotes is needed, such as "
            '"en" or "zh-hans", or null.',
        )
    count = record.get("count", 1)
    times = count.text if isinstance(count, Scalar) else str(count)
    if not _COUNT.fullmatch(times):
        notes.note(place.line, f"count is {_shown(count)}; a whole number from 1 is needed.")
    if len(notes.problems) > before:
        return None
    return Labelled(
        str(text),
        None if expected is None else str(expected),
        place,
        None if language is None else str(language),
        int(times),
    )


def _unknown(labels: Sequence[Labelled], known: Collection[str]) -> list[Problem]:
    ids = {None, *known}
    unknown = [(it.expected, it.place) for it in labels if it.expected not in ids]
    names = Names(known)
    hints = {expected: names.hint(str(expected)) for expected, _ in unknown}
    return [
        Problem(
            place.path,
            place.line,
            f"expected is {expected!r}, but no entry of the FAQ has this id.{hints[expected]} For "
            "what the FAQ has no answer to, write null.",
        )
        for expected, place in unknown
    ]


def _merged(labels: Sequence[Labelled], problems: list[Problem]) -> list[Labelled]:
    """Each utterance once; where the same one expects different entries, that is a problem."""
    merged: dict[tuple[str, str | None], Labelled] = {}
    for label in labels:
        # The same words may mean another entry in another language.
        language = None if label.language is None else base_language(label.language)
        key = (wording_key(label.text), language)
        first = merged.get(key, replace(label, count=0))
        if first.expected == label.expected:
            merged[key] = replace(first, count=first.count + label.count)
            continue
        text = (
            f"{describe_text(label.text)} expects {_named(label.expected)} here but "
            f"{_named(first.expected)} in {first.place}. Keep the label that is right."
        )
        problems.append(Problem(label.place.path, label.place.line, text))
    return list(merged.values())


def _named(expected: str | None) -> str:
    return "null (out of scope)" if expected is None else repr(expected)


def _missing_sides(
    paths: Sequence[str], labels: Sequence[Labelled], *, may_be_one_sided: bool
) -> list[Problem]:
    where = ", ".join(paths)
    inside = sum(label.expected is not None for label in labels)
    if not labels:
        text = f"there is no label in it. Add lines such as {_EXAMPLE}."
    elif may_be_one_sided or 0 < inside < len(labels):
        return []
    elif inside == 0:
        text = (
            "every label is out of scope (expected: null), so nothing can be said about answers. "
            "Add messages that the FAQ answers."
        )
    else:
        text = (
            "no label is out of scope (expected: null), so nothing can be said about questions "
            "the FAQ has no answer to. Add some, or say --oos-share 0 if nobody ever asks any."
        )
    return [Problem(where, None, text)]


def _shortened(problems: Sequence[Problem]) -> list[Problem]:
    *kept, last = problems[:_MAX_PROBLEMS]
    more = len(problems) - _MAX_PROBLEMS
    if more > 0:
        last = replace(last, text=f"{last.text} (And {more} more like these.)")
    return [*kept, last]
