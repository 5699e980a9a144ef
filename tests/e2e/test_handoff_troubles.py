"""The handoff when time runs out, the bot is killed, or a chat is away: by the true process."""

from __future__ import annotations

import sqlite3
from signal import SIGKILL

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, ask, data_of, labels, press, pressed, replies, texts, toasts
from tests.e2e.handing import (
    EN,
    GONE_AFTER_HELP,
    HELPER,
    HELPER_NAME,
    TEAM_CHAT,
    UNKNOWN,
    Team,
    asked,
    asks,
    delivered,
    delivered_next,
    first_sent,
    isolated,
    says,
    settle,
    told,
    unscored,
    wants_person,
    with_team,
)
from tests.e2e.process import MakeConfig, serving

NEAREST = [
    "How do I cancel a cake order? (cake-cancel)",
    "How do I order a cake? (cake-order)",
    "When are you open? (opening-hours)",
]


def in_digest(digest: SentMessage) -> list[str]:
    """The names in a digest, in their order."""
    count, nothing, *lines = digest.text.splitlines()
    assert (count, nothing) == (EN.team.digest.replace("{count}", str(len(lines))), "")
    names = [line.partition("\u2068")[2].partition("\u2069")[0] for line in lines]
    assert lines == [f"{n}. {says(name, UNKNOWN)}" for n, name in enumerate(names, 1)]
    return [name.removesuffix(" · en") for name in names]


