"""What admins learn of the bot, and nobody else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.channels.telegram.keyboard.callback_data import ButtonKind, ButtonSigner
from bot.files.config_texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import data_of, edited, labels, press, pressed, replies, toasts
from tests.e2e.memories import ADMIN, EASY, Memories, Watched, ask
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
TEAM = TEXTS.team
OTHER_ADMIN = 7002
ORDER = "How do I order a cake?"
CANCEL = "How do I cancel a cake order?"
COMMANDS = ("why", "stats", "unanswered", "reload")


@dataclass(frozen=True)
class Shop(Watched):
    """The running bot, and what it remembers."""

    def decision(self) -> Decision:
        """The last one, once all that was said is written."""
        columns = "action, candidates, reason, fingerprint"
        (row,) = self.rows(f"SELECT {columns} FROM decisions ORDER BY number DESC LIMIT 1")
        return Decision(*row)

    def wipe(self) -> None:
        """Let nothing be remembered of what was asked so far."""
        self.settle()
        self.memories.change("DELETE FROM decisions")


@dataclass(frozen=True)
class Decision:
    """A row of the database, as it stands there."""

    action: str
    candidates: str
    reason: str
    fingerprint: str
    became: str | None = None

    def why(self) -> str:
        """What /why is to say of it."""
        actions = {
            "answer": TEAM.action_answer,
            "follow_up": TEAM.action_follow_up,
            "fallback": TEAM.action_fallback,
        }
        hits = [
            f"{hit['score']:.2f} {hit['entry']} “{hit['phrasing']}”"
            for hit in json.loads(self.candidates)
        ]
        lines = [actions[self.action], "", TEAM.why_matched, hits[0]]
        if hits[1:]:
            lines += [TEAM.why_others, *hits[1:]]
        lines += ["", f"{TEAM.why_reason} {self.reason}"]
        if self.became is not None:
            lines.append(f"{TEAM.why_labels} {self.became}")
        return "\n".join([*lines, "", TEAM.why_now.replace("{fingerprint}", self.fingerprint)])


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


@pytest.mark.parametrize(
    ("text", "nearest", "reason"),
    [
        pytest.param(
            "what are your opening hours",
            "Answered\n\nNearest wording:\n1.00 opening-hours “What are your opening hours?”",
            "word for word a phrasing; 1.0000 is above the answer line 0.75",
            id="an answer",
        ),
        pytest.param(
            "cake",
            "Asked back\n\nNearest wording:\n0.67 cake-cancel “I do not need the cake any more”",
            " is from the follow-up line 0.6 to the answer line 0.75",
            id="a follow-up",
        ),
        pytest.param(
            "how is the weather",
            "Did not know\n\nNearest wording:\n0.33 opening-hours “What are your opening hours?”",
            " is below the follow-up line 0.6",
            id="a fallback",
        ),
    ],
)
def test_why_tells_the_scores_the_threshold_and_the_reason(
    shop: Shop, text: str, nearest: str, reason: str
) -> None:
    told = why(shop, ask(shop.api, text, chat_id=ADMIN))
    found = shop.decision()
    assert told == found.why()
    assert (told[: len(nearest)], found.reason[-len(reason) :]) == (nearest, reason)


def test_why_tells_the_label_of_a_follow_up(shop: Shop) -> None:
    message = ask(shop.api, "cake", chat_id=ADMIN)
    pressed(shop.api, message, ORDER)
    told = why(shop, message)
    assert told == replace(shop.decision(), became="chose cake-order").why()


def test_why_tells_none_of_these_and_a_thumb(shop: Shop) -> None:
    message = ask(shop.api, "cake", chat_id=ADMIN)
    assert pressed(shop.api, message, TEXTS.none_of_these).text == TEXTS.rephrase
    assert why(shop, message) == replace(shop.decision(), became="none of these").why()
    message = ask(shop.api, "are you open on sunday", chat_id=ADMIN)
    pressed(shop.api, message, "👎")
    assert why(shop, message) == replace(shop.decision(), became="👎").why()


def test_why_knows_every_part_of_a_long_answer(shop: Shop) -> None:
    before = len(shop.api.sent(ADMIN))
    shop.api.say("which allergens are in the bread", chat_id=ADMIN)
    parts = replies(shop.api, ADMIN, before + 2)[before:]
    told = [why(shop, part) for part in parts]
    assert told == [shop.decision().why()] * 2


def test_in_a_group_an_admin_learns_why_somebody_else_was_answered(shop: Shop) -> None:
    group = -71
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=group, user_id=501)
    told = why(shop, answer)
    found = shop.decision()
    assert (told, found.action) == (found.why(), "answer")
    asked_back = ask(shop.api, "/ask cake", chat_id=group, user_id=501)
    press(shop.api, asked_back, ORDER, user_id=501)
    assert edited(shop.api, group).message_id == asked_back.message_id
    told = why(shop, asked_back, OTHER_ADMIN)
    assert told == replace(shop.decision(), became="chose cake-order").why()


def test_why_says_when_nothing_is_recorded(shop: Shop) -> None:
    assert why(shop, ask(shop.api, "/start", chat_id=ADMIN)) == TEAM.why_unknown
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=-72, user_id=502)
    assert answer.reply_to is not None
    question = replace(answer, message_id=answer.reply_to)
    assert why(shop, question) == TEAM.why_unknown


def test_why_without_a_reply_says_how_to_use_it(shop: Shop) -> None:
    assert ask(shop.api, "/why", chat_id=ADMIN).text == TEAM.why_usage


def test_why_tells_messages_of_one_number_apart_by_their_chat(shop: Shop) -> None:
    """Message numbers are each chat's own."""
    answer = ask(shop.api, "are you open on sunday", chat_id=503)
    before = len(shop.api.sent(ADMIN))
    replied = {**private_message(ADMIN, answer.text), "message_id": answer.message_id}
    command = {"entities": [{"type": "bot_command", "offset": 0, "length": 4}]}
    message = private_message(ADMIN, "/why") | command | {"reply_to_message": replied}
    shop.api.push({"message": message})
    assert replies(shop.api, ADMIN, before + 1)[before].text == TEAM.why_unknown


