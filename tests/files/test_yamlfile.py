"""YAML text becomes values that know their line; what could mislead is refused with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from bot.errors import ProblemList
from bot.files import yamlfile
from bot.files.yamlfile import Fields, Items, Kind, Node, Scalar, read_yaml
from tests.files.reading import rows_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "f.yaml"


def read(file: Path, content: str | bytes) -> tuple[Node | None, list[str]]:
    """The values and what is refused, with the file called f.yaml."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    notes = ProblemList("f.yaml")
    return read_yaml(notes), [str(problem) for problem in notes.problems]


def reasons(file: str = "f.yaml") -> list[str]:
    """Why a file gives no values at all."""
    notes = ProblemList(file)
    assert read_yaml(notes) is None
    return [str(problem) for problem in notes.problems]


def reasons_for(file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return reasons()


# --- values --------------------------------------------------------------------------------------


def test_every_value_knows_its_line(file: Path) -> None:
    assert read(file, "a: 1\nb:\n  - x\n\n  - |\n    y\n    z\nc: {d: e}\n") == (
        Fields(
            1,
            {
                "a": Scalar(1, "1", Kind.NUMBER),
                "b": Items(3, (Scalar(3, "x", Kind.TEXT), Scalar(5, "y\nz\n", Kind.TEXT))),
                "c": Fields(8, {"d": Scalar(8, "e", Kind.TEXT)}, {"d": 8}),
            },
            {"a": 1, "b": 2, "c": 8},
        ),
        [],
    )


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (Kind.TEXT, ["Where is it?", "="]),
        (Kind.NUMBER, ["1.10", "007", "1:30", ".inf"]),
        (Kind.BOOL, ["no", "On"]),
        (Kind.DATE, ["2024-01-31"]),
        (Kind.NULL, ["~", "null", ""]),
    ],
)
def test_a_value_keeps_its_text_beside_what_yaml_takes_it_for(
    file: Path, kind: Kind, written: list[str]
) -> None:
    content = "".join(f"- {text}\n" for text in written)
    values = tuple(Scalar(line, text, kind) for line, text in enumerate(written, start=1))
    assert read(file, content) == (Items(1, values), [])


@pytest.mark.parametrize("written", ['"{}"', "'{}'", "|-\n  {}", "!!str {}", "! {}"])
@pytest.mark.parametrize("text", ["no", "007", "1.10", "~", "2024-01-31"])
def test_a_quoted_value_is_text(file: Path, written: str, text: str) -> None:
    root, problems = read(file, "- " + written.format(text))
    assert (root, problems) == (Items(1, (Scalar(1, text, Kind.TEXT),)), [])


