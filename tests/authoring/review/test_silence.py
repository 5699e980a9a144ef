"""A finding can be silenced in the file, with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import FileProblems
from bot.files.faq.load import load_project
from tests.authoring.review.conftest import Reviewed, review_of

ENTRY = "- id: hours\n  question: When are you open?\n  answer: Daily.\n"


def test_a_silenced_finding_is_not_told_and_its_reason_is_kept(looked: Path) -> None:
    found = review_of(f'{ENTRY}  silence: {{few-wordings: "nobody asks"}}\n')
    assert found.findings == ()
    assert [(its.code, reason) for its, reason in found.silenced] == [
        ("few-wordings", "nobody asks")
    ]


def test_a_silence_holds_for_its_kind_and_its_entry_alone(reviewed: Reviewed) -> None:
    other = ENTRY.replace("hours", "shop").replace("open", "hiring")
    silenced = f"{ENTRY}  silence: {{long-answer: it must be}}\n{other}"
    assert [line.partition(" ")[0] for line in reviewed(silenced)] == [
        "faq.yaml:1:",
        "faq.yaml:5:",
    ]


def test_a_remark_on_an_answer_is_silenced_under_its_entry(reviewed: Reviewed) -> None:
    entry = ENTRY.replace("Daily.", "See [a](/b).") + "  phrasings: [hours, open today]\n"
    assert [line.rpartition(" ")[2] for line in reviewed(entry)] == ["[markup]"]
    assert reviewed(f"{entry}  silence: {{markup: shown as is}}\n") == []


@pytest.mark.parametrize(
    ("silence", "told"),
    [
        pytest.param(
            "{competng: both}",
            "faq.yaml:4: silence.competng is no finding that check knows. Did you mean "
            "'competing'?",
            id="an unknown code",
        ),
        pytest.param(
            "\n    twins:",
            "faq.yaml:5: silence.twins has no reason. Write behind it, in a few words, why it is "
            "right.",
            id="no reason",
        ),
        pytest.param(
            "twins",
            'faq.yaml:4: silence is "twins"; findings of check are needed, each with the reason '
            "why it is none here, such as  competing: both are asked in these words.",
            id="no table",
        ),
    ],
)
def test_a_silence_without_a_known_code_or_a_reason_is_an_error(
    looked: Path, silence: str, told: str
) -> None:
    Path("faq.yaml").write_text(f"{ENTRY}  silence: {silence}\n", "utf-8")
    with pytest.raises(FileProblems) as error:
        load_project()
    assert str(error.value) == told
