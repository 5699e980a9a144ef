"""👍 and 👎 under the answers of the true process."""

from __future__ import annotations

import pytest

from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, THUMBS, ask, edited, labels, press, pressed, replies, toasts
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
RELATED = "How do I order a cake?"


def answered(api: BotApi, chat_id: int, user_id: int) -> SentMessage:
    """An answer with a related question under it."""
    before = len(api.sent(chat_id))
    api.say("/ask when are you open?", chat_id=chat_id, user_id=user_id)
    message = replies(api, chat_id, before + 1)[before]
    assert labels(message) == [RELATED, *THUMBS]
    return message


@pytest.mark.parametrize("thumb", THUMBS)
def test_a_thumb_is_thanked_for_once_and_leaves_the_other_buttons(
    served: BotApi, chat_id: int, thumb: str
) -> None:
    message = answered(served, chat_id, chat_id)
    press(served, message, thumb)
    press(served, message, thumb)
    assert toasts(served, chat_id, 2) == [TEXTS.feedback_thanks, ""]
    after = edited(served, chat_id)
    assert (after.text, labels(after)) == (ANSWERS["opening-hours"], [RELATED])
    press(served, after, RELATED)
    kept, more = replies(served, chat_id, 2)
    assert (kept, more.text) == (after, ANSWERS["cake-order"])


def test_the_first_thumb_counts(served: BotApi, chat_id: int) -> None:
    message = answered(served, chat_id, chat_id)
    press(served, message, "👍")
    press(served, message, "👎")
    assert toasts(served, chat_id, 2) == [TEXTS.feedback_thanks, ""]


def test_links_stay_when_a_thumb_was_pressed(served: BotApi, chat_id: int) -> None:
    message = ask(served, "How do I order a cake?", chat_id=chat_id)
    after = pressed(served, message, "👍")
    assert (after.text, labels(after)) == (ANSWERS["cake-order"], ["Our cakes"])


def test_under_a_long_answer_the_thumbs_stand_at_its_end(served: BotApi, chat_id: int) -> None:
    served.say("which allergens are in the bread", chat_id=chat_id)
    parts = replies(served, chat_id, 2)
    assert list(map(labels, parts)) == [[], THUMBS]
    press(served, parts[1], "👎")
    assert labels(edited(served, chat_id)) == []
    assert [part.text for part in served.sent(chat_id)] == [part.text for part in parts]


def test_a_chosen_answer_has_thumbs(served: BotApi, chat_id: int) -> None:
    message = ask(served, "cake", chat_id=chat_id)
    answer = pressed(served, message, "How do I cancel a cake order?")
    assert labels(answer) == THUMBS
    press(served, answer, "👍")
    assert toasts(served, chat_id, 2) == ["", TEXTS.feedback_thanks]


def test_only_answers_have_thumbs(served: BotApi, chat_id: int) -> None:
    served.say("how is the weather", chat_id=chat_id)
    served.say("/help", chat_id=chat_id)
    served.say("cake", chat_id=chat_id)
    sent = replies(served, chat_id, 3)
    assert [label for message in sent for label in labels(message) if label in THUMBS] == []


def test_a_thumb_under_a_message_too_old_to_edit_counts(served: BotApi, chat_id: int) -> None:
    message = answered(served, chat_id, chat_id)
    (data,) = [data for label, data, _ in message.buttons if label == "👎"]
    assert data is not None
    served.press(message.message_id, data, chat_id=chat_id, inaccessible=True)
    served.say("/help", chat_id=chat_id)
    kept, answer = replies(served, chat_id, 2)
    assert toasts(served, chat_id) == [TEXTS.feedback_thanks]
    assert (kept, answer.text) == (message, TEXTS.help)


def test_in_a_group_only_the_askers_thumb_counts(served: BotApi, chat_id: int) -> None:
    group, ada, bob = -4_000_000 - chat_id, 2_000_000 + chat_id, 3_000_000 + chat_id
    message = answered(served, group, ada)
    press(served, message, "👎", user_id=bob)
    assert toasts(served, bob) == [TEXTS.not_yours]
    assert served.sent(group) == [message]
    press(served, message, "👍", user_id=ada)
    assert toasts(served, ada) == [TEXTS.feedback_thanks]
    assert labels(edited(served, group)) == [RELATED]


def test_without_feedback_there_are_no_thumbs(api: BotApi, make_config: MakeConfig) -> None:
    config = make_config("telegram: {feedback: false}\n")
    with serving(api, config):
        api.say("when are you open?", chat_id=1)
        api.say("cake", chat_id=1)
        answer, follow_up = replies(api, 1, 2)
        assert labels(answer) == [RELATED]
        assert labels(pressed(api, follow_up, "How do I cancel a cake order?")) == []
