"""One forum topic for each person in the handoff chat: by the true process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.bot_api_types import Person, Writing
from tests.e2e.chatting import BAKERY, press, pressed, replies, texts
from tests.e2e.handing import (
    EN,
    HELPER,
    HELPER_NAME,
    TEAM_CHAT,
    UNKNOWN,
    Team,
    asked,
    delivered,
    delivered_next,
    first_sent,
    isolated,
    says,
    settle,
    told,
    with_team,
)
from tests.e2e.hooking import Courier, HookedApi, free_port
from tests.e2e.process import BotProcess, MakeConfig, serving

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


@contextmanager
def serving_forum(api: BotApi, config: Path) -> Iterator[BotProcess]:
    """A bot that has looked what it may do in such a chat."""
    is_forum(api)
    with serving(api, config) as process:
        api.wait_for(lambda: any(call.method == "getChatMember" for call in api.calls))
        settle(api)
        yield process


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
    with serving_forum(api, config) as process:
        ann = asked(api, 1, team, user_name="Ann")
        asked(api, 2, team, user_name="Bob")
        posts = team.posts(4)
        (name, topic), (other, bobs) = opened(api)
        assert (name, other, topic == bobs) == ("Ann", "Bob", False)
        assert in_topics(posts) == [topic, topic, bobs, bobs]
        assert posts[0].text == told(EN.team.topic_opened, "Ann")
        team.say("Leonardo.", ann)
        assert replies(api, 1, 2)[1].text == delivered("Leonardo.")
        team.posts(5)
        api.say("In which year?", chat_id=1)
        posts = team.posts(6)[4:]
        assert in_topics(posts) == [topic, topic]
        assert [post.text for post in posts] == [first_sent("Ann"), says("Ann", "In which year?")]
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        api.wait_for(lambda: [c.method for c in api.calls].count("getChatMember") >= 4)
        settle(api)
        api.say("/close", chat_id=1)
        api.say(UNKNOWN, chat_id=1, user_name="Ann")
        assert in_topics(team.posts(8)[6:]) == [topic, topic]

        api.chats.delete_topic(TEAM_CHAT, topic)  # somebody of the team does
        api.say("who painted the night watch", chat_id=1, user_name="Ann")
        _, post = team.posts(4)[2:]
        assert opened(api)[2] == ("Ann", post.thread_id)
        settle(api)
        api.say("/forget", chat_id=1)
        api.wait_for(lambda: api.sent(1)[-1].text == EN.forgotten)
        *of_bob, forgot = team.posts(3)
        assert (in_topics(of_bob), forgot.text) == ([bobs, bobs], EN.team.forgot)
        gone = [call.params["message_thread_id"] for call in api.calls if "deleteF" in call.method]
        assert gone == [post.thread_id]


def test_what_is_written_in_a_persons_topic_reaches_them_but_notes_and_replies_to_colleagues(
    api: BotApi, make_config: MakeConfig
) -> None:
    """Over a kill, too; what is written in a topic of the team's own reaches nobody."""
    config, team = make_config(with_team("handoff_topics: true")), Team(api)
    with serving_forum(api, config) as process:
        asked(api, 1, team, user_name="Ann")
        ((_, topic),) = opened(api)
        here: Writing = {"thread_id": topic}
        team.posts(2)
        team.say("What would Ann like?", thread_id=77)
        team.say("/close", thread_id=77)
        assert team.texts(3)[2] == EN.team.close_usage
        hello = team.say("Hello Ann!", **here)
        team.say("// she orders every week", **here)
        team.say("Is that so?", team.message(hello), user_id=4)  # to a colleague
        team.show("photo", None, "Our cakes", **here)
        team.say("Just ask.", team.message(hello), **here)
        shown = [delivered("Hello Ann!"), EN.person_says, "Our cakes", delivered_next("Just ask.")]
        assert texts(api, 1, 5)[1:] == shown
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        team.say("Anything else?", **here)
        assert texts(api, 1, 6)[5:] == [delivered_next("Anything else?")]
        late = team.say("//not yet", **here)
        api.edit(late, "not yet")
        wrong = team.say("Ann is a pain.", **here)
        replies(api, 1, 8)
        settle(api)
        api.edit(wrong, "// Ann is a pain.")
        assert team.texts(5)[4:] == [EN.team.taken_back]
        assert texts(api, 1)[6:] == [delivered_next("not yet")]

        team.say("/take", user_id=4, user_name="Eve", thread_id=topic)
        team.say("/block 1d", **here)
        team.say("/unblock", **here)
        team.say("Back again.", **here)
        team.say("/clsoe", **here)
        team.say("/close", **here)
        told_team = [post.text for post in team.posts(11)[5:]]
        taken = EN.team.taken_over.replace("{helper}", isolated("Eve"))
        assert told_team[0] == told(taken.replace("{other}", isolated(HELPER_NAME)), "Ann")
        assert told_team[3] == first_sent("Ann")
        assert told_team[4].startswith(EN.team.help)
        assert told_team[5] == EN.team.ended_by_team
        assert replies(api, 1, 11)[-1].text.startswith(EN.person_gone)


