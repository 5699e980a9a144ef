"""Visitors over HTTP and the team in Telegram, by the true process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.handing import EN, HELPER_NAME, UNKNOWN, Team, says, told, with_team
from tests.e2e.hooking import free_port
from tests.e2e.http_asking import Asking
from tests.e2e.process import START_TIMEOUT_S, MakeConfig, serving


@dataclass(frozen=True)
class Both:
    """A bot that serves Telegram and HTTP."""

    telegram: BotApi
    api: Asking


@pytest.fixture(scope="module")
def both(make_config: MakeConfig) -> Iterator[Both]:
    port = free_port()
    config = make_config(f"http: {{port: {port}}}\n{with_team()}")
    with BotApi() as telegram, serving(telegram, config) as process:
        yield Both(telegram, Asking(port, process, config))
        assert process.stop() == 0


@pytest.fixture
def team(both: Both) -> Team:
    return Team(both.telegram)


def events(api: Asking, conversation: str, count: int, last: int = 0) -> list[Any]:
    """The first events of a stream."""
    to = http.client.HTTPConnection("127.0.0.1", api.port, timeout=START_TIMEOUT_S)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last)}
    with closing(to):
        to.request("GET", f"/v1/messages?conversation={conversation}", headers=headers)
        answer = to.getresponse()
        assert answer.getheader("Content-Type", "").startswith("text/event-stream")
        lines = (line.decode().strip() for line in iter(answer.readline, b""))
        found = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
        return list(islice(found, count))


def called(both: Both, team: Team, text: str) -> tuple[str, SentMessage]:
    """A visitor's conversation with the team, and the post that tells of it."""
    conversation = both.api.post("person", text=text, name="Ada").json["conversation"]

    def find() -> SentMessage | None:
        return next((post for post in team.posts() if text in post.text), None)

    found = both.telegram.wait_for(find, START_TIMEOUT_S)
    assert found is not None
    return conversation, found


def test_a_visitor_asks_a_person_and_the_teams_replies_come_by_events_and_by_poll(
    both: Both, team: Team
) -> None:
    api = both.api
    asked = api.ask(UNKNOWN)
    conversation = asked["conversation"]
    assert asked["reply"]["ask_person"] == EN.ask_person
    assert asked["reply"]["text"] == EN.passed_on
    called = api.post("person", conversation=conversation, name="Ada <b>").json
    assert (called["reply"]["text"], called["team"]) == (EN.person_comes, "waiting")
    posts = team.posts(2)
    assert UNKNOWN in posts[0].text
    assert "🌐 Ada <b>" in posts[1].text

    team.say("It was Leonardo.", posts[1])
    (said,) = events(api, conversation, 1)
    assert said["reply"]["text"] == f"{EN.person_says_first}\nIt was Leonardo."
    thanks = api.ask("thank you, and when?", conversation=conversation)
    assert (thanks["team"], thanks["reply"]["text"]) == ("talking", "")
    assert team.texts(4)[-1] == says("🌐 Ada <b>", "thank you, and when?")
    team.say("Around 1503.", team.posts(4)[-1])
    heard = api.get(f"messages?conversation={conversation}&after={said['id']}&wait=20").json
    assert [each["reply"]["text"] for each in heard["messages"]] == [
        f"{EN.person_says}\nAround 1503."
    ]
    assert heard["team"] == "talking"

    assert api.post("close", conversation=conversation).status == 204
    last = events(api, conversation, 1, heard["messages"][-1]["id"])[0]
    assert last["reply"]["text"] == f"{EN.person_gone}\n\n{EN.did_it_help}"
    assert last["asks_if_helped"]
    judged = api.post(
        "feedback", conversation=conversation, decision=last["decision"], helpful=True
    )
    assert judged.status == 204
    assert "helped" in str(api.get(f"mydata?conversation={conversation}").json["questions"])
    assert api.ask("are you open on sunday?", conversation=conversation)["action"] == "answer"


def test_what_the_team_changes_or_takes_back_changes_for_the_visitor(
    both: Both, team: Team
) -> None:
    api = both.api
    conversation, post = called(both, team, "Do you deliver?")
    update = team.say("We bring bread.", post)
    (said,) = events(api, conversation, 1)
    both.telegram.edit(update, "We bring cakes.")
    (changed,) = events(api, conversation, 1, said["id"])
    assert changed["message"] == said["message"]
    assert changed["reply"]["text"].endswith(f"We bring cakes.\n\n{EN.edited_mark}")
    both.telegram.edit(update, "// never mind")
    (gone,) = events(api, conversation, 1, changed["id"])
    assert (gone["message"], gone["reply"]) == (said["message"], None)


