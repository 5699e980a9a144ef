"""Questions that go to people, and what people answer: over a real socket, by the true process."""

from __future__ import annotations

from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_types import MediaKind
from tests.e2e.chatting import ask, data_of, labels, pressed, replies, texts, toasts
from tests.e2e.handing import (
    EN,
    UNKNOWN,
    Team,
    asked,
    asks,
    delivered,
    delivered_next,
    first_sent,
    says,
    unscored,
    wants_person,
)

CANCEL = "How do I cancel a cake order? (cake-cancel)"
ORDER = "How do I order a cake? (cake-order)"
OPEN = "When are you open? (opening-hours)"
TOPICS = ["shop", "cakes"]


def test_a_fallback_is_posted_to_the_team_with_asker_and_nearest_entries(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    for text in ("hello", "thanks"):  # which is not posted
        ask(helped, text, chat_id=chat_id)
    name = "\u202eAda <b>&"
    reply = ask(helped, f"{UNKNOWN} <b> & \u2067!", chat_id=chat_id, user_name=name, username="ada")
    assert reply.text == EN.passed_on
    assert labels(reply) == [*TOPICS, EN.ask_person]
    (post,) = team.posts()
    shown = asks("Ada <b>& (@ada)", f"{UNKNOWN} <b> & !", [CANCEL, ORDER, OPEN])
    assert unscored(post.text) == shown
    assert "<b>\u2068Ada &lt;b&gt;&amp; (@ada) · en\u2069</b> asks:" in post.raw_text
    assert labels(post) == [
        *(f"➤ {each.partition(' (')[0]}" for each in (CANCEL, ORDER, OPEN)),
        EN.team.take,
        EN.team.block,
    ]


def test_none_of_these_is_posted_to_the_team_with_what_comes_next(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    follow_up = ask(helped, "cake", chat_id=chat_id, user_name="Bo")
    answer = pressed(helped, follow_up, EN.none_of_these)
    assert (answer.text, labels(answer)) == (EN.passed_on, [EN.ask_person])
    others = ["Which allergens are in your bread? (allergens)", OPEN]
    assert [unscored(text) for text in team.texts()] == [asks("Bo", "cake", others)]


def test_the_person_button_hands_off_once(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team, user_name="Cy")
    (reply,) = replies(helped, chat_id)
    data = data_of(reply, EN.ask_person)
    for _ in range(2):
        helped.press(reply.message_id, data, chat_id=chat_id)
    assert toasts(helped, chat_id, 2) == ["", EN.person_comes]
    helped.say("/privacy", chat_id=chat_id)
    kept, comes, _ = replies(helped, chat_id, 3)
    assert (kept.text, labels(kept)) == (reply.text, TOPICS)
    assert comes.text == EN.person_comes
    _, called = team.posts(2)
    wanted = wants_person("Cy", UNKNOWN)
    assert (unscored(called.text), called.reply_to) == (wanted, post.message_id)


def test_the_person_command_hands_off_with_or_without_a_question(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    for text in ("/person", "/person Do you bake <bread> & rolls?"):
        helped.say(text, chat_id=chat_id, user_name="Di")
    told = texts(helped, chat_id, 2)
    assert told == [EN.person_comes, EN.person_comes]
    first, second = team.posts(2)
    assert first.text == wants_person("Di")
    bread = "Which allergens are in your bread? (allergens)"
    assert unscored(second.text) == wants_person("Di", "Do you bake <bread> & rolls?", [bread])
    assert (first.reply_to, second.reply_to) == (None, first.message_id)


def test_a_team_reply_is_delivered_word_for_word(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team, user_name="Ed")
    team.say("It was <i>Leonardo</i> & nobody else.", post)
    _, answer = replies(helped, chat_id, 2)
    assert answer.text == delivered("It was <i>Leonardo</i> & nobody else.")
    assert answer.buttons == ()
    _, sent = team.posts(2)
    assert (sent.text, sent.reply_to) == (first_sent("Ed"), post.message_id)

    team.say("In 1503.", post)
    team.say("Or later.", sent)
    assert texts(helped, chat_id, 4)[2:] == [
        delivered_next("In 1503."),
        delivered_next("Or later."),
    ]
    stranger = team.help()
    team.say("Whose is this?", stranger)
    team.say("/close", stranger)
    assert team.texts(4)[2:] == [EN.team.unknown_post] * 2
    helped.say("Thank you!", chat_id=chat_id)  # the first reply has opened the ticket
    last = team.posts(5)[4]
    assert (last.text, last.reply_to) == (says("Ed", "Thank you!"), sent.message_id)


def test_files_of_the_team_are_delivered(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team, user_name="Flo")
    kinds: tuple[MediaKind, ...] = ("photo", "document", "voice")
    for kind in kinds:
        team.show(kind, post, f"See <this> {kind}")
    _, *sent = replies(helped, chat_id, 7)
    assert [message.text for message in sent[::2]] == [EN.person_says_first, *[EN.person_says] * 2]
    files = [(message.kind, message.text) for message in sent[1::2]]
    assert files == [(kind, f"See <this> {kind}") for kind in kinds]
    assert team.texts(2)[1:] == [first_sent("Flo")]


def test_talk_within_the_handoff_chat_is_ignored(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team)
    team.say("Does anybody know this?")
    team.say("what are your opening hours")
    team.say("@faq_test_bot what are your opening hours")
    helped.send_media("photo", "@faq_test_bot cake", chat_id=team.chat_id, user_id=1)
    team.say("Whose is this?", team.help())
    assert team.texts(2) == [post.text, EN.team.unknown_post]


def test_forget_deletes_a_persons_posts_from_the_handoff_chat(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    post = asked(helped, chat_id, team, user_name="Max")
    team.say("Leonardo.", post)
    assert team.texts(2)[1:] == [first_sent("Max")]
    helped.say("Which year?", chat_id=chat_id)
    helped.send_media("photo", chat_id=chat_id)
    team.posts(4)
    helped.say("/forget", chat_id=chat_id)
    assert replies(helped, chat_id, 3)[2].text == EN.forgotten
    assert team.texts() == [EN.team.forgot]

    # Somebody who had begun to reply sends it now.
    gone = {"message_id": post.message_id, "date": 0, "text": post.text, "from": helped.bot}
    group = {"id": team.chat_id, "type": "supergroup", "title": "Team"}
    helper = {"id": 1, "is_bot": False, "first_name": "Ada"}
    reply = {"message_id": 900_000, "date": 0, "chat": group, "from": helper, "text": "1503."}
    helped.push({"message": {**reply, "reply_to_message": {**gone, "chat": group}}})
    assert team.texts(2)[1:] == [EN.team.unknown_post]
    helped.say(UNKNOWN, chat_id=chat_id, user_name="Max")
    assert replies(helped, chat_id, 4)[3].text == EN.passed_on
    assert team.posts(3)[2].reply_to is None
