"""What is made of drafts stands beside the FAQ: ids are made, nothing is said twice."""

from __future__ import annotations

import pytest

from bot.authoring.transfer.entries import make_id
from bot.domain import Faq, FaqEntry
from tests.authoring.transfer.files import take

SHOP = Faq((FaqEntry("why", "Why?", ("how come",), "So."),))


def taken_of(*rows: str, existing: Faq = SHOP) -> tuple[list[tuple[str, ...]], list[str]]:
    """The entries (id, wordings) of rows, and what was left out."""
    taken = take("a.csv", "\n".join(["id,question,phrasings,answer,related", *rows]), existing)
    return [(e.id, *e.wordings) for e in taken.entries], [str(each) for each in taken.left]


@pytest.mark.parametrize(
    ("question", "made"),
    [
        ("How do I return an item?", "how-do-i-return-an-item"),
        ("Où est l'été ?", "ou-est-lete"),
        ("What's v2.0_x?", "whats-v2.0_x"),
        ("word " * 30, "word-word-word-word-word-word-word-word-word"),
        ("x" * 99, "x" * 48),
        ("怎么退货？", ""),
    ],
)
def test_an_id_is_made_of_the_first_words_of_a_question(question: str, made: str) -> None:
    assert make_id(question) == made


def test_an_id_that_is_taken_gets_a_number_and_related_entries_follow_it() -> None:
    made, left = taken_of(
        "why,Why not?,,No.,", ",Why not,,N,why", ",怎么退货？,,看,", ",怎么？,,看看,"
    )
    assert made == [
        ("why-2", "Why not?"),
        ("why-not", "Why not"),
        ("a-1", "怎么退货？"),
        ("a-2", "怎么？"),
    ]
    assert left == ["a.csv:2: the id 'why' is taken; here it is 'why-2'."]


def test_a_wording_of_another_entry_is_left_out_and_told() -> None:
    made, left = taken_of(
        ",WHY?,new words,So.,", ",Who?,how  come | who,We.,", ",Whom?,Who?,Us.,", ",Who?,whose,It.,"
    )
    assert made == [("who", "Who?", "who"), ("whom", "Whom?"), ("whose", "whose")]
    assert left == [
        "a.csv:2: “WHY?” stands already under 'why'; the entry is left out.",
        "a.csv:3: “how come” stands already under 'why'; it is left out.",
        "a.csv:4: “Who?” stands already under 'who'; it is left out.",
        "a.csv:5: “Who?” stands already under 'who'; it is left out.",
    ]


def test_what_lacks_a_question_or_an_answer_or_is_too_long_is_told() -> None:
    made, left = taken_of(
        ",Why not?,,,", ",,,So.,", ",!?,,Ah.,", f",Long?,{'x' * 2_001},A.,nobody",
        f',Longer?,,"{"y " * 30_000}",',
    )  # fmt: skip
    assert made == [("long", "Long?")]
    assert [each.partition(": ")[2][:60] for each in left] == [
        "this question has no answer; it is left out.",
        "this answer has no question; it is left out.",
        "“!?” has no letter and no digit; it is left out.",
        f"“{'x' * 59}",
        "its answer has 59,999 characters; at most 40,000 are possibl",
        "the related id 'nobody' is no entry's; it is left out.",
    ]


def test_an_entry_that_check_would_refuse_is_left_out_with_what_check_says() -> None:
    rows = f"question,answer,tags\nWhy not?,No.,{'t' * 300}\nWho?,We.,{'t' * 200}\n"
    taken = take("a.csv", rows)
    assert [each.id for each in taken.entries] == ["who"]
    assert list(map(str, taken.left)) == [
        "a.csv:2: an item of tags has 300 characters; at most 200 are possible. Shorten it. The "
        "entry is left out."
    ]