def test_what_is_written_in_a_topic_goes_where_the_person_wrote_last(
    api: BotApi, make_config: MakeConfig
) -> None:
    """In a group, where all may read it, or in private; the post says which it is."""
    group, team = -1_009_000_000_444, Team(api)
    ann: Person = {"user_id": 1, "user_name": "Ann"}
    with serving_forum(api, make_config(with_team("handoff_topics: true"))):
        asked(api, 1, team, user_name="Ann")
        ((_, topic),) = opened(api)
        team.say("Leonardo.", thread_id=topic)
        replies(api, 1, 2)
        api.say(f"@faq_test_bot {UNKNOWN}", chat_id=group, **ann)
        assert f"👥 Chat {group}" in team.posts(4)[3].text
        team.say("As I wrote to you.", thread_id=topic)
        there = f"{EN.person_says_first_in_group}\nAs I wrote to you."
        assert texts(api, group, 2)[1:] == [there]
        api.say("/start@faq_test_bot", chat_id=group, **ann)
        assert replies(api, group, 3)[2].text == EN.with_team_in_group
        team.posts(5)
        api.say("My address is 1 High Street.", chat_id=1)
        team.posts(6)
        team.say("Thank you!", thread_id=topic)
        assert texts(api, 1, 3)[2:] == [delivered_next("Thank you!")]
        assert len(texts(api, group)) == 3


def test_topics_over_a_webhook_and_a_kill(make_config: MakeConfig) -> None:
    """What the team writes while the bot is away reaches the person once it is back."""
    port, secret = free_port(), "s" * 40
    hook = f"webhook: {{url: 'https://example.com/telegram', port: {port}, secret: {secret}}}"
    config = make_config(with_team(f"handoff_topics: true, {hook}"))
    with Courier(port, secret) as courier, HookedApi(courier) as api:
        team = Team(api)
        with serving_forum(api, config) as process:
            asked(api, 1, team, user_name="Ann")
            ((_, topic),) = opened(api)
            team.say("Hello!", thread_id=topic)
            assert replies(api, 1, 2)[1].text == delivered("Hello!")
            settle(api)
            process.stop(SIGKILL)
        team.say("Leonardo.", thread_id=topic)
        team.say("// or was it?", thread_id=topic)
        with serving(api, config):
            assert replies(api, 1, 3)[2].text == delivered_next("Leonardo.")
            api.say("Thanks!", chat_id=1)
            assert says("Ann", "Thanks!") in team.texts(4)
            team.say("You're welcome.", thread_id=topic)
            answer = replies(api, 1, 4)[3]
            assert api.chats.message(1, answer.reply_to or 0)["text"] == "Thanks!"


def test_what_was_missed_is_taught_in_the_topic_of_who_asked(
    api: BotApi, make_config: MakeConfig, tmp_path: Path
) -> None:
    faq, of_team = tmp_path / "bakery.yaml", EN.team
    faq.write_bytes(BAKERY.read_bytes())
    telegram = with_team("handoff_topics: true, team_may_edit: true")
    config, team = make_config(f"faq: {tmp_path}\n{telegram}"), Team(api)
    tom: Person = {"user_id": HELPER, "user_name": HELPER_NAME}
    with serving_forum(api, config):
        asked(api, 1, team, user_name="Ann")
        ((_, topic),) = opened(api)
        post = team.posts(2)[1]
        shown = pressed(
            api, pressed(api, post, of_team.edit_pick, **tom), "＋ When are you open?", **tom
        )
        done = pressed(api, shown, of_team.edit_write, **tom)
        assert UNKNOWN in faq.read_text("utf-8")
        assert in_topics([done]) == [topic]
        pressed(api, done, of_team.edit_undo, **tom)
        assert faq.read_bytes() == BAKERY.read_bytes()

        press(api, post, of_team.edit_new, **tom)
        question = team.posts(3)[2]
        team.say("Who painted the Mona Lisa?", question, thread_id=topic)
        answer = team.posts(4)[3]
        team.say("Leonardo.", answer, thread_id=topic)
        preview = team.posts(5)[4]
        assert in_topics([question, answer, preview]) == [topic] * 3
        pressed(api, preview, of_team.edit_write, **tom)
        assert "Leonardo." in faq.read_text("utf-8")


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
