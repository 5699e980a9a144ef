"""What the parser says of a text that is no YAML, in words for somebody who never heard of it."""

from __future__ import annotations

import re
from typing import Any

import yaml

MAX_DEPTH = 12
TOO_DEEP = "nested too deep"
_TAB = "this line is indented with a tab. Use spaces."
_NO_BREAK = "this line is indented with a no-break space, which looks like a space. Use spaces."
_INDENTING = {
    re.compile(r" *\t\s*[^\s#]"): _TAB,
    re.compile("[ \\t]*[\u00a0\u2007\u202f]\\s*[^\\s#]"): _NO_BREAK,
}


def line_of(mark: Any) -> int:
    """The line of a mark, of which each of the two parsers has a kind of its own."""
    return 1 if mark is None else int(mark.line) + 1  # the parser counts from 0


_MISFIT = (
    "this line does not fit the ones above it: items of one list and keys of one entry must"
    " begin in the same column. Check the indentation, and quotes inside a text."
)
_BEGINNING = re.compile(r"""\s*(?:- +)*(?:[\w-]+: +|(?<=- ))(?P<sign>[\[{"'])""")
_NO_SPACE = re.compile(r"\s*-[^\s-]")
_CLOSING = {"[": "]", "{": "}"}


def _misfit(line: str) -> str:
    """Why a line fits nothing above it.

    Often its text begins with what YAML takes for its own, as an answer that begins with a link.
    """
    if _NO_SPACE.match(line):
        return "a list item begins with a dash and a space. Write the space."
    found = _BEGINNING.match(line)
    if found is None:
        return _MISFIT
    sign = found["sign"]
    if sign in "[{":
        return (
            f"a text that begins with {sign} must be in quotes as a whole, or stand below a |. If"
            f" it is no text, nothing may follow its {_CLOSING[sign]}."
        )
    return (
        f"the text goes on after its second {sign}. Put all of it in quotes of the other kind, or"
        " let it stand below a |."
    )


# What the parser says, in the words of somebody who has never heard of scalars and mappings.
# Both parsers of PyYAML word the same mistake differently, so each row lists fragments of both.
_EXPLANATIONS = {
    TOO_DEEP: (
        f"values are nested more than {MAX_DEPTH} deep; no file of this bot needs that. Check the "
        "brackets and the indentation here."
    ),
    "found a tab | character '\\t'": _TAB,
    "mapping values are not allowed": (
        "there is a colon where none can stand, or the line is indented wrongly. Put a text "
        'that holds ": " in quotes, and begin keys of one entry in the same column.'
    ),
    "<document start> | directive | incompatible YAML | tag handle '!'": (
        "this line does not belong to the list or the keys above it, or begins with %. Check "
        "the indentation, delete a line of three dots (...), and put a text that begins with % "
        "in quotes."
    ),
    "alphabetic or numeric character | undefined tag handle | ing a tag": (
        "a text that begins with &, * or ! must be in quotes."
    ),
    "unknown escape | hexdecimal | hexadecimal numbers, but found | invalid Unicode": (
        "a backslash inside \"…\" starts an escape. Write \\\\, or use '…' quotes."
    ),
    "while scanning a quoted scalar": "a quotation mark is opened here and never closed. Close it.",
    "cannot start any token": "a text cannot begin with this character. Put the text in quotes.",
    "could not find expected ':' | could not found expected ':'": (
        "this line is neither a list item (- …) nor a key with a colon (key: …). Check the "
        "colon and the indentation."
    ),
    "entries are not allowed": (
        "a list item (- …) cannot begin in the middle of a line. Put it in a line of its own."
    ),
    "did not find expected ',' or ']' | expected ',' or ']'": (
        "a [ is opened and not closed in the way a list needs. Put the text in quotes if the "
        "bracket is meant."
    ),
    "did not find expected ',' or '}' | expected ',' or '}'": (
        "a { is opened and not closed in the way a group needs. Put the text in quotes if the "
        "brace is meant."
    ),
    "node content": (
        "a bracket, brace or comma stands here where none can, or is never closed. Put the text"
        " in quotes if it is meant."
    ),
    "keys are not allowed": (
        "a text cannot begin with a question mark and a space. Put the text in quotes."
    ),
    "did not find expected key | expected <block end> | '-' indicator": _MISFIT,
    "while scanning a block scalar": (
        "after | or > nothing else may stand in the line. Put the text in the next line, or in"
        " quotes if the sign is meant."
    ),
}


def explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """In which line a text is no YAML, from 1, and what to do."""
    lines = text.split("\n")
    line, meaning = _explained(error, len(text.rstrip().split("\n")))
    for number, near in enumerate(lines[max(0, line - 2) : line + 1], start=max(1, line - 1)):
        for sign, told in _INDENTING.items():
            if sign.match(near):
                return number, told
    return line, _misfit(lines[line - 1]) if meaning == _MISFIT else meaning


def _explained(error: yaml.MarkedYAMLError, last: int) -> tuple[int, str]:
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    line = line_of(mark)
    opens = ("scanning a quoted scalar", "simple key", "flow")
    if error.context_mark is not None and any(fragment in said for fragment in opens):
        line = line_of(error.context_mark)  # where it opens, not where the file ends
    for fragments, meaning in _EXPLANATIONS.items():
        if any(fragment in said for fragment in fragments.split(" | ")):
            return min(line, last), meaning
    return min(line, last), f"this is not YAML: {said.strip()}. Check the line and the one above."
