"""FAQ files as people write them, in many styles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

_WORDS = ("refund", "delivery", "order", "can I", "where is", "your", "please", "退款", "café")
_PUNCTUATION = ("?", "!", ": yes", " # no", " - so", "'s", ' "now"', ", or", " {x}", "%", "")
_COMMENTS = ("# a remark", "# - not this one", "# phrasings:", "#")

texts = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4),
    st.sampled_from(_PUNCTUATION),
)
anything = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")),
    min_size=1,
    max_size=30,
).filter(lambda text: any(character.isalnum() for character in text))


@dataclass(frozen=True)
class Style:
    """How a file is written.

    Attributes:
        quote: "", ' or " around texts.
        form: of entries: block, flow (braces) or json (the whole file).
        end: of lines.
        mark: of byte order.
        has_final_break: whether the last line ends.
        offset: of dashes behind their key.
        indent: of entries.
        gap: behind a dash.
        blank: lines between entries.
        comments: whether there are some.
        many: whether lists in brackets have a line for each item.
    """

    quote: str
    form: str
    end: str
    mark: bytes
    has_final_break: bool
    offset: int
    indent: int
    gap: int
    blank: int
    comments: bool
    many: bool
    block_answer: str


styles = st.builds(
    Style,
    quote=st.sampled_from(["", "'", '"']),
    form=st.sampled_from(["block", "block", "flow", "lists in flow", "json"]),
    end=st.sampled_from(["\n", "\n", "\r\n"]),
    mark=st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    has_final_break=st.booleans(),
    offset=st.sampled_from([0, 2, 4]),
    indent=st.sampled_from([0, 2]),
    gap=st.sampled_from([1, 3]),
    blank=st.sampled_from([0, 1, 2]),
    comments=st.booleans(),
    many=st.booleans(),
    block_answer=st.sampled_from(["", "|", "|-", "|+", ">"]),
)


def quoted(text: str, style: Style) -> str:
    """A text in the file's quotes; in double ones where it needs some."""
    if style.quote == "'":
        return "'" + text.replace("'", "''") + "'"
    is_plain = not style.quote and not set(text) & set("?!:#-'\",{}%") and style.form == "block"
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def written(entries: Sequence[dict[str, object]], style: Style) -> bytes:
    """A file of entries."""
    lines: list[str] = []
    if style.form == "json":
        lines = json.dumps(list(entries), ensure_ascii=False, indent=2 * style.many or None).split(
            "\n"
        )
    elif style.comments:
        lines += ["# The questions of our shop", ""]
    for number, entry in enumerate(entries if style.form != "json" else ()):
        if number:
            lines += [""] * style.blank
        if style.comments:
            lines.append(f"{' ' * style.indent}{_COMMENTS[number % 4]}")
        lines += _flow(entry, style) if style.form == "flow" else _block(entry, style)
    text = style.end.join(lines) + style.end * style.has_final_break
    return style.mark + text.encode()


def _list(items: Sequence[str], style: Style, indent: str) -> str:
    inner = [quoted(each, style) for each in items]
    if not style.many:
        return f"[{', '.join(inner)}]"
    comment = "  # the last" if style.comments else ""
    between = f",{style.end}{indent}  "
    return f"[{style.end}{indent}  {between.join(inner)}{comment}{style.end}{indent}]"


def _flow(entry: dict[str, object], style: Style) -> list[str]:
    parts = []
    for key, value in entry.items():
        shown = (
            _list(value, style, "    ") if isinstance(value, list) else quoted(str(value), style)
        )
        parts.append(f"{key}: {shown}")
    return [f"{' ' * style.indent}-{' ' * style.gap}{{{', '.join(parts)}}}"]


def _block(entry: dict[str, object], style: Style) -> list[str]:
    indent = " " * (style.indent + 1 + style.gap)
    lines = []
    for key, value in entry.items():
        if isinstance(value, list) and style.form == "lists in flow":
            lines.append(f"{indent}{key}: {_list(value, style, indent)}")
        elif isinstance(value, list):
            lines.append(f"{indent}{key}:" + "  # in their words" * style.comments)
            for place, each in enumerate(value):
                after = "   # often" if style.comments and place % 2 else ""
                lines.append(f"{indent}{' ' * style.offset}- {quoted(each, style)}{after}")
            lines += [f"{indent}  # - and so on"] * style.comments
        elif key == "answer" and style.block_answer:
            lines += [f"{indent}{key}: {style.block_answer}", f"{indent}  {value}", ""]
            lines += [f"{indent}  More of it: # this"]
        else:
            lines.append(f"{indent}{key}: {quoted(str(value), style)}")
    lines[0] = f"{' ' * style.indent}-{' ' * style.gap}{lines[0].lstrip()}"
    return lines
