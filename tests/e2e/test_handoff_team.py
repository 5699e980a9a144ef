"""What the team sees and does beside replying: by the true process."""

from __future__ import annotations

from signal import SIGKILL

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, THUMBS, data_of, labels, press, pressed, replies, toasts
from tests.e2e.handing import (
    EN,
    HELPER,
    HELPER_NAME,
    TEAM_CHAT,
    Team,
    asked,
    delivered,
    delivered_next,
    first_sent,
    isolated,
    settle,
    with_team,
)
from tests.e2e.process import MakeConfig, serving

ANN, BEN = 9_000_002, 9_000_003
ORDER = "How do I order a cake?"
SEND = f"➤ {ORDER}"


def filled(sentence: str, **words: str) -> str:
    """A sentence of the team's with names in it."""
    for mark, word in words.items():
        sentence = sentence.replace(f"{{{mark}}}", isolated(word))
    return sentence


def now(api: BotApi, post: SentMessage) -> SentMessage:
    """A post as it stands now."""
    return next(each for each in api.sent(TEAM_CHAT) if each.message_id == post.message_id)


def test_one_tap_sends_the_answer_of_a_near_entry_once(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    """As the team's, beneath the question; the post says who sent what."""
    post = asked(helped, chat_id, team, user_name="Kim")
    data = data_of(post, SEND)
    changed = pressed(helped, post, SEND, user_id=HELPER, user_name=HELPER_NAME)
    answer = replies(helped, chat_id, 2)[1]
    assert answer.text == f"{EN.person_says}\n\n{ANSWERS['cake-order']}"
    assert answer.reply_to is not None
    assert labels(answer)[-2:] == THUMBS
    sent = filled(EN.team.answer_sent, helper=HELPER_NAME, name="Kim", question=ORDER)
    assert changed.text == f"{post.text}\n\n{sent}"
    assert (SEND in labels(changed), EN.team.take in labels(changed)) == (False, True)

    helped.press(post.message_id, data, chat_id=TEAM_CHAT, user_id=ANN)  # at the same moment
    assert toasts(helped, ANN) == [EN.team.sent_already]
    assert len(replies(helped, chat_id)) == 2
    # It was not asked for in a conversation, and opens none.
    helped.say("what are your opening hours", chat_id=chat_id)
    assert replies(helped, chat_id, 3)[2].text == ANSWERS["opening-hours"]
    assert len(team.posts()) == 1


def test_a_press_of_the_teams_buttons_by_an_outsider_is_refused(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    """Who knows what a button carries can press it in their own chat, and on other posts."""
    post = asked(helped, chat_id, team)
    other = asked(helped, chat_id + 500_000, team)
    (mine,) = replies(helped, chat_id)
    for kind in (SEND, EN.team.take):
        data = data_of(post, kind)
        helped.press(mine.message_id, data, chat_id=chat_id)
        helped.press(other.message_id, data, chat_id=TEAM_CHAT, user_id=chat_id)
        helped.press(post.message_id, data, chat_id=TEAM_CHAT, user_id=chat_id, inaccessible=True)
    assert toasts(helped, chat_id, 6) == [EN.old_button] * 6
    assert len(replies(helped, chat_id)) == 1
    assert len(team.posts()) == 2


def test_whoever_takes_a_conversation_or_replies_first_has_it_and_the_others_are_told(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    post = asked(helped, chat_id, team, user_name="Kim")
    took = pressed(helped, post, EN.team.take, user_id=ANN, user_name="Ann")
    assert EN.team.take not in labels(took)
    helped.press(post.message_id, data_of(post, EN.team.take), chat_id=TEAM_CHAT, user_id=BEN)
    already = EN.team.taken_already.replace("{helper}", "Ann").replace("{name}", "Kim")
    assert toasts(helped, BEN) == [already]
    helped.wait_for(lambda: EN.team.take_over in labels(now(helped, post)))

    team.say("Leonardo.", post)  # which takes nothing from Ann
    for words in ("In 1503.", "Or later."):  # and is told once
        team.say(words, post, user_id=BEN, user_name="Ben")
    shared = filled(f"{EN.team.first_sent} {EN.team.shared}", helper="Ann", name="Kim")
    taken, told_once = team.posts(3)[1:]
    assert (taken.text, told_once.text) == (filled(EN.team.taken, helper="Ann", name="Kim"), shared)
    replies(helped, chat_id, 4)
    pressed(helped, told_once, EN.team.take_over, user_id=BEN, user_name="Ben")
    over = filled(EN.team.taken_over, helper="Ben", other="Ann", name="Kim")
    assert team.texts(4)[3:] == [over]
    team.say("/take", post, user_id=BEN, user_name="Ben")
    theirs = EN.team.taken_by_you.replace("{name}", "Kim")
    team.say("/take", post)
    back = filled(EN.team.taken_over, helper=HELPER_NAME, other="Ben", name="Kim")
    assert team.texts(6)[4:] == [theirs, back]


def test_delivery_is_shown_by_a_reaction_and_nothing_else_where_those_are_refused(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    post = asked(helped, chat_id, team, user_name="Kim")
    seen = helped.chats.reactions
    for refuses, words in [(False, "Leonardo."), (True, "In 1503."), (False, "Or later.")]:
        before = len(seen)
        helped.chats.refuses_reactions = refuses
        team.say(words, post)
        if not refuses:
            helped.wait_for(lambda before=before: len(seen) > before)  # type: ignore[misc]
    answers = [message.text for message in replies(helped, chat_id, 4)[1:]]
    assert answers == [
        delivered("Leonardo."),
        delivered_next("In 1503."),
        delivered_next("Or later."),
    ]
    assert {emoji for (chat, _), emoji in seen.items() if chat == TEAM_CHAT} == {"👍"}
    assert team.texts(2)[1:] == [first_sent("Kim")]


def test_commands_of_people_get_the_teams_own_texts_in_its_chat(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    for text in ("/close", "/take", "/help", "/person", "/close"):
        team.say(text)
    *usage, help_, again, last = team.texts(5)
    assert [*usage, last] == [EN.team.close_usage, EN.team.take_usage, EN.team.close_usage]
    assert help_ == again
    listed = [line.partition(" ")[0] for line in help_.splitlines() if line.startswith("/")]
    assert listed == ["/close", "/take", "/block", "/unblock"]
    scope = {"type": "chat", "chat_id": TEAM_CHAT}
    assert [f"/{name}" for name in helped.commands(scope)] == [*listed, "/help"]


def test_a_note_reaches_nobody_wherever_it_stands(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team, user_name="Kim")
    note = team.say("// is that the Mona Lisa in Paris?", post)
    team.say("Leonardo.", post)
    replies(helped, chat_id, 2)
    helped.edit(note, "It's in Paris.")
    assert replies(helped, chat_id, 3)[2].text == delivered_next("It's in Paris.")
    assert team.texts(2)[1:] == [first_sent("Kim")]


def test_buttons_and_who_has_taken_what_outlast_a_kill(
    api: BotApi, make_config: MakeConfig
) -> None:
    config, team = make_config(with_team()), Team(api)
    with serving(api, config) as process:
        post = asked(api, 1, team, user_name="Kim")
        taken = data_of(post, EN.team.take)
        pressed(api, post, EN.team.take, user_id=ANN, user_name="Ann")
        pressed(api, now(api, post), SEND, user_id=ANN)
        team.posts(2)
        settle(api)
        process.stop(SIGKILL)
    with serving(api, config):
        api.press(post.message_id, taken, chat_id=TEAM_CHAT, user_id=HELPER)
        api.press(post.message_id, data_of(post, SEND), chat_id=TEAM_CHAT, user_id=HELPER)
        already = EN.team.taken_already.replace("{helper}", "Ann").replace("{name}", "Kim")
        assert toasts(api, HELPER, 2) == [already, EN.team.sent_already]
        press(api, now(api, post), "➤ When are you open?", user_id=HELPER)
        answer = replies(api, 1, 3)[2]
        assert answer.text.endswith(ANSWERS["opening-hours"])
