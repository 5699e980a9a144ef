"""Nothing is cut or lost between people and the team: over a real socket, by the true process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import pressed, replies
from tests.e2e.handing import EN, UNKNOWN, Team, asked, delivered, isolated, with_team
from tests.e2e.process import MakeConfig, serving


@pytest.fixture(scope="module")
def helped(make_config: MakeConfig) -> Iterator[BotApi]:
    """A bot with people behind it, of its own: what these tests post is much for one minute."""
    with BotApi() as api, serving(api, make_config(with_team())):
        yield api


def test_long_questions_and_pictures_reach_the_team_whole(
    helped: BotApi, chat_id: int, team: Team
) -> None:
    words = f"{UNKNOWN} {'and why? ' * 440}".strip()
    helped.say(f"/person {words}", chat_id=chat_id, user_name="Ada")
    first, second = (post.text for post in team.posts(2))
    told = [post.split("\u2068")[2].partition("\u2069")[0] for post in (first, second)]
    assert " ".join(told) == words
    assert second.startswith(isolated("Ada · en"))

    follow_up = chat_id + 1_000
    helped.send_media("photo", "cake", chat_id=follow_up, media_group_id="7")
    helped.send_media("photo", chat_id=follow_up, media_group_id="7")
    (reply,) = replies(helped, follow_up)
    pressed(helped, reply, EN.none_of_these)
    question, *pictures = team.posts(5)[2:]
    assert "cake" in question.text
    assert [(picture.kind, picture.text) for picture in pictures] == [
        ("photo", "cake"),
        ("photo", ""),
    ]
    assert pictures[0].reply_to == question.message_id

    unknown = chat_id + 2_000
    helped.send_media("photo", UNKNOWN, chat_id=unknown, media_group_id="8")
    helped.send_media("photo", chat_id=unknown, media_group_id="8")
    kinds = [post.kind for post in team.posts(8)[5:]]
    assert kinds == ["text", "photo", "photo"]


def test_formatting_and_links_of_the_team_arrive(helped: BotApi, chat_id: int, team: Team) -> None:
    post = asked(helped, chat_id, team)
    link = {"type": "text_link", "url": "https://example.com/"}
    team.say(
        "\N{GRINNING FACE} See here, now.", post, formats={"here": link, "now": {"type": "bold"}}
    )
    _, answer = replies(helped, chat_id, 2)
    assert answer.text == delivered("\N{GRINNING FACE} See here, now.")
    text = answer.text.encode("utf-16-le")
    shown = {
        each["type"]: text[2 * each["offset"] :][: 2 * each["length"]].decode("utf-16-le")
        for each in answer.entities
    }
    assert shown == {"text_link": "here", "bold": "now"}
    assert [each.get("url") for each in answer.entities] == ["https://example.com/", None]
