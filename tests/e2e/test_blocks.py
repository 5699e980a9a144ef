"""People whom the team blocks: by the true process."""

from __future__ import annotations

import sqlite3
from signal import SIGKILL

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, ask, data_of, labels, press, replies, texts
from tests.e2e.handing import (
    EN,
    HELPER,
    HELPER_NAME,
    UNKNOWN,
    Team,
    asked,
    delivered,
    first_sent,
    isolated,
    settle,
    with_team,
)
from tests.e2e.process import MakeConfig, serving

ADMIN, ANN, BOB = 5, 41, 42
HOURS = "what are your opening hours"


def report(sentence: str, name: str, person: int, helper: str = HELPER_NAME) -> str:
    """What the team is told, but for the time."""
    words = {"helper": helper, "name": name, "person": str(person)}
    for mark, word in words.items():
        sentence = sentence.replace(f"{{{mark}}}", isolated(word))
    return sentence


def heard(api: BotApi, chat_id: int) -> list[str]:
    """What a person has been told, once everything before is dealt with."""
    settle(api)
    return [message.text for message in api.sent(chat_id)]


def test_a_blocked_person_is_told_once_and_then_not_heard_over_a_kill_and_a_wish_to_be_forgotten(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team(f"admins: [{ADMIN}]")), Team(api)
    with serving(api, config) as process:
        post = asked(api, ANN, team, user_name="Ann")
        other = asked(api, BOB, team, user_name="Bob")
        team.say("/block", post)
        blocked = team.posts(3)[2]
        assert blocked.text == report(EN.team.has_blocked_ever, "Ann", ANN)
        assert labels(blocked) == [EN.team.unblock]
        said = [api.say(text, chat_id=ANN) for text in (HOURS, "/start", UNKNOWN, "/block")]
        assert heard(api, ANN)[1:] == [EN.blocked_ever]
        assert ask(api, HOURS, chat_id=BOB).text == ANSWERS["opening-hours"]
        with sqlite3.connect(config.parent / "bot.db") as database:
            kept = {number for (number,) in database.execute("SELECT update_id FROM received")}
        assert kept.isdisjoint(said)
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        api.say(HOURS, chat_id=ANN)
        data = ask(api, "/mydata", chat_id=ANN).text
        assert UNKNOWN in data
        assert EN.mydata_blocked in data
        assert ask(api, "/privacy", chat_id=ANN).text.startswith(EN.privacy)
        api.say("/forget", chat_id=ANN)
        forgotten = f"{EN.forgotten}\n\n{EN.block_stays}"
        assert replies(api, ANN, 5)[4].text == forgotten
        api.say(HOURS, chat_id=ANN)
        assert heard(api, ANN)[4:] == [forgotten]
        assert (
            EN.team.stats_blocked.replace("{blocked}", "1")
            in ask(api, "/stats", chat_id=ADMIN).text
        )

        # What the team knew Ann by is forgotten, too; an admin has the number.
        told = ask(api, f"/unblock {ANN}", chat_id=ADMIN, user_name="Eve").text
        assert told == report(EN.team.has_unblocked, str(ANN), ANN, "Eve")
        api.say(HOURS, chat_id=ANN)
        assert replies(api, ANN, 7)[5].text == EN.unblocked
        assert replies(api, ANN, 7)[6].text == ANSWERS["opening-hours"]
        team.say("Leonardo.", other)
        assert replies(api, BOB, 3)[2].text == delivered("Leonardo.")


def test_a_block_for_a_time_by_buttons_ends_the_conversation_and_is_undone_as_easily(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    post = asked(helped, chat_id, team, user_name="Kim")
    team.say("Leonardo.", post)
    assert team.texts(2)[1:] == [first_sent("Kim")]
    press(helped, post, EN.team.block, user_id=HELPER)

    def menu() -> list[str]:
        (now,) = [each for each in team.posts() if each.message_id == post.message_id]
        return labels(now)[-4:] if EN.team.block not in labels(now) else []

    helped.wait_for(menu)
    assert menu() == [EN.team.block_hour, EN.team.block_day, EN.team.block_ever, "‹"]
    (asking,) = [each for each in team.posts() if each.message_id == post.message_id]
    press(helped, asking, EN.team.block_day, user_id=HELPER, user_name=HELPER_NAME)
    blocked = team.posts(3)[2]
    before, _, after = report(EN.team.has_blocked, "Kim", chat_id).partition("{until}")
    assert blocked.text.startswith(before)
    assert blocked.text.endswith(after)
    helped.say("Hello?", chat_id=chat_id)
    team.say("/block 1d", post)  # once more, of which Kim learns nothing
    team.posts(4)
    told = heard(helped, chat_id)[2:]
    assert [each.partition("{")[0] for each in told] == told
    assert [told[0].startswith(EN.blocked.partition("{until}")[0]), len(told)] == [True, 1]

    data = data_of(blocked, EN.team.unblock)
    helped.press(replies(helped, chat_id)[0].message_id, data, chat_id=chat_id)  # nobody's business
    press(helped, blocked, EN.team.unblock, user_id=HELPER, user_name=HELPER_NAME)
    assert team.texts(5)[4:] == [report(EN.team.has_unblocked, "Kim", chat_id)]
    assert ask(helped, HOURS, chat_id=chat_id).text in {EN.unblocked, ANSWERS["opening-hours"]}
    assert heard(helped, chat_id)[3:] == [EN.unblocked, ANSWERS["opening-hours"]]


def test_who_may_block_whom(api: BotApi, make_config: MakeConfig) -> None:
    """The team in its chat, by a reply; admins anywhere; nobody an admin."""
    group = -1_009_000_000_444
    config, team = make_config(with_team(f"admins: [{ADMIN}]")), Team(api)
    with serving(api, config):
        asked(api, ANN, team, user_name="Ann")
        team.say("/block")
        team.say("/block soon", team.posts()[0])
        team.say(f"/block {ANN}")  # by number only admins may
        assert team.texts(4)[1:] == [EN.team.block_usage] * 3
        assert ask(api, f"/block {ANN}", chat_id=BOB).text == ask(api, "/help", chat_id=BOB).text
        assert ask(api, f"/block {ADMIN}", chat_id=ADMIN).text == EN.team.block_refused
        assert ask(api, "/block", chat_id=ADMIN).text == EN.team.block_usage
        assert ask(api, f"/unblock {ANN}", chat_id=ADMIN).text == EN.team.not_blocked
        assert ask(api, HOURS, chat_id=ANN).text == ANSWERS["opening-hours"]

        api.say("you fools", chat_id=group, user_id=BOB, user_name="Bob")
        written = max(number for chat, number in api.chats._messages if chat == group)
        api.say("/block", chat_id=group, user_id=ADMIN, user_name="Eve", reply_to=written)
        assert texts(api, group) == [report(EN.team.has_blocked_ever, str(BOB), BOB, "Eve")]
        api.say(f"@faq_test_bot {HOURS}", chat_id=group, user_id=BOB)
        api.say(HOURS, chat_id=BOB)
        assert heard(api, BOB)[-1] == EN.blocked_ever
        assert len(texts(api, group)) == 1
