"""What is said above every answer for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.conversation.conversation import Conversation
from bot.domain import Action, Decision, Faq, Hit, Incoming, Press, Reply
from bot.texts import Notice
from tests.conversation.talk import PHRASEBOOK, FakeMatcher
from tests.factories import entry

FAQ = Faq((entry("refund"), entry("parcel")))
NOTICE = Notice({"en": "We are closed.", "zh": "我们休息。"}, datetime(2026, 12, 25))
END = datetime(2026, 12, 24, 23, tzinfo=UTC).timestamp()  # midnight in Berlin
HITS = (Hit("refund", 0.7, "…"), Hit("parcel", 0.65, "…"))
ASKED = Decision(Action.FOLLOW_UP, "refund", 0.7, HITS, "why")
DECISIONS = {
    "answered": Decision(Action.ANSWER, "refund", 0.9, HITS[:1], "why"),
    "tentative": replace(ASKED, tentative=True),
    "asked": ASKED,
}


def reply(
    content: str | Press, lang: str | None = "en", at: float = END - 1, notice: Notice = NOTICE
) -> Reply:
    phrasebook = replace(PHRASEBOOK, notice=notice, zone=ZoneInfo("Europe/Berlin"))
    conversation = Conversation(FAQ, FakeMatcher(DECISIONS), phrasebook)
    return conversation.reply(Incoming("1", content, lang, at=at))[0]


@pytest.mark.parametrize("content", ["answered", "tentative", Press("refund")])
def test_a_notice_stands_above_every_answer(content: str | Press) -> None:
    said = reply(content)
    assert said.text.startswith("We are closed.\n\n")
    assert (said.spans[0].text, said.spans[0].italic) == ("We are closed.", True)


@pytest.mark.parametrize("content", ["asked", "not known", "hi"])
def test_it_stands_above_nothing_else(content: str) -> None:
    assert "We are closed." not in reply(content).text


def test_it_is_gone_when_its_time_is_over_without_anything_being_read_anew() -> None:
    assert "We are closed." in reply("answered", at=END - 1).text
    assert "We are closed." not in reply("answered", at=END).text
    assert "We are closed." in reply("answered", at=END, notice=replace(NOTICE, until=None)).text


@pytest.mark.parametrize(
    ("lang", "texts", "said"),
    [
        ("zh-hk", NOTICE.texts, "我们休息。"),
        ("de", NOTICE.texts, "We are closed."),
        (None, {"zh": "我们休息。"}, "我们休息。"),
        ("de", {"": "We are closed."}, "We are closed."),
    ],
)
def test_it_is_said_in_the_language_of_the_person_as_far_as_there_is_one(
    lang: str | None, texts: dict[str, str], said: str
) -> None:
    found = reply("answered", lang, notice=replace(NOTICE, texts=texts))
    assert found.text.startswith(f"{said}\n\n")
