"""Labelled sets: what is read, and what is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import Place
from bot.errors import FileProblems
from bot.labels.labelled import Labelled, load_labelled

KNOWN = ("refund", "track-order")


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


FORMS = {
    "set.jsonl": '{"text": "money back", "expected": "refund", "split": "dev"}\n\n'
    '{"text": "hi", "expected": null}\n',
    "set.yaml": "- {text: money back, expected: refund}\n\n- text: hi\n  expected: null\n",
    "set.json": '[{"text": "money back", "expected": "refund"},\n\n {"text": "hi", "expected": '
    "null}]",
    "set.txt": '{"text": "money back", "expected": "refund"}\n\n{"text": "hi", "expected": null}',
}


@pytest.mark.parametrize(("name", "text"), FORMS.items(), ids=FORMS.keys())
def test_json_lines_and_yaml_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path, name, text)
    assert load_labelled([path], KNOWN) == (
        Labelled("money back", "refund", Place(path, 1)),
        Labelled("hi", None, Place(path, 3)),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "set.jsonl",
            '{"text": "code", "expected": "refund", "language": "zh-hans"}\n'
            '{"text": "hi", "expected": null, "language": null}',
        ),
        (
            "set.yaml",
            "- {text: code, expected: refund, language: zh-hans}\n"
            "- {text: hi, expected: null, language: null}\n",
        ),
    ],
)
def test_a_label_may_say_the_language_of_the_person(tmp_path: Path, name: str, text: str) -> None:
    found = load_labelled([write(tmp_path, name, text)], KNOWN)
    assert [label.language for label in found] == ["zh-hans", None]


def test_the_same_words_may_mean_another_entry_in_another_language(tmp_path: Path) -> None:
    rows = [("refund", "en-GB"), ("track-order", "de"), (None, None)]
    lines = [json.dumps({"text": "gift", "expected": e, "language": la}) for e, la in rows]
    path = write(tmp_path, "set.jsonl", "\n".join(lines))
    assert [label.expected for label in load_labelled([path], KNOWN)] == [e for e, _ in rows]
    again = json.dumps({"text": "gift", "expected": "track-order", "language": "en"})
    with pytest.raises(FileProblems) as error:
        load_labelled([write(tmp_path, "set.jsonl", "\n".join([*lines, again]))], KNOWN)
    assert str(error.value) == (
        f"{path}:4: \"gift\" expects 'track-order' here but 'refund' in {path}:1. Keep the label "
        "that is right."
    )


GOOD = '{"text": "hi", "expected": null}\n{"text": "back", "expected": "refund"}\n'
BAD = {
    "an unknown id": (
        GOOD + '{"text": "where", "expected": "track-ordr"}',
        "{path}:3: expected is 'track-ordr', but no entry of the FAQ has this id. Did you mean "
        "'track-order'? For what the FAQ has no answer to, write null.",
    ),
    "a count of none": (
        GOOD + '{"text": "where", "expected": null, "count": 0}',
        "{path}:3: count is 0; a whole number from 1 is needed.",
    ),
    "a contradiction": (
        GOOD + '{"text": "back", "expected": null}',
        "{path}:3: \"back\" expects null (out of scope) here but 'refund' in {path}:2. Keep the "
        "label that is right.",
    ),
    "nothing": (
        "\n",
        '{path}: there is no label in it. Add lines such as {{"text": "can i send it back", '
        '"expected": "return-item"}}.',
    ),
    "only in scope": (
        '{"text": "back", "expected": "refund"}',
        "{path}: no label is out of scope (expected: null), so nothing can be said about "
        "questions the FAQ has no answer to. Add some, or say --oos-share 0 if nobody ever asks "
        "any.",
    ),
    "only out of scope": (
        '{"text": "hi", "expected": null}',
        "{path}: every label is out of scope (expected: null), so nothing can be said about "
        "answers. Add messages that the FAQ answers.",
    ),
    "no language": (
        GOOD + '{"text": "where", "expected": null, "language": "English (UK)"}',
        '{path}:3: language is "English (UK)"; a language code in quotes is needed, such as "en" '
        'or "zh-hans", or null.',
    ),
    "no JSON": (
        GOOD + "back, refund",
        '{path}:3: this line is no JSON object; one per line is needed, such as {{"text": "can i '
        'send it back", "expected": "return-item"}}.',
    ),
    "a key twice": (
        GOOD + '{"text": "a", "text": "b", "expected": null}',
        "{path}:3: the key 'text' stands here twice. Remove one of the two.",
    ),
    "no expected": (
        GOOD + '{"text": "a", "expect": "refund"}',
        '{path}:3: expected is missing; needed is, for example: {{"text": "can i send it back", '
        '"expected": "return-item"}}. Did you mean \'expect\'?',
    ),
    "a number for a text": (
        GOOD + '{"text": 5, "expected": null}',
        "{path}:3: text is 5; text in quotes is needed.",
    ),
    "a list for an id": (
        GOOD + '{"text": "a", "expected": ["refund"]}',
        '{path}:3: expected is ["refund"]; an entry\'s id in quotes, or null, is needed.',
    ),
    "an empty id": (
        GOOD + '{"text": "a", "expected": " "}',
        "{path}:3: expected is empty; an entry's id is needed, or null for out of scope.",
    ),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, "set.jsonl", text)
    with pytest.raises(FileProblems) as error:
        load_labelled([path], KNOWN)
    assert str(error.value) == told.format(path=path)


def test_yaml_says_what_it_took_a_value_for(tmp_path: Path) -> None:
    path = write(tmp_path, "set.yaml", "- text: no\n  expected: refund\n- 7\n")
    with pytest.raises(FileProblems) as error:
        load_labelled([path], KNOWN)
    assert str(error.value).splitlines() == [
        f"{path}:1: text is no, which YAML reads as yes/no; text in quotes is needed.",
        f'{path}:3: a label is 7; needed is, for example: {{"text": "can i send it back", '
        '"expected": "return-item"}.',
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match=r"x\.jsonl: there is no such file\.$"):
        load_labelled([str(tmp_path / "x.jsonl")], KNOWN)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("set.jsonl", '{"text": " HI ", "expected": null}\n'),
        ("set.jsonl", '{"text": "hi", "expected": null, "count": 1}'),
    ],
)
def test_duplicates_with_the_same_label_are_one_label_that_counts_as_often(
    tmp_path: Path, name: str, more: str
) -> None:
    path = write(tmp_path, name, GOOD + more)
    assert [(label.text, label.count) for label in load_labelled([path], KNOWN)] == [
        ("hi", 2),
        ("back", 1),
    ]


def test_a_label_may_say_how_often_it_was_sent(tmp_path: Path) -> None:
    text = "- {text: hi, expected: null, count: 40}\n- {text: back, expected: refund}\n"
    found = load_labelled([write(tmp_path, "set.yaml", text)], KNOWN)
    assert [label.count for label in found] == [40, 1]


def test_contradictions_in_other_files_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "set.jsonl", GOOD + GOOD)
    other = write(tmp_path, "2.jsonl", '{"text": "hi", "expected": "refund"}')
    with pytest.raises(FileProblems, match=f"{other}:1: .* here but null .* in {path}:1"):
        load_labelled([path, other], KNOWN)


def test_of_many_mistakes_twenty_are_told_and_the_number_of_the_rest(tmp_path: Path) -> None:
    lines = "".join(f'{{"text": "t{n}", "expected": "zzz"}}\n' for n in range(30))
    path = write(tmp_path, "set.jsonl", lines)
    with pytest.raises(FileProblems) as error:
        load_labelled([path], KNOWN)
    told = str(error.value).splitlines()
    assert len(told) == 20
    assert told[-1].endswith("(And 10 more like these.)")


def test_a_one_sided_set_is_read_where_that_is_meant(tmp_path: Path) -> None:
    path = write(tmp_path, "set.jsonl", '{"text": "back", "expected": "refund"}')
    assert len(load_labelled([path], KNOWN, may_be_one_sided=True)) == 1
