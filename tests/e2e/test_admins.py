"""What admins learn of the bot, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.channels.telegram.callback_data import ButtonKind, Signer
from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import data_of, edited, labels, press, pressed, replies, sentence, toasts
from tests.e2e.memories import ADMIN, EASY, Memories, Watched, ask
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
TEAM = TEXTS.team
OTHER_ADMIN = 7002
ORDER = "How do I order a cake?"
COMMANDS = ("why", "stats", "unanswered", "reload")


@dataclass(frozen=True)
class Shop(Watched):
    """The running bot, and what it remembers."""

    def reason(self) -> str:
        """Of the last decision, once all that was said is written."""
        ((reason,),) = self.rows("SELECT reason FROM decisions ORDER BY number DESC LIMIT 1")
        return str(reason)

    def wipe(self) -> None:
        """Let nothing be remembered of what was asked so far."""
        self.settle()
        self.memories.change("DELETE FROM decisions")


@pytest.fixture(scope="module")
def shop(make_config: MakeConfig) -> Iterator[Shop]:
    telegram = f"telegram:\n  admins: [{ADMIN}, {OTHER_ADMIN}]\n  {EASY}\n"
    config = make_config(telegram)
    with BotApi() as api, serving(api, config):
        yield Shop(api, Memories(config))


def why(shop: Shop, message: SentMessage, admin: int = ADMIN) -> str:
    """What an admin is told of a message, where it stands."""
    chat_id, number = message.chat_id, message.message_id
    return ask(shop.api, "/why", chat_id=chat_id, user_id=admin, reply_to=number).text


# --- /why ----------------------------------------------------------------------------------------


def test_why_tells_scores_reason_and_labels_under_every_message_of_a_reply(shop: Shop) -> None:
    message = ask(shop.api, "cake", chat_id=ADMIN)
    pressed(shop.api, message, ORDER)
    told = why(shop, message).splitlines()
    assert told[0] == TEAM.action_follow_up
    assert "0.68 cake-cancel “I do not need the cake any more”" in told
    assert f"{TEAM.why_reason} {shop.reason()}" in told
    assert f"{TEAM.why_labels} chose cake-order" in told
    before = len(shop.api.sent(ADMIN))
    shop.api.say("which allergens are in the bread", chat_id=ADMIN)
    first, second = replies(shop.api, ADMIN, before + 2)[before:]
    assert why(shop, first) == why(shop, second) != TEAM.why_unknown


def test_in_a_group_an_admin_learns_why_somebody_else_was_answered(shop: Shop) -> None:
    group = -71
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=group, user_id=501)
    press(shop.api, answer, "👎", user_id=501)
    assert toasts(shop.api, 501) == [TEXTS.not_helpful]  # which nobody else sees
    assert replies(shop.api, group) == [answer]
    told = why(shop, answer, OTHER_ADMIN).splitlines()
    assert told[0] == TEAM.action_answer
    assert f"{TEAM.why_labels} 👎" in told
    assert answer.reply_to is not None
    question = replace(answer, message_id=answer.reply_to)
    assert why(shop, question) == TEAM.why_unknown


# --- /unanswered ---------------------------------------------------------------------------------


def missed(shop: Shop, *texts: str) -> None:
    """Two people ask in vain, each in words of their own."""
    for person, text in enumerate(texts, start=520):
        ask(shop.api, text, chat_id=person)


def test_unanswered_puts_together_who_asks_the_same_and_counts_who_is_alone(shop: Shop) -> None:
    api = shop.api
    shop.wipe()
    assert ask(api, "/unanswered", chat_id=ADMIN).text == TEAM.unanswered_empty
    missed(shop, "do you repair bicycles", "Can you repair a bicycle?")
    ask(api, "is my uncle called Zebulon", chat_id=530)
    page = ask(api, "/unanswered", chat_id=ADMIN)
    assert page.text.splitlines()[0] == TEAM.unanswered.replace("{total}", "3")
    assert "1. 2 asked “" in page.text
    assert TEAM.unanswered_rest.replace("{count}", "1") in page.text
    assert "Zebulon" not in page.text
    group = pressed(api, page, "✎ 1")
    assert {"“do you repair bicycles”", "“Can you repair a bicycle?”"} <= {*group.text.splitlines()}
    shown = pressed(api, pressed(api, group, TEAM.edit_pick), f"＋ {ORDER}")
    assert "bicycle" in shown.text.removeprefix(group.text)
    assert TEAM.edit_write in labels(shown)
    back = pressed(api, shown, TEAM.edit_back)
    assert pressed(api, back, f"‹ {TEAM.unanswered_list}").text == page.text


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_an_admin_command_of_a_stranger_is_an_unknown_command(shop: Shop, command: str) -> None:
    stranger, group = 530, -530
    unknown = ask(shop.api, "/nonsense", chat_id=stranger)
    known = ask(shop.api, f"/{command}", chat_id=stranger)
    assert (known.text, known.buttons) == (unknown.text, unknown.buttons)
    assert (sentence(known.text), known.buttons) == (TEXTS.help, ())
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=group, user_id=stranger)
    before = len(shop.api.sent(group))
    shop.api.say(f"/{command}", chat_id=group, user_id=stranger, reply_to=answer.message_id)
    shop.api.say("/nonsense", chat_id=group, user_id=stranger)
    last = ask(shop.api, "/help", chat_id=group, user_id=stranger)
    assert shop.api.sent(group)[before:] == [last]


def test_an_admin_button_pressed_by_a_stranger_or_forged_does_nothing(shop: Shop) -> None:
    api, stranger = shop.api, 540
    missed(shop, "do you mend clocks", "can you mend a clock")
    message, opens = ask(api, "/unanswered", chat_id=ADMIN), "✎ 1"
    genuine = data_of(message, opens)
    before, calls = api.sent(ADMIN), len(api.calls)
    other_token = Signer("123456:OTHER-TOKEN").data(ButtonKind.UNANSWERED, "1")
    tried = [genuine, "q:1", f"q:0.{genuine.partition('.')[2]}", other_token, genuine]
    for data in tried:
        api.press(message.message_id, data, chat_id=ADMIN, user_id=stranger)
    assert toasts(api, stranger, len(tried)) == [TEXTS.old_button] * len(tried)
    assert api.sent(ADMIN) == before
    assert {call.method for call in api.calls[calls:]} <= {"getUpdates", "answerCallbackQuery"}
    press(api, message, opens, user_id=OTHER_ADMIN)  # and for an admin it does what it says
    assert edited(api, ADMIN).text != message.text
