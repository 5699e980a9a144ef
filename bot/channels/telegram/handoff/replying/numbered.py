"""Which items of a digest a reply of the team answers, and with which of its words."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENGLISH = (
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("four", "fourth"),
    ("five", "fifth"),
    ("six", "sixth"),
    ("seven", "seventh"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("ten", "tenth"),
)
_WORDS = {word: number for number, words in enumerate(_ENGLISH, 1) for word in words}
_WORDS |= {word: number for number, word in enumerate("一二三四五六七八九十", 1)}
_LAST = frozenset({"last", "最后一"})
_DASH = "[-–—]"
_ITEM = re.compile(
    r"[(（\[]?\s*(?:[#＃№@]|(?:no|nr|number|item|question|message)\b\.?|[qa](?=[0-9])|第)?\s*"
    r"(?:(?P<figures>[0-9０-９]{1,3})(?![0-9０-９])(?:\ufe0f?\u20e3|st\b|nd\b|rd\b|th\b)?"
    rf"|(?P<word>(?:{'|'.join(filter(str.isascii, _WORDS))}|last)\b(?:\s+one\b)?"
    r"|[一二三四五六七八九十]|最后一))"
    r"(?:\s*[个個号號条條题題](?:问题|問題)?(?=\W|$|[和与與跟及]))?(?:\s*(?P<closed>[)）\]]))?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\s*(?:(?:(?:answers?\s+to|for|to|re|the|both|all|zu|für)\b|问题|对|给)[\s:]*)*", re.IGNORECASE
)
_AND = re.compile(
    r"\s*\.?\s*(?:[,，、;&+/＋]\s*(?:and\b)?|(?:and|und|plus)\b|(?=[#＃№])|和|与|與|跟|及)\s*(?:the\s+)?"
    r"|\s+(?=[0-9]{1,3}\s*[:：)])",
    re.IGNORECASE,
)
_TO = re.compile(rf"\s*(?:{_DASH}|(?:to|through)\b|[~～至到])\s*", re.IGNORECASE)
_COLON = re.compile(r"\s*(?:[:：](?![0-9])|=>?|->|→)\s*")
_POINT = re.compile(rf"\s*({_DASH})(?![0-9])\s*|\s*({_DASH})\s+|\s*([.、，,])(?![0-9])\s*|\s+|$")
_EVERYBODY = re.compile(
    r"\s*(?:(?:for|to|re)\s+)?"
    r"(?:(?P<two>both(?:\s+of\s+(?:them|you))?|the\s+two|两个|兩個|两位|兩位|二者)"
    r"|(?:all|each)(?:\s+of\s+(?:them|you))?|everyone|everybody|全部|所有人?|大家|每个人?)[都]?"
    rf"\s*(?:[:：]|\s{_DASH}\s|\n)\s*",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?P<line>\s*\n\s*)|(?P<pause>[;；.。!?！？,，]\s+(?:and\s+|but\s+)?|[；。！？，])"
    r"|\s+(?:and\s+|but\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a reply, and whom they are for.

    Attributes:
        numbers: of the digest's items, from 1; at least one.
        start, end: where the words stand in the text.
    """

    numbers: tuple[int, ...]
    start: int
    end: int


def read_parts(text: str, count: int) -> list[Part]:
    """Which items a reply to a digest names, as people do, and what it says to each.

    Several items may be answered with the same words ("1 and 2: yes"), and each with its own ("1:
    yes, 2: no"): what goes on in the same way with a higher number is another answer, unless the
    numbers do not only rise, as in a list of steps. "2-3 days", "10:30" and "1 yes, 2 no" may be
    meant in two ways and name nothing: a word to the wrong person is worse than a question back.

    Args:
        count: how many items the digest has.
    Returns:
        Nothing where it names no item, or one that is none.
    """
    first = _everybody(text, count) or _head(text, 0, count)
    if first is None or not 1 <= min(first.numbers) <= max(first.numbers) <= count:
        return []
    heads = [(0, first)]
    for found in _BREAK.finditer(text, first.end):
        head = _head(text, found.end(), count)
        if head is None or head.sign != first.sign or max(head.numbers) > count:
            continue
        last = max(heads[-1][1].numbers)
        is_next = min(head.numbers) == last + 1
        if not found["line"] and head.sign not in {":", ")"}:
            if found["pause"] and is_next and not head.sign:
                return []  # "1 yes, 2 no"
        elif min(head.numbers) <= last and (found["line"] or found["pause"]):
            heads = heads[:1]
            break
        elif is_next or (min(head.numbers) > last and (found["line"] or found["pause"])):
            heads.append((found.start(), head))
    ends = [start for start, _ in heads[1:]] + [len(text)]
    return [Part(head.numbers, head.end, end) for (_, head), end in zip(heads, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class _Head:
    """What names items: where it ends, and the sign it ends with, such as ":"; "" for none."""

    numbers: tuple[int, ...]
    end: int
    sign: str


def _everybody(text: str, count: int) -> _Head | None:
    found = _EVERYBODY.match(text)
    if found is None or (found["two"] and count != 2):
        return None
    return _Head(tuple(range(1, count + 1)), found.end(), ":")


def _head(text: str, start: int, count: int) -> _Head | None:
    """The items that a text names at a place; None where it names none."""
    lead = _LEAD.match(text, start)
    last = _ITEM.match(text, start if lead is None else lead.end())
    if last is None:
        return None
    numbers, needs_sign = {_number(last, count)}, last["word"] is not None
    while True:
        joined = _AND.match(text, last.end())
        item = None if joined is None else _ITEM.match(text, joined.end())
        if item is None or joined is None:
            joined = _TO.match(text, last.end())
            item = None if joined is None else _ITEM.match(text, joined.end())
            if item is None or joined is None:
                break
            if _ended(text, item)[1] not in {":", ")"}:
                if joined[0][0] == " " and joined[0].strip() in "-–—":
                    break  # "2 - 3 days": a dash, and then the answer
                return None
            numbers.update(range(_number(last, count), _number(item, count)))
        numbers.add(_number(item, count))
        needs_sign = needs_sign or item["word"] is not None or "/" in joined[0]
        last = item
    end, sign = _ended(text, last)
    if end < 0 or (needs_sign and sign not in {":", ")"}):
        return None
    return _Head(tuple(sorted(numbers)), end, sign)


def _number(item: re.Match[str], count: int) -> int:
    if item["figures"]:
        return int(item["figures"])
    word = item["word"].lower().split()[0]
    return count if word in _LAST else _WORDS[word]


def _ended(text: str, item: re.Match[str]) -> tuple[int, str]:
    """Where the words behind an item begin (-1: it is none after all), and the sign before them."""
    colon = _COLON.match(text, item.end())
    if colon is not None:
        return colon.end(), ":"
    point = _POINT.match(text, item.end())
    if item["closed"]:
        return item.end() if point is None else point.end(), ")"
    return (-1, "") if point is None else (point.end(), "".join(filter(None, point.groups())))
