"""What `ask` reads and prints."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from bot.commands.ask import as_json, as_text, ready_lines
from bot.domain import Action, Decision, Faq, Hit
from tests.factories import entry

FAQ = Faq((entry("refund", answer="\n".join(f"line {n}" for n in range(2))),))
HITS = (Hit("refund", 0.91, "money back", 0.8), Hit("track", 0.2, "where", 0.1))
DECISION = Decision(Action.ANSWER, "refund", 0.91, HITS, "why")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(b"a\nb\n", ["a", "b"], id="lines"),
        pytest.param(b"a\nb", ["a", "b"], id="a last line without an end counts"),
        pytest.param(b"a\r\n\r\nb\r\n", ["a", "", "b"], id="Windows line ends, an empty line"),
        pytest.param("a\u2028b\x0bc\n".encode(), ["a\u2028b\x0bc"], id="only \\n ends a line"),
        pytest.param(b"caf\xe9\n", ["caf\ufffd"], id="a byte that is no UTF-8"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_every_line_is_one_utterance(data: bytes, lines: list[str]) -> None:
    batches = ready_lines(io.BytesIO(data).read)
    assert [line for batch in batches for line in batch] == lines


def test_a_character_split_between_two_reads_stays_whole() -> None:
    stream = io.BytesIO("是\né".encode())
    batches = ready_lines(lambda _: stream.read(1))
    assert [batch for batch in batches if batch] == [["是"], ["é"]]


def test_json_has_the_promised_keys_in_one_line() -> None:
    line = as_json("wo\nde 是", DECISION)
    assert "\n" not in line
    assert json.loads(line) == {
        "text": "wo\nde 是",
        "action": "answer",
        "entry": "refund",
        "score": 0.91,
        "raw": 0.8,
        "candidates": [
            {"entry": "refund", "score": 0.91, "raw": 0.8, "phrasing": "money back"},
            {"entry": "track", "score": 0.2, "raw": 0.1, "phrasing": "where"},
        ],
        "reason": "why",
    }


def test_json_lists_the_parts_of_a_message_answered_in_parts() -> None:
    part = Decision(Action.FOLLOW_UP, "track", 0.7, (), "why")
    row = json.loads(as_json("both", replace(DECISION, parts=(DECISION, part))))
    assert row["parts"] == [
        {"action": "answer", "entry": "refund", "score": 0.91},
        {"action": "follow_up", "entry": "track", "score": 0.7},
    ]


def test_a_person_sees_the_answer_without_its_marks() -> None:
    faq = Faq((entry("refund", answer="**Soon**, see [us](https://x.com)"),))
    assert as_text("money", DECISION, faq).splitlines()[-1] == "  | Soon, see us (https://x.com)"


def test_a_person_sees_why_and_the_answer() -> None:
    assert as_text("give me\nmoney", DECISION, FAQ) == (
        "“give me money”\n"
        "answer: why\n"
        "  0.9100  refund  “money back”\n"
        "  0.2000  track  “where”\n"
        "  | line 0\n  | line 1\n"
    )