def test_handoff_on_asked_posts_no_fallback_and_the_timeout_ends_a_ticket(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(with_team("handoff_on: asked, handoff_timeout: 0.05"))
    team = Team(api)
    with serving(api, config):
        api.say(UNKNOWN, chat_id=1, user_name="Ann")
        api.say("cake", chat_id=2, user_name="Bob")
        api.say("do you repair bicycles", chat_id=1)
        fallback, again = replies(api, 1, 2)
        assert (fallback.text, again.text) == (EN.fallback, EN.fallback_again)
        assert labels(fallback) == ["shop", "cakes", EN.ask_person]
        assert labels(again) == [EN.ask_person]
        (follow_up,) = replies(api, 2)
        press(api, follow_up, EN.none_of_these)
        api.wait_for(lambda: api.sent(2)[0].text == EN.rephrase)
        assert labels(api.sent(2)[0]) == [EN.ask_person]

        press(api, fallback, EN.ask_person)  # the question above it is the one that counts
        (post,) = team.posts()
        assert unscored(post.text) == wants_person("Ann", UNKNOWN, NEAREST)
        assert texts(api, 1, 4)[2:] == [EN.person_comes, EN.nobody_yet]
        assert team.texts(2)[1:] == [told(EN.team.ended_by_time, "Ann")]
        api.say("what are your opening hours", chat_id=1)
        assert texts(api, 1, 5)[4:] == [ANSWERS["opening-hours"]]

        team.say("Leonardo.", post)
        assert texts(api, 1, 7)[5:] == [delivered("Leonardo."), GONE_AFTER_HELP]
        sent, ended = team.texts(4)[2:]
        assert sent == first_sent("Ann")
        assert ended == told(EN.team.ended_by_time, "Ann")


def test_tickets_and_posts_survive_a_kill(api: BotApi, make_config: MakeConfig) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        waits = asked(api, 1, team, user_name="Ann")
        api.say("/person", chat_id=2, user_name="Bob")
        replies(api, 2)
        talks = team.posts(2)[1]
        asked(api, 3, team, user_name="Cat")
        (button,) = replies(api, 3)
        team.posts(3)
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        team.say("Leonardo.", waits)
        assert texts(api, 1, 2)[1:] == [delivered("Leonardo.")]
        api.say("Hello?", chat_id=2)
        press(api, button, EN.ask_person)
        assert texts(api, 3, 2)[1:] == [EN.person_comes]
        api.press(button.message_id, data_of(button, EN.ask_person), chat_id=3)
        assert toasts(api, 3, 2) == ["", EN.person_comes]
        posts = team.posts(6)[3:]
        assert {unscored(post.text): post.reply_to for post in posts} == {
            first_sent("Ann"): waits.message_id,
            says("Bob", "Hello?"): talks.message_id,
            wants_person("Cat", UNKNOWN, NEAREST): None,
        }
        team.say("/close", talks)
        assert texts(api, 2, 2)[1:] == [EN.person_gone]


def test_an_unreachable_handoff_chat_is_told_to_people_and_logged_once(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        api.say("/person", chat_id=2, user_name="Bob")
        replies(api, 2)
        api.forbid(TEAM_CHAT, "Forbidden: bot was kicked from the supergroup chat")
        fallback = ask(api, UNKNOWN, chat_id=1, user_name="Ann")
        assert fallback.text == EN.fallback  # who asked for no team hears of none
        press(api, fallback, EN.ask_person)
        assert texts(api, 1, 2)[1:] == [EN.person_away]
        assert labels(api.sent(1)[0])[-1] == EN.ask_person
        api.say("Hello?", chat_id=2)
        assert texts(api, 2, 2)[1:] == [EN.person_away]

        api.allow(TEAM_CHAT)
        press(api, fallback, EN.ask_person)
        assert texts(api, 1, 3)[2:] == [EN.person_comes]
        post = team.posts(2)[1]
        assert unscored(post.text) == wants_person("Ann", UNKNOWN, NEAREST)
        team.say("Leonardo.", post)
        assert texts(api, 1, 4)[3:] == [delivered("Leonardo.")]
        process.wait_for_log("the handoff chat is reached again")

        api.forbid(TEAM_CHAT, "Bad Request: chat not found", 400)
        api.say("/person", chat_id=3)
        assert texts(api, 3, 1) == [EN.person_away]
    errors = [line.partition("reach: ")[2] for line in process.log if " ERROR " in line]
    assert errors == [
        f"the handoff chat {TEAM_CHAT} cannot be reached ({reason}). Add the bot to it, and check "
        "telegram.handoff_chat in config.yaml."
        for reason in ("Forbidden: bot was kicked from the supergroup chat", "Chat not found")
    ]


def test_posts_above_the_rate_limit_come_in_one_digest(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team()), Team(api)
    people = {f"P{number}": number for number in range(1, 26)}
    with serving(api, config) as process:
        for name, chat_id in people.items():
            api.say(UNKNOWN, chat_id=chat_id, user_name=name)
        *posts, digest = team.posts(19)
        first, second, third, *others = in_digest(digest)
        shown = [unscored(post.text) for post in posts]
        alone = [name for name in people if asks(name, UNKNOWN, NEAREST) in shown]
        assert (len(alone), {*alone, first, second, third, *others}) == (18, set(people))
        for chat_id in people.values():
            assert texts(api, chat_id, 1) == [EN.passed_on]
        settle(api)  # nobody replies before the bot knows what it has posted

        team.say("2: Leonardo <3 & co.", digest)
        team.say("Leonardo.", digest)
        team.say("8: Leonardo.", digest)
        team.say(" #3) In\n1503.", digest)
        team.say("3:", digest)
        team.say("/close 3", digest)
        assert texts(api, people[second], 2)[1:] == [delivered("Leonardo <3 & co.")]
        assert texts(api, people[third], 3)[1:] == [delivered("In\n1503."), GONE_AFTER_HELP]
        assert team.texts(25)[19:] == [
            first_sent(second),
            EN.team.which,
            EN.team.which,
            first_sent(third),
            EN.team.which,
            EN.team.ended_by_team,
        ]

        api.say("/forget", chat_id=people[first])
        assert texts(api, people[first], 2)[1:] == [EN.forgotten]
        assert team.texts(26)[25:] == [EN.team.forgot]
        assert team.posts()[18].text.splitlines() == [
            EN.team.digest.replace("{count}", "7"),
            "",
            "1. …",
            *(
                f"{n}. {says(f'{name} · en', UNKNOWN)}"
                for n, name in enumerate([second, third, *others], 2)
            ),
        ]
        team.say("1: Leonardo.", digest)
        assert team.texts(27)[26:] == [EN.team.which]
        api.say("/privacy", chat_id=people[first])
        assert len(texts(api, people[first], 3)) == 3

        for chat_id in (31, 32):
            api.say(UNKNOWN, chat_id=chat_id, user_name=f"P{chat_id}")
            replies(api, chat_id)
        settle(api)
        assert process.stop(SIGKILL) == -SIGKILL
    assert len(team.posts()) == 27
    with serving(api, config):
        (digest,) = team.posts(28)[27:]
        assert in_digest(digest) == ["P31", "P32"]
        team.say("1) and 2) Leonardo.", digest)
        for chat_id in (31, 32):
            assert texts(api, chat_id, 2)[1:] == [delivered("Leonardo.")]
        team.say("2: /close", digest)
        assert texts(api, 32, 3)[2:] == [GONE_AFTER_HELP]
        assert len(texts(api, 31, 2)) == 2

        near = NEAREST[0].partition(" (")[0]
        assert labels(digest) == [f"1 ➤ {near}", f"2 ➤ {near}"]
        changed = pressed(api, digest, f"2 ➤ {near}", user_id=HELPER)
        assert texts(api, 32, 4)[3] == f"{EN.person_says}\n\n{ANSWERS['cake-cancel']}"
        note = EN.team.answer_sent.replace("{helper}", isolated(HELPER_NAME))
        note = told(note, "P32").replace("{question}", isolated(near))
        assert team.posts(32)[-1].text == note
        assert (changed.text, labels(changed)) == (digest.text, [f"1 ➤ {near}"])


def test_a_chat_migration_of_the_handoff_chat_is_followed(
    api: BotApi, make_config: MakeConfig
) -> None:
    group, supergroup = -77, -1_009_000_000_077
    config = make_config(with_team(chat_id=group))
    team, moved = Team(api, group), Team(api, supergroup)
    with serving(api, config) as process:
        api.say("/person", chat_id=1, user_name="Ann")
        assert team.texts() == [wants_person("Ann")]
        api.migrate(group, supergroup)
        process.wait_for_log(f"the group {group} is now the supergroup {supergroup}")
        process.wait_for_log(f"put {supergroup} into config.yaml as telegram.handoff_chat")
        api.say("Hello?", chat_id=1)
        (post,) = moved.posts()
        assert post.text == says("Ann", "Hello?")
        settle(api)  # nobody replies before the bot knows what it has posted
        moved.say("Hello!", post)
        assert texts(api, 1, 2)[1:] == [delivered("Hello!")]
    with serving(api, config):
        moved.say("Still there?", post)
        assert texts(api, 1, 3)[2:] == [delivered_next("Still there?")]
        api.say("Yes.", chat_id=1)
        assert moved.texts(3) == [says("Ann", "Hello?"), first_sent("Ann"), says("Ann", "Yes.")]


def test_handoff_works_while_the_database_is_locked(api: BotApi, make_config: MakeConfig) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        early = asked(api, 1, team, user_name="Ann")
        settle(api)
        lock = sqlite3.connect(config.parent / "bot.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        team.say("Leonardo.", early)
        assert texts(api, 1, 2)[1:] == [delivered("Leonardo.")]
        (sent,) = team.posts(2)[1:]
        assert sent.text == first_sent("Ann")

        fallback = ask(api, UNKNOWN, chat_id=2, user_name="Bob")
        assert fallback.text == EN.passed_on
        press(api, fallback, EN.ask_person)
        assert texts(api, 2, 2)[1:] == [EN.person_comes]
        api.say("Hello?", chat_id=2)
        api.say("/privacy", chat_id=2)  # once it is answered, the bot knows that it has posted
        texts(api, 2, 3)
        question, wants, hello = team.posts(5)[2:]
        assert unscored(question.text) == asks("Bob", UNKNOWN, NEAREST)
        assert (wants.text, hello.text) == (wants_person("Bob", UNKNOWN), says("Bob", "Hello?"))
        assert (wants.reply_to, hello.reply_to) == (question.message_id, wants.message_id)
        team.say("/close", hello)
        assert texts(api, 2, 4)[3:] == [EN.person_gone]
        api.say("/forget", chat_id=2)
        assert texts(api, 2, 5)[4:] == [EN.not_forgotten]

        lock.close()
        process.wait_for_log("the memory works again")
        api.say("/forget", chat_id=2)
        assert texts(api, 2, 6)[5:] == [EN.forgotten]
        assert [post.message_id for post in team.posts()[:2]] == [early.message_id, sent.message_id]
        assert team.texts()[2:] == [EN.team.ended_by_team, EN.team.forgot]
