"""How a text is written in YAML so that the bot reads just that text."""

from __future__ import annotations

import json
import re

from bot.errors import ProblemList
from bot.files.yamlfile import Fields, Items, Kind, Node, read_yaml

PLAIN, SINGLE, DOUBLE = "", "'", '"'
_UNSEEN = re.compile("[\x7f-\xa0\u2028\u2029\ufeff]")

# What a file says: texts, lists and mappings; of what is no text to YAML, its kind and its letters.
Data = str | tuple[Kind, str] | list["Data"] | dict[str, "Data"] | None


def data_of(node: Node | None) -> Data:
    """What a part of a file says, however that is written."""
    if isinstance(node, Fields):
        return {key: data_of(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [data_of(value) for value in node.values]
    if node is None:
        return None
    text = node.text.strip()  # as whoever reads the FAQ strips it
    return text if node.kind is Kind.TEXT else (node.kind, text)


def read_node(path: str, content: bytes) -> Node | None:
    """A file of such a content; None where it holds nothing, or mistakes."""
    notes = ProblemList(path)
    node = read_yaml(notes, content=content)
    return None if notes.problems else node


def scalar(text: str, style: str = PLAIN, *, in_flow: bool = False) -> str:
    """A text in a style, or in the first one in which it is read as it is.

    Args:
        style: PLAIN, SINGLE or DOUBLE.
        in_flow: whether it stands in brackets or braces.
    """
    ways = (_in_style(text, each) for each in (style, PLAIN, SINGLE, DOUBLE))
    return next(each for each in ways if _reads(each, text, in_flow=in_flow))


def block(text: str, indent: str, end: str) -> str | None:
    """A text of several lines behind a "|"; None where it would be read otherwise."""
    lines = [f"{indent}{line}" if line else "" for line in text.split("\n")]
    written = end.join(["|", *lines])
    return written if _reads(written, text, in_flow=False) else None


def in_flow(value: Data, style: str) -> str:
    """A value as it stands in one line, in brackets and braces."""
    if isinstance(value, list):
        return f"[{', '.join(in_flow(each, style) for each in value)}]"
    if not isinstance(value, dict):
        return scalar(str(value), style, in_flow=True)
    of_keys = DOUBLE if style == DOUBLE else PLAIN
    pairs = (f"{scalar(k, of_keys, in_flow=True)}: {in_flow(v, style)}" for k, v in value.items())
    return f"{{{', '.join(pairs)}}}"


def _in_style(text: str, style: str) -> str:
    if style == SINGLE:
        return "'" + text.replace("'", "''") + "'"
    if style == DOUBLE:
        quoted = json.dumps(text, ensure_ascii=False)
        return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    return text


def _reads(written: str, text: str, *, in_flow: bool) -> bool:
    """Whether the bot reads the text there, and what stands beside it."""
    before, after = ("- [", ", x]\n- x\n") if in_flow else ("- k: ", "\n  l: x\n- x\n")
    content = f"{before}{written}{after}".encode("utf-8", "surrogatepass")
    wanted: Data = [[text, "x"] if in_flow else {"k": text, "l": "x"}, "x"]
    return data_of(read_node("-", content)) == wanted
