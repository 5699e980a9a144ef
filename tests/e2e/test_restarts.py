"""What outlives a restart of the true process with another FAQ: follow-ups, buttons, thumbs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from signal import SIGINT

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import BAKERY, THUMBS, labels, press, pressed, replies, toasts
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
GROUP, ADA, BOB = -900_000, 901, 902
CANCEL, ORDER = "How do I cancel a cake order?", "How do I order a cake?"
NEW_QUESTION, NEW_ANSWER = "How can I order a cake?", "Order in our new web shop."
CANCEL_ENTRY = """
- id: cake-cancel
  question: How do I cancel a cake order?
  phrasings:
    - I do not need the cake any more
  answer: Call us at least one day ahead.
  tags: [cakes]
"""


@dataclass(frozen=True)
class Restarted:
    """A bot that was stopped and started again, with other answers.

    Attributes:
        shown: what each private chat, and the group, was shown before; by chat id.
    """

    api: BotApi
    shown: dict[int, SentMessage]


@pytest.fixture(scope="module")
def restarted(
    make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restarted]:
    """Between the two runs one entry is reworded and another one is gone."""
    faq = tmp_path_factory.mktemp("faq") / BAKERY.name
    shutil.copy(BAKERY, faq)
    config = make_config(f"faq: '{faq}'\n")
    asked = {**dict.fromkeys(range(1, 6), "cake"), 6: "when are you open?", GROUP: "/ask cake"}
    with BotApi() as api:
        with serving(api, config) as process:
            for chat_id, text in asked.items():
                api.say(text, chat_id=chat_id, user_id=ADA if chat_id == GROUP else chat_id)
            shown = {chat_id: replies(api, chat_id)[0] for chat_id in asked}
            assert process.stop(SIGINT) == 0
        text = faq.read_text("utf-8").replace(ORDER, NEW_QUESTION)
        text = text.replace("Order <by phone> & at least 3 days ahead.", NEW_ANSWER)
        text = text.replace("    We bake it fresh.\n", "").replace(CANCEL_ENTRY.lstrip("\n"), "")
        faq.write_text(text, "utf-8")
        with serving(api, config):
            yield Restarted(api, shown)


def test_an_old_follow_up_can_still_be_answered_by_typing(restarted: Restarted) -> None:
    api = restarted.api
    api.say("2", chat_id=1)
    kept, answer = replies(api, 1, 2)
    assert (kept, answer.text) == (restarted.shown[1], NEW_ANSWER)
    assert labels(answer) == ["Our cakes", *THUMBS]
    api.say("1", chat_id=2)
    assert replies(api, 2, 2)[1].text == TEXTS.gone


@pytest.mark.parametrize(
    ("chat_id", "label", "text", "buttons"),
    [
        pytest.param(3, ORDER, NEW_ANSWER, ["Our cakes", *THUMBS], id="the answer of today"),
        pytest.param(4, CANCEL, TEXTS.gone, [], id="an entry that is gone"),
        pytest.param(5, TEXTS.none_of_these, TEXTS.rephrase, [], id="none of these"),
    ],
)
def test_an_old_follow_up_can_still_be_answered_by_a_press(
    restarted: Restarted, chat_id: int, label: str, text: str, buttons: list[str]
) -> None:
    message = pressed(restarted.api, restarted.shown[chat_id], label)
    assert (message.text, labels(message)) == (text, buttons)


def test_an_old_thumb_and_an_old_related_question_still_count(restarted: Restarted) -> None:
    message = restarted.shown[6]
    thanked = pressed(restarted.api, message, "👎")
    assert labels(thanked) == [ORDER]
    press(restarted.api, message, "👎")
    assert toasts(restarted.api, 6, 2) == ["", ""]
    press(restarted.api, message, ORDER)
    kept, regret, answer = replies(restarted.api, 6, 3)
    assert (kept, regret.text, answer.text) == (thanked, TEXTS.not_helpful, NEW_ANSWER)


def test_in_a_group_an_old_choice_is_still_the_askers(restarted: Restarted) -> None:
    api, message = restarted.api, restarted.shown[GROUP]
    press(api, message, ORDER, user_id=BOB)
    assert toasts(api, BOB) == [TEXTS.not_yours]
    api.say("2", chat_id=GROUP, user_id=BOB, reply_to=message.message_id)
    kept, to_bob = replies(api, GROUP, 2)
    assert (kept, to_bob.text) == (message, TEXTS.fallback)
    api.say("2", chat_id=GROUP, user_id=ADA, reply_to=message.message_id)
    assert replies(api, GROUP, 3)[2].text == NEW_ANSWER
    assert pressed(api, message, ORDER, user_id=ADA).text == NEW_ANSWER
