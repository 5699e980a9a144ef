"""What goes to the team and back, with all of the channel's parts but the network."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram.handoff import posts, team_chat, tickets
from bot.files.config_telegram import TelegramSettings
from bot.files.config_texts import shipped
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.served import ADA, ME, Served

EN = shipped()["en"]
HELPER = {"id": 1, "is_bot": False, "first_name": "Tom"}
GROUP = {"id": TEAM, "type": "supergroup"}


@pytest.fixture
def crowded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A team whose chat takes one post a minute; whatever is more waits for a digest."""
    monkeypatch.setattr(team_chat, "_POSTS_PER_MINUTE", 1)
    monkeypatch.setattr(team_chat, "_DIGESTS_PER_MINUTE", 100)
    monkeypatch.setattr(team_chat, "_GATHER_S", 0.0)
    return serve(TelegramSettings(handoff_chat=TEAM))


def asks(served: Served, person: int, text: str = "Unknown?", **more: Any) -> None:
    """Somebody asks what the bot does not know."""
    who = {**ADA, "id": person, "first_name": f"P{person}"}
    served.says(text, **{"from": who, "chat": {"id": person, "type": "private"}, **more})


def replies(served: Served, text: str, post: int, **more: Any) -> None:
    """Somebody of the team replies to a post."""
    replied = {"message_id": post, "date": 1, "chat": GROUP, "from": ME}
    served.says(text, **{"from": HELPER, "chat": GROUP, "reply_to_message": replied, **more})


def sent(served: Served, chat_id: int) -> list[str]:
    """What was sent to a chat."""
    return [
        more["text"]
        for method, more in served.calls
        if method == "sendMessage" and more["chat_id"] == chat_id
    ]


def digest(served: Served) -> int:
    """The number of the message that the last tick has sent to the team."""
    before = len(_numbers(served))
    served.tick()
    assert len(_numbers(served)) == before + 1
    return 100 + before


def test_a_digest_reply_closes_and_answers_the_items_it_names(crowded: Served) -> None:
    for person in (1, 2, 3, 4):
        asks(crowded, person)
    number = digest(crowded)
    replies(crowded, "1) and 2) yes\n3) /close", number)
    assert sent(crowded, 2)[1:] == sent(crowded, 3)[1:] == [f"{EN.person_says_first}\nyes"]
    assert len(sent(crowded, 4)) == 1
    assert sent(crowded, TEAM)[-1] == EN.nothing_to_close
    replies(crowded, "2: /close", number)
    assert sent(crowded, 3)[2:] == [f"{EN.person_gone}\n\n{EN.did_it_help}"]
    assert sent(crowded, 2)[2:] == []


def test_a_digest_is_written_in_as_many_steps_as_it_has_items(
    crowded: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    item = posts.digest_item

    def counted(*arguments: Any) -> str:
        written.append(arguments)
        return item(*arguments)

    for person in range(1, 302):
        asks(crowded, person)
    monkeypatch.setattr(posts, "digest_item", counted)
    digest(crowded)
    shown = len(sent(crowded, TEAM)[-1].splitlines()) - 2
    assert 40 < shown < len(written) <= shown + 1


def test_whoever_does_not_fit_is_told_and_people_who_want_a_person_come_first(
    crowded: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "_MAX_BACKLOG", 600)
    for person in range(1, 6):
        asks(crowded, person)
    told = [sent(crowded, person)[0] for person in range(1, 6)]
    assert told == [EN.passed_on] * 4 + [EN.fallback]  # one at once, and half of the room
    for person in range(6, 10):
        asks(crowded, person, "/person")
    comes = [sent(crowded, person) for person in range(6, 10)]
    assert comes == [[EN.person_comes]] * 3 + [[EN.team_busy]]
    digest(crowded)
    asks(crowded, 5)
    assert sent(crowded, 5)[1] == EN.passed_on_again


def test_words_of_the_team_arrive_as_they_are_formatted(helped: Served) -> None:
    asks(helped, 2)
    post = next(number for number, chat in _numbers(helped) if chat == TEAM)
    link = {"type": "text_link", "offset": 4, "length": 4, "url": "https://example.com/"}
    replies(helped, "See here <now>.", post, entities=[link])
    (told,) = [more for method, more in helped.calls if more.get("entities")]
    assert (told["chat_id"], told["text"]) == (2, f"{EN.person_says_first}\nSee here <now>.")
    assert told["entities"] == [link | {"offset": len(EN.person_says_first) + 1 + 4}]


def test_the_longest_words_of_the_team_arrive_whole(helped: Served) -> None:
    asks(helped, 2)
    post = next(number for number, chat in _numbers(helped) if chat == TEAM)
    replies(helped, "x" * 4_096, post)
    assert sent(helped, 2)[1:] == [EN.person_says_first, "x" * 4_096]


def _numbers(served: Served) -> list[tuple[int, int]]:
    """(message, chat) of what was sent so far."""
    chats = [more["chat_id"] for method, more in served.calls if method == "sendMessage"]
    return list(enumerate(chats, start=100))