@pytest.mark.parametrize("content", ["", "\n\n", "# a comment\n", "---\n", "\ufeff"])
def test_a_file_of_comments_alone_holds_nothing(file: Path, content: str) -> None:
    assert read(file, content) == (None, [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_lines_are_counted_alike_whatever_ends_them(file: Path, end: str) -> None:
    assert read(file, end.join(["\ufeff- a", "- b", "- |", "  c", "  d"])) == (
        Items(
            1, (Scalar(1, "a", Kind.TEXT), Scalar(2, "b", Kind.TEXT), Scalar(3, "c\nd", Kind.TEXT))
        ),
        [],
    )
    assert reasons_for(file, end.join(["a: b", "c: d: e", "f: g"])) == [f"f.yaml:2: {COLON}"]


# --- what is refused, and the rest is still read -------------------------------------------------

A_TAB = "this line is indented with a tab. Use spaces."
NAMES = {
    "TWICE": "stands here a second time (first in line",
    "ONE": "Remove one of the two.",
    "ANCHOR": "is an anchor, which this bot does not allow. Remove it, or put the text in quotes "
    "if the & is meant.",
    "ALIAS": "is an alias, which this bot does not allow. Write the value out, or put the text in "
    "quotes if the * is meant.",
    "TAG": "is a tag, which this bot does not allow. Remove it, or put the text in quotes if the ! "
    "is meant.",
    "COMMENT": "what follows # is a comment to YAML and would be dropped. Put the whole text in "
    "quotes, or write a space after the # of a comment.",
    "DOCUMENT": "a second document starts here (---). Remove that line, or move what follows into "
    "a file of its own.",
}
MISLEADING = r"""
a: 1\nb: 2\na: 3\n → 3: the key 'a' <TWICE> 1). <ONE>
- a: 1\n- b: {c: 1, 'c': 2}\n → 2: the key 'c' <TWICE> 2). <ONE>
a: &x 1\nb: *x\n → 1: &x <ANCHOR> | 2: *x <ALIAS>
<<: *base\n*key : 1\n → 1: *base <ALIAS> | 2: *key <ALIAS>
a: !!python/object/apply:os.system [id]\n → 1: !!python/object/apply:os.system <TAG>
a: !secret b\n → 1: !secret <TAG>
a: !!binary aGk=\n → 1: !!binary <TAG>
a: !!set [b]\nc: !!pairs [d]\n → 1: !!set <TAG> | 2: !!pairs <TAG>
a: 1\n---\nb: 2\n → 2: <DOCUMENT>
? [a, b]\n: c\n → 1: a key must be a single word, not a list or a group of values.
a: b\nc: Is it #1 here?\n → 2: <COMMENT>
a: #1 yes\n → 1: <COMMENT>
a:\n  - b\n  - order #123\n → 3: <COMMENT>
"""


@pytest.mark.parametrize(("content", "told"), rows_of(MISLEADING, NAMES))
def test_what_could_mislead_is_refused(file: Path, content: str, told: str) -> None:
    written = content.replace("\\n", "\n").replace("\\t", "\t")
    assert read(file, written)[1] == [f"f.yaml:{line}" for line in told.split(" | ")]


@pytest.mark.parametrize(
    "content",
    [
        "a: |\n  b\n  \tc\nd: e\n",
        'a: "b\n\tc"\n',
        "a: b\tc\n",
        "a: [b,\n\t\n\t# comment\n\tc]\n",
        "a: b\n  \tc\n",
        "- a  # a comment\n- 'it is #1'\n- b#1  ## more\n",
    ],
)
def test_a_tab_that_does_not_indent_and_a_comment_with_a_space_are_fine(
    file: Path, content: str
) -> None:
    assert read(file, content)[1] == []


def test_an_alias_stands_for_no_value_but_its_key_is_known(file: Path) -> None:
    """So that nobody is told a second time that the value does not fit, or that it is missing."""
    root, _ = read(file, "a: *x\nb: [*y, c]\n")
    assert root == Fields(1, {"b": Items(2, (Scalar(2, "c", Kind.TEXT),))}, {"a": 1, "b": 2})


def test_the_first_of_two_equal_keys_is_read(file: Path) -> None:
    assert read(file, "a: 1\na: 2\n")[0] == Fields(1, {"a": Scalar(1, "1", Kind.NUMBER)}, {"a": 1})


# --- what cannot be read -------------------------------------------------------------------------

COLON = (
    "there is a colon where none can stand, or the line is indented wrongly. Put a text that holds "
    '": " in quotes, and begin keys of one entry in the same column.'
)


WORDS = {
    "CHARACTER": "a text cannot begin with this character. Put the text in quotes.",
    "COLUMN": "this line does not fit the ones above it: items of one list and keys of one entry "
    "must begin in the same column. Check the indentation, and quotes inside a text.",
    "ESCAPE": "a backslash inside \"…\" starts an escape. Write \\\\, or use '…' quotes.",
    "BLOCK": "after | or > nothing else may stand in the line. Put the text in the next line, or "
    "in quotes if the sign is meant.",
    "LINK": "a text that begins with [ must be in quotes as a whole, or stand below a |. If it is "
    "no text, nothing may follow its ].",
    "NAME": "a text that begins with { must be in quotes as a whole, or stand below a |. If it is "
    "no text, nothing may follow its }.",
    "QUOTED": 'the text goes on after its second ". Put all of it in quotes of the other kind, or '
    "let it stand below a |.",
    "APOSTROPHE": "the text goes on after its second '. Put all of it in quotes of the other kind, "
    "or let it stand below a |.",
    "SPACE": "a list item begins with a dash and a space. Write the space.",
    "NO_BREAK": "this line is indented with a no-break space, which looks like a space. Use "
    "spaces.",
    "MARK": "a text that begins with &, * or ! must be in quotes.",
    "BRACKET": "a [ is opened and not closed in the way a list needs. Put the text in quotes if "
    "the bracket is meant.",
    "BRACE": "a { is opened and not closed in the way a group needs. Put the text in quotes if the"
    " brace is meant.",
    "STRAY": "a bracket, brace or comma stands here where none can, or is never closed. Put the "
    "text in quotes if it is meant.",
    "OUTSIDE": "this line does not belong to the list or the keys above it, or begins with %. "
    "Check the indentation, delete a line of three dots (...), and put a text that begins with "
    "% in quotes.",
    "NO_KEY": "this line is neither a list item (- …) nor a key with a colon (key: …). Check the "
    "colon and the indentation.",
    "UNCLOSED": "a quotation mark is opened here and never closed. Close it.",
    "DASH": "a list item (- …) cannot begin in the middle of a line. Put it in a line of its own.",
    "QUESTION": "a text cannot begin with a question mark and a space. Put the text in quotes.",
    "COLON": COLON,
    "A_TAB": A_TAB,
}
BROKEN = r"""
a: 1\nb: c: d\n → 2: <COLON>
- a: 1\n   b: 2\n → 2: <COLON>
- a: 1\nb: 2\n → 2: <COLUMN>
  a: 1\n b: 2\n → 2: <OUTSIDE>
a: "b" c\n → 1: <QUOTED>
a: [b](https://c.d) e\n → 1: <LINK>
- a: 1\n  b:\n    - [c](d) e\n → 3: <LINK>
a: {b} c\n → 1: <NAME>
a: 'b's c'\n → 1: <APOSTROPHE>
- a: 1\n-b: 2\n → 2: <SPACE>
- a: 1\n\u00a0 b: 2\n → 2: <NO_BREAK>
a: > b\n → 1: <BLOCK>
a: 1\nb\nc: 2\n → 2: <NO_KEY>
a: 1\nb: "c\nd: 1\n\n\n → 2: <UNCLOSED>
a: 'b\nc: 1\n → 1: <UNCLOSED>
a: "b\n---\nc"\n → 1: <UNCLOSED>
a: @b\n → 1: <CHARACTER>
a: `b`\n → 1: <CHARACTER>
a: %b\n → 1: <CHARACTER>
a: 1\n...\nb: 2\n → 3: <OUTSIDE>
%b c\n → 1: <OUTSIDE>
%YAML 2.0\n---\na: 1\n → 1: <OUTSIDE>
a: - b\n → 1: <DASH>
a: ? b\n → 1: <QUESTION>
a: 1\nb: [c\nd: 1\n → 2: <BRACKET>
a: {b: c\nd: 1\n → 1: <BRACE>
a: 1\nb: ]\n → 2: <STRAY>
a: [,]\n → 1: <STRAY>
a: 1\nb: [\n\n → 2: <STRAY>
a: & b\n → 1: <MARK>
a: ** b\n → 1: <MARK>
a: !x!y z\n → 1: <MARK>
a: !<b\n → 1: <MARK>
a: !%ZZ b\n → 1: <MARK>
a: "C:\\data"\n → 1: <ESCAPE>
a: "\\xZZ"\n → 1: <ESCAPE>
a: | b\n → 1: <BLOCK>
a: |0\n b\n → 1: <BLOCK>
a: 1\n\tb: c\n → 2: <A_TAB>
a: |\n  b\n \tc: d\n → 3: <A_TAB>
a: b\n\tc\n → 2: <A_TAB>
a: b\n\t\nc: d\n → 2: <A_TAB>
a: |\n\tb\n → 2: <A_TAB>
"""


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("content", "told"), rows_of(BROKEN, WORDS))
def test_a_syntax_error_is_told_in_plain_words(
    file: Path, monkeypatch: pytest.MonkeyPatch, content: str, told: str, parser: str
) -> None:
    """Whichever of PyYAML's two parsers is installed."""
    monkeypatch.setattr(yamlfile, "_LOADER", getattr(yaml, parser))
    written = content.encode("ascii").decode("unicode_escape")
    assert reasons_for(file, written) == [f"f.yaml:{told}"]


def test_what_was_refused_before_a_syntax_error_is_told_too(file: Path) -> None:
    assert reasons_for(file, "a: *x\na: y\nb: c: d\n") == [
        "f.yaml:1: *x is an alias, which this bot does not allow. Write the value out, or put the "
        "text in quotes if the * is meant.",
        "f.yaml:2: the key 'a' stands here a second time (first in line 1). Remove one of the two.",
        f"f.yaml:3: {COLON}",
    ]


NO_UTF8 = "is not UTF-8. Save the file as UTF-8."
INVISIBLE = "the invisible control character {} stands here. Delete it."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: 1\nb: caf\xe9\n", f"2: byte 0xe9 {NO_UTF8}"),
        (b"a: \xed\xa0\x80\n", f"1: byte 0xed {NO_UTF8}"),
        ("a: 1\n".encode("utf-16"), "1: the file is saved as UTF-16. Save it as UTF-8."),
        (b"a: 1\r\nb: \x00\n", f"2: {INVISIBLE.format('U+0000')}"),
        ("a: 1\nb: c\x1b[31m\n", f"2: {INVISIBLE.format('U+001B')}"),
        ("a: 1\nb: c\u2028d\n", f"2: {INVISIBLE.format('U+2028')}"),  # a line break to YAML only
    ],
)
def test_bytes_that_are_no_text_are_named_with_their_line(
    file: Path, content: str | bytes, told: str
) -> None:
    assert reasons_for(file, content) == [f"f.yaml:{told}"]


