"""One forum topic for each person in the handoff chat: by the true process."""

from __future__ import annotations

from signal import SIGKILL

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import replies
from tests.e2e.handing import (
    EN,
    TEAM_CHAT,
    UNKNOWN,
    Team,
    asked,
    delivered,
    first_sent,
    says,
    settle,
    with_team,
)
from tests.e2e.process import MakeConfig, serving

ADMIN = {"status": "administrator", "can_manage_topics": True}
RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
    "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
    "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def is_forum(api: BotApi, **rights: object) -> None:
    """The handoff chat is one in which the bot is an admin, and somebody opened a topic."""
    api.chats.standing[TEAM_CHAT] = {**dict.fromkeys(RIGHTS, False), **ADMIN, **rights}
    api.say("Lunch?", chat_id=TEAM_CHAT, thread_id=77, user_id=1)


def opened(api: BotApi) -> list[tuple[str, int]]:
    """(name, number) of the topics that the bot has opened."""
    made = [call for call in api.calls if call.method == "createForumTopic" and call.result]
    return [(call.params["name"], call.result["message_thread_id"]) for call in made]


def in_topics(posts: list[SentMessage]) -> list[int | None]:
    return [post.thread_id for post in posts]


def test_each_person_has_a_topic_over_a_kill_until_they_want_to_be_forgotten(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team("handoff_topics: true")), Team(api)
    is_forum(api)
    with serving(api, config) as process:
        api.wait_for(lambda: any(call.method == "getChatMember" for call in api.calls))
        settle(api)
        ann = asked(api, 1, team, user_name="Ann")
        asked(api, 2, team, user_name="Bob")
        team.posts(2)
        (name, topic), (other, bobs) = opened(api)
        assert (name, other, topic == bobs) == ("Ann", "Bob", False)
        team.say("Leonardo.", ann)
        assert replies(api, 1, 2)[1].text == delivered("Leonardo.")
        team.posts(3)
        api.say("In which year?", chat_id=1)
        posts = team.posts(4)
        assert in_topics(posts) == [topic, bobs, topic, topic]
        assert [post.text for post in posts[2:]] == [
            first_sent("Ann"),
            says("Ann", "In which year?"),
        ]
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        api.wait_for(lambda: [c.method for c in api.calls].count("getChatMember") >= 4)
        settle(api)
        api.say("/close", chat_id=1)
        api.say(UNKNOWN, chat_id=1, user_name="Ann")
        assert in_topics(team.posts(6)[4:]) == [topic, topic]

        api.chats.delete_topic(TEAM_CHAT, topic)  # somebody of the team does
        api.say("who painted the night watch", chat_id=1, user_name="Ann")
        (post,) = team.posts(2)[1:]
        assert opened(api)[2] == ("Ann", post.thread_id)
        settle(api)
        api.say("/forget", chat_id=1)
        api.wait_for(lambda: api.sent(1)[-1].text == EN.forgotten)
        bob, told = team.posts(2)
        assert (bob.thread_id, told.text) == (bobs, EN.team.forgot)
        gone = [call.params["message_thread_id"] for call in api.calls if "deleteF" in call.method]
        assert gone == [post.thread_id]


def test_without_the_right_to_manage_topics_all_posts_stand_together_and_the_log_says_why(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team("handoff_topics: true")), Team(api)
    is_forum(api, can_manage_topics=False)
    with serving(api, config) as process:
        process.wait_for_log("the bot is no admin there that may manage topics")
        asked(api, 1, team, user_name="Ann")
        assert (in_topics(team.posts()), opened(api)) == ([None], [])


def test_topics_are_opened_only_where_that_is_wanted(api: BotApi, make_config: MakeConfig) -> None:
    team = Team(api)
    is_forum(api)
    with serving(api, make_config(with_team())):
        asked(api, 1, team, user_name="Ann")
        assert (in_topics(team.posts()), opened(api)) == ([None], [])