def private_message(user_id: int, text: str) -> dict[str, object]:
    person = {"id": user_id, "is_bot": False, "first_name": "Ada"}
    chat = {"id": user_id, "type": "private", "first_name": "Ada"}
    told = {"chat": chat, "from": person, "text": text}
    return {"message_id": 900_000, "date": 1_700_000_000, **told}


# --- /stats --------------------------------------------------------------------------------------


def test_stats_count_exactly_what_was_asked(shop: Shop) -> None:
    api, chat_id = shop.api, 510
    shop.wipe()
    assert ask(api, "/stats", chat_id=ADMIN).text == "The last 7 days\n\nNothing was asked yet."
    ask(api, "are you open on sunday", chat_id=chat_id)
    ask(api, "how is the weather", chat_id=chat_id)
    ask(api, "/stats", chat_id=ADMIN)
    shop.memories.change("UPDATE decisions SET at = at - 86400, day = day - 1")

    for greeting in ("hello", "thanks", "/start"):
        ask(api, greeting, chat_id=chat_id)
    press(api, ask(api, "what are your opening hours", chat_id=chat_id), "👍")
    press(api, ask(api, "when are you open", chat_id=chat_id), "👎")
    toasts(api, chat_id, 2)
    press(api, ask(api, "cake", chat_id=chat_id), ORDER)
    edited(api, chat_id)
    ask(api, "cake", chat_id=chat_id)
    ask(api, "1", chat_id=chat_id)
    message = ask(api, "cake", chat_id=chat_id)
    assert pressed(api, message, TEXTS.none_of_these).text == TEXTS.rephrase
    ask(api, "do you repair bicycles", chat_id=chat_id)
    ask(api, "cake please", chat_id=chat_id)
    ask(api, "when do you open and how do i order a cake?", chat_id=511)

    today, before = [
        datetime.fromtimestamp(day * 86400, UTC).strftime("%Y-%m-%d")
        for (day,) in shop.memories.rows("SELECT DISTINCT day FROM decisions ORDER BY day DESC")
    ]
    assert ask(api, "/stats", chat_id=ADMIN).text == "\n".join(
        [
            "The last 7 days",
            "",
            "10 asked: 4 answered, 4 asked back (2 of them resolved), 2 not known",
            "👍 1  👎 1",
            "",
            "By day:",
            f"{today}  8 asked, 3 answered, 4 asked back, 1 not known",
            f"{before}  2 asked, 1 answered, 0 asked back, 1 not known",
            "",
            "By entry:",
            "opening-hours  4 answered, 0 chosen, 👍 1 👎 1",
            "cake-order  1 answered, 1 chosen, 👍 0 👎 0",
            "cake-cancel  0 answered, 1 chosen, 👍 0 👎 0",
        ]
    )