def test_pictures_and_files_of_the_team_reach_the_visitor_until_they_are_erased(
    both: Both, team: Team
) -> None:
    api, headers = both.api, ("content-type", "content-disposition", "x-content-type-options")
    conversation, post = called(both, team, "Where are you?")
    picture = team.show("photo", post, "By the mill")
    team.show("document", post)
    team.show("sticker", post)
    said = events(api, conversation, 3)
    assert [each["reply"]["text"] for each in said] == [
        *(f"{EN.person_says_first}\nBy the mill", EN.person_says, f"{EN.person_says}\n👍")
    ]
    assert [each["from_team"] for each in said] == [True] * 3
    (photo,), (document,), _none = (each["reply"]["attachments"] for each in said)
    shown = api.send("GET", photo["url"])
    assert (shown.status, shown.body) == (200, both.telegram.content)
    assert [shown.headers[name] for name in headers] == ["image/jpeg", "inline", "nosniff"]
    saved = api.send("GET", document["url"])
    assert (saved.status, saved.body, document["name"]) == (200, b"a file", "file.pdf")
    assert [saved.headers[name] for name in headers] == [
        *("application/octet-stream", "attachment; filename*=UTF-8''file.pdf", "nosniff")
    ]
    assert saved.headers["content-security-policy"].startswith("sandbox;")
    guessed = api.send("GET", photo["url"][:-1] + "g")
    assert guessed.problem == (404, "There is no such file (any more).")
    both.telegram.edit(picture, "// for us alone")
    (gone,) = events(api, conversation, 1, said[-1]["id"])
    assert gone["reply"] is None
    assert api.send("GET", photo["url"]).status == 404
    assert api.send("GET", document["url"]).status == 200
    assert api.post("forget", conversation=conversation).status == 204
    assert api.send("GET", document["url"]).status == 404


def test_the_team_is_told_what_cannot_reach_a_visitor_and_the_conversation_goes_on(
    both: Both, team: Team
) -> None:
    api, refused = both.api, told(EN.team.not_taken, "🌐 Ada")
    conversation, post = called(both, team, "How do I get there?")
    team.show("contact", post)
    team.show("document", post, file_size=20_000_001)
    both.telegram.wait_for(lambda: team.texts().count(refused) == 2, START_TIMEOUT_S)
    team.say("Then in words: by the mill.", post)
    (said,) = events(api, conversation, 1)
    assert said["reply"]["text"] == f"{EN.person_says_first}\nThen in words: by the mill."


def test_nobody_reads_what_the_team_says_to_somebody_else(both: Both) -> None:
    assert both.api.get(f"messages?conversation={'0' * 32}").problem == (
        404,
        "There is no conversation by this name.",
    )


def test_a_forgotten_visitor_is_gone_from_the_teams_chat(both: Both, team: Team) -> None:
    conversation = both.api.post("person", text="Please forget this").json["conversation"]
    (post,) = team.posts()
    assert both.api.post("forget", conversation=conversation).status == 204

    def is_gone() -> bool:
        chat = both.telegram.sent(team.chat_id)
        return not any("Please forget this" in each.text for each in chat)

    both.telegram.wait_for(is_gone, START_TIMEOUT_S)
    assert HELPER_NAME not in post.text


def test_what_the_team_said_is_there_after_a_restart(make_config: MakeConfig) -> None:
    port = free_port()
    config = make_config(f"http: {{port: {port}}}\n{with_team()}")
    with BotApi() as telegram:
        with serving(telegram, config) as process:
            team, api = Team(telegram), Asking(port, process, config)
            conversation = api.post("person", text="Do you deliver?").json["conversation"]
            team.show("photo", team.posts()[0], "Within the city.")
            (said,) = events(api, conversation, 1)
        with serving(telegram, config) as process:
            api = Asking(port, process, config)
            heard = api.get(f"messages?conversation={conversation}").json
            assert heard["messages"] == [said]
            assert heard["team"] == "talking"
            (file,) = said["reply"]["attachments"]
            assert api.send("GET", file["url"]).body == telegram.content
