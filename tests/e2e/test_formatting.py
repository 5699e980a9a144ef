"""Formatted answers of the true process, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.channels.telegram.api.render import MAX_UNITS
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import replies
from tests.e2e.process import MakeConfig, serving

LONG_LINES = "\n".join(f"Shelf {number:03} holds nails, screws & bolts." for number in range(250))
FAQ = f"""
- id: deposit
  question: How do I get my deposit back?
  answer: |
    Bring **the bottle** <empty> to [our shop](https://shop.example.com/?a=1&b=2).
- id: shelves
  question: What is on the shelves?
  answer: |
    **SHELVES
    {LONG_LINES.replace(chr(10), chr(10) + "    ")}**
"""
REFUSAL = 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'


@pytest.fixture(scope="module")
def served(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotApi]:
    faq = tmp_path_factory.mktemp("formatted") / "faq.yaml"
    faq.write_text(FAQ, "utf-8")
    config = make_config(f"faq: '{faq}'\nthresholds: {{answer: 0.99, follow_up: 0.1}}\n")
    with BotApi() as api, serving(api, config):
        yield api


def asked(api: BotApi, chat_id: int, question: str, count: int = 1) -> list[SentMessage]:
    api.say(question, chat_id=chat_id)
    return replies(api, chat_id, count)


def test_bold_and_links_are_sent_as_html(served: BotApi, chat_id: int) -> None:
    (message,) = asked(served, chat_id, "How do I get my deposit back?")
    assert (message.text, message.raw_text) == (
        "Bring the bottle <empty> to our shop.",
        "Bring <b>the bottle</b> &lt;empty&gt; to "
        '<a href="https://shop.example.com/?a=1&amp;b=2">our shop</a>.',
    )


def test_an_answer_whose_html_is_refused_is_sent_as_plain_text(
    served: BotApi, chat_id: int
) -> None:
    served.fail_next("sendMessage", 400, REFUSAL)
    (message,) = asked(served, chat_id, "How do I get my deposit back?")
    assert message.raw_text == (
        "Bring the bottle <empty> to our shop (https://shop.example.com/?a=1&b=2)."
    )


def test_a_long_answer_stays_bold_in_every_part(served: BotApi, chat_id: int) -> None:
    parts = asked(served, chat_id, "What is on the shelves?", 3)
    assert "\n".join(part.text for part in parts) == f"SHELVES\n{LONG_LINES}"
    assert max(len(part.text) for part in parts) <= MAX_UNITS
    assert {(part.raw_text[:3], part.raw_text[-4:]) for part in parts} == {("<b>", "</b>")}


def test_only_the_part_whose_html_is_refused_is_plain_text(served: BotApi, chat_id: int) -> None:
    served.fail_next("sendMessage", 400, REFUSAL)
    first, second, third = asked(served, chat_id, "What is on the shelves?", 3)
    assert first.raw_text.startswith("SHELVES")
    assert (second.raw_text[:3], third.raw_text[:3]) == ("<b>", "<b>")
    assert "\n".join(part.text for part in (first, second, third)) == f"SHELVES\n{LONG_LINES}"


def test_a_choice_whose_html_is_refused_is_answered_in_plain_text(
    served: BotApi, chat_id: int
) -> None:
    (message,) = asked(served, chat_id, "my deposit")
    (data,) = [data for text, data, _ in message.buttons if text.startswith("How do I get")]
    assert data is not None
    served.fail_next("editMessageText", 400, REFUSAL)
    served.fail_next("sendMessage", 400, REFUSAL)
    served.press(message.message_id, data, chat_id=chat_id)
    _, answer = replies(served, chat_id, 2)
    assert answer.text == (
        "Bring the bottle <empty> to our shop (https://shop.example.com/?a=1&b=2)."
    )