def test_a_missing_file_and_a_folder_are_named(file: Path) -> None:
    assert reasons() == ["f.yaml: there is no such file."]
    file.mkdir()
    assert reasons() == ["f.yaml: this is a folder; a file is needed."]


def test_a_pipe_or_a_device_which_may_never_end_is_not_read(file: Path) -> None:
    os.mkfifo(file)
    assert reasons() == ["f.yaml: this is a pipe or a device; a file is needed."]
    file.unlink()
    file.symlink_to("/dev/zero")
    assert reasons() == ["f.yaml: this is a pipe or a device; a file is needed."]


def test_a_file_that_may_not_be_read_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file.touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert reasons() == [
        "f.yaml: the file cannot be read (Permission denied). Check its permissions."
    ]


def test_a_file_may_have_16_mb_and_no_more(file: Path) -> None:
    size = 16 * 1024 * 1024
    file.write_bytes(b"#" * size)
    assert reasons() == []
    file.write_bytes(b"#" * (size + 1))
    assert reasons() == ["f.yaml: the file is larger than 16 MB. Split it into several."]


TOO_DEEP = (
    "values are nested more than 12 deep; no file of this bot needs that. Check the brackets and "
    "the indentation here."
)


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
def test_values_may_be_12_deep_and_no_deeper(
    file: Path, monkeypatch: pytest.MonkeyPatch, parser: str
) -> None:
    monkeypatch.setattr(yamlfile, "_LOADER", getattr(yaml, parser))
    assert read(file, "[" * 12 + "a" + "]" * 12)[1] == []
    assert reasons_for(file, "\n" + "[" * 13 + "a" + "]" * 13) == [f"f.yaml:2: {TOO_DEEP}"]
    assert reasons_for(file, "[" * 100_000) == [f"f.yaml:1: {TOO_DEEP}"]
    assert reasons_for(file, "- " * 1_000 + "a") == [f"f.yaml:1: {TOO_DEEP}"]


def test_aliases_of_aliases_are_refused_without_being_written_out(file: Path) -> None:
    """The "billion laughs": nine lines that would fill the memory."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{key}: &{key} [{', '.join(['*' + before] * 9)}]"
        for before, key in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    root, problems = read(file, "\n".join(lines))
    assert isinstance(root, Fields)
    assert root.values["i"] == Items(9, ())
    assert len(problems) == 9 + 8 * 9
