"""Which words of a message an FAQ does not have."""

from __future__ import annotations

import pytest

from bot.matching.decide.answer_words import AnswerWords
from bot.matching.decide.known_words import KnownWords
from tests.factories import entry

ENTRIES = (
    entry("refund", "How do I get a refund?", answer="Fill in form 7B within thirty days."),
    entry("退款", "怎么申请退款", answer="请填写表格。"),
)
WORDS = KnownWords(AnswerWords(ENTRIES), ENTRIES)


@pytest.mark.parametrize(
    ("text", "unknown", "share"),
    [
        pytest.param("Refunds within days?", set(), 0.0, id="by their stems, of answers as well"),
        pytest.param("Can the AI agent refund me", {"ai", "agent", "ai agent"}, 2 / 3, id="a name"),
        pytest.param("agent and refund and robot", {"agent", "robot"}, 2 / 3, id="apart: no name"),
        pytest.param("What is it?", set(), None, id="nothing but common words"),
        pytest.param(
            "智能体退款", {"智能", "能体", "体退", "智能体", "智能体退"}, 3 / 4, id="Chinese: pairs"
        ),
        pytest.param("AI智能", {"ai", "智能"}, 1.0, id="two scripts: no name"),
        pytest.param("怎麼申請退款", set(), 0.0, id="Traditional is Simplified"),
        pytest.param("", set(), None, id="nothing"),
    ],
)
def test_what_the_faq_does_not_have_is_told(
    text: str, unknown: set[str], share: float | None
) -> None:
    assert WORDS.unknown(text) == unknown
    assert WORDS.unknown_share(text) == (None if share is None else pytest.approx(share))
