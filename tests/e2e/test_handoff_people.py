"""What people know while they wait for the team and talk to it: by the true process."""

from __future__ import annotations

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import (
    ANSWERS,
    THUMBS,
    ask,
    data_of,
    labels,
    pressed,
    replies,
    sentence,
    texts,
    toasts,
)
from tests.e2e.handing import (
    EN,
    GONE_AFTER_HELP,
    UNKNOWN,
    Team,
    asks,
    delivered,
    delivered_next,
    says,
    unscored,
    wants_person,
    with_team,
)
from tests.e2e.process import MakeConfig, serving

ADMIN = 5
HOURS = "what are your opening hours"


def test_the_first_answer_says_where_one_is_and_each_quotes_what_it_answers(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    helped.say(UNKNOWN, chat_id=chat_id, user_name="Ann")
    replies(helped, chat_id)
    (first,) = team.posts()
    helped.say("/person", chat_id=chat_id)
    helped.say("Is it the one in Paris?", chat_id=chat_id)
    second = team.posts(3)[2]
    team.say("Yes.", second)
    team.say("Leonardo.", first)
    yes, leonardo = replies(helped, chat_id, 4)[2:]
    quoted = [helped.chats.message(chat_id, each.reply_to or 0)["text"] for each in (yes, leonardo)]
    assert [yes.text, leonardo.text] == [delivered("Yes."), delivered_next("Leonardo.")]
    assert quoted == ["Is it the one in Paris?", UNKNOWN]


def test_start_says_where_one_is(helped: BotApi, chat_id: int, team: Team) -> None:
    for text in ("/start", "/person", "/start"):
        helped.say(text, chat_id=chat_id)
    told = texts(helped, chat_id, 3)
    assert [sentence(told[0]), *told[1:]] == [EN.welcome, EN.person_comes, EN.still_waiting]
    team.say("Hello!", team.posts()[0])
    replies(helped, chat_id, 4)
    assert ask(helped, "/start", chat_id=chat_id).text == EN.with_team


def test_what_the_bot_is_sure_of_is_answered_while_one_waits_and_both_sides_see_it(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    helped.say("/person", chat_id=chat_id, user_name="Bo")
    helped.say(HOURS, chat_id=chat_id)
    helped.say("cake", chat_id=chat_id)  # of that it is not sure
    _, answer = replies(helped, chat_id, 2)
    assert answer.text == f"{EN.while_waiting}\n\n{ANSWERS['opening-hours']}"
    post, unsure = team.posts(3)[1:]
    note = EN.team.bot_answered.replace("{question}", "When are you open?")
    assert post.text == f"{says('Bo', HOURS)}\n\n{note}"
    assert unsure.text == says("Bo", "cake")

    team.say("Hello!", post)  # from then on, what Bo writes is for the team alone
    replies(helped, chat_id, 3)
    helped.say(HOURS, chat_id=chat_id)
    assert team.texts(5)[4:] == [says("Bo", HOURS)]
    assert len(replies(helped, chat_id)) == 3


def test_who_asks_for_a_person_reaches_the_team_with_the_words_that_led_there(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    """And "none of these", once more, asks for nobody."""
    for _ in range(2):
        follow_up = ask(helped, "cake", chat_id=chat_id, user_name="Cy")
        assert pressed(helped, follow_up, EN.none_of_these).text == EN.passed_on
    helped.say("/person", chat_id=chat_id)
    replies(helped, chat_id, 3)
    asked, wants = [unscored(post.text) for post in team.posts(2)]
    # Those that were refused are not offered to the team again.
    choices = [
        "Which allergens are in your bread? (allergens)",
        "When are you open? (opening-hours)",
    ]
    assert asked == asks("Cy", "cake", choices)
    assert wants == wants_person("Cy", "cake")

    helped.say("/close", chat_id=chat_id)
    ask(helped, HOURS, chat_id=chat_id)  # which was answered, and led to the wish all the same
    helped.say("/person", chat_id=chat_id)
    assert team.texts(4)[3].splitlines()[0] == wants_person("Cy", HOURS).splitlines()[0]


def test_when_it_ends_one_is_asked_once_whether_it_helped(
    api: BotApi, make_config: MakeConfig
) -> None:
    """Where the team has answered; what is said of it is kept as a label, the first time."""
    config, team = make_config(with_team(f"admins: [{ADMIN}]")), Team(api)
    with serving(api, config):
        for chat_id in (1, 2, 3):
            api.say("/person" if chat_id == 1 else UNKNOWN, chat_id=chat_id)
            replies(api, chat_id)
            if chat_id < 3:
                team.say("Leonardo.", team.posts()[-1])
                replies(api, chat_id, 2)
        for chat_id, words in [(1, "/close"), (2, "/close")]:
            api.say(words, chat_id=chat_id)
        gone = [replies(api, chat_id, 3)[2] for chat_id in (1, 2)]
        assert [each.text for each in gone] == [GONE_AFTER_HELP] * 2
        assert [labels(each) for each in gone] == [THUMBS] * 2
        data = data_of(gone[0], "👎")
        assert labels(pressed(api, gone[0], "👍")) == labels(pressed(api, gone[1], "👎")) == []
        api.press(gone[0].message_id, data, chat_id=1)  # anybody can press again what is gone
        assert toasts(api, 1, 2) == [EN.feedback_thanks, ""]
        sorry = replies(api, 2, 4)[3]
        assert (sorry.text, labels(sorry)) == (EN.not_helped, [EN.ask_differently, EN.ask_person])

        api.say("/person", chat_id=3)
        replies(api, 3, 2)
        assert ask(api, "/close", chat_id=3).text == EN.person_gone
        told = ask(api, "/stats", chat_id=ADMIN).text
        assert "Chats with the team: 👍 1  👎 1" in told
