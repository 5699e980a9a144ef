"""Conversations between people and the team: over a real socket, by the true process."""

from __future__ import annotations

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.bot_api_types import Writing
from tests.e2e.chatting import ANSWERS, ask, press, replies, replies_in_thread, texts
from tests.e2e.handing import (
    EN,
    UNKNOWN,
    Team,
    asked,
    delivered,
    delivered_next,
    first_sent,
    isolated,
    says,
    told,
    wants_person,
)

GROUP = -1_009_000_000_002
TOPIC = 77


def called(api: BotApi, chat_id: int, team: Team, name: str) -> SentMessage:
    """Somebody asks for a person; returns the post."""
    api.say("/person", chat_id=chat_id, user_name=name)
    replies(api, chat_id)
    (post,) = team.posts()
    return post


def test_messages_of_an_open_ticket_are_posted_beneath_each_other(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    called(helped, chat_id, team, "Fay")
    helped.say("The box was <open>", chat_id=chat_id)
    helped.say("Hello?", chat_id=chat_id)
    helped.send_media("photo", "My cake", chat_id=chat_id)
    helped.send_media("sticker", chat_id=chat_id)
    posts = team.posts(5)
    assert [(post.kind, post.text) for post in posts] == [
        ("text", wants_person("Fay")),
        ("text", says("Fay", "The box was <open>")),
        ("text", says("Fay", "Hello?")),
        ("photo", "My cake"),
        ("sticker", ""),
    ]
    assert [post.reply_to for post in posts[1:]] == [post.message_id for post in posts[:-1]]

    team.say("It looks good.", posts[3])  # a picture of theirs
    team.say("Hello!", posts[2])
    assert texts(helped, chat_id, 3)[1:] == [delivered("It looks good."), delivered_next("Hello!")]
    assert team.texts(6)[5:] == [first_sent("Fay")]


def test_close_ends_the_ticket_on_either_side(helped: BotApi, chat_id: int, team: Team) -> None:
    post = called(helped, chat_id, team, "Gus")
    for text in ("/close", "what are your opening hours", "/close"):
        helped.say(text, chat_id=chat_id)
    ended = [EN.person_gone, ANSWERS["opening-hours"]]
    assert texts(helped, chat_id, 4)[1:] == [*ended, EN.nothing_to_close]
    told_team = team.posts(2)[1]
    assert told_team.text == told(EN.team.ended_by_person, "Gus")
    assert told_team.reply_to == post.message_id

    helped.say("/person", chat_id=chat_id)
    replies(helped, chat_id, 5)
    again = team.posts(3)[2]
    team.say("/close@faq_test_bot", again)
    assert team.texts(4)[3] == EN.team.ended_by_team
    helped.say("what are your opening hours", chat_id=chat_id)
    assert texts(helped, chat_id, 7)[5:] == ended
    team.say("/close", again)
    assert team.texts(5)[4] == EN.team.nothing_to_close


def test_commands_and_buttons_work_while_a_ticket_is_open(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    answer = ask(helped, "what are your opening hours", chat_id=chat_id)
    helped.say("/person", chat_id=chat_id, user_name="Ida")
    replies(helped, chat_id, 2)
    helped.say("/ask how do i order a cake?", chat_id=chat_id)
    press(helped, answer, "How do I order a cake?")
    helped.say("/topics", chat_id=chat_id)
    helped.say("Anybody there?", chat_id=chat_id)
    assert texts(helped, chat_id, 5)[1:] == [
        EN.person_comes,
        ANSWERS["cake-order"],
        ANSWERS["cake-order"],
        EN.topics,
    ]
    wanted, hello = team.texts(2)
    words = "what are your opening hours"
    assert wanted.splitlines()[0] == wants_person("Ida", words).splitlines()[0]
    assert hello == says("Ida", "Anybody there?")


def test_a_team_reply_to_a_group_goes_to_its_forum_topic_beneath_the_question(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    there: Writing = {"chat_id": GROUP, "thread_id": TOPIC, "user_id": chat_id, "user_name": "Kim"}
    other: Writing = {"chat_id": GROUP, "thread_id": TOPIC, "user_id": chat_id + 1_000_000}
    elsewhere: Writing = {"chat_id": GROUP, "thread_id": TOPIC + 1, "user_id": chat_id}
    hours = "@faq_test_bot what are your opening hours"
    helped.say(f"@faq_test_bot {UNKNOWN}", **there)
    (reply,) = replies_in_thread(helped, GROUP, TOPIC)
    (post,) = team.posts()
    group = f"👥 Chat {GROUP}"
    asked_there = EN.team.question.replace("{name}", isolated(f"Kim · en · {group}"))
    assert post.text.splitlines()[0] == asked_there.replace("{text}", isolated(UNKNOWN))
    team.say("Leonardo & co.", post)
    answer = replies_in_thread(helped, GROUP, TOPIC, 2)[1]
    first = f"{EN.person_says_first_in_group}\nLeonardo & co."
    assert (answer.text, answer.reply_to) == (first, reply.reply_to)
    assert team.texts(2)[1:] == [first_sent("Kim")]

    helped.say("I like this group.", **there)
    helped.say(hours, **other)
    there["reply_to"] = answer.message_id
    helped.say("Which year?", **there)
    helped.say(hours, **elsewhere)
    assert replies_in_thread(helped, GROUP, TOPIC + 1)[0].text == ANSWERS["opening-hours"]
    assert [message.text for message in replies_in_thread(helped, GROUP, TOPIC, 3)[2:]] == [
        ANSWERS["opening-hours"]
    ]
    assert team.texts(3)[2:] == [says(f"Kim · {group}", "Which year?")]

    team.say("1503.", post)
    last = replies_in_thread(helped, GROUP, TOPIC, 4)[3]
    assert last.text == delivered_next("1503.")


def test_a_team_reply_to_a_person_who_blocked_the_bot_is_reported(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    post = asked(helped, chat_id, team, user_name="\u202eLou <3")
    helped.forbid(chat_id)
    team.say("Leonardo.", post)
    team.say("/close", post)
    assert team.texts(3)[1:] == [told(EN.team.not_sent, "Lou <3"), EN.team.nothing_to_close]
    helped.allow(chat_id)
    team.say("Leonardo, again.", post)
    assert replies(helped, chat_id, 2)[1].text == delivered("Leonardo, again.")
    assert team.texts(4)[3:] == [first_sent("Lou <3")]
