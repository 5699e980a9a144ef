"""The tests of an FAQ: which pass, and what is told of those that fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.authoring.regression.cases import Case, cases_of, failed
from bot.domain import Action, Decision, Expect, Faq, FaqTest, Hit, Place
from bot.errors import FileProblems
from tests.factories import bot_over, entry

PLACE = Place("faq/a.yaml", 7)


def decision(action: Action, *entries: str, tentative: bool = False) -> Decision:
    hits = tuple(Hit(entry_id, 0.7, f"wording of {entry_id}") for entry_id in entries)
    first = None if action is Action.FALLBACK else entries[0]
    return Decision(action, first, 0.7, hits, "why", tentative=tentative)


ANSWERED = decision(Action.ANSWER, "refund")
TENTATIVE = decision(Action.FOLLOW_UP, "refund", "parcel", tentative=True)
ASKED = decision(Action.FOLLOW_UP, "parcel", "refund")
ASKED_OTHERS = decision(Action.FOLLOW_UP, "parcel", "account")
REFUSED = decision(Action.FALLBACK, "refund")
WRONG = decision(Action.ANSWER, "parcel")
ALL = (ANSWERED, TENTATIVE, ASKED, ASKED_OTHERS, REFUSED, WRONG)


@pytest.mark.parametrize(
    ("expected", "expect", "passing"),
    [
        pytest.param("refund", None, (ANSWERED, TENTATIVE), id="shown, firmly or tentatively"),
        pytest.param("refund", Expect.ANSWER, (ANSWERED,), id="answered"),
        pytest.param("refund", Expect.ASKED, (ASKED,), id="offered, and not shown"),
        pytest.param("refund", Expect.FALLBACK, (REFUSED,), id="not known"),
        pytest.param(None, None, (ASKED, ASKED_OTHERS, REFUSED), id="out of scope: shown nothing"),
    ],
)
def test_what_passes(
    expected: str | None, expect: Expect | None, passing: tuple[Decision, ...]
) -> None:
    case = Case("back", expected, expect, PLACE)
    assert tuple(one for one in ALL if case.passes(one)) == passing


def test_tests_come_from_entries_and_from_labelled_sets(tmp_path: Path) -> None:
    labelled = tmp_path / "a.tests.yaml"
    labelled.write_text(
        "- {text: money back, expected: refund, language: de}\n- {text: rain, expected: null}\n"
    )
    test = FaqTest("send it back", Expect.ASKED, PLACE)
    faq = Faq((replace(entry("refund", lang="en"), tests=(test,)),), labelled=(str(labelled),))
    assert cases_of(faq) == (
        Case("send it back", "refund", Expect.ASKED, PLACE, "en"),
        Case("money back", "refund", None, Place(str(labelled), 1), "de"),
        Case("rain", None, None, Place(str(labelled), 2)),
    )


def test_a_labelled_set_names_entries_that_are_there(tmp_path: Path) -> None:
    labelled = tmp_path / "a.tests.yaml"
    labelled.write_text("- {text: money back, expected: refunds}\n")
    with pytest.raises(FileProblems) as caught:
        cases_of(Faq((entry("refund"),), labelled=(str(labelled),)))
    assert str(caught.value) == (
        f"{labelled}:1: expected is 'refunds', but no entry of the FAQ has this id. Did you mean "
        "'refund'? For what the FAQ has no answer to, write null."
    )


def test_a_failed_test_says_what_was_wanted_what_came_why_and_what_to_do(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, entry("refund", "money back"), entry("parcel", "where is my parcel"))
    cases = [
        Case("money back", "refund", None, PLACE),
        Case("where is my parcel", "refund", None, PLACE),
        Case("violet oak", "refund", Expect.ANSWER, PLACE),
        Case("where is my parcel", "parcel", Expect.ASKED, PLACE),
        Case("where is my parcel", None, None, PLACE),
    ]
    word_for_word = "(word for word a phrasing; 1.0000 is above the answer line 0.75)"
    parcel = f"parcel is answered, 1.0000 {word_for_word}."
    assert [str(problem) for problem in failed(bot, cases)] == [
        f'faq/a.yaml:7: "where is my parcel" must show the answer of refund, but {parcel} Reword '
        '"where is my parcel" of parcel, or give refund a phrasing like the test.',
        'faq/a.yaml:7: "violet oak" must be answered with refund, but the bot doesn\'t know; '
        "nearest is refund, 0.2148 (0.2148 is below the follow-up line 0.6). Give refund a "
        "phrasing like it.",
        f'faq/a.yaml:7: "where is my parcel" must be asked about, with parcel among the choices, '
        f"but {parcel} If that is right, drop expect: asked; else give the entry stricter "
        "thresholds.",
        f'faq/a.yaml:7: "where is my parcel" must be shown no answer, but {parcel} Reword '
        '"where is my parcel" of parcel, or give the entry stricter thresholds.',
    ]