def test_stats_leave_out_decisions_older_than_a_week(shop: Shop) -> None:
    shop.wipe()
    ask(shop.api, "are you open on sunday", chat_id=512)
    ask(shop.api, "/stats", chat_id=ADMIN)
    shop.memories.change("UPDATE decisions SET at = at - 8 * 86400, day = day - 8")
    told = ask(shop.api, "/stats", chat_id=ADMIN).text
    assert told == "The last 7 days\n\nNothing was asked yet."


# --- /unanswered ---------------------------------------------------------------------------------


def test_unanswered_questions_come_in_pages_newest_first(shop: Shop) -> None:
    api, chat_id = shop.api, 520
    shop.wipe()
    assert ask(api, "/unanswered", chat_id=ADMIN).text == TEAM.unanswered_empty
    ask(api, "are you open on sunday", chat_id=chat_id)
    ask(api, "hello", chat_id=chat_id)
    for number in range(11):
        ask(api, f"do you repair bicycles of type {number}", chat_id=chat_id)
    message = ask(api, "cake", chat_id=chat_id)
    assert pressed(api, message, TEXTS.none_of_these).text == TEXTS.rephrase
    ask(api, "tell me about cakes", chat_id=chat_id)

    def page(*texts: str) -> str:
        lines = ["Not answered: 12"]
        query = "SELECT at, candidates FROM decisions WHERE text = ?"
        for text in texts:
            ((at, candidates),) = shop.memories.rows(query, text)
            nearest = json.loads(candidates)[0]
            when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
            score, entry, phrasing = nearest["score"], nearest["entry"], nearest["phrasing"]
            lines += ["", f"{when}  “{text}”", f"{score:.2f} {entry} “{phrasing}”"]
        return "\n".join(lines)

    def bicycles(*numbers: int) -> list[str]:
        return [f"do you repair bicycles of type {number}" for number in numbers]

    first = ask(api, "/unanswered", chat_id=ADMIN)
    assert (first.text, labels(first)) == (page("cake", *bicycles(10, 9, 8, 7)), ["›"])

    def turned(arrow: str) -> SentMessage:
        before = api.sent(ADMIN)[-1]
        press(api, before, arrow)
        api.wait_for(lambda: api.sent(ADMIN)[-1].text != before.text)
        return api.sent(ADMIN)[-1]

    second = turned("›")
    assert (second.text, labels(second)) == (page(*bicycles(6, 5, 4, 3, 2)), ["‹", "›"])
    third = turned("›")
    assert (third.text, labels(third)) == (page(*bicycles(1, 0)), ["‹"])
    assert third.message_id == first.message_id
    assert (turned("‹").text, turned("‹").text) == (second.text, first.text)


def test_a_page_of_unanswered_questions_that_is_gone_becomes_the_last_one(shop: Shop) -> None:
    api, chat_id = shop.api, 521
    shop.wipe()
    for number in range(6):
        ask(api, f"do you repair bicycles of type {number}", chat_id=chat_id)
    message = ask(api, "/unanswered", chat_id=ADMIN)
    assert labels(message) == ["›"]
    shop.memories.change("DELETE FROM decisions WHERE text NOT LIKE '%type 3'")
    pressed(api, message, "›")
    assert api.sent(ADMIN)[-1].text.splitlines()[0] == "Not answered: 1"


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_an_admin_command_of_a_stranger_is_an_unknown_command(shop: Shop, command: str) -> None:
    stranger, group = 530, -530
    unknown = ask(shop.api, "/nonsense", chat_id=stranger)
    known = ask(shop.api, f"/{command}", chat_id=stranger)
    assert (known.text, known.buttons) == (unknown.text, unknown.buttons) == (TEXTS.help, ())
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=group, user_id=stranger)
    before = len(shop.api.sent(group))
    shop.api.say(f"/{command}", chat_id=group, user_id=stranger, reply_to=answer.message_id)
    shop.api.say("/nonsense", chat_id=group, user_id=stranger)
    last = ask(shop.api, "/help", chat_id=group, user_id=stranger)
    assert shop.api.sent(group)[before:] == [last]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_group_admin_a_channel_and_a_forward_are_no_admins(shop: Shop, command: str) -> None:
    group = -531
    answer = ask(shop.api, "/ask are you open on sunday", chat_id=group, user_id=531)
    before, to = len(shop.api.sent(group)), answer.message_id
    shop.api.say(f"/{command}", chat_id=group, sender="anonymous_admin", reply_to=to)
    shop.api.say(f"/{command}", chat_id=group, sender="channel", reply_to=to)
    shop.api.say(f"/{command}", chat_id=group, sender="linked_channel", reply_to=to)
    shop.api.say(f"/{command}", chat_id=group, user_id=ADMIN, forwarded_from=531, reply_to=to)
    shop.api.say(f"/{command}", chat_id=group, user_id=ADMIN, forwarded_from=ADMIN, reply_to=to)
    shop.api.say(f"/{command}", chat_id=group, user_id=ADMIN, is_bot=True, reply_to=to)
    last = ask(shop.api, "/help", chat_id=group, user_id=ADMIN, is_bot=False)
    assert shop.api.sent(group)[before:] == [last]
    forwarded = ask(shop.api, f"/{command}", chat_id=ADMIN, forwarded_from="Somebody")
    assert forwarded.text == TEXTS.help


def forgeries(genuine: str, number: int) -> list[str]:
    """Button data that was never on a button, most of it close to a genuine one's."""
    dice = random.Random(7)
    letters = "qabcdefnoprtu:.0123456789-_ABCXYZ"
    found = [f"q:{page}" for page in range(20)]
    found += [f"q:{page}.{genuine.partition('.')[2]}" for page in range(2, 40)]
    found += [
        ButtonSigner("123456:OTHER-TOKEN").data(ButtonKind.UNANSWERED, str(page))
        for page in range(20)
    ]
    while len(found) < number:
        place, letter = dice.randrange(len(genuine)), dice.choice(letters)
        found.append(f"{genuine[:place]}{letter}{genuine[place + 1 :]}")
        found.append("".join(dice.choices(letters, k=dice.randint(1, 64))))
    return [data for data in found if data != genuine]


def test_an_admin_button_pressed_by_a_stranger_or_forged_does_nothing(shop: Shop) -> None:
    api, group, stranger = shop.api, -540, 540
    for number in range(6):
        ask(api, f"do you repair bicycles of type {number}", chat_id=541)
    message = ask(api, "/unanswered", chat_id=group, user_id=ADMIN)
    genuine = data_of(message, "›")
    before, calls = api.sent(group), len(api.calls)
    decisions = shop.memories.rows("SELECT count(*) FROM decisions")
    tried = [genuine, *forgeries(genuine, 400), genuine]
    for data in tried:
        api.press(message.message_id, data, chat_id=group, user_id=stranger)
    assert toasts(api, stranger, len(tried)) == [TEXTS.old_button] * len(tried)
    assert api.sent(group) == before
    assert {call.method for call in api.calls[calls:]} <= {"getUpdates", "answerCallbackQuery"}
    assert shop.memories.rows("SELECT count(*) FROM decisions") == decisions
    press(api, message, "›", user_id=OTHER_ADMIN)  # and for an admin it does what it says
    assert edited(api, group).text != message.text
